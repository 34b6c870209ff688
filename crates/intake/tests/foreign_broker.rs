//! As a client of a broker that is not ours: against a real Mosquitto, started by the test (MF1, MF2).
//!
//! Without Mosquitto the tests print SKIP with the reason; with LINLI_REQUIRE_SERVERS=1 they fail instead.

mod support;

use linli_intake::mqtt::foreign::{ForeignBroker, follow};
use linli_log::Log;
use linli_model::SourceId;
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use std::{
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use support::{batches, bench, free_address, row, soon};
use tokio::task::JoinSet;

/// A running Mosquitto; ended when dropped.
struct Mosquitto {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn find_mosquitto() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")?;
    std::env::split_paths(&on_path)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|folder| folder.join("mosquitto"))
        .find(|file| file.is_file())
}

/// None, after saying so, where there is no Mosquitto.
fn mosquitto() -> Option<Mosquitto> {
    let Some(program) = find_mosquitto() else {
        assert!(
            std::env::var_os("LINLI_REQUIRE_SERVERS").is_none(),
            "mosquitto is required and was not found"
        );
        println!("SKIP mosquitto is not installed (Debian: apt-get install mosquitto)");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let child = start(&program, &folder, address);
    Some(Mosquitto { child, address, folder })
}

fn start(program: &PathBuf, folder: &tempfile::TempDir, address: SocketAddr) -> Child {
    let config = folder.path().join("mosquitto.conf");
    // Root's Mosquitto changes to a user of its own, who must be able to write here.
    let lines = format!(
        "listener {} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {}/\nuser root\n",
        address.port(),
        folder.path().display()
    );
    std::fs::write(&config, lines).unwrap();
    let mut child = Command::new(program)
        .arg("-c")
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..200 {
        if TcpStream::connect(address).is_ok() {
            return child;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("mosquitto does not listen on {address}");
}

fn foreign(broker: &Mosquitto) -> ForeignBroker {
    ForeignBroker {
        source: SourceId::new("gw-1"),
        host: "127.0.0.1".to_owned(),
        port: broker.address.port(),
        topic: "factory/+/data".to_owned(),
        client_id: "linli-test".to_owned(),
        credential: None,
    }
}

/// Publishes with QoS 1 and waits until the foreign broker has it.
async fn publish(address: SocketAddr, rows: &[String]) {
    let (client, mut events) =
        AsyncClient::new(MqttOptions::new("sender", address.ip().to_string(), address.port()), 64);
    for row in rows {
        client.publish("factory/a/data", QoS::AtLeastOnce, false, row.as_str()).await.unwrap();
    }
    let mut acks = 0;
    while acks < rows.len() {
        // A reset connection is made anew by the next poll, which sends again what was not acknowledged.
        if let Ok(Event::Incoming(Packet::PubAck(_))) =
            soon("acknowledgement of mosquitto", events.poll()).await
        {
            acks += 1;
        }
    }
}

/// Publishes single rows until one has arrived: the subscription stands.
async fn until_subscribed(broker: &Mosquitto, bench: &support::Bench) {
    let mut appended = bench.log.appended();
    for n in 0..100 {
        publish(broker.address, &[row(10_000 + n, "door-1")]).await;
        if tokio::time::timeout(Duration::from_millis(200), appended.wait_for(|last| *last > 0)).await.is_ok()
        {
            return;
        }
    }
    panic!("nothing arrived through the foreign broker");
}

async fn ids(bench: &support::Bench) -> Vec<String> {
    batches(&bench.log).await.iter().flat_map(|b| &b.readings).map(|r| r.id.0.clone()).collect()
}

#[tokio::test]
async fn readings_arrive_through_a_foreign_broker() {
    let Some(broker) = mosquitto() else { return };
    let bench = bench();
    let mut tasks = JoinSet::new();
    tasks.spawn(follow(foreign(&broker), bench.intake.clone()));
    until_subscribed(&broker, &bench).await;
    let mut appended = bench.log.appended();
    let before = bench.log.last().await.unwrap();
    let sent: Vec<String> = (1..=50).map(|n| row(n, "door-1")).collect();
    publish(broker.address, &sent).await;
    soon("fifty entries", appended.wait_for(|last| *last >= before + 50)).await.unwrap();
    let ids = ids(&bench).await;
    assert!((1..=50).all(|n| ids.contains(&format!("r-{n}"))));
}

#[tokio::test]
async fn what_could_not_be_kept_comes_again_when_it_can() {
    let Some(broker) = mosquitto() else { return };
    let bench = bench();
    let mut tasks = JoinSet::new();
    tasks.spawn(follow(foreign(&broker), bench.intake.clone()));
    until_subscribed(&broker, &bench).await;
    tasks.shutdown().await;
    // The same client with a log that cannot write: rows reach it, but it does not acknowledge them.
    let broken = support::BrokenLog::default();
    let mut tried = broken.tried.subscribe();
    let intake = support::intake_on(std::sync::Arc::new(broken));
    tasks.spawn(follow(foreign(&broker), intake));
    let sent: Vec<String> = (1..=5).map(|n| row(n, "door-1")).collect();
    publish(broker.address, &sent).await;
    soon("two attempts to keep a row", tried.wait_for(|n| *n >= 2)).await.unwrap();
    tasks.shutdown().await;
    // A new process with a log that works, under the same client id.
    let after = support::bench();
    let mut appended = after.log.appended();
    let mut tasks = JoinSet::new();
    tasks.spawn(follow(foreign(&broker), after.intake.clone()));
    soon("the five rows", appended.wait_for(|last| *last >= 5)).await.unwrap();
    let ids = ids(&after).await;
    assert!((1..=5).all(|n| ids.contains(&format!("r-{n}"))), "{ids:?}");
}

#[tokio::test]
async fn a_lost_connection_is_made_again() {
    let Some(mut broker) = mosquitto() else { return };
    let bench = bench();
    let mut tasks = JoinSet::new();
    tasks.spawn(follow(foreign(&broker), bench.intake.clone()));
    until_subscribed(&broker, &bench).await;
    broker.child.kill().unwrap();
    broker.child.wait().unwrap();
    broker.child = start(&find_mosquitto().unwrap(), &broker.folder, broker.address);
    let mut appended = bench.log.appended();
    let before = bench.log.last().await.unwrap();
    for n in 1..100 {
        publish(broker.address, &[row(n, "door-1")]).await;
        let arrived = appended.wait_for(|last| *last > before);
        if tokio::time::timeout(Duration::from_millis(300), arrived).await.is_ok() {
            return;
        }
    }
    panic!("nothing arrived after the broker came back");
}
