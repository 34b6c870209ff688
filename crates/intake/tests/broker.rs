//! The embedded broker, over real connections, in MQTT 3.1.1 and 5 (invariants MB1 to MB5).

mod support;

use linli_intake::mqtt::{broker::Broker, topic_of};
use linli_log::Log;
use linli_model::{QuarantineReason, SourceId};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS, v5};
use std::net::SocketAddr;
use support::{batches, bench, free_address, row, soon};
use tokio::task::JoinSet;

async fn started(bench: &support::Bench) -> (SocketAddr, JoinSet<()>) {
    let address = free_address();
    let broker = Broker::bind(address, bench.intake.clone()).await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { broker.run().await.unwrap() });
    (address, tasks)
}

fn client(address: SocketAddr, name: &str, secret: &str) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(format!("c-{name}"), address.ip().to_string(), address.port());
    options.set_credentials(name, secret);
    options.set_max_packet_size(20 << 20, 20 << 20);
    AsyncClient::new(options, 16)
}

fn client_5(address: SocketAddr, name: &str, secret: &str) -> (v5::AsyncClient, v5::EventLoop) {
    let mut options = v5::MqttOptions::new(format!("c5-{name}"), address.ip().to_string(), address.port());
    options.set_credentials(name, secret);
    v5::AsyncClient::new(options, 16)
}

fn topic(source: &str) -> String {
    topic_of(&SourceId::new(source))
}

/// The packet ids acknowledged until the connection ends or `wanted` are in.
async fn acknowledged(events: &mut EventLoop, wanted: usize) -> usize {
    let mut acks = 0;
    while acks < wanted {
        match soon("acknowledgement or end", events.poll()).await {
            Ok(Event::Incoming(Packet::PubAck(_))) => acks += 1,
            Ok(_) => {}
            Err(_) => break,
        }
    }
    acks
}

#[tokio::test]
async fn an_array_over_mqtt_3_is_durable_when_it_is_acknowledged() {
    let bench = bench();
    let (address, _tasks) = started(&bench).await;
    let (client, mut events) = client(address, "gw-1", "secret-1");
    let body = format!("[{},{},{{\"device\":1}}]", row(1, "door-1"), row(2, "door-1"));
    client.publish(topic("gw-1"), QoS::AtLeastOnce, false, body).await.unwrap();
    assert_eq!(acknowledged(&mut events, 1).await, 1);
    let batches = batches(&bench.log).await;
    assert_eq!((batches.len(), batches[0].readings.len(), batches[0].quarantined.len()), (1, 2, 1));
    assert_eq!(batches[0].source, SourceId::new("gw-1"));
}

#[tokio::test]
async fn mqtt_5_and_quality_0_and_2_are_taken_too() {
    let bench = bench();
    let (address, _tasks) = started(&bench).await;
    let (client, mut events) = client_5(address, "gw-1", "secret-1");
    let mut appended = bench.log.appended();
    for (n, qos) in
        [v5::mqttbytes::QoS::AtMostOnce, v5::mqttbytes::QoS::AtLeastOnce, v5::mqttbytes::QoS::ExactlyOnce]
            .into_iter()
            .enumerate()
    {
        client.publish(topic("gw-1"), qos, false, row(n, "door-1")).await.unwrap();
    }
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { while events.poll().await.is_ok() {} });
    soon("three entries", appended.wait_for(|last| *last == 3)).await.unwrap();
    assert_eq!(batches(&bench.log).await.iter().map(|b| b.readings.len()).sum::<usize>(), 3);
}

#[tokio::test]
async fn nobody_connects_with_a_wrong_secret_or_without_one() {
    let bench = bench();
    let (address, _tasks) = started(&bench).await;
    for (name, secret) in [("gw-1", "wrong"), ("nobody", "secret-1"), ("gw-1", "")] {
        let (_client, mut events) = client(address, name, secret);
        assert!(soon("refusal", events.poll()).await.is_err(), "{name} {secret}");
    }
    let (_client, mut events) =
        AsyncClient::new(MqttOptions::new("anonymous", address.ip().to_string(), address.port()), 4);
    assert!(soon("refusal", events.poll()).await.is_err());
}

