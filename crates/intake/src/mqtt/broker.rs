//! Our own MQTT broker (3.1.1 and 5), embedded: devices and gateways publish readings to it.
//!
//! Invariants
//! - MB1 A publish is acknowledged after its rows are durable: everything happens inside the awaited publish check,
//!   which the broker runs before it answers.
//! - MB2 A publish that may not be (topic of another source, credential withdrawn) or cannot be taken (the log cannot
//!   write) is never acknowledged as a success. MQTT 3.1.1 has no way to say no, so the connection is closed; so it is for
//!   a log that cannot write in either version, because a device that gets a refusal throws the reading away.
//! - MB3 A message that can never be taken (not unpackable, too large inside) goes to quarantine and is acknowledged, so
//!   that a device does not send it for ever.
//! - MB4 Nobody connects without a credential, and nobody subscribes.
//! - MB5 A credential is looked up again at every publish: withdrawing it works at once, also on open connections.
//!
//! Deliberately absent: retained messages, wills, message storage, TLS (a proxy in front; the guide shows it). QoS 2 is
//! taken like QoS 1: the second half of its handshake lives in memory only, and the engine dedupes by id.

use crate::{
    body::Encoding,
    directory::Principal,
    mqtt::find_source,
    take::{Intake, IntakeError, Message},
};
use async_trait::async_trait;
use linli_model::{Fault, SourceId};
use rmqtt::{
    codec::{types::MQTT_LEVEL_5, v5::PublishAckReason},
    context::ServerContext,
    hook::{Handler, HookResult, Parameter, ReturnType, Type},
    net::{Builder, Listener},
    server::MqttServer,
    session::Session,
    types::{AuthResult, ConnectInfo, Publish, PublishAclResult, PublishResult, QoS, SubscribeAclResult},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};

pub struct Broker {
    server: MqttServer,
}

impl Broker {
    /// Takes the address; nothing is accepted before [`run`](Broker::run).
    pub async fn bind(address: SocketAddr, intake: Arc<Intake>) -> Result<Broker, Fault> {
        let unusable = |e: rmqtt::net::Error| {
            Fault::lasting(format!("MQTT cannot listen on {address}: {e}")).saying(
                "mqtt_address_unusable",
                format!("MQTT 无法监听 {address}:{e}。请检查端口是否被占用。"),
                format!("MQTT cannot listen on {address}: {e}. Is the port taken?"),
            )
        };
        let listener = listener(address, intake.limits().body_bytes_max).map_err(unusable)?;
        let context = ServerContext::new().build().await;
        let register = context.extends.hook_mgr().register();
        for kind in [Type::ClientAuthenticate, Type::ClientSubscribeCheckAcl, Type::MessagePublishCheckAcl] {
            register.add(kind, Box::new(Gate { intake: intake.clone() })).await;
        }
        register.start().await;
        Ok(Broker { server: MqttServer::new(context).listener_by_id(listener, address.port()).build() })
    }

    /// Serves until the task is dropped.
    pub async fn run(self) -> Result<(), Fault> {
        self.server.run().await.map_err(|e| Fault::lasting(format!("the MQTT broker stopped: {e}")))
    }
}

fn listener(address: SocketAddr, packet_bytes_max: usize) -> Result<Listener, rmqtt::net::Error> {
    Builder::new()
        .name("linli")
        .laddr(address)
        .reuseaddr(Some(true))
        .allow_anonymous(false)
        .nodelay(true)
        .max_packet_size(u32::try_from(packet_bytes_max).unwrap_or(u32::MAX))
        .max_clientid_len(256)
        .max_topic_levels(8)
        .session_expiry_interval(Duration::from_secs(60))
        .bind()?
        .tcp()
}

/// The one handler behind every hook we use.
struct Gate {
    intake: Arc<Intake>,
}

#[async_trait]
impl Handler for Gate {
    async fn hook(&self, parameter: &Parameter, before: Option<HookResult>) -> ReturnType {
        match parameter {
            Parameter::ClientAuthenticate(connect) => {
                (false, Some(HookResult::AuthResult(self.admit(connect))))
            }
            Parameter::ClientSubscribeCheckAcl(_, subscribe) => {
                let refused =
                    SubscribeAclResult::new_failure(rmqtt::codec::v5::SubscribeAckReason::NotAuthorized);
                tracing::debug!(filter = %subscribe.topic_filter, "subscription refused");
                (false, Some(HookResult::SubscribeAclResult(refused)))
            }
            Parameter::MessagePublishCheckAcl(session, publish) => {
                (false, Some(HookResult::PublishAclResult(self.take(session, publish).await)))
            }
            _ => (true, before),
        }
    }
}

impl Gate {
    fn admit(&self, connect: &ConnectInfo) -> AuthResult {
        let (Some(name), Some(secret)) = (connect.username(), connect.password()) else {
            return AuthResult::BadUsernameOrPassword;
        };
        match self.intake.authenticate(name, secret) {
            Some(_) => AuthResult::Allow(false, None),
            None => {
                metrics::counter!("linli_mqtt_refused_connects_total").increment(1);
                AuthResult::BadUsernameOrPassword
            }
        }
    }

    async fn take(&self, session: &Session, publish: &Publish) -> PublishAclResult {
        let version_5 = session.protocol().await.is_ok_and(|level| level == MQTT_LEVEL_5);
        // Only MQTT 5 with an acknowledgement to come can be told no; everybody else is disconnected.
        let disconnect = !version_5 || publish.qos == QoS::AtMostOnce;
        let refuse = |reason: PublishAckReason, disconnect: bool, why: String| {
            PublishAclResult(PublishResult::reason_code(reason, Some(why.into()), disconnect))
        };
        let Some(principal) = self.intake.find_principal(session.id.username_ref()) else {
            return refuse(PublishAckReason::NotAuthorized, true, "the credential was withdrawn".to_owned());
        };
        let Some(source) = find_source(&publish.topic) else {
            let expected = format!("expected the topic {}", crate::mqtt::topic_of(&principal.home));
            return refuse(PublishAckReason::TopicNameInvalid, disconnect, expected);
        };
        match self.take_payload(&principal, &source, &publish.payload).await {
            Ok(()) => PublishAclResult::allow(),
            Err(IntakeError::Fault(fault)) => {
                tracing::error!(what = fault.what, "a publish was not taken; its connection is closed");
                refuse(PublishAckReason::UnspecifiedError, true, "cannot be kept at present".to_owned())
            }
            Err(e) => refuse(PublishAckReason::NotAuthorized, disconnect, e.to_string()),
        }
    }

    async fn take_payload(
        &self,
        principal: &Principal,
        source: &SourceId,
        payload: &[u8],
    ) -> Result<(), IntakeError> {
        let message = Message { body: payload, encoding: Encoding::Identity, source: Some(source) };
        match self.intake.take(principal, message).await {
            Ok(_) => Ok(()),
            Err(IntakeError::TooLarge(d) | IntakeError::Unreadable(d)) => {
                self.intake.quarantine_whole(source, payload, d).await.map(|_| ())
            }
            Err(e) => Err(e),
        }
    }
}
