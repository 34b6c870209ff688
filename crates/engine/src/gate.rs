//! What stands between what a rule finds and who is told: the hours, the exemptions, the narrower circle and the
//! severity an area set for itself.
//!
//! Invariants
//! - GA1 A gate keeps findings from being told; what the signals hold is the same with it as without. When it opens,
//!   what holds at that moment is told as begun at that moment; when it shuts, what is open ends.
//! - GA2 Nothing shuts a mandatory rule, and no severity is ever lowered.
//! - GA3 Life safety has no hours: an eager rule heeds none, and looks at an exemption that ran out, or a circle that was
//!   set right, at its next reading.
//! - GA4 Of hours and of the narrower circle the nearest area's count; exemptions add up; of severities the highest.

use crate::{
    event::NONE,
    operator::{
        Truth, say_time,
        schedule::{self, say_clock},
    },
    slot::Slot,
    world::World,
    zone::Zone,
};
use linli_model::{AreaId, Severity, Subject, SubjectKind, Term, Text};
use linli_rule::{
    RulePlan,
    plan::{Emission, Key},
};

#[derive(Clone, Debug)]
pub(crate) struct Gate {
    hours: Option<(schedule::Settings, AreaId)>,
    only: Option<(String, AreaId)>,
    exempt: Vec<(Exempt, AreaId)>,
    severity: Option<(Severity, AreaId)>,
}

#[derive(Clone, Debug)]
struct Exempt {
    subject: Subject,
    until: i64,
    reason: String,
}

/// What keeps a slot from being told of.
enum Shut<'a> {
    Hours(&'a AreaId),
    Only(&'a str, &'a AreaId),
    Exempt(&'a Exempt, &'a AreaId),
}

impl Gate {
    /// What areas set for a rule, as it holds at a place; None where nobody set anything.
    pub(crate) fn of(plan: &RulePlan, place: u32, world: &World) -> Option<Gate> {
        let set = world.terms.get(&plan.rule)?;
        let mut gate = Gate { hours: None, only: None, exempt: Vec::new(), severity: None };
        let path = world.place_path(place);
        for area in path.ids().rev() {
            let own = set.range((area.0.clone(), String::new())..).take_while(|((a, _), _)| *a == area.0);
            for term in own.map(|(_, t)| t).filter(|t| !(plan.mandatory && t.weakens())) {
                gate.take(plan, term, &area);
            }
        }
        let empty =
            gate.hours.is_none() && gate.only.is_none() && gate.exempt.is_empty() && gate.severity.is_none();
        (!empty).then_some(gate)
    }

    /// Areas come from the nearest up (GA4).
    fn take(&mut self, plan: &RulePlan, term: &Term, area: &AreaId) {
        match term {
            Term::Hours(hours) if plan.emission == Emission::Settled => {
                self.hours.get_or_insert_with(|| (schedule::Settings::of_hours(hours), area.clone()));
            }
            Term::Hours(_) => {}
            Term::Only { population } => {
                self.only.get_or_insert_with(|| (population.clone(), area.clone()));
            }
            Term::Exempt { subject, until, reason } => {
                let until = until.map_or(i64::MAX, |u| u.in_calendar().0);
                let exempt = Exempt { subject: subject.clone(), until, reason: reason.clone() };
                self.exempt.push((exempt, area.clone()));
            }
            Term::Severity(severity) => {
                let higher = self.severity.as_ref().map_or(plan.severity, |s| s.0);
                if *severity > higher {
                    self.severity = Some((*severity, area.clone()));
                }
            }
        }
    }

    pub(crate) fn severity(&self) -> Option<Severity> {
        self.severity.as_ref().map(|s| s.0)
    }

    /// Whether what a slot holds is told.
    pub(crate) fn is_open(&self, plan: &RulePlan, slot: &Slot, world: &World, zone: &Zone, at: i64) -> bool {
        self.shut(plan, slot, world, zone, at).is_none()
    }

