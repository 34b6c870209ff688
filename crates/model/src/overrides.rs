//! What an area set for itself of a rule, version by version, and the way back to any of them.
//!
//! Invariants
//! - OH1 Version 0 is the rule as everybody has it; each commit that changed something of the area's makes the next one.
//! - OH2 Going back is a new version with the content of the old one; nothing of the history is lost.
//! - OH3 A note changes nothing of what runs: who reads the registry without it comes to the same.
//!
//! Deliberately absent: what a rule leaves to its areas and what no longer fits it (the server asks the plan), rights.

use crate::{
    area::{AreaId, AreaPath},
    registry::{RegistryChange, RegistryEntry},
    term::Term,
    time::Instant,
};
use std::collections::BTreeMap;

/// What an area has set at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OverrideContent {
    /// By parameter.
    pub values: BTreeMap<String, f64>,
    /// By [`Term::key`].
    pub terms: BTreeMap<String, Term>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OverrideVersion {
    pub version: u32,
    pub at: Instant,
    pub by: String,
    pub reason: String,
    /// The version it went back to.
    pub back_to: Option<u32>,
    pub content: OverrideContent,
}

/// One thing that differs between two contents.
#[derive(Clone, Debug, PartialEq)]
pub enum OverrideDifference<'a> {
    Value { parameter: &'a str, was: Option<f64>, is: Option<f64> },
    Term { key: &'a str, was: Option<&'a Term>, is: Option<&'a Term> },
}

impl OverrideContent {
    /// What `self` has otherwise than `before`: values first, each by name.
    pub fn differences<'a>(&'a self, before: &'a OverrideContent) -> Vec<OverrideDifference<'a>> {
        let mut found = Vec::new();
        let mut names: Vec<&String> = self.values.keys().chain(before.values.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let (was, is) = (before.values.get(name).copied(), self.values.get(name).copied());
            if was != is {
                found.push(OverrideDifference::Value { parameter: name, was, is });
            }
        }
        let mut keys: Vec<&String> = self.terms.keys().chain(before.terms.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            let (was, is) = (before.terms.get(key), self.terms.get(key));
            if was != is {
                found.push(OverrideDifference::Term { key, was, is });
            }
        }
        found
    }

    /// The changes that make this an area's content where `before` is.
    pub fn changes_from(
        &self,
        before: &OverrideContent,
        rule: &str,
        (area, area_path): (&AreaId, &AreaPath),
        by: &str,
    ) -> Vec<RegistryChange> {
        let (rule, area, area_path, set_by) =
            (rule.to_owned(), area.clone(), area_path.clone(), by.to_owned());
        let change = |d: OverrideDifference<'_>| {
            let (rule, area, area_path, set_by) =
                (rule.clone(), area.clone(), area_path.clone(), set_by.clone());
            match d {
                OverrideDifference::Value { parameter, is: Some(value), .. } => {
                    let parameter = parameter.to_owned();
                    RegistryChange::OverrideSet { rule, area, area_path, parameter, value, set_by }
                }
                OverrideDifference::Value { parameter, is: None, .. } => {
                    RegistryChange::OverrideRemoved { rule, area, parameter: parameter.to_owned() }
                }
                OverrideDifference::Term { is: Some(term), .. } => {
                    RegistryChange::TermSet { rule, area, area_path, term: term.clone(), set_by }
                }
                OverrideDifference::Term { key, is: None, .. } => {
                    RegistryChange::TermRemoved { rule, area, key: key.to_owned() }
                }
            }
        };
        self.differences(before).into_iter().map(change).collect()
    }

    /// Takes a change along; whether it is one of this rule's in this area.
    fn take(&mut self, change: &RegistryChange, of: (&str, &AreaId)) -> bool {
        match change {
            RegistryChange::OverrideSet { rule, area, parameter, value, .. } if (&**rule, area) == of => {
                self.values.insert(parameter.clone(), *value);
            }
            RegistryChange::OverrideRemoved { rule, area, parameter } if (&**rule, area) == of => {
                self.values.remove(parameter);
            }
            RegistryChange::TermSet { rule, area, term, .. } if (&**rule, area) == of => {
                self.terms.insert(term.key(), term.clone());
            }
            RegistryChange::TermRemoved { rule, area, key } if (&**rule, area) == of => {
                self.terms.remove(key);
            }
            _ => return false,
        }
        true
    }
}

