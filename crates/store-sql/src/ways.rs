//! By which ways people want to be told; addresses are sealed. And what has not come through.

use crate::{
    SqlStore,
    accounts::id,
    apply::run,
    connection::{Transaction, get, json},
    seal::Keyring,
};
use linli_model::{Fault, Instant, UserId};
use linli_notice::{
    ANSWERED, Notice, NoticeId,
    ways::{DIGEST, Rest, Ways},
};
use linli_store::{Attempt, BY_CALL, CommitError, NoticeStore, PAGE, WaysStore};

/// Name of the sealed field.
const EMAIL: &str = "email";

pub(crate) async fn set(
    tx: &Transaction,
    keys: &Keyring,
    user: UserId,
    ways: &Ways,
) -> Result<(), CommitError> {
    let values = vec![
        user.to_string().into(),
        ways.email.as_ref().map(|e| keys.seal(EMAIL, user, e)).into(),
        i64::from(ways.urgent_mail).into(),
        ways.rest.code().into(),
    ];
    let sql = "INSERT INTO user_ways (user_id, email_sealed, urgent_mail, rest) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (user_id) DO UPDATE SET email_sealed = excluded.email_sealed, \
               urgent_mail = excluded.urgent_mail, rest = excluded.rest";
    run(tx, sql, values).await.map(drop)
}

pub(crate) async fn next_at(
    tx: &Transaction,
    notice: NoticeId,
    at: Option<Instant>,
) -> Result<(), CommitError> {
    let values = vec![at.map(|t| t.millis()).into(), notice.to_string().into()];
    run(tx, "UPDATE notices SET next_at = $1 WHERE id = $2", values).await.map(drop)
}

#[async_trait::async_trait]
impl WaysStore for SqlStore {
    async fn ways(&self, user: UserId) -> Result<Ways, Fault> {
        let sql = "SELECT email_sealed, urgent_mail, rest FROM user_ways WHERE user_id = $1";
        let Some(row) = self.db.find(sql, vec![user.to_string().into()]).await? else {
            return Ok(Ways::default());
        };
        let sealed = get::<Option<Vec<u8>>>(&row, 0)?;
        Ok(Ways {
            email: sealed.map(|s| self.keys.open(EMAIL, user, &s)).transpose()?,
            urgent_mail: get::<i64>(&row, 1)? != 0,
            rest: Rest::find(&get::<String>(&row, 2)?)
                .ok_or_else(|| Fault::lasting("a stored choice of ways is not one of ours"))?,
        })
    }

    async fn digest_readers(&self) -> Result<Vec<UserId>, Fault> {
        let sql = "SELECT user_id FROM user_ways WHERE rest = 'digest' AND email_sealed IS NOT NULL ORDER BY user_id";
        self.db.all(sql, vec![]).await?.iter().map(|r| id(r, 0)).collect()
    }

    async fn unseen_between(&self, user: UserId, from: Instant, to: Instant) -> Result<Vec<Notice>, Fault> {
        let sql = "SELECT body FROM notices WHERE recipient = $1 AND seen_at IS NULL AND due_at > $2 AND due_at <= $3 \
                   AND reason <> $4 ORDER BY due_at, id";
        let values =
            vec![format!("user:{user}").into(), from.millis().into(), to.millis().into(), DIGEST.into()];
        self.db.all(sql, values).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn troubled(&self, since: Instant, limit: u32) -> Result<Vec<(Notice, Vec<Attempt>)>, Fault> {
        let sql = format!(
            "SELECT body FROM notices WHERE created_at >= $1 AND id IN \
             (SELECT notice_id FROM attempts WHERE outcome IN ('unknown', 'passing', 'lasting')) \
             ORDER BY created_at DESC, id DESC LIMIT {}",
            limit.clamp(1, linli_store::PAGE_ROWS_MAX)
        );
        self.with_attempts(&sql, vec![since.millis().into()]).await
    }

    async fn untold_answers(&self, since: Instant, limit: u32) -> Result<Vec<(Notice, Vec<Attempt>)>, Fault> {
        let sql = format!(
            "SELECT body FROM notices WHERE created_at >= $1 AND reason = $2 AND recipient LIKE 'reporter:%' AND next_at IS NULL \
             AND id IN (SELECT notice_id FROM attempts WHERE outcome IN ('unknown', 'passing', 'lasting')) AND id NOT IN \
             (SELECT notice_id FROM attempts WHERE channel = $3 OR (channel <> $4 AND outcome IN ('accepted', 'delivered'))) \
             ORDER BY created_at, id LIMIT {}",
            limit.clamp(1, linli_store::PAGE_ROWS_MAX)
        );
        self.with_attempts(&sql, vec![since.millis().into(), ANSWERED.into(), BY_CALL.into(), PAGE.into()])
            .await
    }

    async fn notice(&self, id: NoticeId) -> Result<Option<Notice>, Fault> {
        let row = self.db.find("SELECT body FROM notices WHERE id = $1", vec![id.to_string().into()]).await?;
        row.map(|r| json(&r, 0)).transpose()
    }
}

impl SqlStore {
    /// The notices of a statement, each with all its attempts.
    async fn with_attempts(
        &self,
        sql: &str,
        values: Vec<sea_orm::Value>,
    ) -> Result<Vec<(Notice, Vec<Attempt>)>, Fault> {
        let mut found = Vec::new();
        for row in self.db.all(sql, values).await? {
            let notice: Notice = json(&row, 0)?;
            let attempts = self.attempts(notice.id).await?;
            found.push((notice, attempts));
        }
        Ok(found)
    }
}
