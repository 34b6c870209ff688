//! When history is written a device's clock is judged by what was known of it when its readings came, not by what is known
//! when they are written.

mod town;

use linli_history::HistoryQuery;
use linli_model::{
    Device, DeviceClass, DeviceState, Instant, LogEntry, Millis, Reading, ReadingBatch, ReadingId,
    RegistryChange, Value,
};
use linli_runtime::loops::history;
use linli_server::ports::Clock;
use linli_store::Change;
use town::{Town, device};

const LOW: &str = include_str!("../../../packs/fire/rules/hydrant_pressure.toml");

fn hydrant() -> Device {
    device("hydrant-1", DeviceClass::WaterPressure, "pressure_mpa", None)
}

async fn town() -> Town {
    Town::with(hydrant(), ("hydrant_pressure", LOW), Vec::new()).await
}

/// It is known from now on how far ahead its clock is; None: that it is right.
async fn learned(town: &Town, ahead: Option<Millis>) {
    let (device, clock_offset_ms, since) = (hydrant().id, ahead.map(|a| a.0), town.clock.now());
    let change =
        RegistryChange::DeviceLearned { device: device.clone(), clock_offset_ms, silence_secs: None };
    let registry = Change::Registry { effective_at: since, change: Box::new(change) };
    let learned = Change::DeviceLearned { device, clock_offset_ms, silence_secs: None, since };
    town.put(vec![learned, registry]).await;
}

/// Something comes in that its device dates two hours ahead; an hour passes.
async fn says_two_hours_ahead(town: &Town) {
    let received_at = town.clock.now();
    let reading = Reading {
        id: ReadingId::new(received_at.millis().to_string()),
        device: hydrant().id,
        observed_at: received_at + Millis::hours(2),
        measure: hydrant().measures[0].clone(),
        value: Value::Number(0.3),
        subject: None,
    };
    let source = hydrant().source;
    let batch = ReadingBatch { source, received_at, readings: vec![reading], quarantined: Vec::new() };
    town.house.log.append(vec![LogEntry::Readings(batch)]).await.unwrap();
    town.pass(Millis::hours(1));
}

/// Of each reading of history, in the order they came, whether its clock was taken as ahead.
async fn written(town: &Town) -> Vec<bool> {
    while history::turn(town.house.clone()).await.unwrap() {}
    let query = HistoryQuery::between(Instant(0), town.clock.now() + Millis::days(1));
    let mut rows = town.house.history.read(&query).await.unwrap();
    rows.sort_by_key(|row| row.received_at);
    rows.into_iter().map(|row| row.clamped).collect()
}

#[tokio::test]
async fn what_is_known_of_a_clock_now_does_not_judge_what_came_before_it_was_known() {
    let town = town().await;
    says_two_hours_ahead(&town).await;
    learned(&town, Some(Millis::hours(2))).await;
    says_two_hours_ahead(&town).await;
    assert_eq!(written(&town).await, [true, false]);
}

#[tokio::test]
async fn a_clock_that_was_set_right_meanwhile_is_judged_by_what_was_known_of_it_then() {
    let town = town().await;
    learned(&town, Some(Millis::hours(2))).await;
    says_two_hours_ahead(&town).await;
    learned(&town, None).await;
    says_two_hours_ahead(&town).await;
    assert_eq!(written(&town).await, [false, true]);
}

#[tokio::test]
async fn a_device_that_went_out_of_service_meanwhile_is_judged_by_what_was_known_of_it_then() {
    let town = town().await;
    learned(&town, Some(Millis::hours(2))).await;
    says_two_hours_ahead(&town).await;
    let (device, effective_at) = (Device { state: DeviceState::Retired, ..hydrant() }, town.clock.now());
    let change = Box::new(RegistryChange::DeviceSet(device.clone()));
    town.put(vec![Change::DeviceSet(Box::new(device)), Change::Registry { effective_at, change }]).await;
    town.house.state.forget_cached().await;
    assert_eq!(written(&town).await, [false]);
}
