//! The tables, as forward-only steps.
//!
//! Each step says why and what it locks. A step that was released is never changed. DDL is the common part of
//! SQLite and PostgreSQL: BIGINT for instants (milliseconds), numbers and flags, TEXT, BYTEA, DOUBLE PRECISION.
//! Paths compare by byte (`COLLATE "C"` on PostgreSQL), so that prefix ranges mean the same on both.

use crate::{
    connection::{Connections, Transaction, get},
    file, looks,
    seal::Keyring,
    trouble::fault,
    words,
};
use linli_model::Fault;
use sea_orm::DbBackend;

struct Step {
    number: i64,
    sql: fn(DbBackend) -> String,
}

/// In order, without gaps.
const STEPS: &[Step] = &[
    Step { number: 1, sql: first },
    Step { number: 2, sql: guarded_looks },
    Step { number: CHAIN_ENDS, sql: chain_ends },
    Step { number: 4, sql: dense_registry },
    Step { number: 5, sql: attempts_next },
    Step { number: 6, sql: devices_learned },
    Step { number: 7, sql: own_rules },
    Step { number: 8, sql: case_tallies },
    Step { number: 9, sql: case_signs },
    Step { number: 10, sql: tiers_and_tasks },
    Step { number: 11, sql: pushes },
    Step { number: 12, sql: user_ways },
    Step { number: 13, sql: duties },
    Step { number: 14, sql: open_cases_by_place },
    Step { number: 15, sql: case_lists },
    Step { number: 16, sql: case_words },
    Step { number: 17, sql: open_reports },
    Step { number: 18, sql: area_successions },
    Step { number: 19, sql: area_heads },
    Step { number: 20, sql: guarded_facts },
    Step { number: 21, sql: notices_counted },
    Step { number: 22, sql: words_of_time },
    Step { number: 23, sql: notices_fetched },
];

/// The step that also begins the chain of the access log, which needs the keys.
const CHAIN_ENDS: i64 = 3;

/// Brings the database to the newest step, or refuses one that is newer than this program.
pub(crate) async fn migrate(db: &Connections, keys: &Keyring) -> Result<(), Fault> {
    bring(db, keys, STEPS).await?;
    db.share()
}

async fn bring(db: &Connections, keys: &Keyring, steps: &[Step]) -> Result<(), Fault> {
    let newest = steps.last().map_or(0, |s| s.number);
    let here = {
        let tx = begin(db).await?;
        let here = reached(&tx).await?;
        tx.commit().await.map_err(fault)?;
        here
    };
    if here > newest {
        return Err(newer(here, newest));
    }
    if here == newest {
        return Ok(());
    }
    if !db.is_alone() {
        return Err(in_use(here, newest));
    }
    if here > 0 {
        copy_before_migration(db, here).await?;
    }
    for step in steps.iter().filter(|s| s.number > here) {
        let tx = begin(db).await?;
        // Another process may have been here first.
        let reached = reached(&tx).await?;
        if reached > newest {
            return Err(newer(reached, newest));
        }
        if reached >= step.number {
            continue;
        }
        tx.script(&(step.sql)(db.backend)).await.map_err(fault)?;
        if step.number == CHAIN_ENDS {
            looks::begin(&tx, keys).await?;
        }
        tx.run("INSERT INTO schema_steps (number) VALUES ($1)", vec![step.number.into()])
            .await
            .map_err(fault)?;
        tx.commit().await.map_err(fault)?;
    }
    Ok(())
}

