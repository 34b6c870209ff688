//! The measures: what is counted, from which the indicators are made.

use linli_casework::PromiseKind;

/// Something a case may add to. Each is counted at the moment its line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Came in; at the opening.
    Reported,
    /// Found by a sensor, a patrol or staff before anybody complained; at the opening.
    FoundFirst,
    /// Reported by residents or through the hotline; at the opening.
    Complained,
    /// Accepted for handling (立案); at the opening, as part of what came in.
    Filed,
    /// Given to who handles it, and begun (派遣); at the opening, as part of what was filed.
    Dispatched,
    /// Its first time for handling falls due; at that time.
    Due,
    /// … and it was verified and answered since.
    DueClosed,
    /// … and was, with the handling in time.
    DueOnTime,
    /// … and was sent back by a check or a review at least once.
    DueReworked,
    /// … and was given more time.
    DueExtended,
    /// Answered; at the answer.
    Answered,
    /// … with the matter really solved (实际解决).
    Solved,
    /// … with an explanation (解释说明).
    Explained,
    /// From the opening to the handling that was answered, in minutes; at the answer.
    Handling,
    /// Reporters asked for their word; at the answer.
    Asked,
    /// … who gave it; at the answer.
    Replied,
    /// Ratings given, weighted in thousandths; at the rating.
    Rated,
    /// Reporters who said whether it is solved; at the rating.
    AskedSolved,
    /// … and said yes.
    SaidSolved,
    /// Closed on silence; at the closing.
    ClosedSilent,
    /// A reporter disagreed; at the dispute.
    Disputed,
    /// Orders of the hotline, of whatever class; each as its like without the hotline.
    Orders,
    OrdersContacted,
    OrdersNotContacted,
    OrdersSolved,
    OrdersExplained,
    OrdersRated,
    OrdersLate,
    /// A promise was kept; at its due time.
    Kept(PromiseKind),
    /// A promise was broken; at its due time.
    Broken(PromiseKind),
}

/// Tasks are numbered within their case; here one counts like another.
pub(crate) fn whichever(kind: PromiseKind) -> PromiseKind {
    match kind {
        PromiseKind::Task(_) => PromiseKind::Task(0),
        other => other,
    }
}

impl Measure {
    const PLAIN: [(Measure, &'static str); 28] = [
        (Measure::Reported, "reported"),
        (Measure::FoundFirst, "found_first"),
        (Measure::Complained, "complained"),
        (Measure::Filed, "filed"),
        (Measure::Dispatched, "dispatched"),
        (Measure::Due, "due"),
        (Measure::DueClosed, "due_closed"),
        (Measure::DueOnTime, "due_on_time"),
        (Measure::DueReworked, "due_reworked"),
        (Measure::DueExtended, "due_extended"),
        (Measure::Answered, "answered"),
        (Measure::Solved, "solved"),
        (Measure::Explained, "explained"),
        (Measure::Handling, "handling"),
        (Measure::Asked, "asked"),
        (Measure::Replied, "replied"),
        (Measure::Rated, "rated"),
        (Measure::AskedSolved, "asked_solved"),
        (Measure::SaidSolved, "said_solved"),
        (Measure::ClosedSilent, "closed_silent"),
        (Measure::Disputed, "disputed"),
        (Measure::Orders, "orders"),
        (Measure::OrdersContacted, "orders_contacted"),
        (Measure::OrdersNotContacted, "orders_not_contacted"),
        (Measure::OrdersSolved, "orders_solved"),
        (Measure::OrdersExplained, "orders_explained"),
        (Measure::OrdersRated, "orders_rated"),
        (Measure::OrdersLate, "orders_late"),
    ];

    pub fn all() -> impl Iterator<Item = Measure> {
        let kinds = PromiseKind::ALL.into_iter().chain([whichever(PromiseKind::Task(0))]);
        let promises = kinds.flat_map(|k| [Measure::Kept(k), Measure::Broken(k)]);
        Measure::PLAIN.iter().map(|(m, _)| *m).chain(promises)
    }
    /// The same, of orders of the hotline; none for what is not counted of them alone.
    pub(crate) fn of_orders(self) -> Option<Measure> {
        match self {
            Measure::Reported => Some(Measure::Orders),
            Measure::Kept(PromiseKind::FirstContact) => Some(Measure::OrdersContacted),
            Measure::Broken(PromiseKind::FirstContact) => Some(Measure::OrdersNotContacted),
            Measure::Solved => Some(Measure::OrdersSolved),
            Measure::Explained => Some(Measure::OrdersExplained),
            Measure::Rated => Some(Measure::OrdersRated),
            Measure::Broken(PromiseKind::Complete) => Some(Measure::OrdersLate),
            _ => None,
        }
    }
    /// snake_case, as stored and on the wire: `due_on_time`, `kept.accept`.
    pub fn code(self) -> String {
        match self {
            Measure::Kept(kind) => format!("kept.{}", kind.code()),
            Measure::Broken(kind) => format!("broken.{}", kind.code()),
            plain => {
                let found = Measure::PLAIN.iter().find(|(m, _)| *m == plain);
                found.map(|(_, code)| *code).unwrap_or_default().to_owned()
            }
        }
    }
    pub fn find(code: &str) -> Option<Measure> {
        Measure::all().find(|m| m.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_measure_has_a_code_of_its_own_and_is_found_by_it() {
        let codes: BTreeSet<String> = Measure::all().map(Measure::code).collect();
        assert_eq!(codes.len(), Measure::all().count());
        assert!(Measure::all().all(|m| Measure::find(&m.code()) == Some(m)));
        assert!(!codes.contains(""));
    }
}
