//! Late data: back to the state before it, everything since once more, and the difference told.
//!
//! A reading or registry change that comes behind the watermark, but inside the correction window, is put where it
//! belongs in event time. What was told of the time since is compared with what follows now: an episode that is still
//! there keeps its finding's id and is amended when its start or end moved; one that is gone is retracted; a new one is
//! opened. Corrections are made together, [`CORRECT_AFTER`] after the first of them came.
//!
//! Invariants
//! - CR1 Late, then corrected, equals in time: afterwards the state is the one it would have been, and the findings,
//!   net of amendments and retractions, are the same by rule, subject, start and end.
//! - CR2 A finding's id is fixed when it is first told, whatever late data does to its start (FD1).
//! - CR3 Eager rules are not taken back: what was told at arrival was told.

use crate::{
    buffer::Waiting,
    engine::Engine,
    past::{CHECKPOINT_STEP, Checkpoint, Head, Since, Told},
    rule::{Rule, plan_of},
    slot::{About, Slot},
    world::{AsOf, World},
};
use linli_model::{Finding, FindingChange, FindingKind, Instant, RegistryEntry, Severity};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// Our time between the first late item and the correction: stragglers of one gateway are set right together.
pub const CORRECT_AFTER: i64 = 10_000;

/// What is compared: a rule's episodes about one subject.
type Line = (String, String, FindingKind);

/// An episode as it follows now.
#[derive(Clone, Debug)]
struct Episode {
    start: i64,
    end: Option<i64>,
    /// What was said of its beginning and its end in this pass.
    opened: Option<Finding>,
    ended: Option<Finding>,
    /// The start its finding's id is made of.
    named: i64,
}

/// What late data changed.
#[derive(Default)]
struct Difference {
    /// Amendments and retractions, with the start their ids are made of.
    changed: Vec<(Finding, i64)>,
    /// Episodes that were not told before.
    fresh: Vec<(Line, Episode)>,
    /// Open episodes that go on under another name than their start's.
    renamed: Vec<(Line, i64)>,
}

impl Engine {
    /// Takes a reading that came behind the watermark; false when nothing reaches back so far.
    pub(crate) fn take_late(&mut self, late: Waiting) -> bool {
        if !self.past.reaches(late.event.at) {
            return false;
        }
        self.past.late.push(late);
        self.past.late_since.get_or_insert(self.watermarks.now());
        true
    }

    /// Takes a registry change whose time has passed; false when nothing reaches back so far.
    pub(crate) fn take_late_registry(&mut self, at: i64, entry: &RegistryEntry) -> bool {
        if !self.past.reaches(at) {
            return false;
        }
        self.unnumbered += 1;
        self.past.registry.insert((at, self.unnumbered), entry.clone());
        self.past.late_registry.push((at, self.unnumbered));
        self.past.late_since.get_or_insert(self.watermarks.now());
        true
    }

    /// Sets right what came late, when it is time.
    pub(crate) fn correct_when_due(&mut self, out: &mut Vec<Finding>) {
        let due =
            self.past.late_since.is_some_and(|s| self.watermarks.now() >= s.saturating_add(CORRECT_AFTER));
        if due {
            self.correct(out);
        }
    }

    /// Sets right what came late; nothing when nothing did.
    pub(crate) fn correct(&mut self, out: &mut Vec<Finding>) {
        let first = self.past.first_late();
        let late = std::mem::take(&mut self.past.late);
        let changes = std::mem::take(&mut self.past.late_registry);
        self.past.late_since = None;
        let corrected = (late.len() + changes.len()) as u64;
        let Some(since) = first.and_then(|at| self.past.rewind(at)) else { return };
        let Since { checkpoint, events, registry } = since;
        let Some((slots, as_of)) = checkpoint.unpack() else { return };
        let mut before: BTreeMap<Line, Vec<Told>> = BTreeMap::new();
        for told in self.past.told.values() {
            if told.finding.end.is_none_or(|end| end.0 >= checkpoint.at) {
                before.entry(line_of(&told.finding)).or_default().push(told.clone());
            }
        }
        self.stand_at(&checkpoint, slots, as_of);
        self.past.settled_since = 0;
        self.checkpoint_due = checkpoint.at.saturating_add(CHECKPOINT_STEP);
        let mut after = self.open_episodes();
        self.buffer.put_back(events, late);
        self.pending.extend(registry);

        let (counters, mut again) = (self.counters, Vec::new());
        self.redoing = true;
        self.drain_to(self.watermarks.partition(), &mut again);
        self.redoing = false;
        self.counters = counters;
        for finding in again {
            take(&mut after, finding);
        }
        let mut difference = Difference::default();
        let lines: BTreeSet<Line> = before.keys().chain(after.keys()).cloned().collect();
        for line in lines {
            let (old, new) =
                (before.remove(&line).unwrap_or_default(), after.remove(&line).unwrap_or_default());
            self.compare(&line, old, new, &mut difference);
        }
        for (finding, named) in difference.changed {
            match finding.change {
                FindingChange::Amended => self.counters.amended += 1,
                _ => self.counters.retracted += 1,
            }
            self.tell(finding, named, out);
        }
        for (line, episode) in difference.fresh {
            self.tell_fresh(line, episode, &mut difference.renamed, out);
        }
        self.rename(&difference.renamed);
        self.counters.corrected += corrected;
    }

