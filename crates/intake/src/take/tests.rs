use super::*;
use crate::{
    directory::{Credential, MeasureKind, MeasureSpec, SecretKey, Snapshot},
    judge::OBSERVED_AT_MIN,
};
use linli_log::MemoryLog;
use linli_model::{AreaId, AreaPath, Device, DeviceClass, DeviceId, DeviceState, Measure};

pub(crate) fn device(id: &str, source: &str) -> Device {
    let area = AreaId::new("310104011012");
    Device {
        id: DeviceId::new(id),
        class: DeviceClass::SmartDoor,
        name: id.to_owned(),
        area_path: AreaPath::root(&area),
        area,
        source: SourceId::new(source),
        subject: None,
        measures: vec![],
        silence_secs_max: None,
        capacity: None,
        lon: None,
        lat: None,
        purpose: String::new(),
        state: DeviceState::Active,
        valid_from: OBSERVED_AT_MIN,
    }
}

pub(crate) fn directory() -> Snapshot {
    let key = SecretKey(vec![1; 32]);
    let credential = |principal: Principal, secret: &str| Credential {
        secret_hash: key.hash(&principal.name, secret.as_bytes()),
        principal: Arc::new(principal),
    };
    let credentials = [
        credential(Principal::gateway("gw-1", SourceId::new("gw-1")), "secret-1"),
        credential(Principal::gateway("gw-2", SourceId::new("gw-2")), "secret-2"),
    ];
    let devices = [device("door-1", "gw-1"), device("door-2", "gw-2")];
    let flag = MeasureSpec { code: Measure::new("door_open"), kind: MeasureKind::Flag, unit: String::new() };
    Snapshot::with_key(key).devices(&devices).measures([flag]).credentials(credentials)
}

pub(crate) fn intake() -> (Arc<Intake>, Arc<MemoryLog>) {
    let log = Arc::new(MemoryLog::empty());
    let now: Instant = "2026-11-23T08:30:00+08:00".parse().unwrap();
    let intake = Intake::new(log.clone(), Arc::new(Arc::new(directory())), Arc::new(move || now));
    (Arc::new(intake), log)
}

pub(crate) fn row(n: usize) -> String {
    format!(
        r#"{{"id":"r-{n}","device":"door-1","observed_at":"2026-11-23T08:29:00+08:00","measure":"door_open","value":true}}"#
    )
}

fn gateway() -> Arc<Principal> {
    directory().authenticate("gw-1", b"secret-1").unwrap()
}

async fn entries(log: &MemoryLog) -> Vec<ReadingBatch> {
    let read = log.read(0, 1_000).await.unwrap();
    read.into_iter()
        .map(|(_, entry)| match entry {
            LogEntry::Readings(batch) => batch,
            other => panic!("only readings were sent, the log has {other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn a_message_becomes_one_entry_with_its_good_and_its_bad_rows() {
    let (intake, log) = intake();
    let body = format!("{}\n{{\"device\":\n{}\n", row(1), row(2));
    let receipt = intake.take(&gateway(), Message::of(body.as_bytes())).await.unwrap();
    assert_eq!((receipt.accepted, receipt.quarantined, receipt.position), (2, 1, 1));
    assert_eq!((receipt.rows[0].row, receipt.rows[0].reason), (2, QuarantineReason::Malformed));
    let entries = entries(&log).await;
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].readings.len(), entries[0].quarantined.len()), (2, 1));
    assert_eq!(entries[0].quarantined[0].raw, "{\"device\":");
    assert_eq!(entries[0].source, SourceId::new("gw-1"));
}

#[tokio::test]
async fn lines_arrays_single_objects_and_gzip_say_the_same() {
    let three = [row(1), row(2), row(3)];
    let bodies = [three.join("\n"), format!("[{}]", three.join(",\n")), format!("[{}]", three.join(","))];
    let mut seen = Vec::new();
    for body in bodies {
        let (intake, log) = intake();
        let packed = crate::body::gzip_for_tests(body.as_bytes());
        let gzip = Message { encoding: Encoding::Gzip, ..Message::of(&packed) };
        let message = if seen.is_empty() { gzip } else { Message::of(body.as_bytes()) };
        assert_eq!(intake.take(&gateway(), message).await.unwrap().accepted, 3);
        seen.push(entries(&log).await);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[1], seen[2]);
    let (intake, _) = intake();
    assert_eq!(intake.take(&gateway(), Message::of(row(1).as_bytes())).await.unwrap().accepted, 1);
}

