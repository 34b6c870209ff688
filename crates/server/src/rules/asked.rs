//! A question about one subject of a rule: read, authorised, looked up and played through the engine.
//!
//! Invariants
//! - AQ1 About a home or person only who may open records there is answered; the look is in the access log first, and
//!   days are shown, not minutes (G13). A device that stands for a home is one.

use super::{
    looks::look_for,
    past::{self, NotGathered, Partition},
    privacy::{self, is_home},
};
use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use linli_access::Action;
use linli_engine::Explanation;
use linli_model::{
    AreaId, AreaPath, AreaTree, Device, Diagnostic, Fault, Finding, Instant, Millis, RegistryChange,
    RegistryEntry, Subject, SubjectKind,
};
use linli_pack::{
    backtest::{Range, Variant, explain, value_in},
    near::bearing_on,
};
use linli_rule::{Key, RulePlan};
use linli_store::{Change, Commit, Look};
use std::{collections::BTreeMap, sync::Arc};

/// What is asked about, and all that is needed to answer.
#[derive(Clone)]
pub(super) struct Asked {
    pub subject: Subject,
    pub variant: Variant,
    pub place: AreaPath,
    pub home: bool,
    pub registry: Arc<Vec<RegistryEntry>>,
    pub areas: Arc<AreaTree>,
}

pub(super) fn subject(text: &str) -> Result<Subject, Diagnostic> {
    text.trim().parse().map_err(|_| {
        Diagnostic::new(
            "subject",
            "subject",
            "应为 类别:编码,如 device:hydrant-1",
            "this is kind:code, like device:hydrant-1",
        )
    })
}

impl Asked {
    /// The subject of a rule as registered at a moment, with the rule as in force.
    pub async fn of(
        state: &ServerState,
        who: &Who,
        subject: Subject,
        rule: &str,
        at: Instant,
    ) -> Answer<Asked> {
        let registry = past::registry(&*state.store).await?;
        let variant = privacy::rule_of(state, who, &registry, rule).await?;
        Asked::with_variant(state, subject, variant, registry, at, None).await
    }

    pub async fn with_variant(
        state: &ServerState,
        subject: Subject,
        variant: Variant,
        registry: Vec<RegistryEntry>,
        at: Instant,
        // Where it was found, for what stands nowhere by the registry.
        found_in: Option<&AreaPath>,
    ) -> Answer<Asked> {
        let areas = state.areas().await?;
        let subject = standing_for(&variant.plan, &registry, &areas, subject, at);
        let place = place_of(&registry, &areas, &subject, at).or_else(|| found_in.cloned());
        let place = place.ok_or(ApiError::NotFound)?;
        let home = is_home(subject.kind)
            || place.ids().next_back().is_some_and(|id| privacy::is_dwelling(&id, &areas))
            || stands_for_a_home(&registry, &areas, &subject, at)
            || privacy::hears_texts(&variant.plan, &state.catalogue)
            || subject.kind == SubjectKind::Area
                && privacy::homes_within(&registry, &areas, &place)
                    .iter()
                    .any(|d| d.measures.iter().any(|m| variant.plan.measures.contains(m)));
        Ok(Asked { subject, variant, place, home, registry: Arc::new(registry), areas })
    }

    /// AQ1. What is no business of the caller's is not found.
    pub async fn authorise(&self, state: &ServerState, who: &Who, purpose: &'static str) -> Answer<()> {
        self.authorise_for(state, who, (purpose, Millis(0))).await
    }

    /// As [`Asked::authorise`], with a look that goes on for a while: the same one meanwhile is not another.
    pub async fn authorise_for(
        &self,
        state: &ServerState,
        who: &Who,
        (purpose, lasts): (&'static str, Millis),
    ) -> Answer<()> {
        let action = if self.home { Action::PersonOpen } else { Action::RuleTry };
        who.check(state, action, &self.place).map_err(|_| ApiError::NotFound)?;
        if self.home {
            let person = self.subject.to_string();
            look_for(state, who, (&self.place, person), (purpose, lasts), &self.variant.code()).await?;
        }
        Ok(())
    }

    /// With values of the caller's, `floor=0.25,hold=10`, instead of those in force.
    pub fn trying(mut self, values: Option<&str>) -> Answer<Asked> {
        let Some(text) = values.map(str::trim).filter(|t| !t.is_empty()) else { return Ok(self) };
        let (area, path) = self.areas.partition_of(&self.place).ok_or(ApiError::NotFound)?;
        let values = read_values(&self.variant, text)?;
        let code = self.variant.code();
        let set = |(name, value): (&String, &f64)| value_in(&code, area.clone(), path.clone(), name, *value);
        let own = values.iter().map(set).collect();
        self.variant.values = Some(own);
        Ok(self)
    }

    /// What the rule hears of it, from its look-back before `from` on.
    pub async fn gather(&self, state: &ServerState, (from, to): (Instant, Instant)) -> Answer<Partition> {
        let partition = self.areas.partition_of(&self.place).ok_or(ApiError::NotFound)?;
        let plans = [&*self.variant.plan];
        let gathered = past::gather(
            &*state.history,
            &self.areas,
            &self.registry,
            &state.catalogue,
            &partition,
            &plans,
            (from, to),
        );
        let mut gathered = gathered.await.map_err(not_gathered)?;
        gathered.readings = bearing_on(&self.variant.plan, &self.subject, gathered.readings);
        Ok(gathered)
    }

    /// Plays the past up to `to`, and asks the engine why.
    pub async fn play(
        &self,
        past: &Arc<Partition>,
        (from, to): (Instant, Instant),
    ) -> Answer<(Option<Explanation>, Vec<Finding>)> {
        let (variant, subject, past) = (self.variant.clone(), self.subject.clone(), past.clone());
        blocking(move || {
            let range = Range { config: past.config.clone(), registry: &past.registry, from, to };
            // What came later is not known yet.
            let upto = past.readings.partition_point(|r| r.reading.observed_at < to);
            explain(&range, &variant, &past.readings[..upto], &subject)
        })
        .await
    }
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(|e| Fault::passing(e.to_string()))?)
}

