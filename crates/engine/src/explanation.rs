//! Why a rule says what it says about a subject: its signals with what each said, its conditions with what each part of
//! them said, and which of all that decided.
//!
//! Invariants
//! - XP1 Nothing is decided here: what a signal says is its state's, what a part says is its expression's (PT1).
//! - XP2 A condition is shown as of the newest reading of each measure it names, with what the signals said then; that is
//!   what the signal saw. In an engine nobody watches (watch.rs) that is the newest reading its signal remembers.
//! - XP3 What decides leads from the signal back: a signal decides when a condition or an input that decides reads it.

use crate::{
    emit::Emitter,
    event::{Event, NONE, Seen},
    here::Here,
    operator::{Explained, Said, State, Truth},
    rule::Setting,
    watch::{Heard, Watch, silence},
};
use linli_model::{EvidenceReading, Instant, Measure, Subject, Text, finding::ParameterUsed};
use linli_rule::{
    Catalogue,
    expr::BoolExpr,
    parts::{Part, measures_named, parts},
    plan::{From, Mode, NODES_MAX, Node, Operator},
};
use std::cell::Cell;

/// Why a rule says what it says about a subject, at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    pub rule: String,
    pub subject: Subject,
    pub holds: Option<bool>,
    /// Whether what holds is told: no area's own terms stand in front of it.
    pub told: bool,
    pub deadline: Option<Instant>,
    pub readings: Vec<EvidenceReading>,
    pub parameters: Vec<ParameterUsed>,
    pub steps: Vec<Text>,
    /// The rule's signals, each behind those it reads; the last one decides.
    pub signals: Vec<SignalShown>,
    /// What areas set for themselves that bears on it, in words.
    pub terms: Vec<Text>,
    /// Of a watched engine; else nothing.
    pub heard: Heard,
}

/// One operator, and what it said.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalShown {
    /// `signal` for the last one.
    pub name: String,
    pub operator: &'static str,
    /// Places of the signals it reads.
    pub reads: Vec<usize>,
    /// What it hears itself.
    pub measures: Vec<Measure>,
    /// For what holds or does not; None where it says a number.
    pub truth: Option<Truth>,
    /// For what says a number, as far as that is known.
    pub number: Option<f64>,
    /// Something has reached it: it heard a reading or can tell.
    pub reached: bool,
    pub decides: bool,
    /// The stretch through which it has to go on before it counts: a hold time, an absence.
    pub pending: Option<(Instant, Instant)>,
    pub deadline: Option<Instant>,
    pub steps: Vec<Text>,
    pub conditions: Vec<ConditionShown>,
}

/// A condition of a signal as of one reading.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionShown {
    /// Its field: `when`, `raise`, `clear`, `leaves`, `first`, `then`, `part.1`.
    pub field: String,
    /// None: no reading it could be asked of.
    pub reading: Option<EvidenceReading>,
    pub part: Part,
}

impl SignalShown {
    pub fn is_unknown(&self) -> bool {
        match self.truth {
            Some(truth) => truth == Truth::Unknown,
            None => self.number.is_none(),
        }
    }
}

impl Explanation {
    /// The first condition that keeps the rule from holding, in words with and without values; where no condition does
    /// (a hold time that is not full, a sign that was seen), what the deciding signal says.
    pub fn first_false(&self) -> Option<(Text, Text)> {
        if !self.told && self.holds == Some(true) {
            return self.terms.first().map(|t| (t.clone(), t.clone()));
        }
        if self.holds == Some(true) {
            return None;
        }
        self.first_false_of(self.signals.len().checked_sub(1)?)
    }

    fn first_false_of(&self, n: usize) -> Option<(Text, Text)> {
        let signal = self.signals.get(n)?;
        // The newest reading first: that is what was asked last.
        let conditions = || signal.conditions.iter().rev();
        let no = |c: &&ConditionShown| c.part.truth != Some(true);
        // Elsewhere a reading that does not count is no reason: an absence waits for one that does.
        let out = signal.is_unknown() || signal.operator == "level";
        let keeps_out = |c: &&ConditionShown| out && c.field == "when" && no(c);
        let keeps_down =
            |c: &&ConditionShown| c.part.decides && !matches!(c.field.as_str(), "when" | "leaves") && no(c);
        if let Some(c) = conditions().find(keeps_out).or_else(|| conditions().find(keeps_down)) {
            let leaf = c.part.innermost();
            // A condition on a signal: what that one lacks is the reason.
            let behind =
                (0..n).find(|i| leaf.nodes & 1 << i != 0).filter(|i| self.signals[*i].truth.is_some());
            return behind
                .and_then(|i| self.first_false_of(i))
                .or_else(|| Some((leaf.said.clone(), leaf.plain.clone())));
        }
        let input = signal
            .reads
            .iter()
            .find(|i| self.signals[**i].decides && self.signals[**i].truth.is_some_and(|t| t != Truth::True));
        if let Some(found) = input.and_then(|i| self.first_false_of(*i)) {
            return Some(found);
        }
        let said = signal.steps.first()?;
        Some((said.clone(), said.clone()))
    }
}

