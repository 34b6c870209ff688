//! The robot of a DingTalk (钉钉) group, as its public document has it: `POST …/robot/send?access_token=…` with
//! `&timestamp=` (milliseconds) `&sign=` (Base64 of HMAC-SHA256 by the secret over `timestamp\nsecret`, percent-encoded)
//! and `{"msgtype":"markdown","markdown":{"title":…,"text":…}}`; twenty a minute.

use crate::robot::{client, markdown, post, reached};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use linli_channel::{Channel, Message, Receipt, SendFault};
use linli_model::{Instant, Lang};
use sha2::Sha256;
use std::sync::Arc;

/// System busy; more than twenty a minute (two codes in use).
const PASSING: &[i64] = &[-1, 130101, 660026];

pub struct DingTalk {
    url: String,
    secret: String,
    public_url: String,
    now: Arc<dyn Fn() -> Instant + Send + Sync>,
    client: reqwest::Client,
}

impl DingTalk {
    /// `url` is the robot's whole address, its token included; `now` is the runtime's clock.
    pub fn to(
        url: String,
        secret: String,
        public_url: String,
        now: Arc<dyn Fn() -> Instant + Send + Sync>,
    ) -> Self {
        DingTalk { url, secret, public_url, now, client: client() }
    }
}

/// The signature of one request, Base64.
pub fn sign(secret: &str, timestamp_ms: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{timestamp_ms}\n{secret}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Of Base64, these three have a meaning of their own in a query.
fn in_query(base64: &str) -> String {
    base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

#[async_trait::async_trait]
impl Channel for DingTalk {
    fn code(&self) -> &'static str {
        "dingtalk"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendFault> {
        let timestamp = (self.now)().millis();
        let sign = in_query(&sign(&self.secret, timestamp));
        let joint = if self.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{joint}timestamp={timestamp}&sign={sign}", self.url);
        let body = serde_json::json!({
            "msgtype": "markdown",
            "markdown": { "title": message.title.get(Lang::Zh), "text": markdown(message, &self.public_url) },
        });
        post(&self.client, &url, &body, PASSING).await
    }

    /// A room is not told of a canary: its server answers, and that is all that can be known.
    async fn probe(&self) -> Result<(), SendFault> {
        reached(&self.client, &self.url).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::robot::tests::{Does, message, outcomes, server};

    fn robot(url: String) -> DingTalk {
        DingTalk::to(
            url,
            "SECabc".into(),
            "https://linli.example".into(),
            Arc::new(|| Instant(1_700_000_000_123)),
        )
    }

    /// The server works the signature out by itself, from the address it was asked under.
    #[tokio::test]
    async fn the_body_and_the_signature_are_as_documented() {
        let (url, heard) = server(Does::Answers("200 OK", r#"{"errcode":0,"errmsg":"ok"}"#)).await;
        assert_eq!(
            robot(format!("{url}/robot/send?access_token=t")).send(&message()).await,
            Ok(Receipt::Accepted)
        );
        let heard = heard.join_all().await.remove(0);
        let (head, body) = heard.split_once("\r\n\r\n").unwrap();
        let query = head.split(' ').nth(1).unwrap().strip_prefix("/robot/send?access_token=t&").unwrap();
        let (timestamp, given) = query.split_once('&').unwrap();
        assert_eq!(timestamp, "timestamp=1700000000123");
        let given =
            given.strip_prefix("sign=").unwrap().replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        let mut mac = Hmac::<Sha256>::new_from_slice(b"SECabc").unwrap();
        mac.update(b"1700000000123\nSECabc");
        mac.verify_slice(&STANDARD.decode(given).unwrap()).unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["msgtype"], &body["markdown"]["title"]), (&"markdown".into(), &"紧急案件".into()));
        assert!(body["markdown"]["text"].as_str().unwrap().contains("https://linli.example/m/cases/1"));
    }

    #[test]
    fn what_base64_has_beyond_letters_is_encoded() {
        assert_eq!(in_query("a+b/c=="), "a%2Bb%2Fc%3D%3D");
    }

    #[tokio::test]
    async fn each_answer_is_understood() {
        let (busy, gone) = (
            r#"{"errcode":130101,"errmsg":"send too fast"}"#,
            r#"{"errcode":300001,"errmsg":"token is not exist"}"#,
        );
        outcomes(|url| robot(format!("{url}/robot/send?access_token=t")), busy, gone).await;
    }
}
