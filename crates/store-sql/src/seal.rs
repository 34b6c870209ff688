//! Sealing fields at rest, and keyed hashes to find them by.
//!
//! A sealed field is one version byte, a 96-bit nonce drawn at random, and AES-256-GCM over the text with the
//! field's name and whose it is as associated data, so that a sealed phone cannot be passed off as a name, nor one
//! person's as another's. Version 1 had the field's name alone; it is read, and written anew with the next change.
//! A matching hash is HMAC-SHA-256 under a key of its own, cut to 128 bits.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use linli_model::Fault;
use rand::{RngCore, TryRngCore};
use sha2::Sha256;
use std::fmt::Display;

const VERSION: u8 = 2;
const OF_FIELD_ONLY: u8 = 1;

/// What a sealed text is bound to.
fn bound(version: u8, field: &str, whose: impl Display) -> Option<String> {
    match version {
        OF_FIELD_ONLY => Some(field.to_owned()),
        VERSION => Some(format!("{field}\u{1f}{whose}")),
        _ => None,
    }
}

pub(crate) fn wrong_keys(what: &str) -> Fault {
    Fault::lasting(what).saying(
        "key_wrong",
        "加密字段无法解开:密钥文件与数据不匹配,请从备份恢复 keys 目录。",
        "Sealed fields cannot be opened: the key file does not belong to this data. Restore the keys folder from a backup.",
    )
}

#[derive(Clone)]
pub struct Keyring {
    cipher: Aes256Gcm,
    matching: [u8; 32],
}

impl Keyring {
    /// From the 64 bytes of the installation's key file: 32 to seal, 32 to match.
    pub fn from_bytes(bytes: &[u8; 64]) -> Keyring {
        let (seal, matching) = bytes.split_at(32);

        Keyring {
            cipher: Aes256Gcm::new_from_slice(seal).expect("32 bytes"),
            matching: matching.try_into().expect("32 bytes"),
        }
    }

    pub fn seal(&self, field: &str, whose: impl Display, text: &str) -> Vec<u8> {
        self.seal_as(VERSION, field, whose, text)
    }

    fn seal_as(&self, version: u8, field: &str, whose: impl Display, text: &str) -> Vec<u8> {
        let mut nonce = [0u8; 12];
        // The system's randomness, or no sealing at all.
        rand::rngs::OsRng.unwrap_err().fill_bytes(&mut nonce);
        let aad = bound(version, field, whose).expect("a version of ours");
        let payload = Payload { msg: text.as_bytes(), aad: aad.as_bytes() };
        let sealed = self.cipher.encrypt(&nonce.into(), payload).expect("texts are far below the limit");
        let mut out = vec![version];
        out.extend(nonce);
        out.extend(sealed);
        out
    }

    pub fn open(&self, field: &str, whose: impl Display, sealed: &[u8]) -> Result<String, Fault> {
        let damaged = || wrong_keys(&format!("the sealed field {field} cannot be opened"));
        let (Some(version), Some(nonce), Some(body)) = (sealed.first(), sealed.get(1..13), sealed.get(13..))
        else {
            return Err(damaged());
        };
        let aad = bound(*version, field, whose).ok_or_else(damaged)?;
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| damaged())?;
        let payload = Payload { msg: body, aad: aad.as_bytes() };
        let text = self.cipher.decrypt(&nonce.into(), payload).map_err(|_| damaged())?;
        String::from_utf8(text).map_err(|_| damaged())
    }

    /// The hash a value is found by; equal texts have equal hashes under one field name.
    pub fn matching(&self, field: &str, text: &str) -> String {
        let mut mac =
            <Hmac<Sha256> as Mac>::new_from_slice(&self.matching).expect("HMAC takes a key of any length");
        mac.update(field.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        hex::encode(&mac.finalize().into_bytes()[..16])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_field_opens_under_its_own_name_owner_and_key_only() {
        let keys = Keyring::from_bytes(&[7; 64]);
        let sealed = keys.seal("phone", 1, "13800000000");
        assert_eq!(keys.open("phone", 1, &sealed).unwrap(), "13800000000");
        assert!(keys.open("name", 1, &sealed).is_err());
        assert!(keys.open("phone", 2, &sealed).is_err());
        assert!(Keyring::from_bytes(&[8; 64]).open("phone", 1, &sealed).is_err());
        assert!(keys.open("phone", 1, &sealed[..5]).is_err());
        assert!(keys.open("phone", 1, &[]).is_err());
        for version in [0, 1, 3] {
            assert!(keys.open("phone", 1, &[&[version], &sealed[1..]].concat()).is_err());
        }
        assert_ne!(sealed, keys.seal("phone", 1, "13800000000"), "a nonce is drawn each time");
        assert_eq!(keys.matching("phone", "1"), keys.matching("phone", "1"));
        assert_ne!(keys.matching("phone", "1"), keys.matching("name", "1"));
    }

    #[test]
    fn what_was_sealed_by_version_one_is_read() {
        let keys = Keyring::from_bytes(&[7; 64]);
        let old = keys.seal_as(OF_FIELD_ONLY, "phone", 1, "13800000000");
        assert_eq!(keys.open("phone", 1, &old).unwrap(), "13800000000");
        assert!(keys.open("name", 1, &old).is_err());
    }
}
