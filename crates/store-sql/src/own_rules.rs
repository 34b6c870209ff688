//! Rules that areas composed themselves.

use crate::{
    SqlStore,
    apply::run,
    connection::{Transaction, as_json, get, json, within},
};
use linli_model::{AreaId, AreaPath, Fault, OwnRule};
use linli_store::{CommitError, OwnRuleStore};

pub(crate) async fn set(tx: &Transaction, partition: &AreaId, rule: &OwnRule) -> Result<(), CommitError> {
    let changed = "INSERT INTO own_rule_areas (area, changes) VALUES ($1, 1) \
                   ON CONFLICT (area) DO UPDATE SET changes = own_rule_areas.changes + 1";
    run(tx, changed, vec![partition.as_str().into()]).await?;
    let values = vec![
        rule.area.as_str().into(),
        rule.rule.as_str().into(),
        rule.area_path.as_str().into(),
        as_json(rule),
    ];
    let sql = "INSERT INTO own_rules (area, rule, area_path, body) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (area, rule) DO UPDATE SET area_path = excluded.area_path, body = excluded.body";
    run(tx, sql, values).await.map(drop)
}

#[async_trait::async_trait]
impl OwnRuleStore for SqlStore {
    async fn own_rules(&self, areas: &[AreaPath]) -> Result<Vec<OwnRule>, Fault> {
        let mut values = Vec::new();
        let condition = within("area_path", areas, &mut values);
        let sql = format!("SELECT body FROM own_rules WHERE {condition} ORDER BY area_path, rule");
        self.db.all(&sql, values).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn own_rule(&self, area: &AreaId, rule: &str) -> Result<Option<OwnRule>, Fault> {
        let sql = "SELECT body FROM own_rules WHERE area = $1 AND rule = $2";
        let row = self.db.find(sql, vec![area.as_str().into(), rule.into()]).await?;
        row.map(|r| json(&r, 0)).transpose()
    }

    async fn own_rule_changes(&self, partition: &AreaId) -> Result<u64, Fault> {
        let sql = "SELECT changes FROM own_rule_areas WHERE area = $1";
        let row = self.db.find(sql, vec![partition.as_str().into()]).await?;
        row.map_or(Ok(0), |r| get::<i64>(&r, 0)).map(|n| n as u64)
    }

    async fn findings_made(&self, rule: &str, version: u32) -> Result<u64, Fault> {
        // Quotes inside a body's texts are escaped, so that these can only be its fields.
        let sql = "SELECT COUNT(*) FROM findings WHERE rule = $1 AND body LIKE $2 \
                   AND body LIKE '%\"kind\":\"signal\"%' AND body NOT LIKE '%\"change\":\"retracted\"%'";
        let of_version = format!("%\"rule_version\":{version},%");
        let row = self.db.find(sql, vec![rule.into(), of_version.into()]).await?;
        row.map_or(Ok(0), |r| get::<i64>(&r, 0)).map(|n| n as u64)
    }
}
