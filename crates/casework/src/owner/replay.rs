//! A version of the routing rules over old cases: who would have been given each, beside who was. Changes nothing (RR3).

use crate::{
    case::{CaseId, Owner},
    class::ClassTable,
    owner::roster::{Explanation, Roster},
};
use linli_model::{AreaId, AreaTree, Instant};

/// How a case was opened.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedCase {
    pub id: CaseId,
    pub number: String,
    pub class: String,
    pub area: AreaId,
    pub opened_at: Instant,
    /// Who was given it then.
    pub owner: Owner,
}

/// One case whose owner would have been another.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub case: OpenedCase,
    pub would_be: Owner,
    pub why: Explanation,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replayed {
    pub cases: u32,
    /// A rule spoke of so many.
    pub ruled: u32,
    pub same: u32,
    /// A rule spoke and gave nobody.
    pub failed: u32,
    /// Nobody could have been given it with the roster of then: the place or all posts are gone.
    pub unroutable: u32,
    pub differences: Vec<Difference>,
}

/// `roster_at`: the roster as far as it is known for that instant, with the rules to try in it.
pub fn replay(
    opened: &[OpenedCase],
    roster_at: impl Fn(Instant) -> Roster,
    areas: &AreaTree,
    classes: &ClassTable,
) -> Replayed {
    let mut replayed = Replayed::default();
    for case in opened {
        replayed.cases += 1;
        let roster = roster_at(case.opened_at);
        let class = classes.get_or_other(&case.class);
        let Ok((owner, why)) = roster.route(class, &case.area, areas, &[], case.opened_at) else {
            replayed.unroutable += 1;
            continue;
        };
        replayed.ruled += u32::from(why.rule.is_some());
        replayed.failed += u32::from(why.rule.as_ref().is_some_and(|r| r.failed.is_some()));
        if owner.post == case.owner.post {
            replayed.same += 1;
        } else {
            replayed.differences.push(Difference { case: case.clone(), would_be: owner, why });
        }
    }
    replayed
}
