//! What the robots of chat rooms have in common: a JSON body, and an answer `{"errcode": 0}` under status 200.

use linli_channel::{Message, Receipt, SendFault};
use linli_model::Lang;
use serde::Deserialize;
use std::time::Duration;

/// How long the other side may take before the outcome counts as unknown.
const ANSWER_SECS_MAX: u64 = 10;

#[derive(Deserialize)]
struct Answered {
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

/// A client that follows nobody elsewhere: addresses carry the robot's key.
pub(crate) fn client() -> reqwest::Client {
    crate::tls();
    let built = reqwest::Client::builder()
        .timeout(Duration::from_secs(ANSWER_SECS_MAX))
        .redirect(reqwest::redirect::Policy::none())
        .build();
    built.expect("a client of fixed settings always builds")
}

/// Posts, and reads the answer; `passing` names the codes after which a later attempt may succeed.
pub(crate) async fn post(
    client: &reqwest::Client,
    url: &str,
    body: &serde_json::Value,
    passing: &[i64],
) -> Result<Receipt, SendFault> {
    // Faults name the address they failed at, and with it the key.
    let plain = |e: reqwest::Error| e.without_url().to_string();
    let answer = match client.post(url).json(body).send().await {
        Ok(answer) => answer,
        Err(fault) if fault.is_connect() => return Err(SendFault::Passing(plain(fault))),
        Err(fault) => return Err(SendFault::Unknown(plain(fault))),
    };
    let status = answer.status();
    if !status.is_success() {
        let said = format!("status {status}");
        let again = status.is_server_error() || status.as_u16() == 429;
        return Err(if again { SendFault::Passing(said) } else { SendFault::Lasting(said) });
    }
    match answer.json::<Answered>().await {
        Ok(Answered { errcode: 0, .. }) => Ok(Receipt::Accepted),
        Ok(Answered { errcode, errmsg }) => {
            let said = format!("{errcode} {errmsg}");
            Err(if passing.contains(&errcode) { SendFault::Passing(said) } else { SendFault::Lasting(said) })
        }
        Err(fault) => Err(SendFault::Unknown(plain(fault))),
    }
}

/// Whether the robot's server answers at all. Only its root is asked for: the key stays out of it.
pub(crate) async fn reached(client: &reqwest::Client, url: &str) -> Result<(), SendFault> {
    let mut root =
        reqwest::Url::parse(url).map_err(|_| SendFault::Lasting("malformed address".to_owned()))?;
    root.set_path("/");
    root.set_query(None);
    let answer = client.get(root).send().await;
    answer.map(drop).map_err(|e| SendFault::Passing(e.without_url().to_string()))
}

/// A message as Markdown, in both languages; what people wrote cannot become a link or a mention.
pub(crate) fn markdown(message: &Message, public_url: &str) -> String {
    let mut lines = vec![
        format!("**{}**", escaped(message.title.get(Lang::Zh))),
        escaped(message.body.get(Lang::Zh)),
        escaped(message.title.get(Lang::En)),
    ];
    if !public_url.is_empty() && !message.link.is_empty() {
        lines.push(format!("[打开 / Open]({}{})", public_url.trim_end_matches('/'), message.link));
    }
    lines.join("\n\n")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push('〈'),
            '>' => out.push('〉'),
            '@' => out.push('\u{ff20}'),
            '[' | ']' | '*' | '_' | '`' | '#' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\r' | '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use linli_channel::Recipient;
    use linli_model::{Text, UserId};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    pub fn message() -> Message {
        Message {
            id: "0197-notice".into(),
            recipient: Recipient::User(UserId(Default::default())),
            title: Text::new("紧急案件", "An urgent case"),
            body: Text::new("41号[烟感]报警@所有人", "smoke"),
            urgency: "alarm".into(),
            link: "/m/cases/1".into(),
        }
    }

    /// What a robot's server does with one request.
    pub enum Does {
        Answers(&'static str, &'static str),
        DropsAfterReading,
    }

    /// A server for one request; gives its address, and what it heard.
    pub async fn server(does: Does) -> (String, tokio::task::JoinSet<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut heard = tokio::task::JoinSet::new();
        heard.spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut seen, mut chunk) = (Vec::new(), [0u8; 4096]);
            loop {
                let n = stream.read(&mut chunk).await.unwrap();
                seen.extend_from_slice(&chunk[..n]);
                let text = String::from_utf8_lossy(&seen);
                if n == 0 || (text.contains("\r\n\r\n") && text.trim_end().ends_with('}')) {
                    break;
                }
            }
            if let Does::Answers(status, body) = does {
                let reply = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
            String::from_utf8(seen).unwrap()
        });
        (url, heard)
    }

    /// The same answers mean the same with every robot.
    pub async fn outcomes<C: linli_channel::Channel>(
        to: impl Fn(String) -> C,
        passing: &'static str,
        lasting: &'static str,
    ) {
        let ok = r#"{"errcode":0,"errmsg":"ok"}"#;
        for (does, expected) in [
            (Does::Answers("200 OK", ok), "accepted"),
            (Does::Answers("200 OK", passing), "passing"),
            (Does::Answers("200 OK", lasting), "lasting"),
            (Does::Answers("503 Service Unavailable", "{}"), "passing"),
            (Does::Answers("429 Too Many Requests", "{}"), "passing"),
            (Does::Answers("404 Not Found", "{}"), "lasting"),
            (Does::Answers("200 OK", "<html>"), "unknown"),
            (Does::DropsAfterReading, "unknown"),
        ] {
            let (url, heard) = server(does).await;
            let sent = to(url).send(&message()).await;
            heard.join_all().await;
            let came = match &sent {
                Ok(_) => "accepted",
                Err(SendFault::Passing(_)) => "passing",
                Err(SendFault::Lasting(_)) => "lasting",
                Err(SendFault::Unknown(_)) => "unknown",
            };
            assert_eq!(came, expected, "{sent:?}");
        }
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/secret-key", gone.local_addr().unwrap());
        drop(gone);
        match to(url).send(&message()).await {
            Err(SendFault::Passing(why)) => {
                assert!(!why.contains("secret"), "the key must not be told: {why}")
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_people_wrote_is_no_markup_and_calls_nobody() {
        let text = markdown(&message(), "https://linli.example/");
        assert!(text.contains("41号\\[烟感\\]报警\u{ff20}所有人"), "{text}");
        assert!(text.contains("(https://linli.example/m/cases/1)"), "{text}");
        assert!(!markdown(&message(), "").contains("]("));
    }
}