#[tokio::test]
async fn what_the_log_cannot_keep_is_not_acknowledged() {
    let (intake, log) = intake();
    log.break_down("the disk is gone");
    let refused = intake.take(&gateway(), Message::of(row(1).as_bytes())).await;
    assert!(matches!(refused, Err(IntakeError::Fault(_))), "{refused:?}");
    assert!(entries(&log).await.is_empty());
}

#[tokio::test]
async fn a_truncated_gzip_and_a_body_over_the_limit_leave_nothing_behind() {
    let (intake, log) = intake();
    let packed = crate::body::gzip_for_tests(row(1).as_bytes());
    let cut = Message { encoding: Encoding::Gzip, ..Message::of(&packed[..packed.len() - 3]) };
    assert!(
        matches!(intake.take(&gateway(), cut).await, Err(IntakeError::Unreadable(d)) if d.code == "gzip_unreadable")
    );
    let hundred_mb = vec![b' '; 100 << 20];
    let large = intake.take(&gateway(), Message::of(&hundred_mb)).await;
    assert!(matches!(large, Err(IntakeError::TooLarge(d)) if d.code == "body_too_large"));
    assert_eq!(log.last().await.unwrap(), 0);
}

#[tokio::test]
async fn a_source_the_sender_does_not_own_is_refused_whole() {
    let (intake, log) = intake();
    let other = SourceId::new("gw-2");
    let body = row(1);
    let message = Message { source: Some(&other), ..Message::of(body.as_bytes()) };
    assert!(
        matches!(intake.take(&gateway(), message).await, Err(IntakeError::Refused(r)) if r.code == "foreign_source")
    );
    assert_eq!(log.last().await.unwrap(), 0);
}

#[tokio::test]
async fn rows_of_several_sources_are_booked_under_their_own_in_one_append() {
    let (intake, log) = intake();
    let all = Principal::installation("tool", SourceId::new("gw-1"));
    let other = row(2).replace("door-1", "door-2").replacen('{', r#"{"source":"gw-2","#, 1);
    let body = [row(1), other, row(3)].join("\n");
    let receipt = intake.take(&all, Message::of(body.as_bytes())).await.unwrap();
    assert_eq!((receipt.accepted, receipt.position), (3, 2));
    let entries = entries(&log).await;
    assert_eq!(entries[0].source, SourceId::new("gw-1"));
    assert_eq!(entries[0].readings.len(), 2);
    assert_eq!(entries[1].source, SourceId::new("gw-2"));
}

#[tokio::test]
async fn an_empty_message_is_answered_with_a_row_of_its_own() {
    let (intake, _) = intake();
    for body in ["", " \n", "[]"] {
        let receipt = intake.take(&gateway(), Message::of(body.as_bytes())).await.unwrap();
        assert_eq!((receipt.accepted, receipt.rows[0].diagnostic.code.as_str()), (0, "no_rows"));
    }
}

#[tokio::test]
async fn a_very_large_message_is_split_into_entries_the_log_takes() {
    let (intake, log) = intake();
    let body: Vec<String> = (0..60_000).map(row).collect();
    let receipt = intake.take(&gateway(), Message::of(body.join("\n").as_bytes())).await.unwrap();
    assert_eq!(receipt.accepted, 60_000);
    let entries = entries(&log).await;
    assert!(entries.len() > 1);
    assert_eq!(entries.iter().map(|e| e.readings.len()).sum::<usize>(), 60_000);
    let order: Vec<_> = entries.iter().flat_map(|e| &e.readings).map(|r| r.id.0.clone()).collect();
    assert_eq!(order[59_999], "r-59999");
}

#[tokio::test]
async fn more_rows_than_allowed_are_refused_whole() {
    let log = Arc::new(MemoryLog::empty());
    let limits = Limits { rows_max: 2, ..Limits::default() };
    let now = OBSERVED_AT_MIN + Millis::days(9_000);
    let intake =
        Intake::new(log.clone(), Arc::new(Arc::new(directory())), Arc::new(move || now)).with_limits(limits);
    let two = [row(1), row(2)].join("\n");
    assert!(intake.take(&gateway(), Message::of(two.as_bytes())).await.is_ok());
    let three = [row(1), row(2), row(3)].join("\n");
    let refused = intake.take(&gateway(), Message::of(three.as_bytes())).await;
    assert!(matches!(refused, Err(IntakeError::TooLarge(d)) if d.code == "too_many_rows"));
    assert_eq!(log.last().await.unwrap(), 1);
}
