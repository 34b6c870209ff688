//! What rules may read besides the event: devices, members, who is away, areas' own parameter values.
//!
//! Invariants
//! - WO1 Everything here comes from registry entries of the log and from settled events (A5).
//! - WO2 A device has two faces: `settled`, as of the event time the rules have reached, and `live`, the newest
//!   registration, which eager rules use. Before its first registration a device stands for itself alone: whether a
//!   later one is known already depends on arrival (EN2).
//! - WO3 A registered longest silence wins over a learned one; a learned one counts in event time, like a registered one.

use crate::{clock::Clocks, config::EngineConfig, event::NONE, names::Names, zone::Zone};
use linli_model::{AreaId, AreaPath, Device, DeviceState, Instant, Subject, SubjectKind, Term};
use linli_rule::{
    Catalogue, RulePlan,
    plan::{Coverage, Key},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

use crate::operator::absent::Covered;

/// Areas this far below the partition, and no further, are found once.
const DEPTHS_KEPT: usize = 16;

/// A device as the engine knows it; one that only ever sent readings has no faces.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DeviceEntry {
    pub(crate) settled: Option<Face>,
    pub(crate) live: Option<Face>,
    /// When it spoke again after its last too long silence.
    pub(crate) resumed_at: i64,
    /// The longest silence that was learned; MAX = none was.
    pub(crate) learned_ms: i64,
    /// The number of `device:ID`.
    pub(crate) own_subject: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Face {
    pub(crate) device: Arc<Device>,
    pub(crate) subject: u32,
    pub(crate) place: u32,
    /// Longest silence that is normal: as registered, else as learned; MAX = it is not watched.
    pub(crate) silence_ms: i64,
}

/// What every reading of a device asks and changes: beside the devices, so that it lies close together.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Heard {
    /// Event time of the newest settled reading, or of the registration.
    at: i64,
    /// The settled face's; MAX without one.
    silence_ms: i64,
}

impl Heard {
    fn silent_too_long(self, at: i64) -> bool {
        // Most devices are not watched.
        self.silence_ms != i64::MAX && at.saturating_sub(self.at) > self.silence_ms
    }
}

impl DeviceEntry {
    fn watch_by(&mut self, learned_ms: i64) {
        self.learned_ms = learned_ms;
        if let Some(face) = &mut self.settled {
            let registered = face.device.silence_secs_max;
            face.silence_ms = registered.map_or(learned_ms, |secs| i64::from(secs) * 1000);
        }
    }
    fn silence_ms(&self) -> i64 {
        self.settled.as_ref().map_or(i64::MAX, |f| f.silence_ms)
    }
    /// As of the events the rules have reached.
    pub(crate) fn face(&self, eager: bool) -> Option<&Face> {
        if eager { self.live.as_ref() } else { self.settled.as_ref() }
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) place: u32,
    pub(crate) joined_at: i64,
}

/// What areas set of one rule: by area and [`Term::key`].
pub(crate) type Terms = BTreeMap<(String, String), Term>;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Override {
    pub(crate) value: f64,
}

/// The serialisable part.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) subjects: Names,
    pub(crate) device_names: Names,
    pub(crate) devices: Vec<DeviceEntry>,
    /// By device.
    heard: Vec<Heard>,
    pub(crate) measures: Names,
    pub(crate) texts: Names,
    pub(crate) sources: Names,
    /// Paths of areas.
    pub(crate) places: Names,
    pub(crate) populations: Names,
    /// By population and subject, in order of joining.
    pub(crate) members: BTreeMap<(u32, u32), Member>,
    /// By subject: until when, MAX until further notice.
    pub(crate) away: BTreeMap<u32, i64>,
    /// By rule, then by (area, parameter).
    pub(crate) overrides: BTreeMap<String, BTreeMap<(String, String), Override>>,
    /// By rule, then by (area, [`Term::key`]).
    pub(crate) terms: BTreeMap<String, Terms>,
    pub(crate) clocks: Clocks,
    #[serde(skip)]
    pub(crate) ground: Option<Arc<Ground>>,
    /// What [`World::ancestor`] has found: by depth, then by place.
    #[serde(skip)]
    ancestors: Vec<Vec<u32>>,
}

/// The part of a world that changes with event time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct AsOf {
    /// By number: face, heard, resumed, learned.
    devices: Vec<(Option<Face>, i64, i64, i64)>,
    members: BTreeMap<(u32, u32), Member>,
    away: BTreeMap<u32, i64>,
    overrides: BTreeMap<String, BTreeMap<(String, String), Override>>,
    terms: BTreeMap<String, Terms>,
}

