//! The intake's directory, renewed from the store after every change of devices or credentials.

use linli_intake::{Credential, Directory, Principal, SecretKey, Snapshot};
use linli_model::{Fault, Millis};
use linli_rule::Catalogue;
use linli_store::Store;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Notify;

pub struct LiveDirectory {
    newest: RwLock<Arc<Snapshot>>,
    key: SecretKey,
    catalogue: Arc<Catalogue>,
    pub changed: Notify,
}

impl LiveDirectory {
    pub fn with_key(secret: &[u8], catalogue: Arc<Catalogue>) -> Self {
        let key = SecretKey(secret.to_vec());
        let empty = Snapshot::with_key(key.clone()).catalogue(&catalogue);
        LiveDirectory { newest: RwLock::new(Arc::new(empty)), key, catalogue, changed: Notify::new() }
    }

    pub async fn renew(&self, store: &dyn Store) -> Result<(), Fault> {
        let (mut devices, mut clocks) = (Vec::new(), Vec::new());
        for record in store.all_devices().await? {
            clocks.extend(record.learned.clock_offset_ms.map(|ms| (record.device.id.clone(), Millis(ms))));
            devices.push(record.device);
        }
        let credentials = store.credentials().await?.into_iter().map(|c| {
            let principal = match c.device {
                Some(device) => Principal::device(c.source, device),
                None => Principal::gateway(c.name.clone(), c.source),
            };
            Credential { principal: Arc::new(principal), secret_hash: c.secret_hash }
        });
        let snapshot = Snapshot::with_key(self.key.clone())
            .catalogue(&self.catalogue)
            .devices(&devices)
            .clocks(clocks.iter().map(|(device, ahead)| (device, *ahead)))
            .credentials(credentials);
        *self.newest.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        Ok(())
    }
}

impl Directory for LiveDirectory {
    fn snapshot(&self) -> Arc<Snapshot> {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