/// A transaction that nobody else migrates beside. On PostgreSQL, where several processes may start together, they
/// wait for one another here.
async fn begin(db: &Connections) -> Result<Transaction, Fault> {
    let tx = db.begin().await?;
    if tx.is_postgres() {
        tx.script(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await.map_err(fault)?;
    }
    Ok(tx)
}

/// `linli` as a number; any that nobody else uses would do.
const MIGRATION_LOCK: i64 = 0x6c_69_6e_6c_69;

async fn reached(tx: &Transaction) -> Result<i64, Fault> {
    let table = "CREATE TABLE IF NOT EXISTS schema_steps (number BIGINT PRIMARY KEY)";
    tx.script(table).await.map_err(fault)?;
    let row = tx.find("SELECT COALESCE(MAX(number), 0) FROM schema_steps", vec![]).await.map_err(fault)?;
    row.map_or(Ok(0), |r| get(&r, 0))
}

fn newer(here: i64, newest: i64) -> Fault {
    Fault::lasting(format!("the database is at step {here}, this program knows {newest}")).saying(
        "data_newer",
        format!("数据库版本({here})比本程序({newest})新,为避免损坏已拒绝打开。请使用新版程序,或恢复旧备份。"),
        format!("The database (step {here}) is newer than this program ({newest}) and was left untouched. Use the newer program, or restore an older backup."),
    )
}

fn in_use(here: i64, newest: i64) -> Fault {
    Fault::passing(format!("the database is at step {here} and open in another process")).saying(
        "data_in_use",
        format!("数据库需要从版本 {here} 升级到 {newest},但另一个程序正在使用它。请先停止那个程序,再重新启动。"),
        format!("The database must be brought from step {here} to {newest}, but another program has it open. Stop that one first, then start again."),
    )
}

/// SS4. PostgreSQL has its own means; whoever administers it makes a dump.
async fn copy_before_migration(db: &Connections, here: i64) -> Result<(), Fault> {
    let Some(path) = db.file().await? else { return Ok(()) };
    let copy = file::free_name(&path, &format!(".before-step-{}", here + 1));
    db.copy_to(&copy).await?;
    tracing::info!(copy = %copy.display(), "the database was copied before it is brought to a newer step");
    Ok(())
}

/// 1: everything of the first release. On an empty database; locks nothing anybody waits for.
fn first(backend: DbBackend) -> String {
    let (c, auto) = match backend {
        DbBackend::Postgres => (" COLLATE \"C\"", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
        _ => ("", "INTEGER PRIMARY KEY AUTOINCREMENT"),
    };
    TABLES.replace("PATH", &format!("TEXT{c}")).replace("NUMBERED", auto)
}

const TABLES: &str = r"
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE counters (series TEXT PRIMARY KEY, n BIGINT NOT NULL);
CREATE TABLE idempotency (key TEXT PRIMARY KEY, request TEXT NOT NULL, body TEXT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE checkpoints (name TEXT PRIMARY KEY, position BIGINT NOT NULL, snapshot BYTEA);
CREATE TABLE registry_changes (seq NUMBERED, effective_at BIGINT NOT NULL, body TEXT NOT NULL);

CREATE TABLE areas (id TEXT PRIMARY KEY, path PATH NOT NULL UNIQUE, body TEXT NOT NULL, geometry TEXT);

CREATE TABLE users (id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password_hash TEXT NOT NULL,
    disabled BIGINT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE posts (id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(id), body TEXT NOT NULL,
    ended_at BIGINT);
CREATE INDEX posts_user ON posts (user_id);
CREATE TABLE sessions (token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users(id), csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL);

CREATE TABLE cases (id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, version BIGINT NOT NULL, class TEXT NOT NULL,
    stage TEXT NOT NULL, is_open BIGINT NOT NULL, area_path PATH NOT NULL, owner_user TEXT NOT NULL, owner_post TEXT NOT NULL,
    severity BIGINT NOT NULL, subject TEXT, round BIGINT NOT NULL, returned BIGINT NOT NULL, soon_at BIGINT, due_at BIGINT,
    broken BIGINT NOT NULL, timer_at BIGINT, opened_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, body TEXT NOT NULL);
CREATE INDEX cases_opened ON cases (opened_at, id);
CREATE INDEX cases_area ON cases (area_path, opened_at);
CREATE INDEX cases_open_owner ON cases (owner_user) WHERE is_open = 1;
CREATE INDEX cases_open ON cases (opened_at) WHERE is_open = 1;
CREATE INDEX cases_timer ON cases (timer_at) WHERE timer_at IS NOT NULL;
CREATE INDEX cases_subject ON cases (subject, class) WHERE is_open = 1;
CREATE TABLE case_facts (case_id TEXT NOT NULL REFERENCES cases(id), seq BIGINT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (case_id, seq));
CREATE TABLE case_terms (term TEXT NOT NULL, case_id TEXT NOT NULL REFERENCES cases(id), PRIMARY KEY (term, case_id));
CREATE TABLE reporters (id TEXT PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases(id), channel TEXT NOT NULL,
    claim_hash TEXT UNIQUE, name_sealed BYTEA NOT NULL, phone_sealed BYTEA NOT NULL, created_at BIGINT NOT NULL);
CREATE INDEX reporters_case ON reporters (case_id);
CREATE TABLE findings (id TEXT PRIMARY KEY, case_id TEXT REFERENCES cases(id), rule TEXT NOT NULL, area_path PATH NOT NULL,
    started_at BIGINT NOT NULL, body TEXT NOT NULL);
CREATE INDEX findings_case ON findings (case_id);
CREATE TABLE photos (id TEXT PRIMARY KEY, case_id TEXT, body TEXT NOT NULL);

CREATE TABLE notices (id TEXT PRIMARY KEY, case_id TEXT NOT NULL, reason TEXT NOT NULL, recipient TEXT NOT NULL, step BIGINT NOT NULL,
    due_at BIGINT NOT NULL, created_at BIGINT NOT NULL, seen_at BIGINT, next_at BIGINT, body TEXT NOT NULL,
    UNIQUE (case_id, reason, recipient, step));
CREATE INDEX notices_inbox ON notices (recipient, created_at);
CREATE INDEX notices_created ON notices (created_at);
CREATE INDEX notices_next ON notices (next_at) WHERE next_at IS NOT NULL;
CREATE TABLE attempts (notice_id TEXT NOT NULL REFERENCES notices(id), at BIGINT NOT NULL, channel TEXT NOT NULL, outcome TEXT NOT NULL,
    detail TEXT NOT NULL);
CREATE INDEX attempts_notice ON attempts (notice_id);

CREATE TABLE quarantine (id TEXT PRIMARY KEY, source TEXT NOT NULL, received_at BIGINT NOT NULL, reason TEXT NOT NULL,
    state TEXT NOT NULL, resolved_by TEXT, note TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX quarantine_open ON quarantine (received_at) WHERE state = 'open';

CREATE TABLE devices (id TEXT PRIMARY KEY, class TEXT NOT NULL, area_path PATH NOT NULL, last_seen BIGINT, battery_pct DOUBLE PRECISION,
    body TEXT NOT NULL);
CREATE INDEX devices_area ON devices (area_path);
CREATE TABLE credentials (name TEXT PRIMARY KEY, secret_hash TEXT NOT NULL, source TEXT NOT NULL, device TEXT);

CREATE TABLE persons (id TEXT PRIMARY KEY, dwelling TEXT NOT NULL, area_path PATH NOT NULL, name_sealed BYTEA NOT NULL,
    name_hash TEXT NOT NULL, masked TEXT NOT NULL, phone_hash TEXT, id_hash TEXT, rest_sealed BYTEA NOT NULL, populations TEXT NOT NULL);
CREATE INDEX persons_area ON persons (area_path, id);
CREATE INDEX persons_name ON persons (name_hash);
CREATE INDEX persons_phone ON persons (phone_hash);
CREATE INDEX persons_number ON persons (id_hash);
CREATE INDEX persons_dwelling ON persons (dwelling);
CREATE TABLE access_log (seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, person TEXT NOT NULL, user_id TEXT NOT NULL, body TEXT NOT NULL,
    hash TEXT NOT NULL);
CREATE INDEX access_log_person ON access_log (person);
";

/// 2: the access log cannot be changed or, but by retention, shortened, not even by our own mistakes.
fn guarded_looks(backend: DbBackend) -> String {
    no_updates(backend, "access_log", "refuse_change", "the access log is append-only")
}

/// A trigger that refuses every update of a table; on PostgreSQL by a function of that name.
fn no_updates(backend: DbBackend, table: &str, function: &str, words: &str) -> String {
    match backend {
        DbBackend::Postgres => format!(
            "CREATE FUNCTION {function}() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{words}'; END $$ LANGUAGE plpgsql;
             CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();"
        ),
        _ => format!(
            "CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END;"
        ),
    }
}

/// 3: where the chain of looks begins and ends, sealed, so that nothing can be cut off it unseen. One new table.
fn chain_ends(_: DbBackend) -> String {
    "CREATE TABLE access_log_ends (name TEXT PRIMARY KEY, seq BIGINT NOT NULL, hash TEXT NOT NULL, seal TEXT NOT NULL);"
        .to_owned()
}

/// 4: registry changes are numbered from a counter of the same transaction; a sequence of PostgreSQL shows later
/// numbers first and leaves gaps. Locks the table for a moment.
fn dense_registry(backend: DbBackend) -> String {
    let counter = "INSERT INTO counters (series, n) SELECT 'registry_changes', COALESCE(MAX(seq), 0) FROM registry_changes;";
    match backend {
        DbBackend::Postgres => {
            format!("ALTER TABLE registry_changes ALTER COLUMN seq DROP IDENTITY; {counter}")
        }
        _ => counter.to_owned(),
    }
}

/// 5: an attempt says when the next was meant to be. Adds an empty column; locks the table for a moment.
fn attempts_next(_: DbBackend) -> String {
    "ALTER TABLE attempts ADD COLUMN next_at BIGINT;".to_owned()
}

/// 6: what was learned of a device, and since when. Adds empty columns; locks the table for a moment.
fn devices_learned(_: DbBackend) -> String {
    ["clock_offset_ms", "clock_since", "silence_secs", "silence_since"]
        .map(|column| format!("ALTER TABLE devices ADD COLUMN {column} BIGINT;"))
        .concat()
}

/// 7: rules that areas compose themselves, and how often those of a residential area were changed. New tables, and an
/// index by which a rule's findings are counted; building it holds back whoever writes findings for some seconds.
fn own_rules(backend: DbBackend) -> String {
    let c = if backend == DbBackend::Postgres { " COLLATE \"C\"" } else { "" };
    format!(
        "CREATE TABLE own_rules (area TEXT NOT NULL, rule TEXT NOT NULL, area_path TEXT{c} NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY (area, rule));
         CREATE INDEX own_rules_area ON own_rules (area_path);
         CREATE TABLE own_rule_areas (area TEXT PRIMARY KEY, changes BIGINT NOT NULL);
         CREATE INDEX findings_rule ON findings (rule);"
    )
}

/// 8: what indicators are summed from. The tallies of cases that are there are made by a loop, not here. Adding the
/// column is quick; its index holds back whoever writes cases for some seconds per million.
fn case_tallies(backend: DbBackend) -> String {
    let c = if backend == DbBackend::Postgres { " COLLATE \"C\"" } else { "" };
    format!(
        "CREATE TABLE case_tallies (case_id TEXT NOT NULL REFERENCES cases(id), measure TEXT NOT NULL, at BIGINT NOT NULL,
            n BIGINT NOT NULL, total BIGINT NOT NULL, excluded BIGINT NOT NULL, area_path TEXT{c} NOT NULL,
            class TEXT NOT NULL, PRIMARY KEY (case_id, measure, at));
         CREATE INDEX case_tallies_measure ON case_tallies (measure, at, area_path, class, n, total, excluded);
         ALTER TABLE cases ADD COLUMN tallied BIGINT NOT NULL DEFAULT 0;
         CREATE INDEX cases_tallied ON cases (tallied);"
    )
}

/// 9: what a case is looked for by, and cases in the order of their changes. A column with a constant, which both
/// databases add without rewriting the table, and an index; building it holds back whoever writes cases for some seconds.
fn case_signs(_: DbBackend) -> String {
    "ALTER TABLE cases ADD COLUMN marks BIGINT NOT NULL DEFAULT 0;
     CREATE INDEX cases_updated ON cases (updated_at, id);"
        .to_owned()
}

/// 10: who helps with which open case; when a case closed and which area's posts solved it; versions of the routing rules.
/// New tables and empty columns: `linli rebuild` fills these for cases from before. The index holds back whoever writes
/// cases for some seconds.
fn tiers_and_tasks(backend: DbBackend) -> String {
    let c = if backend == DbBackend::Postgres { " COLLATE \"C\"" } else { "" };
    format!(
        "CREATE TABLE case_helpers (case_id TEXT NOT NULL REFERENCES cases(id), user_id TEXT NOT NULL,
            PRIMARY KEY (case_id, user_id));
         CREATE INDEX case_helpers_user ON case_helpers (user_id);
         ALTER TABLE cases ADD COLUMN closed_at BIGINT;
         ALTER TABLE cases ADD COLUMN solved_at_area TEXT{c};
         CREATE INDEX cases_solved ON cases (closed_at) WHERE solved_at_area IS NOT NULL;
         CREATE TABLE routing_versions (version BIGINT PRIMARY KEY, text TEXT NOT NULL, note TEXT NOT NULL,
            made_by TEXT NOT NULL, made_at BIGINT NOT NULL, on_since BIGINT, is_on BIGINT NOT NULL);"
    )
}

/// 11: one-tap pushes and whom they went to. New tables; locks nothing.
fn pushes(backend: DbBackend) -> String {
    let c = if backend == DbBackend::Postgres { " COLLATE \"C\"" } else { "" };
    format!(
        "CREATE TABLE pushes (id TEXT PRIMARY KEY, area_path TEXT{c} NOT NULL, urgent BIGINT NOT NULL,
            created_at BIGINT NOT NULL, next_at BIGINT, body TEXT NOT NULL);
         CREATE INDEX pushes_created ON pushes (created_at, id);
         CREATE INDEX pushes_next ON pushes (next_at) WHERE next_at IS NOT NULL;
         CREATE TABLE push_people (push_id TEXT NOT NULL REFERENCES pushes(id), user_id TEXT NOT NULL, branch TEXT NOT NULL,
            level BIGINT NOT NULL, notice_id TEXT NOT NULL REFERENCES notices(id), told_at BIGINT NOT NULL, reply TEXT,
            replied_at BIGINT, PRIMARY KEY (push_id, user_id, branch));
         CREATE INDEX push_people_user ON push_people (user_id);"
    )
}

/// 12: by which ways people want to be told. A new table; locks nothing.
fn user_ways(_: DbBackend) -> String {
    "CREATE TABLE user_ways (user_id TEXT PRIMARY KEY, email_sealed BYTEA, urgent_mail BIGINT NOT NULL,
        rest TEXT NOT NULL);"
        .to_owned()
}

/// 13: when posts are on duty, every version. A new table.
fn duties(_: DbBackend) -> String {
    "CREATE TABLE duties (post_id TEXT NOT NULL REFERENCES posts(id), version BIGINT NOT NULL, body TEXT NOT NULL,
        set_by TEXT NOT NULL, set_at BIGINT NOT NULL, PRIMARY KEY (post_id, version));"
        .to_owned()
}

