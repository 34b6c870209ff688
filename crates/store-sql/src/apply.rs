//! Carrying out a commit: guards first, then the changes in order, then the idempotency record; one transaction.

use crate::{
    SqlStore, cases,
    connection::{Transaction, as_json, get},
    duty, indicators, looks, notices, own_rules, people, pushes, routing,
    seal::Keyring,
    trouble::refused,
    ways,
};
use linli_model::{Device, DeviceState, Fault, Instant, Refusal, RegistryChange};
use linli_store::{
    Change, Commit, CommitError, Committed, Guard, Idempotency, QuarantineState, commit::Forget,
};
use sea_orm::{DbErr, Value};

pub(crate) async fn commit(store: &SqlStore, commit: Commit) -> Result<Committed, CommitError> {
    let tx = store.db.begin().await?;
    if let Some(kept) = &commit.idempotency
        && let Some(body) = kept_before(&tx, kept, commit.at).await?
    {
        return Ok(Committed { replayed: Some(body) });
    }
    // Always in the same order, so that commits that guard the same things wait for one another, not in a ring.
    let mut guards: Vec<&Guard> = commit.guards.iter().collect();
    guards.sort();
    for guard in guards {
        if !holds(&tx, guard).await.map_err(refused)? {
            return Err(CommitError::Stale(format!("{guard:?}")));
        }
    }
    for change in &commit.changes {
        carry_out(&tx, &store.keys, change).await?;
    }
    tx.commit().await.map_err(refused)?;
    Ok(Committed::default())
}

/// Takes the key, or answers what was kept under it. Taken first of all: a second request under the same key
/// waits here until the first is through, and does nothing (ST3).
async fn kept_before(
    tx: &Transaction,
    kept: &Idempotency,
    at: Instant,
) -> Result<Option<String>, CommitError> {
    let values = vec![
        kept.key.as_str().into(),
        kept.request.as_str().into(),
        kept.body.as_str().into(),
        at.millis().into(),
    ];
    let take = "INSERT INTO idempotency (key, request, body, at) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING";
    if run(tx, take, values).await? == 1 {
        return Ok(None);
    }
    let asked = "SELECT request, body FROM idempotency WHERE key = $1";
    let found = tx.find(asked, vec![kept.key.as_str().into()]).await.map_err(refused)?;
    // Dropped by retention between the two statements.
    let Some(row) = found else { return Err(CommitError::Stale("idempotency key".into())) };
    if get::<String>(&row, 0)? != kept.request {
        return Err(CommitError::Conflict(Refusal::new(
            "idempotency_key_reused",
            "该 Idempotency-Key 已用于另一个请求,请换一个",
            "this Idempotency-Key was used for another request; use a new one",
        )));
    }
    Ok(Some(get(&row, 1)?))
}

/// Looks at a guard and locks what it speaks of, by a write that changes nothing.
async fn holds(tx: &Transaction, guard: &Guard) -> Result<bool, DbErr> {
    match guard {
        Guard::CaseVersion(case, version) => {
            let sql = "UPDATE cases SET version = version WHERE id = $1 AND version = $2";
            Ok(tx.run(sql, vec![case.to_string().into(), i64::from(*version).into()]).await? == 1)
        }
        Guard::NewCase(case) => {
            // There is no row to lock yet.
            if tx.is_postgres() {
                let lock = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 0))) AS lock";
                tx.find(lock, vec![case.to_string().into()]).await?;
            }
            Ok(tx.find("SELECT 1 FROM cases WHERE id = $1", vec![case.to_string().into()]).await?.is_none())
        }
        Guard::Checkpoint(name, position) => {
            let insert =
                "INSERT INTO checkpoints (name, position) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING";
            tx.run(insert, vec![(&**name).into()]).await?;
            let sql = "UPDATE checkpoints SET position = position WHERE name = $1 AND position = $2";
            Ok(tx.run(sql, vec![(&**name).into(), (*position as i64).into()]).await? == 1)
        }
        Guard::NoUsers => {
            // There is no row to lock yet.
            if tx.is_postgres() {
                tx.script("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE").await?;
            }
            Ok(tx.find("SELECT 1 FROM users LIMIT 1", vec![]).await?.is_none())
        }
        Guard::QuarantineOpen(id) => {
            let sql = "UPDATE quarantine SET state = state WHERE id = $1 AND state = 'open'";
            Ok(tx.run(sql, vec![id.as_str().into()]).await? == 1)
        }
        Guard::DeviceInService(device) => {
            tx.run("UPDATE devices SET id = id WHERE id = $1", vec![device.as_str().into()]).await?;
            let sql = "SELECT body FROM devices WHERE id = $1";
            let Some(row) = tx.find(sql, vec![device.as_str().into()]).await? else { return Ok(false) };
            let body: String = row.try_get_by_index(0)?;
            let device: Device = serde_json::from_str(&body).map_err(|e| DbErr::Custom(e.to_string()))?;
            Ok(device.state != DeviceState::Retired)
        }
        Guard::OwnRules(area, changes) => {
            let insert =
                "INSERT INTO own_rule_areas (area, changes) VALUES ($1, 0) ON CONFLICT (area) DO NOTHING";
            tx.run(insert, vec![area.as_str().into()]).await?;
            let sql = "UPDATE own_rule_areas SET changes = changes WHERE area = $1 AND changes = $2";
            Ok(tx.run(sql, vec![area.as_str().into(), (*changes as i64).into()]).await? == 1)
        }
    }
}

