//! What is looked for by words and numbers, beside every other filter.
//!
//! What should be found is said here once more as a plain function of the texts; the property compares.

use super::{
    lists::{asked_areas, every_page, ids, in_areas, in_order, in_tab, property},
    town::*,
};
use crate::{CaseFilter, Change, PageAsk, Store, Tab};
use linli_casework::{Case, CaseId, Stage};
use linli_model::Millis;
use proptest::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

const WORDS: [&str; 6] = ["电梯", "停运", "漏水", "楼道", "12号", "abc"];
const CLASSES: [&str; 2] = ["facility.lift", "environment.waste"];
const STAGES: [Stage; 3] = [Stage::Received, Stage::Working, Stage::Withdrawn];

/// Some words, with a stop between them, so that no two of them make a third.
fn text(words: &[usize]) -> String {
    words.iter().map(|w| WORDS[*w]).collect::<Vec<_>>().join(",")
}

pub async fn words_filters_and_tabs_agree(store: &dyn Store) {
    let some = || prop::collection::vec(0..WORDS.len(), 0..4);
    // Opened in the same second or millisecond as others; later closed, or opened again.
    let case = (some(), some(), 0..2usize, 0..2usize, 0..3usize, (0..4i64, 0..3i64), 0..6usize);
    let asked =
        (prop::collection::vec(0..WORDS.len(), 1..4), 0..5usize, 0..3usize, any::<[bool; 2]>(), 0..5i64);
    let asked = (asked, 1..4u32);
    let runs = AtomicU32::new(1);
    property((prop::collection::vec(case, 0..14), asked), |(wishes, asked)| {
        let ((words, area, class, [mine, open_only], since), limit) = asked;
        let from = 1_000 * runs.fetch_add(1, Ordering::Relaxed);
        async move {
            let places = ["E1", "E12"].map(|e| path(&format!("run-{from}/{e}/")));
            let (mut cases, mut changes): (Vec<Case>, _) = (vec![], vec![]);
            for ((title, body, place, class, stage, (at, ms), later), n) in wishes.into_iter().zip(from..) {
                let (mut case, change) = case_as(n, places[place].as_str(), |c| {
                    (c.title, c.text, c.place) = (text(&title), text(&body), String::new());
                    (c.class, c.stage) = (CLASSES[class].into(), STAGES[stage].clone());
                    (c.opened_at, c.owner) = (minute(at) + Millis(ms * 600), owner(from + n % 2, STREET));
                });
                changes.push(change);
                if let Some(stage) = STAGES.get(later) {
                    case.stage = stage.clone();
                    let case = Box::new(case.clone());
                    changes.push(Change::CaseFacts { case, facts: vec![], timer_at: None });
                }
                cases.push(case);
            }
            put(store, changes).await;
            let filter = |tab| CaseFilter {
                tab,
                me: mine.then(|| user_id(from)),
                class: CLASSES.get(class).map(|c| (*c).to_owned()),
                areas: asked_areas(&places, area),
                open_only,
                opened_since: (since > 0).then(|| minute(since) - Millis(600)),
                text: Some(words.iter().map(|w| WORDS[*w]).collect::<Vec<_>>().join(" ")),
                ..CaseFilter::all_within(vec![path(&format!("run-{from}/"))], minute(9))
            };
            let has = |c: &Case, word: usize| {
                [&c.title, &c.text, &c.number].iter().any(|text| text.contains(WORDS[word]))
            };
            let counts = store.case_counts(&filter(Tab::All)).await.unwrap();
            for tab in Tab::ALL {
                let f = filter(tab);
                let holds = |c: &&Case| {
                    in_tab(c, f.tab, f.me, f.now)
                        && f.class.as_ref().is_none_or(|class| c.class == *class)
                        && in_areas(c, &f)
                        && (!f.open_only || c.stage.is_open())
                        && f.opened_since.is_none_or(|since| c.opened_at >= since)
                        && words.iter().all(|w| has(c, *w))
                };
                let expected = in_order(cases.iter().filter(holds).cloned());
                assert_eq!(ids(&every_page(store, &f, limit).await), expected, "{tab:?}");
                assert_eq!(counts[&tab], expected.len() as u64, "{tab:?}");
            }
        }
    });
}

