//! What a rule keeps of one key: 96 bytes, since a street has many keys and each reading touches one of them.
//!
//! Invariants
//! - SL1 A slot is no larger than that, and what follows from its key or place is not kept in it: with its entry in the
//!   rule's index a key of a plain rule takes 100 bytes.

use crate::{
    event::NONE,
    operator::{State, Truth},
};
use linli_model::Text;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::ops::{Deref, DerefMut};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Slot {
    /// In the numbers of the rule's key: subjects, devices or texts.
    pub(crate) key: u32,
    pub(crate) subject: u32,
    pub(crate) place: u32,
    /// The device it was heard from last; [`NONE`]: none yet, [`GONE`]: its subject left the population.
    pub(crate) device: u32,
    /// Due time of its entry among the timers; MAX: none.
    pub(crate) queued: i64,
    pub(crate) episodes: Episodes,
    pub(crate) nodes: Nodes,
}

/// In place of a device: a key that is nobody's concern any more.
pub(crate) const GONE: u32 = NONE - 1;

impl Slot {
    #[inline]
    pub(crate) fn is_gone(&self) -> bool {
        self.device == GONE
    }
    /// Something was heard of it, and it is somebody's concern.
    #[inline]
    pub(crate) fn was_heard(&self) -> bool {
        self.device < GONE
    }
    /// One of its absences is unknown.
    pub(crate) fn cannot_tell(&self) -> bool {
        self.nodes.iter().any(|n| matches!(n, State::Absent(s) if s.truth() == Truth::Unknown))
    }
    /// Event time of the newest reading it remembers.
    pub(crate) fn last_at(&self) -> i64 {
        self.nodes.iter().filter_map(State::newest).map(|s| s.at).max().unwrap_or(i64::MIN)
    }
}

// -- states --

/// The states of a slot's signals, in their plan's order. Most rules have one, which stands in the slot itself.
#[derive(Clone, Debug)]
pub(crate) enum Nodes {
    One(State),
    Several(Box<[State]>),
}

impl Deref for Nodes {
    type Target = [State];
    #[inline]
    fn deref(&self) -> &[State] {
        match self {
            Nodes::One(one) => std::slice::from_ref(one),
            Nodes::Several(several) => several,
        }
    }
}
impl DerefMut for Nodes {
    #[inline]
    fn deref_mut(&mut self) -> &mut [State] {
        match self {
            Nodes::One(one) => std::slice::from_mut(one),
            Nodes::Several(several) => several,
        }
    }
}
impl FromIterator<State> for Nodes {
    fn from_iter<I: IntoIterator<Item = State>>(states: I) -> Nodes {
        let mut all: Vec<State> = states.into_iter().collect();
        match all.pop() {
            Some(one) if all.is_empty() => Nodes::One(one),
            Some(last) => {
                all.push(last);
                Nodes::Several(all.into())
            }
            None => Nodes::Several(Box::default()),
        }
    }
}
impl Serialize for Nodes {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter())
    }
}
impl<'de> Deserialize<'de> for Nodes {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Nodes, D::Error> {
        Vec::<State>::deserialize(d).map(|states| states.into_iter().collect())
    }
}

// -- episodes --

/// What is found: the signal itself, or that its witnesses are silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Signal = 0,
    Coverage = 1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Episode {
    pub(crate) start: i64,
    /// The start its finding's id was made of; late data may have moved the start since.
    pub(crate) named: i64,
}

impl Episode {
    pub(crate) fn begin(start: i64) -> Episode {
        Episode { start, named: start }
    }
}

/// The episodes of a slot that are open, and what holds behind a gate; most of the time of most keys there are none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Episodes(Option<Box<Open>>);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Open {
    told: [Told; 2],
    /// When the gate in front of what holds may open or shut; MAX: never by itself.
    wake: i64,
}

impl Default for Open {
    fn default() -> Self {
        Open { told: Default::default(), wake: i64::MAX }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Told {
    open: Option<Episode>,
    /// What was said when it opened; the end repeats it.
    said: Option<Text>,
}

impl Episodes {
    #[inline]
    pub(crate) fn none(&self) -> bool {
        self.0.is_none()
    }
    /// Whether one of them is open.
    pub(crate) fn any(&self) -> bool {
        self.0.as_ref().is_some_and(|open| open.told.iter().any(|t| t.open.is_some()))
    }
    #[inline]
    pub(crate) fn open(&self, about: About) -> Option<Episode> {
        self.0.as_ref().and_then(|open| open.told[about as usize].open)
    }
    pub(crate) fn begin(&mut self, about: About, start: i64) {
        self.told(about).open = Some(Episode::begin(start));
    }
    /// Closes it; its words stay until [`Episodes::forget_words`].
    pub(crate) fn end(&mut self, about: About) -> Option<Episode> {
        self.0.as_mut().and_then(|open| open.told[about as usize].open.take())
    }
    /// Gives an open one another name.
    pub(crate) fn name(&mut self, about: About, named: i64) {
        if let Some(e) = self.0.as_mut().and_then(|open| open.told[about as usize].open.as_mut()) {
            e.named = named;
        }
    }
    pub(crate) fn say(&mut self, about: About, said: Text) {
        self.told(about).said = Some(said);
    }
    pub(crate) fn said(&self, about: About) -> Option<&Text> {
        self.0.as_ref().and_then(|open| open.told[about as usize].said.as_ref())
    }
    /// Takes over what another version of the rule had told; false unless both see it.
    pub(crate) fn inherit(&mut self, about: About, from: &mut Episodes) -> bool {
        match (self.open(about), from.0.as_mut()) {
            (Some(_), Some(old)) if old.told[about as usize].open.is_some() => {
                *self.told(about) = std::mem::take(&mut old.told[about as usize]);
                true
            }
            _ => false,
        }
    }
    /// Forgets what was said of what is over.
    pub(crate) fn forget_words(&mut self) {
        let idle = |open: &Open| open.wake == i64::MAX && open.told.iter().all(|t| t.open.is_none());
        if self.0.as_deref().is_some_and(idle) {
            self.0 = None;
        }
    }
    #[inline]
    pub(crate) fn wake(&self) -> i64 {
        self.0.as_ref().map_or(i64::MAX, |open| open.wake)
    }
    pub(crate) fn wake_at(&mut self, at: i64) {
        if at != self.wake() {
            self.0.get_or_insert_default().wake = at;
        }
    }
    fn told(&mut self, about: About) -> &mut Told {
        &mut self.0.get_or_insert_default().told[about as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SL1
    #[test]
    fn a_key_of_a_plain_rule_takes_a_hundred_bytes_with_its_entry_in_the_index() {
        assert!(size_of::<Slot>() <= 96, "{}", size_of::<Slot>());
    }
}
