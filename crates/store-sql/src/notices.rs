//! Notices, the inbox, attempts.

use crate::{
    SqlStore,
    apply::run,
    connection::{Transaction, as_json, cursor, get, json, one_of},
};
use linli_casework::CaseId;
use linli_model::{Fault, Instant, UserId};
use linli_notice::{Notice, NoticeId, Recipient};
use linli_store::{Attempt, CommitError, InboxItem, NoticeStore, Page, PageAsk};
use std::collections::BTreeMap;

fn recipient(recipient: Recipient) -> String {
    match recipient {
        Recipient::User(user) => format!("user:{user}"),
        Recipient::Reporter(reporter) => format!("reporter:{reporter}"),
    }
}

fn recipient_of(text: &str) -> Result<Recipient, Fault> {
    let read = match text.split_once(':') {
        Some(("user", id)) => id.parse().ok().map(Recipient::User),
        Some(("reporter", id)) => id.parse().ok().map(Recipient::Reporter),
        _ => None,
    };
    read.ok_or_else(|| Fault::lasting(format!("a notice is for \"{text}\", whom nobody knows")))
}

/// What a notice is about, as its key has it: a case, a push, or nothing in particular.
fn about(n: &Notice) -> String {
    match (n.case, n.push) {
        (Some(case), _) => case.to_string(),
        (None, Some(push)) => format!("push:{push}"),
        (None, None) => String::new(),
    }
}

/// A notice whose key is in the ledger already changes nothing (it was decided once).
pub(crate) async fn add(tx: &Transaction, n: &Notice) -> Result<(), CommitError> {
    let values = vec![
        n.id.to_string().into(),
        about(n).into(),
        n.reason.as_str().into(),
        recipient(n.recipient).into(),
        i64::from(n.step).into(),
        n.due_at.millis().into(),
        n.created_at.millis().into(),
        as_json(n),
    ];
    let sql = "INSERT INTO notices (id, case_id, reason, recipient, step, due_at, created_at, next_at, body) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $6, $8) ON CONFLICT DO NOTHING";
    run(tx, sql, values).await.map(drop)
}

pub(crate) async fn fetched(
    tx: &Transaction,
    user: UserId,
    these: &[NoticeId],
    at: Instant,
) -> Result<(), CommitError> {
    let mut values = vec![at.millis().into(), recipient(Recipient::User(user)).into()];
    let ids: Vec<String> = these.iter().map(NoticeId::to_string).collect();
    let these = one_of("id", ids.iter().map(String::as_str), &mut values);
    let sql =
        format!("UPDATE notices SET fetched_at = $1 WHERE recipient = $2 AND fetched_at IS NULL AND {these}");
    run(tx, &sql, values).await.map(drop)
}

pub(crate) async fn seen(
    tx: &Transaction,
    user: UserId,
    notice: Option<NoticeId>,
    at: Instant,
) -> Result<(), CommitError> {
    let mut values = vec![at.millis().into(), recipient(Recipient::User(user)).into()];
    let mut sql = "UPDATE notices SET seen_at = $1 WHERE recipient = $2 AND seen_at IS NULL AND due_at <= $1"
        .to_owned();
    if let Some(notice) = notice {
        values.push(notice.to_string().into());
        sql.push_str(" AND id = $3");
    }
    run(tx, &sql, values).await.map(drop)
}

pub(crate) async fn attempted(tx: &Transaction, a: &Attempt) -> Result<(), CommitError> {
    let values = vec![
        a.notice.to_string().into(),
        a.at.millis().into(),
        a.channel.as_str().into(),
        a.outcome.as_str().into(),
        a.detail.as_str().into(),
        a.next_at.map(|t| t.millis()).into(),
    ];
    run(
        tx,
        "INSERT INTO attempts (notice_id, at, channel, outcome, detail, next_at) VALUES ($1, $2, $3, $4, $5, $6)",
        values,
    )
    .await?;
    let values = vec![a.next_at.map(|t| t.millis()).into(), a.notice.to_string().into()];
    run(tx, "UPDATE notices SET next_at = $1 WHERE id = $2", values).await.map(drop)
}

