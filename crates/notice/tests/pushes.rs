//! One-tap pushes: PU1–PU4 and what receipts count.

#[path = "../../casework/tests/town/mod.rs"]
mod town;

use linli_model::{AreaId, AreaPath, Instant, Millis, Role};
use linli_notice::{
    NoticePolicy, Push,
    push::{Asked, Calls, PushSituation, Reply, WhyNot, ask, call, check_text, meant, receipts},
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use town::{MONDAY, Town, id};

const NIGHT: &str = "2026-11-23T03:00:00+08:00";

/// A town, a policy, and a sender who may send to one area.
struct Desk {
    town: Town,
    policy: NoticePolicy,
    within: Vec<AreaPath>,
    today: BTreeMap<linli_model::UserId, u32>,
}

impl Desk {
    fn at(now: &str, within: &str) -> Desk {
        let town = Town::at(now);
        let within = vec![town.areas.find(&AreaId::new(within)).unwrap().path.clone()];
        Desk { town, policy: NoticePolicy::default(), within, today: BTreeMap::new() }
    }
    fn situation(&self) -> PushSituation<'_> {
        PushSituation {
            now: self.town.now,
            policy: &self.policy,
            areas: &self.town.areas,
            roster: &self.town.roster,
            within: &self.within,
            today: &self.today,
        }
    }
    fn meant(&self, sender: &str, groups: &[Role], area: &str, urgent: bool) -> linli_notice::push::Meant {
        meant(id(sender), groups, &AreaId::new(area), urgent, &self.situation())
    }
    fn names(
        &self,
        sender: &str,
        groups: &[Role],
        area: &str,
        urgent: bool,
    ) -> (Vec<&str>, Vec<(&str, WhyNot)>) {
        let meant = self.meant(sender, groups, area, urgent);
        (
            meant.reached.iter().map(|p| self.town.name_of(p.user)).collect(),
            meant.left_out.iter().map(|(p, why)| (self.town.name_of(p.user), *why)).collect(),
        )
    }
    fn push(&self, sender: &str, groups: &[Role], area: &str, urgent: bool) -> (Push, Vec<Asked>) {
        let area = self.town.areas.find(&AreaId::new(area)).unwrap();
        let push = Push {
            id: id("push"),
            sender: id(sender),
            groups: groups.to_vec(),
            area: area.id.clone(),
            area_path: area.path.clone(),
            text: "暴雨,请到村口集合".into(),
            urgent,
            created_at: self.town.now,
        };
        let meant = self.meant(sender, groups, area.id.as_str(), urgent);
        let people = ask(&push, &meant, &self.town.areas, &self.town.roster.tiers)
            .into_iter()
            .map(|(a, _)| a)
            .collect();
        (push, people)
    }
    fn pass(&mut self, time: Millis) {
        self.town.now = self.town.now + time;
    }
    /// Who is called now.
    fn call(&self, push: &Push, people: &mut Vec<Asked>) -> Vec<String> {
        let Calls { told, .. } = call(push, people, &self.situation());
        let names =
            told.iter().map(|(a, n)| format!("{} {} for {}", n.reason, self.town.name_of(a.user), a.branch));
        let names = names.collect();
        people.extend(told.into_iter().map(|(a, _)| a));
        names
    }
}

fn answer(people: &mut [Asked], desk: &Desk, who: &str, reply: Reply) {
    let mut rows = people.iter_mut().filter(|a| desk.town.name_of(a.user) == who).peekable();
    assert!(rows.peek().is_some(), "{who} was not asked");
    for row in rows {
        row.reply = Some(reply);
        row.replied_at = Some(desk.town.now);
    }
}

#[test]
fn a_group_is_its_posts_in_the_area_or_the_nearest_above_it() {
    let desk = Desk::at(MONDAY, "s");
    let who = |groups: &[Role], area: &str| desk.names("desk", groups, area, false).0;
    assert_eq!(who(&[Role::Volunteer], "r1"), ["volunteer"]);
    assert_eq!(who(&[Role::Cadre], "s").len(), 3);
    assert_eq!(
        who(&[Role::Cadre], "e1").len(),
        2,
        "an estate has no cadres of its own: those of its committee"
    );
    assert_eq!(who(&[Role::Volunteer], "r2"), Vec::<&str>::new());
    assert_eq!(who(&[Role::Volunteer, Role::PropertyStaff], "g1"), ["volunteer", "keeper"]);
}