pub async fn a_number_is_found_whole_or_by_its_end(store: &dyn Store) {
    put(store, [1, 2, 11, 9_999].map(|n| case(n, ESTATE).1).into()).await;
    for (question, found) in [
        ("310104011-20261123-0001", &[1][..]),
        (" 20261123-0011 ", &[11]),
        ("23-9999", &[9_999]),
        ("20261123-001", &[]),
        ("1-20261123-0002", &[2]),
        ("2-20261123-0002", &[]),
    ] {
        let filter =
            CaseFilter { text: Some(question.into()), ..CaseFilter::all_within(vec![path(STREET)], MORNING) };
        let expected: Vec<CaseId> = found.iter().map(|n| case_id(*n)).collect();
        assert_eq!(ids(&every_page(store, &filter, 50).await), expected, "{question}");
        assert_eq!(store.case_counts(&filter).await.unwrap()[&Tab::All], found.len() as u64, "{question}");
    }
}

/// Cases of a word in the last hours, days, weeks and years, with years in which there is none, and several of one
/// instant.
pub async fn a_words_cases_of_many_years_are_paged_from_anywhere(store: &dyn Store) {
    let days = |n: i64| MORNING - Millis::days(n);
    let hours = (0..30).map(|n| MORNING - Millis::hours(3 * n));
    let weeks = (0..30).map(|n| days(5 + 9 * n));
    let of_one_instant = [days(40), days(1_500), days(1_500) - Millis(1), days(9_000)];
    let of_one_instant = of_one_instant.into_iter().flat_map(|at| [at; 5]);
    let alone = [600, 601, 1_400, 1_501, 5_500, 12_000, 20_000].map(days);
    // None of the word between two and four years, six and fifteen, and so on; others are there.
    let others = (0..40).map(|n| days(n * n * 9));
    let of_word = hours.chain(weeks).chain(of_one_instant).chain(alone).map(|at| (at, true));
    let opened = of_word.chain(others.map(|at| (at, false)));
    let (mut cases, mut changes): (Vec<(Case, bool)>, _) = (vec![], vec![]);
    for ((at, has), n) in opened.zip(1..) {
        let (case, change) = case_as(n, if n % 3 == 0 { ESTATE } else { STREET }, |c| {
            (c.title, c.opened_at) = (if has { "漏水" } else { "停电" }.into(), at);
            (c.text, c.place) = (String::new(), String::new());
        });
        cases.push((case, has));
        changes.push(change);
    }
    put(store, changes).await;
    let everything = CaseFilter::all_within(vec![path(STREET)], MORNING);
    let expected = |f: &CaseFilter| {
        let asked = |(c, has): &&(Case, bool)| {
            *has && in_areas(c, f) && f.opened_since.is_none_or(|since| c.opened_at >= since)
        };
        in_order(cases.iter().filter(asked).map(|(c, _)| c.clone()))
    };
    let all = in_order(cases.iter().map(|(c, _)| c.clone()));
    // Behind each case, whether it has the word or lies where none has.
    let mut marks: Vec<String> = vec![];
    while let Some(next) = {
        let ask = PageAsk { after: marks.last().cloned(), limit: 1 };
        store.cases(&everything, &ask).await.unwrap().next
    } {
        marks.push(next);
    }
    assert_eq!(marks.len(), all.len() - 1);
    for since in [None, Some(days(1_500)), Some(days(30)), Some(days(30_000))] {
        // With nobody's own cases besides, the few of the place lead to the word's; with them, the word does.
        let estate = asked_areas(&[path(ESTATE), path(COMMITTEE)], 0);
        for (areas, me) in [(vec![], None), (vec![], Some(user_id(9_999))), (estate, None)] {
            let of_word = CaseFilter {
                text: Some("漏水".into()),
                opened_since: since,
                areas,
                me,
                ..everything.clone()
            };
            let expected = expected(&of_word);
            for limit in [3, 50] {
                assert_eq!(ids(&every_page(store, &of_word, limit).await), expected, "{since:?} {limit}");
            }
            assert_eq!(store.case_counts(&of_word).await.unwrap()[&Tab::All], expected.len() as u64);
            for (n, next) in marks.iter().enumerate() {
                let ask = PageAsk { after: Some(next.clone()), limit: 4 };
                let page = store.cases(&of_word, &ask).await.unwrap();
                let behind: Vec<_> =
                    all[n + 1..].iter().filter(|id| expected.contains(id)).copied().collect();
                assert_eq!(ids(&page.items), behind[..behind.len().min(4)], "{since:?} behind {next}");
                assert_eq!(page.next.is_some(), behind.len() > 4, "{since:?} behind {next}");
            }
        }
    }
}
