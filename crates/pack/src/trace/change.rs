//! The lines of a trace that change the registry.

use super::{DAY_ONE, finite, place, span, split, time_whole};
use linli_model::{DeviceId, Instant, RegistryChange, Severity, Subject, Term};

/// What such a line begins with.
pub(super) const WORDS: &[&str] = &[
    "member", "left", "away", "back", "retired", "learned", "set", "hours", "only", "exempt", "severity",
    "drop",
];

/// The change and when it holds from.
pub(super) fn read(rule: &str, what: &str, words: &[&str]) -> Option<(i64, RegistryChange)> {
    let (plain, named) = split(words);
    let area = named.iter().find(|n| n.0 == "area").map_or("", |n| n.1);
    let until = match named.iter().find(|n| n.0 == "until") {
        Some((_, t)) => Some(Instant(time_whole(&t.split('_').collect::<Vec<_>>())?)),
        None => None,
    };
    let known = if what == "learned" { ["clock", "silence"] } else { ["area", "until"] };
    if named.iter().any(|n| !known.contains(&n.0)) {
        return None;
    }
    let given = match what {
        "member" | "left" | "set" => 2,
        _ => 1,
    };
    let at = if plain.len() > given { time_whole(&plain[given..])? } else { DAY_ONE };
    let first = *plain.first()?;
    let subject = |i: usize| plain.get(i).and_then(|s| s.parse::<Subject>().ok());
    let rule = rule.to_owned();
    let (area, area_path) = place(area);
    let term = |term| {
        Some(RegistryChange::TermSet {
            rule: rule.clone(),
            area: area.clone(),
            area_path: area_path.clone(),
            term,
            set_by: "trace".to_owned(),
        })
    };
    let change = match what {
        "member" => RegistryChange::MemberJoined {
            population: first.to_owned(),
            subject: subject(1)?,
            area,
            area_path,
        },
        "left" => RegistryChange::MemberLeft { population: first.to_owned(), subject: subject(1)? },
        "away" => RegistryChange::AwaySet { subject: subject(0)?, until, reason: "trace".to_owned() },
        "back" => RegistryChange::AwayEnded { subject: subject(0)? },
        "retired" => RegistryChange::DeviceRetired(DeviceId::new(first)),
        "learned" => learned(first, &named)?,
        "hours" => term(Term::Hours(first.parse().ok()?))?,
        "only" => term(Term::Only { population: first.to_owned() })?,
        "exempt" => term(Term::Exempt { subject: subject(0)?, until, reason: "trace".to_owned() })?,
        "severity" => term(Term::Severity(severity(first)?))?,
        "drop" => {
            let key = match first {
                "hours" | "only" | "severity" => first.to_owned(),
                _ => Term::Exempt { subject: subject(0)?, until, reason: String::new() }.key(),
            };
            RegistryChange::TermRemoved { rule, area, key }
        }
        _ => RegistryChange::OverrideSet {
            rule,
            area,
            area_path,
            parameter: first.to_owned(),
            value: finite(plain.get(1)?)?,
            set_by: "trace".to_owned(),
        },
    };
    Some((at, change))
}

fn learned(device: &str, named: &[(&str, &str)]) -> Option<RegistryChange> {
    let of = |name: &str| match named.iter().find(|n| n.0 == name) {
        Some((_, text)) => span(text).map(Some),
        None => Some(None),
    };
    let silence = of("silence")?.map(|ms| u32::try_from(ms / 1000)).transpose().ok()?;
    let device = DeviceId::new(device);
    Some(RegistryChange::DeviceLearned { device, clock_offset_ms: of("clock")?, silence_secs: silence })
}

fn severity(word: &str) -> Option<Severity> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}
