//! What a rule's traces have to prove: that it fires, nearly fires, hears what comes late, and ends; and that each of its
//! numbers matters on both sides.
//!
//! A label is not believed: a trace called `ends` has to end a finding, one called `late` finds something else without
//! its late readings, and one that `misses` comes near, so that a little nudge, or a flag the other way round, opens a
//! finding. Thresholds are nudged, as far as they may be, up and down; where no trace finds anything else, the side is not
//! guarded. What a nudge smaller than that changes, the furthest one changes, too: what is compared is either between the
//! two values or not.
//!
//! Invariants
//! - PF1 Every trace was run with the plan as it is, in the same way as with a nudged one: what differs is the nudge's.
//! - PF2 Bounded: [`THRESHOLDS_MAX`] numbers a rule, [`TRIES_MAX`] steps a pack on each side, `FLIPS_MAX` flags a trace.
//!
//! Deliberately absent: a side on which no rule could be written (a hold time below none), and what thresholds.rs leaves
//! out.

use crate::{
    pack::PackRule,
    run::{attempt, outcomes},
    trace::{Outcome, Trace},
};
use linli_engine::EngineConfig;
use linli_model::{
    Diagnostic, Finding, FindingChange, FindingKind, LogEntry, Measure, Reading, ReadingBatch, Value,
};
use linli_rule::{Nudge, RulePlan, Scale, Threshold, ValueKind, nudged, plan::TraceKind, thresholds};
use std::sync::Arc;

/// Most numbers of a rule that decide something.
pub const THRESHOLDS_MAX: usize = 64;
/// Most steps of all nudged runs of a pack on one side, where a line, a day and a hundred bytes of rule text are one each.
pub const TRIES_MAX: usize = 30_000;
/// Most flags of a trace that are turned round in search of a near miss.
const FLIPS_MAX: usize = 50;
/// How often a nudge is halved when no rule can be written so.
const HALVINGS: usize = 4;

/// A rule with its traces, all of which find what they say.
pub(crate) struct Proof<'a> {
    config: &'a EngineConfig,
    rule: &'a PackRule,
    /// With what they find.
    traces: Vec<(Trace, Vec<Finding>)>,
    thresholds: Vec<Threshold>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

