//! The access log: a chain of looks, its two ends, and what retention cuts off.
//!
//! An entry's hash is SHA-256 over the hash before it, its number and its body. Table `access_log_ends` holds where
//! the chain stands: `first`, the entry before the oldest one kept (nought at the beginning), and `last`, the
//! newest. Each end is sealed by a hash under the installation's key.
//!
//! Invariants
//! - LK1 Whoever appends holds `last` until the end of the transaction: one chain, each number once.
//! - LK2 A change to any field of any entry, an entry taken out at either end or between, or put in, is found by
//!   [`verify`], also when every hash behind it was made anew: the seals need the key.
//! - LK3 Retention cuts from the front only, and numbers go on when nothing is left.
//!
//! Deliberately absent: finding out that the whole database was put back to an older copy. For that the newest
//! hash is noted elsewhere.

use crate::{
    SqlStore,
    connection::{Connections, Transaction, get, json},
    seal::{Keyring, wrong_keys},
    trouble::fault,
};
use linli_model::{Fault, Instant};
use linli_store::{
    Look, Page, PageAsk,
    people::{ChainVerdict, ChainedLook},
};
use sea_orm::QueryResult;
use sha2::{Digest, Sha256};

/// How many entries are looked at together.
const VERIFIED_TOGETHER: usize = 1_000;

pub(crate) fn chained(before: &str, seq: u64, body: &str) -> String {
    hex::encode(
        Sha256::new().chain_update(before).chain_update(seq.to_be_bytes()).chain_update(body).finalize(),
    )
}

#[derive(Clone, Copy)]
enum Side {
    First,
    Last,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::First => "first",
            Side::Last => "last",
        }
    }
}

/// The number and hash a chain goes on from.
#[derive(Clone, Debug, Default, PartialEq)]
struct Link {
    seq: u64,
    hash: String,
}

impl Link {
    fn seal(&self, keys: &Keyring, side: Side) -> String {
        keys.matching("access_log", &format!("{}:{}:{}", side.name(), self.seq, self.hash))
    }
}

fn gone() -> Fault {
    Fault::lasting("the ends of the access log are gone").saying(
        "access_log_damaged",
        "访问日志的首尾记录缺失,不能再写入查看记录,因此也不能打开居民档案。请从备份恢复数据库。",
        "The ends of the access log are missing, so that no look can be written and no record be opened. Restore the database from a backup.",
    )
}

/// Begins the chain, or takes over one that was written before its ends were kept.
pub(crate) async fn begin(tx: &Transaction, keys: &Keyring) -> Result<(), Fault> {
    let newest = "SELECT seq, hash FROM access_log ORDER BY seq DESC LIMIT 1";
    let last = match tx.find(newest, vec![]).await.map_err(fault)? {
        Some(row) => Link { seq: get::<i64>(&row, 0)? as u64, hash: get(&row, 1)? },
        None => Link::default(),
    };
    for (side, link) in [(Side::First, Link::default()), (Side::Last, last)] {
        let values = vec![
            side.name().into(),
            (link.seq as i64).into(),
            link.hash.as_str().into(),
            link.seal(keys, side).into(),
        ];
        let sql = "INSERT INTO access_log_ends (name, seq, hash, seal) VALUES ($1, $2, $3, $4)";
        tx.run(sql, values).await.map_err(fault)?;
    }
    Ok(())
}

/// Where the chain stands, held until the end of the transaction.
async fn hold(tx: &Transaction, side: Side) -> Result<Link, Fault> {
    let sql = "UPDATE access_log_ends SET seq = seq WHERE name = $1 RETURNING seq, hash";
    let row = tx.find(sql, vec![side.name().into()]).await.map_err(fault)?.ok_or_else(gone)?;
    Ok(Link { seq: get::<i64>(&row, 0)? as u64, hash: get(&row, 1)? })
}

async fn set(tx: &Transaction, keys: &Keyring, side: Side, link: &Link) -> Result<(), Fault> {
    let values = vec![
        (link.seq as i64).into(),
        link.hash.as_str().into(),
        link.seal(keys, side).into(),
        side.name().into(),
    ];
    let sql = "UPDATE access_log_ends SET seq = $1, hash = $2, seal = $3 WHERE name = $4";
    tx.run(sql, values).await.map_err(fault).map(drop)
}

/// Adds an entry behind the newest (LK1).
pub(crate) async fn add(tx: &Transaction, keys: &Keyring, look: &Look) -> Result<(), Fault> {
    let before = hold(tx, Side::Last).await?;
    let seq = before.seq + 1;
    let body = serde_json::to_string(look).expect("plain data");
    let hash = chained(&before.hash, seq, &body);
    let values = vec![
        (seq as i64).into(),
        look.at.millis().into(),
        look.person.as_str().into(),
        look.user.to_string().into(),
        body.into(),
        hash.as_str().into(),
    ];
    let sql = "INSERT INTO access_log (seq, at, person, user_id, body, hash) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.run(sql, values).await.map_err(fault)?;
    set(tx, keys, Side::Last, &Link { seq, hash }).await
}

