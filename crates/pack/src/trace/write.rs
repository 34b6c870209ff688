//! A piece of the past as a trace: what a device said and what a rule made of it, in the script's own words.
//!
//! The shortest tail of the readings that shows the same is written, on days with the same weekdays, day 1 being the Monday
//! of its first. It is run before it is handed out, in every manner a pack check runs it.
//!
//! Invariants
//! - WT1 What is written passes [`check_traces`](crate::check_traces) with the rule's own text.
//! - WT2 A near miss that is written finds nothing, and with the number that kept it back nudged it opens.
//!
//! Deliberately absent: homes and persons. A trace has minutes in it, which are nobody's business (G13); who asks for one
//! is refused before it comes here.

use super::{DAY_ONE, DAYS_MAX, Manner, Outcome, Trace, read, run, say_time};
use crate::{
    backtest::Past,
    run::{attempt, config, outcomes},
};
use linli_engine::EngineConfig;
use linli_model::{
    AreaPath, Device, Finding, Instant, LogEntry, Millis, RegistryChange, RegistryEntry, Text, Value,
    finding::ParameterUsed,
};
use linli_rule::{
    RulePlan,
    plan::{TraceKind, TraceText},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Readings that are tried, newest last: the shortest that shows it is written.
const TAILS: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 400];

/// What is to be written.
pub struct Shown<'a> {
    pub name: String,
    pub plan: &'a RulePlan,
    pub text: &'a str,
    pub config: &'a EngineConfig,
    pub registry: &'a [RegistryEntry],
    /// In event time; those that bear on the subject.
    pub readings: &'a [Past],
    pub finding: &'a Finding,
    /// The values in force for the subject.
    pub parameters: &'a [ParameterUsed],
    /// With what a near miss fires; None: the finding itself is shown.
    pub near: Option<Nudged>,
}

/// A rule with one number nudged; of a parameter the value that stands in for the areas' own, too.
#[derive(Clone)]
pub struct Nudged {
    pub plan: Arc<RulePlan>,
    pub value: Option<(String, f64)>,
}

/// The `[[trace]]` table, or why there is none.
pub fn write(shown: &Shown<'_>) -> Result<String, Text> {
    let until = shown.finding.end.unwrap_or(shown.finding.start).saturating_add(Millis(1));
    let upto = shown.readings.partition_point(|r| r.reading.observed_at < until);
    let mut tails: Vec<usize> = TAILS.iter().map(|n| (*n).min(upto)).collect();
    tails.dedup();
    for n in tails {
        if let Some(written) = attempt_tail(shown, &shown.readings[upto - n..upto], until) {
            return Ok(written);
        }
    }
    Err(Text::new(
        "这段过去写不成样例:需要的读数太多,或结果取决于样例里写不出的登记。",
        "This piece of the past makes no trace: it needs too many readings, or depends on registrations a trace cannot say.",
    ))
}

fn attempt_tail(shown: &Shown<'_>, tail: &[Past], until: Instant) -> Option<String> {
    let shift = shift_of(shown, tail.first()?.reading.observed_at);
    let mut lines = devices(shown, tail)?;
    let used = |p: &&ParameterUsed| p.set_by != "template";
    lines.extend(shown.parameters.iter().filter(used).map(|p| format!("set {} {}", p.name, p.value)));
    for past in tail {
        let r = &past.reading;
        let at = say_time(r.observed_at + shift);
        let subject = r.subject.as_ref().map_or_else(String::new, |s| format!(" {s}"));
        lines.push(format!("{at} {} {} {}{subject}", plain(r.device.as_str())?, r.measure, value(&r.value)?));
    }
    let last = until.saturating_sub(Millis(1)).max(tail.last()?.reading.observed_at);
    lines.push(format!("until {}", say_time(last + shift)));
    let (near, days) = (shown.near.is_some(), (last + shift).0 - DAY_ONE);
    if days >= DAYS_MAX * 86_400_000 {
        return None;
    }
    // Read once without what is expected, to see what is found.
    let blank = text_of(shown, TraceKind::Misses, &lines, &["expect nothing".to_owned()]);
    let trace = read(shown.plan, &blank).ok()?;
    let found = run(shown.text, shown.plan, &trace, Manner::Plain).0;
    let subject = shown.finding.subject.to_string();
    let start = shown.finding.start + shift;
    let opens = |o: &Outcome| o.what == "opened" && o.subject == subject && o.at == start;
    let (kind, expected) = if near {
        if !found.is_empty() || !shown.near.as_ref().is_some_and(|p| nearly(p, &trace).iter().any(opens)) {
            return None;
        }
        (TraceKind::Misses, vec!["expect nothing".to_owned()])
    } else {
        if !found.iter().any(opens) {
            return None;
        }
        let ends = found.iter().any(|o| o.what == "ended");
        let kind = if ends { TraceKind::Ends } else { TraceKind::Fires };
        (kind, found.iter().map(|o| format!("expect {o}")).collect())
    };
    let whole = text_of(shown, kind, &lines, &expected);
    let trace = read(shown.plan, &whole).ok()?;
    let same = |m| run(shown.text, shown.plan, &trace, m).0 == trace.expected;
    [Manner::Plain, Manner::Twice, Manner::Restored].into_iter().all(same).then(|| table(&whole))
}

