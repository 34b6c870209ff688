//! The store's contract on SQLite, in a folder of its own for each check.

use linli_store::Store;
use linli_store_sql::{Keyring, SqlStore};
use std::sync::Arc;
use tempfile::TempDir;

struct Opened {
    store: Arc<dyn Store>,
    _folder: TempDir,
}

async fn open() -> Option<Opened> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("linli.sqlite").display());
    let store = SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap();
    Some(Opened { store: Arc::new(store), _folder: folder })
}

linli_store::store_contract!(open);
