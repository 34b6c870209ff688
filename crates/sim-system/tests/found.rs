//! Lives that once failed. When the drawing of lives changes, a seed here is another life, and a good one all the same.

use linli_sim_system::{
    checks::CHECKS,
    generate,
    seeds::{Databases, run_one},
};

fn holds(seed: u64) {
    let checks: Vec<_> = CHECKS.iter().collect();
    assert!(!generate::life(seed).postgres, "PostgreSQL's lives are lived by the program");
    let failures = run_one(seed, &checks, &Databases::default(), &|_| true);
    let told: Vec<String> = failures.into_iter().map(|f| f.text).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// What a merged case brought along stays with the case that goes on.
#[test]
fn the_findings_of_a_merged_case_lead_to_the_case_that_goes_on() {
    holds(2);
}

/// In one batch with an open case about the same subject.
#[test]
fn a_finding_stays_with_the_case_that_holds_it_when_another_is_opened_about_the_same_subject() {
    holds(54);
}
