//! Traces: a rule's tests as text, and running them.
//!
//! One line is one thing that happens; the order of the lines is the order of arrival. Times are `dN HH:MM[:SS[.mmm]]`, day 1
//! being a Monday and 400 the last, in the installation's zone. Areas are written below the trace's own: `E1/B1/D1`.
//!
//! ```text
//! device ID [measures=a,b] [area=E1/B1] [subject=dwelling:x] [class=smart_door] [silence=6h] [capacity=20] [TIME]
//! retired ID TIME
//! learned ID [clock=-1h] [silence=6h] [TIME]
//! member POPULATION SUBJECT [area=E1/B1] [TIME]
//! left POPULATION SUBJECT TIME
//! away SUBJECT [until=dN_HH:MM] TIME
//! back SUBJECT TIME
//! set PARAMETER VALUE [area=E1] [TIME]
//! hours HH:MM-HH:MM[,mon,tue…|,workday|,day_off] [area=E1] [TIME]
//! only POPULATION [area=E1] [TIME]
//! exempt SUBJECT [until=dN_HH:MM] [area=E1] [TIME]
//! severity info|attention|urgent|alarm [area=E1] [TIME]
//! drop hours|only|severity|SUBJECT [area=E1] TIME
//! TIME DEVICE MEASURE VALUE [SUBJECT] [received TIME]
//! expect opened|ended|unknown|amended|retracted SUBJECT TIME
//! expect nothing
//! until TIME
//! ```
//!
//! `unknown` is an opened coverage finding, `ended` the end of either kind. What came late may move a finding: `amended`
//! at its new start, with `ended` at its new end if it has one, or take it back: `retracted` at its start. What is found must
//! be exactly what is expected. Time stops at `until`, else at the latest time the script names. `#` begins a comment.
//!
//! Invariants
//! - TR2 Every line that cannot be read is told, with its place in the rule's text.
//! - TR3 Traces end soon: they last [`DAYS_MAX`] days at most, and [`check_lengths`] bounds their number and their lines.

mod change;
pub mod write;

pub use crate::run::{Manner, config, run};

use linli_model::{
    AreaId, AreaPath, Device, DeviceClass, DeviceId, DeviceState, Diagnostic, Instant, LogEntry, Measure,
    Reading, ReadingBatch, ReadingId, RegistryChange, RegistryEntry, SourceId, Subject, Value,
};
use linli_rule::{
    RulePlan,
    plan::{TraceKind, TraceText},
};
use std::collections::BTreeMap;

/// 2026-11-02 00:00 in Asia/Shanghai, a Monday.
pub(crate) const DAY_ONE: i64 = 1_793_548_800_000;
/// Most lines in the traces of a rule that say something: a snapshot is taken and restored behind each.
pub const LINES_MAX: usize = 500;
/// Last day of a script; what happens by the clock happens on each: a year, and what leads to it.
pub const DAYS_MAX: i64 = 400;
/// Most traces of a rule.
pub const TRACES_MAX: usize = 50;
const ROOT: &str = "T/";
const SOURCE: &str = "trace";

/// What was found, or is expected: `opened dwelling:302 d4 08:00`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    pub at: Instant,
    pub subject: String,
    pub what: &'static str,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.what, self.subject, say_time(self.at))
    }
}

/// A trace, read.
#[derive(Clone, Debug)]
pub struct Trace {
    pub name: String,
    pub kind: TraceKind,
    /// Line of the rule's text at which the script begins.
    pub line: u32,
    /// What happens, in order of arrival.
    pub entries: Vec<LogEntry>,
    pub expected: Vec<Outcome>,
    pub until: Instant,
}

impl Trace {
    /// How much there is to run: a line or a day is one.
    pub fn size(&self) -> usize {
        self.entries.len() + usize::try_from((self.until.0 - DAY_ONE) / 86_400_000).unwrap_or(0)
    }
    /// Whether it gives a parameter another value.
    pub fn sets(&self, parameter: &str) -> bool {
        self.entries.iter().any(|e| {
            matches!(e, LogEntry::Registry(RegistryEntry { change: RegistryChange::OverrideSet { parameter: p, .. }, .. }) if p == parameter)
        })
    }
}

struct Script<'a> {
    plan: &'a RulePlan,
    field: String,
    entries: Vec<LogEntry>,
    expected: Vec<Outcome>,
    nothing: bool,
    latest: i64,
    until: Option<i64>,
    now: i64,
    readings: u32,
    devices: BTreeMap<String, Device>,
    wrong: Vec<Diagnostic>,
}

/// What a line says, without its comment.
fn words(line: &str) -> Vec<&str> {
    line.split('#').next().unwrap_or("").split_whitespace().collect()
}

/// How many lines of a rule's traces say something.
pub fn lines(plan: &RulePlan) -> usize {
    plan.traces.iter().flat_map(|t| t.script.lines()).filter(|l| !words(l).is_empty()).count()
}

