//! absent: over a population, with and without coverage, with a front door.

use super::{Body, Drawing, Drawn, Kind};
use crate::reference::{Episode, History, Stay, keys, stretches};

pub const BARE: Kind = Kind { name: "absent", draw: bare, reference: Some(reference) };
pub const COVERED: Kind = Kind { name: "absent_covered", draw: covered, reference: None };
pub const BEHIND_A_DOOR: Kind = Kind { name: "absent_leaves", draw: behind_a_door, reference: None };

const SPANS: [f64; 4] = [30.0, 120.0, 180.0, 720.0];
const ELDERS: &str = "population = \"elder_alone\"";

fn bare(d: &mut Drawing<'_>) -> Body {
    let span = d.span("span", &SPANS);
    let text =
        format!("[signal]\noperator = \"absent\"\nof = \"door_open\"\nspan = {span}\ncoverage = \"none\"\n");
    Body { head: ELDERS, text }
}

fn covered(d: &mut Drawing<'_>) -> Body {
    let (span, mode) = (d.span("span", &SPANS), d.word("mode", &["all", "any"]));
    let unwatched = d.word("unwatched", &["tell", "leave"]);
    let text = format!(
        "[signal]\noperator = \"absent\"\nof = [\"door_open\", \"motion\"]\nspan = {span}\ncoverage = \"{mode}\"\n\
         unwatched = \"{unwatched}\"\n"
    );
    let head = *d.dice.one_of(&[ELDERS, ELDERS, "key = \"subject\"", "key = \"device\""]);
    Body { head, text }
}

fn behind_a_door(d: &mut Drawing<'_>) -> Body {
    let (span, settle) = (d.span("span", &SPANS), d.span("settle", &[0.0, 2.0, 10.0]));
    let text = format!(
        "[signal]\noperator = \"absent\"\nof = [\"door_open\", \"motion\"]\nspan = {span}\nleaves = \"door_open\"\n\
         settle = {settle}\n"
    );
    Body { head: ELDERS, text }
}

fn reference(rule: &Drawn, history: &History) -> Option<Vec<Episode>> {
    let span = rule.span("span");
    let mut found = Vec::new();
    let stays = || history.stays.iter().filter(|s| s.population == "elder_alone");
    for subject in keys(stays().map(|s| s.subject.as_str())) {
        let signs: Vec<i64> = history
            .of_measure("door_open")
            .filter(|r| r.subject == subject && r.is_true())
            .map(|r| r.at)
            .collect();
        let mine: Vec<&Stay> = stays().filter(|s| s.subject == subject).collect();
        let aways: Vec<_> = history.aways.iter().filter(|a| a.subject == subject).collect();
        // The silence counts from the newest of: joining, a sign, coming back.
        let since = |at: i64| {
            let stay = mine.iter().rev().find(|s| s.from <= at && s.to.is_none_or(|to| at < to))?;
            if aways.iter().any(|a| a.from <= at && a.to.is_none_or(|to| at < to)) {
                return None;
            }
            let back = aways.iter().filter_map(|a| a.to).filter(|to| *to <= at);
            signs.iter().copied().filter(|s| *s <= at).chain(back).chain([stay.from.max(history.since)]).max()
        };
        let mut instants: Vec<i64> = signs.clone();
        instants.push(history.since);
        instants.extend(mine.iter().flat_map(|s| [Some(s.from), s.to]).flatten());
        instants.extend(aways.iter().flat_map(|a| [Some(a.from), a.to]).flatten());
        instants.extend(instants.clone().iter().map(|at| at + span));
        found.extend(stretches(subject, instants, history.end, |at| {
            since(at).is_some_and(|since| at - since >= span)
        }));
    }
    Some(found)
}
