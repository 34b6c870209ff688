//! RM1, EN1: an engine does the same whether the plans of its rules are at hand or are read from their texts.

use linli_engine::{Engine, EngineConfig};
use linli_model::*;
use linli_rule::Catalogue;
use std::sync::Arc;

const T0: i64 = 1_793_548_800_000;
const MIN: i64 = 60_000;

fn text(rule: &str, raise: i64) -> String {
    format!(
        "rule = \"{rule}\"\nname = {{ zh = \"规则\", en = \"rule\" }}\nkey = \"device\"\nseverity = \"info\"\ncase_class = \"x.y\"\n\
         sentence = {{ zh = \"{{value}}\", en = \"{{value}}\" }}\n\
         [parameters.limit]\nlabel = {{ zh = \"上限\", en = \"limit\" }}\nvalue = {raise}\nmin = 10\nmax = 90\nunit = \"dB\"\n\
         [signal]\noperator = \"level\"\nraise = \"noise_db > limit\"\nhold = \"1 min\"\n"
    )
}

/// Rules set, set anew, an area's own, refused and set late; a limit of an area's own; readings in time and late.
fn life() -> Vec<LogEntry> {
    let (mut entries, mut n) = (Vec::new(), 0);
    let mut change = |entries: &mut Vec<LogEntry>, at: i64, change: RegistryChange| {
        n += 1;
        entries.push(LogEntry::Registry(RegistryEntry { seq: n, effective_at: Instant(at), change }));
    };
    let set = |rule: &str, version: u32, text: String| RegistryChange::RuleSet {
        pack: "p".into(),
        rule: rule.into(),
        version,
        text,
    };
    let own = |version: u32, shadow: bool| RegistryChange::AreaRuleSet {
        area: AreaId::new("P"),
        area_path: AreaPath("S/P/".into()),
        rule: "own".into(),
        version,
        text: text("own", 55),
        shadow,
        set_by: "cadre".into(),
    };
    change(&mut entries, T0, set("loud", 1, text("loud", 60)));
    change(&mut entries, T0, own(1, true));
    change(&mut entries, T0, set("wrong", 1, "rule = ".to_owned()));
    for minute in 1..400_i64 {
        let at = T0 + minute * MIN;
        match minute {
            100 => change(&mut entries, at, set("loud", 2, text("loud", 70))),
            150 => change(&mut entries, at, own(2, false)),
            200 => change(&mut entries, at - 120 * MIN, set("late", 1, text("late", 50))),
            250 => change(&mut entries, at, RegistryChange::RuleRemoved { rule: "loud".into() }),
            260 => change(&mut entries, at, set("loud", 3, text("loud", 60))),
            300 => change(
                &mut entries,
                at,
                RegistryChange::OverrideSet {
                    rule: "loud".into(),
                    area: AreaId::new("P"),
                    area_path: AreaPath("S/P/".into()),
                    parameter: "limit".into(),
                    value: 80.0,
                    set_by: "cadre".into(),
                },
            ),
            _ => {}
        }
        let late = if minute % 17 == 0 { 30 * MIN } else { 0 };
        let reading = Reading {
            id: ReadingId::new(format!("r{minute}")),
            device: DeviceId::new(format!("d{}", minute % 3)),
            measure: Measure::new("noise_db"),
            observed_at: Instant(at - late),
            value: Value::Number(40.0 + ((minute / 10) % 5 * 11) as f64),
            subject: None,
        };
        entries.push(LogEntry::Readings(ReadingBatch {
            source: SourceId::new("s"),
            received_at: Instant(at),
            readings: vec![reading],
            quarantined: Vec::new(),
        }));
    }
    entries.push(LogEntry::Tick { at: Instant(T0 + 600 * MIN) });
    entries
}

/// Lives it, killed and restored behind every `killed`th entry; each engine under the catalogue it is given.
fn lives(killed: usize, catalogue: impl Fn() -> Arc<Catalogue>) -> (Vec<Finding>, Vec<u8>, u64) {
    let config = || EngineConfig {
        catalogue: catalogue(),
        ..EngineConfig::new(AreaId::new("P"), AreaPath("S/P/".into()))
    };
    let (mut engine, mut found) = (Engine::from_config(config()), Vec::new());
    for (n, entry) in life().iter().enumerate() {
        engine.step(entry, &mut found);
        if n % killed == killed - 1 {
            engine = Engine::from_snapshot(config(), &engine.snapshot()).unwrap();
        }
    }
    (found, engine.snapshot(), engine.counters().rules_refused)
}

#[test]
fn plans_at_hand_change_nothing_that_an_engine_finds_or_keeps() {
    for killed in [40, 1_000] {
        let anew = lives(killed, || Arc::new(Catalogue::shipped()));
        let shared = Arc::new(Catalogue::shipped());
        for _ in 0..2 {
            let at_hand = lives(killed, || shared.clone());
            assert_eq!(at_hand.0, anew.0);
            assert!(at_hand.1 == anew.1, "the snapshots are not the same");
            assert_eq!(at_hand.2, anew.2);
        }
        let rules: Vec<&str> = anew.0.iter().map(|f| f.rule.as_str()).collect();
        for rule in ["loud", "late", "own"] {
            assert!(rules.iter().any(|r| r.contains(rule)), "{rule}: {rules:?}");
        }
        assert!(anew.0.iter().any(|f| f.rule_version == 3) && anew.2 > 0);
    }
}
