//! Of a life that fails, the smallest one is shown: what has nothing to do with the failure goes.

use linli_sim::{
    checks::{self, Check},
    generate,
    life::{Act, Life},
    lived::Lived,
    print,
    run::{self, Difference},
    seeds::{run_many, run_one},
    shrink::shrink,
};
use std::collections::BTreeSet;

const fn check(run: fn(&Lived<'_>) -> Result<(), Difference>) -> Check {
    Check { name: "made for this test", about: "fails as the test wants it", run, behind: None }
}

fn failing(check: &Check) -> (Life, Difference) {
    let mut lives = (0..200).map(generate::life);
    lives.find_map(|life| checks::run(check, &life).err().map(|d| (life, d))).expect("one of 200 lives fails")
}

/// Three readings of two devices, and anything changed in the registry.
fn three_of_two(life: &Lived<'_>) -> Result<(), Difference> {
    let devices: BTreeSet<&str> = life.said().map(|s| s.reading.device.as_str()).collect();
    let said = life.said().count();
    if said >= 3 && devices.len() >= 2 && life.changes().count() >= 1 {
        return Err(Difference::of(format!("{said} readings")));
    }
    Ok(())
}

#[test]
fn only_what_the_failure_needs_is_left() {
    static NEEDS: Check = check(three_of_two);
    let (life, difference) = failing(&NEEDS);
    let (small, _) = shrink(&NEEDS, &life, difference);
    let devices: BTreeSet<&str> = small.said().map(|s| s.reading.device.as_str()).collect();
    let ticks = small.acts.iter().filter(|a| matches!(a, Act::Tick(_))).count();
    let left = (small.said().count(), devices.len(), small.changes().count(), ticks);
    assert_eq!(left, (3, 2, 1, 0), "of {} acts: {}", life.acts.len(), print::print(&small));
    assert!(small.timing.own.is_empty(), "{}", print::print(&small));
}

/// SK1
#[test]
fn the_life_shown_fails_with_the_difference_shown() {
    static NEEDS: Check = check(three_of_two);
    let (life, difference) = failing(&NEEDS);
    let (small, shown) = shrink(&NEEDS, &life, difference.clone());
    assert_eq!(checks::run(&NEEDS, &small), Err(shown.clone()));
    assert_eq!((shown, difference == Difference::of("3 readings")), (Difference::of("3 readings"), false));
}

/// SK2, SI1, LF1
#[test]
fn a_seed_is_the_same_life_and_shrinks_to_the_same_one_each_time() {
    static NEEDS: Check = check(three_of_two);
    for seed in 0..8 {
        let (one, other) = (generate::life(seed), generate::life(seed));
        assert_eq!(one, other);
        let logged = |life: &Life| serde_json::to_string(&life.entries()).unwrap();
        assert_eq!(logged(&one), logged(&other));
        let told = || run_one(seed, &[&NEEDS], &|_| false).into_iter().map(|f| f.text).collect::<Vec<_>>();
        assert_eq!(told(), told());
    }
}

/// The engine itself in the check: the first finding of a life needs one rule and little else.
#[test]
fn the_smallest_life_in_which_something_is_found_has_one_rule() {
    static FINDS: Check = check(|life| match run::run(life).found.first() {
        Some(found) => Err(Difference::of(run::say(found))),
        None => Ok(()),
    });
    let (life, difference) = failing(&FINDS);
    let (small, _) = shrink(&FINDS, &life, difference);
    assert!(run::run(&small).found.len() < run::run(&life).found.len());
    assert!(small.rules.len() <= 1 && small.acts.len() <= 6, "{}", print::print(&small));
    let cut = |at: usize| {
        let mut less = small.clone();
        less.acts.remove(at);
        less
    };
    for at in 0..small.acts.len() {
        assert_eq!(checks::run(&FINDS, &cut(at)), Ok(()), "act {at} is not needed: {}", print::print(&small));
    }
}

#[test]
fn a_panic_is_a_failure_that_shrinks_like_any_other() {
    static PANICS: Check = check(|life| {
        assert!(life.said().count() < 2, "more than one reading");
        Ok(())
    });
    let (life, difference) = failing(&PANICS);
    assert!(difference.0[0].contains("more than one reading"), "{difference:?}");
    let (small, _) = shrink(&PANICS, &life, difference);
    assert_eq!((small.said().count(), small.acts.len()), (2, 2));
}

#[test]
fn a_failure_names_the_seed_and_the_command_that_shows_it_again() {
    static NEEDS: Check = check(three_of_two);
    let (done, failures) = run_many(0..20, &[&NEEDS], 2, 1_000);
    assert_eq!(done, 20);
    let of_each: BTreeSet<u64> = failures.iter().map(|f| f.seed).collect();
    assert_eq!(of_each.len(), failures.len(), "a seed fails a check once");
    // One of each check is shrunk, whichever thread comes to it first; two threads may both be the first.
    let shrunk: Vec<_> = failures.iter().filter(|f| f.text.contains("Again:")).collect();
    assert!((1..=2).contains(&shrunk.len()), "{} shrunk", shrunk.len());
    for one in shrunk {
        assert!(one.text.contains(&format!("--seed {} --check {}", one.seed, NEEDS.name)), "{}", one.text);
    }
}

#[test]
fn seeds_stop_when_too_many_have_failed() {
    static NEVER: Check = check(|_| Err(Difference::of("never")));
    let (done, failures) = run_many(0..1_000, &[&NEVER], 1, 3);
    assert_eq!((done, failures.len()), (3, 3));
}
