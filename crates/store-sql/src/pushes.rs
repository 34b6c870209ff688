//! Pushes and whom they went to. What came of a notice is read from the notice and its attempts, never kept twice.

use crate::{
    SqlStore,
    accounts::id,
    apply::run,
    connection::{Transaction, as_json, cursor, get, json, within},
    notices,
};
use linli_model::{AreaId, AreaPath, Fault, Instant, UserId};
use linli_notice::{
    Notice, Push, PushId,
    push::{Asked, Reply},
};
use linli_store::{CommitError, PAGE, Page, PageAsk, PushChange, PushRecord, PushStore};
use sea_orm::{QueryResult, Value};
use std::collections::BTreeMap;

pub(crate) async fn change(tx: &Transaction, change: &PushChange) -> Result<(), CommitError> {
    match change {
        PushChange::Sent { push, people, next_at } => {
            let values = vec![
                push.id.to_string().into(),
                push.area_path.as_str().into(),
                i64::from(push.urgent).into(),
                push.created_at.millis().into(),
                next_at.map(|t| t.millis()).into(),
                as_json(push),
            ];
            let sql = "INSERT INTO pushes (id, area_path, urgent, created_at, next_at, body) \
                       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING";
            run(tx, sql, values).await?;
            asked(tx, push.id, people).await
        }
        PushChange::Called { push, people, next_at } => {
            asked(tx, *push, people).await?;
            let values = vec![next_at.map(|t| t.millis()).into(), push.to_string().into()];
            run(tx, "UPDATE pushes SET next_at = $1 WHERE id = $2", values).await.map(drop)
        }
        PushChange::Replied { push, user, reply, at } => {
            let values = vec![
                reply.code().into(),
                at.millis().into(),
                push.to_string().into(),
                user.to_string().into(),
            ];
            let sql =
                "UPDATE push_people SET reply = $1, replied_at = $2 WHERE push_id = $3 AND user_id = $4";
            run(tx, sql, values).await?;
            let sql = "UPDATE pushes SET next_at = $1 WHERE id = $2 AND urgent = 1";
            run(tx, sql, vec![at.millis().into(), push.to_string().into()]).await.map(drop)
        }
    }
}

async fn asked(tx: &Transaction, push: PushId, people: &[(Asked, Notice)]) -> Result<(), CommitError> {
    for (asked, notice) in people {
        notices::add(tx, notice).await?;
        let values = vec![
            push.to_string().into(),
            asked.user.to_string().into(),
            asked.branch.as_str().into(),
            i64::from(asked.level).into(),
            asked.notice.to_string().into(),
            asked.told_at.millis().into(),
        ];
        let sql = "INSERT INTO push_people (push_id, user_id, branch, level, notice_id, told_at) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        run(tx, sql, values).await?;
    }
    Ok(())
}

const PEOPLE: &str = "SELECT p.user_id, p.branch, p.level, p.notice_id, p.told_at, \
    (SELECT MIN(a.at) FROM attempts a WHERE a.notice_id = p.notice_id AND a.channel <> $2 AND a.outcome IN ('delivered', 'accepted')), \
    n.seen_at, p.reply, p.replied_at, n.fetched_at FROM push_people p JOIN notices n ON n.id = p.notice_id \
    WHERE p.push_id = $1 ORDER BY p.level, p.branch, p.user_id";

fn person(row: &QueryResult) -> Result<Asked, Fault> {
    let reply = match get::<Option<String>>(row, 7)? {
        Some(code) => {
            Some(Reply::find(&code).ok_or_else(|| Fault::lasting("a stored reply is not one of ours"))?)
        }
        None => None,
    };
    Ok(Asked {
        user: id(row, 0)?,
        branch: AreaId::new(get::<String>(row, 1)?),
        level: get::<i64>(row, 2)? as u32,
        notice: id(row, 3)?,
        told_at: Instant(get(row, 4)?),
        // By whatever way it came first: some channel took it, or a page of theirs has it.
        delivered_at: [get::<Option<i64>>(row, 5)?, get(row, 9)?].into_iter().flatten().min().map(Instant),
        seen_at: get::<Option<i64>>(row, 6)?.map(Instant),
        reply,
        replied_at: get::<Option<i64>>(row, 8)?.map(Instant),
    })
}

impl SqlStore {
    async fn with_people(&self, pushes: Vec<Push>) -> Result<Vec<PushRecord>, Fault> {
        let mut records = Vec::with_capacity(pushes.len());
        for push in pushes {
            let rows = self.db.all(PEOPLE, vec![push.id.to_string().into(), PAGE.into()]).await?;
            let people = rows.iter().map(person).collect::<Result<_, _>>()?;
            records.push(PushRecord { push, people });
        }
        Ok(records)
    }
    async fn pushes_where(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Push>, Fault> {
        self.db.all(sql, values).await?.iter().map(|r| json(r, 0)).collect()
    }
}

#[async_trait::async_trait]
impl PushStore for SqlStore {
    async fn pushes(&self, areas: &[AreaPath], page: &PageAsk) -> Result<Page<PushRecord>, Fault> {
        let mut values = Vec::new();
        let mut condition = within("area_path", areas, &mut values);
        if let Some((created, last)) = cursor(page.after.as_deref()) {
            let n = values.len();
            values.extend([created.into(), last.into()]);
            let (at, id) = (n + 1, n + 2);
            condition =
                format!("({condition}) AND (created_at < ${at} OR (created_at = ${at} AND id < ${id}))");
        }
        let limit = page.limit.clamp(1, linli_store::PAGE_ROWS_MAX);
        let sql = format!(
            "SELECT body FROM pushes WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT {}",
            limit + 1
        );
        let mut found = self.pushes_where(&sql, values).await?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let next = found.last().filter(|_| more).map(|p| format!("{}~{}", p.created_at.millis(), p.id));
        Ok(Page { items: self.with_people(found).await?, next })
    }

    async fn push(&self, id: PushId) -> Result<Option<PushRecord>, Fault> {
        let found =
            self.pushes_where("SELECT body FROM pushes WHERE id = $1", vec![id.to_string().into()]).await?;
        Ok(self.with_people(found).await?.pop())
    }

    async fn pushes_due(&self, now: Instant, limit: u32) -> Result<Vec<PushRecord>, Fault> {
        let sql = format!("SELECT body FROM pushes WHERE next_at <= $1 ORDER BY next_at, id LIMIT {limit}");
        let found = self.pushes_where(&sql, vec![now.millis().into()]).await?;
        self.with_people(found).await
    }

    async fn pushed_since(&self, since: Instant) -> Result<BTreeMap<UserId, u32>, Fault> {
        let sql = "SELECT pp.user_id, COUNT(*) FROM pushes p JOIN push_people pp ON pp.push_id = p.id \
                   WHERE p.created_at >= $1 AND p.urgent = 0 AND pp.level = 0 GROUP BY pp.user_id";
        let rows = self.db.all(sql, vec![since.millis().into()]).await?;
        rows.iter().map(|r| Ok((id(r, 0)?, get::<i64>(r, 1)? as u32))).collect()
    }

    async fn pushes_to(&self, user: UserId, since: Instant) -> Result<Vec<Push>, Fault> {
        let sql = "SELECT body FROM pushes WHERE created_at >= $1 AND id IN \
                   (SELECT push_id FROM push_people WHERE user_id = $2) ORDER BY created_at DESC, id DESC";
        self.pushes_where(sql, vec![since.millis().into(), user.to_string().into()]).await
    }
}