pub(super) fn not_gathered(why: NotGathered) -> ApiError {
    match why {
        NotGathered::TooMuch(d) => d.into(),
        NotGathered::Fault(fault) => fault.into(),
    }
}

/// Somebody looked at what a rule knows of a home or person.
pub(super) async fn look(
    state: &ServerState,
    who: &Who,
    (place, person): (&AreaPath, String),
    purpose: &str,
    rule: &str,
) -> Answer<()> {
    let look = Look {
        at: state.now(),
        user: who.user.id,
        role: who.role_for(state, Action::PersonOpen, place),
        person,
        purpose: purpose.to_owned(),
        case: None,
        reason: rule.to_owned(),
    };
    let changes = vec![Change::LookAdd(look)];
    state.store.commit(Commit { at: state.now(), changes, ..Commit::default() }).await?;
    Ok(())
}

fn read_values(variant: &Variant, text: &str) -> Answer<BTreeMap<String, f64>> {
    let (mut values, mut wrong) = (BTreeMap::new(), Vec::new());
    for pair in text.split(',') {
        let read = pair.split_once('=').and_then(|(n, v)| Some((n.trim(), v.trim().parse::<f64>().ok()?)));
        let Some((name, value)) = read else {
            wrong.push(Diagnostic::new(
                "not_a_value",
                "values",
                format!("应如 floor=0.25,hold=10:{pair}"),
                format!("this is like floor=0.25,hold=10: {pair}"),
            ));
            continue;
        };
        match super::terms::value_rests(&variant.plan, name, value) {
            None => {
                values.insert(name.to_owned(), value);
            }
            Some(why) => wrong.push(Diagnostic::new("no_effect", format!("values.{name}"), why.zh, why.en)),
        }
    }
    if wrong.is_empty() { Ok(values) } else { Err(wrong.into()) }
}

/// What a rule keeps a state for, where it is asked about a device: itself, what it is about, or where it stands.
fn standing_for(
    plan: &RulePlan,
    registry: &[RegistryEntry],
    areas: &AreaTree,
    subject: Subject,
    at: Instant,
) -> Subject {
    let Some(device) = device_of(registry, &subject, at) else { return subject };
    match plan.key {
        Key::Subject | Key::Population(_) => device.subject.clone().unwrap_or(subject),
        Key::Area { depth } => {
            let Some((ground, _)) = areas.partition_of(&device.area_path) else { return subject };
            let below = device.area_path.ids().skip_while(|id| *id != ground);
            let at_depth = below.take(depth as usize + 1).last();
            at_depth.map_or(subject, |id| Subject::new(SubjectKind::Area, id.as_str()))
        }
        Key::Device | Key::Value => subject,
    }
}

/// The device a subject names, as registered at a moment.
fn device_of<'a>(registry: &'a [RegistryEntry], subject: &Subject, at: Instant) -> Option<&'a Device> {
    registry.iter().rev().filter(|e| e.effective_at <= at).find_map(|e| match &e.change {
        RegistryChange::DeviceSet(d)
            if subject.kind == SubjectKind::Device && d.id.as_str() == subject.id =>
        {
            Some(d)
        }
        _ => None,
    })
}

/// Where a subject stood, by the registry.
fn place_of(
    registry: &[RegistryEntry],
    areas: &AreaTree,
    subject: &Subject,
    at: Instant,
) -> Option<AreaPath> {
    if subject.kind == SubjectKind::Area {
        return areas.find(&AreaId::new(&subject.id)).map(|a| a.path.clone());
    }
    let mut place = None;
    for entry in registry.iter().filter(|e| e.effective_at <= at) {
        match &entry.change {
            RegistryChange::DeviceSet(d)
                if d.subject.as_ref() == Some(subject)
                    || subject.kind == SubjectKind::Device && d.id.as_str() == subject.id =>
            {
                place = Some(d.area_path.clone());
            }
            RegistryChange::MemberJoined { subject: s, area_path, .. } if s == subject => {
                place = Some(area_path.clone());
            }
            _ => {}
        }
    }
    // A dwelling is an area, too.
    place.or_else(|| areas.find(&AreaId::new(&subject.id)).map(|a| a.path.clone()))
}

/// Whether what a device says is about a home or person, as registered at a moment.
pub(super) fn stands_for_a_home(
    registry: &[RegistryEntry],
    areas: &AreaTree,
    subject: &Subject,
    at: Instant,
) -> bool {
    device_of(registry, subject, at).is_some_and(|d| {
        let about = d.subject.as_ref();
        about.is_some_and(|s| matches!(s.kind, SubjectKind::Dwelling | SubjectKind::Person))
            || privacy::is_dwelling(&d.area, areas)
    })
}
