//! SY1: the same seed lives the same life to the letter.

use super::Check;
use crate::run::Lived;
use linli_sim::run::Difference;

pub const CHECK: Check = Check {
    name: "same_again",
    about: "the same seed lived twice gives the same transcript",
    run: |_| Ok(()),
    again: Some(check),
};

fn check(one: &Lived, other: &Lived) -> Result<(), Difference> {
    let (one, other) = (&one.kept.transcript, &other.kept.transcript);
    let at = one.iter().zip(other).position(|(a, b)| a != b);
    let at = match at {
        Some(at) => at,
        None if one.len() == other.len() => return Ok(()),
        None => one.len().min(other.len()),
    };
    let line =
        |side: &[String]| side.get(at).map_or("(nothing more)".to_owned(), |l| l.chars().take(600).collect());
    Err(Difference(vec![
        format!("line {at}:"),
        format!("  once:  {}", line(one)),
        format!("  again: {}", line(other)),
    ]))
}
