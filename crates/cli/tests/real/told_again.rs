//! None is silently unsent: the real process is killed after a webhook has read a notice and before it is on record that
//! it was sent; started again, it sends the same notice under the same id, and shows it as possibly twice where an
//! attempt had no answer.

use crate::process::{
    self, eventually,
    street::{Street, reading},
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// How often each id was read, and whether readers are answered.
#[derive(Clone, Default)]
struct Reader {
    read: Arc<Mutex<BTreeMap<String, u32>>>,
    answers: Arc<AtomicBool>,
}

impl Reader {
    async fn serve(self, listener: TcpListener) {
        let mut readers = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            readers.spawn(self.clone().one(stream));
        }
    }

    async fn one(self, mut stream: TcpStream) {
        let (mut seen, mut chunk) = (Vec::new(), [0u8; 8192]);
        loop {
            let Ok(n) = stream.read(&mut chunk).await else { return };
            seen.extend_from_slice(&chunk[..n]);
            let text = String::from_utf8_lossy(&seen);
            if n == 0 || (text.contains("\r\n\r\n") && text.trim_end().ends_with('}')) {
                break;
            }
        }
        let text = String::from_utf8_lossy(&seen).to_lowercase();
        let id = text.lines().find_map(|l| l.strip_prefix("webhook-id: ")).unwrap_or_default().to_owned();
        let is_canary = id.starts_with("canary-");
        if !is_canary {
            *self.read.lock().unwrap().entry(id).or_default() += 1;
        }
        if is_canary || self.answers.load(Ordering::Relaxed) {
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
        } else {
            // Read, and never answered: the sender cannot know.
            std::future::pending::<()>().await;
        }
    }

    fn times(&self) -> BTreeMap<String, u32> {
        self.read.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_was_read_before_the_kill_comes_again_under_the_same_id() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let secret = folder.path().join("hook.secret");
    std::fs::write(&secret, "secret\n").unwrap();
    let reader = Reader::default();
    let mut serving = tokio::task::JoinSet::new();
    serving.spawn(reader.clone().serve(listener));
    let more = format!("[[webhook]]\nurl = \"{url}\"\nsecret_file = \"{}\"\n", secret.display());
    let mut street = Street::filled(folder.path(), &more).await;

    let gateway = street.gateway().await;
    let smoke = reading("r-1", "smoke-1", process::now(), true);
    eventually("the reading to be acknowledged", || async { gateway.send(&smoke).await }).await;
    let read = eventually("the webhook to read a notice", || async {
        let read = reader.times();
        (!read.is_empty()).then_some(read)
    })
    .await;
    street.process.take().unwrap().kill();

    reader.answers.store(true, Ordering::Relaxed);
    street.restart();
    for id in read.keys() {
        eventually("the same notice again", || async { (reader.times()[id] >= 2).then_some(()) }).await;
    }
    let settled = reader.times();
    let first = read.keys().next().unwrap();
    assert_eq!(settled[first], 2, "once more, and answered this time: {settled:?}");
}
