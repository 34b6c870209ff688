//! level: thresholds with hysteresis, hold times on both sides.

use super::{Body, Drawing, Drawn, Kind};
use crate::reference::{Episode, Heard, History, keys};

pub const PLAIN: Kind = Kind { name: "level", draw: plain, reference: Some(reference) };
pub const HELD: Kind = Kind { name: "level_held", draw: held, reference: Some(reference) };
pub const EAGER: Kind = Kind { name: "level_eager", draw: eager, reference: None };

fn plain(d: &mut Drawing<'_>) -> Body {
    let raise = d.threshold("raise", "noise_db");
    let text = format!("[signal]\noperator = \"level\"\nraise = \"noise_db >= {raise}\"\n");
    d.written("above", &[1.0]);
    Body { head: "key = \"device\"", text }
}

fn held(d: &mut Drawing<'_>) -> Body {
    let raise = d.figure("raise", &[0.15, 0.2, 0.25, 0.3]);
    let clear = d.figure("clear", &[0.3, 0.35, 0.4]);
    let hold = d.span("hold", &[1.0, 10.0, 30.0]);
    let clear_hold =
        if d.dice.chance(50) { d.span("clear_hold", &[1.0, 10.0, 20.0]) } else { "\"0min\"".to_owned() };
    let text = format!(
        "[signal]\noperator = \"level\"\nraise = \"pressure_mpa < {raise}\"\nclear = \"pressure_mpa > {clear}\"\n\
         hold = {hold}\nclear_hold = {clear_hold}\n"
    );
    Body { head: "key = \"device\"", text }
}

fn eager(_: &mut Drawing<'_>) -> Body {
    Body {
        head: "key = \"device\"\nemission = \"eager\"",
        text: "[signal]\noperator = \"level\"\nraise = \"smoke\"\n".to_owned(),
    }
}

fn reference(rule: &Drawn, history: &History) -> Option<Vec<Episode>> {
    let above = rule.number("above") == 1.0;
    let measure = if above { "noise_db" } else { "pressure_mpa" };
    let n = |r: &Heard| r.number().unwrap_or(0.0);
    let (raise, clear) = (rule.number("raise"), rule.number("clear"));
    let raised = |r: &Heard| if above { n(r) >= raise } else { n(r) < raise };
    let cleared = |r: &Heard| if above { n(r) < raise } else { n(r) > clear };
    let mut found = Vec::new();
    for device in keys(history.of_measure(measure).map(|r| r.device.as_str())) {
        let readings: Vec<&Heard> = history.of_measure(measure).filter(|r| r.device == device).collect();
        let subject = format!("device:{device}");
        let mut after = i64::MIN;
        while let Some(start) = first_held(&readings, after, rule.span("hold"), &raised, &|r| !raised(r)) {
            let end = first_held(&readings, start, rule.span("clear_hold"), &cleared, &|r| !cleared(r));
            if start < history.end {
                let end = end.filter(|e| *e < history.end);
                found.push(Episode { subject: subject.clone(), start, end });
            }
            match end {
                Some(end) => after = end,
                None => break,
            }
        }
    }
    Some(found)
}

/// When, from a reading after `after` on, something has held for `hold` without a reading that broke it.
fn first_held(
    readings: &[&Heard],
    after: i64,
    hold: i64,
    holds: &dyn Fn(&Heard) -> bool,
    breaks: &dyn Fn(&Heard) -> bool,
) -> Option<i64> {
    let mut broken_at = i64::MIN;
    for r in readings.iter().filter(|r| r.at > after && holds(r)) {
        if r.at <= broken_at {
            continue;
        }
        match readings.iter().find(|b| b.at > r.at && b.at <= r.at + hold && breaks(b)) {
            Some(b) => broken_at = b.at,
            None => return Some(r.at + hold),
        }
    }
    None
}
