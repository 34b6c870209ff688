//! What devices say: values from small grids, so that thresholds are met exactly, nearly and not at all.

use crate::{draw::Dice, life::catalogue};
use linli_model::Value;
use linli_rule::ValueKind;

/// The values of a measure that is a number; thresholds are drawn from the same.
pub fn grid(measure: &str) -> &'static [f64] {
    match measure {
        "pressure_mpa" => &[0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5],
        "gate_delta" => &[-2.0, -1.0, 0.0, 1.0, 2.0, 3.0],
        "gate_in" | "gate_out" => &[0.0, 1.0, 2.0, 3.0],
        "occupancy" => &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        "capacity" => &[4.0, 5.0, 6.0, 8.0],
        "noise_db" => &[40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0],
        "temperature_c" => &[10.0, 15.0, 20.0, 25.0, 30.0, 35.0],
        "water_m3" => &[0.0, 0.001, 0.002, 0.005, 0.01, 0.1],
        _ => &[0.0, 1.0, 2.0, 3.0, 5.0, 8.0],
    }
}

const CARDS: [&str; 5] = ["u1", "u2", "u3", "r1", "r2"];

pub fn draw(measure: &str, dice: &mut Dice) -> Value {
    match catalogue().find(measure).map(|m| m.kind) {
        Some(ValueKind::Flag) => {
            let often = if matches!(measure, "smoke" | "lift_ebike" | "overflow") { 40 } else { 80 };
            Value::Flag(dice.chance(often))
        }
        Some(ValueKind::Text { .. }) => Value::Text((*dice.one_of(&CARDS)).to_owned()),
        _ => Value::Number(*dice.one_of(grid(measure))),
    }
}
