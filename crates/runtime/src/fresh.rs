//! Keys and randomness: drawn from the system, kept in the installation's key file.

// The one place that draws randomness for everybody else.
#![allow(clippy::disallowed_methods)]

use linli_model::{Fault, IdSeed};
use linli_server::ports::Fresh;
use linli_store_sql::Keyring;
use rand::{TryRngCore, rngs::OsRng};
use std::{fs, io::Write, path::Path};

/// The system's randomness.
pub struct SystemFresh;

fn drawn<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    // A machine without randomness must not run: every secret of it could be guessed.
    OsRng.unwrap_err().try_fill_bytes(&mut bytes).unwrap_or_else(|e| match e {});
    bytes
}

impl Fresh for SystemFresh {
    fn seed(&self) -> IdSeed {
        IdSeed(uuid::Builder::from_random_bytes(drawn::<16>()).into_uuid())
    }
    fn bytes(&self) -> [u8; 32] {
        drawn()
    }
}

/// What the key file holds: 64 bytes to seal and match fields, 32 for keyed hashes, 8 for the log's checksums.
pub struct Keys {
    pub ring: Keyring,
    pub secret: [u8; 32],
    pub log_salt: u64,
}

const LENGTH: usize = 104;

impl Keys {
    /// Reads the key file, or draws one for an empty data folder. Readable by its owner only.
    pub fn load_or_draw(folder: &Path) -> Result<Keys, Fault> {
        let path = folder.join("installation.key");
        let fault =
            |e: std::io::Error| Fault::lasting(format!("the key file {}: {e}", path.display())).because(e);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                fs::create_dir_all(folder).map_err(fault)?;
                let bytes = drawn::<LENGTH>().to_vec();
                let mut options = fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options.open(&path).map_err(fault)?;
                file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(fault)?;
                bytes
            }
            Err(e) => return Err(fault(e)),
        };
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| {
            Fault::lasting(format!("the key file {} is damaged", path.display())).saying(
                "key_damaged",
                "密钥文件已损坏,请从备份恢复 keys 目录。没有它,加密字段无法解开。",
                "The key file is damaged. Restore the keys folder from a backup; without it sealed fields cannot be opened.",
            )
        })?;
        let ring: [u8; 64] = bytes[..64].try_into().expect("64 bytes");
        Ok(Keys {
            ring: Keyring::from_bytes(&ring),
            secret: bytes[64..96].try_into().expect("32 bytes"),
            log_salt: u64::from_le_bytes(bytes[96..].try_into().expect("8 bytes")),
        })
    }
}
