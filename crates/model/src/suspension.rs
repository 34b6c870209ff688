//! How a rule that suspects persons or homes is taken out of force because it was wrong too often, and comes back.
//!
//! Invariants
//! - SU1 Only `Suspended` changes what the engine does. A rule comes back by its text being set anew, in the commit that
//!   carries `Granted`; so whoever reads the log without the reasons comes to the same.
//!
//! - SU2 What is counted of a rule begins anew when its text is set: a new version, or one that came back, starts with no
//!   outcomes.
//!
//! Deliberately absent: when a rule is wrong too often (`linli_indicator::precision`), and who may grant.

use crate::{
    own_rule::Hand,
    registry::{RegistryChange, RegistryEntry},
    time::Instant,
};
use serde::{Deserialize, Serialize};

/// One step of it, with what it was decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspensionStep {
    /// By itself: of `n` cases with an outcome, `confirmed` were; `upper_permille` is the upper bound of that share.
    /// `told`: the names of those who answer for it, as they were then.
    Suspended { n: u32, confirmed: u32, upper_permille: u16, told: Vec<String> },
    /// Somebody wants it back, with a reason. Nothing changes yet.
    Asked { by: Hand, reason: String },
    /// Somebody else agreed.
    Granted { by: Hand, asked_by: Hand, reason: String },
}

/// Where a street rule stands, from the registry.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleStanding {
    pub pack: String,
    pub rule: String,
    pub version: u32,
    pub text: String,
    /// From when on its outcomes count (SU2).
    pub since: Instant,
    pub suspended: bool,
    /// Who asked for it back and why, while nobody has granted it.
    pub asked: Option<(Hand, String)>,
    /// Oldest first, of all versions.
    pub steps: Vec<(Instant, u32, SuspensionStep)>,
}

/// The street rules that are in force or suspended, by their codes.
pub fn standings(registry: &[RegistryEntry]) -> Vec<RuleStanding> {
    let mut all: Vec<RuleStanding> = Vec::new();
    for entry in registry {
        match &entry.change {
            RegistryChange::RuleSet { pack, rule, version, text } => {
                let steps = match all.iter().position(|s| s.rule == *rule) {
                    Some(at) => all.remove(at).steps,
                    None => Vec::new(),
                };
                all.push(RuleStanding {
                    pack: pack.clone(),
                    rule: rule.clone(),
                    version: *version,
                    text: text.clone(),
                    since: entry.effective_at,
                    suspended: false,
                    asked: None,
                    steps,
                });
            }
            RegistryChange::RuleRemoved { rule } => all.retain(|s| s.rule != *rule),
            RegistryChange::RuleSuspension { rule, version, step } => {
                let Some(found) = all.iter_mut().find(|s| s.rule == *rule) else { continue };
                found.steps.push((entry.effective_at, *version, step.clone()));
                match step {
                    SuspensionStep::Suspended { .. } => (found.suspended, found.asked) = (true, None),
                    SuspensionStep::Asked { by, reason } => found.asked = Some((by.clone(), reason.clone())),
                    // Its text, set in the same commit, brings it back.
                    SuspensionStep::Granted { .. } => found.asked = None,
                }
            }
            _ => {}
        }
    }
    all.sort_by(|a, b| a.rule.cmp(&b.rule));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::post::UserId;

    /// SU1, SU2
    #[test]
    fn a_rule_stays_suspended_until_its_text_is_set_anew_and_counts_from_there() {
        let hand = |name: &str| Hand { user: UserId::from(uuid::Uuid::nil()), name: name.into() };
        let set =
            RegistryChange::RuleSet { pack: "p".into(), rule: "r".into(), version: 1, text: "t".into() };
        let step = |step| RegistryChange::RuleSuspension { rule: "r".into(), version: 1, step };
        let changes = [
            set.clone(),
            step(SuspensionStep::Suspended { n: 20, confirmed: 0, upper_permille: 77, told: vec![] }),
            step(SuspensionStep::Asked { by: hand("甲"), reason: "门限已改".into() }),
            step(SuspensionStep::Granted {
                by: hand("乙"), asked_by: hand("甲"), reason: "门限已改".into()
            }),
            set,
        ];
        let entry = |(n, change)| RegistryEntry { seq: n + 1, effective_at: Instant(n as i64), change };
        let entries: Vec<_> = (0u64..).zip(changes).map(entry).collect();
        let said = |n: usize| {
            let s = standings(&entries[..n]).remove(0);
            (s.suspended, s.asked.map(|(by, _)| by.name), s.since.0, s.steps.len())
        };
        assert_eq!(said(1), (false, None, 0, 0));
        assert_eq!(said(2), (true, None, 0, 1));
        assert_eq!(said(3), (true, Some("甲".into()), 0, 2));
        assert_eq!(said(4), (true, None, 0, 3));
        assert_eq!(said(5), (false, None, 4, 3));
    }
}
