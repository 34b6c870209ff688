//! What happens: incidents by the day of a story of two weeks, which begins again with others in it.

use crate::{Dwelling, Twin, measures, rng};
use jiff::{civil::Time, tz::TimeZone};
use linli_model::{
    DeviceClass, DeviceId, Instant, LocalDay, Measure, Millis, RegistryChange, Subject, SubjectKind, Text,
    time::DEFAULT_ZONE,
};
use rand::seq::{IndexedRandom, SliceRandom};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The story's length in local days.
pub const DAYS: i64 = 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// At home and not going out; moves less and less.
    ElderNotOut,
    /// Travelling or in hospital, and the committee knows: nothing is to be found.
    ElderAway,
    /// The door magnet is dead while its elder goes in and out: coverage is unknown, nobody is absent.
    DeviceDead,
    PressureDrop,
    CarParkFull,
    /// The alarm's button, by announcement.
    SmokeTest,
    /// A burnt pot.
    Smoke,
    /// An elder presses the emergency button.
    Sos,
    NoiseAtNight,
    /// A card nobody registered, day after day.
    UnknownCard,
    /// A clock seven minutes ahead: clamped and flagged, nothing else.
    ClockAhead,
    WasteOverflow,
    EbikeInLift,
    /// A gateway keeps its readings and sends them late, all at once.
    GatewayLate,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    pub kind: IncidentKind,
    pub subject: Subject,
    /// The devices that show it, or are it.
    pub devices: Vec<DeviceId>,
    pub measure: Option<Measure>,
    pub from: Instant,
    pub to: Instant,
    /// Whether a rule about this measure should find it.
    pub to_be_found: bool,
    pub text: Text,
}

impl Incident {
    pub fn covers(&self, at: Instant) -> bool {
        self.from <= at && at < self.to
    }
    pub fn is_of(&self, kind: IncidentKind, subject: &Subject) -> bool {
        self.kind == kind && self.subject == *subject
    }
}

/// Shanghai's zone, looked up once.
pub(crate) fn zone() -> &'static TimeZone {
    static ZONE: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::get(DEFAULT_ZONE).unwrap_or(TimeZone::UTC));
    &ZONE
}

/// The instant of a local time of day.
pub(crate) fn at(day: LocalDay, hour: i8, minute: i8) -> Instant {
    let time = Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight());
    let local = zone().to_timestamp(day.to_datetime(time));
    Instant(local.map_or(0, |t| t.as_millisecond()))
}

pub(crate) fn plus_days(day: LocalDay, days: i64) -> LocalDay {
    day.saturating_add(jiff::Span::new().days(days))
}

/// Days from 1970-01-01, the number a day's randomness is drawn by.
pub(crate) fn day_number(day: LocalDay) -> i64 {
    at(day, 0, 0).millis().div_euclid(86_400_000)
}

/// Which telling of the story a day is in, from 0, and the first day of that telling.
fn telling(twin: &Twin, day: LocalDay) -> (i64, LocalDay) {
    let n = (day_number(day) - day_number(twin.story_from)).div_euclid(DAYS);
    (n, plus_days(twin.story_from, n * DAYS))
}

/// The incidents of the telling that a day is in.
pub(crate) fn around(twin: &Twin, day: LocalDay) -> Vec<Incident> {
    let (n, first) = telling(twin, day);
    let mut cast = Cast { twin, first, incidents: vec![] };
    cast.elders(n);
    cast.estate(n);
    cast.incidents.sort_by_key(|i| i.from);
    cast.incidents
}

pub(crate) fn between(twin: &Twin, from: Instant, to: Instant) -> Vec<Incident> {
    if from >= to {
        return vec![];
    }
    let (_, mut first) = telling(twin, from.day_in(zone()));
    let mut found = vec![];
    while at(first, 0, 0) < to {
        found.extend(around(twin, first).into_iter().filter(|i| i.from < to && from < i.to));
        first = plus_days(first, DAYS);
    }
    found
}

pub(crate) fn registry_changes(twin: &Twin, from: Instant, to: Instant) -> Vec<(Instant, RegistryChange)> {
    let mut changes = vec![];
    // The committee learns of it some hours after it began, so it may have begun before the range.
    for incident in between(twin, from - Millis::days(1), to + Millis::days(1)) {
        if incident.kind == IncidentKind::ElderAway {
            let subject = incident.subject;
            let until = Some(incident.to + Millis::hours(6));
            let set = RegistryChange::AwaySet { subject: subject.clone(), until, reason: "住院".into() };
            changes.push((incident.from + Millis::hours(2), set));
            changes.push((incident.to + Millis::minutes(30), RegistryChange::AwayEnded { subject }));
        }
    }
    changes.retain(|(when, _)| from <= *when && *when < to);
    changes.sort_by_key(|(when, _)| *when);
    changes
}