/// Drops the entries before the first that is not older than `at` (LK3); what is not whole is left to be found.
pub(crate) async fn forget(tx: &Transaction, keys: &Keyring, at: Instant) -> Result<(), Fault> {
    let last = hold(tx, Side::Last).await?;
    let first = hold(tx, Side::First).await?;
    let kept = "SELECT MIN(seq) FROM access_log WHERE at >= $1";
    let kept = tx.find(kept, vec![at.millis().into()]).await.map_err(fault)?;
    let kept = kept.map_or(Ok(None), |row| get::<Option<i64>>(&row, 0))?;
    let cut = kept.map_or(last.seq, |seq| seq as u64 - 1);
    if cut <= first.seq {
        return Ok(());
    }
    let at_cut = tx.find("SELECT hash FROM access_log WHERE seq = $1", vec![(cut as i64).into()]).await;
    let Some(row) = at_cut.map_err(fault)? else { return Ok(()) };
    let hash = get(&row, 0)?;
    tx.run("DELETE FROM access_log WHERE seq <= $1", vec![(cut as i64).into()]).await.map_err(fault)?;
    set(tx, keys, Side::First, &Link { seq: cut, hash }).await
}

pub(crate) async fn page(store: &SqlStore, page: &PageAsk) -> Result<Page<ChainedLook>, Fault> {
    let before = page.after.as_ref().and_then(|a| a.parse::<i64>().ok()).unwrap_or(i64::MAX);
    let limit = page.limit.clamp(1, linli_store::PAGE_ROWS_MAX);
    let sql = format!(
        "SELECT seq, body, hash FROM access_log WHERE seq < $1 ORDER BY seq DESC LIMIT {}",
        limit + 1
    );
    let rows = store.db.all(&sql, vec![before.into()]).await?;
    let mut items = rows
        .iter()
        .map(|r| Ok(ChainedLook { seq: get::<i64>(r, 0)? as u64, look: json(r, 1)?, hash: get(r, 2)? }))
        .collect::<Result<Vec<_>, Fault>>()?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|l| l.seq.to_string());
    Ok(Page { items, next })
}

/// The entry of a row, if it follows from the one before and its columns say what its body says.
fn follows(row: &QueryResult, before: &Link) -> Option<Link> {
    let seq = get::<i64>(row, 0).ok()? as u64;
    let body: String = get(row, 4).ok()?;
    let hash: String = get(row, 5).ok()?;
    let look: Look = serde_json::from_str(&body).ok()?;
    let columns = get::<i64>(row, 1).ok()? == look.at.millis()
        && get::<String>(row, 2).ok()? == look.person
        && get::<String>(row, 3).ok()? == look.user.to_string();
    let whole = seq == before.seq + 1 && columns && chained(&before.hash, seq, &body) == hash;
    whole.then_some(Link { seq, hash })
}

async fn end(tx: &Transaction, keys: &Keyring, side: Side) -> Result<Option<Link>, Fault> {
    let sql = "SELECT seq, hash, seal FROM access_log_ends WHERE name = $1";
    let Some(row) = tx.find(sql, vec![side.name().into()]).await.map_err(fault)? else { return Ok(None) };
    let (Ok(seq), Ok(hash), Ok(seal)) = (get::<i64>(&row, 0), get::<String>(&row, 1), get::<String>(&row, 2))
    else {
        return Ok(None);
    };
    let link = Link { seq: seq as u64, hash };
    let sealed = link.seal(keys, side) == seal;
    Ok(Some(link).filter(|_| sealed))
}

/// Whether these are the keys of this database: whoever lost the key file and drew another would else seal new
/// fields beside old ones that nobody can open. One end whose seal is wrong is left for [`verify`].
pub(crate) async fn check_keys(db: &Connections, keys: &Keyring) -> Result<(), Fault> {
    let tx = db.snapshot().await?;
    let rows = tx.all("SELECT name FROM access_log_ends", vec![]).await.map_err(fault)?;
    let ours = end(&tx, keys, Side::First).await?.is_some() || end(&tx, keys, Side::Last).await?.is_some();
    if rows.is_empty() || ours {
        Ok(())
    } else {
        Err(wrong_keys("the database was written under other keys"))
    }
}

/// Goes along the whole chain as it stood at one moment (LK2).
pub(crate) async fn verify(store: &SqlStore) -> Result<ChainVerdict, Fault> {
    let tx = store.db.snapshot().await?;
    let first = end(&tx, &store.keys, Side::First).await?;
    let last = end(&tx, &store.keys, Side::Last).await?;
    let mut here = first.clone();
    let mut broken_at = None;
    let (mut entries, mut after) = (0u64, i64::MIN);
    loop {
        let sql = format!(
            "SELECT seq, at, person, user_id, body, hash FROM access_log WHERE seq > $1 ORDER BY seq LIMIT {VERIFIED_TOGETHER}"
        );
        let rows = tx.all(&sql, vec![after.into()]).await.map_err(fault)?;
        for row in &rows {
            entries += 1;
            after = get(row, 0)?;
            here = here.and_then(|before| follows(row, &before));
            if here.is_none() && broken_at.is_none() {
                broken_at = Some(after as u64);
            }
        }
        if rows.len() < VERIFIED_TOGETHER {
            break;
        }
    }
    if broken_at.is_none() && (here.is_none() || here != last) {
        // Cut short behind the last entry that is there, or an end was changed.
        broken_at = Some(here.map_or(1, |link| link.seq + 1));
    }
    Ok(ChainVerdict { entries, broken_at })
}
