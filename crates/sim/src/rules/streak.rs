//! streak: days in a row, with gaps, with a cut-over hour.

use super::{Body, Drawing, Drawn, Kind};
use crate::{
    life::{DAY, DAY_ONE, HOUR},
    reference::{Episode, History, keys},
};

pub const DAYS: Kind = Kind { name: "streak", draw: days, reference: Some(reference) };

fn days(d: &mut Drawing<'_>) -> Body {
    let (days, gap) = (d.number("days", &[2.0, 3.0]), d.number("gap", &[0.0, 0.0, 1.0]));
    let (cut, ends) = (d.number("cut", &[0.0, 4.0]), d.word("ends", &["time", "time", "events"]));
    let text = format!(
        "[signal]\noperator = \"streak\"\nof = \"door_card\"\nwhen = 'door_card.startsWith(\"u\")'\ndays = {days}\n\
         gap = {gap}\ncut_hour = {cut}\nends = \"{ends}\"\n"
    );
    Body { head: "key = \"value\"", text }
}

fn reference(rule: &Drawn, history: &History) -> Option<Vec<Episode>> {
    if rule.number("ends") == 2.0 {
        return None;
    }
    let (need, gap) = (rule.number("days") as usize, rule.number("gap") as i64);
    let begin = DAY_ONE + rule.number("cut") as i64 * HOUR;
    let mut found = Vec::new();
    for card in keys(history.of_measure("door_card").filter_map(|r| r.text()).filter(|t| t.starts_with('u')))
    {
        // The first reading of each day with one.
        let mut firsts: Vec<(i64, i64)> = Vec::new();
        for r in history.of_measure("door_card").filter(|r| r.text() == Some(card)) {
            let day = (r.at - begin).div_euclid(DAY);
            if firsts.last().is_none_or(|f| f.0 != day) {
                firsts.push((day, r.at));
            }
        }
        for run in firsts.chunk_by(|a, b| b.0 - a.0 <= 1 + gap) {
            let (Some(full), Some(last)) = (run.get(need - 1), run.last()) else { continue };
            let end = begin + (last.0 + gap + 2) * DAY;
            found.push(Episode {
                subject: format!("key:{card}"),
                start: full.1,
                end: (end < history.end).then_some(end),
            });
        }
    }
    Some(found)
}
