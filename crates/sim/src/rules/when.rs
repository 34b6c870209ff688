//! when: something happened, and for a while that counts.

use super::{Body, Drawing, Drawn, Kind};
use crate::reference::{Episode, History, keys, stretches};

pub const LASTS: Kind = Kind { name: "when", draw: lasts, reference: Some(reference) };

fn lasts(d: &mut Drawing<'_>) -> Body {
    let lasts = d.span("lasts", &[1.0, 10.0, 60.0]);
    let text = format!("[signal]\noperator = \"when\"\nof = \"motion\"\nlasts = {lasts}\n");
    Body { head: "key = \"device\"", text }
}

fn reference(rule: &Drawn, history: &History) -> Option<Vec<Episode>> {
    let lasts = rule.span("lasts");
    let mut found = Vec::new();
    for device in keys(history.of_measure("motion").map(|r| r.device.as_str())) {
        let seen = history.of_measure("motion").filter(|r| r.device == device && r.is_true());
        let seen: Vec<i64> = seen.map(|r| r.at).collect();
        let instants = seen.iter().flat_map(|at| [*at, at + lasts]).collect();
        found.extend(stretches(&format!("device:{device}"), instants, history.end, |now| {
            seen.iter().any(|at| (*at..at + lasts).contains(&now))
        }));
    }
    Some(found)
}
