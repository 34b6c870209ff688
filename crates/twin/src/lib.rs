//! The twin: a synthetic residential area with its people, devices, days and incidents, and the truth about them.
//!
//! Owns: the estate (one of 41 buildings and 85 doorways, as 田林十二村 is described in print), invented
//! residents and staff, some 200 devices, and [`Life`]: what these devices say over any range of time.
//!
//! Invariants
//! - TW1 Everything is a function of the seed, the day the story begins and the range asked for: same
//!   arguments, same bytes. Two neighbouring ranges say together what one range over both says.
//! - TW2 Nobody here exists: names are put together at random; the digits of an identity number that count
//!   people of one birthday are 000, which is never issued; phone numbers start with 154, which no operator has.
//! - TW3 The truth is told apart from the readings: [`Twin::incidents`] says what happened and whether a rule
//!   should find it; an elder without an incident never stays in for 72 hours.
//! - TW4 Readings and devices carry pseudonymous ids only; names are in [`Person`] and [`User`].
//!
//! Deliberately absent: rules, cases, and any I/O. `linli demo` writes what is here into the stores.

use linli_model::{
    Area, AreaId, AreaPath, Device, IdSeed, Instant, LocalDay, Post, RegistryChange, Subject, SubjectKind,
    UserId,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

mod days;
pub mod devices;
mod life;
pub mod measures;
pub mod people;
pub mod place;
pub mod reports;
pub mod staff;
pub mod story;

pub use life::Life;
pub use people::{Contact, Dwelling, Person};
pub use reports::{Report, ReportChannel};
pub use staff::User;
pub use story::{Incident, IncidentKind};

/// The street, its grid, and the residential area that is shown.
pub const STREET: &str = "310104011";
pub const RESIDENTIAL_AREA: &str = "310104011012";
pub const ESTATE: &str = "310104011012-E1";

/// A subject in a population, since when, and on what ground.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    pub population: String,
    pub subject: Subject,
    pub area: AreaId,
    pub area_path: AreaPath,
    pub since: Instant,
    /// Consent or statute, as the register of populations asks for it.
    pub ground: String,
}

/// A car park, shed or other counted place.
#[derive(Clone, Debug, PartialEq)]
pub struct CountedPlace {
    pub subject: Subject,
    pub name: String,
    pub capacity: u32,
    /// What is inside every night at three, when it is counted by hand.
    pub at_night: u32,
    pub lon: f64,
    pub lat: f64,
}

pub struct Twin {
    pub seed: u64,
    /// The first local day of the story; it begins again every [`story::DAYS`] days with others in it.
    pub story_from: LocalDay,
    pub areas: Vec<Area>,
    pub dwellings: Vec<Dwelling>,
    pub people: Vec<Person>,
    pub devices: Vec<Device>,
    pub populations: Vec<Membership>,
    pub counted: Vec<CountedPlace>,
    pub users: Vec<User>,
    pub posts: Vec<Post>,
    /// Boundary, buildings, doorways, gates and counted places, WGS-84.
    pub geojson: serde_json::Value,
}

impl Twin {
    /// The estate as registered on the day before the story begins (2026-11-09 unless told otherwise).
    pub fn estate(seed: u64) -> Twin {
        let story_from = jiff::civil::date(2026, 11, 9);
        let plan = place::Plan::draw();
        let (dwellings, people) = people::settle(seed, &plan);
        let counted = devices::counted_places(&plan);
        let devices = devices::hang(seed, &plan, &dwellings, &counted);
        let (users, posts) = staff::appoint(seed, &plan);
        let populations = populations(&dwellings);
        let geojson = place::geojson(&plan, &counted);
        let areas = plan.areas(&dwellings);
        Twin {
            seed,
            story_from,
            areas,
            dwellings,
            people,
            devices,
            populations,
            counted,
            users,
            posts,
            geojson,
        }
    }

    /// The same estate with its story beginning on another local day.
    pub fn telling_from(mut self, day: LocalDay) -> Twin {
        self.story_from = day;
        self
    }

    /// What the devices say, as it is received from `from` on and before `to`, in that order.
    pub fn life(&self, from: Instant, to: Instant) -> Life<'_> {
        Life::between(self, from, to)
    }

    /// What happened between the two instants, whether or not a device saw it.
    pub fn incidents(&self, from: Instant, to: Instant) -> Vec<Incident> {
        story::between(self, from, to)
    }

    /// What people reported between the two instants.
    pub fn reports(&self, from: Instant, to: Instant) -> Vec<Report> {
        reports::between(self, from, to)
    }

    /// What the registry has to know before the story begins, in order.
    pub fn registry(&self) -> Vec<RegistryChange> {
        let devices = self.devices.iter().cloned().map(RegistryChange::DeviceSet);
        let members = self.populations.iter().map(|m| RegistryChange::MemberJoined {
            population: m.population.clone(),
            subject: m.subject.clone(),
            area: m.area.clone(),
            area_path: m.area_path.clone(),
        });
        devices.chain(members).collect()
    }

    /// What the committee learns between the two instants: who is away, and who came back.
    pub fn registry_changes(&self, from: Instant, to: Instant) -> Vec<(Instant, RegistryChange)> {
        story::registry_changes(self, from, to)
    }

    pub fn find_area(&self, id: &AreaId) -> Option<&Area> {
        self.areas.iter().find(|a| a.id == *id)
    }
}

/// When everything in the register holds from: long before the story.
pub(crate) const REGISTERED: Instant = Instant(1_767_196_800_000);

fn populations(dwellings: &[Dwelling]) -> Vec<Membership> {
    let elder = |d: &Dwelling| Membership {
        population: "elder_alone".into(),
        subject: Subject::new(SubjectKind::Dwelling, d.area.as_str()),
        area: d.area.clone(),
        area_path: d.path.clone(),
        since: REGISTERED,
        ground: "consent".into(),
    };
    dwellings.iter().filter(|d| d.elder_alone).map(elder).collect()
}

/// The randomness of one thing on one day; nothing else draws from it.
pub(crate) fn rng(seed: u64, what: &str, n: i64) -> ChaCha8Rng {
    let id = IdSeed::of_name(&format!("linli/twin/{seed}/{what}/{n}")).0.into_bytes();
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&id);
    ChaCha8Rng::from_seed(bytes)
}

pub(crate) fn user_id(seed: u64, login: &str) -> UserId {
    IdSeed::of_name(&format!("linli/twin/{seed}/user")).id(login)
}

#[cfg(test)]
mod tests;
