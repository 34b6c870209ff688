//! within: one thing and then another, or not.

use super::{Body, Drawing, Drawn, Kind};
use crate::reference::{Episode, Heard, History, keys};

pub const MISSING: Kind = Kind { name: "within_missing", draw: missing, reference: Some(reference) };
pub const COMES: Kind = Kind { name: "within_comes", draw: comes, reference: None };

const SPANS: [f64; 3] = [5.0, 30.0, 120.0];

fn missing(d: &mut Drawing<'_>) -> Body {
    let span = d.span("span", &SPANS);
    let text = format!(
        "[signal]\noperator = \"within\"\nfirst = \"door_open\"\nthen = \"!door_open\"\nspan = {span}\n\
         holds_when = \"missing\"\n"
    );
    Body { head: "key = \"device\"", text }
}

fn comes(d: &mut Drawing<'_>) -> Body {
    let (span, lasts) = (d.span("span", &SPANS), d.span("lasts", &[1.0, 60.0]));
    let text = format!(
        "[signal]\noperator = \"within\"\nfirst = \"door_open\"\nthen = \"motion\"\nspan = {span}\n\
         holds_when = \"comes\"\nlasts = {lasts}\n"
    );
    let head = *d.dice.one_of(&["key = \"subject\"", "population = \"elder_alone\""]);
    Body { head, text }
}

fn reference(rule: &Drawn, history: &History) -> Option<Vec<Episode>> {
    let span = rule.span("span");
    let mut found = Vec::new();
    for device in keys(history.of_measure("door_open").map(|r| r.device.as_str())) {
        let doors: Vec<&Heard> = history.of_measure("door_open").filter(|r| r.device == device).collect();
        // What is opened and not closed until the end of its run.
        for (i, first) in doors.iter().enumerate() {
            let begins = first.is_true() && (i == 0 || !doors[i - 1].is_true());
            let start = first.at + span;
            let closed = doors[i..].iter().find(|r| !r.is_true()).map(|r| r.at);
            if begins && start < history.end && closed.is_none_or(|at| at > start) {
                found.push(Episode { subject: format!("device:{device}"), start, end: closed });
            }
        }
    }
    Some(found)
}