/// What is explained: a slot of a rule, with its numbers, in an engine that may be watched.
pub(crate) struct Explainer<'a> {
    pub(crate) emitter: Emitter<'a>,
    pub(crate) numbers: (u32, u32),
    pub(crate) watch: Option<&'a Watch>,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) at: i64,
}

impl Explainer<'_> {
    pub(crate) fn explanation(&self, subject: &Subject) -> Explanation {
        let Emitter { rule, slot, world, zone, .. } = &self.emitter;
        let setting = rule.settings.at(slot.place);
        let explained = self.emitter.explained(self.at);
        let last = slot.nodes.len() - 1;
        let terms = self.emitter.gate(self.at);
        let signals = self.signals(setting, &explained);
        Explanation {
            rule: rule.plan.rule.clone(),
            subject: subject.clone(),
            holds: known(slot.nodes[last].truth(&setting.nodes[last])),
            told: setting.gate.as_ref().is_none_or(|g| g.is_open(&rule.plan, slot, world, zone, self.at)),
            deadline: explained.iter().rev().find_map(|e| e.deadline).map(Instant),
            readings: self.emitter.readings(&explained),
            parameters: self.emitter.parameters(setting),
            steps: explained.into_iter().flat_map(|e| e.steps).chain(terms.iter().cloned()).collect(),
            signals,
            terms,
            heard: self.watch.map(|w| w.heard(self.numbers.0, self.numbers.1)).unwrap_or_default(),
        }
    }

    fn signals(&self, setting: &Setting, explained: &[Explained]) -> Vec<SignalShown> {
        let Emitter { rule, slot, zone, .. } = &self.emitter;
        let plan = &rule.plan;
        let said = [const { Cell::new(Said::Unknown) }; NODES_MAX];
        let mut signals = Vec::new();
        for (i, node) in plan.nodes.iter().enumerate() {
            let (state, settings) = (&slot.nodes[i], &setting.nodes[i]);
            said[i].set(state.said(settings, self.at, zone));
            let truth = node.operator.is_level().then(|| state.truth(settings));
            let number = match said[i].get() {
                Said::Number(n) => Some(n),
                _ => None,
            };
            let mut heard = false;
            state.each_seen(&mut |_| heard = true);
            let mut shown = SignalShown {
                name: node.name.clone(),
                operator: node.operator.as_str(),
                reads: (0..i).filter(|of| node.reads & 1 << of != 0).collect(),
                measures: plan
                    .measures
                    .iter()
                    .enumerate()
                    .filter(|(m, _)| node.of & 1 << m != 0)
                    .map(|(_, m)| m.clone())
                    .collect(),
                truth,
                number,
                reached: heard || number.is_some() || truth.is_some_and(|t| t != Truth::Unknown),
                decides: false,
                pending: explained[i].pending.map(|(from, to)| (Instant(from), Instant(to))),
                deadline: explained[i].deadline.map(Instant),
                steps: explained[i].steps.clone(),
                conditions: Vec::new(),
            };
            for (field, condition) in conditions(node) {
                shown.conditions.extend(self.condition(node, state, &field, condition, setting, &said));
            }
            shown.reached |= shown.conditions.iter().any(|c| c.reading.is_some());
            signals.push(shown);
        }
        decide(&plan.nodes, &mut signals);
        signals
    }

    /// A condition, once for the newest reading of each measure it names; once without one where none was heard.
    fn condition(
        &self,
        node: &Node,
        state: &State,
        field: &str,
        condition: &BoolExpr,
        setting: &Setting,
        said: &[Cell<Said>; NODES_MAX],
    ) -> Vec<ConditionShown> {
        let Emitter { rule, slot, world, zone, .. } = &self.emitter;
        let plan = &rule.plan;
        let who = (slot.subject, rule.is_eager());
        let named = measures_named(condition);
        let of = if named == 0 { node.of } else { named };
        let show = |here: &Here<'_>, reading: Option<EvidenceReading>| {
            let current = here.event.map(|_| here.local);
            let part = parts(plan, self.catalogue, condition, here, current);
            ConditionShown { field: field.to_owned(), reading, part }
        };
        let mut moments =
            self.watch.map(|w| w.moments(self.numbers.0, self.numbers.1, of)).unwrap_or_default();
        if named == 0 {
            // It asks the same of every measure.
            moments.drain(..moments.len().saturating_sub(1));
        }
        if !moments.is_empty() {
            let each = moments.into_iter().map(|m| {
                let here = m.here(world, zone, &setting.values, who);
                show(&here, Some(self.emitter.reading(&Seen::from(&m.event))))
            });
            return each.collect();
        }
        let remembered = state.newest().filter(|_| self.watch.is_none());
        let heard = remembered.and_then(|s| Some((s, rule.hears(s.measure)?)));
        match heard.filter(|(_, local)| of & 1 << local != 0) {
            Some((seen, local)) => {
                let event = event_of(&seen);
                let quiet = silence(world, zone, &setting.values, said, (seen.at, who.0, who.1));
                vec![show(&Here { event: Some(&event), local, ..quiet }, Some(self.emitter.reading(&seen)))]
            }
            None => {
                vec![show(&silence(world, zone, &setting.values, said, (self.at, who.0, who.1)), None)]
            }
        }
    }
}

