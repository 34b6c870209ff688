//! The store's contract on a real PostgreSQL: one server for the binary, one database for each check.

use linli_store::Store;
use linli_store_sql::{Keyring, SqlStore};
use linli_testkit::postgres::{self, Server};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

struct Opened {
    store: Arc<dyn Store>,
    _server: Arc<Server>,
}

async fn open() -> Option<Opened> {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let server = postgres::shared()?;
    let url = server.database(&format!("linli_{}", DATABASES.fetch_add(1, Ordering::Relaxed)));
    let store = SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap();
    Some(Opened { store: Arc::new(store), _server: server })
}

linli_store::store_contract!(open);
