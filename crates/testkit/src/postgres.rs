//! A PostgreSQL of its own: a fresh cluster in a temporary folder, reached by a socket in that folder.
//!
//! PostgreSQL refuses to run as root, so that a root test run starts it as `postgres`, or `nobody`, by setpriv.
//! Durability is left as PostgreSQL ships it: what the store asserts at start is asserted here too. Texts compare
//! by a language's rules (ICU, zh), as they do on a street's own server, not by byte as in a bare test cluster.

use crate::skip;
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak, mpsc},
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// How often we ask whether it has started, 100 ms apart.
const READY_ASKS_MAX: usize = 300;

pub struct Server {
    programs: PathBuf,
    account: Option<String>,
    folder: TempDir,
    running: Child,
    /// The thread that started it waits on the other end: the server is told to stop when its thread ends (TK2).
    keeper: mpsc::Sender<()>,
}

/// One server for the tests that run at the same time: gone when the last of them lets go of it.
pub fn shared() -> Option<Arc<Server>> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(server()?);
    *shared = Arc::downgrade(&server);
    Some(server)
}

/// Starts a server; none where PostgreSQL is not installed (TK1).
pub fn server() -> Option<Server> {
    let Some(programs) = newest_programs() else {
        skip(
            "PostgreSQL is not installed (/usr/lib/postgresql/*/bin/initdb); make setup-servers installs it",
        );
        return None;
    };
    let Some(account) = account() else {
        skip("neither a user postgres nor nobody exists to run PostgreSQL as");
        return None;
    };
    if Command::new("setpriv").arg("--version").output().is_err() {
        skip("setpriv is not installed (util-linux)");
        return None;
    }
    let folder = tempfile::Builder::new().prefix("linli-pg-").tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    if let Some(account) = &account {
        finished(Command::new("chown").arg(account).arg(folder.path()));
    }
    finished(
        under(account.as_deref(), &programs.join("initdb"))
            .args(["--username=linli", "--auth=trust", "--encoding=UTF8", "--no-locale"])
            .args(["--locale-provider=icu", "--icu-locale=zh", "-D"])
            .arg(&data),
    );
    let (running, keeper) = started(&programs, account.as_deref(), &folder);
    let mut server = Server { programs, account, folder, running, keeper };
    server.wait_until_ready();
    Some(server)
}

fn started(programs: &Path, account: Option<&str>, folder: &TempDir) -> (Child, mpsc::Sender<()>) {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.path().join("server.log"));
    let mut command = under(account, &programs.join("postgres"));
    command
        .arg("-D")
        .arg(folder.path().join("data"))
        .args(["-c", "listen_addresses=", "-c", "max_connections=300"])
        // Tests that meet deadlocks need not wait a second for each.
        .args(["-c", "deadlock_timeout=100ms", "-c"])
        .arg(format!("unix_socket_directories={}", folder.path().display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log.expect("a log file"));
    kept(command)
}

impl Server {
    /// Creates an empty database and says where it is.
    pub fn database(&self, name: &str) -> String {
        finished(
            under(self.account.as_deref(), &self.programs.join("createdb"))
                .args(["--username=linli", "--host"])
                .arg(self.folder.path())
                .arg(name),
        );
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://linli@{folder}/{name}")
    }

    /// Stops it without warning, as a power cut would, leaving what was synced.
    pub fn crash(&mut self) {
        finished(
            under(self.account.as_deref(), &self.programs.join("pg_ctl"))
                .args(["stop", "--silent", "-m", "immediate", "-D"])
                .arg(self.folder.path().join("data")),
        );
        let _ = self.running.wait();
    }

    /// Starts it again after a crash, under the same addresses.
    pub fn start_again(&mut self) {
        (self.running, self.keeper) = started(&self.programs, self.account.as_deref(), &self.folder);
        self.wait_until_ready();
    }

    fn wait_until_ready(&mut self) {
        for _ in 0..READY_ASKS_MAX {
            let asked = Command::new(self.programs.join("pg_isready"))
                .args(["--quiet", "--username=linli", "--dbname=postgres", "--host"])
                .arg(self.folder.path())
                .status()
                .expect("pg_isready runs");
            if asked.success() {
                return;
            }
            if self.running.try_wait().expect("a child of ours").is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default();
        panic!("PostgreSQL did not start:\n{log}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let stopped = under(self.account.as_deref(), &self.programs.join("pg_ctl"))
            .args(["stop", "--silent", "-m", "immediate", "-D"])
            .arg(data)
            .status();
        if !stopped.is_ok_and(|s| s.success()) {
            let _ = self.running.kill();
        }
        let _ = self.running.wait();
    }
}

/// Starts a program from a thread of its own, which lasts as long as the sender: another test may go on using
/// the program after the thread of the test that started it has ended.
fn kept(mut command: Command) -> (Child, mpsc::Sender<()>) {
    let (started, running) = mpsc::channel();
    let (keeper, end) = mpsc::channel::<()>();
    thread::spawn(move || {
        let child = command.spawn().expect("postgres starts");
        if started.send(child).is_ok() {
            let _ = end.recv();
        }
    });
    (running.recv().expect("postgres starts"), keeper)
}

fn newest_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    versions
        .filter_map(|v| Some((v.file_name().to_str()?.parse::<u32>().ok()?, v.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .max()
        .map(|(_, bin)| bin)
}

/// Whom to run it as: `Some(None)` is whoever runs the test, `None` is nobody at all.
fn account() -> Option<Option<String>> {
    let we = fs::metadata("/proc/self").map(|m| m.uid()).unwrap_or(0);
    if we != 0 {
        return Some(None);
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let known = |name: &str| users.lines().any(|l| l.starts_with(&format!("{name}:")));
    ["postgres", "nobody"].into_iter().find(|name| known(name)).map(|name| Some(name.to_owned()))
}

/// The program under the account, stopped when this thread ends (TK2).
fn under(account: Option<&str>, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "QUIT"]);
    if let Some(account) = account {
        command.arg(format!("--reuid={account}")).args(["--clear-groups", "--regid"]).arg(group_of(account));
    }
    command.arg(program).current_dir("/").env("LC_ALL", "C.UTF-8");
    command
}

fn group_of(account: &str) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    users
        .lines()
        .find(|l| l.starts_with(&format!("{account}:")))
        .and_then(|l| l.split(':').nth(3))
        .unwrap_or("65534")
        .to_owned()
}

fn finished(command: &mut Command) {
    let done = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        done.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}
