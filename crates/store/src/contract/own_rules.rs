//! Rules that areas composed themselves.

use super::town::*;
use crate::{Change, Commit, Guard, Store};
use linli_model::{
    AreaId, Finding, FindingChange, FindingId, FindingKind, Hand, OwnMove, OwnRule, OwnRun, OwnStage,
    OwnVersion,
};

fn own(rule: &str, at: &str, revision: u32) -> OwnRule {
    let hand = Hand { user: user_id(1), name: "居委1".into() };
    OwnRule {
        area: last(&path(at)),
        area_path: path(at),
        rule: rule.into(),
        revision,
        versions: vec![OwnVersion {
            version: 1,
            text: "rule = \"坏\u{0}\n".into(),
            authors: vec![hand.clone()],
            saved_at: minute(1),
        }],
        on: None,
        shadow: Some(OwnRun { version: 1, since: minute(2), by: hand.clone() }),
        moves: vec![OwnMove {
            at: minute(2),
            by: hand,
            to: OwnStage::Shadow,
            version: 1,
            consent: "楼组会,存档 3 号".into(),
        }],
        removed: false,
    }
}

fn set(rule: OwnRule) -> Change {
    Change::OwnRuleSet { partition: last(&path(COMMITTEE)), rule: Box::new(rule) }
}

pub async fn own_rules_read_back_cut_to_areas(store: &dyn Store) {
    let near = "310104011/3101040110121/";
    let rules = [own("a", COMMITTEE, 1), own("a", ESTATE, 1), own("b", ESTATE, 1), own("a", near, 1)];
    put(store, rules.iter().cloned().map(set).collect()).await;
    assert_eq!(store.own_rules(&[path(COMMITTEE)]).await.unwrap(), rules[..3]);
    assert_eq!(store.own_rules(&[path(ESTATE), path(near)]).await.unwrap().len(), 3);
    assert_eq!(store.own_rules(&[]).await.unwrap(), []);
    let changed = OwnRule { removed: true, ..own("b", ESTATE, 2) };
    put(store, vec![set(changed.clone())]).await;
    assert_eq!(store.own_rule(&last(&path(ESTATE)), "b").await.unwrap(), Some(changed));
    assert_eq!(store.own_rule(&last(&path(ESTATE)), "c").await.unwrap(), None);
    assert_eq!(store.own_rule_changes(&last(&path(COMMITTEE))).await.unwrap(), 5);
    assert_eq!(store.own_rule_changes(&AreaId::new("none")).await.unwrap(), 0);
}

pub async fn of_many_at_once_on_one_state_of_an_area_s_rules_exactly_one_wins(store: &dyn Store) {
    let area = last(&path(COMMITTEE));
    for state in 0..2 {
        let commit = |n: u32| Commit {
            guards: vec![Guard::OwnRules(area.clone(), state)],
            ..commit_of(vec![set(own(&format!("r{state}{n}"), ESTATE, 1))])
        };
        let answers = together(store, (0..8).map(|n| store.commit(commit(n)))).await;
        assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|a| is_stale(a)).count(), 7, "{answers:?}");
    }
    assert_eq!(store.own_rules(&[path(COMMITTEE)]).await.unwrap().len(), 2);
    assert_eq!(store.own_rule_changes(&area).await.unwrap(), 2);
}

pub async fn findings_are_counted_by_rule_and_version_but_for_those_taken_back(store: &dyn Store) {
    let code = own("loud", ESTATE, 1).code(true);
    let found = |n: u32, version: u32| {
        let mut f = Finding { rule: code.clone(), rule_version: version, ..finding(n, ESTATE) };
        f.id = FindingId::of(&f.rule, &f.subject, f.start);
        f
    };
    let retracted = Finding { change: FindingChange::Retracted, ..found(4, 1) };
    let coverage = Finding { kind: FindingKind::Coverage, ..found(5, 1) };
    let findings =
        [found(1, 1), found(2, 1), found(3, 11), found(4, 1), retracted, coverage, finding(6, ESTATE)];
    let changes = findings.into_iter().map(|f| Change::FindingSet { finding: Box::new(f), case: None });
    put(store, changes.collect()).await;
    assert_eq!(store.findings_made(&code, 1).await.unwrap(), 2);
    assert_eq!(store.findings_made(&code, 11).await.unwrap(), 1);
    assert_eq!(store.findings_made(&code, 2).await.unwrap(), 0);
    assert_eq!(store.findings_made("elder_absent", 2).await.unwrap(), 1);
}
