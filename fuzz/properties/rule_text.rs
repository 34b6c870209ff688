//! Any text is checked without a panic; what passes is printed, and the printed text says the same and prints the same.
//! Formatted, with its comments, it says the same, too, and formatting again changes nothing.

use crate::{shipped::catalogue, told};
use linli_rule::{RulePlan, check as check_rule, differences, format as format_rule, print};

pub fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match check_rule(text, catalogue()) {
        Ok(plan) => {
            check_printing(&plan);
            check_formatting(text, &plan);
        }
        Err(wrong) => {
            assert!(!wrong.is_empty(), "refused without a reason");
            told::check(&wrong);
        }
    }
}

/// RU3, FP1.
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
    let told = differences(plan, &again, catalogue());
    assert!(told.is_empty(), "a text and its printed form are told apart: {told:#?}");
}

/// FM1. Comments may make a text too long that was not.
fn check_formatting(text: &str, plan: &RulePlan) {
    let formatted = format_rule(text, catalogue()).expect("it passed");
    let Ok(again) = check_rule(&formatted, catalogue()) else {
        assert!(
            formatted.len() > linli_rule::TEXT_BYTES_MAX,
            "the formatted text does not pass:\n{formatted}"
        );
        return;
    };
    assert_eq!(
        without_places(&again),
        without_places(plan),
        "the formatted text says something else:\n{formatted}"
    );
    assert_eq!(
        format_rule(&formatted, catalogue()).as_ref(),
        Ok(&formatted),
        "formatting again gives another text"
    );
}

/// A trace stands in another line of each text.
fn without_places(plan: &RulePlan) -> RulePlan {
    let mut plan = plan.clone();
    plan.traces.iter_mut().for_each(|t| t.line = 0);
    plan
}
