//! What is otherwise in one version of a rule than in another, by name: what it was and what it is.
//!
//! Invariants
//! - DF1 Where nothing is told, both find the same: everything a plan holds, its own number and the places of its traces
//!   aside, is looked at.
//! - DF2 Order says nothing: of tables and fields, of what a list names, of the parts of a chain of `&&` or `||`.
//! - DF3 What goes without saying is told neither as set nor as taken away (FM2).
//! - DF4 Every place is named in both languages, with the rule's own word for it.
//!
//! Deliberately absent: traces one by one, they are counted; what names cases' classes (the server knows them); which
//! version is compared with which.

mod chain;
mod fields;
mod signals;

use crate::{
    Catalogue,
    parts::words::unit_of,
    plan::{Emission, Key, Parameter, Piece, RulePlan, TraceText, Unit},
    sentence, written,
};
use linli_model::{Severity, Text};

/// One thing that is otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where it stands in the text: `severity`, `parameters.floor.value`, `signal.raise`.
    pub place: String,
    /// What stands there, in words.
    pub what: Text,
    /// None: it was not there.
    pub was: Option<Text>,
    /// None: it is there no more.
    pub is: Option<Text>,
}

impl Difference {
    /// As one line.
    pub fn said(&self) -> Text {
        let what = &self.what;
        match (&self.was, &self.is) {
            (Some(was), Some(is)) => Text::new(
                format!("{}:{} → {}", what.zh, was.zh, is.zh),
                format!("{}: {} → {}", what.en, was.en, is.en),
            ),
            (None, Some(is)) => {
                Text::new(format!("{}:新增 {}", what.zh, is.zh), format!("{}: added {}", what.en, is.en))
            }
            (Some(was), None) => {
                Text::new(format!("{}:去掉 {}", what.zh, was.zh), format!("{}: left out {}", what.en, was.en))
            }
            (None, None) => what.clone(),
        }
    }
}

/// A version, read so that it can be compared with others.
pub struct RuleVersion<'a> {
    plan: &'a RulePlan,
    side: signals::Side<'a>,
}

impl<'a> RuleVersion<'a> {
    /// The dear part: the signals' texts are tried without what goes without saying (FM2).
    pub fn of(plan: &'a RulePlan, catalogue: &'a Catalogue) -> RuleVersion<'a> {
        RuleVersion { plan, side: signals::Side::of(plan, catalogue) }
    }

    /// What is otherwise in it than it was before, in the order of a rule's text.
    pub fn differences(&self, before: &RuleVersion<'_>) -> Vec<Difference> {
        let mut told = Told(Vec::new());
        head(before.plan, self.plan, &mut told);
        parameters(before.plan, self.plan, &mut told);
        signals::tell(&before.side, &self.side, &mut told);
        traces(&before.plan.traces, &self.plan.traces, &mut told);
        told.0
    }
}

/// What is otherwise in `is` than in `was`.
pub fn differences(was: &RulePlan, is: &RulePlan, catalogue: &Catalogue) -> Vec<Difference> {
    RuleVersion::of(is, catalogue).differences(&RuleVersion::of(was, catalogue))
}

/// What was told so far.
struct Told(Vec<Difference>);

impl Told {
    /// Where both are the same nothing is told.
    fn tell(&mut self, place: impl Into<String>, what: Text, was: Option<Text>, is: Option<Text>) {
        if was != is {
            self.0.push(Difference { place: place.into(), what, was, is });
        }
    }

    /// Each language by itself: who reads one sees nothing of a change in the other.
    fn texts(&mut self, place: &str, what: &Text, was: &Text, is: &Text) {
        let some = |s: &String| Some(both(s)).filter(|t| !t.zh.is_empty());
        let of = |zh: &str, en: &str| Text::new(format!("{}({zh})", what.zh), format!("{} ({en})", what.en));
        self.tell(format!("{place}.zh"), of("中文", "in Chinese"), some(&was.zh), some(&is.zh));
        self.tell(format!("{place}.en"), of("英文", "in English"), some(&was.en), some(&is.en));
    }
}

