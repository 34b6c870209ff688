//! An explanation as a page shows it: in one language, by days without values where it is about a home.

use super::{asked::Asked, backtest::day_of};
use crate::{
    cases::view::area,
    labels::{self, say},
    state::ServerState,
    who::lang,
};
use linli_api::{
    backtest::{ExplainEpisode, ExplainView},
    case::{EvidencePoint, ParameterView},
    page::Coded,
    trace::{ConditionView, LimitView, PartView, SignalView, StretchView, VariableView},
};
use linli_engine::{ConditionShown, Explanation, SignalShown, Truth};
use linli_model::{AreaId, Finding, Instant, Millis, Text, Value, finding::ParameterUsed};
use linli_pack::backtest::began_before;
use linli_rule::{RulePlan, parts::Part};

/// A question with how its answer is told.
pub(super) struct Shower<'a> {
    pub state: &'a ServerState,
    pub asked: &'a Asked,
}

impl Shower<'_> {
    fn plan(&self) -> &RulePlan {
        &self.asked.variant.plan
    }
    pub fn time(&self, t: Instant) -> String {
        if self.asked.home { day_of(self.state, t) } else { t.to_string() }
    }
    pub fn words(&self, t: &Text) -> String {
        if self.asked.home { without_minutes(&say(t)) } else { say(t) }
    }

    /// Everything but the series.
    pub fn view(
        &self,
        at: Instant,
        days: u32,
        explanation: Option<&Explanation>,
        episodes: &[Finding],
    ) -> ExplainView {
        let plan = self.plan();
        let verdict = verdict(explanation);
        let from = at.saturating_sub(Millis::days(i64::from(days)));
        let episode = |f: &Finding| ExplainEpisode {
            start: self.time(f.start),
            at_or_before: began_before(f, from),
            end: f.end.map(|t| self.time(t)),
            sentence: self.words(&f.sentence),
        };
        let (area, areas) = (self.area(), &self.asked.areas);
        let mut view = ExplainView {
            rule: plan.rule.clone(),
            name: say(&plan.name),
            subject: self.asked.subject.to_string(),
            at: self.time(at),
            verdict: verdict.to_owned(),
            sentence: sentence(verdict, &plan.name).get(lang()).to_owned(),
            steps: Vec::new(),
            deadline: None,
            parameters: Vec::new(),
            readings: Vec::new(),
            episodes: episodes.iter().map(episode).collect(),
            area: crate::cases::view::area(areas, &area),
            by_day: self.asked.home,
            why_not: None,
            signals: Vec::new(),
            variables: Vec::new(),
            terms: Vec::new(),
            days,
            heard: 0,
            dull: 0,
            series: Vec::new(),
            limits: Vec::new(),
            pending: None,
        };
        if let Some(e) = explanation {
            self.fill(&mut view, e);
        }
        view
    }

    fn fill(&self, view: &mut ExplainView, e: &Explanation) {
        let home = self.asked.home;
        view.steps = e.steps.iter().map(|t| self.words(t)).collect();
        view.deadline = e.deadline.map(|t| self.time(t));
        view.parameters = e.parameters.iter().map(|p| self.parameter(p)).collect();
        view.readings = e
            .readings
            .iter()
            .map(|r| EvidencePoint {
                at: self.time(r.observed_at),
                device: r.device.to_string(),
                measure: r.measure.to_string(),
                value: if home { None } else { r.value.number() },
                text: match &r.value {
                    Value::Text(t) if !home => Some(t.clone()),
                    _ => None,
                },
            })
            .collect();
        view.why_not = e.first_false().map(|(said, plain)| self.words(if home { &plain } else { &said }));
        view.signals = e.signals.iter().map(|s| self.signal(s)).collect();
        view.variables = e.parameters.iter().filter_map(|p| self.variable(p)).collect();
        view.terms = e.terms.iter().map(|t| self.words(t)).collect();
        (view.heard, view.dull) = (e.heard.readings, e.heard.dull);
        view.limits = limits(self.plan(), e);
        view.pending = e
            .signals
            .iter()
            .rev()
            .find_map(|s| s.pending)
            .map(|(from, to)| StretchView { from: self.time(from), to: self.time(to) });
    }

    fn area(&self) -> AreaId {
        self.asked.place.ids().next_back().unwrap_or_else(|| AreaId::new(""))
    }

    fn parameter(&self, p: &ParameterUsed) -> ParameterView {
        let known = self.plan().parameter(&p.name);
        ParameterView {
            name: known.map_or_else(|| p.name.clone(), |(_, p)| say(&p.label)),
            value: p.value,
            unit: p.unit.clone(),
            set_by: p.set_by.clone(),
        }
    }

    fn variable(&self, used: &ParameterUsed) -> Option<VariableView> {
        let (_, p) = self.plan().parameter(&used.name)?;
        let set_by = if used.set_by == "template" {
            Coded::new("template", say(&Text::new("街道统一值", "the street's template")))
        } else {
            area(&self.asked.areas, &AreaId::new(&used.set_by))
        };
        Some(VariableView {
            name: p.name.clone(),
            label: say(&p.label),
            value: used.value,
            unit: used.unit.clone(),
            min: p.min,
            max: p.max,
            set_by,
        })
    }

    fn signal(&self, s: &SignalShown) -> SignalView {
        // A home's numbers by the day are no minutes.
        let may_tell = !self.asked.home || matches!(s.operator, "streak" | "daily");
        SignalView {
            name: s.name.clone(),
            operator: labels::operator(s.operator),
            says: says(s),
            number: s.number.filter(|_| may_tell),
            reads: s.reads.clone(),
            measures: s.measures.iter().map(|m| m.to_string()).collect(),
            reached: s.reached,
            decides: s.decides,
            deadline: s.deadline.map(|t| self.time(t)),
            steps: s.steps.iter().map(|t| self.words(t)).collect(),
            conditions: s.conditions.iter().map(|c| self.condition(c)).collect(),
        }
    }

    fn condition(&self, c: &ConditionShown) -> ConditionView {
        let mut parts = Vec::new();
        self.parts(&c.part, 0, &mut parts);
        ConditionView {
            field: labels::condition_field(&c.field),
            at: c.reading.as_ref().map(|r| self.time(r.observed_at)),
            device: c.reading.as_ref().map(|r| r.device.to_string()),
            measure: c.reading.as_ref().map(|r| r.measure.to_string()),
            parts,
        }
    }

    fn parts(&self, part: &Part, depth: u32, out: &mut Vec<PartView>) {
        out.push(PartView {
            depth,
            text: part.text.clone(),
            said: say(if self.asked.home { &part.plain } else { &part.said }),
            join: part.join.code().to_owned(),
            truth: part.truth,
            decides: part.decides,
        });
        for inner in &part.parts {
            self.parts(inner, depth + 1, out);
        }
    }
}

