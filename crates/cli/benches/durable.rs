//! The real process under load, with all shipped rules on and devices of every kind that they hear: readings
//! acknowledged per second over HTTP and MQTT, how soon the rules have heard them, and how long from sending an alarm to
//! the notice on an open page. Prints one line per measurement; docs/performance.md has the figures.

// The senders are tasks of their own, outside of any installation.
#![allow(clippy::disallowed_methods)]

#[path = "../tests/real/process/mod.rs"]
mod process;

use process::{
    Person, now,
    street::{Gateway, Street, reading},
};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use std::{fmt::Write, sync::Arc, time::Duration};
use tokio::sync::mpsc;

const LOAD_DEVICES: usize = 200;
const ALARMS: usize = 200;
const SENDERS: usize = 8;
const HTTP_ROWS: usize = 1_000;
const HTTP_MESSAGES: usize = 60;
const MQTT_CLIENTS: usize = 4;
const MQTT_ROWS: usize = 500;
const MQTT_MESSAGES: usize = 100;
/// By class of device: what it measures, and what it says when all is well.
const KINDS: [(&str, &str, &str); 10] = [
    ("水压", "pressure_mpa", "0.3"),
    ("噪声", "noise_db", "45.5"),
    ("非机动车库", "temperature_c", "21.5"),
    ("水表", "water_m3", "0.012"),
    ("微卡口", "gate_delta", "0"),
    ("智能门禁", "door_open", "true"),
    ("红外", "motion", "true"),
    ("垃圾房", "overflow", "false"),
    ("电梯", "lift_ebike", "false"),
    ("智能门禁", "door_card", "\"k17\""),
];

fn main() {
    // Asked for its list of tests, a benchmark has none.
    if std::env::args().any(|a| a == "--list") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let folder = match std::env::var("LINLI_BENCH_DIR") {
            Ok(path) => tempfile::tempdir_in(path).unwrap(),
            Err(_) => tempfile::tempdir().unwrap(),
        };
        let street = Street::filled(folder.path(), "").await;
        let mut table = String::from("设备编号,类别,名称,区域,来源,测量项,用途\n");
        for n in 0..LOAD_DEVICES {
            let (class, measure, _) = KINDS[n % KINDS.len()];
            writeln!(table, "load-{n},{class},设备{n},D1,gw-1,{measure},运行保障").unwrap();
        }
        for n in 0..ALARMS * 2 {
            writeln!(table, "alarm-{n},烟感,烟感{n},D1,gw-1,smoke,消防安全").unwrap();
        }
        street.import("devices", &table, (LOAD_DEVICES + ALARMS * 2) as u64).await;
        let gateway = street.gateway().await;
        println!("{:<44} {:>12} {:>10} {:>10}", "measurement", "readings/s", "p50 ms", "p99 ms");
        over_http(&street, &gateway).await;
        over_mqtt(&street, &gateway).await;
        for (round, rate) in [1_000, 20_000].into_iter().enumerate() {
            latency(&street, &gateway, rate, round * ALARMS).await;
        }
    });
}