struct Cast<'a> {
    twin: &'a Twin,
    first: LocalDay,
    incidents: Vec<Incident>,
}

/// Day of the story from 0, hour, minute.
type When = (i64, i8, i8);

impl Cast<'_> {
    fn add(
        &mut self,
        kind: IncidentKind,
        subject: Subject,
        devices: &[&str],
        when: (When, When),
    ) -> &mut Incident {
        let instant = |(day, hour, minute): When| at(plus_days(self.first, day), hour, minute);
        let (from, to) = (instant(when.0), instant(when.1));
        let (measure, to_be_found, zh, en) = facts(kind);
        self.incidents.push(Incident {
            kind,
            subject,
            devices: devices.iter().map(|d| DeviceId::new(*d)).collect(),
            measure: measure.map(Measure::new),
            from,
            to,
            to_be_found,
            text: Text::new(zh, en),
        });
        let last = self.incidents.len() - 1;
        &mut self.incidents[last]
    }

    fn elders(&mut self, n: i64) {
        let twin = self.twin;
        let mut elders: Vec<&Dwelling> = twin.dwellings.iter().filter(|d| d.elder_alone).collect();
        elders.shuffle(&mut rng(twin.seed, "story", n));
        let mut elders = elders.into_iter();
        let mut next = |suits: &dyn Fn(&Dwelling) -> bool| {
            elders.by_ref().find(|d| suits(d)).map(|d| Subject::new(SubjectKind::Dwelling, d.area.as_str()))
        };
        // Without a smart door downstairs, or that would still see the elder.
        let smart = |d: &Dwelling| {
            twin.devices.iter().any(|v| v.class == DeviceClass::SmartDoor && v.area == d.doorway)
        };
        let dead = next(&|d| !smart(d));
        for (kind, when) in [
            (IncidentKind::ElderNotOut, ((2, 9, 0), (5, 15, 30))),
            (IncidentKind::ElderAway, ((4, 8, 0), (9, 18, 0))),
            (IncidentKind::ElderNotOut, ((10, 13, 0), (13, 22, 0))),
        ] {
            if let Some(subject) = next(&|_| true) {
                let magnet = self.magnet_of(&subject);
                self.add(kind, subject, &[&magnet], when);
            }
        }
        if let Some(subject) = dead {
            let magnet = self.magnet_of(&subject);
            self.add(IncidentKind::DeviceDead, subject, &[&magnet], ((6, 0, 0), (9, 10, 0)));
        }
        let kitchens: Vec<_> = twin
            .devices
            .iter()
            .filter(|d| d.class == DeviceClass::Smoke && d.id.as_str().starts_with("smoke-"))
            .filter_map(|d| Some((d.subject.clone()?, d.id.as_str().to_owned())))
            .filter(|(s, _)| s.kind == SubjectKind::Dwelling)
            .collect();
        let buttons = twin.devices.iter().filter(|d| d.measures.contains(&Measure::new(measures::SOS)));
        let buttons: Vec<_> =
            buttons.filter_map(|d| Some((d.subject.clone()?, d.id.as_str().to_owned()))).collect();
        if let Some((subject, id)) = buttons.choose(&mut rng(twin.seed, "story_button", n)) {
            self.add(IncidentKind::Sos, subject.clone(), &[id], ((7, 21, 10), (7, 21, 24)));
        }
        if let Some((subject, id)) = kitchens.choose(&mut rng(twin.seed, "story_kitchen", n)) {
            self.add(IncidentKind::Smoke, subject.clone(), &[id], ((11, 17, 42), (11, 17, 47)));
        }
    }

    fn magnet_of(&self, subject: &Subject) -> String {
        let of = |d: &&linli_model::Device| {
            d.class == DeviceClass::DoorMagnet && d.subject.as_ref() == Some(subject)
        };
        self.twin.devices.iter().find(of).map(|d| d.id.0.clone()).unwrap_or_default()
    }

    fn estate(&mut self, n: i64) {
        use IncidentKind::*;
        let device = |id: &str| Subject::new(SubjectKind::Device, id);
        let of = |twin: &Twin, id: &str| {
            let found = twin.counted.iter().find(|c| c.subject.id.ends_with(id));
            found.map_or_else(|| device(id), |c| c.subject.clone())
        };
        let west = ["pressure-west-1", "pressure-west-2"];
        for id in west {
            self.add(PressureDrop, device(id), &[id], ((6, 6, 40), (6, 8, 15)));
        }
        let park = of(self.twin, crate::devices::MAIN_CAR_PARK);
        let gates = ["gate-park_main-in", "gate-park_main-out"];
        for day in [5, 12] {
            self.add(CarParkFull, park.clone(), &gates, ((day, 17, 30), (day, 23, 30)));
        }
        let shed = of(self.twin, "shed_2");
        self.add(SmokeTest, shed, &["smoke-shed_2"], ((8, 10, 0), (8, 10, 2)));
        self.add(NoiseAtNight, device("noise-1"), &["noise-1"], ((9, 22, 30), (10, 0, 40)));
        self.add(ClockAhead, device("noise-3"), &["noise-3"], ((7, 0, 0), (8, 0, 0)));
        self.add(WasteOverflow, device("waste-3"), &["waste-3"], ((4, 18, 0), (5, 7, 0)));
        let lift = self.twin.devices.iter().find(|d| d.class == DeviceClass::Lift);
        if let Some((id, Some(subject))) = lift.map(|d| (d.id.0.clone(), d.subject.clone())) {
            self.add(EbikeInLift, subject, &[&id], ((1, 19, 12), (1, 19, 14)));
        }
        self.add(GatewayLate, device("gw-home"), &[], ((12, 13, 0), (12, 15, 0)));
        let doors: Vec<_> = self.twin.devices.iter().filter(|d| d.class == DeviceClass::SmartDoor).collect();
        if let Some(door) = doors.choose(&mut rng(self.twin.seed, "story_card", n)) {
            let card = Subject::new(SubjectKind::Key, format!("card-x{}", n.rem_euclid(1_000) + 1));
            self.add(UnknownCard, card, &[door.id.as_str()], ((3, 0, 0), (11, 0, 0)));
        }
    }
}

