//! logic: all, any, not, at least k of earlier signals; schedule as their gate.

use super::{Body, Drawing, Kind};

pub const K_OF: Kind = Kind { name: "logic", draw: k_of, reference: None };
pub const GATED: Kind = Kind { name: "schedule", draw: gated, reference: None };

fn k_of(d: &mut Drawing<'_>) -> Body {
    let mode = d.word("mode", &["mode = \"all\"", "mode = \"any\"", "mode = \"k_of\"\nk = 2"]);
    let (loud, warm) = (d.threshold("loud", "noise_db"), d.threshold("warm", "temperature_c"));
    let (lasts, hold) = (d.span("lasts", &[10.0, 60.0]), d.span("hold", &[0.0, 10.0]));
    let text = format!(
        "[signals.hot]\noperator = \"level\"\nraise = \"temperature_c >= {warm}\"\nhold = {hold}\n\
         [signals.noisy]\noperator = \"level\"\nraise = \"noise_db >= {loud}\"\n\
         [signals.moved]\noperator = \"when\"\nof = \"motion\"\nlasts = {lasts}\n\
         [signals.calm]\noperator = \"logic\"\nmode = \"not\"\ninputs = [\"noisy\"]\n\
         [signal]\noperator = \"logic\"\n{mode}\ninputs = [\"hot\", \"calm\", \"moved\"]\n"
    );
    let head = *d.dice.one_of(&["key = \"subject\"", "key = \"device\"", "key = \"subject\"\napart = 1"]);
    Body { head, text }
}

fn gated(d: &mut Drawing<'_>) -> Body {
    let (from, to) = (*d.dice.one_of(&["22:00", "08:00"]), *d.dice.one_of(&["06:00", "18:30"]));
    let days = *d.dice.one_of(&["", "days = [\"mon\", \"wed\"]\n", "days = \"workday\"\n"]);
    let (loud, hold) = (d.threshold("loud", "noise_db"), d.span("hold", &[0.0, 20.0]));
    let raise = *d.dice.one_of(&["night && noisy", "night || noisy", "night && !noisy"]);
    let text = format!(
        "[signals.night]\noperator = \"schedule\"\nfrom = \"{from}\"\nto = \"{to}\"\n{days}\
         [signals.noisy]\noperator = \"level\"\nraise = \"noise_db >= {loud}\"\n\
         [signal]\noperator = \"level\"\nraise = \"{raise}\"\nhold = {hold}\n"
    );
    Body { head: "key = \"device\"", text }
}