/// The versions of what an area set of a rule, oldest first; without version 0 (OH1).
pub fn override_versions(registry: &[RegistryEntry], rule: &str, area: &AreaId) -> Vec<OverrideVersion> {
    let mut versions: Vec<OverrideVersion> = Vec::new();
    let mut content = OverrideContent::default();
    // A commit is what was set at one moment; its note, which comes last, ends it.
    let mut open = false;
    for entry in registry {
        if let RegistryChange::OverridesNoted { rule: r, area: a, by, reason, back_to, .. } = &entry.change {
            let last = versions.last_mut().filter(|v| open && v.at == entry.effective_at);
            if let Some(version) = last.filter(|_| (&**r, a) == (rule, area)) {
                (version.by, version.reason) = (by.name.clone(), reason.clone());
                version.back_to = *back_to;
                open = false;
            }
            continue;
        }
        if !content.take(&entry.change, (rule, area)) {
            continue;
        }
        if !open || versions.last().is_none_or(|v| v.at != entry.effective_at) {
            versions.push(OverrideVersion {
                version: versions.len() as u32 + 1,
                at: entry.effective_at,
                by: String::new(),
                reason: String::new(),
                back_to: None,
                content: OverrideContent::default(),
            });
            open = true;
        }
        if let Some(version) = versions.last_mut() {
            if let RegistryChange::OverrideSet { set_by, .. } | RegistryChange::TermSet { set_by, .. } =
                &entry.change
            {
                version.by.clone_from(set_by);
            }
            version.content = content.clone();
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{finding::Severity, own_rule::Hand, post::UserId};

    fn area() -> (AreaId, AreaPath) {
        let id = AreaId::new("E1");
        (id.clone(), AreaPath::root(&id))
    }

    fn value(parameter: &str, value: f64, by: &str) -> RegistryChange {
        let (area, area_path) = area();
        let (rule, parameter, set_by) = ("r".to_owned(), parameter.to_owned(), by.to_owned());
        RegistryChange::OverrideSet { rule, area, area_path, parameter, value, set_by }
    }

    fn note(reason: &str, back_to: Option<u32>) -> RegistryChange {
        let (area, area_path) = area();
        let by = Hand { user: UserId::from(uuid::Uuid::nil()), name: "乙".into() };
        RegistryChange::OverridesNoted {
            rule: "r".into(),
            area,
            area_path,
            by,
            reason: reason.into(),
            back_to,
        }
    }

    fn entries(changes: Vec<(i64, RegistryChange)>) -> Vec<RegistryEntry> {
        let entry = |(seq, (at, change))| RegistryEntry { seq, effective_at: Instant(at), change };
        (1..).zip(changes).map(entry).collect()
    }

    /// OH1, OH3
    #[test]
    fn each_commit_of_the_area_is_a_version_and_what_others_set_is_none() {
        let (area, area_path) = area();
        let term = Term::Severity(Severity::Urgent);
        let (rule, key) = ("r".to_owned(), term.key());
        let set = RegistryChange::TermSet {
            rule: rule.clone(),
            area: area.clone(),
            area_path: area_path.clone(),
            term: term.clone(),
            set_by: "甲".into(),
        };
        let gone = RegistryChange::TermRemoved { rule: rule.clone(), area: area.clone(), key: key.clone() };
        let elsewhere = RegistryChange::OverrideSet {
            rule: rule.clone(),
            area: AreaId::new("E2"),
            area_path,
            parameter: "floor".into(),
            value: 9.0,
            set_by: String::new(),
        };
        let registry = entries(vec![
            // Of older programs: no note.
            (1, value("floor", 0.2, "甲")),
            (1, set),
            (2, elsewhere),
            (3, gone),
            (3, note("夜里太吵", None)),
            // Another commit within the same millisecond.
            (3, value("floor", 0.3, "甲")),
            (3, note("", Some(1))),
        ]);
        let versions = override_versions(&registry, "r", &area);
        let said: Vec<_> = versions.iter().map(|v| (v.version, &*v.by, &*v.reason, v.back_to)).collect();
        assert_eq!(said, [(1, "甲", "", None), (2, "乙", "夜里太吵", None), (3, "乙", "", Some(1))]);
        let held = |n: usize| (versions[n].content.values["floor"], versions[n].content.terms.get(&key));
        assert_eq!((held(0), held(1), held(2)), ((0.2, Some(&term)), (0.2, None), (0.3, None)));
        assert!(override_versions(&registry, "q", &area).is_empty());
    }

    /// OH2
    #[test]
    fn the_way_back_leads_to_the_old_content_from_wherever_one_stands() {
        let (id, path) = area();
        let severity = Term::Severity(Severity::Urgent);
        let older = OverrideContent {
            values: BTreeMap::from([("floor".to_owned(), 0.2), ("hold".to_owned(), 5.0)]),
            terms: BTreeMap::from([(severity.key(), severity)]),
        };
        let only = Term::Only { population: "elder_alone".into() };
        let newer = OverrideContent {
            values: BTreeMap::from([("floor".to_owned(), 0.25)]),
            terms: BTreeMap::from([(only.key(), only)]),
        };
        for (from, to) in [
            (&newer, &older),
            (&older, &newer),
            (&older, &OverrideContent::default()),
            (&OverrideContent::default(), &older),
        ] {
            let mut content = from.clone();
            for change in to.changes_from(from, "r", (&id, &path), "甲") {
                assert!(content.take(&change, ("r", &id)));
            }
            assert_eq!(content, *to);
            assert!(to.changes_from(to, "r", (&id, &path), "甲").is_empty());
        }
    }
}
