//! The class table in force, and every one this installation has used: kept in its own store, so that a case can end
//! under the one it began with whatever a later release or table brings (CV1).

use linli_casework::ClassTable;
use linli_model::{Diagnostic, Fault, Instant};
use linli_store::{Change, Commit, Store};
use serde_json::Value;

/// Under this key the tables are kept, by version.
const KEPT: &str = "class_tables";

/// The table of this installation with those that were used before.
pub async fn with_kept(newest: ClassTable, store: &dyn Store) -> Result<ClassTable, Fault> {
    let tables = tables(&kept(store).await?)?;
    newest.after(tables).map_err(refused)
}

/// The same; keeps the newest if it is new here.
pub async fn in_force(newest: ClassTable, store: &dyn Store, now: Instant) -> Result<ClassTable, Fault> {
    let mut kept = kept(store).await?;
    let tables = tables(&kept)?;
    let version = newest.version;
    let is_new = !tables.iter().any(|t| t.version == version);
    let plain = serde_json::to_value(&newest).map_err(|e| Fault::lasting(e.to_string()))?;
    let table = newest.after(tables).map_err(refused)?;
    if is_new {
        kept[version.to_string()] = plain;
        let change = Change::SettingSet { key: KEPT.to_owned(), value: kept };
        let commit = Commit { at: now, changes: vec![change], ..Commit::default() };
        store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    }
    Ok(table)
}

async fn kept(store: &dyn Store) -> Result<Value, Fault> {
    Ok(store.setting(KEPT).await?.unwrap_or_else(|| Value::Object(Default::default())))
}

fn tables(kept: &Value) -> Result<Vec<ClassTable>, Fault> {
    let tables = kept.as_object().into_iter().flatten().map(|(version, table)| {
        serde_json::from_value::<ClassTable>(table.clone()).map_err(|e| {
            Fault::lasting(format!("the class table {version} that was kept cannot be read: {e}"))
        })
    });
    tables.collect()
}

fn refused(wrong: Diagnostic) -> Fault {
    Fault::lasting(wrong.message.en.clone()).saying(
        "class_table_refused",
        wrong.message.zh.clone(),
        wrong.message.en,
    )
}
