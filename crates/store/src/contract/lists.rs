//! ST4: lists are cut like single records are judged; filters, tabs and counts agree; pages stay put.
//!
//! What a list should hold is said here once more as a plain function of the cases; the properties compare.

use super::town::*;
use crate::{CaseFilter, Change, DeviceFilter, PAGE_ROWS_MAX, PageAsk, Store, Tab};
use linli_casework::{
    Case, CaseId, ClosedHow, Fact, FactRecord, HOTLINE, Limit, LimitUnit, Order, Origin, Outcome, Promise,
    PromiseKind, Stage, WaitReason, fact::Opened,
};
use linli_model::{AreaPath, Extent, Instant};
use proptest::{prelude::*, test_runner::TestRunner};
use std::collections::BTreeSet;

const RUNS: u32 = 24;

/// Runs an async check over random values. Needs a runtime of several threads.
pub(super) fn property<S: Strategy, F: Future<Output = ()>>(strategy: S, check: impl Fn(S::Value) -> F) {
    let config = ProptestConfig { cases: RUNS, failure_persistence: None, ..ProptestConfig::default() };
    let ran = TestRunner::new(config).run(&strategy, |value| {
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(check(value)));
        Ok(())
    });
    if let Err(failed) = ran {
        panic!("{failed}");
    }
}

/// All pages of a list, in rows of `limit`.
pub(super) async fn every_page(store: &dyn Store, filter: &CaseFilter, limit: u32) -> Vec<Case> {
    let (mut found, mut ask) = (vec![], PageAsk::first(limit));
    loop {
        let page = store.cases(filter, &ask).await.unwrap();
        assert!(page.items.len() <= limit as usize);
        found.extend(page.items);
        assert!(found.len() < 10_000, "the pages have an end");
        match page.next {
            Some(next) => ask.after = Some(next),
            None => return found,
        }
    }
}

/// Newest first; the id decides between neighbours of one millisecond.
pub(super) fn in_order(cases: impl IntoIterator<Item = Case>) -> Vec<CaseId> {
    let mut cases: Vec<Case> = cases.into_iter().collect();
    cases.sort_by_key(|c| (c.opened_at, c.id.to_string()));
    cases.iter().rev().map(|c| c.id).collect()
}

pub(super) fn ids(cases: &[Case]) -> Vec<CaseId> {
    cases.iter().map(|c| c.id).collect()
}

/// Whether a single record is in reach, as an endpoint asks of it.
fn in_reach(place: &AreaPath, within: &[AreaPath]) -> bool {
    within.iter().any(|area| place.within(area))
}

/// What the tabs mean.
pub(super) fn in_tab(case: &Case, tab: Tab, me: Option<linli_model::UserId>, now: Instant) -> bool {
    let open = case.stage.is_open();
    let running: Vec<&Promise> =
        case.promises.iter().filter(|p| p.is_open() && p.paused_since.is_none()).collect();
    let broken =
        case.promises.iter().any(|p| p.round == case.round && matches!(p.outcome, Outcome::Broken { .. }));
    let overdue = open && (broken || running.iter().any(|p| p.due_at < now));
    match tab {
        Tab::All => true,
        Tab::ToAccept => case.stage == Stage::Received,
        Tab::Mine => open && me == Some(case.owner.user),
        Tab::Overdue => overdue,
        Tab::DueSoon => open && !overdue && running.iter().any(|p| p.at_percent(80) <= now),
        Tab::Returned => open && (case.round > 1 || case.stage == Stage::Disputed),
    }
}

#[derive(Clone, Debug)]
pub(super) struct Wish {
    place: usize,
    owner: u32,
    stage: usize,
    class: usize,
    round: u32,
    opened: i64,
    reported: bool,
    /// Round, due minute, what became of it.
    promises: Vec<(u32, i64, usize)>,
}

