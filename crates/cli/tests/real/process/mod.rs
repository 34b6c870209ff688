//! The real `linli` process in a folder of its own, and a person at its API.

#![allow(dead_code)] // Each benchmark uses its part.

pub mod street;

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

const START_MAX: Duration = Duration::from_secs(120);

pub struct Linli {
    child: Child,
    pub address: String,
    lines: mpsc::Receiver<String>,
    /// What it said so far.
    pub said: Vec<String>,
}

/// The present, by the runtime's clock.
pub fn now() -> jiff::Timestamp {
    linli_server::ports::Clock::now(&linli_runtime::SystemClock::default()).timestamp()
}

/// An HTTP client to be built.
pub fn http() -> reqwest::ClientBuilder {
    linli_deliver::tls();
    reqwest::Client::builder()
}

/// A port nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Linli {
    /// Starts the process and waits until it is ready.
    pub fn start(args: &[&str], address: &str) -> Linli {
        let mut linli = Linli::launch(args, address);
        linli.wait_for("ready http://");
        linli
    }

    /// Starts the process and does not wait.
    pub fn launch(args: &[&str], address: &str) -> Linli {
        let mut child = Command::new(env!("CARGO_BIN_EXE_linli"))
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = mpsc::channel();
        let pipes: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for pipe in pipes {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Linli { child, address: address.to_owned(), lines, said: Vec::new() }
    }

    /// Waits for a line that contains `text`, and gives it.
    pub fn wait_for(&mut self, text: &str) -> String {
        self.wait_up_to(START_MAX, text)
    }

    pub fn wait_up_to(&mut self, most: Duration, text: &str) -> String {
        if let Some(line) = self.said.iter().find(|l| l.contains(text)) {
            return line.clone();
        }
        let turn = Duration::from_millis(50);
        for _ in 0..most.as_millis() / turn.as_millis() {
            match self.lines.recv_timeout(turn) {
                Ok(line) => {
                    println!("{line}");
                    self.said.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        panic!("linli never said \"{text}\"; it said:\n{}", self.said.join("\n"));
    }

    /// As a power switch does it: SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As systemd does it: SIGTERM, and it ends well.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        for _ in 0..2_000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "it ended with {status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it did not stop when told to");
    }
}

impl Drop for Linli {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody signed in at a running installation.
pub struct Person {
    http: reqwest::Client,
    base: String,
    cookie: String,
    csrf: String,
}

impl Person {
    /// Nobody yet.
    pub fn nobody(address: &str) -> Person {
        let http = http().timeout(Duration::from_secs(30)).build().unwrap();
        Person { http, base: format!("http://{address}/api/v1"), cookie: String::new(), csrf: String::new() }
    }

    pub async fn signed_in(address: &str, name: &str, password: &str) -> Person {
        let mut person = Person::nobody(address);
        let request = person.http.post(format!("{}/session", person.base));
        let answer = request.json(&json!({"name": name, "password": password})).send().await.unwrap();
        let status = answer.status();
        let cookie = answer.headers().get("set-cookie").map(|c| c.to_str().unwrap().to_owned());
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{name} cannot sign in: {body}");
        person.cookie = cookie.unwrap().split(';').next().unwrap().to_owned();
        person.csrf = body["csrf"].as_str().unwrap().to_owned();
        person
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .header("x-linli-csrf", &self.csrf)
            .header("accept-language", "en")
    }

    async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = Person::answer(self.request(reqwest::Method::GET, path)).await;
        assert!(status < 300, "GET {path}: {status} {body}");
        body
    }

    /// An answer that does not end.
    pub async fn stream(&self, path: &str) -> reqwest::Response {
        let http = http().build().unwrap();
        let request = http.get(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "GET {path}: {}", answer.status());
        answer
    }

    pub async fn metrics(&self) -> String {
        let url = self.base.replace("/api/v1", "/metrics");
        self.http.get(url).send().await.unwrap().text().await.unwrap()
    }

    pub async fn try_get(&self, path: &str) -> (u16, Value) {
        Person::answer(self.request(reqwest::Method::GET, path)).await
    }

    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self.request(reqwest::Method::GET, path).send().await.unwrap();
        assert!(answer.status().is_success(), "GET {path}: {}", answer.status());
        answer.bytes().await.unwrap().to_vec()
    }

    pub async fn try_post(&self, path: &str, body: &Value) -> (u16, Value) {
        Person::answer(self.request(reqwest::Method::POST, path).json(body)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.try_post(path, body).await;
        assert!(status < 300, "POST {path}: {status} {answer}");
        answer
    }

    pub async fn upload(&self, path: &str, name: &str, bytes: Vec<u8>) -> Value {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        let (status, body) = Person::answer(self.request(reqwest::Method::POST, path).multipart(form)).await;
        assert!(status < 300, "POST {path}: {status} {body}");
        body
    }
}

/// Settings of a street in `folder`, on ports of its own; the address of its pages and of its broker.
pub fn settings(folder: &Path, more: &str) -> (String, String, u16) {
    let (listen, mqtt) = (format!("127.0.0.1:{}", free_port()), free_port());
    let text =
        format!("data = \"data\"\nlisten = \"{listen}\"\n{more}\n[mqtt]\nlisten = \"127.0.0.1:{mqtt}\"\n");
    let path = folder.join("linli.toml");
    std::fs::write(&path, text).unwrap();
    (path.display().to_string(), listen, mqtt)
}

/// Tries until it gives something, or fails saying what was waited for.
pub async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    for _ in 0..1_200 {
        if let Some(found) = ask().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited for a minute for {what}");
}
