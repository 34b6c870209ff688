//! Checkpoints, quarantine, the numbered registry changes.

use super::town::*;
use crate::{Change, Checkpoint, Commit, Guard, PageAsk, QuarantineItem, QuarantineState, Store};
use linli_model::{
    DeviceId, Diagnostic, QuarantineReason, Quarantined, RegistryChange, RegistryEntry, SourceId, Subject,
    SubjectKind,
};

pub async fn a_checkpoint_keeps_its_snapshot_until_a_newer_one(store: &dyn Store) {
    let set = |position, snapshot: Option<&[u8]>| Change::CheckpointSet {
        name: "engine".into(),
        position,
        snapshot: snapshot.map(<[u8]>::to_vec),
    };
    let now = || async { store.checkpoint("engine").await.unwrap() };
    assert_eq!(now().await, Checkpoint::default());
    put(store, vec![set(7, None)]).await;
    assert_eq!(now().await, Checkpoint { position: 7, snapshot: None });
    put(store, vec![set(8, Some(&[0, 255, 1]))]).await;
    put(store, vec![set(9, None)]).await;
    assert_eq!(now().await, Checkpoint { position: 9, snapshot: Some(vec![0, 255, 1]) });
    put(store, vec![set(10, Some(&[]))]).await;
    assert_eq!(now().await, Checkpoint { position: 10, snapshot: Some(vec![]) });
    assert_eq!(store.checkpoint("history").await.unwrap(), Checkpoint::default(), "each loop has its own");
}

fn row(n: u32, reason: QuarantineReason) -> QuarantineItem {
    QuarantineItem {
        id: format!("{n}-1"),
        source: SourceId::new("gateway-1"),
        received_at: minute(i64::from(n / 2)),
        row: Quarantined {
            row: n,
            raw: "{\"id\":\"\u{0}坏\"".into(),
            reason,
            diagnostic: Diagnostic::new("malformed", "rows[1]", "不完整", "cut short").at(1, 6),
        },
    }
}

async fn open_rows(store: &dyn Store, reason: Option<&str>) -> Vec<QuarantineItem> {
    let (mut found, mut ask) = (vec![], PageAsk::first(2));
    loop {
        let page = store.quarantine(reason, &ask).await.unwrap();
        found.extend(page.items);
        let Some(next) = page.next else { return found };
        ask.after = Some(next);
    }
}

fn resolve(n: u32, state: QuarantineState) -> Change {
    Change::QuarantineResolve { id: format!("{n}-1"), state, by: Some(user_id(1)), note: "已更正".into() }
}

pub async fn a_row_comes_into_quarantine_once(store: &dyn Store) {
    let rows: Vec<_> = (1..=5)
        .map(|n| row(n, if n == 3 { QuarantineReason::UnknownDevice } else { QuarantineReason::Malformed }))
        .collect();
    for _ in 0..2 {
        put(store, rows.iter().cloned().map(Change::QuarantineAdd).collect()).await;
    }
    let found = open_rows(store, None).await;
    assert_eq!(found.len(), 5);
    assert!(found.is_sorted_by_key(|i| std::cmp::Reverse(i.received_at)), "newest first");
    assert!(rows.iter().all(|r| found.contains(r)));
    assert_eq!(open_rows(store, Some("unknown_device")).await, [rows[2].clone()]);
    assert_eq!(open_rows(store, Some("clock_out_of_range")).await, []);
    assert_eq!(store.quarantine_open().await.unwrap(), 5);
    assert_eq!(store.quarantine_item("3-1").await.unwrap(), Some(rows[2].clone()));
    assert_eq!(store.quarantine_item("9-1").await.unwrap(), None);
}

pub async fn a_row_is_resolved_once_and_stays_so(store: &dyn Store) {
    let add = || Change::QuarantineAdd(row(1, QuarantineReason::Malformed));
    put(store, vec![add()]).await;
    let by_guard = |n: usize| Commit {
        guards: vec![Guard::QuarantineOpen("1-1".into())],
        ..commit_of(vec![
            resolve(1, QuarantineState::Resubmitted),
            Change::SettingSet { key: format!("by-{n}"), value: true.into() },
        ])
    };
    let answers = together(store, (0..8).map(|n| store.commit(by_guard(n)))).await;
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|a| is_stale(a)).count(), 7, "{answers:?}");
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(store.setting(&format!("by-{n}")).await.unwrap().is_some(), answer.is_ok());
    }
    // The log read again brings the row again.
    put(store, vec![add()]).await;
    assert_eq!(store.quarantine_open().await.unwrap(), 0);
    assert_eq!(store.quarantine_item("1-1").await.unwrap(), None);
    assert_eq!(open_rows(store, None).await, []);
    assert!(is_stale(
        &store
            .commit(Commit { guards: vec![Guard::QuarantineOpen("none".into())], ..Commit::default() })
            .await
    ));
}

