//! Hot reload: an area sets its rule anew, over and over, while readings flow and the process is killed; what is found is
//! what each version sees of the readings while it is in force (WA1, WA2), and nothing falls between two versions.

use crate::process::{
    self, Person, eventually,
    street::{Gateway, Street, opened},
};
use linli_model::{LogEntry, RegistryChange, own_code};
use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

const GAUGE: &str =
    "设备编号,类别,名称,区域,来源,测量项,用途\ngauge-1,水压,一号压力表,E1,gw-1,pressure_m,供水安全\n";
const QUICK: &str = "[time]\nlateness_secs = 1\nidle_secs = 1\n";
/// What the gauge says again and again: low for both versions, for one of them, for none.
const SAYS: [f64; 7] = [30.0, 9.0, 30.0, 14.0, 14.0, 20.0, 14.0];
const LIMITS: [&str; 2] = ["12.0", "15.0"];
const TURNS: usize = 8;

/// The two versions differ in their operators, so that each one lives through what was before it takes over.
fn text(limit: &str) -> String {
    let level = format!("operator = \"level\"\nraise = \"pressure_m < {limit}\"\n");
    let signal = match limit {
        "12.0" => format!("[signal]\n{level}"),
        _ => format!(
            "[signals.low]\n{level}[signal]\noperator = \"logic\"\nmode = \"any\"\ninputs = [\"low\"]\n"
        ),
    };
    format!(
        "rule = \"low_here\"\nname = {{ zh = \"本小区水压低\", en = \"Low here\" }}\nkey = \"device\"\nseverity = \"info\"\n\
         case_class = \"water.low_pressure\"\nsentence = {{ zh = \"水压低\", en = \"low\" }}\n{signal}"
    )
}

fn reading(id: &str, at: jiff::Timestamp, metres: f64) -> String {
    format!(
        r#"{{"id":"{id}","device":"gauge-1","observed_at":"{at}","measure":"pressure_m","value":{metres}}}"#
    )
}

async fn flow(gateway: Gateway, stop: Arc<AtomicBool>) -> usize {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        let body = reading(&format!("g-{n}"), process::now(), SAYS[n % SAYS.len()]);
        while gateway.send(&body).await.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        n += 1;
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    n
}

/// Version by version: draft, shadow, on.
async fn set_anew(cadre: &Person, limit: &str, revision: &Value) -> Value {
    let path = "/own-rules/E1/low_here";
    let draft = json!({"text": text(limit), "revision": revision});
    let mut rule = cadre.post(&format!("{path}/draft"), &draft).await;
    assert_eq!(rule["mistakes"], json!([]), "{rule}");
    for action in ["shadow", "on"] {
        let ask = json!({"action": action, "revision": rule["revision"]});
        rule = cadre.post(&format!("{path}/stage"), &ask).await;
    }
    rule["revision"].clone()
}

#[test]
fn a_rule_set_anew_while_readings_flow_finds_what_each_version_sees_and_what_comes_too_late_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (sent, found) = runtime.block_on(async {
        let mut street = Street::filled(folder.path(), QUICK).await;
        street.import("devices", GAUGE, 1).await;
        let gateway = street.gateway().await;
        let first = reading("first", process::now(), SAYS[0]);
        eventually("the gauge to be known", || async {
            gateway.send(&first).await.filter(|receipt| receipt["accepted"] == 1)
        })
        .await;
        let mut cadre = street.person("cadre").await;
        let mut revision = json!(0);
        let stop = Arc::new(AtomicBool::new(false));
        let sender = tokio::task::JoinSet::from_iter([flow(gateway.clone(), stop.clone())]);
        for turn in 0..TURNS {
            revision = set_anew(&cadre, LIMITS[turn % 2], &revision).await;
            tokio::time::sleep(Duration::from_millis(700)).await;
            if turn % 4 == 2 {
                street.process.take().unwrap().kill();
                street.restart();
                cadre = street.person("cadre").await;
            }
        }
        stop.store(true, Ordering::Relaxed);
        let sent = sender.join_all().await[0];

        // Longer ago than anything is set right: stored, without effect, and counted.
        let ten_days_ago = process::now() - jiff::SignedDuration::from_hours(240);
        let receipt = gateway.send(&reading("ten-days-late", ten_days_ago, 9.0)).await.unwrap();
        assert_eq!(receipt["accepted"], 1, "{receipt}");
        // What the last reading began is settled by the second tick behind it.
        tokio::time::sleep(Duration::from_secs(22)).await;
        eventually("the late one to be counted", || async {
            let metrics = street.admin.metrics().await;
            let says = |line: &str| metrics.lines().any(|l| l == line);
            let counted = says("linli_engine_total{what=\"late_beyond_window\"} 1");
            (counted && says("linli_log_behind 0")).then_some(())
        })
        .await;
        street.process.take().unwrap().stop();
        (sent, starts(folder.path()).await)
    });
    runtime.block_on(compare(folder.path(), sent, &found));
}

