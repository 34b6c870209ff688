//! MP1, MP2: the map counts what the list holds, place by place, and loses nothing.

use super::lists::{asked_areas, in_areas, in_tab, property, wishes, written};
use super::town::*;
use crate::{CaseFilter, OpenAt, PageAsk, Store, Tab};
use linli_casework::{Case, StageCode};
use linli_model::AreaPath;
use std::collections::BTreeMap;

/// What the map should say, as a plain function of the cases.
fn counted<'a>(cases: impl Iterator<Item = &'a Case>, filter: &CaseFilter) -> Vec<OpenAt> {
    let mut places: BTreeMap<AreaPath, OpenAt> = BTreeMap::new();
    for case in cases {
        let is = |tab| u64::from(in_tab(case, tab, filter.me, filter.now));
        let place = places.entry(case.area_path.clone()).or_insert_with(|| OpenAt {
            area_path: case.area_path.clone(),
            open: 0,
            worst: case.severity,
            overdue: 0,
            to_accept: 0,
        });
        place.open += 1;
        place.worst = place.worst.max(case.severity);
        place.overdue += is(Tab::Overdue);
        place.to_accept += is(Tab::ToAccept);
    }
    places.into_values().collect()
}

pub async fn what_is_open_is_counted_by_area_whatever_is_asked_for(store: &dyn Store) {
    let asked = (0..7usize, 0..4usize, 0..3u32, 0..6usize, 0..8usize, 0..100i64);
    let runs = std::sync::atomic::AtomicU32::new(1);
    property((wishes(4), asked), |(wishes, (area, at, me, tab, word, now))| {
        let from = 1_000 * runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let places = ["", "A/", "A/B/", "A 1/"].map(|p| path(&format!("run-{from}/{p}")));
        async move {
            let cases = written(store, &places, &wishes, from).await;
            let filter = CaseFilter {
                me: (me > 0).then(|| user_id(from * 10 + me - 1)),
                tab: Tab::ALL[tab],
                areas: asked_areas(&places, area),
                at: places.get(at + 1).into_iter().chain(places.get(at + 2)).cloned().collect(),
                unanswered: word > 2,
                text: (word == 0).then(|| "电梯".to_owned()),
                ..CaseFilter::all_within(places[usize::from(word > 5)..2].to_vec(), minute(now))
            };
            let holds = |c: &&Case| {
                let reach = filter.within.iter().any(|w| c.area_path.within(w));
                c.stage.is_open()
                    && (!filter.unanswered || c.stage.code() != StageCode::Answered)
                    && (reach || filter.me == Some(c.owner.user))
                    && in_tab(c, filter.tab, filter.me, filter.now)
                    && in_areas(c, &filter)
                    && (filter.at.is_empty() || filter.at.contains(&c.area_path))
            };
            let expected = counted(cases.iter().filter(holds), &filter);
            assert_eq!(store.open_by_area(&filter).await.unwrap(), expected, "{filter:?}");
            let list = CaseFilter { open_only: true, ..filter };
            let listed = store.cases(&list, &PageAsk::first(100)).await.unwrap().items;
            assert_eq!(counted(listed.iter(), &list), expected, "the list holds the same");
        }
    });
    let nobody = CaseFilter::all_within(vec![], MORNING);
    assert_eq!(store.open_by_area(&nobody).await.unwrap(), []);
}
