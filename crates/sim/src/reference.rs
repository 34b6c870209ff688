//! What a rule should find, the slow way: the whole history at hand, and a loop over every instant that matters.
//!
//! Invariants
//! - RF1 Nothing here is shared with the engine but the words: no timers, no watermarks, no state between instants
//!   beyond what a rule is about.

use crate::{
    life::{DAY_ONE, Life},
    rules::Drawn,
};
use linli_model::{RegistryChange, Subject, SubjectKind, Value};
use std::collections::BTreeSet;

/// The episodes of a rule in a history; None where the drawn variant is not covered.
pub type Reference = fn(&Drawn, &History) -> Option<Vec<Episode>>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Episode {
    pub subject: String,
    pub start: i64,
    pub end: Option<i64>,
}

pub struct Heard {
    pub at: i64,
    pub device: String,
    pub measure: String,
    pub value: Value,
    /// As of its moment.
    pub subject: String,
}

impl Heard {
    pub fn number(&self) -> Option<f64> {
        self.value.number()
    }
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(t) = &self.value { Some(t) } else { None }
    }
    pub fn is_true(&self) -> bool {
        self.value == Value::Flag(true)
    }
}

/// One stretch as a member of a population.
#[derive(Clone, Debug)]
pub struct Stay {
    pub population: String,
    pub subject: String,
    pub from: i64,
    pub to: Option<i64>,
}

/// One stretch of being away.
#[derive(Clone, Debug)]
pub struct Away {
    pub subject: String,
    pub from: i64,
    /// Back, or the announced end; None: still away.
    pub to: Option<i64>,
}

/// Everything in order of event time, settled before `end`.
pub struct History {
    /// From when on the rules know, who are set on day 1: the correction window before, if anything was heard then.
    pub since: i64,
    pub readings: Vec<Heard>,
    pub stays: Vec<Stay>,
    pub aways: Vec<Away>,
    pub end: i64,
}

impl History {
    /// Of a life in which everything is in time and no two readings share a moment.
    pub fn of(life: &Life, end: i64) -> History {
        let mut changes: Vec<_> = life.changes().filter(|c| c.effective < end).collect();
        changes.sort_by_key(|c| c.effective);
        let subject_at = |device: &str, at: i64| {
            let before = changes.iter().filter(|c| c.effective <= at);
            let last = before
                .filter_map(|c| match &c.what {
                    RegistryChange::DeviceSet(d) if d.id.as_str() == device => Some(d.subject.clone()),
                    RegistryChange::DeviceRetired(d) if d.as_str() == device => Some(None),
                    _ => None,
                })
                .next_back();
            last.flatten().unwrap_or_else(|| Subject::new(SubjectKind::Device, device)).to_string()
        };
        let first = life.said().map(|s| s.observed()).min().unwrap_or(DAY_ONE);
        let since = first.clamp(DAY_ONE - life.timing.window, DAY_ONE);
        let mut readings: Vec<Heard> = life
            .said()
            .filter(|s| (since..end).contains(&s.observed()))
            .map(|s| Heard {
                at: s.observed(),
                device: s.reading.device.as_str().to_owned(),
                measure: s.reading.measure.as_str().to_owned(),
                value: s.reading.value.clone(),
                subject: match &s.reading.subject {
                    Some(subject) => subject.to_string(),
                    None => subject_at(s.reading.device.as_str(), s.observed()),
                },
            })
            .collect();
        readings.sort_by_key(|r| r.at);
        let (mut stays, mut aways): (Vec<Stay>, Vec<Away>) = (Vec::new(), Vec::new());
        for c in &changes {
            match &c.what {
                RegistryChange::MemberJoined { population, subject, .. } => {
                    let subject = subject.to_string();
                    let here =
                        |s: &Stay| s.population == *population && s.subject == subject && s.to.is_none();
                    if !stays.iter().any(here) {
                        stays.push(Stay {
                            population: population.clone(),
                            subject,
                            from: c.effective,
                            to: None,
                        });
                    }
                }
                RegistryChange::MemberLeft { population, subject } => {
                    let subject = subject.to_string();
                    for s in stays.iter_mut().filter(|s| s.population == *population && s.subject == subject)
                    {
                        s.to = s.to.or(Some(c.effective));
                    }
                }
                RegistryChange::AwaySet { subject, until, .. } => {
                    end_away(&mut aways, &subject.to_string(), c.effective);
                    aways.push(Away {
                        subject: subject.to_string(),
                        from: c.effective,
                        to: until.map(|u| u.0),
                    });
                }
                RegistryChange::AwayEnded { subject } => {
                    end_away(&mut aways, &subject.to_string(), c.effective)
                }
                _ => {}
            }
        }
        History { since, readings, stays, aways, end }
    }

    pub fn of_measure<'a>(&'a self, measure: &'a str) -> impl Iterator<Item = &'a Heard> {
        self.readings.iter().filter(move |r| r.measure == measure)
    }
}

fn end_away(aways: &mut [Away], subject: &str, at: i64) {
    for a in aways.iter_mut().filter(|a| a.subject == subject) {
        a.to = Some(a.to.map_or(at, |to| to.min(at)));
    }
}

/// Distinct keys in order.
pub fn keys<'a>(from: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    from.collect()
}

/// The stretches in which something holds, looked at every instant that matters and before `end`.
pub fn stretches(
    subject: &str,
    mut instants: Vec<i64>,
    end: i64,
    holds: impl Fn(i64) -> bool,
) -> Vec<Episode> {
    instants.sort_unstable();
    instants.dedup();
    let mut found: Vec<Episode> = Vec::new();
    for at in instants.into_iter().filter(|at| *at < end) {
        let open = found.last().is_some_and(|e| e.end.is_none());
        match (holds(at), open) {
            (true, false) => found.push(Episode { subject: subject.to_owned(), start: at, end: None }),
            (false, true) => {
                if let Some(e) = found.last_mut() {
                    e.end = Some(at);
                }
            }
            _ => {}
        }
    }
    found
}

impl std::fmt::Display for Episode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let say = |at| crate::run::say_time(linli_model::Instant(at));
        write!(
            f,
            "{} {} .. {}",
            self.subject,
            say(self.start),
            self.end.map_or_else(|| "open".to_owned(), say)
        )
    }
}
