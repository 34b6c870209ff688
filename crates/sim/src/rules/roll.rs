//! roll: over the devices of an area.

use super::{Body, Drawing, Kind};

pub const COUNT: Kind = Kind { name: "roll", draw: count, reference: None };
pub const NUMBER: Kind = Kind { name: "roll_number", draw: number, reference: None };

const AREAS: [&str; 3] =
    ["key = \"area\"\ndepth = 0", "key = \"area\"\ndepth = 1", "key = \"area\"\ndepth = 2"];

fn count(d: &mut Drawing<'_>) -> Body {
    let (fresh, least) = (d.span("fresh", &[60.0, 600.0]), d.figure("least_low", &[1.0, 2.0]));
    let (floor, hold) = (d.threshold("floor", "pressure_mpa"), d.span("hold", &[0.0, 10.0]));
    let member = *d.dice.one_of(&["low", "silent"]);
    let member = if member == "low" {
        format!("operator = \"level\"\nraise = \"pressure_mpa < {floor}\"\nhold = {hold}\n")
    } else {
        d.forget("floor");
        d.forget("hold");
        "operator = \"absent\"\nof = \"pressure_mpa\"\nspan = \"45min\"\ncoverage = \"none\"\n".to_owned()
    };
    let text = format!(
        "[signals.low]\noperator = \"roll\"\naggregate = \"count\"\nfresh = {fresh}\n[signals.low.member]\n{member}\
         [signal]\noperator = \"level\"\nraise = \"low >= {least}\"\n"
    );
    Body { head: d.dice.one_of::<&str>(&AREAS), text }
}

fn number(d: &mut Drawing<'_>) -> Body {
    let aggregate = d.word("aggregate", &["sum", "mean", "min", "max"]);
    let (span, bound) = (d.span("span", &[30.0, 180.0]), d.figure("bound", &[1.0, 2.0, 4.0]));
    let text = format!(
        "[signals.all]\noperator = \"roll\"\naggregate = \"{aggregate}\"\nfresh = \"6h\"\n\
         [signals.all.member]\noperator = \"window\"\nof = \"gate_in\"\naggregate = \"sum\"\nspan = {span}\n\
         [signal]\noperator = \"level\"\nraise = \"all >= {bound}\"\n"
    );
    Body { head: d.dice.one_of::<&str>(&AREAS), text }
}
