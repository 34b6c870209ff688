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
        let side = |pieces: &[Piece], lang: Lang| {
            let mut out = String::new();
            for piece in pieces {
                match piece {
                    Piece::Words(w) => out.push_str(w),
                    Piece::Figure(f) => out.push_str(&self.figure(f, explained, setting, start, lang)),
                }
            }
            out
        };
        let s = &self.rule.plan.sentence;
        Text::new(side(&s.zh, Lang::Zh), side(&s.en, Lang::En))
    }

    /// What was said at the beginning still holds at the end, and when it ended.
    fn ended_sentence(&self, about: About, end: i64) -> Text {
        let said = self.slot.episodes.said(about).unwrap_or(&self.rule.plan.name);
        let t = say_time(end, self.zone);
        let (zh, en) = (said.zh.trim_end_matches('。'), said.en.trim_end_matches('.'));
        Text::new(format!("{zh}。{} 结束", t.zh), format!("{en}; ended {}", t.en))
    }

    fn figure(
        &self,
        f: &Figure,
        explained: &[Explained],
        setting: &Setting,
        start: i64,
        lang: Lang,
    ) -> String {
        let signal = explained.last();
        let last = || {
            let newest = explained.iter().flat_map(|e| &e.readings).max_by_key(|s| s.at);
            newest.copied()
        };
        let time = |at: i64| say_time(at, self.zone).get(lang).to_owned();
        let count = || explained.iter().rev().find_map(|e| e.count);
        let capacity = || explained.iter().rev().find_map(|e| e.capacity);
        let unknown = || "—".to_owned();
        match f {
            Figure::Parameter(i) => say_parameter(&self.rule.plan.parameters[*i], setting.values[*i], lang),
            Figure::Node(i) => match self.slot.nodes[*i].said(&setting.nodes[*i], start, self.zone) {
                crate::operator::Said::Number(n) => say_number(n),
                _ => unknown(),
            },
            Figure::Subject => self.world.subject_of(self.slot.subject).id,
            Figure::Device => {
                let device = last().map_or(self.slot.device, |s| s.device);
                if device == NONE { unknown() } else { self.world.device_names.name(device).to_owned() }
            }
            Figure::Value => last().map_or_else(unknown, |s| self.say_value(&s, lang)),
            Figure::Start => time(start),
            Figure::LastSeen => match last() {
                Some(s) => time(s.at),
                None => Text::new("从未", "never").get(lang).to_owned(),
            },
            Figure::Silence => {
                let since = signal.and_then(|e| e.since).unwrap_or(start);
                say_span(start.saturating_sub(since)).get(lang).to_owned()
            }
            Figure::Count => count().map_or_else(unknown, say_number),
            Figure::Capacity => capacity().map_or_else(unknown, say_number),
            Figure::Share => match (count(), capacity()) {
                (Some(n), Some(c)) if c > 0.0 => format!("{}%", (n / c * 100.0).round()),
                _ => unknown(),
            },
            Figure::DaysSeen => {
                explained.iter().rev().find_map(|e| e.days).map_or_else(unknown, |d| d.to_string())
            }
        }
    }

    fn say_value(&self, s: &Seen, lang: Lang) -> String {
        match s.tag {
            ValueTag::Flag if s.value != 0.0 => Text::new("是", "yes").get(lang).to_owned(),
            ValueTag::Flag => Text::new("否", "no").get(lang).to_owned(),
            ValueTag::Text => self.world.texts.name(s.value as u32).to_owned(),
            ValueTag::Number => with_unit(&say_number(s.value), &self.world.unit(s.measure)),
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

fn with_unit(number: &str, unit: &str) -> String {
    match unit {
        "" | "count" => number.to_owned(),
        "%" => format!("{number}%"),
        unit => format!("{number} {unit}"),
    }
}

fn say_parameter(p: &Parameter, value: f64, lang: Lang) -> String {
    let n = say_number(value);
    let words = match &p.unit {
        Unit::Second => Text::new(format!("{n}秒"), format!("{n} s")),
        Unit::Minute => Text::new(format!("{n}分钟"), format!("{n} min")),
        Unit::Hour => Text::new(format!("{n}小时"), format!("{n} h")),
        Unit::Day if value == 1.0 => Text::new("1天", "1 day"),
        Unit::Day => Text::new(format!("{n}天"), format!("{n} days")),
        Unit::Other(unit) => Text::new(with_unit(&n, unit), with_unit(&n, unit)),
    };
    words.get(lang).to_owned()
}
