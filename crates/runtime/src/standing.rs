//! What every engine hears, so far, for a partition that comes later: rules, what areas set of them, who is away.
//!
//! Invariants
//! - SA1 An engine that hears what is kept finds in what is yet to come what it would find had it heard everything: of each
//!   thing that is set, what held at the window's beginning and everything since.
//! - SA2 Bounded by what stands and what changed within the window, however long the log is.

use linli_model::{Instant, Millis, RegistryChange, RegistryEntry, SuspensionStep};
use linli_rule::Catalogue;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a change sets: a later one of the same is in its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing<'a> {
    Rule(&'a str),
    OwnRule(&'a str, &'a str, bool),
    Value(&'a str, &'a str, &'a str),
    Term(&'a str, &'a str, String),
    Away(String),
}

fn things(change: &RegistryChange) -> Vec<Thing<'_>> {
    vec![match change {
        RegistryChange::RuleSet { rule, .. }
        | RegistryChange::RuleRemoved { rule }
        | RegistryChange::RuleSuspension { rule, step: SuspensionStep::Suspended { .. }, .. } => {
            Thing::Rule(rule)
        }
        RegistryChange::RuleSuspension { .. } | RegistryChange::OverridesNoted { .. } => return Vec::new(),
        // Running for good ends the shadow.
        RegistryChange::AreaRuleSet { area, rule, shadow: false, .. } => {
            let of = |shadow| Thing::OwnRule(rule, area.as_str(), shadow);
            return vec![of(false), of(true)];
        }
        // An area's own rules too: only the engine of its partition takes them (OE1).
        RegistryChange::AreaRuleSet { area, rule, shadow, .. }
        | RegistryChange::AreaRuleRemoved { area, rule, shadow, .. } => {
            Thing::OwnRule(rule, area.as_str(), *shadow)
        }
        RegistryChange::OverrideSet { rule, area, parameter, .. }
        | RegistryChange::OverrideRemoved { rule, area, parameter } => {
            Thing::Value(rule, area.as_str(), parameter)
        }
        RegistryChange::TermSet { rule, area, term, .. } => Thing::Term(rule, area.as_str(), term.key()),
        RegistryChange::TermRemoved { rule, area, key } => Thing::Term(rule, area.as_str(), key.clone()),
        RegistryChange::AwaySet { subject, .. } | RegistryChange::AwayEnded { subject } => {
            Thing::Away(subject.to_string())
        }
        RegistryChange::DeviceSet(_)
        | RegistryChange::DeviceRetired(_)
        | RegistryChange::DeviceLearned { .. }
        | RegistryChange::MemberJoined { .. }
        | RegistryChange::MemberLeft { .. } => return Vec::new(),
    }]
}