pub(super) fn wishes(places: usize) -> impl Strategy<Value = Vec<Wish>> {
    let promises = prop::collection::vec((1..3u32, 0..100i64, 0..4usize), 0..4);
    let wish = (0..places, 0..3u32, 0..8usize, 0..2usize, 1..3u32, 0..4i64, any::<bool>(), promises);
    let wish = wish.prop_map(|(place, owner, stage, class, round, opened, reported, promises)| Wish {
        place,
        owner,
        stage,
        class,
        round,
        opened,
        reported,
        promises,
    });
    prop::collection::vec(wish, 0..14)
}

const CLASSES: [&str; 2] = ["facility.lift", "environment.waste"];

fn stage(n: usize) -> Stage {
    match n {
        0 => Stage::Received,
        1 => Stage::Accepted,
        2 => Stage::Working,
        3 => Stage::Waiting { reason: WaitReason::Weather, until: minute(40) },
        4 => Stage::Disputed,
        5 => Stage::Closed { how: ClosedHow::Silent },
        7 => Stage::Answered { since: minute(0) },
        _ => Stage::Withdrawn,
    }
}

fn promise((round, due, fate): (u32, i64, usize)) -> Promise {
    Promise {
        kind: PromiseKind::Complete,
        round,
        made_at: minute(0),
        limit: Limit { amount: 1, unit: LimitUnit::NaturalDays },
        due_at: minute(due),
        provisional: false,
        paused_since: (fate == 1).then(|| minute(1)),
        warned: 0,
        warn_at: vec![],
        extended: 0,
        extensions: 0,
        outcome: match fate {
            2 => Outcome::Broken { at: minute(due) },
            3 => Outcome::Kept { at: minute(due) },
            _ => Outcome::Open,
        },
    }
}

/// Writes cases first as they were opened, then as they are wished; answers them with their numbers from `from`.
pub(super) async fn written(store: &dyn Store, places: &[AreaPath], wishes: &[Wish], from: u32) -> Vec<Case> {
    let (mut cases, mut changes) = (vec![], vec![]);
    for (wish, n) in wishes.iter().zip(from..) {
        let class = CLASSES[wish.class];
        let (mut case, opening) = case_as(n, places[wish.place].as_str(), |c| {
            c.opened_at = minute(wish.opened);
            c.class = class.into();
            if !wish.reported {
                c.origin = Origin::Imported { system: "hotline".into(), number: n.to_string() };
            }
        });
        changes.push(opening);
        case.stage = stage(wish.stage);
        case.owner = owner(from * 10 + wish.owner, STREET);
        case.round = wish.round;
        case.promises = wish.promises.iter().copied().map(promise).collect();
        changes.push(Change::CaseFacts { case: Box::new(case.clone()), facts: vec![], timer_at: None });
        cases.push(case);
    }
    put(store, changes).await;
    cases
}

pub async fn filters_tabs_and_counts_agree(store: &dyn Store) {
    let places = [path(STREET), path(COMMITTEE), path(ESTATE)];
    let asked = (0..6usize, 0..4usize, 0..3usize, 0..8usize, any::<[bool; 2]>(), 0..100i64, 1..6u32);
    let runs = std::sync::atomic::AtomicU32::new(1);
    property((wishes(3), asked), |(wishes, asked)| {
        let (area, class, me, of_stage, [open_only, reported], now, limit) = asked;
        let from = 1_000 * runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // Each run stands below a root of its own.
        let below = |p: &AreaPath| path(&format!("run-{from}/{}", p.as_str()));
        let places: Vec<AreaPath> = places.iter().map(below).collect();
        async move {
            let cases = written(store, &places, &wishes, from).await;
            let filter = |tab| CaseFilter {
                me: (me > 0).then(|| user_id(from * 10 + me as u32 - 1)),
                tab,
                class: CLASSES.get(class).map(|c| (*c).to_owned()),
                stage: (of_stage < 7).then(|| stage(of_stage).code().code().to_owned()),
                areas: asked_areas(&places, area),
                open_only,
                reported,
                ..CaseFilter::all_within(vec![path(&format!("run-{from}/"))], minute(now))
            };
            let holds = |c: &&Case, f: &CaseFilter| {
                in_tab(c, f.tab, f.me, f.now)
                    && f.class.as_ref().is_none_or(|class| c.class == *class)
                    && f.stage.as_ref().is_none_or(|s| c.stage.code().code() == s)
                    && in_areas(c, f)
                    && (!f.open_only || c.stage.is_open())
                    && (!f.reported || matches!(c.origin, Origin::Report { .. }))
            };
            let counts = store.case_counts(&filter(Tab::All)).await.unwrap();
            for tab in Tab::ALL {
                let f = filter(tab);
                let expected = in_order(cases.iter().filter(|c| holds(c, &f)).cloned());
                assert_eq!(ids(&every_page(store, &f, limit).await), expected, "{tab:?}");
                assert_eq!(counts[&tab], expected.len() as u64, "{tab:?}");
            }
        }
    });
}

