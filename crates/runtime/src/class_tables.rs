//! The class table in force, and every one this installation has used: kept in its own store, so that a case can end
//! under the one it began with whatever a later release brings (CV1).

use linli_casework::ClassTable;
use linli_model::{Diagnostic, Fault, Instant};
use linli_store::{Change, Commit, Store};
use serde_json::Value;

/// Under this key the tables are kept, by version.
const KEPT: &str = "class_tables";

/// The shipped table with those that were used before; keeps it if it is new here.
pub async fn in_force(store: &dyn Store, now: Instant) -> Result<ClassTable, Fault> {
    let shipped = ClassTable::shipped();
    let kept = store.setting(KEPT).await?.unwrap_or_else(|| Value::Object(Default::default()));
    let tables = kept.as_object().into_iter().flatten().map(|(version, table)| {
        serde_json::from_value::<ClassTable>(table.clone()).map_err(|e| {
            Fault::lasting(format!("the class table {version} that was kept cannot be read: {e}"))
        })
    });
    let tables = tables.collect::<Result<Vec<_>, _>>()?;
    let is_new = !tables.iter().any(|t| t.version == shipped.version);
    let version = shipped.version;
    let plain = serde_json::to_value(&shipped).map_err(|e| Fault::lasting(e.to_string()))?;
    let table = shipped.after(tables).map_err(refused)?;
    if is_new {
        let mut kept = kept;
        kept[version.to_string()] = plain;
        let change = Change::SettingSet { key: KEPT.to_owned(), value: kept };
        let commit = Commit { at: now, changes: vec![change], ..Commit::default() };
        store.commit(commit).await.map_err(|e| Fault::passing(e.to_string()))?;
    }
    Ok(table)
}

fn refused(wrong: Diagnostic) -> Fault {
    Fault::lasting(wrong.message.en.clone()).saying(
        "class_table_refused",
        wrong.message.zh.clone(),
        wrong.message.en,
    )
}
