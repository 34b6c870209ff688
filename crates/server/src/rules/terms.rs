//! What areas set for themselves of a rule: read from a request, kept back where it has no effect, said in words.

use crate::{labels, state::ServerState};
use linli_api::rule::{ExemptAsk, TermsAsk};
use linli_model::{
    AreaId, AreaPath, Days, Diagnostic, Hours, Instant, RegistryChange, Severity, Subject, Term, Text,
};
use linli_rule::{RulePlan, plan::Emission};

/// The terms asked for, and what is wrong with the others.
pub(crate) fn read(state: &ServerState, plan: &RulePlan, ask: &TermsAsk) -> (Vec<Term>, Vec<Diagnostic>) {
    let (mut terms, mut wrong) = (Vec::new(), Vec::new());
    let mut take = |field: &str, term: Result<Term, Diagnostic>| match term {
        Ok(term) => match rests(plan, &term) {
            None => terms.push(term),
            Some(why) => wrong.push(Diagnostic::new("no_effect", field, why.zh, why.en)),
        },
        Err(d) => wrong.push(d),
    };
    if let Some(text) = &ask.hours {
        take("terms.hours", hours(text));
    }
    if let Some(population) = &ask.only {
        take("terms.only", only(population));
    }
    if let Some(word) = &ask.severity {
        take("terms.severity", severity(word));
    }
    for (i, exemption) in ask.exempt.iter().enumerate() {
        let field = format!("terms.exempt[{i}]");
        take(&field, exempt(exemption, &field, state.now()));
    }
    (terms, wrong)
}

fn hours(text: &str) -> Result<Term, Diagnostic> {
    let read: Result<Hours, _> = text.trim().parse();
    read.map(Term::Hours).map_err(|_| {
        Diagnostic::new(
            "not_hours",
            "terms.hours",
            "应如 22:00-06:00,可再加日子:,mon,sat 或 ,workday(工作日)或 ,day_off(休息日)",
            "this is like 22:00-06:00, with days behind it if not every day: ,mon,sat or ,workday or ,day_off",
        )
    })
}

fn only(population: &str) -> Result<Term, Diagnostic> {
    let population = population.trim();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if population.is_empty() || population.len() > 64 || !population.chars().all(plain) {
        return Err(Diagnostic::new(
            "not_a_population",
            "terms.only",
            "应为人群代码,如 elder_alone(小写字母、数字、下划线)",
            "this is the code of a population like elder_alone: lower-case letters, digits, underscores",
        ));
    }
    Ok(Term::Only { population: population.to_owned() })
}

fn severity(word: &str) -> Result<Term, Diagnostic> {
    let all = [Severity::Info, Severity::Attention, Severity::Urgent, Severity::Alarm];
    let found = all.into_iter().find(|s| labels::severity(*s).code == word);
    found.map(Term::Severity).ok_or_else(|| {
        Diagnostic::new(
            "unknown_severity",
            "terms.severity",
            "应为 info、attention、urgent、alarm 之一",
            "this is one of info, attention, urgent, alarm",
        )
    })
}

fn exempt(ask: &ExemptAsk, field: &str, now: Instant) -> Result<Term, Diagnostic> {
    let subject: Subject = ask.subject.trim().parse().map_err(|_| {
        Diagnostic::new(
            "not_a_subject",
            format!("{field}.subject"),
            "应如 device:编号、dwelling:编号、area:编号",
            "this is like device:ID, dwelling:ID, area:ID",
        )
    })?;
    let until = match &ask.until {
        None => None,
        Some(text) => {
            let read = text.parse::<Instant>().ok().filter(|t| *t > now && t.is_in_calendar());
            Some(read.ok_or_else(|| {
                Diagnostic::new(
                    "not_a_time",
                    format!("{field}.until"),
                    "应为将来的时刻,如 2026-12-01T08:00:00+08:00",
                    "this is a moment to come, like 2026-12-01T08:00:00+08:00",
                )
            })?)
        }
    };
    let reason = ask.reason.trim();
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Diagnostic::new(
            "reason_needed",
            format!("{field}.reason"),
            "请写明豁免理由(200 字以内)",
            "say why it is exempted, in at most 200 characters",
        ));
    }
    Ok(Term::Exempt { subject, until, reason: reason.to_owned() })
}