/// The n-th place alone; behind them two that may lie in one another, one without another, and none.
pub(super) fn asked_areas(places: &[AreaPath], n: usize) -> Vec<Extent> {
    let (first, last) = (&places[0], &places[places.len() - 1]);
    match n.checked_sub(places.len()) {
        None => vec![Extent::all(places[n].clone())],
        Some(0) => vec![Extent::all(last.clone()), Extent::all(first.clone())],
        Some(1) => {
            let first = Extent { path: first.clone(), without: vec![places[1].clone(), path("nowhere/")] };
            vec![first, Extent::all(last.clone())]
        }
        Some(_) => vec![],
    }
}

pub(super) fn in_areas(case: &Case, filter: &CaseFilter) -> bool {
    filter.areas.is_empty() || filter.areas.iter().any(|a| a.holds(&case.area_path))
}

/// Codes that sort around the separator, and one that begins like another.
const CODES: [&str; 10] = ["1", "10", "11", "1-", "1!", "1~", "田", "0", "A", "a"];

/// The paths of a random tree: each place hangs below one of those before it.
fn tree() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((any::<usize>(), 0..CODES.len()), 1..12)
}

fn paths(root: &str, tree: &[(usize, usize)]) -> Vec<AreaPath> {
    let mut paths = vec![path(root)];
    for (below, code) in tree {
        let parent = &paths[below % paths.len()];
        let child = path(&format!("{}{}/", parent.as_str(), CODES[*code]));
        if !paths.contains(&child) {
            paths.push(child);
        }
    }
    paths
}

