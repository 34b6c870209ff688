//! Port: photos and other files, kept by the hash of their content.
//!
//! Owns: [`BlobId`], the [`Blobs`] trait, what is known of a photo ([`Photo`], [`PhotoEvidence`]), blobs in
//! memory for tests ([`memory`]), the suite every implementation is run through ([`contract`], feature
//! `contract`).
//!
//! Invariants
//! - BL1 A blob's id is the SHA-256 of its bytes; what is read under an id has that hash, or is a fault.
//! - BL2 `put` returns after the bytes are durable; putting the same bytes again changes nothing.
//! - BL3 A photo's stored copies carry no EXIF: time and place are in [`PhotoEvidence`] only.
//!
//! Deliberately absent: who may see a blob, and which case it belongs to (the store knows).

use async_trait::async_trait;
use linli_model::{Fault, Instant};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod memory;

pub use memory::MemoryBlobs;

/// SHA-256 of the content, as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlobId(String);

impl BlobId {
    pub fn of(bytes: &[u8]) -> Self {
        BlobId(hex::encode(Sha256::digest(bytes)))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits, got {0:?}")]
pub struct NotABlobId(pub String);

impl FromStr for BlobId {
    type Err = NotABlobId;
    fn from_str(s: &str) -> Result<Self, NotABlobId> {
        let hex = s.len() == 64 && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hex { Ok(BlobId(s.to_owned())) } else { Err(NotABlobId(s.to_owned())) }
    }
}
impl TryFrom<String> for BlobId {
    type Error = NotABlobId;
    fn try_from(s: String) -> Result<Self, NotABlobId> {
        s.parse()
    }
}
impl From<BlobId> for String {
    fn from(id: BlobId) -> String {
        id.0
    }
}
impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[async_trait]
pub trait Blobs: Send + Sync {
    async fn put(&self, bytes: Vec<u8>) -> Result<BlobId, Fault>;
    async fn get(&self, id: &BlobId) -> Result<Option<Vec<u8>>, Fault>;
    async fn exists(&self, id: &BlobId) -> Result<bool, Fault>;
    /// Deleting what is not there is no error. Gives whether it was.
    async fn delete(&self, id: &BlobId) -> Result<bool, Fault>;
    /// All ids in order, for backup and for finding what no case refers to.
    async fn list(&self) -> Result<Vec<BlobId>, Fault>;
}

/// A photo as taken in: shrunk copies without EXIF, and apart from them what the EXIF said.
#[derive(Clone, Debug, PartialEq)]
pub struct Photo {
    /// JPEG, at most 1,600 pixels on its longer side, turned upright.
    pub picture: Vec<u8>,
    /// JPEG, at most 320 pixels on its longer side.
    pub thumb: Vec<u8>,
    pub width: u32,
    pub height: u32,
    pub evidence: PhotoEvidence,
    /// SHA-256 of the file as it was sent. The file itself is not kept.
    pub original: BlobId,
    pub original_bytes: usize,
}

/// What the camera wrote into the file. Protected: shown only to who may see evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhotoEvidence {
    pub taken_at: Option<Instant>,
    pub taken_at_from: Option<TakenAtFrom>,
    /// WGS-84 degrees, as the camera wrote them.
    pub lon: Option<f64>,
    pub lat: Option<f64>,
}

/// How sure [`PhotoEvidence::taken_at`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenAtFrom {
    /// The camera's clock with its offset from UTC.
    CameraWithOffset,
    /// The satellites' time.
    Gps,
    /// The camera's clock, which named no zone, read in the installation's.
    CameraInLocalZone,
}