    fn tell(&mut self, finding: Finding, named: i64, out: &mut Vec<Finding>) {
        self.counters.findings += 1;
        self.past.tell(&finding, named);
        out.push(finding);
    }

    /// An episode nobody was told of gets a name of its own.
    fn tell_fresh(
        &mut self,
        line: Line,
        episode: Episode,
        renamed: &mut Vec<(Line, i64)>,
        out: &mut Vec<Finding>,
    ) {
        let Some(opened) = episode.opened else { return };
        let (named, id) = self.past.free_name(&line.0, line.2, &opened.subject, episode.start);
        for mut finding in [Some(opened), episode.ended].into_iter().flatten() {
            finding.id = id;
            self.tell(finding, named, out);
        }
        if episode.end.is_none() && named != episode.named {
            renamed.push((line, named));
        }
    }

    /// Puts settled rules and the registry back to how they stood.
    fn stand_at(&mut self, checkpoint: &Checkpoint, slots: Vec<Vec<Slot>>, as_of: AsOf) {
        // What areas set for eager rules holds from arrival on, and is not taken back.
        let World { overrides, terms, .. } = &mut self.world;
        let eager = || self.rules.iter().filter(|r| r.is_eager()).map(|r| &r.plan.rule);
        let set: Vec<_> = eager().filter_map(|rule| overrides.remove_entry(rule)).collect();
        let own: Vec<_> = eager().filter_map(|rule| terms.remove_entry(rule)).collect();
        self.world.stand_as_of(as_of);
        self.world.overrides.extend(set);
        self.world.terms.extend(own);
        let mut slots = slots.into_iter();
        for r in 0..self.rules.len() {
            let (kept, head) = (slots.next(), checkpoint.heads.get(r));
            if self.rules[r].is_eager() && !matches!(head, Some(Some(_))) {
                continue;
            }
            match (head.and_then(Option::as_ref), kept) {
                (Some(head), Some(slots)) => self.put_back_rule(r, head, slots),
                _ => {
                    // It came later: as if it had not come yet.
                    let rule = &mut self.rules[r];
                    rule.active = false;
                    rule.clear();
                }
            }
        }
        self.timers.clear();
        for r in 0..self.rules.len() as u32 {
            for n in 0..self.rules[r as usize].slots.len() as u32 {
                let queued = self.rules[r as usize].slots[n as usize].queued;
                if queued != i64::MAX {
                    self.timers.push(Reverse((queued, r, n)));
                }
            }
        }
        self.route();
    }

    fn put_back_rule(&mut self, r: usize, head: &Head, slots: Vec<Slot>) {
        let plan = match &head.plan {
            Some(plan) => plan.clone(),
            None => match plan_of(&head.text, head.home.as_deref(), &self.config.catalogue) {
                Some(plan) => plan,
                None => return,
            },
        };
        if !self.slots_fit(&plan, &slots) {
            return;
        }
        let mut rule = Rule::of(head.given(), plan, head.since, &mut self.world);
        rule.active = head.active;
        rule.slots = slots;
        rule.reindex();
        self.rules[r] = rule;
        self.place_slots(r as u32);
    }

    /// Settings and neighbourhoods of a rule's slots follow from where they stand.
    pub(crate) fn place_slots(&mut self, r: u32) {
        for n in 0..self.rules[r as usize].slots.len() as u32 {
            let rule = &mut self.rules[r as usize];
            let place = rule.slots[n as usize].place;
            rule.ask_setting(place, &self.world);
            rule.settle_in(n, &mut self.world);
        }
    }

