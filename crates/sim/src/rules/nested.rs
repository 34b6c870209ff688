//! Signals that read other signals.

use super::{Body, Drawing, Kind};

pub const CROWD: Kind = Kind { name: "nested_crowd", draw: crowd, reference: None };
pub const SILENT_AND_FULL: Kind = Kind { name: "nested_silent", draw: silent, reference: None };
pub const DAYS_AT_NIGHT: Kind = Kind { name: "nested_days", draw: days, reference: None };

fn crowd(d: &mut Drawing<'_>) -> Body {
    let (span, cards) = (d.span("span", &[30.0, 90.0, 240.0]), d.figure("cards_least", &[2.0, 3.0]));
    let seen = d.figure("seen_above", &[1.0, 3.0]);
    let text = format!(
        "[signals.cards]\noperator = \"window\"\nof = \"door_card\"\naggregate = \"distinct\"\nspan = {span}\n\
         [signals.seen]\noperator = \"window\"\nof = \"door_card\"\naggregate = \"count\"\nspan = {span}\n\
         [signal]\noperator = \"level\"\nraise = \"cards >= {cards} && seen > {seen}\"\n"
    );
    Body { head: "key = \"device\"", text }
}

fn silent(d: &mut Drawing<'_>) -> Body {
    let (span, recent) = (d.span("span", &[60.0, 180.0]), d.span("recent", &[120.0, 600.0]));
    let clear_hold = d.span("clear_hold", &[0.0, 5.0]);
    let text = format!(
        "[signals.gone]\noperator = \"absent\"\nof = \"door_open\"\nspan = {span}\ncoverage = \"any\"\n\
         [signals.moves]\noperator = \"window\"\nof = \"motion\"\naggregate = \"count\"\nspan = {recent}\n\
         [signal]\noperator = \"level\"\nraise = \"gone && moves >= 1\"\nclear_hold = {clear_hold}\n"
    );
    Body { head: "population = \"elder_alone\"", text }
}

fn days(d: &mut Drawing<'_>) -> Body {
    let (days, inside) = (d.figure("days_least", &[2.0, 3.0]), d.figure("inside_least", &[1.0, 2.0]));
    let text = format!(
        "[signals.days]\noperator = \"streak\"\nof = \"motion\"\ndays = 2\n\
         [signals.inside]\noperator = \"occupancy\"\ndelta = \"gate_delta\"\ncapacity = 4\n\
         [signal]\noperator = \"level\"\nraise = \"days >= {days} || inside >= {inside}\"\n\
         clear = \"hour >= 6 && inside < {inside}\"\n"
    );
    Body { head: "key = \"subject\"", text }
}
