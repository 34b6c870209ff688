//! What hangs where: some 210 devices of thirteen classes.
//!
//! Sources are gateways and feeds: `gw-home` for what hangs in homes, `gw-door`, `gw-water`, `gw-gate`, `gw-fire`, `gw-site`.

use crate::{
    CountedPlace, Dwelling, ESTATE, REGISTERED, measures as m,
    place::{self, Plan, degrees, spot},
    rng,
};
use linli_model::{
    AreaId, AreaPath, Device, DeviceClass, DeviceId, DeviceState, Measure, SourceId, Subject, SubjectKind,
};
use rand::seq::SliceRandom;

/// The one car park that fills up in the story, the estate's main one.
pub const MAIN_CAR_PARK: &str = "park_main";

const HOURS: u32 = 3_600;

pub(crate) fn counted_places(_plan: &Plan) -> Vec<CountedPlace> {
    let place = |id: &str, name: &str, capacity, at_night| {
        let (lon, lat) = degrees(spot(id));
        let subject = Subject::new(SubjectKind::Area, format!("{ESTATE}-{id}"));
        CountedPlace { subject, name: name.to_owned(), capacity, at_night, lon, lat }
    };
    vec![
        place(MAIN_CAR_PARK, "东停车场", 320, 262),
        place("park_west", "西停车场", 60, 41),
        place("shed_1", "1号非机动车库", 80, 58),
        place("shed_2", "2号非机动车库", 80, 61),
        place("shed_3", "3号非机动车库", 60, 40),
        place("shed_4", "4号非机动车库", 60, 44),
    ]
}

struct Hanging<'a> {
    plan: &'a Plan,
    devices: Vec<Device>,
}

/// What the next device has that the one before need not have.
struct Kind<'a> {
    class: DeviceClass,
    source: &'a str,
    measures: &'a [&'a str],
    silence_secs_max: u32,
    purpose: &'a str,
}

impl Hanging<'_> {
    fn add(
        &mut self,
        kind: &Kind<'_>,
        id: String,
        name: String,
        area: (&AreaId, &AreaPath),
        at: (f64, f64),
    ) -> &mut Device {
        let (lon, lat) = degrees(at);
        self.devices.push(Device {
            id: DeviceId(id),
            class: kind.class,
            name,
            area: area.0.clone(),
            area_path: area.1.clone(),
            source: SourceId::new(kind.source),
            subject: None,
            measures: kind.measures.iter().map(|code| Measure::new(*code)).collect(),
            silence_secs_max: Some(kind.silence_secs_max),
            capacity: None,
            lon: Some(lon),
            lat: Some(lat),
            purpose: kind.purpose.to_owned(),
            state: DeviceState::Active,
            valid_from: REGISTERED,
        });
        let last = self.devices.len() - 1;
        &mut self.devices[last]
    }

    /// In a dwelling; its readings are about the dwelling.
    fn add_at_home(&mut self, kind: &Kind<'_>, prefix: &str, dwelling: &Dwelling, label: &str) {
        let doorway = &self.plan.doorways[dwelling.door_number - 1];
        let floor = f64::from(dwelling.floor);
        let at = (doorway.at.0 + f64::from(dwelling.room % 100) * 3.0 - 7.5, doorway.at.1 + 2.0 + floor);
        let id = format!("{prefix}-{}-{}", dwelling.door_number, dwelling.room);
        let name = format!("{}{label}", dwelling.address);
        let subject = Subject::new(SubjectKind::Dwelling, dwelling.area.as_str());
        self.add(kind, id, name, (&dwelling.area, &dwelling.path), at).subject = Some(subject);
    }

    /// Somewhere on the estate.
    fn add_on_site(&mut self, kind: &Kind<'_>, id: &str, name: &str, at: (f64, f64)) -> &mut Device {
        let path = self.plan.estate_path.clone();
        self.add(kind, id.to_owned(), name.to_owned(), (&AreaId::new(ESTATE), &path), at)
    }

    fn add_at_doorway(&mut self, kind: &Kind<'_>, prefix: &str, number: usize, label: &str) {
        let plan = self.plan;
        let doorway = &plan.doorways[number - 1];
        let (id, name) = (format!("{prefix}-{number}"), format!("{}{number}号{label}", place::ESTATE_NAME));
        let subject = (kind.class != DeviceClass::SmartDoor)
            .then(|| Subject::new(SubjectKind::Area, doorway.id.as_str()));
        self.add(kind, id, name, (&doorway.id, &doorway.path), doorway.at).subject = subject;
    }
}

