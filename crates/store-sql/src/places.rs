//! Areas and their shapes.

use crate::{
    SqlStore,
    connection::{get, json, within},
};
use linli_model::{Area, AreaId, AreaPath, Fault};
use linli_store::PlaceStore;

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
