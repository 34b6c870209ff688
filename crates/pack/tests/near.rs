//! Near misses, and the past as a trace: a rule and what happened in, what nearly was out.

use linli_model::{Instant, LogEntry, Millis, RegistryEntry};
use linli_pack::{
    backtest::{Past, Range, Variant},
    check_traces,
    near::{NearMiss, Nearness, Of, bearing_on, near_misses},
    trace::{
        config, read,
        write::{Nudged, Shown, write},
    },
};
use linli_rule::{
    Catalogue,
    plan::{TraceKind, TraceText},
};

const RULE: &str = r#"
rule = "low"
name = { zh = "压力低", en = "Low pressure" }
key = "device"
severity = "attention"
case_class = "x.y"
sentence = { zh = "{value} 低于 {floor}", en = "{value} below {floor}" }

[parameters.floor]
label = { zh = "下限", en = "Least" }
value = 0.2
min = 0.1
max = 0.3
unit = "MPa"

[signal]
operator = "level"
raise = "pressure_mpa < floor"
hold = "20min"
"#;

/// `h1` is low for 19 minutes, then nearly low for an hour, then low for an hour, and dull for the rest.
const PAST: &str = "
device h1 measures=pressure_mpa area=E1
d2 06:00 h1 pressure_mpa 0.35
d2 07:00 h1 pressure_mpa 0.36
d2 08:00 h1 pressure_mpa 0.19
d2 08:19 h1 pressure_mpa 0.35
d3 08:00 h1 pressure_mpa 0.204
d3 09:00 h1 pressure_mpa 0.35
d4 08:00 h1 pressure_mpa 0.15
d4 09:00 h1 pressure_mpa 0.35
d4 10:00 h2 pressure_mpa 0.35
d5 08:00 h1 pressure_mpa 0.35
";

struct Played {
    text: String,
    registry: Vec<RegistryEntry>,
    readings: Vec<Past>,
    found: Nearness,
}

fn day(n: i64) -> Instant {
    Instant(1_793_548_800_000 + (n - 1) * 86_400_000)
}

fn play(text: &str, script: &str, subject: &str) -> Played {
    let plan = linli_rule::check(text, &Catalogue::shipped()).unwrap_or_else(|w| panic!("{w:?}"));
    let (name, kind) = ("past".to_owned(), TraceKind::Misses);
    let script = format!("{script}\nexpect nothing\n");
    let past = read(&plan, &TraceText { name, kind, script, line: 1 }).unwrap_or_else(|w| panic!("{w:?}"));
    let (mut registry, mut readings) = (Vec::new(), Vec::new());
    for entry in past.entries {
        match entry {
            LogEntry::Registry(e) => registry.push(e),
            LogEntry::Readings(b) => {
                let source = b.source;
                readings
                    .extend(b.readings.into_iter().map(|reading| Past { source: source.clone(), reading }));
            }
            LogEntry::Tick { .. } => {}
        }
    }
    let subject = subject.parse().unwrap();
    let variant = Variant::in_force(text, &Catalogue::shipped()).unwrap();
    let readings = bearing_on(&variant.plan, &subject, readings);
    let range = Range { config: config(), registry: &registry, from: day(1), to: day(7) };
    let found = near_misses(&range, &variant, &readings, Of::Subject(&subject), &mut |_| true).unwrap();
    Played { text: text.to_owned(), registry, readings, found }
}

fn lines(found: &Nearness) -> Vec<String> {
    let line = |m: &NearMiss| {
        let t = &m.number.threshold;
        let number = t.parameter.clone().unwrap_or_else(|| t.field.clone());
        let (value, at) = (t.say(m.value), t.say(m.fires_at));
        format!("{} {number} {value} -> {at} ({})", m.finding.start.0 / 1000, m.share)
    };
    found.misses.iter().map(line).collect()
}