pub(crate) fn hang(seed: u64, plan: &Plan, dwellings: &[Dwelling], counted: &[CountedPlace]) -> Vec<Device> {
    let mut hanging = Hanging { plan, devices: vec![] };
    let mut elders: Vec<&Dwelling> = dwellings.iter().filter(|d| d.elder_alone).collect();
    elders.shuffle(&mut rng(seed, "elder_devices", 0));
    in_homes(&mut hanging, &elders);
    at_doorways(&mut hanging);
    for place in counted {
        counting(&mut hanging, place);
    }
    on_site(&mut hanging);
    hanging.devices
}

const CARE: &str = "独居老人关爱(本人同意)";
const FIRE: &str = "消防安全";

fn in_homes(hanging: &mut Hanging<'_>, elders: &[&Dwelling]) {
    let at_home = |class, measures, purpose, source, hours| Kind {
        class,
        source,
        measures,
        silence_secs_max: hours * HOURS,
        purpose,
    };
    let magnet = at_home(DeviceClass::DoorMagnet, &[m::DOOR_OPEN, m::BATTERY], CARE, "gw-home", 6);
    let infrared = at_home(DeviceClass::Infrared, &[m::MOTION, m::BATTERY], CARE, "gw-home", 6);
    let meter = at_home(DeviceClass::WaterMeter, &[m::WATER_USE], CARE, "gw-water", 4);
    let smoke = at_home(DeviceClass::Smoke, &[m::SMOKE, m::BATTERY], FIRE, "gw-fire", 13);
    let button = at_home(DeviceClass::Other, &[m::SOS, m::HEARTBEAT, m::BATTERY], CARE, "gw-home", 13);
    for (i, dwelling) in elders.iter().enumerate() {
        hanging.add_at_home(&magnet, "magnet", dwelling, "门磁");
        if i % 2 == 0 {
            hanging.add_at_home(&infrared, "infrared", dwelling, "红外");
        } else {
            hanging.add_at_home(&meter, "meter", dwelling, "智能水表");
        }
        if i % 5 == 0 {
            hanging.add_at_home(&smoke, "smoke", dwelling, "厨房烟感");
        }
        if i % 6 == 1 {
            hanging.add_at_home(&button, "sos", dwelling, "紧急按钮");
        }
    }
}

/// Every third doorway and a bit: 24 smart doors, 4 added lifts, 4 corridor smoke alarms.
fn at_doorways(hanging: &mut Hanging<'_>) {
    let door = Kind {
        class: DeviceClass::SmartDoor,
        source: "gw-door",
        measures: &[m::DOOR_OPEN, m::DOOR_CARD, m::BATTERY],
        silence_secs_max: 6 * HOURS,
        purpose: "门禁安全",
    };
    for n in 0..24 {
        hanging.add_at_doorway(&door, "door", 1 + n * 85 / 24, "智能门禁");
    }
    let lift = Kind {
        class: DeviceClass::Lift,
        source: "gw-site",
        measures: &[m::LIFT_EBIKE, m::HEARTBEAT],
        silence_secs_max: HOURS,
        purpose: "电梯安全",
    };
    let smoke = Kind {
        class: DeviceClass::Smoke,
        source: "gw-fire",
        measures: &[m::SMOKE, m::BATTERY],
        silence_secs_max: 13 * HOURS,
        purpose: FIRE,
    };
    for number in [7, 23, 41, 68] {
        hanging.add_at_doorway(&lift, "lift", number, "加装电梯");
        hanging.add_at_doorway(&smoke, "smoke-corridor", number, "楼道烟感");
    }
}

