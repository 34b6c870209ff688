//! A client of a broker that is not ours: subscribes with QoS 1 and acknowledges after the sync.
//!
//! Invariants
//! - MF1 A message is acknowledged to the broker after its rows are durable here (manual acknowledgement). When they cannot
//!   be kept, the connection is dropped without acknowledging: the session is a lasting one (clean session off), so the
//!   broker delivers it again.
//! - MF2 A lost connection is made again, with a pause that grows to a bound; the subscription is renewed on each.

use crate::{
    body::Encoding,
    directory::Principal,
    take::{Intake, IntakeError, Message},
};
use linli_model::SourceId;
use rumqttc::{AsyncClient, ConnectReturnCode, Event, EventLoop, MqttOptions, Packet, Publish, QoS};
use std::{sync::Arc, time::Duration};

/// Whom to subscribe to, and as whom its readings are booked.
#[derive(Clone, Debug)]
pub struct ForeignBroker {
    pub source: SourceId,
    pub host: String,
    pub port: u16,
    /// A topic filter; payloads are in the reading format.
    pub topic: String,
    /// Stays the same over restarts: the broker keeps our place by it.
    pub client_id: String,
    /// User name and password.
    pub credential: Option<(String, String)>,
}

const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Acknowledgements that may wait for the connection; messages are taken one after the other, so few ever do.
const REQUESTS_MAX: usize = 1_024;

/// Subscribes and takes for ever; end it by dropping the task.
pub async fn follow(broker: ForeignBroker, intake: Arc<Intake>) {
    let principal = Principal::gateway(format!("broker {}", broker.host), broker.source.clone());
    let mut pause = PAUSE_MIN;
    loop {
        let (client, mut events) =
            AsyncClient::new(options(&broker, intake.limits().body_bytes_max), REQUESTS_MAX);
        let why = follow_once(&client, &mut events, &broker, &principal, &intake, &mut pause).await;
        metrics::counter!("linli_foreign_broker_disconnects_total", "source" => broker.source.0.clone())
            .increment(1);
        tracing::warn!(source = %broker.source, host = broker.host, why, "connection to the foreign broker ended; will be made again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

fn options(broker: &ForeignBroker, packet_bytes_max: usize) -> MqttOptions {
    let mut options = MqttOptions::new(&broker.client_id, &broker.host, broker.port);
    options.set_keep_alive(Duration::from_secs(20));
    options.set_clean_session(false);
    options.set_manual_acks(true);
    options.set_max_packet_size(packet_bytes_max, 64 * 1024);
    if let Some((user, password)) = &broker.credential {
        options.set_credentials(user, password);
    }
    options
}

/// One connection, from connecting to its end; says why it ended.
async fn follow_once(
    client: &AsyncClient,
    events: &mut EventLoop,
    broker: &ForeignBroker,
    principal: &Principal,
    intake: &Intake,
    pause: &mut Duration,
) -> String {
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(ack))) if ack.code == ConnectReturnCode::Success => {
                if let Err(e) = client.try_subscribe(&broker.topic, QoS::AtLeastOnce) {
                    return e.to_string();
                }
            }
            Ok(Event::Incoming(Packet::SubAck(_))) => *pause = PAUSE_MIN,
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                if let Err(why) = take(client, principal, intake, &publish).await {
                    return why;
                }
            }
            Ok(_) => {}
            Err(e) => return e.to_string(),
        }
    }
}

async fn take(
    client: &AsyncClient,
    principal: &Principal,
    intake: &Intake,
    publish: &Publish,
) -> Result<(), String> {
    let source = &principal.home;
    let message = Message { body: &publish.payload, encoding: Encoding::Identity, source: Some(source) };
    let taken = match intake.take(principal, message).await {
        Err(IntakeError::TooLarge(d) | IntakeError::Unreadable(d)) => {
            intake.quarantine_whole(source, &publish.payload, d).await
        }
        taken => taken,
    };
    taken.map_err(|e| e.to_string())?;
    client.try_ack(publish).map_err(|e| e.to_string())
}
