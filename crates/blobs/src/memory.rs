//! Blobs in memory, for tests. Nothing in it is durable.

use crate::{BlobId, Blobs};
use async_trait::async_trait;
use linli_model::Fault;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

#[derive(Default)]
pub struct MemoryBlobs {
    blobs: Mutex<BTreeMap<BlobId, Vec<u8>>>,
}

impl MemoryBlobs {
    pub fn empty() -> Self {
        Self::default()
    }
    fn blobs(&self) -> MutexGuard<'_, BTreeMap<BlobId, Vec<u8>>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, bytes: Vec<u8>) -> Result<BlobId, Fault> {
        let id = BlobId::of(&bytes);
        self.blobs().insert(id.clone(), bytes);
        Ok(id)
    }
    async fn get(&self, id: &BlobId) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.blobs().get(id).cloned())
    }
    async fn exists(&self, id: &BlobId) -> Result<bool, Fault> {
        Ok(self.blobs().contains_key(id))
    }
    async fn delete(&self, id: &BlobId) -> Result<bool, Fault> {
        Ok(self.blobs().remove(id).is_some())
    }
    async fn list(&self) -> Result<Vec<BlobId>, Fault> {
        Ok(self.blobs().keys().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn the_memory_blobs_keep_the_contract() {
        crate::contract::every_promise(|| async { Arc::new(MemoryBlobs::empty()) as Arc<dyn Blobs> }).await;
    }
}