    fn shut(&self, plan: &RulePlan, slot: &Slot, world: &World, zone: &Zone, at: i64) -> Option<Shut<'_>> {
        if let Some((only, area)) = &self.only
            && !world.is_member(only, slot.subject)
        {
            return Some(Shut::Only(only, area));
        }
        let exempt = |e: &&(Exempt, AreaId)| at < e.0.until && concerns(&e.0.subject, plan, slot, world);
        if let Some((exempt, area)) = self.exempt.iter().find(exempt) {
            return Some(Shut::Exempt(exempt, area));
        }
        // Where nobody knows whether people work that day, it is told.
        match &self.hours {
            Some((hours, area)) if hours.truth_at(at, zone) == Truth::False => Some(Shut::Hours(area)),
            _ => None,
        }
    }

    /// When time alone may open or shut it next, after `at`.
    pub(crate) fn next_change(&self, at: i64, zone: &Zone) -> i64 {
        let edge = self.hours.as_ref().map_or(i64::MAX, |(hours, _)| hours.next_edge(at, zone));
        self.exempt.iter().map(|e| e.0.until).filter(|until| *until > at).fold(edge, i64::min)
    }

    /// What there is to know of it, for the evidence of a finding and for who asks why there is none.
    pub(crate) fn explain(
        &self,
        plan: &RulePlan,
        slot: &Slot,
        world: &World,
        zone: &Zone,
        at: i64,
    ) -> Vec<Text> {
        let mut steps = Vec::new();
        match self.shut(plan, slot, world, zone, at) {
            Some(Shut::Hours(area)) => steps.push(Text::new(
                format!("不报:{area} 自定了时段,此刻不在时段内。"),
                format!("Not told: {area} set hours of its own, and this is outside them."),
            )),
            Some(Shut::Only(population, area)) => steps.push(Text::new(
                format!("不报:{area} 只对“{population}”中的对象启用,此对象不在其中。"),
                format!("Not told: {area} narrowed it to \"{population}\", of which this is no member."),
            )),
            Some(Shut::Exempt(exempt, area)) => steps.push(exempt.say(area, zone)),
            None => {
                if let Some((hours, area)) = &self.hours {
                    let (from, to) = hours.clocks();
                    let (from, to) = (say_clock(from), say_clock(to));
                    steps.push(Text::new(
                        format!("时段由 {area} 自定:{from} 至 {to}。"),
                        format!("Hours set by {area}: {from} to {to}."),
                    ));
                }
            }
        }
        if let Some((severity, area)) = &self.severity {
            let word = severity_word(*severity);
            steps.push(Text::new(
                format!("级别由 {area} 提高为“{}”。", word.zh),
                format!("Severity raised to {} by {area}.", word.en),
            ));
        }
        steps
    }
}

impl Exempt {
    fn say(&self, area: &AreaId, zone: &Zone) -> Text {
        let until = match self.until {
            i64::MAX => Text::default(),
            at => {
                let t = say_time(at, zone);
                Text::new(format!(",至 {}", t.zh), format!(" until {}", t.en))
            }
        };
        Text::new(
            format!("不报:{area} 已豁免{}({})。", until.zh, self.reason),
            format!("Not told: exempted by {area}{} ({}).", until.en, self.reason),
        )
    }
}

fn severity_word(severity: Severity) -> Text {
    match severity {
        Severity::Info => Text::new("提示", "info"),
        Severity::Attention => Text::new("一般", "attention"),
        Severity::Urgent => Text::new("紧急", "urgent"),
        Severity::Alarm => Text::new("警报", "alarm"),
    }
}

/// Whether an exemption is about a slot: about its subject, about what its device stands for, or about where it is.
fn concerns(subject: &Subject, plan: &RulePlan, slot: &Slot, world: &World) -> bool {
    if subject.kind == SubjectKind::Area && world.place_path(slot.place).ids().any(|a| a.0 == subject.id) {
        return true;
    }
    let name = subject.to_string();
    let stands_for = match plan.key {
        Key::Device => world.stands_for(slot.key, plan.emission == Emission::Eager),
        _ => NONE,
    };
    let called = |n: u32| n != NONE && world.subjects.name(n) == name;
    called(slot.subject) || called(stands_for)
}