/// What the engine was told at its start.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) area_path: AreaPath,
    pub(crate) catalogue: Arc<Catalogue>,
}

impl World {
    pub(crate) fn of(config: &EngineConfig) -> World {
        let mut world = World::default();
        world.stand_on(config);
        world
    }
    /// Place 0 is the partition.
    pub(crate) fn stand_on(&mut self, config: &EngineConfig) {
        self.places.number(config.area_path.as_str());
        self.ground = Some(Arc::new(Ground {
            area_path: config.area_path.clone(),
            catalogue: config.catalogue.clone(),
        }));
    }

    /// Whether what a snapshot held can be a world: every device has a name and every name its device.
    pub(crate) fn fits(&self) -> bool {
        self.devices.len() == self.device_names.len()
            && self.heard.len() == self.devices.len()
            && self.clocks.len() <= self.devices.len()
    }
    /// How many keys a rule can have.
    pub(crate) fn keys(&self, plan: &RulePlan) -> usize {
        match plan.key {
            Key::Device => self.devices.len(),
            Key::Value if plan.apart.is_none() => self.texts.len(),
            Key::Subject | Key::Population(_) | Key::Value => self.subjects.len(),
            Key::Area { .. } => self.places.len(),
        }
    }
    pub(crate) fn as_of(&self) -> AsOf {
        AsOf {
            devices: self
                .devices
                .iter()
                .zip(&self.heard)
                .map(|(d, heard)| (d.settled.clone(), heard.at, d.resumed_at, d.learned_ms))
                .collect(),
            members: self.members.clone(),
            away: self.away.clone(),
            overrides: self.overrides.clone(),
            terms: self.terms.clone(),
        }
    }
    /// Back to how it was then; numbers and names stay, devices that came later are not heard of yet.
    pub(crate) fn stand_as_of(&mut self, then: AsOf) {
        let mut devices = then.devices.into_iter();
        for (d, heard) in self.devices.iter_mut().zip(&mut self.heard) {
            (d.settled, heard.at, d.resumed_at, d.learned_ms) =
                devices.next().unwrap_or((None, i64::MIN, i64::MIN, i64::MAX));
            heard.silence_ms = d.silence_ms();
        }
        (self.members, self.away) = (then.members, then.away);
        (self.overrides, self.terms) = (then.overrides, then.terms);
    }

    /// Takes the names another world has beyond this one's; it was made of this one.
    pub(crate) fn take_names(&mut self, other: World) {
        (self.subjects, self.texts, self.places) = (other.subjects, other.texts, other.places);
        self.ancestors = other.ancestors;
        (self.measures, self.populations) = (other.measures, other.populations);
    }