/// A text that is the same in both languages.
fn both(s: &str) -> Text {
    Text::new(s, s)
}

fn head(was: &RulePlan, is: &RulePlan, told: &mut Told) {
    // DF1: a field that is new in a plan stops here until somebody has said what of it is told.
    let RulePlan {
        rule: _,
        version: _, // its own number
        name: _,
        about: _,
        key: _,
        apart: _,
        severity: _,
        case_class: _,
        emission: _,
        mandatory: _,
        suspects: _,
        parameters: _, // `parameters`
        measures: _,   // what the signals hear
        nodes: _,      // `signals::tell`
        sentence: _,
        traces: _, // `traces`
    } = is;
    let word = |zh: &str, en: &str| Text::new(zh, en);
    told.tell("rule", word("代码", "code"), Some(both(&was.rule)), Some(both(&is.rule)));
    told.texts("name", &word("名称", "name"), &was.name, &is.name);
    told.texts("about", &word("说明", "description"), &was.about, &is.about);
    let key = if matches!(is.key, Key::Population(_)) { "population" } else { "key" };
    told.tell(key, word("对象", "what is watched"), Some(watched(&was.key)), Some(watched(&is.key)));
    let apart = |p: &RulePlan| p.apart.map(below);
    told.tell("apart", word("分开判断的区域", "kept apart by"), apart(was), apart(is));
    let severity = |p: &RulePlan| Some(severity(p.severity));
    told.tell("severity", word("级别", "severity"), severity(was), severity(is));
    let (class_was, class_is) = (both(&was.case_class), both(&is.case_class));
    told.tell("case_class", word("案件类别", "case class"), Some(class_was), Some(class_is));
    let emission = |p: &RulePlan| {
        Some(match p.emission {
            Emission::Settled => Text::new("等迟到的读数(settled)", "after stragglers (settled)"),
            Emission::Eager => Text::new("到达即报(eager)", "at arrival (eager)"),
        })
    };
    told.tell("emission", word("何时报出", "when it is told"), emission(was), emission(is));
    let flag = |b: bool| Some(yes_or_no(b));
    told.tell("mandatory", word("强制", "mandatory"), flag(was.mandatory), flag(is.mandatory));
    let suspects = word("怀疑人或户", "suspects persons or homes");
    told.tell("suspects", suspects, flag(was.suspects), flag(is.suspects));
    told.texts("sentence", &word("告知语", "sentence"), &template(was), &template(is));
}

fn template(p: &RulePlan) -> Text {
    let nodes: Vec<&str> = p.nodes.iter().map(|n| n.name.as_str()).collect();
    let said = |pieces: &[Piece]| sentence::print(pieces, &p.parameters, &nodes);
    Text::new(said(&p.sentence.zh), said(&p.sentence.en))
}

fn yes_or_no(b: bool) -> Text {
    if b { Text::new("是", "yes") } else { Text::new("否", "no") }
}

fn watched(key: &Key) -> Text {
    match key {
        Key::Population(p) => {
            Text::new(format!("人群 {p} 的每个成员"), format!("each member of the population {p}"))
        }
        Key::Subject => Text::new("读数所说的每个对象", "each subject that readings are about"),
        Key::Device => Text::new("每台设备", "each device"),
        Key::Value => Text::new("每张卡或每块车牌", "each card or plate"),
        Key::Area { depth } => below(*depth),
    }
}

/// So many levels below the residential area.
fn below(depth: u32) -> Text {
    match depth {
        0 => Text::new("居民区", "the residential area"),
        1 => Text::new("每个小区", "each estate"),
        2 => Text::new("每栋楼", "each building"),
        3 => Text::new("每个门栋", "each doorway"),
        n => Text::new(
            format!("居民区以下第 {n} 级的每个区域"),
            format!("each area {n} levels below the residential area"),
        ),
    }
}

fn severity(s: Severity) -> Text {
    match s {
        Severity::Info => Text::new("提示", "info"),
        Severity::Attention => Text::new("一般", "attention"),
        Severity::Urgent => Text::new("紧急", "urgent"),
        Severity::Alarm => Text::new("警报", "alarm"),
    }
}