/// NM2, NM3
#[test]
fn the_number_that_kept_it_back_is_told_with_how_near_it_came() {
    let played = play(RULE, PAST, "device:h1");
    let at = |d: i64, min: i64| (day(d) + Millis::minutes(min)).0 / 1000;
    assert_eq!(
        lines(&played.found),
        [
            // 0.204 against 0.2: a fortieth would not do it, a twentieth does.
            format!("{} floor 0.2 MPa -> 0.205 MPa (0.025)", at(3, 500)),
            // Low for 19 of 20 minutes: at 19 the reading that broke it came first, at 18 it would have begun.
            format!("{} signal.hold 20min -> 18min (0.1)", at(2, 498)),
        ]
    );
    assert_eq!(played.found.told, 1);
    let heard = played.found.heard;
    assert_eq!(
        (heard.readings, heard.dull),
        (9, 7),
        "the first made it known, and the hour of the fourth day ended it"
    );
}

/// NM2
#[test]
fn an_area_s_own_value_is_nudged_where_it_holds() {
    let own = format!("set floor 0.19 area=E1\n{}", PAST.trim());
    let played = play(RULE, &own, "device:h1");
    let at = (day(3) + Millis::minutes(500)).0 / 1000;
    assert_eq!(lines(&played.found), [format!("{at} floor 0.19 MPa -> 0.209 MPa (0.1)")]);
    let table = written(&played, &played.found.misses[0]);
    assert!(table.contains("set floor 0.19"), "{table}");
}

#[test]
fn a_run_that_is_told_to_stop_stops() {
    let played = play(RULE, PAST, "device:h1");
    let variant = Variant::in_force(RULE, &Catalogue::shipped()).unwrap();
    let subject = "device:h1".parse().unwrap();
    let range = Range { config: config(), registry: &played.registry, from: day(1), to: day(7) };
    assert_eq!(near_misses(&range, &variant, &played.readings, Of::Subject(&subject), &mut |_| false), None);
}

fn written(played: &Played, miss: &NearMiss) -> String {
    let plan = linli_rule::check(&played.text, &Catalogue::shipped()).unwrap();
    write(&Shown {
        name: "near_1".into(),
        plan: &plan,
        text: &played.text,
        config: &config(),
        registry: &played.registry,
        readings: &played.readings,
        finding: &miss.finding,
        parameters: &miss.in_force(),
        near: Some(Nudged {
            plan: miss.plan.clone(),
            value: miss.number.threshold.parameter.clone().map(|n| (n, miss.fires_at)),
        }),
    })
    .unwrap_or_else(|why| panic!("{}", why.en))
}

/// WT1, WT2
#[test]
fn a_near_miss_is_written_as_a_trace_that_passes_with_the_rule() {
    let played = play(RULE, PAST, "device:h1");
    for miss in &played.found.misses {
        let table = written(&played, miss);
        assert!(table.contains("kind = \"misses\"") && table.contains("expect nothing"), "{table}");
        let text = format!("{RULE}\n{table}");
        let plan =
            linli_rule::check(&text, &Catalogue::shipped()).unwrap_or_else(|w| panic!("{w:?}\n{text}"));
        assert_eq!(check_traces(&text, &plan), Ok(1), "{table}");
    }
}

/// WT1
#[test]
fn what_was_told_is_written_as_a_trace_that_fires() {
    let played = play(RULE, PAST, "device:h1");
    let variant = Variant::in_force(RULE, &Catalogue::shipped()).unwrap();
    let range = Range { config: config(), registry: &played.registry, from: day(1), to: day(7) };
    let told = linli_pack::backtest::episodes(&range, &variant, &played.readings, &mut |_| true).unwrap();
    let table = write(&Shown {
        name: "told_1".into(),
        plan: &variant.plan,
        text: RULE,
        config: &config(),
        registry: &played.registry,
        readings: &played.readings,
        finding: &told[0],
        parameters: &told[0].evidence.parameters,
        near: None,
    })
    .unwrap_or_else(|why| panic!("{}", why.en));
    assert!(table.contains("kind = \"ends\"") || table.contains("kind = \"fires\""), "{table}");
    assert!(table.contains("expect opened device:h1 d4 08:20"), "{table}");
    let text = format!("{RULE}\n{table}");
    let plan = linli_rule::check(&text, &Catalogue::shipped()).unwrap();
    assert_eq!(check_traces(&text, &plan), Ok(1), "{table}");
}
