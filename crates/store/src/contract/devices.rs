//! Areas, devices, credentials.

use super::town::*;
use crate::{
    Change, Commit, CommitError, Credential, DeviceFilter, DeviceLearned, DeviceRecord, DeviceWatch, Guard,
    Heads, PageAsk, Store, devices::DeviceSeen,
};
use linli_model::{Area, Device, DeviceClass, DeviceId, DeviceState, SourceId, Succession};

pub async fn areas_read_back_in_the_order_of_their_paths(store: &dyn Store) {
    let all = [area(STREET), area(COMMITTEE), area(ESTATE)];
    put(store, all.iter().rev().cloned().map(Change::AreaSet).collect()).await;
    assert_eq!(store.areas().await.unwrap(), all);
    let renamed = Area { name: "新名".into(), ..area(ESTATE) };
    let shape = r#"{"type":"Point","coordinates":[121.42,31.17]}"#;
    put(
        store,
        vec![
            Change::AreaShape { area: last(&path(ESTATE)), geometry: shape.into() },
            Change::AreaSet(renamed.clone()),
        ],
    )
    .await;
    assert_eq!(store.areas().await.unwrap()[2], renamed);
    let shapes = store.shapes_within(&path(COMMITTEE)).await.unwrap();
    assert_eq!(shapes, [(last(&path(ESTATE)), shape.to_owned())], "a new name keeps its shape");
}

pub async fn successions_read_back_and_the_last_word_holds(store: &dyn Store) {
    put(store, [STREET, COMMITTEE, ESTATE].map(|at| Change::AreaSet(area(at))).into()).await;
    let taken = |of: &str, by: &str, since: &str| Succession {
        of: last(&path(of)),
        by: last(&path(by)),
        since: since.parse().unwrap(),
    };
    let set = |succession: &Succession| Change::SuccessionSet {
        succession: succession.clone(),
        set_by: user_id(1),
        at: MORNING,
    };
    let first = taken(ESTATE, COMMITTEE, "2026-12-01");
    let other = taken(COMMITTEE, STREET, "2026-11-01");
    put(store, vec![set(&first), set(&other)]).await;
    assert_eq!(store.successions().await.unwrap(), [other.clone(), first.clone()], "by their days");
    let later = taken(ESTATE, STREET, "2027-01-01");
    put(store, vec![set(&later), Change::SuccessionRemove(other.of)]).await;
    assert_eq!(store.successions().await.unwrap(), [later]);
}

pub async fn how_many_live_where_is_kept_day_by_day(store: &dyn Store) {
    put(store, vec![Change::AreaSet(area(STREET)), Change::AreaSet(area(ESTATE))]).await;
    let heads = |since: &str, residents| Heads { since: since.parse().unwrap(), residents };
    let set = |at: &str, heads| Change::HeadsSet { area: last(&path(at)), heads };
    let told = [
        set(ESTATE, heads("2026-11-01", 2_400)),
        set(STREET, heads("2026-11-01", 90_000)),
        set(ESTATE, heads("2025-11-01", 2_500)),
        set(ESTATE, heads("2026-11-01", 2_450)),
    ];
    put(store, told.into()).await;
    let found = store.heads().await.unwrap();
    assert_eq!(found[&last(&path(ESTATE))], [heads("2025-11-01", 2_500), heads("2026-11-01", 2_450)]);
    assert_eq!(found[&last(&path(STREET))], [heads("2026-11-01", 90_000)]);
}

fn seen(n: u32, at: i64, battery: Option<f64>) -> Change {
    Change::DevicesSeen(vec![DeviceSeen {
        device: device(n, ESTATE).id,
        at: minute(at),
        battery_pct: battery,
    }])
}

pub async fn devices_read_back_with_their_newest_sign_of_life(store: &dyn Store) {
    put(store, vec![Change::DeviceSet(Box::new(device(1, ESTATE)))]).await;
    let id = device(1, ESTATE).id;
    let record = |last: Option<i64>, battery_pct: Option<f64>| DeviceRecord {
        device: device(1, ESTATE),
        last_seen: last.map(minute),
        battery_pct,
        learned: DeviceLearned::default(),
    };
    let now = || async { store.device(&id).await.unwrap().unwrap() };
    assert_eq!(now().await, record(None, None));
    put(store, vec![seen(1, 10, Some(87.5)), seen(9, 10, None)]).await;
    assert_eq!(now().await, record(Some(10), Some(87.5)));
    put(store, vec![seen(1, 5, Some(99.0))]).await;
    assert_eq!(now().await, record(Some(10), Some(87.5)), "late news is no news");
    put(store, vec![seen(1, 12, None)]).await;
    assert_eq!(now().await, record(Some(12), Some(87.5)));
    let moved = Device { state: DeviceState::Maintenance, class: DeviceClass::Smoke, ..device(1, COMMITTEE) };
    put(store, vec![Change::DeviceSet(Box::new(moved.clone()))]).await;
    assert_eq!(now().await, DeviceRecord { device: moved, ..record(Some(12), Some(87.5)) });
    assert_eq!(store.all_devices().await.unwrap().len(), 1);
    assert_eq!(store.device(&DeviceId::new("none")).await.unwrap(), None);
}

