//! The alarm chain of the real process under a street's busiest load: smoke alarms by the thousand among ordinary readings
//! and the desk's own commands. Prints event → notice (with the share that took longer than is promised), notice → seen,
//! and how old the canaries grew; docs/performance.md has the figures. `LINLI_BENCH_ALARMS` gives another number of alarms.

// The senders are tasks of their own, outside of any installation.
#![allow(clippy::disallowed_methods)]

#[path = "../tests/real/process/mod.rs"]
mod process;

use process::{
    Person, now,
    street::{Gateway, Street, reading},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fmt::Write,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// Each from a device of its own, so that each is a case of its own.
const ALARMS: usize = 3_000;
const ALARMS_PER_SEC: u64 = 20;
/// A street of 100,000 people at its busiest: measured in docs/performance.md.
const READINGS_PER_SEC: usize = 2_000;
const LOAD_DEVICES: usize = 200;
/// Filed and accepted at the desk meanwhile.
const COMMANDS_PER_SEC: u64 = 10;
const PROMISED: Duration = Duration::from_secs(3);
/// Who is told; the desk's page and the officers' phones.
const PAGES: [&str; 4] = ["desk", "cadre", "cadre2", "property"];

/// When each notice first came to an open page, and how long it took to be recorded as seen.
#[derive(Default)]
struct Heard {
    notices: Mutex<HashMap<String, Instant>>,
    seen: Mutex<Vec<Duration>>,
}

fn main() {
    // Asked for its list of tests, a benchmark has none.
    if std::env::args().any(|a| a == "--list") {
        return;
    }
    let alarms = std::env::var("LINLI_BENCH_ALARMS").ok().and_then(|n| n.parse().ok()).unwrap_or(ALARMS);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let folder = match std::env::var("LINLI_BENCH_DIR") {
            Ok(path) => tempfile::tempdir_in(path).unwrap(),
            Err(_) => tempfile::tempdir().unwrap(),
        };
        let street = Street::filled(folder.path(), "").await;
        devices(&street, alarms).await;
        run(&street, alarms).await;
    });
}

async fn devices(street: &Street, alarms: usize) {
    let mut table = String::from("设备编号,类别,名称,区域,来源,测量项,用途\n");
    for n in 0..LOAD_DEVICES {
        writeln!(table, "load-{n},水压,水压{n},D1,gw-1,pressure_mpa,运行保障").unwrap();
    }
    for n in 0..alarms {
        writeln!(table, "alarm-{n},烟感,烟感{n},D1,gw-1,smoke,消防安全").unwrap();
    }
    street.import("devices", &table, (LOAD_DEVICES + alarms) as u64).await;
}

async fn run(street: &Street, alarms: usize) {
    let gateway = street.gateway().await;
    let heard = Arc::new(Heard::default());
    let mut pages = tokio::task::JoinSet::new();
    for login in PAGES {
        pages.spawn(follow(Arc::new(street.person(login).await), heard.clone()));
    }
    let load = tokio::spawn(steady(gateway.clone()));
    let desk = tokio::spawn(commands(street.person("desk").await));
    let oldest = Arc::new(Mutex::new(0f64));
    let canaries = tokio::spawn(watch(street.person("desk").await, oldest.clone()));
    tokio::time::sleep(Duration::from_secs(3)).await;

    let sent = send(&gateway, alarms).await;
    let cases = cases_of(&street.person("desk").await, alarms).await;
    let told = told(street, &cases, &heard).await;
    for task in [load, desk, canaries] {
        task.abort();
    }
    pages.abort_all();

    let mut took: Vec<Duration> =
        sent.iter().map(|(device, at)| told.get(device).map_or(Duration::MAX, |t| *t - *at)).collect();
    let untold = took.iter().filter(|t| **t == Duration::MAX).count();
    let late = took.iter().filter(|t| **t > PROMISED).count();
    println!(
        "{:<34} {:>8} {:>10} {:>10} {:>10} {:>10}",
        "measurement", "n", "p50 ms", "p99 ms", "p99.9 ms", "max ms"
    );
    line("alarm sent to notice on a page", &mut took);
    line("notice on a page to seen", &mut heard.seen.lock().unwrap());
    println!("{late} of {alarms} alarms took longer than {} s; {untold} were not told", PROMISED.as_secs());
    println!(
        "{READINGS_PER_SEC} readings/s, {ALARMS_PER_SEC} alarms/s, {COMMANDS_PER_SEC} commands/s beside it"
    );
    println!("oldest canary: {:.0} s", oldest.lock().unwrap());
    assert_eq!(untold, 0, "an alarm was told to nobody");
}