    pub(crate) fn subject(&mut self, s: &Subject) -> u32 {
        self.subjects.number(&s.to_string())
    }
    pub(crate) fn subject_of(&self, n: u32) -> Subject {
        self.subjects.name(n).parse().unwrap_or_else(|_| Subject::new(SubjectKind::Key, "?"))
    }
    /// The subject of a text value.
    pub(crate) fn key_subject(&mut self, text: u32) -> u32 {
        let s = Subject::new(SubjectKind::Key, self.texts.name(text));
        self.subject(&s)
    }
    /// A subject in an area, as a subject of its own.
    pub(crate) fn subject_in(&mut self, subject: u32, place: u32) -> u32 {
        let name = format!("{}|{}", self.subjects.name(subject), self.place_area(place));
        self.subjects.number(&name)
    }
    /// The subject of an area, by its place.
    pub(crate) fn area_subject(&mut self, place: u32) -> u32 {
        let s = Subject::new(SubjectKind::Area, self.place_area(place).as_str());
        self.subject(&s)
    }
    pub(crate) fn place_path(&self, place: u32) -> AreaPath {
        AreaPath(self.places.name(place).to_owned())
    }
    /// The area above a place that lies so many levels below the partition; the place itself where it lies higher.
    #[inline]
    pub(crate) fn ancestor(&mut self, place: u32, depth: u32) -> u32 {
        self.known_ancestor(place, depth).unwrap_or_else(|| self.find_ancestor(place, depth))
    }
    #[inline]
    pub(crate) fn known_ancestor(&self, place: u32, depth: u32) -> Option<u32> {
        self.ancestors.get(depth as usize)?.get(place as usize).copied().filter(|found| *found != NONE)
    }
    fn find_ancestor(&mut self, place: u32, depth: u32) -> u32 {
        let ground = self.ground.as_ref().map_or(0, |g| g.area_path.as_str().len());
        let path = self.places.name(place);
        let below = path.get(ground..).unwrap_or("");
        let cut = below
            .match_indices('/')
            .nth((depth as usize).wrapping_sub(1))
            .map_or(below.len(), |(i, _)| i + 1);
        let end = if depth == 0 { ground.min(path.len()) } else { ground + cut };
        let path = path[..end.min(path.len())].to_owned();
        let found = self.places.number(&path);
        // Depths are few, and every place has a number.
        if let Ok(depth) = usize::try_from(depth)
            && depth < DEPTHS_KEPT
            && (place as usize) < self.places.len()
        {
            let depths = self.ancestors.len().max(depth + 1);
            self.ancestors.resize(depths, Vec::new());
            let of_depth = &mut self.ancestors[depth];
            let places = of_depth.len().max(place as usize + 1);
            of_depth.resize(places, NONE);
            of_depth[place as usize] = found;
        }
        found
    }
    /// The area so many steps above a place, not above the partition.
    pub(crate) fn above(&mut self, place: u32, up: u32) -> u32 {
        let ground = self.ground.as_ref().map_or(0, |g| g.area_path.as_str().len());
        let mut path = self.places.name(place);
        for _ in 1..up {
            let shorter = path.trim_end_matches('/').rfind('/').map_or("", |i| &path[..=i]);
            if shorter.len() < ground {
                break;
            }
            path = shorter;
        }
        let path = path.to_owned();
        self.places.number(&path)
    }
    pub(crate) fn place_area(&self, place: u32) -> AreaId {
        self.place_path(place).ids().next_back().unwrap_or_else(|| AreaId::new(""))
    }
    pub(crate) fn device(&mut self, id: &str) -> u32 {
        let n = self.device_names.number(id);
        if n as usize == self.devices.len() {
            let own_subject = self.subject(&Subject::new(SubjectKind::Device, id));
            self.devices.push(DeviceEntry {
                settled: None,
                live: None,
                resumed_at: i64::MIN,
                learned_ms: i64::MAX,
                own_subject,
            });
            self.heard.push(Heard { at: i64::MIN, silence_ms: i64::MAX });
        }
        n
    }

    pub(crate) fn face(&mut self, device: &Device) -> Face {
        Face {
            subject: device.subject.as_ref().map_or(NONE, |s| self.subject(s)),
            place: self.places.number(device.area_path.as_str()),
            silence_ms: device.silence_secs_max.map_or(i64::MAX, |s| i64::from(s) * 1000),
            device: Arc::new(device.clone()),
        }
    }

    /// A settled reading of a device; true when it ended a silence that was too long.
    #[inline]
    pub(crate) fn hear(&mut self, device: u32, at: i64) -> bool {
        let Some(heard) = self.heard.get_mut(device as usize) else { return false };
        if at <= heard.at {
            return false;
        }
        let resumed = heard.at != i64::MIN && heard.silent_too_long(at);
        heard.at = at;
        if resumed {
            self.devices[device as usize].resumed_at = at;
        }
        resumed
    }

    /// The subject an event is about.
    #[inline]
    pub(crate) fn subject_of_event(&self, e: &crate::event::Event, eager: bool) -> u32 {
        if e.subject != NONE {
            return e.subject;
        }
        match self.devices.get(e.device as usize) {
            Some(d) => d.face(eager).map(|f| f.subject).filter(|s| *s != NONE).unwrap_or(d.own_subject),
            None => NONE,
        }
    }

    /// Where a device stands; one that is not registered, in the partition.
    #[inline]
    pub(crate) fn place_of(&self, device: u32, eager: bool) -> u32 {
        self.devices.get(device as usize).and_then(|d| d.face(eager)).map_or(0, |f| f.place)
    }