pub async fn what_was_learned_of_a_device_stands_with_since_when(store: &dyn Store) {
    let id = device(1, ESTATE).id;
    let learned = |clock_offset_ms, silence_secs, at| Change::DeviceLearned {
        device: device(1, ESTATE).id,
        clock_offset_ms,
        silence_secs,
        since: minute(at),
    };
    let unwatched = Device { silence_secs_max: None, ..device(1, ESTATE) };
    put(store, vec![Change::DeviceSet(Box::new(unwatched.clone())), seen(1, 10, None)]).await;
    let now = || async { store.device(&id).await.unwrap().unwrap() };
    assert_eq!(now().await.watch(minute(200)), DeviceWatch::Unwatched);
    put(store, vec![learned(None, Some(7_200), 20)]).await;
    put(store, vec![learned(Some(-3_600_000), Some(7_200), 30)]).await;
    let as_learned = DeviceLearned {
        clock_offset_ms: Some(-3_600_000),
        clock_since: Some(minute(30)),
        silence_secs: Some(7_200),
        silence_since: Some(minute(20)),
    };
    assert_eq!(now().await.learned, as_learned, "what did not change keeps its time");
    assert_eq!(now().await.watch(minute(130)), DeviceWatch::Online);
    assert_eq!(now().await.watch(minute(131)), DeviceWatch::Silent);
    let registered = Device { silence_secs_max: Some(86_400), ..unwatched };
    put(store, vec![Change::DeviceSet(Box::new(registered))]).await;
    assert_eq!(now().await.learned, as_learned, "registering it again takes nothing back");
    assert_eq!(now().await.watch(minute(131)), DeviceWatch::Online, "what is registered wins");
    put(store, vec![learned(None, Some(7_200), 40)]).await;
    assert_eq!(
        (now().await.learned.clock_offset_ms, now().await.learned.clock_since),
        (None, Some(minute(40)))
    );
}

pub async fn what_was_learned_of_a_device_ends_with_its_service(store: &dyn Store) {
    let id = device(1, ESTATE).id;
    let set = |state| Change::DeviceSet(Box::new(Device { state, ..device(1, ESTATE) }));
    let learned = |of: &DeviceId| Commit {
        guards: vec![Guard::DeviceInService(of.clone())],
        changes: vec![Change::DeviceLearned {
            device: of.clone(),
            clock_offset_ms: Some(-3_600_000),
            silence_secs: Some(7_200),
            since: minute(20),
        }],
        ..Commit::default()
    };
    let unknown = store.commit(learned(&id)).await;
    assert!(matches!(unknown, Err(CommitError::Stale(_))), "nobody knows it");
    put(store, vec![set(DeviceState::Maintenance)]).await;
    store.commit(learned(&id)).await.unwrap();
    let now = || async { store.device(&id).await.unwrap().unwrap().learned };
    assert_eq!(now().await.clock_offset_ms, Some(-3_600_000));
    put(store, vec![set(DeviceState::Retired)]).await;
    assert_eq!(now().await, DeviceLearned::default());
    assert!(matches!(store.commit(learned(&id)).await, Err(CommitError::Stale(_))), "out of service");
    put(store, vec![set(DeviceState::Active)]).await;
    assert_eq!(now().await, DeviceLearned::default(), "back in service it is unknown");
    store.commit(learned(&id)).await.unwrap();
}

fn everything() -> DeviceFilter {
    DeviceFilter { within: vec![path(STREET)], watch: None, class: None, text: None, now: minute(100) }
}

async fn every_page(store: &dyn Store, filter: &DeviceFilter, limit: u32) -> Vec<DeviceRecord> {
    let (mut found, mut ask) = (vec![], PageAsk::first(limit));
    loop {
        let page = store.devices(filter, &ask).await.unwrap();
        found.extend(page.items);
        assert!(found.len() < 1_000, "the pages have an end");
        let Some(next) = page.next else { return found };
        ask.after = Some(next);
    }
}

fn numbers(found: &[DeviceRecord]) -> Vec<u32> {
    found.iter().map(|r| r.device.id.as_str().trim_start_matches("door-").parse().unwrap()).collect()
}

