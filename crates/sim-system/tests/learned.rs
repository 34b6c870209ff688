//! Devices with wrong clocks in a whole system, with kills at the gates: what is learned of them, once, and what follows.

use linli_model::*;
use linli_sim_system::{
    checks::CHECKS,
    life::{Doing, Life, Loop, Step},
    run::{Lived, live},
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const BEGAN: i64 = 1_793_548_800_000;

fn device(id: &str) -> Device {
    Device {
        id: DeviceId::new(id),
        class: DeviceClass::WaterPressure,
        name: id.to_owned(),
        area: AreaId::new("E"),
        area_path: AreaPath("S/G/P/E/".to_owned()),
        source: SourceId::new("gw"),
        subject: None,
        measures: vec![Measure::new("pressure_mpa")],
        silence_secs_max: None,
        capacity: None,
        lon: None,
        lat: None,
        purpose: "test".to_owned(),
        state: DeviceState::Active,
        valid_from: Instant(BEGAN),
    }
}

/// Every ten minutes both devices speak; the loops have their turns each hour, and die in every one of them.
fn life(killed: bool) -> Life {
    let mut steps: Vec<(i64, Doing)> = Vec::new();
    for id in ["slow", "fast"] {
        let what = Box::new(RegistryChange::DeviceSet(device(id)));
        steps.push((BEGAN, Doing::Change { effective: BEGAN, what }));
    }
    for n in 0..6 * 15 {
        let at = BEGAN + n * 10 * MINUTE;
        for (id, ahead) in [("slow", -HOUR), ("fast", 8 * HOUR)] {
            let reading = Reading {
                id: ReadingId::new(format!("{id}{n}")),
                device: DeviceId::new(id),
                observed_at: Instant(at + ahead),
                measure: Measure::new("pressure_mpa"),
                value: Value::Number(0.2),
                subject: None,
            };
            steps.push((at, Doing::Send { source: "gw".to_owned(), readings: vec![reading] }));
        }
        if n % 6 == 5 {
            for which in [Loop::Habits, Loop::Registry, Loop::Engine, Loop::History, Loop::Retain] {
                steps.push((at, Doing::Turn(which)));
            }
        }
    }
    let step = |(n, (at, doing)): (usize, (i64, Doing))| {
        let dies = killed && matches!(doing, Doing::Turn(_));
        Step { killed: dies.then_some((n / 7 % 9) as u32), ..Step::of(n as u64 + 1, at, doing) }
    };
    Life {
        seed: 1,
        postgres: false,
        lateness: 2 * MINUTE,
        idle: 5 * MINUTE,
        window: 7 * 24 * HOUR,
        snapshot_every: 25,
        began: BEGAN,
        steps: steps.into_iter().enumerate().map(step).collect(),
        end: BEGAN + 16 * HOUR,
    }
}

fn learned(lived: &Lived) -> Vec<(String, Option<i64>, i64)> {
    let of = |e: &RegistryEntry| match &e.change {
        RegistryChange::DeviceLearned { device, clock_offset_ms, .. } => Some((
            device.to_string(),
            clock_offset_ms.map(|ms| ms / MINUTE),
            (e.effective_at.0 - BEGAN) / MINUTE,
        )),
        _ => None,
    };
    let mut learned: Vec<_> = lived.registry.iter().filter_map(of).collect();
    learned.sort();
    learned
}

fn lived(life: &Life) -> Lived {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let lived = runtime.block_on(live(life, "sqlite".to_owned())).unwrap();
    let wrong: Vec<String> = CHECKS
        .iter()
        .filter(|check| check.again.is_none())
        .filter_map(|check| (check.run)(&lived).err().map(|d| format!("{}: {:?}", check.name, d.0)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    lived
}

/// A fast clock from what was refused for it: from then on its readings are let in.
#[test]
fn a_slow_and_a_fast_clock_are_learned_once_and_their_readings_count() {
    let lived = lived(&life(false));
    let half_a_day = 12 * 60 + 50 + 1;
    let expected =
        [("fast".to_owned(), Some(8 * 60), half_a_day), ("slow".to_owned(), Some(-60), half_a_day)];
    assert_eq!(learned(&lived), expected);
    let kept = |id: &str| lived.history.iter().filter(|r| r.reading.device.as_str() == id).count();
    assert_eq!(kept("slow"), 90);
    let let_in = (0..90).filter(|n| n * 10 > 12 * 60 + 50).count();
    assert_eq!(kept("fast"), let_in);
}

/// A turn that died before its commit is done again, and one that died behind it is not.
#[test]
fn however_often_the_loop_dies_each_clock_is_learned_once() {
    let lived = lived(&life(true));
    let learned: Vec<_> = learned(&lived).into_iter().map(|l| (l.0, l.1)).collect();
    assert_eq!(learned, [("fast".to_owned(), Some(8 * 60)), ("slow".to_owned(), Some(-60))]);
}

/// The process ends when a fact is in the store and not yet in the log, and is away until the fact holds: what is received
/// then stands behind it in the log, so that the engine counts it as history does (the engine's CK1).
#[test]
fn a_fact_that_a_kill_kept_from_the_log_is_there_before_what_is_received_under_it() {
    let mut life = life(false);
    let learned_at = BEGAN + (12 * 60 + 50) * MINUTE;
    life.steps.retain(|step| step.at != learned_at || step.doing != Doing::Turn(Loop::Registry));
    let turn = |step: &&mut Step| step.at == learned_at && step.doing == Doing::Turn(Loop::Habits);
    life.steps.iter_mut().find(turn).unwrap().killed = Some(u32::MAX);
    let lived = lived(&life);
    let known = learned(&lived);
    assert_eq!(known.len(), 2, "{known:?}");
    for (device, _, since) in known {
        let since = Instant(BEGAN + since * MINUTE);
        let fact = |entry: &LogEntry| match entry {
            LogEntry::Registry(e) => {
                matches!(&e.change, RegistryChange::DeviceLearned { device: d, .. } if d.as_str() == device)
            }
            _ => false,
        };
        let under_it = |entry: &LogEntry| match entry {
            LogEntry::Readings(batch) => {
                batch.received_at >= since && batch.readings.iter().any(|r| r.device.as_str() == device)
            }
            _ => false,
        };
        let position = |is: &dyn Fn(&LogEntry) -> bool| lived.log.iter().find(|(_, e)| is(e)).unwrap().0;
        assert!(position(&fact) < position(&under_it), "{device}");
    }
}