pub(crate) async fn run(tx: &Transaction, sql: &str, values: Vec<Value>) -> Result<u64, CommitError> {
    tx.run(sql, values).await.map_err(refused)
}

async fn carry_out(tx: &Transaction, keys: &Keyring, change: &Change) -> Result<(), CommitError> {
    match change {
        Change::CaseFacts { case, facts, timer_at } => cases::written(tx, case, facts, *timer_at).await,
        Change::CaseTallied(case) => indicators::tally(tx, *case).await,
        Change::ReporterAdd(reporter) => cases::reporter_add(tx, keys, reporter).await,
        Change::FindingSet { finding, case } => cases::finding_set(tx, finding, *case).await,
        Change::NoticeAdd(notice) => notices::add(tx, notice).await,
        Change::NoticesFetched { user, notices, at } => notices::fetched(tx, *user, notices, *at).await,
        Change::NoticeSeen { user, notice, at } => notices::seen(tx, *user, Some(*notice), *at).await,
        Change::NoticesSeen { user, at } => notices::seen(tx, *user, None, *at).await,
        Change::AttemptAdd(attempt) => notices::attempted(tx, attempt).await,
        Change::PersonSet(person) => people::set(tx, keys, person).await,
        Change::LookAdd(look) => looks::add(tx, keys, look).await.map_err(CommitError::Fault),
        Change::Registry { effective_at, change } => registry(tx, *effective_at, change).await,
        Change::ReporterContact { reporter, name, phone } => {
            cases::reporter_contact(tx, keys, *reporter, name, phone).await
        }
        Change::RoutingAdd(version) => routing::add(tx, version).await,
        Change::RoutingOn { version, at } => routing::switch(tx, *version, *at).await,
        Change::DutySet(version) => duty::set(tx, version).await,
        Change::OwnRuleSet { partition, rule } => own_rules::set(tx, partition, rule).await,
        Change::Push(push) => pushes::change(tx, push).await,
        Change::WaysSet { user, ways } => ways::set(tx, keys, *user, ways).await,
        Change::NoticeNext { notice, next_at } => ways::next_at(tx, *notice, *next_at).await,
        Change::Forget(forget) => forgotten(tx, keys, forget).await,
        other => {
            let statements = plain(other);
            for (sql, values) in statements {
                run(tx, sql, values).await?;
            }
            Ok(())
        }
    }
}