/// The change that sets a term in an area.
pub(crate) fn set(rule: &str, (area, path): (&AreaId, &AreaPath), term: Term, by: &str) -> RegistryChange {
    RegistryChange::TermSet {
        rule: rule.to_owned(),
        area: area.clone(),
        area_path: path.clone(),
        term,
        set_by: by.to_owned(),
    }
}

/// Why a term has no effect on a rule; None where it has.
pub(crate) fn rests(plan: &RulePlan, term: &Term) -> Option<Text> {
    match term {
        _ if plan.mandatory && term.weakens() => Some(Text::new(
            "这条规则各处一致,不能放宽;只能提高级别",
            "this rule is the same everywhere and cannot be weakened; its severity may be raised",
        )),
        Term::Hours(_) if plan.emission == Emission::Eager => {
            Some(Text::new("生命安全规则不分时段", "a rule of life safety has no hours"))
        }
        Term::Severity(s) if *s <= plan.severity => {
            Some(Text::new("级别只能提高,不能降低", "a severity can be raised, not lowered"))
        }
        _ => None,
    }
}

/// Why an area's own value has no effect on a rule; None where it has.
pub(crate) fn value_rests(plan: &RulePlan, parameter: &str, value: f64) -> Option<Text> {
    match plan.parameter(parameter) {
        None => Some(Text::new(
            format!("规则没有参数 {parameter}"),
            format!("the rule has no parameter {parameter}"),
        )),
        Some((_, p)) if !(p.min..=p.max).contains(&value) => Some(Text::new(
            format!("应在 {} 到 {} 之间", p.min, p.max),
            format!("it lies between {} and {}", p.min, p.max),
        )),
        Some(_) if plan.mandatory => Some(Text::new(
            "这条规则各处一致,不能改",
            "this rule is the same everywhere and cannot be changed",
        )),
        Some(_) => None,
    }
}

pub(crate) fn say(term: &Term, state: &ServerState) -> Text {
    match term {
        Term::Hours(hours) => {
            let days = days(hours.days);
            let plain = Hours { days: Days::Weekdays(0b111_1111), ..*hours }.to_string();
            Text::new(format!("只在{} {plain} 报", days.zh), format!("told only {} {plain}", days.en))
        }
        Term::Only { population } => {
            Text::new(format!("只报人群“{population}”"), format!("told only about \"{population}\""))
        }
        Term::Exempt { subject, until, reason } => {
            let until = until.map(|u| u.day_in(state.zone()));
            let (zh, en) =
                until.map_or_else(Default::default, |d| (format!(",至 {d}"), format!(" until {d}")));
            Text::new(format!("不报 {subject}{zh}({reason})"), format!("not about {subject}{en} ({reason})"))
        }
        Term::Severity(severity) => {
            let word = labels::severity(*severity).label;
            Text::new(format!("级别至少“{word}”"), format!("at least \"{word}\""))
        }
    }
}

fn days(days: Days) -> Text {
    const NAMES: [(&str, &str); 7] = [
        ("周一", "Mon"),
        ("周二", "Tue"),
        ("周三", "Wed"),
        ("周四", "Thu"),
        ("周五", "Fri"),
        ("周六", "Sat"),
        ("周日", "Sun"),
    ];
    match days {
        Days::Workday => Text::new("工作日", "on working days"),
        Days::DayOff => Text::new("休息日", "on days off"),
        Days::Weekdays(bits) if bits & 0b111_1111 == 0b111_1111 => Text::new("每天", "every day"),
        Days::Weekdays(bits) => {
            let on: Vec<_> = NAMES.iter().enumerate().filter(|(i, _)| bits & 1 << i != 0).collect();
            let zh: Vec<&str> = on.iter().map(|(_, n)| n.0).collect();
            let en: Vec<&str> = on.iter().map(|(_, n)| n.1).collect();
            Text::new(zh.join("、"), format!("on {}", en.join(", ")))
        }
    }
}