    /// What is open in settled rules.
    fn open_episodes(&self) -> BTreeMap<Line, Vec<Episode>> {
        let mut open: BTreeMap<Line, Vec<Episode>> = BTreeMap::new();
        for rule in self.rules.iter().filter(|r| r.active && !r.is_eager()) {
            for slot in &rule.slots {
                let kinds = [(FindingKind::Signal, About::Signal), (FindingKind::Coverage, About::Coverage)];
                for (kind, about) in kinds {
                    let Some(e) = slot.episodes.open(about) else { continue };
                    let subject = self.world.subject_of(slot.subject).to_string();
                    let episode =
                        Episode { start: e.start, end: None, opened: None, ended: None, named: e.named };
                    open.entry((rule.plan.rule.clone(), subject, kind)).or_default().push(episode);
                }
            }
        }
        open
    }

    /// The difference of one line.
    fn compare(&self, line: &Line, old: Vec<Told>, new: Vec<Episode>, difference: &mut Difference) {
        let mut left = new;
        let mut gone = Vec::new();
        let mut kept: Vec<(Told, Episode)> = Vec::new();
        // The same start first, then whatever overlaps, in order of time.
        let mut rest = Vec::new();
        for told in old {
            match left.iter().position(|e| e.start == told.finding.start.0) {
                Some(i) => kept.push((told, left.remove(i))),
                None => rest.push(told),
            }
        }
        for told in rest {
            let (start, end) = (told.finding.start.0, told.finding.end.map_or(i64::MAX, |e| e.0));
            let overlaps = |e: &Episode| e.start <= end && start <= e.end.unwrap_or(i64::MAX);
            match left.iter().position(overlaps) {
                Some(i) => kept.push((told, left.remove(i))),
                None => gone.push(told),
            }
        }
        let now = Instant(self.watermarks.now());
        for told in gone {
            let (named, mut finding) = (told.named, told.finding);
            (finding.change, finding.decided_at) = (FindingChange::Retracted, now);
            difference.changed.push((finding, named));
        }
        for (told, e) in kept {
            if e.end.is_none() && e.named != told.named {
                difference.renamed.push((line.clone(), told.named));
            }
            let newest = e.ended.as_ref().or(e.opened.as_ref());
            let severity = newest.map_or(told.finding.severity, |f| f.severity);
            let same = told.finding.start.0 == e.start
                && told.finding.end.map(|x| x.0) == e.end
                && told.finding.severity == severity;
            if same {
                continue;
            }
            difference.changed.push((amended(&told, &e, severity, now), told.named));
        }
        difference.fresh.extend(left.into_iter().map(|e| (line.clone(), e)));
    }

    /// Open episodes go on under the name their finding had.
    fn rename(&mut self, renamed: &[(Line, i64)]) {
        for ((rule, subject, kind), named) in renamed {
            let Some(r) = self.by_name.get(rule) else { continue };
            let Some(number) = self.world.subjects.find(subject) else { continue };
            for slot in self.rules[*r as usize].slots.iter_mut().filter(|s| s.subject == number) {
                let about = match kind {
                    FindingKind::Signal => About::Signal,
                    FindingKind::Coverage => About::Coverage,
                };
                slot.episodes.name(about, *named);
            }
        }
    }
}

fn line_of(f: &Finding) -> Line {
    (f.rule.clone(), f.subject.to_string(), f.kind)
}

/// Adds what was found in this pass to the episodes of its line.
fn take(after: &mut BTreeMap<Line, Vec<Episode>>, finding: Finding) {
    let episodes = after.entry(line_of(&finding)).or_default();
    let start = finding.start.0;
    match (finding.change, episodes.last_mut()) {
        (FindingChange::Ended, Some(e)) if e.end.is_none() && e.start == start => {
            (e.end, e.ended) = (finding.end.map(|x| x.0), Some(finding));
        }
        _ => {
            let opened = Some(finding);
            episodes.push(Episode { start, end: None, opened, ended: None, named: start });
        }
    }
}

fn amended(told: &Told, e: &Episode, severity: Severity, now: Instant) -> Finding {
    let newest = e.ended.as_ref().or(e.opened.as_ref());
    let mut finding = newest.unwrap_or(&told.finding).clone();
    finding.id = told.finding.id;
    finding.change = FindingChange::Amended;
    (finding.start, finding.end) = (Instant(e.start), e.end.map(Instant));
    (finding.severity, finding.decided_at) = (severity, now);
    finding
}
