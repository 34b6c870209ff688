//! Who is away for longer than a case can wait does not keep it.

mod town;

use linli_casework::{ActorKind, CaseId, Command, Duty, owner::duty::Away};
use linli_model::{Instant, Millis, UserId};
use linli_runtime::loops::clock;
use linli_server::{
    cases::carry::{carry_command, open_case},
    ports::Clock,
};
use linli_store::{Change, DutyVersion};
use town::{Town, alarmed, id, report};

/// A case the cadre has accepted, with the time the next step is due.
async fn accepted(town: &Town) -> (CaseId, Instant) {
    let state = &town.house.state;
    let opening = report("1", "other", "phone");
    let (case, _) = open_case(state, &opening, &ActorKind::System, Vec::new(), None).await.unwrap();
    assert_eq!(case.owner.user, id::<UserId>("cadre"));
    let posts =
        town.house.store.posts().await.unwrap().into_iter().filter(|p| p.user == id("cadre")).collect();
    let cadre = ActorKind::User { user: id("cadre"), posts };
    let case = carry_command(state, case.id, &Command::Accept, case.version, &cadre, None).await.unwrap();
    (case.id, case.promises.iter().filter(|p| p.is_open()).map(|p| p.due_at).min().unwrap())
}

async fn away(town: &Town, until: Instant) {
    let away = vec![Away { from: town.clock.now(), until }];
    let duty = Duty { away, ..Duty::default() };
    let version =
        DutyVersion { post: id("cadre"), version: 1, duty, set_by: id("desk"), set_at: town.clock.now() };
    town.put(vec![Change::DutySet(Box::new(version))]).await;
    town.house.state.forget_cached().await;
    clock::absences(town.house.clone()).await.unwrap();
    clock::absences(town.house.clone()).await.unwrap();
}

async fn owner(town: &Town, case: CaseId) -> (UserId, String, u32) {
    let case = town.house.store.case(case).await.unwrap().unwrap();
    (case.owner.user, case.routing.sentence.en, case.version)
}

#[tokio::test]
async fn what_falls_due_before_its_owner_is_back_goes_to_somebody_on_duty_once_and_with_the_reason() {
    let (town, _mail) = alarmed().await;
    let (case, due) = accepted(&town).await;
    let before = owner(&town, case).await;
    away(&town, due + Millis(1)).await;
    let after = owner(&town, case).await;
    assert_eq!((after.0, after.2), (id("desk"), before.2 + 1));
    assert!(after.1.starts_with("The owner is away until after the next step falls due."), "{}", after.1);
}

#[tokio::test]
async fn an_absence_that_ends_in_time_leaves_the_case_where_it_is() {
    let (town, _mail) = alarmed().await;
    let (case, due) = accepted(&town).await;
    let before = owner(&town, case).await;
    away(&town, due).await;
    assert_eq!(owner(&town, case).await, before);
    // What is overdue already waits an afternoon, and not a day.
    town.pass(due + Millis::hours(1) - town.clock.now());
    clock::turn(town.house.clone()).await.unwrap();
    let overdue = owner(&town, case).await;
    assert_eq!(overdue.0, before.0);
}

#[tokio::test]
async fn when_nobody_is_there_to_take_it_over_it_stays() {
    let (town, _mail) = alarmed().await;
    let (case, due) = accepted(&town).await;
    let before = owner(&town, case).await;
    let posts = town.house.store.posts().await.unwrap();
    let desk = posts.iter().find(|p| p.user == id::<UserId>("desk")).unwrap().id;
    town.put(vec![Change::PostEnd { post: desk, at: town.clock.now() }]).await;
    away(&town, due + Millis::days(1)).await;
    assert_eq!(owner(&town, case).await, before);
}
