//! A SQLite database as a file: who has it open, and copies of it.
//!
//! Invariants
//! - SF1 Whoever has the database open holds a lock on the file beside it (`….lock`) together with the others;
//!   who brings it to a newer step holds it alone. A program that runs never has its tables changed under it.
//! - SF2 What stands under a copy's name is a whole copy, and on disk: it is written beside, synced, then named.
//!
//! Deliberately absent: keeping a second service off the same folder. The log does that (FL2); here a backup or a
//! check may look in while the service runs.

use linli_model::Fault;
use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    alone: bool,
}

fn trouble(what: &str, path: &Path, e: io::Error) -> Fault {
    let text = format!("{what} {}: {e}", path.display());
    match e.kind() {
        io::ErrorKind::StorageFull => Fault::passing(text).because(e).saying(
            "disk_full",
            "磁盘空间已满,无法写入;已确认的数据不受影响。腾出空间后即可继续。",
            "The disk is full and nothing can be written. What was acknowledged is safe. Free some space to go on.",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::NotFound => Fault::lasting(text).because(e).saying(
            "data_unreachable",
            format!("无法打开 {}。请检查数据目录是否存在,以及运行账户对它的读写权限。", path.display()),
            format!("{} cannot be opened. See that the data folder exists and that the account this runs under may read and write it.", path.display()),
        ),
        _ => Fault::lasting(text).because(e),
    }
}

/// The path with something appended to its last name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

impl Lock {
    /// Takes the lock alone where nobody has it, else together with the others; waits while somebody has it alone.
    pub fn take(database: &Path) -> Result<Lock, Fault> {
        let path = beside(database, ".lock");
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = open.map_err(|e| trouble("cannot open", &path, e))?;
        let alone = file.try_lock().is_ok();
        if !alone {
            file.lock_shared().map_err(|e| trouble("cannot lock", &path, e))?;
        }
        Ok(Lock { file, alone })
    }

    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// Lets the others in.
    pub fn share(&self) -> Result<(), Fault> {
        self.file.lock_shared().map_err(|e| Fault::lasting("cannot share the lock").because(e))
    }
}

/// A name for a copy that nothing has yet: `linli.sqlite.before-step-3`, then `….before-step-3.2`.
pub(crate) fn free_name(database: &Path, ending: &str) -> PathBuf {
    let first = beside(database, ending);
    let more = (2..).map(|n| beside(database, &format!("{ending}.{n}")));
    std::iter::once(first).chain(more).find(|path| !path.exists()).expect("names do not run out")
}

/// Where a copy is written before it has its name.
pub(crate) fn unfinished(copy: &Path) -> Result<PathBuf, Fault> {
    if copy.exists() {
        return Err(Fault::lasting(format!("{} exists already", copy.display())).saying(
            "copy_exists",
            format!("{} 已存在,不覆盖。请换一个文件名。", copy.display()),
            format!("{} exists already and is not overwritten. Choose another name.", copy.display()),
        ));
    }
    let path = beside(copy, ".unfinished");
    match fs::remove_file(&path) {
        Ok(()) => Ok(path),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(path),
        Err(e) => Err(trouble("cannot remove", &path, e)),
    }
}

/// Gives a finished copy its name, once it is on disk (SF2).
pub(crate) fn finish(unfinished: &Path, copy: &Path) -> Result<(), Fault> {
    let synced = || {
        File::open(unfinished)?.sync_all()?;
        fs::rename(unfinished, copy)?;
        let folder = copy.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    };
    synced().map_err(|e| trouble("cannot finish", copy, e))
}
