//! The past of an installation as the server has it; `linli_past` walks through it.

use crate::state::ServerState;
use linli_model::{AreaTree, Fault, RegistryEntry};
pub use linli_past::{Cores, Found, GoesOn, Past, Tried, partitions, text_in_force};
use linli_store::Store;
use std::sync::Arc;

/// All registry changes, in the order of their numbers.
pub async fn registry(store: &dyn Store) -> Result<Vec<RegistryEntry>, Fault> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let entries = store.registry_after(after, 1000).await?;
        let Some(last) = entries.last().map(|e| e.seq) else { return Ok(all) };
        after = last;
        all.extend(entries);
    }
}

/// The server's past.
pub(crate) fn of(state: &ServerState, areas: Arc<AreaTree>, registry: Vec<RegistryEntry>) -> Past {
    Past {
        history: state.history.clone(),
        areas,
        registry,
        catalogue: state.catalogue.clone(),
        zone: state.zone().clone(),
        cores: state.runs.cores.clone(),
    }
}