/// 14: the map counts open cases without reading them. An index; building it holds back whoever writes cases for some
/// seconds per million. `is_open` is a column of it because SQLite takes an index for covering only then.
fn open_cases_by_place(_: DbBackend) -> String {
    "CREATE INDEX cases_map ON cases (area_path, severity, stage, broken, due_at, soon_at, returned, class, owner_user,
        id, marks, opened_at, updated_at, is_open) WHERE is_open = 1;"
        .to_owned()
}

/// 15: what lists of a million cases are read from: indexes that hold all a filter asks for, and the number read
/// backwards, so that its end is found. Holds back whoever writes cases for about half a minute per million.
fn case_lists(backend: DbBackend) -> String {
    let (c, backwards) = match backend {
        DbBackend::Postgres => (" COLLATE \"C\"", "reverse(number)"),
        _ => (
            "",
            "(WITH RECURSIVE r (i, t) AS (SELECT length(cases.number), '' UNION ALL
              SELECT i - 1, t || substr(cases.number, i, 1) FROM r WHERE i > 0) SELECT t FROM r WHERE i = 0)",
        ),
    };
    format!(
        "ALTER TABLE cases ADD COLUMN number_end TEXT{c};
         UPDATE cases SET number_end = {backwards};
         CREATE INDEX cases_number_end ON cases (number_end);
         DROP INDEX cases_open;
         CREATE INDEX cases_open ON cases (opened_at, id, area_path, class, stage, severity, owner_user, returned,
            broken, soon_at, due_at, is_open) WHERE is_open = 1;
         DROP INDEX cases_opened;
         CREATE INDEX cases_opened ON cases (opened_at, id, area_path, class, stage, owner_user);
         DROP INDEX cases_area;
         CREATE INDEX cases_area ON cases (area_path, opened_at, id, class, stage, owner_user);
         CREATE INDEX cases_class ON cases (class, opened_at, id, area_path, stage, owner_user);
         CREATE INDEX cases_stage ON cases (stage, opened_at, id, area_path, class, owner_user);
         CREATE INDEX cases_marked ON cases (opened_at, id) WHERE marks <> 0;
         CREATE INDEX cases_open_post ON cases (owner_post) WHERE is_open = 1;"
    )
}

