//! A8: lists are cut to the caller's areas in SQL, and hold exactly the records that asking for each would allow.
//!
//! The store's own property compares SQL with a plain filter over areas; this one goes from roles, posts and their
//! times, by the shipped policies, to both answers.

use linli_access::{Action, Authorize, Principal};
use linli_access_cedar::CedarAccess;
use linli_model::{AreaPath, Instant, Post, Role};
use linli_store::{
    CaseFilter, CaseStore, Change, DeviceFilter, DeviceStore, PageAsk, PeopleStore,
    contract::town::{
        MORNING, case_as, case_id, device, last, path, person, person_id, post_id, put, user_id,
    },
};
use linli_store_sql::{Keyring, SqlStore, file_address};
use proptest::{prelude::*, test_runner::TestRunner};
use std::collections::BTreeSet;

const STREETS: u32 = 2;

/// Two streets of two residential areas with two estates each; codes that begin like one another.
fn places(run: u32) -> Vec<AreaPath> {
    let mut places = vec![];
    for street in 1..=STREETS {
        let street = format!("{run}-{street}/");
        places.push(path(&street));
        for area in ["1", "11"] {
            let area = format!("{street}{area}/");
            places.push(path(&area));
            places.extend(["E1", "E10"].map(|estate| path(&format!("{area}{estate}/"))));
        }
    }
    places
}

/// Role, place, from, until; whose it is.
type Held = (usize, usize, i64, Option<i64>, bool);

fn posts(held: &[Held], places: &[AreaPath]) -> Vec<Post> {
    let post = |(n, (role, place, from, until, mine)): (u32, &Held)| Post {
        id: post_id(n),
        user: user_id(if *mine { 1 } else { 2 }),
        role: Role::ALL[role % Role::ALL.len()],
        area: last(&places[place % places.len()]),
        area_path: places[place % places.len()].clone(),
        valid_from: Instant(*from),
        valid_to: until.map(Instant),
        skills: Vec::new(),
    };
    (0..).zip(held).map(post).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_and_the_single_record_agree_for_every_role_and_post() {
    let folder = tempfile::tempdir().unwrap();
    let url = file_address(&folder.path().join("linli.sqlite"));
    let store = SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap();
    let access = CedarAccess::shipped();
    let held =
        (any::<usize>(), any::<usize>(), 0..4i64, prop::option::of(2..6i64), prop::bool::weighted(0.8));
    let asked = (prop::collection::vec(held, 0..5), prop::collection::vec(any::<usize>(), 1..12), 0..6i64);
    let runs = std::sync::atomic::AtomicU32::new(1);
    let config = ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() };
    let ran = TestRunner::new(config).run(&asked, |(held, at, now)| {
        let run = runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let check = async {
            let places = places(run);
            let principal = Principal { user: user_id(1), posts: posts(&held, &places) };
            let now = Instant(now);
            let numbered = || at.iter().map(|p| &places[p % places.len()]).zip(run * 100..);
            let mut changes = vec![];
            for (place, n) in numbered() {
                changes.push(case_as(n, place.as_str(), |_| {}).1);
                changes.push(Change::DeviceSet(Box::new(device(n, place.as_str()))));
                changes.push(Change::PersonSet(Box::new(person(n, place.as_str()))));
            }
            put(&store, changes).await;
            let allowed = |action| {
                let may = |(place, _): &(&AreaPath, u32)| access.allows(&principal, action, place, now);
                numbered().filter(may).map(|(_, n)| n).collect::<BTreeSet<u32>>()
            };
            let areas = |action| access.areas_for(&principal, action, now);
            let page = PageAsk::first(100);

            let filter = CaseFilter::all_within(areas(Action::CaseRead), MORNING);
            let listed = store.cases(&filter, &page).await.unwrap().items;
            let listed: BTreeSet<_> = listed.into_iter().map(|c| c.id).collect();
            assert_eq!(listed, allowed(Action::CaseRead).into_iter().map(case_id).collect());

            let within = areas(Action::DeviceRead);
            let filter = DeviceFilter { within, watch: None, class: None, text: None, now: MORNING };
            let listed = store.devices(&filter, &page).await.unwrap().items;
            let listed: BTreeSet<_> = listed.into_iter().map(|d| d.device.id).collect();
            let expected = allowed(Action::DeviceRead).into_iter().map(|n| device(n, "x/").id).collect();
            assert_eq!(listed, expected);

            let listed = store.people(&areas(Action::PersonSearch), None, &page).await.unwrap().items;
            let listed: BTreeSet<_> = listed.into_iter().map(|p| p.id).collect();
            assert_eq!(listed, allowed(Action::PersonSearch).into_iter().map(person_id).collect());
        };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(check));
        Ok(())
    });
    if let Err(failed) = ran {
        panic!("{failed}");
    }
}