fn known(truth: Truth) -> Option<bool> {
    match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    }
}

fn event_of(s: &Seen) -> Event {
    Event {
        at: s.at,
        value: s.value,
        reading: s.reading,
        device: s.device,
        subject: NONE,
        measure: s.measure,
        tag: s.tag,
        clamped: false,
    }
}

/// The conditions of a node with their fields' names.
fn conditions(node: &Node) -> Vec<(String, &BoolExpr)> {
    let named = |field: &str, e| (field.to_owned(), e);
    let mut all: Vec<_> = node.when.iter().map(|w| named("when", w)).collect();
    match &node.operator {
        Operator::Level(p) => {
            all.push(named("raise", &p.raise));
            all.extend(p.clear.iter().map(|c| named("clear", c)));
        }
        Operator::Absent(p) => all.extend(p.leaves.iter().map(|l| named("leaves", l))),
        Operator::Within(p) => all.extend([named("first", &p.first), named("then", &p.then)]),
        Operator::Score(p) => {
            all.extend(p.parts.iter().enumerate().map(|(i, part)| (format!("part.{}", i + 1), &part.when)));
        }
        _ => {}
    }
    all
}

/// XP3, from the last signal back.
fn decide(nodes: &[Node], signals: &mut [SignalShown]) {
    let Some(last) = signals.last_mut() else { return };
    last.decides = true;
    for i in (0..signals.len()).rev() {
        let (earlier, rest) = signals.split_at_mut(i);
        let Some(signal) = rest.first_mut() else { return };
        let raises = signal.conditions.iter().any(|c| c.field == "raise" && c.part.truth == Some(true));
        let mut deciding: u8 = 0;
        for condition in &mut signal.conditions {
            let looks = signal.decides
                && match condition.field.as_str() {
                    // What was raised stays until it is cleared.
                    "raise" => signal.truth != Some(Truth::True) || raises,
                    "clear" => signal.truth == Some(Truth::True) && !raises,
                    _ => true,
                };
            if looks {
                deciding |= condition.part.deciding_nodes();
            } else {
                undecide(&mut condition.part);
            }
        }
        match &nodes[i].operator {
            Operator::Logic(p) if signal.decides => {
                let matters = |truth: Option<Truth>| match (p.mode, signal.truth) {
                    (Mode::Not, _) => true,
                    (_, Some(of)) => truth == Some(of),
                    _ => true,
                };
                for input in p.inputs.iter().filter(|n| matters(earlier[**n as usize].truth)) {
                    deciding |= 1 << input;
                }
            }
            Operator::Residual(p) if signal.decides => {
                if let From::Signal(n) = p.from {
                    deciding |= 1 << n;
                }
            }
            _ => {}
        }
        for (n, other) in earlier.iter_mut().enumerate() {
            other.decides |= deciding & 1 << n != 0;
        }
    }
}

fn undecide(part: &mut Part) {
    part.decides = false;
    part.parts.iter_mut().for_each(undecide);
}