fn joined(n: u32) -> RegistryChange {
    RegistryChange::MemberJoined {
        population: "elder_alone".into(),
        subject: Subject::new(SubjectKind::Dwelling, format!("d{n}")),
        area: last(&path(ESTATE)),
        area_path: path(ESTATE),
    }
}

fn registry(n: u32) -> Change {
    Change::Registry { effective_at: minute(i64::from(n)), change: Box::new(joined(n)) }
}

pub async fn registry_changes_read_back_in_order(store: &dyn Store) {
    let subject = Subject::new(SubjectKind::Dwelling, "d1");
    let changes = [
        RegistryChange::DeviceSet(device(1, ESTATE)),
        RegistryChange::DeviceRetired(DeviceId::new("door-001")),
        joined(1),
        RegistryChange::MemberLeft { population: "elder_alone".into(), subject: subject.clone() },
        RegistryChange::AwaySet { subject: subject.clone(), until: Some(minute(9)), reason: "住院".into() },
        RegistryChange::AwayEnded { subject },
        RegistryChange::RuleSet {
            pack: "elder".into(),
            rule: "r".into(),
            version: 2,
            text: "a = \"é\"\n".into(),
        },
        RegistryChange::RuleRemoved { rule: "r".into() },
        RegistryChange::OverrideSet {
            rule: "r".into(),
            area: last(&path(ESTATE)),
            area_path: path(ESTATE),
            parameter: "days".into(),
            value: 0.1 + 0.2,
            set_by: "居委".into(),
        },
        RegistryChange::OverrideRemoved {
            rule: "r".into(),
            area: last(&path(ESTATE)),
            parameter: "days".into(),
        },
        RegistryChange::AreaRuleSet {
            area: last(&path(ESTATE)),
            area_path: path(ESTATE),
            rule: "loud".into(),
            version: 3,
            text: "a = \"é\"\n".into(),
            shadow: true,
            set_by: "居委".into(),
        },
        RegistryChange::AreaRuleRemoved {
            area: last(&path(ESTATE)),
            area_path: path(ESTATE),
            rule: "loud".into(),
            shadow: true,
        },
    ];
    let written =
        changes.iter().map(|c| Change::Registry { effective_at: minute(3), change: Box::new(c.clone()) });
    put(store, written.collect()).await;
    let entries = store.registry_after(0, 100).await.unwrap();
    let expected: Vec<_> = (1..)
        .zip(changes)
        .map(|(seq, change)| RegistryEntry { seq, effective_at: minute(3), change })
        .collect();
    assert_eq!(entries, expected);
    assert_eq!(store.registry_after(4, 3).await.unwrap(), expected[4..7]);
    assert_eq!(store.registry_after(12, 3).await.unwrap(), []);
}

/// Whoever follows the numbers must never see a later one before an earlier: the earlier would be lost to the log.
/// Nor may a commit that failed leave a gap that a follower could take for one still to come.
pub async fn registry_changes_are_numbered_without_gaps_in_the_order_they_appear(store: &dyn Store) {
    put(store, vec![Change::UserSet(user(1))]).await;
    let writing = together(
        store,
        (0..48u32).map(|n| async move {
            let mut changes = vec![registry(n * 10), registry(n * 10 + 1)];
            let fails = n % 4 == 3;
            if fails {
                changes.push(Change::UserSet(crate::User { id: user_id(n + 2), ..user(1) }));
            }
            assert_eq!(store.commit(commit_of(changes)).await.is_err(), fails);
        }),
    );
    let reading = async {
        let mut seen: Vec<RegistryEntry> = vec![];
        while seen.len() < 72 {
            for entry in store.registry_after(seen.len() as u64, 7).await.unwrap() {
                assert_eq!(entry.seq, seen.len() as u64 + 1, "no gap, and none comes late");
                seen.push(entry);
            }
        }
        seen
    };
    let (_, seen) = futures::join!(writing, reading);
    assert_eq!(store.registry_after(72, 9).await.unwrap(), []);
    let pairs: Vec<_> = seen.chunks(2).map(|p| (p[0].effective_at, p[1].effective_at)).collect();
    assert!(
        pairs.iter().all(|(a, b)| *b == *a + linli_model::Millis::minutes(1)),
        "those of a commit are neighbours"
    );
}