/// TR3, of one rule.
pub fn check_lengths(plan: &RulePlan) -> Result<(), Diagnostic> {
    if plan.traces.len() <= TRACES_MAX && lines(plan) <= LINES_MAX {
        return Ok(());
    }
    Err(Diagnostic::new(
        "traces_too_long",
        "trace",
        format!("一条规则最多 {TRACES_MAX} 条轨迹,合计最多 {LINES_MAX} 行。"),
        format!("A rule has at most {TRACES_MAX} traces, with {LINES_MAX} lines in all."),
    ))
}

/// Reads a trace's script.
pub fn read(plan: &RulePlan, text: &TraceText) -> Result<Trace, Vec<Diagnostic>> {
    let mut script = Script {
        plan,
        field: format!("trace.{}", text.name),
        entries: Vec::new(),
        expected: Vec::new(),
        nothing: false,
        latest: DAY_ONE,
        until: None,
        now: DAY_ONE,
        readings: 0,
        devices: BTreeMap::new(),
        wrong: Vec::new(),
    };
    for (i, line) in text.script.lines().enumerate() {
        let words = words(line);
        if !words.is_empty() && script.line(&words).is_none() {
            script.refuse(text.line + i as u32, line.trim());
        }
    }
    script.check_kind(text);
    if !script.wrong.is_empty() {
        return Err(script.wrong);
    }
    script.expected.sort();
    Ok(Trace {
        name: text.name.clone(),
        kind: text.kind,
        line: text.line,
        entries: script.entries,
        expected: script.expected,
        until: Instant(script.until.unwrap_or(script.latest)),
    })
}

impl Script<'_> {
    fn refuse(&mut self, line: u32, text: &str) {
        self.wrong.push(
            Diagnostic::new(
                "trace_line",
                &self.field,
                format!("轨迹里这一行读不懂:{text}"),
                format!("This line of the trace cannot be read: {text}"),
            )
            .at(line, 1),
        );
    }

    fn check_kind(&mut self, text: &TraceText) {
        let has = |what: &str| self.expected.iter().any(|o| o.what == what);
        let fits = match text.kind {
            TraceKind::Fires => has("opened"),
            TraceKind::Ends => has("opened") && has("ended"),
            TraceKind::Unknown => has("unknown") && !has("opened"),
            TraceKind::Misses => self.nothing,
            TraceKind::Late => self.nothing || !self.expected.is_empty(),
        };
        if !fits || self.nothing != self.expected.is_empty() {
            self.wrong.push(
                Diagnostic::new(
                    "trace_kind",
                    &self.field,
                    format!("轨迹的期望与它的种类 {} 不符;什么都不该发现时写 expect nothing。", text.kind.as_str()),
                    format!(
                        "What the trace expects does not fit its kind {}; write `expect nothing` where nothing is found.",
                        text.kind.as_str()
                    ),
                )
                .at(text.line, 1),
            );
        }
    }

    fn line(&mut self, words: &[&str]) -> Option<()> {
        match words[0] {
            "device" => self.device(&words[1..]),
            "expect" => self.expect(&words[1..]),
            "until" => {
                let (at, rest) = time(&words[1..])?;
                self.until = Some(at);
                rest.is_empty().then_some(())
            }
            word if change::WORDS.contains(&word) => {
                let (at, change) = change::read(&self.plan.rule, word, &words[1..])?;
                self.change(at, change);
                Some(())
            }
            _ => self.reading(words),
        }
    }

    fn change(&mut self, at: i64, change: RegistryChange) {
        self.latest = self.latest.max(at);
        let seq = self.entries.len() as u64 + 1;
        self.entries.push(LogEntry::Registry(RegistryEntry { seq, effective_at: Instant(at), change }));
    }

    fn device(&mut self, words: &[&str]) -> Option<()> {
        let (plain, named) = split(words);
        let id = *plain.first()?;
        let at = if plain.len() > 1 { time_whole(&plain[1..])? } else { DAY_ONE };
        let mut device = plain_device(id);
        device.valid_from = Instant(at);
        for (name, value) in named {
            match name {
                "measures" => device.measures = value.split(',').map(Measure::new).collect(),
                "area" => (device.area, device.area_path) = place(value),
                "subject" => device.subject = Some(value.parse().ok()?),
                "class" => {
                    device.class = serde_json::from_value(serde_json::Value::String(value.to_owned())).ok()?
                }
                "silence" => device.silence_secs_max = Some(u32::try_from(span(value)? / 1000).ok()?),
                "capacity" => device.capacity = Some(finite(value)?),
                _ => return None,
            }
        }
        if device.measures.is_empty() {
            device.measures = self.plan.measures.clone();
        }
        self.devices.insert(id.to_owned(), device.clone());
        self.change(at, RegistryChange::DeviceSet(device));
        Some(())
    }

    fn reading(&mut self, words: &[&str]) -> Option<()> {
        let (at, rest) = time(words)?;
        let [device, measure, value, rest @ ..] = rest else { return None };
        let (mut subject, mut received, mut rest) = (None, at, rest);
        if let [first, more @ ..] = rest
            && *first != "received"
        {
            subject = Some(first.parse::<Subject>().ok()?);
            rest = more;
        }
        if let ["received", when @ ..] = rest {
            received = time_whole(when)?;
        } else if !rest.is_empty() {
            return None;
        }
        self.latest = self.latest.max(at).max(received);
        self.now = self.now.max(received);
        self.readings += 1;
        let reading = Reading {
            id: ReadingId::new(format!("r{}", self.readings)),
            device: DeviceId::new(*device),
            observed_at: Instant(at),
            measure: Measure::new(*measure),
            value: read_value(value),
            subject,
        };
        self.entries.push(LogEntry::Readings(ReadingBatch {
            source: SourceId::new(SOURCE),
            received_at: Instant(self.now),
            readings: vec![reading],
            quarantined: Vec::new(),
        }));
        Some(())
    }

    fn expect(&mut self, words: &[&str]) -> Option<()> {
        let (what, subject, when) = match words {
            ["nothing"] => {
                self.nothing = true;
                return Some(());
            }
            ["opened", subject, when @ ..] => ("opened", subject, when),
            ["ended", subject, when @ ..] => ("ended", subject, when),
            ["unknown", subject, when @ ..] => ("unknown", subject, when),
            ["amended", subject, when @ ..] => ("amended", subject, when),
            ["retracted", subject, when @ ..] => ("retracted", subject, when),
            _ => return None,
        };
        let at = time_whole(when)?;
        self.latest = self.latest.max(at);
        let subject = subject.parse::<Subject>().ok()?.to_string();
        self.expected.push(Outcome { at: Instant(at), subject, what });
        Some(())
    }
}

