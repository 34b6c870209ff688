//! daily: a number per local day.

use super::{Body, Drawing, Drawn, Kind};
use crate::{
    life::{DAY, DAY_ONE, HOUR},
    reference::{Episode, History, keys, stretches},
};

pub const TODAY: Kind = Kind { name: "daily", draw: today, reference: Some(reference) };
pub const YESTERDAY: Kind = Kind { name: "daily_yesterday", draw: yesterday, reference: None };

fn today(d: &mut Drawing<'_>) -> Body {
    let (cut, least) = (d.number("cut", &[0.0, 4.0]), d.figure("least", &[1.0, 2.0, 4.0]));
    let text = format!(
        "[signals.times]\noperator = \"daily\"\nof = \"door_open\"\naggregate = \"count\"\ncut_hour = {cut}\n\
         [signal]\noperator = \"level\"\nraise = \"times >= {least}\"\n"
    );
    Body { head: "key = \"device\"", text }
}

fn yesterday(d: &mut Drawing<'_>) -> Body {
    let aggregate = d.word("aggregate", &["count", "sum", "distinct", "first", "last", "min", "max"]);
    let (cut, bound) = (d.number("cut", &[0.0, 6.0]), d.figure("bound", &[1.0, 3.0, 8.0]));
    let (day, head) = (d.word("day", &["yesterday", "today"]), d.word("key", &["device", "subject"]));
    let text = format!(
        "[signals.figure]\noperator = \"daily\"\nof = \"gate_in\"\naggregate = \"{aggregate}\"\ncut_hour = {cut}\n\
         day = \"{day}\"\n[signal]\noperator = \"level\"\nraise = \"figure <= {bound}\"\n"
    );
    Body { head: if head == "device" { "key = \"device\"" } else { "key = \"subject\"" }, text }
}

fn reference(rule: &Drawn, history: &History) -> Option<Vec<Episode>> {
    let begin = DAY_ONE + rule.number("cut") as i64 * HOUR;
    let day = |at: i64| (at - begin).div_euclid(DAY);
    let mut found = Vec::new();
    for device in keys(history.of_measure("door_open").map(|r| r.device.as_str())) {
        let seen = history.of_measure("door_open").filter(|r| r.device == device && r.is_true());
        let seen: Vec<i64> = seen.map(|r| r.at).collect();
        let instants = seen.iter().flat_map(|at| [*at, begin + (day(*at) + 1) * DAY]).collect();
        found.extend(stretches(&format!("device:{device}"), instants, history.end, |now| {
            let today = seen.iter().filter(|at| **at <= now && day(**at) == day(now)).count();
            today >= rule.number("least") as usize
        }));
    }
    Some(found)
}