impl<'a> Proof<'a> {
    pub(crate) fn of(config: &'a EngineConfig, rule: &'a PackRule, traces: Vec<Trace>) -> Proof<'a> {
        let run = |t: Trace| {
            let found = attempt(config, &rule.plan, &t, t.entries.iter());
            (t, found)
        };
        Proof {
            config,
            rule,
            traces: traces.into_iter().map(run).collect(),
            thresholds: thresholds(&rule.text, &config.catalogue),
        }
    }

    /// How many numbers decide something.
    pub(crate) fn thresholds(&self) -> usize {
        self.thresholds.len()
    }
    /// How much there is to try on one side.
    pub(crate) fn size(&self) -> usize {
        let traces: usize = self.traces.iter().map(|t| t.0.size()).sum();
        self.thresholds.len() * (traces + self.rule.text.len() / 100)
    }

    /// What is not proven.
    pub(crate) fn missing(&self) -> Vec<Diagnostic> {
        if self.thresholds.len() > THRESHOLDS_MAX {
            let n = self.thresholds.len();
            return vec![Diagnostic::new(
                "too_many_thresholds",
                "signal",
                format!("这条规则有 {n} 个起作用的数,最多 {THRESHOLDS_MAX} 个;请拆成几条规则。"),
                format!(
                    "{n} numbers decide something in this rule; at most {THRESHOLDS_MAX}. Make several rules of it."
                ),
            )];
        }
        let nudges = self.nudges();
        let mut wrong = self.kinds();
        wrong.extend(self.traces.iter().filter_map(|(t, found)| self.label(t, found)));
        wrong.extend(self.nearness(&nudges));
        for (threshold, side, to, plan) in &nudges {
            if !self.notice(threshold, plan) {
                wrong.push(unguarded(threshold, *side, *to));
            }
        }
        wrong
    }

    /// Kinds of which there is no trace.
    fn kinds(&self) -> Vec<Diagnostic> {
        let has = |k: TraceKind| self.traces.iter().any(|(t, _)| t.kind == k);
        let needed = [TraceKind::Fires, TraceKind::Misses, TraceKind::Late, TraceKind::Ends];
        // A trace that ends has fired before.
        let met = |k: TraceKind| has(k) || k == TraceKind::Fires && has(TraceKind::Ends);
        let tell = |k: TraceKind| {
            Diagnostic::new(
                "trace_missing",
                "trace",
                format!("缺少 kind = \"{}\" 的轨迹。", k.as_str()),
                format!("A trace with kind = \"{}\" is missing.", k.as_str()),
            )
        };
        needed.into_iter().filter(|k| !met(*k)).map(tell).collect()
    }

    /// What a trace's kind says and its run does not show.
    fn label(&self, trace: &Trace, found: &[Finding]) -> Option<Diagnostic> {
        let signal = |change| found.iter().any(|f| f.kind == FindingKind::Signal && f.change == change);
        let (zh, en) = match trace.kind {
            TraceKind::Fires if !signal(FindingChange::Opened) => {
                ("它没有发现任何事。", "It opens no finding.")
            }
            TraceKind::Ends if !signal(FindingChange::Ended) => {
                ("它没有让任何发现结束。", "No finding of the signal ends in it.")
            }
            TraceKind::Late => match self.lateness(trace, found) {
                Lateness::None => (
                    "它里面没有迟到的或乱序的读数。用 received 写明到达时间。",
                    "Nothing in it comes late or out of order; write `received` with the time of arrival.",
                ),
                Lateness::Idle => (
                    "去掉迟到或乱序的读数,结果仍一样:它们不起作用。",
                    "Without what comes late or out of order it finds the same: that decides nothing.",
                ),
                Lateness::Decides => return None,
            },
            _ => return None,
        };
        let field = format!("trace.{}", trace.name);
        Some(Diagnostic::new("trace_proves_nothing", field, zh, en).at(trace.line, 1))
    }

    fn lateness(&self, trace: &Trace, found: &[Finding]) -> Lateness {
        let late = late(trace, self.config);
        if !late.contains(&true) {
            return Lateness::None;
        }
        let in_time = trace.entries.iter().zip(&late).filter(|(_, late)| !**late).map(|(e, _)| e);
        let without = attempt(self.config, &self.rule.plan, trace, in_time);
        if outcomes(&without) == outcomes(found) { Lateness::Idle } else { Lateness::Decides }
    }

    /// Every threshold on each side, as far as a rule can be written so.
    fn nudges(&self) -> Vec<(&Threshold, Side, f64, Arc<RulePlan>)> {
        let mut nudges = Vec::new();
        for (i, threshold) in self.thresholds.iter().enumerate() {
            for (side, sign) in [(Side::Below, -1.0), (Side::Above, 1.0)] {
                let mut by = sign * threshold.tolerance();
                for _ in 0..HALVINGS {
                    let nudge = Nudge { threshold: i, by };
                    if let Some(plan) = nudged(&self.rule.text, &self.config.catalogue, nudge) {
                        nudges.push((threshold, side, threshold.value + by, plan));
                        break;
                    }
                    by /= 2.0;
                }
            }
        }
        nudges
    }

    /// Whether a trace finds something else under a nudged plan. One that gives the parameter a value of its own says
    /// nothing about the rule's.
    fn notice(&self, threshold: &Threshold, plan: &Arc<RulePlan>) -> bool {
        let speaks = |t: &Trace| threshold.parameter.as_ref().is_none_or(|p| !t.sets(p));
        self.traces
            .iter()
            .filter(|(t, _)| speaks(t))
            .any(|(t, found)| self.outcomes(plan, t) != outcomes(found))
    }
    fn outcomes(&self, plan: &Arc<RulePlan>, trace: &Trace) -> Vec<Outcome> {
        outcomes(&attempt(self.config, plan, trace, trace.entries.iter()))
    }

    /// One of the misses has to be a near one.
    fn nearness(&self, nudges: &[(&Threshold, Side, f64, Arc<RulePlan>)]) -> Option<Diagnostic> {
        let misses: Vec<&Trace> =
            self.traces.iter().map(|t| &t.0).filter(|t| t.kind == TraceKind::Misses).collect();
        let first = misses.first()?;
        let by_number =
            |t: &Trace| nudges.iter().any(|n| opens(&attempt(self.config, &n.3, t, t.entries.iter())));
        if misses.iter().any(|t| by_number(t) || self.near_by_flag(t)) {
            return None;
        }
        if self.thresholds.is_empty() && misses.iter().any(|t| self.near_by_text(t)) {
            return None;
        }
        Some(
            Diagnostic::new(
                "miss_not_near",
                format!("trace.{}", first.name),
                "没有一条 misses 轨迹是险些触发:把哪个数稍微改一点、把哪个真假反过来,它们都还是不触发。",
                "None of the traces that miss is a near one: whatever number is nudged and whatever flag is turned round, nothing is found.",
            )
            .at(first.line, 1)
            .suggest(
                "加一条差一点就触发的轨迹:读数刚好在门限上,或在时限最后一刻恢复。",
                "Add one that very nearly fires: a reading right at the threshold, or a recovery at the last moment.",
            ),
        )
    }

    /// With one of its flags the other way round it opens.
    fn near_by_flag(&self, trace: &Trace) -> bool {
        let flags = trace.entries.iter().enumerate().filter_map(|(i, e)| Some((i, self.flipped(e)?)));
        flags.take(FLIPS_MAX).any(|(i, flipped)| {
            let entries = trace.entries.iter().enumerate().map(|(n, e)| if n == i { &flipped } else { e });
            opens(&attempt(self.config, &self.rule.plan, trace, entries))
        })
    }
    fn flipped(&self, entry: &LogEntry) -> Option<LogEntry> {
        let (batch, reading) = self.heard(entry)?;
        let value = match &reading.value {
            Value::Flag(b) => Value::Flag(!b),
            Value::Number(n) if self.is_flag(&reading.measure) => Value::Flag(*n == 0.0),
            _ => return None,
        };
        let readings = vec![Reading { value, ..reading.clone() }];
        Some(LogEntry::Readings(ReadingBatch { readings, ..batch.clone() }))
    }

    /// A rule about texts alone: that it hears one is near enough.
    fn near_by_text(&self, trace: &Trace) -> bool {
        !self.rule.plan.measures.iter().any(|m| self.is_flag(m))
            && trace.entries.iter().any(|e| self.heard(e).is_some())
    }

    fn is_flag(&self, measure: &Measure) -> bool {
        self.config.catalogue.find(measure.as_str()).is_some_and(|m| m.kind == ValueKind::Flag)
    }
    /// The reading of an entry, if the rule hears its measure.
    fn heard<'e>(&self, entry: &'e LogEntry) -> Option<(&'e ReadingBatch, &'e Reading)> {
        let LogEntry::Readings(batch) = entry else { return None };
        let reading = batch.readings.first()?;
        self.rule.plan.measures.contains(&reading.measure).then_some((batch, reading))
    }
}