/// ST4: a random tree, random posts in it, and cases, devices and persons all over it: what the list shows is
/// exactly what asking for each record by itself would show.
pub async fn lists_hold_exactly_the_records_within_reach(store: &dyn Store) {
    let posts = prop::collection::vec(any::<usize>(), 0..4);
    let things = prop::collection::vec(any::<usize>(), 0..10);
    let runs = std::sync::atomic::AtomicU32::new(1);
    property((tree(), posts, things, 0..3u32), |(tree, posts, things, me)| {
        let run = runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            let places = paths(&format!("root-{run}/"), &tree);
            let within: Vec<AreaPath> = posts.iter().map(|p| places[p % places.len()].clone()).collect();
            let at: Vec<&AreaPath> = things.iter().map(|t| &places[t % places.len()]).collect();
            let numbered = || at.iter().zip(run * 1_000..);
            let mut changes = vec![];
            for (place, n) in numbered() {
                let by = owner(run * 10 + n % 3, STREET);
                changes.push(case_as(n, place.as_str(), |c| c.owner = by).1);
                changes.push(Change::DeviceSet(Box::new(device(n, place.as_str()))));
                changes.push(Change::PersonSet(Box::new(person(n, place.as_str()))));
            }
            for place in &places {
                changes.push(Change::AreaSet(linli_model::Area {
                    id: linli_model::AreaId::new(place.as_str()),
                    ..area(place.as_str())
                }));
                changes.push(Change::AreaShape {
                    area: linli_model::AreaId::new(place.as_str()),
                    geometry: "{}".into(),
                });
            }
            put(store, changes).await;

            let me = (me > 0).then(|| user_id(run * 10 + me));
            let filter = CaseFilter { me, ..CaseFilter::all_within(within.clone(), MORNING) };
            let listed: BTreeSet<_> = ids(&every_page(store, &filter, 3).await).into_iter().collect();
            for (place, n) in numbered() {
                let case = store.case(case_id(n)).await.unwrap().unwrap();
                assert_eq!(case.area_path, **place);
                let allowed = in_reach(&case.area_path, &within) || me == Some(case.owner.user);
                assert_eq!(listed.contains(&case.id), allowed, "{place:?} {within:?}");
            }
            let counted = store.case_counts(&filter).await.unwrap()[&Tab::All];
            assert_eq!(counted, listed.len() as u64, "nothing of other runs");

            let devices =
                DeviceFilter { within: within.clone(), watch: None, class: None, text: None, now: MORNING };
            let devices = store.devices(&devices, &PageAsk::first(100)).await.unwrap().items;
            let people = store.people(&within, None, &PageAsk::first(100)).await.unwrap().items;
            let expected: BTreeSet<u32> =
                numbered().filter(|(place, _)| in_reach(place, &within)).map(|(_, n)| n).collect();
            let seen: BTreeSet<_> = devices.into_iter().map(|d| d.device.id).collect();
            assert_eq!(seen, expected.iter().map(|n| device(*n, STREET).id).collect());
            let seen: BTreeSet<_> = people.into_iter().map(|p| p.id).collect();
            assert_eq!(seen, expected.iter().map(|n| person_id(*n)).collect());

            for place in &places {
                let shapes = store.shapes_within(place).await.unwrap();
                let seen: BTreeSet<_> = shapes.into_iter().map(|(id, _)| id.0).collect();
                let expected = places.iter().filter(|p| p.within(place)).map(|p| p.0.clone()).collect();
                assert_eq!(seen, expected);
            }
        }
    });
}

/// A broken promise makes a case overdue, whatever else is soon due; one of an earlier round does not.
pub async fn what_is_overdue_is_not_due_soon_as_well(store: &dyn Store) {
    let with = |n: u32, promises: &[(u32, i64, usize)]| {
        let promises = promises.iter().copied().map(promise).collect();
        case_as(n, ESTATE, |c| (c.round, c.promises, c.stage) = (2, promises, Stage::Working)).1
    };
    let (soon, late, broken, broken_before, paused) =
        ((2, 100, 0), (2, 80, 0), (2, 20, 2), (1, 20, 2), (2, 80, 1));
    put(
        store,
        vec![
            with(1, &[soon]),
            with(2, &[soon, late]),
            with(3, &[soon, broken]),
            with(4, &[soon, broken_before]),
            with(5, &[soon, paused]),
            with(6, &[paused]),
        ],
    )
    .await;
    let listed = |tab| async move {
        let filter = CaseFilter { tab, ..CaseFilter::all_within(vec![path(STREET)], minute(90)) };
        let mut ids = ids(&every_page(store, &filter, 50).await);
        ids.sort();
        ids
    };
    let sorted = |numbers: &[u32]| {
        let mut ids: Vec<CaseId> = numbers.iter().map(|n| case_id(*n)).collect();
        ids.sort();
        ids
    };
    assert_eq!(listed(Tab::DueSoon).await, sorted(&[1, 4, 5]));
    assert_eq!(listed(Tab::Overdue).await, sorted(&[2, 3]));
}