fn nearly(nudged: &Nudged, trace: &Trace) -> Vec<Outcome> {
    let mut entries = trace.entries.clone();
    for entry in &mut entries {
        if let LogEntry::Registry(RegistryEntry { change, .. }) = entry
            && let RegistryChange::OverrideSet { parameter, value, .. } = change
            && let Some((name, to)) = &nudged.value
            && parameter == name
        {
            *value = *to;
        }
    }
    outcomes(&attempt(&config(), &nudged.plan, trace, entries.iter()))
}

/// From the past to the trace's days: the Monday of the first reading is day 1.
fn shift_of(shown: &Shown<'_>, first: Instant) -> Millis {
    let zone = &shown.config.zone;
    let day = first.day_in(zone);
    let back = i64::from(day.weekday().to_monday_zero_offset());
    // Noon of that Monday, however long the days between were.
    let noon = Instant::start_of(day, zone) + Millis::hours(12 - 24 * back);
    Millis(DAY_ONE - Instant::start_of(noon.day_in(zone), zone).0)
}

fn text_of(shown: &Shown<'_>, kind: TraceKind, lines: &[String], expected: &[String]) -> TraceText {
    let script = lines.iter().chain(expected).map(|l| format!("{l}\n")).collect();
    TraceText { name: shown.name.clone(), kind, script, line: 1 }
}

fn table(t: &TraceText) -> String {
    let (name, kind, script) = (&t.name, t.kind.as_str(), &t.script);
    format!("[[trace]]\nname = \"{name}\"\nkind = \"{kind}\"\nscript = '''\n{script}'''\n")
}

/// The devices of the tail as they were registered then.
fn devices(shown: &Shown<'_>, tail: &[Past]) -> Option<Vec<String>> {
    let heard: BTreeSet<&str> = tail.iter().map(|p| p.reading.device.as_str()).collect();
    let mut known: BTreeMap<&str, &Device> = BTreeMap::new();
    for entry in shown.registry.iter().filter(|e| e.effective_at <= shown.finding.start) {
        if let RegistryChange::DeviceSet(d) = &entry.change
            && heard.contains(d.id.as_str())
        {
            known.insert(d.id.as_str(), d);
        }
    }
    known.values().map(|d| device(d, &shown.config.area_path)).collect()
}

fn device(d: &Device, ground: &AreaPath) -> Option<String> {
    let mut line = format!("device {}", plain(d.id.as_str())?);
    let measures: Vec<&str> = d.measures.iter().map(|m| m.as_str()).collect();
    if !measures.is_empty() {
        line.push_str(&format!(" measures={}", measures.join(",")));
    }
    let below = d.area_path.as_str().strip_prefix(ground.as_str()).unwrap_or("").trim_matches('/');
    if !below.is_empty() {
        line.push_str(&format!(" area={}", plain(below)?));
    }
    if let Ok(serde_json::Value::String(class)) = serde_json::to_value(d.class)
        && class != "other"
    {
        line.push_str(&format!(" class={class}"));
    }
    if let Some(subject) = &d.subject {
        line.push_str(&format!(" subject={}", plain(&subject.to_string())?));
    }
    if let Some(secs) = d.silence_secs_max {
        line.push_str(&format!(" silence={secs}s"));
    }
    if let Some(capacity) = d.capacity {
        line.push_str(&format!(" capacity={capacity}"));
    }
    Some(line)
}

/// A word of a script; what would read as something else cannot be written.
fn plain(word: &str) -> Option<&str> {
    let fits = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || "#='\"".contains(c));
    fits.then_some(word)
}

fn value(v: &Value) -> Option<String> {
    match v {
        Value::Number(n) => Some(n.to_string()),
        Value::Flag(b) => Some(b.to_string()),
        Value::Text(t) => {
            let reads_otherwise = t == "true" || t == "false" || t.parse::<f64>().is_ok();
            plain(t).filter(|_| !reads_otherwise).map(str::to_owned)
        }
    }
}
