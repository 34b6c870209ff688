//! Backup and restore: a plain tar of everything an installation keeps, with a manifest of hashes.
//!
//! Invariants
//! - AV1 The database is copied first (by the database's own means), then photos, history and log. Whatever
//!   the database's checkpoints speak of is therefore in the parts that follow: those only grow, or are
//!   written again from the log behind the checkpoint.
//! - AV2 A file that changes or goes while it is read is read again; the archive holds whole files only.
//! - AV3 Restoring writes into an empty folder only, and checks every hash before it says that it is done.
//!
//! Deliberately absent: encryption (the keys inside open the sealed columns; where the archive lies decides).

use linli_model::{Fault, Instant};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};

/// Folders of the data folder that an archive holds, in the order of AV1; the database goes before them.
pub const FOLDERS: [&str; 4] = ["keys", "photos", "history", "log"];
const MANIFEST: &str = "manifest.json";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    pub linli_version: String,
    pub made_at: Instant,
    /// SHA-256 of each file, by its path in the archive.
    pub files: BTreeMap<String, String>,
}

fn fault(what: &str, path: &Path, e: io::Error) -> Fault {
    Fault::lasting(format!("{what} {}: {e}", path.display())).because(e)
}

/// Writes the archive to `to` (a new file, put in place at the end). `database` is a finished copy of it, if
/// it is a file of ours.
pub fn write(data: &Path, database: Option<&Path>, to: &Path, made_at: Instant) -> Result<Manifest, Fault> {
    let partial = to.with_extension("partial");
    let file = File::create_new(&partial).map_err(|e| fault("cannot create", &partial, e))?;
    let mut archive = tar::Builder::new(file);
    let mut manifest = Manifest {
        format: 1,
        linli_version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at,
        files: BTreeMap::new(),
    };
    if let Some(database) = database {
        add(&mut archive, &mut manifest, database, "linli.sqlite", made_at)?;
    }
    for folder in FOLDERS {
        // Compaction may replace files while we read; what is new since the listing is taken in another round.
        loop {
            let before = manifest.files.len();
            for (path, name) in listing(&data.join(folder), folder)? {
                if !manifest.files.contains_key(&name) {
                    add(&mut archive, &mut manifest, &path, &name, made_at)?;
                }
            }
            if manifest.files.len() == before {
                break;
            }
        }
    }
    let text = serde_json::to_vec_pretty(&manifest).expect("a manifest is plain data");
    append(&mut archive, MANIFEST, &text, made_at).map_err(|e| fault("cannot write", &partial, e))?;
    let file = archive.into_inner().map_err(|e| fault("cannot write", &partial, e))?;
    file.sync_all().map_err(|e| fault("cannot sync", &partial, e))?;
    fs::rename(&partial, to).map_err(|e| fault("cannot put in place", to, e))?;
    Ok(manifest)
}

fn listing(folder: &Path, name: &str) -> Result<Vec<(PathBuf, String)>, Fault> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(e) => return Err(fault("cannot list", folder, e)),
    };
    for entry in entries {
        let path = entry.map_err(|e| fault("cannot list", folder, e))?.path();
        let Some(last) = path.file_name().and_then(|n| n.to_str()) else { continue };
        let inner = format!("{name}/{last}");
        if path.is_dir() {
            found.extend(listing(&path, &inner)?);
        } else {
            found.push((path, inner));
        }
    }
    found.sort();
    Ok(found)
}

fn add(
    archive: &mut tar::Builder<File>,
    manifest: &mut Manifest,
    path: &Path,
    name: &str,
    made_at: Instant,
) -> Result<(), Fault> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        // Gone since the listing (trimmed, compacted): what replaced it comes in the next round.
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(fault("cannot read", path, e)),
    };
    append(archive, name, &bytes, made_at).map_err(|e| fault("cannot write", path, e))?;
    manifest.files.insert(name.to_owned(), hex::encode(Sha256::digest(&bytes)));
    Ok(())
}

fn append(archive: &mut tar::Builder<File>, name: &str, bytes: &[u8], at: Instant) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_mtime((at.millis() / 1000).max(0) as u64);
    archive.append_data(&mut header, name, bytes)
}