/// 16: what cases are found by, in each database's own index of words instead of rows. Moves what is there: some minutes
/// per million cases.
fn case_words(backend: DbBackend) -> String {
    words::tables(backend)
}

/// 17: the open reports of a class, which a finding looks through without the cases of other findings.
fn open_reports(backend: DbBackend) -> String {
    let from = match backend {
        DbBackend::Postgres => "body::json #>> '{origin,from}'",
        _ => "json_extract(body, '$.origin.from')",
    };
    format!(
        "ALTER TABLE cases ADD COLUMN reported BIGINT NOT NULL DEFAULT 0;
         UPDATE cases SET reported = 1 WHERE {from} = 'report';
         CREATE INDEX cases_reported ON cases (class, opened_at, id, area_path, reported, is_open)
            WHERE is_open = 1 AND reported = 1;"
    )
}

/// 18: which area takes over which, since which day, and who said so. A new table; locks nothing.
fn area_successions(_: DbBackend) -> String {
    "CREATE TABLE area_successions (of_area TEXT PRIMARY KEY REFERENCES areas(id), by_area TEXT NOT NULL REFERENCES areas(id),
        since TEXT NOT NULL, set_by TEXT NOT NULL, set_at BIGINT NOT NULL);"
        .to_owned()
}

/// 19: how many people live where, since which day. A new table; locks nothing.
fn area_heads(_: DbBackend) -> String {
    "CREATE TABLE area_heads (area TEXT NOT NULL REFERENCES areas(id), since TEXT NOT NULL, residents BIGINT NOT NULL,
        PRIMARY KEY (area, since));"
        .to_owned()
}

/// 20: what became of a case is written once: its facts are added to, never rewritten, not even by our own mistakes.
fn guarded_facts(backend: DbBackend) -> String {
    no_updates(backend, "case_facts", "refuse_fact", "the facts of a case are append-only")
}

/// 21: how many each recipient was told lately is counted from the index alone.
fn notices_counted(_: DbBackend) -> String {
    "CREATE INDEX notices_told ON notices (created_at, recipient);
     DROP INDEX notices_created;"
        .to_owned()
}

/// 22: on PostgreSQL a case is found by the time it was opened, too. Makes the table of words anew: some minutes per million
/// cases, in which it needs twice its room. Nothing on SQLite.
fn words_of_time(backend: DbBackend) -> String {
    words::with_time(backend)
}

/// 23: when a page of the reader's first had a notice. Of what was told before it is not known. One new column.
fn notices_fetched(_: DbBackend) -> String {
    "ALTER TABLE notices ADD COLUMN fetched_at BIGINT;".to_owned()
}

#[cfg(test)]
mod tests;