/// PU1
#[test]
fn nobody_outside_of_the_senders_areas_is_reached_and_the_sender_not_at_all() {
    let desk = Desk::at(MONDAY, "r1");
    assert_eq!(desk.names("cadre_a", &[Role::Cadre], "r2", true), (vec![], vec![]));
    assert_eq!(
        desk.names("cadre_a", &[Role::GridLeader], "r1", true),
        (vec![], vec![]),
        "above, not theirs to call"
    );
    assert_eq!(
        desk.names("cadre_a", &[Role::Cadre], "r1", true),
        (vec!["cadre_b"], vec![("cadre_a", WhyNot::Sender)])
    );
    let twice = desk.names("cadre_a", &[Role::Volunteer, Role::Volunteer], "r1", true);
    assert_eq!(twice.0, ["volunteer"]);
}

/// PU2
#[test]
fn what_can_wait_keeps_quiet_hours_duty_and_the_limit_of_a_day_and_urgent_ones_do_not() {
    let mut desk = Desk::at(NIGHT, "s");
    let morning = desk.meant("desk", &[Role::Volunteer], "r1", false).at;
    assert_eq!(morning, town::at("2026-11-23T08:00:00+08:00"));
    assert_eq!(desk.meant("desk", &[Role::Volunteer], "r1", true).at, desk.town.now);
    desk.today.insert(id("volunteer"), desk.policy.pushes_per_day_max - 1);
    assert_eq!(desk.names("desk", &[Role::Volunteer], "r1", false).0, ["volunteer"]);
    desk.today.insert(id("volunteer"), desk.policy.pushes_per_day_max);
    assert_eq!(
        desk.names("desk", &[Role::Volunteer], "r1", false),
        (vec![], vec![("volunteer", WhyNot::ToldEnough)])
    );
    assert_eq!(desk.names("desk", &[Role::Volunteer], "r1", true).0, ["volunteer"]);
    desk.today.clear();
    for candidate in &mut desk.town.roster.candidates {
        candidate.on_duty = false;
    }
    assert_eq!(
        desk.names("desk", &[Role::Volunteer], "r1", false),
        (vec![], vec![("volunteer", WhyNot::OffDuty)])
    );
    assert_eq!(desk.names("desk", &[Role::Volunteer], "r1", true).0, ["volunteer"]);
}

/// PU3
#[test]
fn an_urgent_push_by_which_nobody_comes_climbs_officer_by_officer_to_its_sender() {
    let mut desk = Desk::at(NIGHT, "s");
    let (push, mut people) = desk.push("desk2", &[Role::Volunteer], "r1", true);
    desk.pass(Millis(desk.policy.push_rung.0 - 1));
    assert_eq!(desk.call(&push, &mut people), Vec::<String>::new());
    let mut called = Vec::new();
    desk.pass(Millis(1));
    for _ in 0..7 {
        called.extend(desk.call(&push, &mut people));
        assert_eq!(desk.call(&push, &mut people), Vec::<String>::new(), "once per wait");
        desk.pass(desk.policy.push_rung);
    }
    let order: Vec<_> = called.iter().map(|c| c.split(' ').nth(1).unwrap()).collect();
    assert!(
        ["cadre_a", "cadre_b"].contains(&order[0]) && ["cadre_a", "cadre_b"].contains(&order[1]),
        "{order:?}"
    );
    assert_eq!(order[2..], ["grid1", "desk", "desk2"], "two cadres, the grid, the desk, and who sent it");
    assert_eq!(call(&push, &people, &desk.situation()).next_at, None, "and then nothing more");
}

/// PU3, PU4
#[test]
fn who_is_coming_ends_the_calls_of_that_branch_only_and_who_cannot_hastens_them() {
    let mut desk = Desk::at(MONDAY, "s");
    let (push, mut people) = desk.push("desk", &[Role::Volunteer, Role::Cadre], "s", true);
    answer(&mut people, &desk, "volunteer", Reply::Coming);
    desk.pass(desk.policy.push_rung);
    assert_eq!(desk.call(&push, &mut people), ["push_unanswered grid2 for r2"]);
    answer(&mut people, &desk, "grid2", Reply::Cannot);
    assert_eq!(desk.call(&push, &mut people), ["push_unanswered desk2 for r2"], "without waiting");
    answer(&mut people, &desk, "desk2", Reply::Done);
    desk.pass(Millis::hours(1));
    let calls = call(&push, &people, &desk.situation());
    assert!(calls.told.is_empty() && calls.next_at.is_none());
}

