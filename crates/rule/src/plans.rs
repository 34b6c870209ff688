//! The plans of texts that passed the check under one catalogue, so that a text is read once, however often it is set,
//! restored, tried on the past or explained.
//!
//! Invariants
//! - RM1 What is found is what reading the text anew would give: a plan follows from its text and its catalogue, and a
//!   catalogue never changes (CL4). Texts are compared byte by byte.
//! - RM2 Bounded: at most two times [`BYTES_MAX`] of text stay; what was not asked for while so much else was, goes.
//!
//! Deliberately absent: texts that are refused (their mistakes are told anew each time), and clocks.

use crate::plan::RulePlan;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Bytes of text of one generation: the rules of some hundred areas.
const BYTES_MAX: usize = 2 << 20;

#[derive(Default)]
pub(crate) struct Plans(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    lately: Generation,
    before: Generation,
}

#[derive(Default)]
struct Generation {
    by_text: BTreeMap<Box<str>, Arc<RulePlan>>,
    bytes: usize,
}

impl Plans {
    pub(crate) fn find(&self, text: &str) -> Option<Arc<RulePlan>> {
        // Who panicked with the lock left something behind that nobody needs.
        let mut kept = self.0.lock().ok()?;
        if let Some(plan) = kept.lately.by_text.get(text) {
            return Some(plan.clone());
        }
        let (text, plan) = kept.before.by_text.remove_entry(text)?;
        kept.before.bytes -= text.len();
        kept.add(text, plan.clone());
        Some(plan)
    }

    pub(crate) fn keep(&self, text: &str, plan: &Arc<RulePlan>) {
        if let Ok(mut kept) = self.0.lock() {
            kept.add(text.into(), plan.clone());
        }
    }
}

impl Kept {
    fn add(&mut self, text: Box<str>, plan: Arc<RulePlan>) {
        if self.lately.bytes + text.len() > BYTES_MAX {
            self.before = std::mem::take(&mut self.lately);
        }
        let bytes = text.len();
        if self.lately.by_text.insert(text, plan).is_none() {
            self.lately.bytes += bytes;
        }
    }
}

/// Another catalogue begins without any.
impl Clone for Plans {
    fn clone(&self) -> Plans {
        Plans::default()
    }
}

impl std::fmt::Debug for Plans {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plans")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalogue, check};

    fn text(rule: &str, raise: &str) -> String {
        format!(
            "rule = \"{rule}\"\nname = {{ zh = \"规则\", en = \"rule\" }}\nkey = \"device\"\nseverity = \"info\"\ncase_class = \"x.y\"\n\
             sentence = {{ zh = \"响\", en = \"loud\" }}\n[signal]\noperator = \"level\"\nraise = \"{raise}\"\n"
        )
    }

    fn bytes_kept(catalogue: &Catalogue) -> usize {
        let kept = catalogue.plans.0.lock().unwrap();
        let each = [&kept.lately, &kept.before].map(|g| {
            assert_eq!(g.bytes, g.by_text.keys().map(|t| t.len()).sum::<usize>());
            g.bytes
        });
        each.iter().sum()
    }

    /// RM1
    #[test]
    fn a_text_checked_again_gives_the_plan_that_reading_it_anew_gives() {
        let known = Catalogue::shipped();
        // They begin alike, and differ in the last place there is.
        let texts = ["noise_db > 60", "noise_db > 61", "noise_db > 6"].map(|raise| text("loud", raise));
        for _ in 0..3 {
            for t in &texts {
                assert_eq!(check(t, &known), check(t, &Catalogue::shipped()), "{t}");
            }
        }
        let (one, again) = (check(&texts[0], &known).unwrap(), check(&texts[0], &known).unwrap());
        assert!(Arc::ptr_eq(&one, &again), "it was read once");
    }

    /// RM1
    #[test]
    fn what_one_catalogue_lets_pass_another_one_judges_for_itself() {
        let (known, t) = (Catalogue::shipped(), text("loud", "noise_db > 60"));
        assert!(check(&t, &known).is_ok());
        let empty = Catalogue::default();
        assert!(check(&t, &empty).is_err());
        assert!(check(&t, &known.clone()).is_ok() && check(&t, &known).is_ok());
    }

    #[test]
    fn a_refused_text_is_told_all_its_mistakes_each_time() {
        let (known, t) = (Catalogue::shipped(), text("loud", "noise_db >"));
        let wrong = check(&t, &known).unwrap_err();
        assert!(!wrong.is_empty());
        assert_eq!(check(&t, &known).unwrap_err(), wrong);
        assert_eq!(bytes_kept(&known), 0);
    }

    /// RM2
    #[test]
    fn texts_are_kept_within_bounds_and_those_asked_for_stay() {
        let (known, often) = (Catalogue::shipped(), text("often", "noise_db > 60"));
        let first = check(&often, &known).unwrap();
        let plan = first.clone();
        for n in 0..20 {
            // Long texts, of which only the number is looked at here.
            let long = format!("{n}{}", "#".repeat(crate::TEXT_BYTES_MAX - 2));
            known.plans.keep(&long, &plan);
            assert!(known.plans.find(&long).is_some());
            assert!(bytes_kept(&known) <= 2 * BYTES_MAX);
            assert!(Arc::ptr_eq(&check(&often, &known).unwrap(), &first), "{n}");
        }
        assert!(
            known.plans.find(&format!("0{}", "#".repeat(crate::TEXT_BYTES_MAX - 2))).is_none(),
            "the oldest went"
        );
    }
}