fn readings(message: usize, rows: usize, array: bool) -> String {
    let at = now();
    let mut body = String::with_capacity(rows * 120);
    for n in 0..rows {
        let (mark, end) = if array { (if n == 0 { "[" } else { "," }, "") } else { ("", "\n") };
        let device = n % LOAD_DEVICES;
        let (_, measure, value) = KINDS[device % KINDS.len()];
        write!(body, r#"{mark}{{"id":"m{message}-{n}","device":"load-{device}","observed_at":"{at}","measure":"{measure}","value":{value}}}{end}"#).unwrap();
    }
    if array {
        body.push(']');
    }
    body
}

fn line(what: &str, readings: usize, took: Duration) {
    println!("{what:<44} {:>12.0}", readings as f64 / took.as_secs_f64());
}

async fn over_http(street: &Street, gateway: &Gateway) {
    let bodies: Vec<Vec<String>> = (0..SENDERS)
        .map(|s| (0..HTTP_MESSAGES).map(|m| readings(s * HTTP_MESSAGES + m, HTTP_ROWS, false)).collect())
        .collect();
    let began = tokio::time::Instant::now();
    let mut senders = tokio::task::JoinSet::new();
    for bodies in bodies {
        let gateway = gateway.clone();
        senders.spawn(async move {
            for body in bodies {
                let receipt = gateway.send(&body).await.expect("acknowledged");
                assert_eq!(receipt["accepted"], HTTP_ROWS, "{receipt}");
            }
        });
    }
    senders.join_all().await;
    let what = format!("HTTP, {SENDERS} senders, NDJSON of {HTTP_ROWS}");
    line(&what, SENDERS * HTTP_MESSAGES * HTTP_ROWS, began.elapsed());
    let took = heard(street, began).await;
    line("the same, heard by the rules", SENDERS * HTTP_MESSAGES * HTTP_ROWS, took);
}

/// How long the engines took to have followed the log. Its gauge is as of their last turn, so that it has to say so for a
/// while.
async fn heard(street: &Street, began: tokio::time::Instant) -> Duration {
    let behind = |metrics: &str| {
        let line = metrics.lines().find_map(|l| l.strip_prefix("linli_log_behind "))?;
        line.trim().parse::<f64>().ok()
    };
    let mut since = None;
    loop {
        let now = tokio::time::Instant::now();
        match behind(&street.admin.metrics().await) {
            Some(0.0) => {
                let first = *since.get_or_insert(now);
                if now - first > Duration::from_millis(500) {
                    return first - began;
                }
            }
            _ => since = None,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn over_mqtt(street: &Street, gateway: &Gateway) {
    let bodies: Vec<Vec<String>> = (0..MQTT_CLIENTS)
        .map(|c| {
            (0..MQTT_MESSAGES).map(|m| readings(100_000 + c * MQTT_MESSAGES + m, MQTT_ROWS, true)).collect()
        })
        .collect();
    let began = tokio::time::Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for (c, bodies) in bodies.into_iter().enumerate() {
        let mut options = MqttOptions::new(format!("bench-{c}"), "127.0.0.1", street.mqtt);
        options.set_credentials(&gateway.name, &gateway.secret).set_inflight(16);
        options.set_max_packet_size(1 << 20, 1 << 20);
        let (client, mut events) = AsyncClient::new(options, 16);
        let topic = gateway.topic.clone();
        clients.spawn(async move {
            let sending = tokio::spawn(async move {
                for body in bodies {
                    client.publish(&topic, QoS::AtLeastOnce, false, body).await.unwrap();
                }
                client
            });
            let mut acknowledged = 0;
            while acknowledged < MQTT_MESSAGES {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::PubAck(_))) => acknowledged += 1,
                    Ok(_) => {}
                    Err(e) => panic!("MQTT: {e}"),
                }
            }
            drop(sending.await);
        });
    }
    clients.join_all().await;
    let what = format!("MQTT QoS 1, {MQTT_CLIENTS} clients, arrays of {MQTT_ROWS}");
    line(&what, MQTT_CLIENTS * MQTT_MESSAGES * MQTT_ROWS, began.elapsed());
    let took = heard(street, began).await;
    line("the same, heard by the rules", MQTT_CLIENTS * MQTT_MESSAGES * MQTT_ROWS, took);
}

/// Alarms one after the other beside a steady load; from sending one to the first notice on an open page.
async fn latency(street: &Street, gateway: &Gateway, rate: usize, first: usize) {
    let (told, mut notices) = mpsc::unbounded_channel();
    let mut pages = tokio::task::JoinSet::new();
    for login in ["desk", "cadre", "cadre2", "property", "volunteer"] {
        let page = street.person(login).await;
        let told = told.clone();
        pages.spawn(async move { follow(page, told).await });
    }
    let load = tokio::spawn(steady(gateway.clone(), rate));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut took = Vec::new();
    for n in 0..ALARMS {
        while notices.try_recv().is_ok() {}
        let began = tokio::time::Instant::now();
        gateway
            .send(&reading(&format!("alarm-{rate}-{n}"), &format!("alarm-{}", first + n), now(), true))
            .await
            .expect("acknowledged");
        tokio::time::timeout(Duration::from_secs(20), notices.recv()).await.expect("no notice within 20 s");
        took.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    load.abort();
    took.sort();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    println!(
        "{:<44} {:>12} {:>10.1} {:>10.1}",
        "alarm sent to notice on an open page",
        rate,
        at(0.5),
        at(0.99)
    );
}

async fn follow(page: Person, told: mpsc::UnboundedSender<()>) {
    let mut stream = page.stream("/events").await;
    let mut text = String::new();
    while let Ok(Some(chunk)) = stream.chunk().await {
        text.push_str(&String::from_utf8_lossy(&chunk));
        while let Some(end) = text.find("\n\n") {
            if text[..end].contains("event: notice") || text[..end].contains("event:notice") {
                let _ = told.send(());
            }
            text.drain(..end + 2);
        }
    }
}

/// `rate` readings a second in messages of a tenth of a second.
async fn steady(gateway: Gateway, rate: usize) {
    let gateway = Arc::new(gateway);
    let mut every = tokio::time::interval(Duration::from_millis(100));
    for message in 0.. {
        every.tick().await;
        let gateway = gateway.clone();
        let body = readings(1_000_000 + rate * 1_000 + message, rate / 10, false);
        tokio::spawn(async move { gateway.send(&body).await });
    }
}