#[test]
fn what_can_wait_is_never_called_after() {
    let mut desk = Desk::at(MONDAY, "s");
    let (push, people) = desk.push("desk", &[Role::Volunteer], "s", false);
    desk.pass(Millis::days(1));
    let calls = call(&push, &people, &desk.situation());
    assert!(calls.told.is_empty() && calls.next_at.is_none());
}

#[test]
fn receipts_count_each_person_once_and_a_later_one_has_the_earlier_ones() {
    let desk = Desk::at(MONDAY, "s");
    let (push, mut people) = desk.push("desk", &[Role::Volunteer, Role::Cadre], "g1", true);
    let figures = |people: &[Asked]| {
        let r = receipts(&push, people);
        [r.asked, r.delivered, r.seen, r.coming, r.done, r.cannot]
    };
    assert_eq!(figures(&people), [3, 0, 0, 0, 0, 0]);
    people[0].delivered_at = Some(Instant(1));
    assert_eq!(figures(&people), [3, 1, 0, 0, 0, 0]);
    people[1].seen_at = Some(Instant(1));
    assert_eq!(figures(&people), [3, 2, 1, 0, 0, 0]);
    answer(&mut people, &desk, "volunteer", Reply::Coming);
    answer(&mut people, &desk, "cadre_a", Reply::Cannot);
    let before = figures(&people);
    assert_eq!(before[3..], [1, 0, 1]);
    answer(&mut people, &desk, "volunteer", Reply::Done);
    assert_eq!(figures(&people)[3..], [1, 1, 1], "done is also coming");
}

#[test]
fn a_text_is_neither_empty_nor_longer_than_a_lock_screen() {
    assert!(check_text(" \n").is_err() && check_text("").is_err());
    assert!(check_text("到").is_ok() && check_text(&"字".repeat(120)).is_ok());
    assert!(check_text(&"字".repeat(121)).is_err());
}

proptest! {
    /// PU1, PU3, PU4 whatever people answer and whenever one looks: nobody is asked twice for a branch, ids are all
    /// different, a branch with somebody coming is quiet, and every urgent branch without ends with its sender.
    #[test]
    fn the_call_tree_ends_and_asks_nobody_twice(
        replies in prop::collection::vec((0usize..30, 0usize..3, 1i64..400), 0..25),
        urgent in any::<bool>(),
    ) {
        let mut desk = Desk::at(NIGHT, "s");
        let (push, mut people) = desk.push("desk", &[Role::Volunteer, Role::Cadre, Role::GridLeader], "s", urgent);
        let mut ids: std::collections::BTreeSet<_> = people.iter().map(|a| a.notice).collect();
        let look = |desk: &Desk, people: &mut Vec<Asked>, ids: &mut std::collections::BTreeSet<_>| -> Result<(), TestCaseError> {
            let calls = call(&push, people, &desk.situation());
            for (asked, notice) in calls.told {
                prop_assert!(urgent);
                prop_assert!(ids.insert(asked.notice) && asked.notice == notice.id);
                let here = |a: &&Asked| a.branch == asked.branch;
                prop_assert!(!people.iter().filter(here).any(|a| a.user == asked.user), "asked twice");
                prop_assert!(!people.iter().filter(here).any(|a| matches!(a.reply, Some(Reply::Coming | Reply::Done))), "PU4");
                people.push(asked);
            }
            Ok(())
        };
        for (who, reply, secs) in replies {
            desk.pass(Millis::secs(secs));
            let user = people[who % people.len()].user;
            people.iter_mut().filter(|a| a.user == user).for_each(|a| a.reply = Some(Reply::ALL[reply]));
            look(&desk, &mut people, &mut ids)?;
        }
        for _ in 0..20 {
            desk.pass(desk.policy.push_rung);
            look(&desk, &mut people, &mut ids)?;
        }
        prop_assert_eq!(call(&push, &people, &desk.situation()).next_at, None);
        let branches: std::collections::BTreeSet<_> = people.iter().map(|a| a.branch.clone()).collect();
        for branch in branches.into_iter().filter(|_| urgent) {
            let here: Vec<_> = people.iter().filter(|a| a.branch == branch).collect();
            let coming = here.iter().any(|a| matches!(a.reply, Some(Reply::Coming | Reply::Done)));
            prop_assert!(coming || here.iter().any(|a| a.user == push.sender), "{branch} was left alone");
        }
    }
}