/// Gates and readers of a car park or shed.
fn counting(hanging: &mut Hanging<'_>, place: &CountedPlace) {
    let short = place.subject.id.rsplit_once('-').map_or("", |(_, s)| s).to_owned();
    let at = spot(&short);
    let capacity = Some(f64::from(place.capacity));
    let kind = |class, source, measures, hours, purpose| Kind {
        class,
        source,
        measures,
        silence_secs_max: hours * HOURS,
        purpose,
    };
    if short.starts_with("park") {
        let lot = kind(DeviceClass::ParkingLot, "gw-gate", &[m::RECOUNT][..], 26, "小区停车管理");
        let device = hanging.add_on_site(&lot, &short, &place.name, at);
        (device.subject, device.capacity) = (Some(place.subject.clone()), capacity);
        let gate = kind(DeviceClass::GateCheckpoint, "gw-gate", &[m::PASS, m::BATTERY], 6, "小区停车管理");
        let at = spot(if short == MAIN_CAR_PARK { "gate_east" } else { "gate_south" });
        for (way, label) in [("in", "入口道闸"), ("out", "出口道闸")] {
            let name = format!("{}{label}", place.name);
            let device = hanging.add_on_site(&gate, &format!("gate-{short}-{way}"), &name, at);
            (device.subject, device.capacity) = (Some(place.subject.clone()), capacity);
        }
    } else {
        let measures = &[m::PASS, m::RECOUNT, m::BATTERY][..];
        let shed = kind(DeviceClass::BikeShed, "gw-gate", measures, 6, "非机动车库管理");
        let device = hanging.add_on_site(&shed, &short, &place.name, at);
        (device.subject, device.capacity) = (Some(place.subject.clone()), capacity);
        let smoke = kind(DeviceClass::Smoke, "gw-fire", &[m::SMOKE, m::BATTERY], 13, FIRE);
        let name = format!("{}烟感", place.name);
        let device = hanging.add_on_site(&smoke, &format!("smoke-{short}"), &name, at);
        device.subject = Some(place.subject.clone());
        let heat = kind(DeviceClass::Other, "gw-fire", &[m::TEMPERATURE], 1, FIRE);
        hanging.add_on_site(&heat, &format!("heat-{short}"), &format!("{}温度", place.name), at);
    }
}

fn on_site(hanging: &mut Hanging<'_>) {
    let kind =
        |class, source, measures, purpose| Kind { class, source, measures, silence_secs_max: HOURS, purpose };
    let pressure = kind(DeviceClass::WaterPressure, "gw-water", &[m::PRESSURE][..], "供水与消防水压");
    let points: [(&str, &str, (f64, f64)); 8] = [
        ("pressure-pump", "泵房出水压力", spot("pump_room")),
        ("pressure-west-1", "西区主管压力", (-190.0, 70.0)),
        ("pressure-west-2", "西区末端压力", (-190.0, -70.0)),
        ("pressure-east-1", "东区主管压力", (190.0, 70.0)),
        ("pressure-east-2", "东区末端压力", (190.0, -70.0)),
        ("pressure-north", "北区末端压力", (0.0, 125.0)),
        ("hydrant-1", "1号消火栓压力", (-60.0, -120.0)),
        ("hydrant-2", "2号消火栓压力", (120.0, 20.0)),
    ];
    for (id, name, at) in points {
        hanging.add_on_site(&pressure, id, name, at);
    }
    let waste = kind(DeviceClass::WastePoint, "gw-site", &[m::FILL, m::OVERFLOW], "生活垃圾管理");
    for n in 1..=4 {
        hanging.add_on_site(
            &waste,
            &format!("waste-{n}"),
            &format!("{n}号垃圾厢房"),
            spot(&format!("waste_{n}")),
        );
    }
    let noise = kind(DeviceClass::Noise, "gw-site", &[m::NOISE], "噪声监测");
    for (n, at) in [(1, "square"), (2, "north_wall"), (3, "gate_east")] {
        hanging.add_on_site(&noise, &format!("noise-{n}"), &format!("{n}号噪声监测点"), spot(at));
    }
    let probe = kind(DeviceClass::WirelessProbe, "gw-site", &[m::PROBE_COUNT], "人流密度(仅计数)");
    for (n, at) in [(1, "gate_east"), (2, "gate_south"), (3, "square")] {
        hanging.add_on_site(&probe, &format!("probe-{n}"), &format!("{n}号人流计数"), spot(at));
    }
}