/// The lines its measures are compared with, each once.
pub(super) fn limits(plan: &RulePlan, e: &Explanation) -> Vec<LimitView> {
    let mut limits: Vec<LimitView> = Vec::new();
    for limit in e.signals.iter().flat_map(|s| &s.conditions).flat_map(|c| c.part.limits()) {
        let shown = LimitView {
            measure: plan.measures[usize::from(limit.measure)].to_string(),
            value: limit.value,
            label: say(&limit.name),
        };
        if !limits.contains(&shown) {
            limits.push(shown);
        }
    }
    limits
}

pub(super) fn verdict(explanation: Option<&Explanation>) -> &'static str {
    match explanation.map(|e| (e.holds, e.told)) {
        None => "not_watched",
        Some((Some(true), true)) => "holds",
        Some((Some(true), false)) => "not_told",
        Some((Some(false), _)) => "does_not",
        Some((None, _)) => "unknown",
    }
}

fn sentence(verdict: &str, name: &Text) -> Text {
    let (zh, en) = match verdict {
        "holds" => ("成立。", "holds."),
        "not_told" => {
            ("成立,但按辖区自己的规定不报。", "holds, and the area's own terms keep it from being told.")
        }
        "does_not" => ("不成立。", "does not hold."),
        "unknown" => ("无法判断。", "cannot be told."),
        _ => (
            "当时不看这个对象:没有登记在内,也没有相关读数。",
            "did not watch this: not registered for it, and no reading of it.",
        ),
    };
    Text::new(format!("“{}”{zh}", name.zh), format!("\"{}\" {en}", name.en))
}

fn says(s: &SignalShown) -> Coded {
    let (code, zh, en) = match (s.truth, s.number) {
        (Some(Truth::True), _) => ("true", "成立", "holds"),
        (Some(Truth::False), _) => ("false", "不成立", "does not hold"),
        (Some(Truth::Unknown), _) | (None, None) => ("unknown", "未知", "unknown"),
        (None, Some(_)) => ("number", "数值", "a number"),
    };
    Coded::new(code, say(&Text::new(zh, en)))
}

/// `11月2日 08:05` and `2 Nov 08:05` without their minutes.
pub(super) fn without_minutes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    let mut i = 0;
    while i < chars.len() {
        let clock = |from: usize| {
            let c = |n: usize| chars.get(from + n).copied().unwrap_or(' ');
            c(0) == ' '
                && c(1).is_ascii_digit()
                && c(2).is_ascii_digit()
                && c(3) == ':'
                && c(4).is_ascii_digit()
                && c(5).is_ascii_digit()
        };
        if clock(i) {
            i += 6;
            continue;
        }
        out.push(chars[i]);
        i += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_minutes;

    #[test]
    fn a_home_s_times_lose_their_minutes() {
        assert_eq!(without_minutes("最近一次迹象:11月2日 08:05。"), "最近一次迹象:11月2日。");
        assert_eq!(
            without_minutes("Last sign: 2 Nov 08:05; ended 3 Nov 10:00"),
            "Last sign: 2 Nov; ended 3 Nov"
        );
    }
}