#[async_trait::async_trait]
impl NoticeStore for SqlStore {
    async fn inbox(&self, user: UserId, now: Instant, page: &PageAsk) -> Result<Page<InboxItem>, Fault> {
        let mut values = vec![recipient(Recipient::User(user)).into(), now.millis().into()];
        let mut condition = "recipient = $1 AND due_at <= $2 AND reason <> 'digest'".to_owned();
        if let Some((created, last)) = cursor(page.after.as_deref()) {
            values.push(created.into());
            values.push(last.into());
            condition.push_str(" AND (created_at < $3 OR (created_at = $3 AND id < $4))");
        }
        let limit = page.limit.clamp(1, linli_store::PAGE_ROWS_MAX);
        let sql = format!(
            "SELECT body, seen_at, fetched_at FROM notices WHERE {condition} ORDER BY created_at DESC, id DESC LIMIT {}",
            limit + 1
        );
        let rows = self.db.all(&sql, values).await?;
        let mut items = rows
            .iter()
            .map(|r| {
                let at = |n| Ok::<_, Fault>(get::<Option<i64>>(r, n)?.map(Instant));
                Ok(InboxItem { notice: json(r, 0)?, seen_at: at(1)?, fetched_at: at(2)? })
            })
            .collect::<Result<Vec<_>, Fault>>()?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items
            .last()
            .filter(|_| more)
            .map(|i| format!("{}~{}", i.notice.created_at.millis(), i.notice.id));
        Ok(Page { items, next })
    }

    async fn unseen(&self, user: UserId, now: Instant) -> Result<u64, Fault> {
        let sql = "SELECT COUNT(*) FROM notices WHERE recipient = $1 AND due_at <= $2 AND seen_at IS NULL AND reason <> 'digest'";
        let row =
            self.db.find(sql, vec![recipient(Recipient::User(user)).into(), now.millis().into()]).await?;
        row.map_or(Ok(0), |r| get::<i64>(&r, 0)).map(|n| n as u64)
    }

    async fn notices_due(&self, now: Instant, limit: u32) -> Result<Vec<Notice>, Fault> {
        let sql = format!(
            "SELECT body FROM notices WHERE next_at <= $1 ORDER BY next_at, created_at, id LIMIT {limit}"
        );
        self.db.all(&sql, vec![now.millis().into()]).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn notices_of(&self, cases: &[CaseId]) -> Result<Vec<Notice>, Fault> {
        let ids: Vec<String> = cases.iter().map(CaseId::to_string).collect();
        let mut values = Vec::new();
        let of_cases = one_of("case_id", ids.iter().map(String::as_str), &mut values);
        let sql = format!("SELECT body FROM notices WHERE {of_cases}");
        self.db.all(&sql, values).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn told_since(&self, since: Instant) -> Result<BTreeMap<Recipient, usize>, Fault> {
        let sql = "SELECT recipient, COUNT(*) FROM notices WHERE created_at > $1 GROUP BY recipient";
        let rows = self.db.all(sql, vec![since.millis().into()]).await?;
        let counted =
            rows.iter().map(|r| Ok((recipient_of(&get::<String>(r, 0)?)?, get::<i64>(r, 1)? as usize)));
        counted.collect()
    }

    async fn attempts(&self, notice: NoticeId) -> Result<Vec<Attempt>, Fault> {
        // Two at the same moment have an order, too: of one channel, what may have to be tried again comes last.
        let sql = "SELECT at, channel, outcome, detail, next_at FROM attempts WHERE notice_id = $1 \
                   ORDER BY at, channel, outcome, next_at, detail";
        let rows = self.db.all(sql, vec![notice.to_string().into()]).await?;
        rows.iter()
            .map(|r| {
                Ok(Attempt {
                    notice,
                    at: Instant(get(r, 0)?),
                    channel: get(r, 1)?,
                    outcome: get(r, 2)?,
                    detail: get(r, 3)?,
                    next_at: get::<Option<i64>>(r, 4)?.map(Instant),
                })
            })
            .collect()
    }
}
