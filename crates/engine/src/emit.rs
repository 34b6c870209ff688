//! From what a slot's step changed to a finding with its sentence and evidence.
//!
//! Invariants
//! - EM1 A finding's id is a function of rule, subject and episode start at first emission (FD1); a coverage finding's
//!   of `rule#coverage`.
//! - EM2 Evidence is bounded: at most [`READINGS_MAX`] readings, the newest ones and those that decided (FD2).

use crate::{
    dedupe::SeenIds,
    event::{NONE, Seen, ValueTag},
    operator::{Explained, say_number, say_span, say_time},
    rule::{Rule, Setting, Turn},
    slot::{About, Slot},
    world::World,
    zone::Zone,
};
use linli_model::{
    DeviceId, Evidence, EvidenceReading, Finding, FindingChange, FindingId, FindingKind, Instant, Lang,
    Measure, ReadingId, Severity, Text, Value, finding::ParameterUsed,
};
use linli_rule::plan::{Figure, Parameter, Piece, Unit};
use smallvec::SmallVec;

pub const READINGS_MAX: usize = 32;
/// Case class of coverage findings; they open no case.
pub const COVERAGE_CLASS: &str = "coverage.silent_device";

pub(crate) struct Emitter<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) slot: &'a Slot,
    pub(crate) world: &'a World,
    pub(crate) zone: &'a Zone,
    pub(crate) ids: &'a SeenIds,
    pub(crate) now: i64,
}

