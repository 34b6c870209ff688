//! Areas and their shapes.

use crate::{
    SqlStore,
    connection::{get, json, within},
};
use linli_model::{Area, AreaId, AreaPath, Fault, LocalDay, Succession};
use linli_store::{Heads, PlaceStore};
use sea_orm::QueryResult;
use std::collections::BTreeMap;

fn day(text: String) -> Result<LocalDay, Fault> {
    text.parse().map_err(|e| Fault::lasting(format!("{text:?} is no day: {e}")))
}

#[async_trait::async_trait]
impl PlaceStore for SqlStore {
    async fn areas(&self) -> Result<Vec<Area>, Fault> {
        self.db
            .all("SELECT body FROM areas ORDER BY path", vec![])
            .await?
            .iter()
            .map(|r| json(r, 0))
            .collect()
    }
    async fn successions(&self) -> Result<Vec<Succession>, Fault> {
        let sql = "SELECT of_area, by_area, since FROM area_successions ORDER BY since, of_area";
        let read = |r: &QueryResult| {
            Ok(Succession { of: AreaId(get(r, 0)?), by: AreaId(get(r, 1)?), since: day(get(r, 2)?)? })
        };
        self.db.all(sql, vec![]).await?.iter().map(read).collect()
    }
    async fn heads(&self) -> Result<BTreeMap<AreaId, Vec<Heads>>, Fault> {
        let mut found: BTreeMap<AreaId, Vec<Heads>> = BTreeMap::new();
        for r in
            self.db.all("SELECT area, since, residents FROM area_heads ORDER BY area, since", vec![]).await?
        {
            let residents: i64 = get(&r, 2)?;
            let heads = Heads { since: day(get(&r, 1)?)?, residents: u32::try_from(residents).unwrap_or(0) };
            found.entry(AreaId(get(&r, 0)?)).or_default().push(heads);
        }
        Ok(found)
    }
    async fn shapes_within(&self, path: &AreaPath) -> Result<Vec<(AreaId, String)>, Fault> {
        let mut values = Vec::new();
        let condition = within("path", std::slice::from_ref(path), &mut values);
        let sql = format!(
            "SELECT id, geometry FROM areas WHERE geometry IS NOT NULL AND {condition} ORDER BY path"
        );
        let rows = self.db.all(&sql, values).await?;
        rows.iter().map(|r| Ok((AreaId(get(r, 0)?), get(r, 1)?))).collect()
    }
}
