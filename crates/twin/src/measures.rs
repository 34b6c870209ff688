//! The measures the twin's devices speak of, by their codes in the catalogue (crates/rule/catalogue.toml).

/// A door magnet or smart door was opened; from a smart door the subject is the dwelling of the card.
pub const DOOR_OPEN: &str = "door_open";
/// A card nobody registered, as a pseudonymous text; the subject is the key.
pub const DOOR_CARD: &str = "door_card";
pub const MOTION: &str = "motion";
/// Used since the last hourly reading, m³.
pub const WATER_USE: &str = "water_m3";
/// MPa
pub const PRESSURE: &str = "pressure_mpa";
/// +1 in, -1 out; the subject is the car park or shed.
pub const PASS: &str = "gate_delta";
/// Counted by hand at three at night: what is really inside.
pub const RECOUNT: &str = "occupancy";
pub const SMOKE: &str = "smoke";
/// An elder's emergency button: pressed, or released.
pub const SOS: &str = "sos";
pub const NOISE: &str = "noise_db";
pub const FILL: &str = "fill_pct";
pub const OVERFLOW: &str = "overflow";
pub const LIFT_EBIKE: &str = "lift_ebike";
/// Devices near by, only as a count of at least ten (domain G4).
pub const PROBE_COUNT: &str = "probe_count";
pub const TEMPERATURE: &str = "temperature_c";
/// Also says that the device is alive.
pub const BATTERY: &str = "battery_pct";
/// Says nothing but that.
pub const HEARTBEAT: &str = "heartbeat";

/// All of the above.
pub const ALL: [&str; 17] = [
    DOOR_OPEN,
    DOOR_CARD,
    MOTION,
    WATER_USE,
    PRESSURE,
    PASS,
    RECOUNT,
    SMOKE,
    SOS,
    NOISE,
    FILL,
    OVERFLOW,
    LIFT_EBIKE,
    PROBE_COUNT,
    TEMPERATURE,
    BATTERY,
    HEARTBEAT,
];
