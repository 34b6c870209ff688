//! window under a level: counts and the other aggregates.

use super::{Body, Drawing, Drawn, Kind};
use crate::reference::{Episode, Heard, History, keys, stretches};

pub const COUNT: Kind = Kind { name: "window_count", draw: count, reference: Some(reference) };
pub const NUMBER: Kind = Kind { name: "window_number", draw: number, reference: None };

pub const TUMBLING: Kind = Kind { name: "window_tumbling", draw: tumbling, reference: None };

const SPANS: [f64; 3] = [10.0, 60.0, 180.0];

fn count(d: &mut Drawing<'_>) -> Body {
    let (span, least) = (d.span("span", &SPANS), d.figure("least", &[2.0, 3.0]));
    let text = format!(
        "[signals.seen]\noperator = \"window\"\nof = \"motion\"\naggregate = \"count\"\nspan = {span}\n\
         [signal]\noperator = \"level\"\nraise = \"seen >= {least}\"\n"
    );
    Body { head: "key = \"device\"", text }
}

fn number(d: &mut Drawing<'_>) -> Body {
    let span = d.span("span", &SPANS);
    let aggregate = d.word("aggregate", &["sum", "mean", "min", "max", "change", "rate"]);
    let (bound, reevaluate) =
        (d.figure("bound", &[-0.1, 0.0, 0.2, 0.3, 1.0]), d.word("reevaluate", &["time", "events"]));
    let hold = d.span("hold", &[0.0, 10.0]);
    let text = format!(
        "[signals.figure]\noperator = \"window\"\nof = \"pressure_mpa\"\naggregate = \"{aggregate}\"\nspan = {span}\n\
         reevaluate = \"{reevaluate}\"\n[signal]\noperator = \"level\"\nraise = \"figure > {bound}\"\nhold = {hold}\n"
    );
    let head = *d.dice.one_of(&["key = \"device\"", "key = \"subject\""]);
    Body { head, text }
}

fn tumbling(d: &mut Drawing<'_>) -> Body {
    let span = *d.dice.one_of(&["30min", "6h", "1d"]);
    let (aggregate, bound) =
        (d.word("aggregate", &["count", "sum", "distinct", "max"]), d.figure("bound", &[0.0, 1.0, 2.0]));
    let text = format!(
        "[signals.figure]\noperator = \"window\"\nof = \"gate_in\"\naggregate = \"{aggregate}\"\nspan = \"{span}\"\n\
         kind = \"tumbling\"\n[signal]\noperator = \"level\"\nraise = \"figure > {bound}\"\n"
    );
    Body { head: "key = \"device\"", text }
}

fn reference(rule: &Drawn, history: &History) -> Option<Vec<Episode>> {
    let (span, least) = (rule.span("span"), rule.number("least") as usize);
    let mut found = Vec::new();
    for device in keys(history.of_measure("motion").map(|r| r.device.as_str())) {
        let counted: Vec<&Heard> =
            history.of_measure("motion").filter(|r| r.device == device && r.is_true()).collect();
        let mut instants: Vec<i64> = counted.iter().map(|r| r.at).collect();
        instants.extend(counted.iter().map(|r| r.at + span));
        found.extend(stretches(&format!("device:{device}"), instants, history.end, |at| {
            counted.iter().filter(|r| r.at <= at && r.at > at - span).count() >= least
        }));
    }
    Some(found)
}