pub async fn a_page_stays_put_while_cases_are_opened(store: &dyn Store) {
    // Some of one millisecond, so that the id must decide.
    let at = |n: u32| minute(i64::from(n / 4));
    let opened = |n: u32| case_as(n, ESTATE, |c| c.opened_at = at(n)).1;
    put(store, (1..=20).map(opened).collect()).await;
    let filter = CaseFilter::all_within(vec![path(STREET)], MORNING);
    let before = ids(&every_page(store, &filter, 500).await);
    assert_eq!(before.len(), 20);
    let (mut seen, mut ask, mut n) = (vec![], PageAsk::first(3), 21);
    loop {
        let page = store.cases(&filter, &ask).await.unwrap();
        seen.extend(ids(&page.items));
        let Some(next) = page.next else { break };
        ask.after = Some(next);
        put(store, vec![opened(n)]).await;
        n += 1;
    }
    assert_eq!(seen, before, "each once, and none of those that came while reading");
}

pub async fn a_page_holds_what_was_asked_for_within_limits(store: &dyn Store) {
    put(store, (1..=4).map(|n| case(n, ESTATE).1).collect()).await;
    let filter = CaseFilter::all_within(vec![path(STREET)], MORNING);
    let rows = |limit| async move { store.cases(&filter, &PageAsk::first(limit)).await.unwrap() };
    let filter = CaseFilter::all_within(vec![path(STREET)], MORNING);
    let full = store.cases(&filter, &PageAsk::first(4)).await.unwrap();
    assert_eq!((full.items.len(), full.next), (4, None), "a full last page has no next");
    let one = store.cases(&filter, &PageAsk::first(0)).await.unwrap();
    assert_eq!(one.items.len(), 1, "a page of nothing would never end");
    assert_eq!(rows(u32::MAX).await.items.len(), 4);
    const { assert!(PAGE_ROWS_MAX >= 100) };
}

/// A cursor that is not one of ours, and whatever else an address may carry.
pub async fn strange_questions_break_nothing(store: &dyn Store) {
    put(store, vec![case(1, ESTATE).1, Change::PersonSet(Box::new(person(1, ESTATE)))]).await;
    let within = vec![path(STREET)];
    for strange in [
        "",
        "~",
        "1~",
        "x~y",
        "9999999999999999999~a",
        "'; DROP TABLE cases; --",
        "a\u{0}b",
        "%_\\",
        "𠮷\u{200b}",
    ] {
        let ask = PageAsk { after: Some(strange.into()), limit: 5 };
        let filter = CaseFilter::all_within(within.clone(), MORNING);
        store.cases(&filter, &ask).await.unwrap();
        store.people(&within, None, &ask).await.unwrap();
        store.looks(&ask).await.unwrap();
        store.inbox(user_id(1), MORNING, &ask).await.unwrap();
        store.quarantine(None, &ask).await.unwrap();
        let first = PageAsk::first(5);
        let filter = CaseFilter {
            class: Some(strange.into()),
            stage: Some(strange.into()),
            ..CaseFilter::all_within(within.clone(), MORNING)
        };
        assert!(store.cases(&filter, &first).await.unwrap().items.is_empty());
        let filter =
            CaseFilter { text: Some(strange.into()), ..CaseFilter::all_within(within.clone(), MORNING) };
        store.cases(&filter, &first).await.unwrap();
        assert!(store.people(&within, Some(strange), &first).await.unwrap().items.is_empty());
        assert!(store.quarantine(Some(strange), &first).await.unwrap().items.is_empty());
        assert_eq!(store.user_by_login(strange).await.unwrap(), None);
        assert_eq!(store.session(strange).await.unwrap(), None);
        assert_eq!(store.reporter_by_claim(strange).await.unwrap(), None);
        assert_eq!(store.photo(strange).await.unwrap(), None);
        assert_eq!(store.quarantine_item(strange).await.unwrap(), None);
        assert_eq!(store.device(&linli_model::DeviceId::new(strange)).await.unwrap(), None);
        assert_eq!(store.setting(strange).await.unwrap(), None);
        let nowhere = CaseFilter::all_within(vec![path(strange)], MORNING);
        let all = store.cases(&nowhere, &first).await.unwrap().items.len();
        assert_eq!(all, usize::from(path(ESTATE).within(&path(strange))), "{strange:?} as a place");
    }
    assert_eq!(store.case(case_id(1)).await.unwrap().unwrap().id, case_id(1));
}

