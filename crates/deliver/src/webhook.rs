//! Signed webhook in the manner of Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp` (seconds) and
//! `webhook-signature: v1,<base64 HMAC-SHA256 of "id.timestamp.body">`.
//!
//! The receiver recognises a repeated delivery by `webhook-id`, which is the notice's id.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use linli_channel::{Channel, Message, Receipt, SendFault};
use linli_model::Instant;
use sha2::Sha256;
use std::{sync::Arc, time::Duration};

/// How long the other side may take before the outcome counts as unknown.
const ANSWER_SECS_MAX: u64 = 10;

pub struct Webhook {
    url: String,
    secret: Vec<u8>,
    now: Arc<dyn Fn() -> Instant + Send + Sync>,
    client: reqwest::Client,
}

impl Webhook {
    /// `now` is the runtime's clock; the timestamp lets the receiver refuse replays.
    pub fn to(url: String, secret: Vec<u8>, now: Arc<dyn Fn() -> Instant + Send + Sync>) -> Self {
        crate::tls();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(ANSWER_SECS_MAX))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client of fixed settings always builds");
        Webhook { url, secret, now, client }
    }
}

impl Webhook {
    async fn post(&self, id: &str, body: String) -> Result<Receipt, SendFault> {
        let timestamp = (self.now)().millis() / 1000;
        let answer = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature(&self.secret, id, timestamp, &body))
            .body(body)
            .send()
            .await;
        match answer {
            Ok(answer) if answer.status().is_success() => Ok(Receipt::Accepted),
            Ok(answer) => match answer.status().as_u16() {
                429 | 500..=599 => Err(SendFault::Passing(format!("status {}", answer.status()))),
                _ => Err(SendFault::Lasting(format!("status {}", answer.status()))),
            },
            Err(fault) if fault.is_connect() => Err(SendFault::Passing(fault.to_string())),
            Err(fault) => Err(SendFault::Unknown(fault.to_string())),
        }
    }
}

/// The signature header for one delivery.
pub fn signature(secret: &[u8], id: &str, timestamp_secs: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(format!("{id}.{timestamp_secs}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[async_trait::async_trait]
impl Channel for Webhook {
    fn code(&self) -> &'static str {
        "webhook"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendFault> {
        let body = serde_json::json!({ "type": "notice", "data": message }).to_string();
        self.post(&message.id, body).await
    }

    /// A delivery of its own type, signed like any other; its reader answers and forgets it.
    async fn probe(&self) -> Result<(), SendFault> {
        let id = format!("canary-{}", (self.now)().millis());
        self.post(&id, serde_json::json!({ "type": "canary" }).to_string()).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_channel::Recipient;
    use linli_model::{Text, UserId};

    fn message() -> Message {
        Message {
            id: "0197-notice".into(),
            recipient: Recipient::User(UserId(Default::default())),
            title: Text::new("新任务", "New task"),
            body: Text::new("十二村41号", "Building 41"),
            urgency: "attention".into(),
            link: "/m/cases/1".into(),
        }
    }

    async fn listener() -> (tokio::net::TcpListener, String) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        (listener, url)
    }

    fn hook(url: String) -> Webhook {
        Webhook::to(url, b"secret".to_vec(), Arc::new(|| Instant(1_700_000_000_000)))
    }

    /// Serves one request with `status` and returns what was received.
    async fn answer_once(listener: tokio::net::TcpListener, status: &str) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        let mut chunk = [0u8; 4096];
        loop {
            let n = stream.read(&mut chunk).await.unwrap();
            seen.extend_from_slice(&chunk[..n]);
            let text = String::from_utf8_lossy(&seen);
            if n == 0 || (text.contains("\r\n\r\n") && text.trim_end().ends_with('}')) {
                break;
            }
        }
        let reply = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        stream.write_all(reply.as_bytes()).await.unwrap();
        String::from_utf8(seen).unwrap()
    }

    #[tokio::test]
    async fn an_accepted_delivery_carries_id_time_and_a_signature_the_receiver_can_check() {
        let (socket, url) = listener().await;
        let webhook = hook(url);
        let sent = message();
        let (receipt, seen) = tokio::join!(webhook.send(&sent), answer_once(socket, "204 No Content"));
        assert_eq!(receipt, Ok(Receipt::Accepted));
        let (head, body) = seen.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("webhook-id: 0197-notice"), "{head}");
        let expected = signature(b"secret", "0197-notice", 1_700_000_000, body);
        assert!(head.contains(&format!("webhook-signature: {expected}")), "{head}");
        assert_ne!(expected, signature(b"other", "0197-notice", 1_700_000_000, body));
    }

    #[tokio::test]
    async fn a_canary_is_signed_and_says_what_it_is() {
        let (socket, url) = listener().await;
        let webhook = hook(url);
        let (probed, seen) = tokio::join!(webhook.probe(), answer_once(socket, "204 No Content"));
        assert_eq!(probed, Ok(()));
        let (head, body) = seen.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, r#"{"type":"canary"}"#);
        let expected = signature(b"secret", "canary-1700000000000", 1_700_000_000, body);
        assert!(head.contains(&format!("webhook-signature: {expected}")), "{head}");
        let (socket, url) = listener().await;
        drop(socket);
        assert!(hook(url).probe().await.is_err());
    }

    #[tokio::test]
    async fn a_refusal_is_lasting_and_an_overload_is_passing() {
        for (status, lasting) in
            [("410 Gone", true), ("503 Service Unavailable", false), ("429 Too Many", false)]
        {
            let (socket, url) = listener().await;
            let webhook = hook(url);
            let sent = message();
            let (receipt, _) = tokio::join!(webhook.send(&sent), answer_once(socket, status));
            assert_eq!(matches!(receipt, Err(SendFault::Lasting(_))), lasting, "{status}: {receipt:?}");
            assert_eq!(matches!(receipt, Err(SendFault::Passing(_))), !lasting, "{status}: {receipt:?}");
        }
    }

    #[tokio::test]
    async fn nobody_listening_is_passing_and_a_dropped_answer_is_unknown() {
        let (socket, url) = listener().await;
        drop(socket);
        assert!(matches!(hook(url).send(&message()).await, Err(SendFault::Passing(_))));

        let (socket, url) = listener().await;
        let webhook = hook(url);
        let sent = message();
        let drop_it = async move {
            let (stream, _) = socket.accept().await.unwrap();
            drop(stream);
        };
        let (receipt, ()) = tokio::join!(webhook.send(&sent), drop_it);
        assert!(matches!(receipt, Err(SendFault::Unknown(_))), "{receipt:?}");
    }
}
