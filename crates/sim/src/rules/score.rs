//! score: weak signs together, fading.

use super::{Body, Drawing, Kind};

pub const FADING: Kind = Kind { name: "score", draw: fading, reference: None };

fn fading(d: &mut Drawing<'_>) -> Body {
    let (half, raise) = (d.span("half", &[20.0, 120.0]), d.number("sum", &[2.0, 3.0]));
    let (warm, loud) = (d.threshold("warm", "temperature_c"), d.threshold("loud", "noise_db"));
    let parts = d.written("parts_least", &[1.0, 2.0]);
    let text = format!(
        "[signal]\noperator = \"score\"\nparts = [\n\
         {{ when = \"temperature_c >= {warm}\", weight = 2, once = \"30min\" }},\n\
         {{ when = \"noise_db > {loud}\", weight = 1 }},\n]\n\
         half_life = {half}\nraise = {raise}\nclear = 1\nparts_min = {parts}\n"
    );
    let head = *d.dice.one_of(&["key = \"subject\"", "key = \"device\"", "key = \"area\"\ndepth = 2"]);
    Body { head, text }
}