fn plain_device(id: &str) -> Device {
    let (area, area_path) = place("");
    Device {
        id: DeviceId::new(id),
        class: DeviceClass::Other,
        name: id.to_owned(),
        area,
        area_path,
        source: SourceId::new(SOURCE),
        subject: None,
        measures: Vec::new(),
        silence_secs_max: None,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state: DeviceState::Active,
        valid_from: Instant(DAY_ONE),
    }
}

/// Words without `=`, and the others by name.
fn split<'a>(words: &[&'a str]) -> (Vec<&'a str>, Vec<(&'a str, &'a str)>) {
    let plain = words.iter().filter(|w| !w.contains('=')).copied().collect();
    (plain, words.iter().filter_map(|w| w.split_once('=')).collect())
}

pub(crate) fn place(below: &str) -> (AreaId, AreaPath) {
    let mut path = ROOT.to_owned();
    for part in below.split('/').filter(|p| !p.is_empty()) {
        path.push_str(part);
        path.push('/');
    }
    let path = AreaPath(path);
    let area = path.ids().next_back().unwrap_or_else(|| AreaId::new("T"));
    (area, path)
}

/// `d4 08:00[:30] …`: the time and the rest.
fn time<'w, 'a>(words: &'w [&'a str]) -> Option<(i64, &'w [&'a str])> {
    let [day, clock, rest @ ..] = words else { return None };
    let day: i64 = day.strip_prefix('d')?.parse().ok()?;
    let (clock, ms) = clock.split_once('.').unwrap_or((clock, "0"));
    let ms: i64 = ms.parse().ok().filter(|n| (0..1000).contains(n))?;
    let parts: Vec<i64> = clock.split(':').map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let (h, m, s) = match parts[..] {
        [h, m] => (h, m, 0),
        [h, m, s] => (h, m, s),
        _ => return None,
    };
    if !(1..=DAYS_MAX).contains(&day)
        || !(0..24).contains(&h)
        || !(0..60).contains(&m)
        || !(0..60).contains(&s)
    {
        return None;
    }
    Some((DAY_ONE + (day - 1) * 86_400_000 + (h * 3600 + m * 60 + s) * 1000 + ms, rest))
}
fn time_whole(words: &[&str]) -> Option<i64> {
    let (at, rest) = time(words)?;
    rest.is_empty().then_some(at)
}

pub(crate) fn say_time(at: Instant) -> String {
    let ms = at.0 - DAY_ONE;
    let (day, rest) = (ms.div_euclid(86_400_000) + 1, ms.rem_euclid(86_400_000));
    let (h, m, s, left) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    match (s, left) {
        (0, 0) => format!("d{day} {h:02}:{m:02}"),
        (_, 0) => format!("d{day} {h:02}:{m:02}:{s:02}"),
        _ => format!("d{day} {h:02}:{m:02}:{s:02}.{left:03}"),
    }
}

fn span(s: &str) -> Option<i64> {
    let split = s.find(|c: char| c.is_ascii_alphabetic())?;
    let n: i64 = s[..split].parse().ok()?;
    let unit = match &s[split..] {
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    n.checked_mul(unit)
}

fn finite(s: &str) -> Option<f64> {
    s.parse().ok().filter(|n: &f64| n.is_finite())
}

fn read_value(s: &str) -> Value {
    match s {
        "true" => Value::Flag(true),
        "false" => Value::Flag(false),
        _ => match s.parse::<f64>() {
            Ok(n) if n.is_finite() => Value::Number(n),
            _ => Value::Text(s.trim_matches('"').to_owned()),
        },
    }
}