#[tokio::test]
async fn a_publish_for_another_source_is_refused_and_not_kept() {
    let bench = bench();
    let (address, _tasks) = started(&bench).await;
    for other in [topic("gw-2"), "linli/v1/readings".to_owned(), "x".to_owned()] {
        let (client, mut events) = client(address, "gw-1", "secret-1");
        client.publish(&other, QoS::AtLeastOnce, false, row(1, "door-2")).await.unwrap();
        assert_eq!(acknowledged(&mut events, 1).await, 0, "{other}");
    }
    let (client, mut events) = client_5(address, "gw-1", "secret-1");
    client.publish(topic("gw-2"), v5::mqttbytes::QoS::AtLeastOnce, false, row(1, "door-2")).await.unwrap();
    let said = loop {
        if let v5::Event::Incoming(v5::mqttbytes::v5::Packet::PubAck(ack)) =
            soon("answer", events.poll()).await.unwrap()
        {
            break ack;
        }
    };
    assert_eq!(said.reason, v5::mqttbytes::v5::PubAckReason::NotAuthorized, "MQTT 5 says why");
    assert_eq!(bench.log.last().await.unwrap(), 0);
}

#[tokio::test]
async fn what_the_log_cannot_keep_is_not_acknowledged_over_mqtt() {
    let bench = bench();
    let (address, _tasks) = started(&bench).await;
    bench.log.break_down("the disk is gone");
    let (client, mut events) = client(address, "gw-1", "secret-1");
    client.publish(topic("gw-1"), QoS::AtLeastOnce, false, row(1, "door-1")).await.unwrap();
    assert_eq!(acknowledged(&mut events, 1).await, 0);
    let (client, mut events) = client_5(address, "gw-1", "secret-1");
    client.publish(topic("gw-1"), v5::mqttbytes::QoS::AtLeastOnce, false, row(1, "door-1")).await.unwrap();
    let acknowledged = loop {
        match soon("end", events.poll()).await {
            Ok(v5::Event::Incoming(v5::mqttbytes::v5::Packet::PubAck(_))) => break true,
            Ok(_) => {}
            Err(_) => break false,
        }
    };
    assert!(!acknowledged);
}

#[tokio::test]
async fn a_withdrawn_credential_stops_an_open_connection() {
    let bench = bench();
    let (address, _tasks) = started(&bench).await;
    let (client, mut events) = client(address, "gw-1", "secret-1");
    client.publish(topic("gw-1"), QoS::AtLeastOnce, false, row(1, "door-1")).await.unwrap();
    assert_eq!(acknowledged(&mut events, 1).await, 1);
    *bench.registry.0.lock().unwrap() = std::sync::Arc::new(support::snapshot(false));
    client.publish(topic("gw-1"), QoS::AtLeastOnce, false, row(2, "door-1")).await.unwrap();
    assert_eq!(acknowledged(&mut events, 1).await, 0);
    assert_eq!(bench.log.last().await.unwrap(), 1);
}

#[tokio::test]
async fn nobody_subscribes() {
    let bench = bench();
    let (address, _tasks) = started(&bench).await;
    let (client, mut events) = client(address, "gw-1", "secret-1");
    client.subscribe("#", QoS::AtLeastOnce).await.unwrap();
    let codes = loop {
        if let Event::Incoming(Packet::SubAck(ack)) = soon("answer", events.poll()).await.unwrap() {
            break ack.return_codes;
        }
    };
    assert_eq!(codes, [rumqttc::SubscribeReasonCode::Failure]);
}

#[tokio::test]
async fn a_payload_that_can_never_be_taken_is_quarantined_and_acknowledged() {
    let bench = bench();
    let (address, _tasks) = started(&bench).await;
    let (client, mut events) = client(address, "gw-1", "secret-1");
    let broken_gzip = [&[0x1f, 0x8b, 8, 0][..], &[0; 40][..]].concat();
    client.publish(topic("gw-1"), QoS::AtLeastOnce, false, broken_gzip).await.unwrap();
    assert_eq!(acknowledged(&mut events, 1).await, 1);
    let batches = batches(&bench.log).await;
    assert_eq!(batches[0].quarantined[0].reason, QuarantineReason::Malformed);
    assert_eq!(batches[0].quarantined[0].diagnostic.code, "gzip_unreadable");
}