enum Lateness {
    None,
    /// What comes late decides nothing.
    Idle,
    Decides,
}

fn opens(found: &[Finding]) -> bool {
    found.iter().any(|f| f.kind == FindingKind::Signal && f.change == FindingChange::Opened)
}

/// Which entries are readings older than one that came before them, or than our clock waits for.
fn late(trace: &Trace, config: &EngineConfig) -> Vec<bool> {
    let mut newest = i64::MIN;
    let mut of = |entry: &LogEntry| {
        let LogEntry::Readings(batch) = entry else { return false };
        let (received, mut late) = (batch.received_at, false);
        for reading in &batch.readings {
            let at = reading.observed_at.0.min((received + config.skew_max).0);
            late |= at < newest || at < received.0 - config.timing.idle.0;
            newest = newest.max(at);
        }
        late
    };
    trace.entries.iter().map(&mut of).collect()
}

fn unguarded(t: &Threshold, side: Side, to: f64) -> Diagnostic {
    let (least, most) = (t.say(t.value.min(to)), t.say(t.value.max(to)));
    let (value, to) = (t.say(t.value), t.say(to));
    let what = t.parameter.as_ref().map_or_else(|| value.clone(), |p| format!("{p} ({value})"));
    let (side_zh, side_en) = match side {
        Side::Below => ("下方", "below"),
        Side::Above => ("上方", "above"),
    };
    let (zh, en) = match t.scale {
        Scale::Duration { .. } => (
            format!("加一条轨迹,让时长是 {least} 还是 {most} 有分别。"),
            format!("Add a trace in which it matters whether {least} or {most} have passed."),
        ),
        Scale::Clock { .. } | Scale::One => (
            format!("加一条轨迹,在 {least} 到 {most} 之间有读数。"),
            format!("Add a trace with a reading between {least} and {most}."),
        ),
        Scale::Tenth | Scale::Count => (
            format!("加一条轨迹,让所比较的值落在 {least} 到 {most} 之间。"),
            format!("Add a trace in which what is compared comes to lie between {least} and {most}."),
        ),
    };
    Diagnostic::new(
        "threshold_unguarded",
        &t.field,
        format!("{what} 的{side_zh}没有轨迹守住:改成 {to},每条轨迹的结果都不变。"),
        format!("{what} is not crossed from {side_en}: written {to} instead, every trace finds the same."),
    )
    .at(t.line, t.column)
    .suggest(zh, en)
}