/// Reads an archive through and checks every hash; nothing is written.
pub fn verify(from: &Path) -> Result<Manifest, Fault> {
    read(from, |_, _| Ok(()))
}

/// Restores an archive into `data`, which must be empty or absent.
pub fn restore(from: &Path, data: &Path) -> Result<Manifest, Fault> {
    if fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Fault::lasting(format!("{} is not empty; restore into an empty folder", data.display())));
    }
    verify(from)?;
    read(from, |name, bytes| {
        let path = data.join(name);
        let folder = path.parent().expect("a file in the data folder");
        fs::create_dir_all(folder).map_err(|e| fault("cannot create", folder, e))?;
        kept(&path, bytes).map_err(|e| fault("cannot write", &path, e))
    })
}

/// Written whole and synced, for its owner only: keys and people are among it.
fn kept(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn read(from: &Path, mut each: impl FnMut(&str, &[u8]) -> Result<(), Fault>) -> Result<Manifest, Fault> {
    let file = File::open(from).map_err(|e| fault("cannot open", from, e))?;
    let mut archive = tar::Archive::new(file);
    let mut hashes = BTreeMap::new();
    let mut manifest = None;
    for entry in archive.entries().map_err(|e| fault("cannot read", from, e))? {
        let mut entry = entry.map_err(|e| fault("cannot read", from, e))?;
        let path = entry.path().map_err(|e| fault("cannot read", from, e))?.into_owned();
        let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        let Some(name) = path.to_str().filter(|_| plain) else {
            return Err(Fault::lasting(format!(
                "the archive names a path outside itself: {}",
                path.display()
            )));
        };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|e| fault("cannot read", from, e))?;
        if name == MANIFEST {
            manifest = serde_json::from_slice::<Manifest>(&bytes).ok();
            continue;
        }
        hashes.insert(name.to_owned(), hex::encode(Sha256::digest(&bytes)));
        each(name, &bytes)?;
    }
    match manifest {
        Some(manifest) if manifest.format != 1 => Err(Fault::lasting(format!(
            "the archive's format {} is newer than this program",
            manifest.format
        ))),
        Some(manifest) if manifest.files == hashes => Ok(manifest),
        Some(_) => {
            Err(Fault::lasting("the archive is damaged: a file differs from its hash in the manifest"))
        }
        None => Err(Fault::lasting("the archive is incomplete: it has no manifest at its end")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> tempfile::TempDir {
        let data = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("keys/field.key", "k"),
            ("photos/ab/abcd", "jpeg"),
            ("history/area=1/day=2/part", "p"),
            ("log/1.seg", "l"),
        ] {
            let path = data.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::write(data.path().join("copy.sqlite"), "db").unwrap();
        data
    }

    #[test]
    fn what_was_backed_up_is_restored_file_by_file() {
        let data = filled();
        let out = tempfile::tempdir().unwrap();
        let tar = out.path().join("b.tar");
        let made = write(data.path(), Some(&data.path().join("copy.sqlite")), &tar, Instant(1_000)).unwrap();
        assert_eq!(made.files.len(), 5);
        let back = out.path().join("back");
        assert_eq!(restore(&tar, &back).unwrap(), made);
        assert_eq!(fs::read_to_string(back.join("photos/ab/abcd")).unwrap(), "jpeg");
        assert_eq!(fs::read_to_string(back.join("linli.sqlite")).unwrap(), "db");
        assert!(restore(&tar, &back).is_err(), "a second restore into the same folder is refused");
    }

    #[test]
    fn a_damaged_or_cut_archive_restores_nothing() {
        let data = filled();
        let out = tempfile::tempdir().unwrap();
        let tar = out.path().join("b.tar");
        write(data.path(), None, &tar, Instant(1_000)).unwrap();
        let whole = fs::read(&tar).unwrap();
        let at = whole.windows(4).position(|w| w == b"jpeg").unwrap();
        let mut damaged = whole.clone();
        damaged[at] = b'X';
        for bytes in [&damaged[..], &whole[..whole.len() / 2]] {
            fs::write(&tar, bytes).unwrap();
            let back = out.path().join("back");
            assert!(restore(&tar, &back).is_err());
            assert!(!back.exists());
        }
    }
}
