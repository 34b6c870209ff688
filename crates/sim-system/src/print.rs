//! A life as text a person can read: one line a step.

use crate::life::{Doing, Life, Step};
use linli_model::{Instant, RegistryChange};
use linli_sim::run::say_time;
use std::fmt::Write;

pub fn print(life: &Life) -> String {
    let store = if life.postgres { "PostgreSQL" } else { "SQLite" };
    let mut out = format!(
        "# seed {}, {store}; lateness {}s, idle {}s, correction window {}s; a snapshot every {} positions\n",
        life.seed,
        life.lateness / 1000,
        life.idle / 1000,
        life.window / 1000,
        life.snapshot_every,
    );
    for step in &life.steps {
        let _ = writeln!(out, "{}", line(step));
    }
    let _ = writeln!(out, "# the end: {}", say_time(Instant(life.end)));
    out
}

fn line(step: &Step) -> String {
    let mut line = format!("{} #{} {}", say_time(Instant(step.at)), step.n, doing(&step.doing));
    if let Some(beside) = &step.beside {
        let _ = write!(line, "  | beside: {}", doing(beside));
    }
    if let Some(gate) = step.killed {
        let _ = write!(line, "  | killed at gate {gate}");
    }
    if step.torn {
        line.push_str(", the log torn");
    }
    if let Doing::Change { what, .. } = &step.doing
        && let RegistryChange::RuleSet { text, .. } | RegistryChange::AreaRuleSet { text, .. } = &**what
    {
        for l in text.lines() {
            let _ = write!(line, "\n    {l}");
        }
    }
    line
}

pub fn doing(doing: &Doing) -> String {
    match doing {
        Doing::Send { source, readings } => {
            let rows: Vec<String> = readings
                .iter()
                .map(|r| {
                    let at = say_time(r.observed_at);
                    let subject = r.subject.as_ref().map(|s| format!(" {s}")).unwrap_or_default();
                    format!("{} {} {} {:?} at {at}{subject}", r.id, r.device, r.measure, r.value)
                })
                .collect();
            format!("{source} sends {}", rows.join("; "))
        }
        Doing::Change { effective, what } => {
            format!("from {}: {}", say_time(Instant(*effective)), change(what))
        }
        Doing::Turn(which) => format!("turn of {which:?}"),
        Doing::Report => "a resident reports".to_owned(),
        Doing::Person => "somebody acts".to_owned(),
        Doing::Again => "the last command once more".to_owned(),
        Doing::Stale => "the last command, of an older version".to_owned(),
    }
}

fn change(change: &RegistryChange) -> String {
    match change {
        RegistryChange::RuleSet { rule, version, .. } => format!("rule {rule} v{version}"),
        RegistryChange::AreaRuleSet { rule, version, area, shadow, .. } => {
            let shadow = if *shadow { " in the shadow" } else { "" };
            format!("own rule {rule} v{version} of {area}{shadow}")
        }
        RegistryChange::DeviceSet(d) => {
            let measures: Vec<&str> = d.measures.iter().map(|m| m.as_str()).collect();
            let mut line = format!(
                "device {} of {} in {} measures={}",
                d.id,
                d.source,
                d.area_path.0,
                measures.join(",")
            );
            if let Some(subject) = &d.subject {
                let _ = write!(line, " subject={subject}");
            }
            if let Some(secs) = d.silence_secs_max {
                let _ = write!(line, " silence={secs}s");
            }
            if let Some(capacity) = d.capacity {
                let _ = write!(line, " capacity={capacity}");
            }
            line
        }
        other => format!("{other:?}"),
    }
}