/// Measure, whether it is to be found, and in words.
fn facts(kind: IncidentKind) -> (Option<&'static str>, bool, &'static str, &'static str) {
    use IncidentKind::*;
    match kind {
        ElderNotOut => (
            Some(measures::DOOR_OPEN),
            true,
            "独居老人三天未出门",
            "An elder alone has not been out for three days",
        ),
        ElderAway => (
            Some(measures::DOOR_OPEN),
            false,
            "老人住院,居委已登记",
            "The elder is in hospital and registered as away",
        ),
        DeviceDead => (
            Some(measures::DOOR_OPEN),
            false,
            "门磁故障,老人正常出入",
            "The door magnet is dead, the elder goes in and out",
        ),
        PressureDrop => {
            (Some(measures::PRESSURE), true, "西区水压骤降", "The water pressure in the west drops")
        }
        CarParkFull => (Some(measures::PASS), true, "东停车场停满", "The east car park is full"),
        SmokeTest => {
            (Some(measures::SMOKE), true, "非机动车库烟感例行测试", "The shed's smoke alarm is tested")
        }
        Sos => (Some(measures::SOS), true, "老人按下紧急按钮", "An elder presses the emergency button"),
        Smoke => (Some(measures::SMOKE), true, "厨房锅烧干冒烟", "A pot burns dry in a kitchen"),
        NoiseAtNight => (Some(measures::NOISE), true, "广场夜间噪声超标", "Noise on the square at night"),
        UnknownCard => (
            Some(measures::DOOR_CARD),
            true,
            "未登记门卡连续多日出现",
            "An unregistered card comes day after day",
        ),
        ClockAhead => {
            (Some(measures::NOISE), false, "设备时钟快七分钟", "A device's clock is seven minutes ahead")
        }
        WasteOverflow => (Some(measures::FILL), true, "3号垃圾厢房满溢", "Waste point 3 overflows"),
        EbikeInLift => (Some(measures::LIFT_EBIKE), true, "电动车进电梯", "An e-bike goes up in the lift"),
        GatewayLate => (
            None,
            false,
            "家庭网关断网两小时后补传",
            "The home gateway is cut off for two hours and sends late",
        ),
    }
}
