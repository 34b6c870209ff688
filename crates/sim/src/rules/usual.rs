//! baseline and residual: what is usual, and how far from it.

use super::{Body, Drawing, Kind};

pub const BASELINE: Kind = Kind { name: "baseline", draw: baseline, reference: None };
pub const NEIGHBOURS: Kind = Kind { name: "residual", draw: neighbours, reference: None };

fn baseline(d: &mut Drawing<'_>) -> Body {
    let by = d.word("by", &["any", "hour", "hour_weekend"]);
    let least = d.written("least", &[1.0, 2.0]);
    let factor = d.figure("factor", &[0.5, 0.8, 1.0]);
    let gives = *d.dice.one_of(&["usual - pressure_mpa > 0.05", "pressure_mpa < usual * FACTOR"]);
    let raise = gives.replace("FACTOR", &factor);
    if !raise.contains(&factor) {
        d.forget("factor");
    }
    let text = format!(
        "[signals.usual]\noperator = \"baseline\"\nof = \"pressure_mpa\"\nby = \"{by}\"\nleast = {least}\n\
         [signal]\noperator = \"level\"\nraise = \"{raise}\"\n"
    );
    Body { head: "key = \"device\"", text }
}

fn neighbours(d: &mut Drawing<'_>) -> Body {
    let (more, fresh) = (d.figure("more_than", &[5.0, 10.0, 15.0]), d.span("fresh", &[30.0, 600.0]));
    let (up, gives) = (d.written("up", &[1.0, 2.0, 3.0]), d.word("gives", &["difference", "share"]));
    let text = format!(
        "[signals.more]\noperator = \"residual\"\nof = \"noise_db\"\nfrom = \"neighbours\"\nleast = 1\nup = {up}\n\
         fresh = {fresh}\ngives = \"{gives}\"\n[signal]\noperator = \"level\"\nraise = \"more >= {more}\"\nof = \"noise_db\"\n"
    );
    Body { head: "key = \"device\"", text }
}