fn line(what: &str, took: &mut [Duration]) {
    took.sort();
    let at = |share: f64| {
        let n = ((took.len() as f64 * share).ceil() as usize).clamp(1, took.len()) - 1;
        took[n].as_secs_f64() * 1_000.0
    };
    println!(
        "{what:<34} {:>8} {:>10.1} {:>10.1} {:>10.1} {:>10.1}",
        took.len(),
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

/// One alarm after the other, none waiting for the one before it; when each was sent, by device.
async fn send(gateway: &Gateway, alarms: usize) -> HashMap<String, Instant> {
    let mut every = tokio::time::interval(Duration::from_micros(1_000_000 / ALARMS_PER_SEC));
    let (mut sent, mut sending) = (HashMap::new(), tokio::task::JoinSet::new());
    for n in 0..alarms {
        every.tick().await;
        let (device, gateway) = (format!("alarm-{n}"), gateway.clone());
        sent.insert(device.clone(), Instant::now());
        sending.spawn(async move {
            let body = reading(&format!("a-{n}"), &device, now(), true);
            gateway.send(&body).await.expect("acknowledged");
        });
    }
    sending.join_all().await;
    sent
}

/// Of each case the device it is about; waits until there are as many as alarms.
async fn cases_of(desk: &Person, alarms: usize) -> HashMap<String, String> {
    process::eventually("a case for every alarm", || async {
        let (mut found, mut cursor) = (HashMap::new(), String::new());
        loop {
            let page = desk.get(&format!("/cases?class=fire.smoke&limit=500{cursor}")).await;
            for case in page["items"].as_array().unwrap() {
                let title = text(&case["title"]);
                let device = title.split_whitespace().find(|word| word.starts_with("alarm-"));
                found.extend(device.map(|d| (text(&case["id"]), d.to_owned())));
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        (found.len() >= alarms).then_some(found)
    })
    .await
}

/// When the first notice about each device came to a page.
async fn told(street: &Street, cases: &HashMap<String, String>, heard: &Heard) -> HashMap<String, Instant> {
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut first: HashMap<String, Instant> = HashMap::new();
    for login in PAGES {
        let (person, mut cursor) = (street.person(login).await, String::new());
        loop {
            let page = person.get(&format!("/inbox?limit=500{cursor}")).await;
            for notice in page["items"].as_array().unwrap() {
                let device = cases.get(&text(&notice["case_id"]));
                let at = heard.notices.lock().unwrap().get(&text(&notice["id"])).copied();
                if let (Some(device), Some(at)) = (device, at) {
                    let known = first.entry(device.clone()).or_insert(at);
                    *known = at.min(*known);
                }
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    first
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An open page: notes each notice as it comes, and looks at it at once, as somebody who sits in front of it.
async fn follow(person: Arc<Person>, heard: Arc<Heard>) {
    let mut stream = person.stream("/events").await;
    let mut text = String::new();
    let mut looks = tokio::task::JoinSet::new();
    while let Ok(Some(chunk)) = stream.chunk().await {
        text.push_str(&String::from_utf8_lossy(&chunk));
        while let Some(end) = text.find("\n\n") {
            let at = Instant::now();
            if let Some(id) = notice(&text[..end]) {
                heard.notices.lock().unwrap().entry(id.clone()).or_insert(at);
                let (person, heard) = (person.clone(), heard.clone());
                looks.spawn(async move {
                    person.post(&format!("/inbox/{id}/seen"), &json!({})).await;
                    heard.seen.lock().unwrap().push(at.elapsed());
                });
            }
            text.drain(..end + 2);
            while looks.try_join_next().is_some() {}
        }
    }
}

/// The notice an event is about.
fn notice(event: &str) -> Option<String> {
    let named = event.lines().any(|l| l.strip_prefix("event:").is_some_and(|n| n.trim() == "notice"));
    let data = event.lines().find_map(|l| l.strip_prefix("data:")).filter(|_| named)?;
    serde_json::from_str::<Value>(data.trim()).ok()?["id"].as_str().map(str::to_owned)
}

/// Readings in messages of a tenth of a second.
async fn steady(gateway: Gateway) {
    let mut every = tokio::time::interval(Duration::from_millis(100));
    for message in 0.. {
        every.tick().await;
        let (gateway, at) = (gateway.clone(), now());
        let mut body = String::new();
        for n in 0..READINGS_PER_SEC / 10 {
            let device = n % LOAD_DEVICES;
            writeln!(body, r#"{{"id":"m{message}-{n}","device":"load-{device}","observed_at":"{at}","measure":"pressure_mpa","value":0.3}}"#).unwrap();
        }
        tokio::spawn(async move { gateway.send(&body).await });
    }
}

/// The desk files cases and takes notes of them.
async fn commands(desk: Person) {
    let mut every = tokio::time::interval(Duration::from_micros(2_000_000 / COMMANDS_PER_SEC));
    for n in 0.. {
        every.tick().await;
        let filed = json!({"class": "environment.waste", "text": format!("垃圾满溢 {n}"), "area": "D1", "channel": "window"});
        let (status, case) = desk.try_post("/cases", &filed).await;
        assert!(status < 300, "{case}");
        let note = json!({"version": 1, "command": "note", "text": "已电话核实"});
        let (status, said) = desk.try_post(&format!("/cases/{}/commands", text(&case["id"])), &note).await;
        // The loop that looks for concentrated matters may have been there first.
        assert!(status < 300 || status == 409, "{said}");
    }
}

/// How old the oldest canary has ever been.
async fn watch(person: Person, oldest: Arc<Mutex<f64>>) {
    loop {
        for line in person.metrics().await.lines().filter(|l| l.starts_with("linli_canary_age_seconds{")) {
            let age = line.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0f64);
            let mut oldest = oldest.lock().unwrap();
            *oldest = oldest.max(age);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