/// Whether nothing stands of a thing after a change, for who has heard nothing before it.
fn clears(thing: &Thing<'_>, change: &RegistryChange, at: Instant) -> bool {
    match change {
        RegistryChange::AreaRuleSet { shadow: false, .. } => matches!(thing, Thing::OwnRule(_, _, true)),
        RegistryChange::RuleRemoved { .. }
        | RegistryChange::RuleSuspension { .. }
        | RegistryChange::AreaRuleRemoved { .. }
        | RegistryChange::OverrideRemoved { .. }
        | RegistryChange::TermRemoved { .. }
        | RegistryChange::AwayEnded { .. } => true,
        RegistryChange::AwaySet { until, .. } => until.is_some_and(|until| until <= at),
        _ => false,
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// In the order of the log.
    entries: Vec<RegistryEntry>,
    /// So many are let grow before it is looked at again what of them counts.
    #[serde(skip)]
    grow_to: usize,
    /// Our time, as far as the log has told it.
    #[serde(skip)]
    now: Option<Instant>,
}

/// Below this there is nothing worth tidying.
const FEW: usize = 64;

impl Standing {
    /// Whether a change is for all engines; then it is kept.
    pub(crate) fn take(&mut self, entry: &RegistryEntry, window: Millis, catalogue: &Catalogue) -> bool {
        if things(&entry.change).is_empty() {
            return false;
        }
        self.entries.push(entry.clone());
        if self.entries.len() > self.grow_to.max(FEW) {
            self.tidy(window, catalogue);
            self.grow_to = self.entries.len() * 2;
        }
        true
    }

    /// Our time goes on.
    pub(crate) fn hear(&mut self, logged_at: Instant) {
        self.now = self.now.max(Some(logged_at));
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &RegistryEntry> {
        self.entries.iter()
    }

    /// Drops what nothing yet to come can meet.
    fn tidy(&mut self, window: Millis, catalogue: &Catalogue) {
        let Some(now) = self.now else { return };
        // A rule warms over one window more (the engine's WA3).
        let horizon = now.saturating_add(Millis(window.0.saturating_mul(-2)));
        // The newest by the moment it holds from, and by arrival, which is what eager rules go by.
        let mut newest: BTreeMap<Thing<'_>, [(Instant, usize); 2]> = BTreeMap::new();
        for (n, entry) in self.entries.iter().enumerate() {
            if entry.effective_at > horizon || !takes_hold(&entry.change, catalogue) {
                continue;
            }
            for thing in things(&entry.change) {
                let mine = (entry.effective_at, n);
                let [held, came] = newest.entry(thing).or_insert([mine; 2]);
                (*held, *came) = (mine.max(*held), mine);
            }
        }
        let mut keep: Vec<bool> = self.entries.iter().map(|e| e.effective_at > horizon).collect();
        for (thing, [(_, held), (_, came)]) in newest {
            let cleared = held == came && clears(&thing, &self.entries[held].change, horizon);
            keep[held] |= !cleared;
            keep[came] |= !cleared;
        }
        let mut keep = keep.into_iter();
        self.entries.retain(|_| keep.next().unwrap_or(true));
    }
}

/// A rule whose text is none leaves the one before it in force.
fn takes_hold(change: &RegistryChange, catalogue: &Catalogue) -> bool {
    match change {
        RegistryChange::RuleSet { text, .. } | RegistryChange::AreaRuleSet { text, .. } => {
            linli_rule::check(text, catalogue).is_ok()
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_engine::{Engine, EngineConfig};
    use linli_model::*;

    const DAY: i64 = 86_400_000;
    const T0: i64 = 1_795_392_000_000;
    const WINDOW: Millis = Millis::days(7);

    struct Lcg(u64);
    impl Lcg {
        fn below(&mut self, below: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % below
        }
    }

    fn text(rule: &str, floor: f64, emission: &str) -> String {
        format!(
            "rule = \"{rule}\"\nname = {{ zh = \"低\", en = \"low\" }}\nkey = \"device\"\nseverity = \"info\"\n\
             case_class = \"x.y\"\nsentence = {{ zh = \"低\", en = \"low\" }}\n{emission}[parameters.floor]\n\
             label = {{ zh = \"限\", en = \"Floor\" }}\nvalue = {floor}\nmin = 0\nmax = 1\n[signal]\n\
             operator = \"level\"\nraise = \"pressure_mpa < floor\"\n"
        )
    }

    /// One that holds from about now on, mostly.
    fn change(random: &mut Lcg, now: i64, seq: u64) -> RegistryEntry {
        let rule = ["low", "lower", "soon"][random.below(3) as usize].to_owned();
        let emission = if rule == "soon" { "emission = \"eager\"\n" } else { "" };
        let (floor, area) = (random.below(10) as f64 / 10.0, AreaId::new("R"));
        let area_path = AreaPath("S/R/".to_owned());
        let from = random.below(3) as u16 * 400;
        let hours = Term::Hours(Hours { days: Days::Weekdays(127), from, to: from + 300 });
        let term = if random.below(3) == 0 { Term::Severity(Severity::Urgent) } else { hours };
        let subject = Subject::new(SubjectKind::Dwelling, "1");
        let change = match random.below(12) {
            0 | 1 => {
                let broken = random.below(4) == 0;
                let text = if broken { "rule = 7".to_owned() } else { text(&rule, floor, emission) };
                RegistryChange::RuleSet { pack: "p".to_owned(), rule, version: seq as u32, text }
            }
            2 => RegistryChange::RuleRemoved { rule },
            3 | 4 => {
                let (parameter, set_by) = ("floor".to_owned(), String::new());
                RegistryChange::OverrideSet { rule, area, area_path, parameter, value: floor, set_by }
            }
            5 => RegistryChange::OverrideRemoved { rule, area, parameter: "floor".to_owned() },
            6 => RegistryChange::TermSet { rule, area, area_path, term, set_by: String::new() },
            7 => RegistryChange::TermRemoved { rule, area, key: term.key() },
            8 => {
                let (rule, shadow) = ("own".to_owned(), random.below(2) == 0);
                let text = text(&rule, floor, "");
                let (version, set_by) = (seq as u32, String::new());
                RegistryChange::AreaRuleSet { area, area_path, rule, version, text, shadow, set_by }
            }
            9 => {
                let (rule, shadow) = ("own".to_owned(), random.below(2) == 0);
                RegistryChange::AreaRuleRemoved { area, area_path, rule, shadow }
            }
            _ => RegistryChange::AwaySet { subject, until: Some(Instant(now + DAY)), reason: String::new() },
        };
        let off = if random.below(4) == 0 { random.below(12 * DAY as u64) as i64 - 4 * DAY } else { 0 };
        RegistryEntry { seq, effective_at: Instant(now + off), change }
    }

    fn device() -> RegistryEntry {
        let change = RegistryChange::DeviceSet(Device {
            id: DeviceId::new("d"),
            class: DeviceClass::Other,
            name: "d".to_owned(),
            area: AreaId::new("R"),
            area_path: AreaPath("S/R/".to_owned()),
            source: SourceId::new("s"),
            subject: None,
            measures: vec![Measure::new("pressure_mpa")],
            silence_secs_max: None,
            capacity: None,
            lon: None,
            lat: None,
            purpose: String::new(),
            state: DeviceState::Active,
            valid_from: Instant(T0),
        });
        RegistryEntry { seq: 0, effective_at: Instant(T0), change }
    }

    /// What an engine finds that hears these first, and then a device with readings of the window and after it.
    fn found<'a>(heard: impl Iterator<Item = &'a RegistryEntry>, now: i64) -> Vec<Finding> {
        let mut engine =
            Engine::from_config(EngineConfig::new(AreaId::new("R"), AreaPath("S/R/".to_owned())));
        let mut out = Vec::new();
        for entry in heard.cloned().chain([device()]) {
            engine.step(&LogEntry::Registry(entry), &mut out);
        }
        for n in 0..200 {
            let at = Instant(now - 7 * DAY + n * DAY / 10);
            let reading = Reading {
                id: ReadingId::new(n.to_string()),
                device: DeviceId::new("d"),
                observed_at: at,
                measure: Measure::new("pressure_mpa"),
                value: Value::Number((n * 7 % 10) as f64 / 10.0),
                subject: None,
            };
            let (source, received_at) = (SourceId::new("s"), at.max(Instant(now)));
            let batch = ReadingBatch { source, received_at, readings: vec![reading], quarantined: vec![] };
            engine.step(&LogEntry::Readings(batch), &mut out);
        }
        engine.settle_until(Instant(now + 20 * DAY), &mut out);
        // Of what is told at one moment, which rule's comes first is by who came first.
        out.sort_by_key(|f| (f.decided_at, f.id, f.end, format!("{:?}", f.change)));
        out
    }

    #[test]
    fn st1_a_partition_that_comes_later_finds_what_it_would_have_found_had_it_heard_everything() {
        let (mut findings, mut dropped) = (0, 0);
        for seed in 0..5 {
            let (mut random, mut all, mut standing) = (Lcg(seed), Vec::new(), Standing::default());
            let mut now = T0;
            for seq in 1..=400 {
                now += random.below(DAY as u64 / 4) as i64;
                let entry = change(&mut random, now, seq);
                standing.hear(Instant(now));
                assert!(standing.take(&entry, WINDOW, &Catalogue::shipped()));
                all.push(entry);
            }
            let expected = found(all.iter(), now);
            assert_eq!(found(standing.entries(), now), expected, "seed {seed}");
            findings += expected.len();
            dropped += all.len() - standing.entries.len();
        }
        assert!(findings > 100 && dropped > 500, "{findings} findings, {dropped} dropped");
    }

    #[test]
    fn st2_what_is_kept_is_bounded_by_what_stands_and_what_is_new() {
        let (mut random, mut standing, mut most) = (Lcg(7), Standing::default(), 0);
        for n in 0..20_000 {
            let now = T0 + n as i64 * DAY / 4;
            standing.hear(Instant(now));
            standing.take(&change(&mut random, now, n), WINDOW, &Catalogue::shipped());
            most = most.max(standing.entries.len());
        }
        // Two windows and what is announced: some 80 changes, let grow to twice as many.
        assert!(most < 300, "{most}");
    }

    #[test]
    fn a_device_or_a_member_is_not_for_all() {
        assert!(!Standing::default().take(&device(), WINDOW, &Catalogue::shipped()));
    }
}