pub async fn an_order_is_found_by_its_number_however_it_is_written_and_nothing_beside_it(store: &dyn Store) {
    // The other case's own number ends like the order's.
    let (_, beside) = case_as(1, ESTATE, |c| c.number = "310104011-20261120-0017".into());
    let order =
        Order { number: "20261120-0017".into(), received_at: minute(0), kind: "hotline.complaint".into() };
    let id = Order::case_id(HOTLINE, &order.number);
    let origin = Origin::Report { channel: HOTLINE.into(), filed_by: None, order: Some(order) };
    let opening = Opened { origin, ..opened(2, ESTATE) };
    let (_, of_order) =
        super::town::written(vec![FactRecord { case: id, ..record(2, 1, Fact::Opened(Box::new(opening))) }]);
    put(store, vec![beside, of_order]).await;
    let found = |text: &'static str| async move {
        let all = CaseFilter::all_within(vec![path(STREET)], minute(9));
        let filter = CaseFilter { text: Some(text.into()), ..all };
        let counted = store.case_counts(&filter).await.unwrap()[&Tab::All];
        let page = store.cases(&filter, &PageAsk::first(9)).await.unwrap().items;
        assert_eq!(counted, page.len() as u64, "{text}");
        page.into_iter().map(|c| c.id).collect::<Vec<_>>()
    };
    for written in ["20261120-0017", " 20261120－0017 "] {
        assert_eq!(found(written).await, [id], "{written}");
    }
    assert_eq!(found("310104011-20261120-0017").await, [case_id(1)]);
    assert_eq!(found("20261120-0018").await, []);
}

pub async fn cases_are_found_by_words_in_chinese_and_others(store: &dyn Store) {
    let with = |n: u32, title: &str, place: &str, text: &str| {
        case_as(n, ESTATE, |c| {
            (c.title, c.place, c.text) = (title.into(), place.into(), text.into());
        })
        .1
    };
    // Longer than any report may be, so that its last words are far from its first.
    let mut long: String = (0..1_900u32).map(|n| char::from_u32(0x4e00 + n * 7 % 20_000).unwrap()).collect();
    long.push_str("楼道灯不亮");
    put(
        store,
        vec![
            with(1, "电梯停运", "田林十二村41号", "2 号电梯停在 3 楼,有异响"),
            with(2, "垃圾未清运", "田林十二村 8 号", "ＡＢＣ超市门口,电话打不通"),
            with(3, "Noise at night", "Estate 12", "Dogs bark; see photo A3."),
            with(4, "照明", "十三村", &long),
        ],
    )
    .await;
    for (question, found) in [
        ("电梯", vec![1]),
        ("梯", vec![1]),
        ("停在3楼", vec![]),
        ("停在", vec![1]),
        ("田林十二村", vec![1, 2]),
        ("41号", vec![1]),
        ("电", vec![1, 2]),
        ("运", vec![1, 2]),
        ("梯电", vec![]),
        ("垃圾 超市", vec![2]),
        ("垃圾 电梯", vec![]),
        ("abc", vec![2]),
        ("ａ3", vec![3]),
        ("NIGHT noise", vec![3]),
        ("楼道灯", vec![4]),
        ("灯不亮", vec![4]),
        ("20261123-0003", vec![3]),
        ("电话打不通", vec![2]),
        ("电话打不到", vec![]),
    ] {
        let filter =
            CaseFilter { text: Some(question.into()), ..CaseFilter::all_within(vec![path(STREET)], MORNING) };
        let mut seen = ids(&every_page(store, &filter, 50).await);
        let mut expected: Vec<CaseId> = found.iter().map(|n| case_id(*n)).collect();
        seen.sort();
        expected.sort();
        assert_eq!(seen, expected, "{question}");
        assert_eq!(store.case_counts(&filter).await.unwrap()[&Tab::All], found.len() as u64, "{question}");
    }
}