/// 1 and 4 were heard just now, 2 long ago, 3 never; 5 is not watched, 6 retired, 7 worked on.
async fn seven(store: &dyn Store) {
    let mut changes: Vec<Change> = vec![];
    for n in 1..=7 {
        let mut d = device(n, ESTATE);
        match n {
            4 => (d.class, d.name) = (DeviceClass::Smoke, "烟感 Kitchen".into()),
            5 => d.silence_secs_max = None,
            6 => d.state = DeviceState::Retired,
            7 => d.state = DeviceState::Maintenance,
            _ => {}
        }
        changes.push(Change::DeviceSet(Box::new(d)));
    }
    changes.extend([seen(1, 99, None), seen(2, 10, None), seen(4, 40, None)]);
    put(store, changes).await;
}

pub async fn devices_are_listed_silent_first_and_cut_by_filters(store: &dyn Store) {
    seven(store).await;
    assert_eq!(numbers(&every_page(store, &everything(), 3).await), [2, 3, 1, 4, 5, 6, 7]);
    let found = |filter: DeviceFilter| async move { numbers(&every_page(store, &filter, 2).await) };
    for (watch, expected) in [
        (DeviceWatch::Online, vec![1, 4]),
        (DeviceWatch::Silent, vec![2, 3]),
        (DeviceWatch::Unwatched, vec![5]),
        (DeviceWatch::Retired, vec![6]),
        (DeviceWatch::Maintenance, vec![7]),
    ] {
        assert_eq!(found(DeviceFilter { watch: Some(watch), ..everything() }).await, expected, "{watch:?}");
    }
    assert_eq!(found(DeviceFilter { class: Some(DeviceClass::Smoke), ..everything() }).await, [4]);
    assert_eq!(found(DeviceFilter { text: Some("DOOR-00".into()), ..everything() }).await.len(), 7);
    assert_eq!(found(DeviceFilter { text: Some("kitchen".into()), ..everything() }).await, [4]);
    assert_eq!(found(DeviceFilter { text: Some("门磁".into()), ..everything() }).await.len(), 6);
    assert!(found(DeviceFilter { within: vec![], ..everything() }).await.is_empty());
}

/// The device a page ended with may be heard, or gone from the filter, before the next page is asked for.
pub async fn a_page_of_devices_stays_put_while_they_are_heard(store: &dyn Store) {
    seven(store).await;
    let first = store.devices(&everything(), &PageAsk::first(2)).await.unwrap();
    assert_eq!(numbers(&first.items), [2, 3]);
    put(store, vec![seen(3, 99, None)]).await;
    let next = PageAsk { after: first.next.clone(), limit: 9 };
    let rest = numbers(&store.devices(&everything(), &next).await.unwrap().items);
    assert_eq!(rest, [1, 3, 4, 5, 6, 7], "3 is online now and shows there again; nobody is left out");
    let silent = DeviceFilter { watch: Some(DeviceWatch::Silent), ..everything() };
    let one = store.devices(&silent, &PageAsk::first(1)).await.unwrap();
    assert_eq!(numbers(&one.items), [2]);
    put(store, vec![seen(2, 99, None)]).await;
    let online = DeviceFilter { watch: Some(DeviceWatch::Online), ..everything() };
    let one = store.devices(&online, &PageAsk::first(1)).await.unwrap();
    assert_eq!(numbers(&one.items), [1]);
    let retired = Device { state: DeviceState::Retired, ..device(1, ESTATE) };
    put(store, vec![Change::DeviceSet(Box::new(retired))]).await;
    let rest = store.devices(&online, &PageAsk { after: one.next, limit: 9 }).await.unwrap();
    assert_eq!(numbers(&rest.items), [2, 3, 4], "from behind the one that left");
}

pub async fn credentials_are_set_replaced_and_removed(store: &dyn Store) {
    let gateway = Credential {
        name: "gw".into(),
        secret_hash: "h1".into(),
        source: SourceId::new("gateway-1"),
        device: None,
    };
    let single =
        Credential { name: "door".into(), device: Some(DeviceId::new("door-001")), ..gateway.clone() };
    put(store, vec![Change::CredentialSet(gateway.clone()), Change::CredentialSet(single.clone())]).await;
    assert_eq!(store.credentials().await.unwrap(), [single.clone(), gateway.clone()], "by name");
    let renewed = Credential { secret_hash: "h2".into(), device: None, ..single };
    put(store, vec![Change::CredentialSet(renewed.clone()), Change::CredentialRemove("gw".into())]).await;
    assert_eq!(store.credentials().await.unwrap(), [renewed]);
}