// -- parameters --

/// A parameter as it is called, with its name in the text.
fn named(p: &Parameter) -> Text {
    let name = &p.name;
    Text::new(format!("参数“{}”({name})", p.label.zh), format!("parameter \"{}\" ({name})", p.label.en))
}

fn number(n: f64, unit: &Unit) -> Text {
    with_unit(&written::number(n), &unit_of(unit))
}

/// With every digit: of two numbers that differ by little, both are told.
fn with_unit(digits: &str, unit: &Text) -> Text {
    let with = |unit: &str| match unit {
        "" => digits.to_owned(),
        "%" => format!("{digits}%"),
        unit => format!("{digits} {unit}"),
    };
    Text::new(with(&unit.zh), with(&unit.en))
}

fn parameters(was: &RulePlan, is: &RulePlan, told: &mut Told) {
    for p in &is.parameters {
        let place = format!("parameters.{}", p.name);
        match was.parameter(&p.name) {
            None => told.tell(place, named(p), None, Some(whole(p))),
            Some((_, before)) => parameter(&place, before, p, told),
        }
    }
    for p in was.parameters.iter().filter(|p| is.parameter(&p.name).is_none()) {
        told.tell(format!("parameters.{}", p.name), named(p), Some(whole(p)), None);
    }
}

fn whole(p: &Parameter) -> Text {
    let (value, min, max) = (number(p.value, &p.unit), number(p.min, &p.unit), number(p.max, &p.unit));
    Text::new(
        format!("{}({} 至 {})", value.zh, min.zh, max.zh),
        format!("{} ({} to {})", value.en, min.en, max.en),
    )
}

fn parameter(place: &str, was: &Parameter, is: &Parameter, told: &mut Told) {
    let label = Text::new(format!("参数 {} 的名称", is.name), format!("label of the parameter {}", is.name));
    told.texts(&format!("{place}.label"), &label, &was.label, &is.label);
    let name = named(is);
    let of = |zh: &str, en: &str| Text::new(format!("{}的{zh}", name.zh), format!("{en} of {}", name.en));
    for (field, what, before, now) in [
        ("value", name.clone(), was.value, is.value),
        ("min", of("下限", "least"), was.min, is.min),
        ("max", of("上限", "most"), was.max, is.max),
    ] {
        // With another unit the same number says something else.
        if before != now || was.unit != is.unit {
            let (before, now) = (number(before, &was.unit), number(now, &is.unit));
            told.0.push(Difference {
                place: format!("{place}.{field}"),
                what,
                was: Some(before),
                is: Some(now),
            });
        }
    }
}

// -- traces --

fn traces(was: &[TraceText], is: &[TraceText], told: &mut Told) {
    let find = |among: &[TraceText], t: &TraceText| among.iter().find(|a| a.name == t.name).cloned();
    let same = |a: &TraceText, b: &TraceText| (a.kind, &a.script) == (b.kind, &b.script);
    let added = is.iter().filter(|t| find(was, t).is_none()).count();
    let gone = was.iter().filter(|t| find(is, t).is_none()).count();
    let other = is.iter().filter(|t| find(was, t).is_some_and(|before| !same(&before, t))).count();
    if added + gone + other == 0 {
        return;
    }
    let mut parts: Vec<(String, String)> = Vec::new();
    for (n, zh, en) in [(added, "新增", "added"), (gone, "去掉", "left out"), (other, "改动", "changed")]
    {
        if n > 0 {
            parts.push((format!("{zh} {n} 个"), format!("{n} {en}")));
        }
    }
    let (zh, en): (Vec<String>, Vec<String>) = parts.into_iter().unzip();
    let n = is.len();
    told.0.push(Difference {
        place: "trace".to_owned(),
        what: Text::new("样例轨迹", "traces"),
        was: Some(Text::new(format!("{} 个", was.len()), was.len().to_string())),
        is: Some(Text::new(format!("{n} 个({})", zh.join("、")), format!("{n} ({})", en.join(", ")))),
    });
}