impl Emitter<'_> {
    pub(crate) fn finding(&self, turn: Turn) -> Finding {
        let kind = match turn {
            Turn::SignalOpened(_) | Turn::SignalEnded { .. } => FindingKind::Signal,
            Turn::CoverageOpened(_) | Turn::CoverageEnded { .. } => FindingKind::Coverage,
        };
        let (change, start, named, end) = match turn {
            Turn::SignalOpened(start) | Turn::CoverageOpened(start) => {
                (FindingChange::Opened, start, start, None)
            }
            Turn::SignalEnded { start, named, end } | Turn::CoverageEnded { start, named, end } => {
                (FindingChange::Ended, start, named, Some(end))
            }
        };
        let plan = &self.rule.plan;
        let subject = self.world.subject_of(self.slot.subject);
        let signal = kind == FindingKind::Signal;
        let of_rule = if signal { plan.rule.clone() } else { format!("{}#coverage", plan.rule) };
        let explained = self.explained(end.unwrap_or(start));
        let setting = self.rule.settings.at(self.slot.place);
        let sentence = match end {
            Some(end) => self.ended_sentence(if signal { About::Signal } else { About::Coverage }, end),
            None if signal => self.sentence(&explained, setting, start),
            None => self.blind_sentence(start),
        };
        let mut steps: Vec<Text> = explained.iter().flat_map(|e| e.steps.clone()).collect();
        if !signal && end.is_none() {
            steps.push(sentence.clone());
        }
        steps.extend(self.gate(end.unwrap_or(start)));
        Finding {
            id: FindingId::of(&of_rule, &subject, Instant(named)),
            kind,
            change,
            rule: plan.rule.clone(),
            rule_version: self.rule.version,
            area: self.world.place_area(self.slot.place),
            area_path: self.world.place_path(self.slot.place),
            subject,
            severity: if signal { self.severity(setting) } else { Severity::Info },
            start: Instant(start),
            end: end.map(Instant),
            decided_at: Instant(self.now),
            sentence,
            case_class: if signal { plan.case_class.clone() } else { COVERAGE_CLASS.to_owned() },
            evidence: Evidence {
                readings: self.readings(&explained),
                readings_total: explained.iter().map(|e| e.readings_total).max().unwrap_or(0),
                deadline: explained.iter().rev().find_map(|e| e.deadline).map(Instant),
                parameters: self.parameters(setting),
                steps,
            },
        }
    }

    fn severity(&self, setting: &Setting) -> Severity {
        let raised = setting.gate.as_ref().and_then(|g| g.severity());
        raised.map_or(self.rule.plan.severity, |s| s.max(self.rule.plan.severity))
    }

    /// What areas set for themselves, beside values, in words.
    pub(crate) fn gate(&self, at: i64) -> Vec<Text> {
        let gate = &self.rule.settings.at(self.slot.place).gate;
        let say = |g: &crate::gate::Gate| g.explain(&self.rule.plan, self.slot, self.world, self.zone, at);
        gate.as_deref().map_or_else(Vec::new, say)
    }

    pub(crate) fn explained(&self, at: i64) -> Vec<Explained> {
        let settings = &self.rule.settings.at(self.slot.place).nodes;
        self.slot.nodes.iter().zip(settings).map(|(n, s)| n.explain(s, at, self.zone)).collect()
    }

    pub(crate) fn readings(&self, explained: &[Explained]) -> Vec<EvidenceReading> {
        let mut seen: Vec<Seen> = explained.iter().flat_map(|e| e.readings.iter().copied()).collect();
        // Of the same moment, by what they are: their numbers tell the order of arrival (EN2).
        let named = |s: &Seen| {
            let device = self.world.device_names.name(s.device);
            (s.at, device, self.world.measures.name(u32::from(s.measure)), self.ids.id(s.reading), s.reading)
        };
        seen.sort_by(|a, b| named(a).cmp(&named(b)));
        seen.dedup();
        let skip = seen.len().saturating_sub(READINGS_MAX);
        seen.iter().skip(skip).map(|s| self.reading(s)).collect()
    }
    pub(crate) fn reading(&self, s: &Seen) -> EvidenceReading {
        EvidenceReading {
            id: ReadingId::new(self.ids.id(s.reading)),
            device: DeviceId::new(self.world.device_names.name(s.device)),
            measure: Measure::new(self.world.measures.name(u32::from(s.measure))),
            observed_at: Instant(s.at),
            value: match s.tag {
                ValueTag::Number => Value::Number(s.value),
                ValueTag::Flag => Value::Flag(s.value != 0.0),
                ValueTag::Text => Value::Text(self.world.texts.name(s.value as u32).to_owned()),
            },
        }
    }

    pub(crate) fn parameters(&self, setting: &Setting) -> Vec<ParameterUsed> {
        self.rule.parameters(setting)
    }

    fn sentence(&self, explained: &[Explained], setting: &Setting, start: i64) -> Text {
        // Both languages name the same figures, mostly.
        let mut said: SmallVec<[(&Figure, Text); 4]> = SmallVec::new();
        let s = &self.rule.plan.sentence;
        let [zh, en] = [(&s.zh, Lang::Zh), (&s.en, Lang::En)].map(|(pieces, lang)| {
            let mut out = String::new();
            for piece in pieces {
                match piece {
                    Piece::Words(w) => out.push_str(w),
                    Piece::Figure(f) => {
                        let at = said.iter().position(|(known, _)| *known == f).unwrap_or_else(|| {
                            said.push((f, self.figure(f, explained, setting, start)));
                            said.len() - 1
                        });
                        out.push_str(said[at].1.get(lang));
                    }
                }
            }
            out
        });
        Text::new(zh, en)
    }

    /// What was said at the beginning still holds at the end, and when it ended.
    fn ended_sentence(&self, about: About, end: i64) -> Text {
        let said = self.slot.episodes.said(about).unwrap_or(&self.rule.plan.name);
        let t = say_time(end, self.zone);
        let (zh, en) = (said.zh.trim_end_matches('。'), said.en.trim_end_matches('.'));
        Text::new(format!("{zh}。{} 结束", t.zh), format!("{en}; ended {}", t.en))
    }

    fn figure(&self, f: &Figure, explained: &[Explained], setting: &Setting, start: i64) -> Text {
        let signal = explained.last();
        let last = || {
            let newest = explained.iter().flat_map(|e| &e.readings).max_by_key(|s| s.at);
            newest.copied()
        };
        let count = || explained.iter().rev().find_map(|e| e.count);
        let capacity = || explained.iter().rev().find_map(|e| e.capacity);
        let number = |n: Option<f64>| n.map_or_else(unknown, |n| in_both(say_number(n)));
        match f {
            Figure::Parameter(i) => say_parameter(&self.rule.plan.parameters[*i], setting.values[*i]),
            Figure::Node(i) => match self.slot.nodes[*i].said(&setting.nodes[*i], start, self.zone) {
                crate::operator::Said::Number(n) => number(Some(n)),
                _ => unknown(),
            },
            Figure::Subject => in_both(self.world.subject_of(self.slot.subject).id),
            Figure::Device => {
                let device = last().map_or(self.slot.device, |s| s.device);
                if device == NONE { unknown() } else { in_both(self.world.device_names.name(device)) }
            }
            Figure::Value => last().map_or_else(unknown, |s| self.say_value(&s)),
            Figure::Start => say_time(start, self.zone),
            Figure::LastSeen => match last() {
                Some(s) => say_time(s.at, self.zone),
                None => Text::new("从未", "never"),
            },
            Figure::Silence => {
                let since = signal.and_then(|e| e.since).unwrap_or(start);
                say_span(start.saturating_sub(since))
            }
            Figure::Count => number(count()),
            Figure::Capacity => number(capacity()),
            Figure::Share => match (count(), capacity()) {
                (Some(n), Some(c)) if c > 0.0 => in_both(format!("{}%", (n / c * 100.0).round())),
                _ => unknown(),
            },
            Figure::DaysSeen => {
                let days = explained.iter().rev().find_map(|e| e.days);
                days.map_or_else(unknown, |d| in_both(d.to_string()))
            }
        }
    }

    fn say_value(&self, s: &Seen) -> Text {
        match s.tag {
            ValueTag::Flag if s.value != 0.0 => Text::new("是", "yes"),
            ValueTag::Flag => Text::new("否", "no"),
            ValueTag::Text => in_both(self.world.texts.name(s.value as u32)),
            ValueTag::Number => in_both(with_unit(&say_number(s.value), &self.world.unit(s.measure))),
        }
    }

    fn blind_sentence(&self, at: i64) -> Text {
        let (_, dead) = self.rule.coverage(self.slot, self.world, at);
        let name = &self.rule.plan.name;
        let devices: Vec<&str> = dead.iter().take(5).map(|d| self.world.device_names.name(*d)).collect();
        if devices.is_empty() {
            return Text::new(
                format!("“{}”无法判断:没有能看到它的设备。", name.zh),
                format!("\"{}\" cannot be told: no device could show it.", name.en),
            );
        }
        let list = devices.join(", ");
        Text::new(
            format!("“{}”无法判断:设备 {list} 没有数据。", name.zh),
            format!("\"{}\" cannot be told: {list} is silent.", name.en),
        )
    }
}

/// What is written the same in both languages.
fn in_both(words: impl Into<String>) -> Text {
    let words = words.into();
    Text::new(words.clone(), words)
}

fn unknown() -> Text {
    in_both("—")
}

fn with_unit(number: &str, unit: &str) -> String {
    match unit {
        "" | "count" => number.to_owned(),
        "%" => format!("{number}%"),
        unit => format!("{number} {unit}"),
    }
}

fn say_parameter(p: &Parameter, value: f64) -> Text {
    let n = say_number(value);
    match &p.unit {
        Unit::Second => Text::new(format!("{n}秒"), format!("{n} s")),
        Unit::Minute => Text::new(format!("{n}分钟"), format!("{n} min")),
        Unit::Hour => Text::new(format!("{n}小时"), format!("{n} h")),
        Unit::Day if value == 1.0 => Text::new("1天", "1 day"),
        Unit::Day => Text::new(format!("{n}天"), format!("{n} days")),
        Unit::Other(unit) => in_both(with_unit(&n, unit)),
    }
}
