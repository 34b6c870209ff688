//! When a channel is tried again with a notice, from what came of the attempts so far.
//!
//! Invariants
//! - RY1 A channel that took a notice, or refused it for good, is not tried again with it.
//! - RY2 What is unknown or passing is tried again for three days and [`TRIES_MIN`] times at least, so that our own absence
//!   gives nothing up; only then is it given up, and said to be.
//! - RY3 What matters at once is tried again every five minutes at the latest in its first day, the rest every hour.
//! - RY4 Somebody who has it sent again begins all that anew.
//!
//! Deliberately absent: sending; chance. Attempts are spread by when notices fall due.

use linli_model::{Instant, Millis, Severity};

/// One attempt, by what came of it: `delivered`, `accepted`, `unknown`, `passing`, `lasting`; or `again`, when somebody
/// had it sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried<'a> {
    pub at: Instant,
    pub outcome: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    At(Instant),
    /// Taken, or refused for good.
    Over,
    GivenUp,
}

impl Next {
    pub fn at(self) -> Option<Instant> {
        match self {
            Next::At(at) => Some(at),
            _ => None,
        }
    }
}

/// The first waits; after them one every [`most`].
const WAITS: [Millis; 3] = [Millis::secs(5), Millis::secs(30), Millis::minutes(5)];
const TRIED_FOR: Millis = Millis::days(3);
pub const TRIES_MIN: usize = 6;

fn most(severity: Severity, since: Millis) -> Millis {
    let is_urgent = severity >= Severity::Urgent && since < Millis::days(1);
    if is_urgent { Millis::minutes(5) } else { Millis::hours(1) }
}

/// `attempts` are those of one channel, oldest first.
pub fn next(attempts: &[Tried<'_>], due_at: Instant, severity: Severity) -> Next {
    let (since, attempts) = match attempts.iter().rposition(|t| t.outcome == "again") {
        Some(n) => (attempts[n].at, &attempts[n + 1..]),
        None => (due_at, attempts),
    };
    let Some(last) = attempts.last() else { return Next::At(since) };
    if !["unknown", "passing"].contains(&last.outcome) {
        return Next::Over;
    }
    let first = attempts.first().map_or(since, |t| t.at);
    let wait = WAITS.get(attempts.len() - 1).copied().unwrap_or_else(|| most(severity, last.at - first));
    let at = last.at + wait;
    if at - first > TRIED_FOR && attempts.len() >= TRIES_MIN { Next::GivenUp } else { Next::At(at) }
}

/// Whether it may have come twice: an attempt whose outcome nobody knows, and another after it.
pub fn possibly_twice(attempts: &[Tried<'_>]) -> bool {
    let unknown = attempts.iter().position(|t| t.outcome == "unknown");
    unknown.is_some_and(|n| attempts[n + 1..].iter().any(|t| t.outcome != "again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(list: &[(i64, &'static str)]) -> Vec<Tried<'static>> {
        list.iter().map(|(secs, outcome)| Tried { at: Instant(secs * 1_000), outcome }).collect()
    }
    fn after(list: &[(i64, &'static str)]) -> Next {
        next(&tried(list), Instant(1_000), Severity::Attention)
    }
    fn secs(n: i64) -> Next {
        Next::At(Instant(n * 1_000))
    }

    /// RY1
    #[test]
    fn it_is_tried_when_due_again_after_waits_and_never_after_it_was_taken_or_refused() {
        assert_eq!(after(&[]), secs(1));
        assert_eq!(after(&[(2, "passing")]), secs(7));
        assert_eq!(after(&[(2, "passing"), (7, "unknown")]), secs(37));
        for over in ["accepted", "delivered", "lasting"] {
            assert_eq!(after(&[(2, "passing"), (7, over)]), Next::Over, "{over}");
        }
    }

    /// RY2, RY3: whatever it is, the last try is within three days of the first, and no two are further apart than an hour.
    #[test]
    fn it_is_tried_for_three_days_and_then_given_up() {
        for (severity, gap_max, tries_min) in
            [(Severity::Attention, Millis::hours(1), 70), (Severity::Alarm, Millis::minutes(5), 288)]
        {
            let mut list: Vec<Tried<'static>> = Vec::new();
            let mut at = Instant(1_000);
            let given_up = loop {
                list.push(Tried { at, outcome: "passing" });
                match next(&list, Instant(1_000), severity) {
                    Next::At(then) => {
                        let is_first_day = then - list[0].at <= Millis::days(1);
                        assert!(
                            then > at && then - at <= if is_first_day { gap_max } else { Millis::hours(1) }
                        );
                        at = then;
                    }
                    other => break other,
                }
            };
            assert_eq!(given_up, Next::GivenUp);
            assert!(list.len() >= tries_min, "{}", list.len());
            assert!(at - list[0].at > Millis::hours(70), "not before");
            assert!(at - list[0].at <= Millis::days(3));
        }
    }

    /// RY2
    #[test]
    fn after_a_week_in_which_we_were_away_it_is_tried_some_more() {
        let week = 7 * 86_400;
        let mut list = vec![(2, "passing"), (week, "unknown")];
        for n in 3..TRIES_MIN as i64 {
            assert!(after(&list).at().is_some(), "{n}");
            list.push((week + 3_600 * n, "passing"));
        }
        assert!(after(&list).at().is_some());
        list.push((week + 86_400, "passing"));
        assert_eq!(after(&list), Next::GivenUp);
    }

    /// RY4
    #[test]
    fn sent_again_by_somebody_it_begins_anew() {
        assert_eq!(after(&[(2, "lasting"), (500, "again")]), secs(500));
        assert_eq!(after(&[(2, "lasting"), (500, "again"), (501, "passing")]), secs(506));
        assert_eq!(after(&[(2, "accepted"), (500, "again"), (501, "accepted")]), Next::Over);
    }

    #[test]
    fn a_try_after_an_unknown_one_may_have_come_twice() {
        for (list, twice) in [
            (&[(1, "unknown")][..], false),
            (&[(1, "unknown"), (2, "again")], false),
            (&[(1, "unknown"), (2, "accepted")], true),
            (&[(1, "unknown"), (2, "passing")], true),
            (&[(1, "passing"), (2, "accepted")], false),
        ] {
            assert_eq!(possibly_twice(&tried(list)), twice, "{list:?}");
        }
    }
}
