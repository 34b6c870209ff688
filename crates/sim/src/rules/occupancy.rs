//! occupancy: in and out, re-based by counts, capacity given, registered or told.

use super::{Body, Drawing, Drawn, Kind};
use crate::reference::{Episode, History, keys};

pub const GIVEN: Kind = Kind { name: "occupancy", draw: given, reference: Some(reference) };
pub const REGISTERED: Kind = Kind { name: "occupancy_registered", draw: registered, reference: None };
pub const EAGER: Kind = Kind { name: "occupancy_eager", draw: eager, reference: None };

fn given(d: &mut Drawing<'_>) -> Body {
    let capacity = d.number("places", &[4.0, 5.0, 6.0]);
    let (full, clear) = (d.written("full", &[0.8, 0.9, 1.0]), d.written("clear", &[0.5, 0.6, 0.8]));
    let text = format!(
        "[signal]\noperator = \"occupancy\"\ndelta = \"gate_delta\"\ncount = \"occupancy\"\ncapacity = {capacity}\n\
         full = {full}\nclear = {clear}\n"
    );
    Body { head: "key = \"subject\"", text }
}

fn registered(d: &mut Drawing<'_>) -> Body {
    let capacity = d.word("from", &["device", "capacity"]);
    let full = d.number("full", &[0.7, 0.9, 1.0]);
    let floor = d.word("floor", &["true", "false"]);
    let text = format!(
        "[signal]\noperator = \"occupancy\"\nenters = \"gate_in\"\nleaves = \"gate_out\"\ncount = \"occupancy\"\n\
         capacity = \"{capacity}\"\nfull = {full}\nfloor = {floor}\n"
    );
    let head = *d.dice.one_of(&["key = \"subject\"", "key = \"device\""]);
    Body { head, text }
}

fn eager(d: &mut Drawing<'_>) -> Body {
    let capacity = d.number("places", &[3.0, 5.0]);
    let text = format!("[signal]\noperator = \"occupancy\"\ndelta = \"gate_delta\"\ncapacity = {capacity}\n");
    Body { head: "key = \"subject\"\nemission = \"eager\"", text }
}

fn reference(rule: &Drawn, history: &History) -> Option<Vec<Episode>> {
    let (capacity, full) = (rule.number("places"), rule.number("full"));
    let clear = rule.number("clear").min(full);
    let counts = |m: &str| m == "gate_delta" || m == "occupancy";
    let mut found = Vec::new();
    for subject in keys(history.readings.iter().filter(|r| counts(&r.measure)).map(|r| r.subject.as_str())) {
        let (mut inside, mut open): (f64, Option<i64>) = (0.0, None);
        for r in history.readings.iter().filter(|r| r.subject == subject && counts(&r.measure)) {
            let n = r.number()?;
            inside = if r.measure == "occupancy" { n } else { (inside + n).max(0.0) };
            // Whole numbers against whole numbers: the share times the capacity, to the thousandth.
            let at_least = |share: f64| (inside * 1000.0).round() >= (share * capacity * 1000.0).round();
            match open {
                None if at_least(full) => open = Some(r.at),
                Some(start) if !at_least(clear) => {
                    found.push(Episode { subject: subject.to_owned(), start, end: Some(r.at) });
                    open = None;
                }
                _ => {}
            }
        }
        found.extend(open.map(|start| Episode { subject: subject.to_owned(), start, end: None }));
    }
    Some(found)
}
