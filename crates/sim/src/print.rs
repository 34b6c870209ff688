//! A life as text a person can read: the lines of the trace scripts (docs/rules.md), with what they lack added.

use crate::{
    life::{Act, Change, DAY_ONE, Life, Said},
    run::say_time,
};
use linli_model::{Device, Instant, RegistryChange, Term, Value};
use std::fmt::Write;

pub fn print(life: &Life) -> String {
    let mut out = String::new();
    let t = &life.timing;
    let span = |ms: i64| format!("{}s", ms / 1000);
    let _ = writeln!(
        out,
        "# lateness {}, idle {}, correction window {}, skew {}",
        span(t.lateness),
        span(t.idle),
        span(t.window),
        span(t.skew)
    );
    for (source, (lateness, idle)) in &t.own {
        let _ = writeln!(out, "# source {source}: lateness {}, idle {}", span(*lateness), span(*idle));
    }
    for act in &life.acts {
        let line = match act {
            Act::Tick(at) => format!("# tick {}", time(*at)),
            Act::Said(s) => said(s),
            Act::Change(c) => change(c),
        };
        let _ = writeln!(out, "{line}");
    }
    let _ = writeln!(out, "# tick {}", time(life.end));
    out
}

fn time(at: i64) -> String {
    say_time(Instant(at))
}

fn said(s: &Said) -> String {
    let r = &s.reading;
    let value = match &r.value {
        Value::Number(n) => n.to_string(),
        Value::Flag(b) => b.to_string(),
        Value::Text(t) => format!("\"{t}\""),
    };
    let mut line = format!("{} {} {} {value}", time(s.observed()), r.device, r.measure);
    if let Some(subject) = &r.subject {
        let _ = write!(line, " {subject}");
    }
    if s.received != s.observed() {
        let _ = write!(line, " received {}", time(s.received));
    }
    let _ = write!(line, "   # {} {}", s.source, r.id);
    line
}

fn change(c: &Change) -> String {
    let at = time(c.effective);
    let mut line = match &c.what {
        RegistryChange::DeviceSet(d) => device(d, &at),
        RegistryChange::DeviceRetired(d) => format!("retired {d} {at}"),
        RegistryChange::DeviceLearned { device, clock_offset_ms, silence_secs } => {
            let clock = clock_offset_ms.map_or_else(String::new, |ms| format!("clock={}s ", ms / 1000));
            let silence = silence_secs.map_or_else(String::new, |secs| format!("silence={secs}s "));
            format!("learned {device} {clock}{silence}{at}")
        }
        RegistryChange::MemberJoined { population, subject, area_path, .. } => {
            format!("member {population} {subject} area={} {at}", below(area_path.as_str()))
        }
        RegistryChange::MemberLeft { population, subject } => format!("left {population} {subject} {at}"),
        RegistryChange::AwaySet { subject, until, .. } => {
            let until = until.map_or_else(String::new, |u| format!("until={} ", time(u.0).replace(' ', "_")));
            format!("away {subject} {until}{at}")
        }
        RegistryChange::AwayEnded { subject } => format!("back {subject} {at}"),
        RegistryChange::RuleSet { rule, version, text, .. } => {
            let text: String = text.lines().map(|l| format!("\n#   {l}")).collect();
            format!("# rule {rule} v{version} {at}{text}")
        }
        RegistryChange::RuleSuspension { rule, step, .. } => format!("# rule {rule} {step:?} {at}"),
        RegistryChange::RuleRemoved { rule } => format!("# rule {rule} removed {at}"),
        RegistryChange::AreaRuleSet { rule, area_path, version, text, shadow, .. } => {
            let text: String = text.lines().map(|l| format!("\n#   {l}")).collect();
            let (shadow, area) = (if *shadow { "in the shadow " } else { "" }, below(area_path.as_str()));
            format!("# own rule {rule} v{version} of area {area} {shadow}{at}{text}")
        }
        RegistryChange::AreaRuleRemoved { rule, area_path, shadow, .. } => {
            let shadow = if *shadow { "shadow of " } else { "" };
            format!("# {shadow}own rule {rule} of area {} removed {at}", below(area_path.as_str()))
        }
        RegistryChange::OverrideSet { rule, area_path, parameter, value, .. } => {
            format!("set {parameter} {value} area={} {at}   # of {rule}", below(area_path.as_str()))
        }
        RegistryChange::OverridesNoted { rule, area_path, reason, .. } => {
            format!("# area {} changed {rule}: {reason} {at}", below(area_path.as_str()))
        }
        RegistryChange::OverrideRemoved { rule, area, parameter } => {
            format!("# unset {parameter} of {rule} area {area} {at}")
        }
        RegistryChange::TermSet { rule, area_path, term, .. } => {
            let area = below(area_path.as_str());
            match term {
                Term::Hours(hours) => format!("hours {hours} area={area} {at}   # of {rule}"),
                Term::Only { population } => format!("only {population} area={area} {at}   # of {rule}"),
                Term::Exempt { subject, until, .. } => {
                    let until =
                        until.map_or_else(String::new, |u| format!("until={} ", time(u.0).replace(' ', "_")));
                    format!("exempt {subject} {until}area={area} {at}   # of {rule}")
                }
                Term::Severity(_) => format!("severity urgent area={area} {at}   # of {rule}"),
            }
        }
        RegistryChange::TermRemoved { rule, area, key } => format!("# drop {key} of {rule} area {area} {at}"),
    };
    if c.logged != c.effective {
        let note = format!("   # logged {}", time(c.logged));
        let first = line.find('\n').unwrap_or(line.len());
        line.insert_str(first, &note);
    }
    line
}

fn below(path: &str) -> &str {
    path.strip_prefix("P/").unwrap_or(path).trim_end_matches('/')
}

fn device(d: &Device, at: &str) -> String {
    let measures: Vec<&str> = d.measures.iter().map(|m| m.as_str()).collect();
    let mut line = format!("device {} measures={}", d.id, measures.join(","));
    let area = below(d.area_path.as_str());
    if !area.is_empty() {
        let _ = write!(line, " area={area}");
    }
    if let Some(subject) = &d.subject {
        let _ = write!(line, " subject={subject}");
    }
    if let Some(secs) = d.silence_secs_max {
        let _ = write!(line, " silence={secs}s");
    }
    if let Some(capacity) = d.capacity {
        let _ = write!(line, " capacity={capacity}");
    }
    if at != time(DAY_ONE) {
        let _ = write!(line, " {at}");
    }
    line
}
