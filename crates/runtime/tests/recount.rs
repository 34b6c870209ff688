//! The file of a year comes after something was promised into it.

mod town;

use linli_casework::{ActorKind, Case, CaseId, PromiseKind};
use linli_model::Millis;
use linli_runtime::loops::recount;
use linli_server::{cases::carry::open_case, ports::Clock};
use town::{Town, alarmed, report};

const YEAR: &str = "year = 2027\nsource = \"a notice\"\nholidays = [\"2027-01-01\"]\nworking = []\n";

async fn filed(town: &Town, name: &str) -> CaseId {
    let opening = report(name, "noise.neighbour", "phone");
    open_case(&town.house.state, &opening, &ActorKind::System, Vec::new(), None).await.unwrap().0.id
}

async fn case(town: &Town, id: CaseId) -> Case {
    town.house.store.case(id).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_was_promised_into_a_year_is_counted_again_once_when_its_file_comes() {
    let (town, _) = alarmed().await;
    recount::turn(town.house.clone()).await.unwrap();
    let before = filed(&town, "1").await;
    town.pass("2026-12-30T10:00:00+08:00".parse::<linli_model::Instant>().unwrap() - town.clock.now());
    let into = filed(&town, "2").await;
    let (first, second) = (case(&town, before).await, case(&town, into).await);
    recount::turn(town.house.clone()).await.unwrap();
    assert_eq!(case(&town, into).await, second, "its year is not known yet");

    let years = tempfile::tempdir().unwrap();
    std::fs::write(years.path().join("2027.toml"), YEAR).unwrap();
    let town = town.with_years(years.path()).await;
    town.pass(Millis::minutes(5));
    recount::turn(town.house.clone()).await.unwrap();
    let counted = case(&town, into).await;
    let (was, is) = (second.promise(PromiseKind::Complete), counted.promise(PromiseKind::Complete));
    let (was, is) = (was.unwrap(), is.unwrap());
    assert!(was.provisional && !is.provisional && is.due_at > was.due_at, "{was:?} {is:?}");
    assert_eq!(case(&town, before).await, first, "what reached into no such year stands");
    recount::turn(town.house.clone()).await.unwrap();
    assert_eq!(case(&town, into).await, counted);
}
