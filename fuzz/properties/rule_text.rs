//! Any text is checked without a panic; what passes is printed, and the printed text says the same and prints the same.

use crate::{shipped::catalogue, told};
use linli_rule::{RulePlan, check as check_rule, print};

pub fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match check_rule(text, catalogue()) {
        Ok(plan) => check_printing(&plan),
        Err(wrong) => {
            assert!(!wrong.is_empty(), "refused without a reason");
            told::check(&wrong);
        }
    }
}

/// RU3, PR1.
fn check_printing(plan: &RulePlan) {
    let printed = print(plan);
    let again = check_rule(&printed, catalogue())
        .unwrap_or_else(|wrong| panic!("the printed text does not pass: {wrong:#?}\n{printed}"));
    assert_eq!(
        without_places(&again),
        without_places(plan),
        "the printed text says something else:\n{printed}"
    );
    assert_eq!(print(&again), printed, "printing again gives another text");
}

/// A trace stands in another line of each text.
fn without_places(plan: &RulePlan) -> RulePlan {
    let mut plan = plan.clone();
    plan.traces.iter_mut().for_each(|t| t.line = 0);
    plan
}
