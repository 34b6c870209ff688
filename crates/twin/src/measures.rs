//! The measures the twin's devices speak of, with unit and range.

use linli_model::{Measure, Text};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Flag,
    Text,
    Number { min: f64, max: f64 },
}

#[derive(Clone, Debug, PartialEq)]
pub struct MeasureNoted {
    pub code: Measure,
    pub label: Text,
    pub unit: &'static str,
    pub kind: Kind,
}

/// A door magnet or smart door was opened; from a smart door the subject is the dwelling of the card.
pub const DOOR_OPEN: &str = "door_open";
/// A card nobody registered, as a pseudonymous text; the subject is the key.
pub const DOOR_CARD: &str = "door_card";
pub const MOTION: &str = "motion";
/// Used since the last hourly reading.
pub const WATER_USE: &str = "water_use_m3";
pub const PRESSURE: &str = "pressure_mpa";
/// +1 in, -1 out; the subject is the car park.
pub const VEHICLE_PASS: &str = "vehicle_pass";
/// +1 in, -1 out; the subject is the shed.
pub const BIKE_PASS: &str = "bike_pass";
/// Counted by hand at night: what is really inside.
pub const RECOUNT: &str = "recount";
pub const SMOKE: &str = "smoke";
pub const NOISE: &str = "noise_db";
pub const FILL: &str = "fill_pct";
pub const LIFT_TRIPS: &str = "lift_trips";
/// Devices near by, only as a count of at least ten.
pub const PROBE_COUNT: &str = "probe_count";
pub const TEMPERATURE: &str = "temperature_c";
/// Also says that the device is alive.
pub const BATTERY: &str = "battery_pct";

pub fn catalogue() -> Vec<MeasureNoted> {
    let number = |min, max| Kind::Number { min, max };
    let all = [
        (DOOR_OPEN, "开门", "door opened", "", Kind::Flag),
        (DOOR_CARD, "未登记门卡", "unregistered card", "", Kind::Text),
        (MOTION, "有人活动", "motion", "", Kind::Flag),
        (WATER_USE, "用水量", "water used", "m³", number(0.0, 20.0)),
        (PRESSURE, "水压", "water pressure", "MPa", number(0.0, 2.5)),
        (VEHICLE_PASS, "车辆进出", "vehicle in or out", "", number(-1.0, 1.0)),
        (BIKE_PASS, "非机动车进出", "bike in or out", "", number(-1.0, 1.0)),
        (RECOUNT, "夜间盘点", "recount", "", number(0.0, 10_000.0)),
        (SMOKE, "烟感报警", "smoke", "", Kind::Flag),
        (NOISE, "噪声", "noise", "dB", number(0.0, 150.0)),
        (FILL, "满溢度", "fill level", "%", number(0.0, 100.0)),
        (LIFT_TRIPS, "电梯运行次数", "lift trips", "", number(0.0, 1_000.0)),
        (PROBE_COUNT, "周边设备数", "devices near by", "", number(10.0, 10_000.0)),
        (TEMPERATURE, "温度", "temperature", "°C", number(-40.0, 120.0)),
        (BATTERY, "电量", "battery", "%", number(0.0, 100.0)),
    ];
    all.into_iter()
        .map(|(code, zh, en, unit, kind)| MeasureNoted {
            code: Measure::new(code),
            label: Text::new(zh, en),
            unit,
            kind,
        })
        .collect()
}
