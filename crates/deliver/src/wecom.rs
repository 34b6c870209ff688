//! The robot of a WeCom (企业微信) group, as its public document has it: `POST …/webhook/send?key=…` with
//! `{"msgtype":"markdown","markdown":{"content":…}}`, at most 4096 bytes, twenty a minute.

use crate::robot::{client, markdown, post, reached};
use linli_channel::{Channel, Message, Receipt, SendFault};

/// Bytes of a message's content.
const CONTENT_BYTES_MAX: usize = 4096;
/// System busy; more than twenty a minute.
const PASSING: &[i64] = &[-1, 45009];

pub struct WeCom {
    url: String,
    public_url: String,
    client: reqwest::Client,
}

impl WeCom {
    /// `url` is the robot's whole address, its key included.
    pub fn to(url: String, public_url: String) -> Self {
        WeCom { url, public_url, client: client() }
    }
}

fn cut(mut text: String, bytes_max: usize) -> String {
    while text.len() > bytes_max {
        text.pop();
    }
    text
}

#[async_trait::async_trait]
impl Channel for WeCom {
    fn code(&self) -> &'static str {
        "wecom"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendFault> {
        let content = cut(markdown(message, &self.public_url), CONTENT_BYTES_MAX);
        let body = serde_json::json!({ "msgtype": "markdown", "markdown": { "content": content } });
        post(&self.client, &self.url, &body, PASSING).await
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

    #[tokio::test]
    async fn the_body_is_as_documented() {
        let (url, heard) = server(Does::Answers("200 OK", r#"{"errcode":0,"errmsg":"ok"}"#)).await;
        let robot = WeCom::to(format!("{url}/cgi-bin/webhook/send?key=abc"), "https://linli.example".into());
        assert_eq!(robot.send(&message()).await, Ok(Receipt::Accepted));
        let heard = heard.join_all().await.remove(0);
        let (head, body) = heard.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /cgi-bin/webhook/send?key=abc HTTP/1.1"), "{head}");
        assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["msgtype"], "markdown");
        assert!(body["markdown"]["content"].as_str().unwrap().starts_with("**紧急案件**"));
    }

    #[tokio::test]
    async fn each_answer_is_understood() {
        let to = |url: String| WeCom::to(format!("{url}/send"), String::new());
        let (busy, gone) = (
            r#"{"errcode":45009,"errmsg":"api freq out of limit"}"#,
            r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#,
        );
        outcomes(to, busy, gone).await;
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("字字字".into(), 7), "字字");
        assert_eq!(cut("字字字".into(), 9), "字字字");
    }
}
