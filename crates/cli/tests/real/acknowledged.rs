//! Nothing acknowledged is lost: a street under load over HTTP and MQTT, its process killed again and again; every
//! acknowledged reading is in the log, and what was found is what the log says.

use crate::process::{
    self, Person, eventually,
    street::{Gateway, Street, opened, reading},
};
use linli_model::{AreaTree, LogEntry};
use linli_runtime::engines::Engines;
use rand::{Rng, SeedableRng};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use sea_orm::{ConnectionTrait, Database, Statement};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

const KILLS: usize = 8;
const ROWS: usize = 20;

type Acknowledged = Arc<Mutex<BTreeSet<String>>>;

/// One message of alternating alarms of one device; its ids.
fn message(n: usize, device: &str) -> (Vec<String>, String) {
    let at = process::now();
    let ids: Vec<String> = (0..ROWS).map(|row| format!("{device}-{n}-{row}")).collect();
    // An alarm for a while, then quiet for a while: episodes that open and end.
    let smoke = (n / 5).is_multiple_of(2);
    let rows = ids.iter().map(|id| reading(id, device, at, smoke));
    let body = rows.collect::<Vec<_>>().join("\n");
    (ids, body)
}

/// Sends the same message until it is acknowledged.
async fn over_http(gateway: Gateway, device: &'static str, stop: Arc<AtomicBool>, kept: Acknowledged) {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        let (ids, body) = message(n, device);
        loop {
            match gateway.send(&body).await {
                Some(receipt) => {
                    assert_eq!(receipt["accepted"], ROWS, "{receipt}");
                    kept.lock().unwrap().extend(ids);
                    break;
                }
                None if stop.load(Ordering::Relaxed) => return,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        n += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Publishes at QoS 1 and counts what the broker acknowledged; what was on the way is sent again by the client.
async fn over_mqtt(
    gateway: Gateway,
    port: u16,
    device: &'static str,
    stop: Arc<AtomicBool>,
    kept: Acknowledged,
) {
    let mut options = MqttOptions::new(format!("client-{device}"), "127.0.0.1", port);
    options.set_credentials(&gateway.name, &gateway.secret).set_clean_session(false).set_inflight(1);
    let (client, mut events) = AsyncClient::new(options, 1);
    let mut waiting: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    let mut sent: Vec<Vec<String>> = Vec::new();
    let (mut n, mut published) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        if published == sent.len() {
            let (ids, body) = message(n, device);
            let array = format!("[{}]", body.replace('\n', ","));
            if client.try_publish(&gateway.topic, QoS::AtLeastOnce, false, array).is_ok() {
                sent.push(ids);
                n += 1;
            }
        }
        match tokio::time::timeout(Duration::from_millis(200), events.poll()).await {
            Ok(Ok(Event::Outgoing(rumqttc::Outgoing::Publish(id)))) => {
                waiting.entry(id).or_insert_with(|| sent[published.min(sent.len() - 1)].clone());
                published = sent.len();
            }
            Ok(Ok(Event::Incoming(Packet::PubAck(ack)))) => {
                kept.lock().unwrap().extend(waiting.remove(&ack.pkid).unwrap_or_default());
            }
            Ok(Err(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            _ => {}
        }
    }
}

#[test]
fn what_was_acknowledged_is_in_the_log_and_what_was_found_is_what_the_log_says() {
    let folder = tempfile::tempdir().unwrap();
    let seed = std::env::var("LINLI_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or_else(rand::random);
    println!("LINLI_SEED={seed}");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (acknowledged, opened) = runtime.block_on(async {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let mut street = Street::filled(folder.path(), "").await;
        let gateway = street.gateway().await;
        let (stop, kept) = (Arc::new(AtomicBool::new(false)), Acknowledged::default());
        let mut senders = tokio::task::JoinSet::new();
        for device in ["smoke-1", "smoke-2"] {
            senders.spawn(over_http(gateway.clone(), device, stop.clone(), kept.clone()));
        }
        for device in ["smoke-3", "smoke-4"] {
            senders.spawn(over_mqtt(gateway.clone(), street.mqtt, device, stop.clone(), kept.clone()));
        }
        for _ in 0..KILLS {
            tokio::time::sleep(Duration::from_millis(random.random_range(200..1_500))).await;
            street.process.take().unwrap().kill();
            street.restart();
        }
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        stop.store(true, Ordering::Relaxed);
        senders.join_all().await;
        // The engine gets to the end of the log, then the process ends well.
        let nobody = Person::nobody(&street.listen);
        eventually("the engine at the end of the log", || async {
            tokio::time::sleep(Duration::from_secs(6)).await;
            nobody.metrics().await.contains("\nlinli_log_behind 0\n").then_some(())
        })
        .await;
        street.process.take().unwrap().stop();
        let opened = findings(folder.path()).await;
        (std::mem::take(&mut *kept.lock().unwrap()), opened)
    });
    assert!(acknowledged.len() > 400, "no load: {} acknowledged", acknowledged.len());
    for device in ["smoke-1", "smoke-3"] {
        assert!(acknowledged.iter().any(|id| id.starts_with(device)), "{device} acknowledged nothing");
    }
    runtime.block_on(compare(folder.path(), &acknowledged, &opened, seed));
}

/// Starts of the alarms that were found, by device.
async fn findings(folder: &std::path::Path) -> BTreeSet<(String, i64)> {
    let url = format!("sqlite://{}?mode=ro", folder.join("data/linli.sqlite").display());
    let db = Database::connect(url).await.unwrap();
    let sql = "SELECT body, case_id FROM findings WHERE rule = 'smoke_alarm'";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
    let found = rows.iter().map(|row| {
        let finding: linli_model::Finding =
            serde_json::from_str(&row.try_get::<String>("", "body").unwrap()).unwrap();
        assert!(
            row.try_get::<Option<String>>("", "case_id").unwrap().is_some(),
            "{} has no case",
            finding.id
        );
        (finding.subject.id.clone(), finding.start.millis())
    });
    found.collect()
}

async fn compare(
    folder: &std::path::Path,
    acknowledged: &BTreeSet<String>,
    found: &BTreeSet<(String, i64)>,
    seed: u64,
) {
    let house = opened(folder).await;
    let areas = AreaTree::from_areas(house.store.areas().await.unwrap());
    let mut engines = Engines::with_timing(house.timing.clone());
    let (mut at, mut logged, mut expected) = (0, BTreeSet::new(), BTreeSet::new());
    loop {
        let entries = house.log.read(at, 1_000).await.unwrap();
        let Some(last) = entries.last().map(|(p, _)| *p) else { break };
        at = last;
        for (_, entry) in &entries {
            if let LogEntry::Readings(batch) = entry {
                logged.extend(batch.readings.iter().map(|r| r.id.to_string()));
            }
            let mut out = Vec::new();
            engines.step(entry, &areas, &mut out);
            expected.extend(
                out.iter()
                    .filter(|f| f.rule == "smoke_alarm")
                    .map(|f| (f.subject.id.clone(), f.start.millis())),
            );
        }
    }
    let lost: Vec<_> = acknowledged.difference(&logged).take(5).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?} (LINLI_SEED={seed})");
    assert!(expected.len() >= 8, "few alarms: {}", expected.len());
    let missing: Vec<_> = expected.difference(found).take(5).collect();
    let invented: Vec<_> = found.difference(&expected).take(5).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "missing {missing:?}, invented {invented:?} (LINLI_SEED={seed})"
    );
}
