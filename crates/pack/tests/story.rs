//! The shipped packs over two weeks of the synthetic estate: what happened is found, what did not happen is not, and
//! restarting in between changes nothing.

use linli_engine::{Engine, EngineConfig};
use linli_model::{
    AreaId, Finding, FindingChange, FindingKind, Instant, LogEntry, Millis, RegistryChange, RegistryEntry,
};
use linli_twin::{Incident, IncidentKind, RESIDENTIAL_AREA, Twin};

/// The rules that should tell an incident.
fn rules_for(kind: IncidentKind) -> &'static [&'static str] {
    match kind {
        IncidentKind::ElderNotOut | IncidentKind::DeviceDead => &["elder_not_out"],
        IncidentKind::PressureDrop => &["sudden_drop", "low_pressure"],
        IncidentKind::CarParkFull => &["parking_full", "parking_warn"],
        IncidentKind::Smoke | IncidentKind::SmokeTest => &["smoke_alarm"],
        IncidentKind::Sos => &["sos_button"],
        IncidentKind::NoiseAtNight => &["noise_at_night"],
        IncidentKind::UnknownCard => &["unknown_card_days"],
        IncidentKind::WasteOverflow => &["waste_overflow"],
        IncidentKind::EbikeInLift => &["ebike_in_lift"],
        IncidentKind::ElderAway | IncidentKind::ClockAhead | IncidentKind::GatewayLate => &[],
    }
}

fn tells(f: &Finding, i: &Incident) -> bool {
    let about = f.subject == i.subject
        || i.devices.iter().any(|d| f.subject.id == d.as_str())
        || f.evidence.readings.iter().any(|r| i.devices.contains(&r.device));
    rules_for(i.kind).contains(&f.rule.as_str())
        && about
        && i.from <= f.start
        && f.start <= i.to + Millis::minutes(30)
}

fn entries(twin: &Twin, from: Instant, to: Instant) -> Vec<LogEntry> {
    let mut changes: Vec<(Instant, RegistryChange)> = Vec::new();
    for pack in linli_pack::shipped() {
        changes.extend(pack.switch_on(from, 1).into_iter().map(|e| (from, e.change)));
    }
    changes.extend(twin.registry().into_iter().map(|c| (from, c)));
    changes.extend(twin.registry_changes(from, to));
    let mut entries: Vec<(Instant, LogEntry)> = changes
        .into_iter()
        .zip(1..)
        .map(|((at, change), seq)| (at, LogEntry::Registry(RegistryEntry { seq, effective_at: at, change })))
        .collect();
    entries.extend(twin.life(from, to).map(|(at, batch)| (at, LogEntry::Readings(batch))));
    entries.sort_by_key(|e| e.0);
    entries.into_iter().map(|e| e.1).collect()
}

#[test]
fn what_happened_in_the_estate_is_found_and_nothing_else() {
    let twin = Twin::estate(7);
    let area = AreaId::new(RESIDENTIAL_AREA);
    let config = || EngineConfig::new(area.clone(), twin.find_area(&area).unwrap().path.clone());
    let from: Instant = "2026-11-08T16:00:00Z".parse().unwrap();
    let to: Instant = "2026-11-22T16:00:00Z".parse().unwrap();
    let (mut engine, mut out) = (Engine::from_config(config()), Vec::new());
    for (n, entry) in entries(&twin, from, to).iter().enumerate() {
        engine.step(entry, &mut out);
        if n % 20_000 == 10_000 {
            engine = Engine::from_snapshot(config(), &engine.snapshot()).unwrap();
        }
    }
    let counters = engine.counters();
    assert_eq!(counters.rules_refused, 0);
    assert!(
        counters.readings > 100_000 && counters.duplicates > 100 && counters.clamped > 100,
        "{counters:?}"
    );

    let incidents = twin.incidents(from, to);
    let opened: Vec<&Finding> = out.iter().filter(|f| f.change == FindingChange::Opened).collect();
    for i in incidents.iter().filter(|i| i.to_be_found) {
        for rule in rules_for(i.kind) {
            let told = opened.iter().any(|f| f.rule == *rule && f.kind == FindingKind::Signal && tells(f, i));
            assert!(told, "{rule} does not tell {i:?}");
        }
    }
    for f in opened {
        let happened = incidents.iter().any(|i| {
            let as_it_should = (f.kind == FindingKind::Coverage) == (i.kind == IncidentKind::DeviceDead);
            as_it_should && tells(f, i)
        });
        assert!(
            happened,
            "{} tells of {} at {}, which did not happen: {}",
            f.rule, f.subject, f.start, f.sentence.zh
        );
    }
}

#[test]
fn an_engine_can_be_handed_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Engine>();
}