    /// The devices that could show `subject` standing at `place`, for one of the measures `shows` accepts; of an own
    /// rule only those at its `home`.
    fn witnesses<'a>(
        &'a self,
        (subject, place): (u32, u32),
        home: Option<&'a AreaPath>,
        shows: &'a dyn Fn(&str) -> bool,
    ) -> impl Iterator<Item = (u32, &'a DeviceEntry)> + 'a {
        let path = self.places.name(place);
        let ground = self.ground.as_ref().map_or("", |g| g.area_path.as_str());
        self.devices.iter().enumerate().filter_map(move |(i, d)| {
            let f = d.settled.as_ref()?;
            let stands_over = f.subject == NONE && place != NONE && {
                let over = self.places.name(f.place);
                over.len() > ground.len() && path.starts_with(over)
            };
            let fits = (f.subject == subject || stands_over || d.own_subject == subject)
                && f.device.state != DeviceState::Retired
                && home.is_none_or(|h| self.places.name(f.place).starts_with(h.as_str()))
                && f.device.measures.iter().any(|m| shows(m.as_str()));
            fits.then_some((i as u32, d))
        })
    }

    /// Whether silence about `subject` up to `at` means something.
    pub(crate) fn covered(
        &self,
        mode: Coverage,
        (subject, place): (u32, u32),
        last_device: Option<u32>,
        home: Option<&AreaPath>,
        shows: &dyn Fn(&str) -> bool,
        at: i64,
    ) -> (Covered, Vec<u32>) {
        if mode == Coverage::None {
            return (Covered::Whole, Vec::new());
        }
        let mut seen: Vec<(u32, &DeviceEntry)> = self.witnesses((subject, place), home, shows).collect();
        if let Some(last) = last_device
            && !seen.iter().any(|(i, _)| *i == last)
            && let Some(d) = self.devices.get(last as usize)
            && (place == NONE || d.settled.is_none())
        {
            seen.push((last, d));
        }
        let dead: Vec<u32> =
            seen.iter().map(|(i, _)| *i).filter(|i| self.heard[*i as usize].silent_too_long(at)).collect();
        if seen.is_empty() {
            return (if place == NONE { Covered::Whole } else { Covered::Unwatched }, dead);
        }
        let alive = || seen.iter().filter(|(i, _)| !dead.contains(i)).map(|(_, d)| d.resumed_at);
        let covered = match mode {
            _ if dead.len() == seen.len() => Covered::Blind,
            Coverage::All if !dead.is_empty() => Covered::Blind,
            Coverage::All => Covered::Since(alive().max().unwrap_or(i64::MIN)),
            _ => Covered::Since(alive().min().unwrap_or(i64::MIN)),
        };
        (if covered == Covered::Since(i64::MIN) { Covered::Whole } else { covered }, dead)
    }

    /// The override in force for a parameter at a place: the nearest area's.
    pub(crate) fn find_override(&self, rule: &str, place: u32, parameter: &str) -> Option<(AreaId, f64)> {
        let of_rule = self.overrides.get(rule)?;
        self.place_path(place).ids().rev().find_map(|area| {
            let found = of_rule.get(&(area.0.clone(), parameter.to_owned()))?;
            Some((area, found.value))
        })
    }

    pub(crate) fn is_member(&self, population: &str, subject: u32) -> bool {
        self.populations.find(population).is_some_and(|p| self.members.contains_key(&(p, subject)))
    }
    /// The number of the subject whose device it is; NONE where it has none.
    pub(crate) fn stands_for(&self, device: u32, eager: bool) -> u32 {
        self.devices.get(device as usize).and_then(|d| d.face(eager)).map_or(NONE, |f| f.subject)
    }

    /// Unit of a measure, for sentences.
    pub(crate) fn unit(&self, measure: u16) -> String {
        let name = self.measures.name(u32::from(measure));
        self.ground.as_ref().and_then(|g| g.catalogue.find(name)).map_or_else(String::new, |m| m.unit.clone())
    }

    pub(crate) fn register(&mut self, n: u32, face: Face, at: Instant) {
        let (d, heard) = (&mut self.devices[n as usize], &mut self.heard[n as usize]);
        // A device is given its whole silence from the registration on.
        heard.at = heard.at.max(at.0);
        d.settled = Some(face);
        d.watch_by(d.learned_ms);
        heard.silence_ms = d.silence_ms();
    }

    /// It stands nowhere any more, and nothing is known of its silences.
    pub(crate) fn retire(&mut self, n: u32) {
        let d = &mut self.devices[n as usize];
        (d.settled, d.live, d.learned_ms) = (None, None, i64::MAX);
        self.heard[n as usize].silence_ms = d.silence_ms();
    }

    /// What silence is usual for a device, as learned; true when that says something new of it.
    pub(crate) fn learn_silence(&mut self, n: u32, silence_ms: i64) -> bool {
        let d = &mut self.devices[n as usize];
        let before = d.silence_ms();
        d.watch_by(silence_ms);
        let now = d.silence_ms();
        self.heard[n as usize].silence_ms = now;
        now != before
    }
}

/// The clock face of the partition: kept beside the world, it is no part of a snapshot.
pub(crate) fn zone_of(config: &EngineConfig) -> Zone {
    Zone::of(config.zone.clone(), config.workdays.clone())
}