/// When the episodes that were found began.
async fn starts(folder: &Path) -> BTreeSet<i64> {
    let url = format!("sqlite://{}?mode=ro", folder.join("data/linli.sqlite").display());
    let db = Database::connect(url).await.unwrap();
    let code = own_code("low_here", &linli_model::AreaId::new("E1"), false);
    let sql = format!("SELECT body FROM findings WHERE rule = '{code}'");
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    let start = |row: sea_orm::QueryResult| {
        let finding: linli_model::Finding =
            serde_json::from_str(&row.try_get::<String>("", "body").unwrap()).unwrap();
        finding.start.millis()
    };
    rows.into_iter().map(start).collect()
}

/// What the log holds of the gauge and of its rule.
struct Told {
    said: Vec<(i64, f64)>,
    /// From when on which limit was in force.
    limits: Vec<(i64, f64)>,
}

async fn told(folder: &Path) -> Told {
    let house = opened(folder).await;
    let (mut at, mut told) = (0, Told { said: Vec::new(), limits: Vec::new() });
    let mut ids = BTreeSet::new();
    loop {
        let entries = house.log.read(at, 1_000).await.unwrap();
        let Some(last) = entries.last().map(|(p, _)| *p) else { return told };
        at = last;
        for (_, entry) in entries {
            match entry {
                LogEntry::Readings(batch) => {
                    // What was not acknowledged in time came again under its id.
                    let of_gauge = batch.readings.into_iter().filter(|r| r.id.as_str().starts_with("g-"));
                    for r in of_gauge.filter(|r| ids.insert(r.id.clone())) {
                        told.said.push((r.observed_at.millis(), r.value.number().unwrap()));
                    }
                }
                LogEntry::Registry(entry) => {
                    if let RegistryChange::AreaRuleSet { text: set, shadow: false, .. } = &entry.change {
                        let limit = LIMITS.into_iter().find(|l| text(l) == *set).expect("one of the two");
                        told.limits.push((entry.effective_at.millis(), limit.parse().unwrap()));
                    }
                }
                LogEntry::Tick { .. } => {}
            }
        }
    }
}

/// Begin and end of every stretch below the limit, by hand.
fn episodes(said: &[(i64, f64)], limit: f64) -> Vec<(i64, i64)> {
    let mut found: Vec<(i64, i64)> = Vec::new();
    for pair in said.chunk_by(|a, b| (a.1 < limit) == (b.1 < limit)).collect::<Vec<_>>().windows(2) {
        if pair[0][0].1 < limit {
            found.push((pair[0][0].0, pair[1][0].0));
        }
    }
    if let Some(last) = said.chunk_by(|a, b| (a.1 < limit) == (b.1 < limit)).last()
        && last[0].1 < limit
    {
        found.push((last[0].0, i64::MAX));
    }
    found
}

async fn compare(folder: &Path, sent: usize, found: &BTreeSet<i64>) {
    let mut told = told(folder).await;
    assert_eq!(told.said.len(), sent, "acknowledged and logged");
    told.said.sort_by_key(|s| s.0);
    assert_eq!(told.limits.len(), TURNS, "every version took its turn");
    let ends = told.limits.iter().skip(1).map(|l| l.0).chain([i64::MAX]);
    let mut expected = BTreeSet::new();
    for ((from, limit), to) in told.limits.iter().zip(ends) {
        let seen = episodes(&told.said, *limit).into_iter();
        // At one moment a version takes over first, then readings count.
        expected.extend(seen.filter(|(start, end)| *start < to && end >= from).map(|(start, _)| start));
    }
    assert!(expected.len() > 10, "little load: {}", expected.len());
    let missing: Vec<_> = expected.difference(found).collect();
    let invented: Vec<_> = found.difference(&expected).collect();
    let limits = &told.limits;
    assert!(
        missing.is_empty() && invented.is_empty(),
        "missing {missing:?}, invented {invented:?} of {}; versions {limits:?}",
        expected.len()
    );
}
