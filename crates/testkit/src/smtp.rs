//! A mail server of its own (aiosmtpd) on a free port, which keeps every mail it takes as a file.
//!
//! Who a mail is for decides what the server does: `gone@` does not exist (550), `full@` has no room for now (452),
//! `lost@` is taken and kept, and the connection is dropped before the answer. Everybody else gets their mail.

use crate::skip;
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// How often we ask whether it has started, 50 ms apart.
const READY_ASKS_MAX: usize = 300;

const HANDLER: &str = r#"
import os, time
class Keeper:
    def __init__(self, folder):
        self.folder = folder
    @classmethod
    def from_cli(cls, parser, *args):
        return cls(args[0])
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('gone@'):
            return '550 5.1.1 no such mailbox'
        if address.startswith('full@'):
            return '452 4.2.2 mailbox full'
        envelope.rcpt_tos.append(address)
        return '250 OK'
    async def handle_DATA(self, server, session, envelope):
        name = os.path.join(self.folder, '%d' % time.monotonic_ns())
        with open(name + '.part', 'wb') as file:
            file.write(envelope.content)
        os.rename(name + '.part', name + '.eml')
        if any(to.startswith('lost@') for to in envelope.rcpt_tos):
            server.transport.abort()
        return '250 OK'
"#;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    None,
    StartTls,
    Wrapped,
}

pub struct Server {
    pub port: u16,
    folder: TempDir,
    tls: Tls,
    running: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }
}

/// Starts a server; none where it is not installed (TK1).
pub fn server(tls: Tls) -> Option<Server> {
    let installed = Command::new("/usr/bin/python3").args(["-c", "import aiosmtpd"]).output();
    if !installed.is_ok_and(|o| o.status.success()) {
        skip("aiosmtpd is not installed (python3-aiosmtpd); make setup-servers installs it");
        return None;
    }
    let folder = tempfile::Builder::new().prefix("linli-smtp-").tempdir().expect("a temporary folder");
    fs::write(folder.path().join("keeper.py"), HANDLER).expect("the handler is written");
    fs::create_dir(folder.path().join("mails")).expect("a folder for mails");
    if tls != Tls::None {
        certificate(folder.path());
    }
    let port = free_port();
    let running = started(folder.path(), port, tls);
    let mut server = Server { port, folder, tls, running };
    server.wait_until_ready();
    Some(server)
}

/// One that nobody uses now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound").port()
}

fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("cert.pem"))
        .output()
        .expect("openssl is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn started(folder: &Path, port: u16, tls: Tls) -> Child {
    // Told to end with the thread that started it (TK2).
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "/usr/bin/python3", "-m", "aiosmtpd", "--nosetuid"]);
    command.args(["--listen", &format!("127.0.0.1:{port}"), "--class", "keeper.Keeper"]);
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    match tls {
        Tls::None => {}
        Tls::StartTls => {
            command.arg("--tlscert").arg(cert).arg("--tlskey").arg(key);
        }
        Tls::Wrapped => {
            command.arg("--smtpscert").arg(cert).arg("--smtpskey").arg(key);
        }
    }
    let log = fs::File::create(folder.join("server.log")).expect("a log file");
    command
        .arg(folder.join("mails"))
        .env("PYTHONPATH", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("setpriv and python3 are installed")
}

impl Server {
    fn wait_until_ready(&mut self) {
        for _ in 0..READY_ASKS_MAX {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            if let Ok(Some(status)) = self.running.try_wait() {
                panic!("aiosmtpd ended with {status}: {}", self.log());
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("aiosmtpd did not start: {}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    /// What certificate its readers have to trust.
    pub fn authority(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("cert.pem")).expect("a server with TLS has a certificate")
    }

    /// The mails it took, in the order they came.
    pub fn mails(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("mails")).expect("the folder is there");
        let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
        paths.retain(|p| p.extension().is_some_and(|e| e == "eml"));
        paths.sort();
        paths.iter().map(|p| fs::read_to_string(p).expect("a mail is text")).collect()
    }

    /// Ends it, leaving its mails; [`Server::start_again`] starts it under the same port.
    pub fn stop(&mut self) {
        let _ = self.running.kill();
        let _ = self.running.wait();
    }

    pub fn start_again(&mut self) {
        self.running = started(self.folder.path(), self.port, self.tls);
        self.wait_until_ready();
    }
}