type Plain = (&'static str, Vec<Value>);

/// Changes that are one or two statements.
fn plain(change: &Change) -> Vec<Plain> {
    match change {
        Change::QuarantineAdd(item) => vec![(
            "INSERT INTO quarantine (id, source, received_at, reason, state, note, body) VALUES ($1, $2, $3, $4, 'open', '', $5) \
             ON CONFLICT (id) DO NOTHING",
            vec![
                item.id.as_str().into(),
                item.source.as_str().into(),
                item.received_at.millis().into(),
                item.row.reason.as_str().into(),
                as_json(&item.row),
            ],
        )],
        Change::QuarantineResolve { id, state, by, note } => vec![(
            "UPDATE quarantine SET state = $1, resolved_by = $2, note = $3 WHERE id = $4 AND state = 'open'",
            vec![
                QuarantineState::code(*state).into(),
                by.map(|u| u.to_string()).into(),
                note.as_str().into(),
                id.as_str().into(),
            ],
        )],
        Change::CheckpointSet { name, position, snapshot } => vec![(
            "INSERT INTO checkpoints (name, position, snapshot) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE \
             SET position = excluded.position, snapshot = COALESCE(excluded.snapshot, checkpoints.snapshot)",
            vec![(&**name).into(), (*position as i64).into(), snapshot.clone().into()],
        )],
        Change::AreaSet(area) => vec![(
            "INSERT INTO areas (id, path, body) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET path = excluded.path, body = excluded.body",
            vec![area.id.as_str().into(), area.path.as_str().into(), as_json(area)],
        )],
        Change::SuccessionSet { succession, set_by, at } => vec![(
            "INSERT INTO area_successions (of_area, by_area, since, set_by, set_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (of_area) DO UPDATE SET by_area = excluded.by_area, since = excluded.since, \
             set_by = excluded.set_by, set_at = excluded.set_at",
            vec![
                succession.of.as_str().into(),
                succession.by.as_str().into(),
                succession.since.to_string().into(),
                set_by.to_string().into(),
                at.millis().into(),
            ],
        )],
        Change::SuccessionRemove(of) => {
            vec![("DELETE FROM area_successions WHERE of_area = $1", vec![of.as_str().into()])]
        }
        Change::HeadsSet { area, heads } => vec![(
            "INSERT INTO area_heads (area, since, residents) VALUES ($1, $2, $3) \
             ON CONFLICT (area, since) DO UPDATE SET residents = excluded.residents",
            vec![area.as_str().into(), heads.since.to_string().into(), i64::from(heads.residents).into()],
        )],
        Change::AreaShape { area, geometry } => {
            vec![(
                "UPDATE areas SET geometry = $1 WHERE id = $2",
                vec![geometry.as_str().into(), area.as_str().into()],
            )]
        }
        Change::DeviceSet(device) => device_set(device),
        Change::DevicesSeen(seen) => seen
            .iter()
            .map(|s| {
                (
                    "UPDATE devices SET last_seen = $1, battery_pct = COALESCE($2, battery_pct) \
                     WHERE id = $3 AND (last_seen IS NULL OR last_seen < $1)",
                    vec![s.at.millis().into(), s.battery_pct.into(), s.device.as_str().into()],
                )
            })
            .collect(),
        Change::DeviceLearned { device, clock_offset_ms, silence_secs, since } => vec![(
            "UPDATE devices SET \
             clock_since = CASE WHEN clock_offset_ms IS NOT DISTINCT FROM $1 THEN clock_since ELSE $2 END, \
             silence_since = CASE WHEN silence_secs IS NOT DISTINCT FROM $3 THEN silence_since ELSE $2 END, \
             clock_offset_ms = $1, silence_secs = $3 WHERE id = $4",
            vec![
                (*clock_offset_ms).into(),
                since.millis().into(),
                silence_secs.map(i64::from).into(),
                device.as_str().into(),
            ],
        )],
        Change::CredentialSet(c) => vec![(
            "INSERT INTO credentials (name, secret_hash, source, device) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO UPDATE \
             SET secret_hash = excluded.secret_hash, source = excluded.source, device = excluded.device",
            vec![
                c.name.as_str().into(),
                c.secret_hash.as_str().into(),
                c.source.as_str().into(),
                c.device.as_ref().map(|d| d.as_str().to_owned()).into(),
            ],
        )],
        Change::CredentialRemove(name) => {
            vec![("DELETE FROM credentials WHERE name = $1", vec![name.as_str().into()])]
        }
        other => plain_accounts(other),
    }
}

fn device_set(device: &Device) -> Vec<Plain> {
    let set = "INSERT INTO devices (id, class, area_path, body) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE \
               SET class = excluded.class, area_path = excluded.area_path, body = excluded.body";
    let values = vec![
        device.id.as_str().into(),
        class_code(device.class).into(),
        device.area_path.as_str().into(),
        as_json(device),
    ];
    let mut plain = vec![(set, values)];
    if device.state == DeviceState::Retired {
        let unlearn = "UPDATE devices SET clock_offset_ms = NULL, clock_since = NULL, silence_secs = NULL, \
                       silence_since = NULL WHERE id = $1";
        plain.push((unlearn, vec![device.id.as_str().into()]));
    }
    plain
}

fn plain_accounts(change: &Change) -> Vec<Plain> {
    match change {
        Change::UserSet(u) => vec![(
            "INSERT INTO users (id, login, name, password_hash, disabled, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (id) DO UPDATE SET login = excluded.login, name = excluded.name, \
             password_hash = excluded.password_hash, disabled = excluded.disabled",
            vec![
                u.id.to_string().into(),
                u.login.to_lowercase().into(),
                u.name.as_str().into(),
                u.password_hash.as_str().into(),
                i64::from(u.disabled).into(),
                u.created_at.millis().into(),
            ],
        )],
        Change::PostSet(post) => vec![(
            "INSERT INTO posts (id, user_id, body) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            vec![post.id.to_string().into(), post.user.to_string().into(), as_json(post)],
        )],
        Change::SessionSet(s) => vec![(
            "INSERT INTO sessions (token_hash, user_id, csrf, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (token_hash) DO UPDATE SET expires_at = excluded.expires_at",
            vec![
                s.token_hash.as_str().into(),
                s.user.to_string().into(),
                s.csrf.as_str().into(),
                s.created_at.millis().into(),
                s.expires_at.millis().into(),
            ],
        )],
        Change::SessionEnd { token_hash } => {
            vec![("DELETE FROM sessions WHERE token_hash = $1", vec![token_hash.as_str().into()])]
        }
        Change::SessionsOfUserEnd { user } => {
            vec![("DELETE FROM sessions WHERE user_id = $1", vec![user.to_string().into()])]
        }
        Change::PhotoAdd(photo) => vec![(
            "INSERT INTO photos (id, case_id, body) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
            vec![
                photo.id.as_str().into(),
                photo.case.map(|c| c.to_string()).into(),
                cases::photo_body(photo).into(),
            ],
        )],
        Change::PhotosOfCase { case, photos } => photos
            .iter()
            .map(|id| {
                (
                    "UPDATE photos SET case_id = COALESCE(case_id, $1) WHERE id = $2",
                    vec![case.to_string().into(), id.as_str().into()],
                )
            })
            .collect(),
        Change::SettingSet { key, value } => vec![(
            "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            vec![key.as_str().into(), as_json(value)],
        )],
        Change::PostEnd { post, at } => vec![(
            "UPDATE posts SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL",
            vec![at.millis().into(), post.to_string().into()],
        )],
        _ => Vec::new(),
    }
}

pub(crate) fn class_code(class: linli_model::DeviceClass) -> String {
    serde_json::to_value(class).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Numbers are drawn from a row that is held until the end of the transaction: whoever follows them sees each
/// number before any later one, and a commit that fails leaves no gap. A sequence of the database does neither.
async fn registry(
    tx: &Transaction,
    effective_at: Instant,
    change: &RegistryChange,
) -> Result<(), CommitError> {
    let next = "INSERT INTO counters (series, n) VALUES ('registry_changes', 1) \
                ON CONFLICT (series) DO UPDATE SET n = counters.n + 1 RETURNING n";
    let row = tx.find(next, vec![]).await.map_err(refused)?;
    let seq: i64 = row.map_or(Err(Fault::lasting("a counter gave no number")), |row| get(&row, 0))?;
    let values = vec![seq.into(), effective_at.millis().into(), as_json(change)];
    run(tx, "INSERT INTO registry_changes (seq, effective_at, body) VALUES ($1, $2, $3)", values)
        .await
        .map(drop)
}

async fn forgotten(tx: &Transaction, keys: &Keyring, forget: &Forget) -> Result<(), CommitError> {
    let (sql, before) = match forget {
        Forget::SessionsBefore(at) => ("DELETE FROM sessions WHERE expires_at < $1", at),
        Forget::IdempotencyBefore(at) => ("DELETE FROM idempotency WHERE at < $1", at),
        Forget::LooksBefore(at) => return looks::forget(tx, keys, *at).await.map_err(CommitError::Fault),
    };
    run(tx, sql, vec![before.millis().into()]).await.map(drop)
}
