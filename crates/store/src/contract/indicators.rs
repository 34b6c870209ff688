//! Tallies: written with the facts, summed by period and place, with the rows behind a number.

use super::town::*;
use crate::{Change, PageAsk, Store, TallyFilter, TallyGroup};
use linli_casework::{Actor, Fact, FactRecord};
use linli_indicator::Measure;
use linli_model::{Extent, Instant};

fn within(areas: &[&str], from: i64, to: i64) -> TallyFilter {
    TallyFilter {
        within: areas.iter().map(|a| path(a)).collect(),
        areas: vec![],
        class: None,
        classes: vec![],
        measures: vec![],
        from: minute(from),
        to: minute(to),
    }
}

/// What the store sums up, as `group measure n`.
async fn sums(store: &dyn Store, filter: &TallyFilter, by: TallyGroup) -> Vec<String> {
    let found = store.tally_sums(filter, by).await.unwrap();
    let excluded = |n: i64| if n > 0 { format!(" beside {n}") } else { String::new() };
    found
        .iter()
        .map(|s| format!("{} {} {}{}", s.group, s.measure.code(), s.sum.n, excluded(s.sum.excluded)))
        .collect()
}

fn by_user(n: u32, seq: u32, user: u32, fact: Fact) -> FactRecord {
    FactRecord { actor: Actor::User { user: user_id(user), post: None }, ..record(n, seq, fact) }
}

async fn opened_at(store: &dyn Store, places: &[&str]) {
    put(store, places.iter().zip(1..).map(|(place, n)| case(n, place).1).collect()).await;
}

pub async fn tallies_are_summed_by_place_and_class_within_period_and_reach(store: &dyn Store) {
    opened_at(store, &[ESTATE, ESTATE, COMMITTEE, "310104012/"]).await;
    let street = within(&[STREET], 0, 60);
    let by_area = sums(store, &street, TallyGroup::Area).await;
    assert_eq!(
        by_area,
        [
            format!("{COMMITTEE} complained 1"),
            format!("{COMMITTEE} reported 1"),
            format!("{ESTATE} complained 2"),
            format!("{ESTATE} reported 2"),
        ]
    );
    assert_eq!(
        sums(store, &street, TallyGroup::Class).await,
        ["facility.lift complained 3", "facility.lift reported 3"]
    );
    let estate = TallyFilter { areas: vec![Extent::all(path(ESTATE))], ..street.clone() };
    assert_eq!(sums(store, &estate, TallyGroup::Area).await.len(), 2);
    let both = TallyFilter {
        areas: ["elsewhere/", COMMITTEE].map(|p| Extent::all(path(p))).into(),
        ..street.clone()
    };
    assert_eq!(sums(store, &both, TallyGroup::Area).await.len(), 4);
    let rest = Extent { path: path(COMMITTEE), without: vec![path(ESTATE)] };
    let rest = TallyFilter { areas: vec![rest], ..street.clone() };
    assert_eq!(
        sums(store, &rest, TallyGroup::Area).await,
        [format!("{COMMITTEE} complained 1"), format!("{COMMITTEE} reported 1")]
    );
    let lifts = TallyFilter {
        classes: vec!["other".into(), "facility.lift".into()],
        measures: vec![Measure::Reported],
        ..street.clone()
    };
    assert_eq!(sums(store, &lifts, TallyGroup::Class).await, ["facility.lift reported 3"]);
    let none = TallyFilter { classes: vec!["other".into()], ..lifts };
    assert!(sums(store, &none, TallyGroup::Class).await.is_empty());
    let other_class = TallyFilter { class: Some("other".into()), ..street.clone() };
    assert!(sums(store, &other_class, TallyGroup::Area).await.is_empty());
    // The end of a period belongs to the next; who may see nothing sums nothing.
    assert!(sums(store, &within(&[STREET], 0, 1), TallyGroup::Area).await.is_empty());
    assert_eq!(sums(store, &within(&[STREET], 1, 2), TallyGroup::Area).await.len(), 4);
    assert!(sums(store, &within(&[], 0, 60), TallyGroup::Area).await.is_empty());
}

pub async fn tallies_follow_the_facts_and_excluded_ones_stand_beside(store: &dyn Store) {
    opened_at(store, &[ESTATE, ESTATE]).await;
    let mut case = store.case(case_id(1)).await.unwrap().unwrap();
    let further = [
        record(1, 2, Fact::Accepted),
        by_user(1, 3, 1, Fact::ExclusionAsked { reason: "台风".into() }),
        by_user(1, 4, 2, Fact::ExclusionGranted { text: String::new() }),
    ];
    let mut seen = Vec::new();
    for fact in further {
        case = linli_casework::apply(Some(case), &fact).unwrap();
        let change = Change::CaseFacts { case: Box::new(case.clone()), facts: vec![fact], timer_at: None };
        put(store, vec![change]).await;
        seen = sums(store, &within(&[STREET], 0, 60), TallyGroup::Class).await;
    }
    assert_eq!(
        seen,
        [
            "facility.lift complained 1 beside 1",
            "facility.lift filed 0 beside 1",
            "facility.lift reported 1 beside 1"
        ]
    );
}

pub async fn the_rows_behind_a_number_come_newest_first_and_by_page(store: &dyn Store) {
    opened_at(store, &[ESTATE; 5]).await;
    let filter = within(&[STREET], 0, 60);
    let (mut ask, mut found) = (PageAsk::first(2), Vec::new());
    loop {
        let page = store.tallied_cases(&filter, Measure::Reported, &ask).await.unwrap();
        assert!(page.items.len() <= 2);
        found.extend(page.items);
        let Some(next) = page.next else { break };
        ask.after = Some(next);
    }
    let ids: std::collections::BTreeSet<_> = found.iter().map(|m| m.case.id).collect();
    assert_eq!((found.len(), ids.len()), (5, 5));
    assert!(found.iter().all(|m| (m.n, m.sum, m.excluded) == (1, 0, false) && m.at == minute(1)));
    let nothing = store.tallied_cases(&filter, Measure::Answered, &PageAsk::first(9)).await.unwrap();
    assert!(nothing.items.is_empty() && nothing.next.is_none());
}

/// IN1: tallied anew, it is as it was.
pub async fn tallying_a_case_anew_changes_nothing(store: &dyn Store) {
    opened_at(store, &[ESTATE, ESTATE]).await;
    let filter = TallyFilter { from: Instant::MIN, to: Instant::MAX, ..within(&[STREET], 0, 0) };
    let before = store.tally_sums(&filter, TallyGroup::Area).await.unwrap();
    assert!(store.cases_untallied(9).await.unwrap().is_empty(), "tallied with their facts");
    put(store, vec![Change::CaseTallied(case_id(1)), Change::CaseTallied(case_id(2))]).await;
    put(store, vec![Change::CaseTallied(case_id(77))]).await;
    assert_eq!(store.tally_sums(&filter, TallyGroup::Area).await.unwrap(), before);
}
