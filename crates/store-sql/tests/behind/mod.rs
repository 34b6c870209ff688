//! Behind the port, the same on both databases: what somebody with SQL, but without the keys, can read and change.

use linli_casework::DoneOutcome;
use linli_casework::{Fact, FactRecord};
use linli_store::{
    CaseFilter, CaseStore, Change, PeopleStore, Store, Tab,
    commit::Forget,
    contract::town::{ESTATE, case, finding, look, minute, path, person, person_id, put, reporter, user},
};
use linli_store_sql::SqlStore;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement, TransactionTrait};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};

/// A store, and its database as others see it.
pub struct Behind {
    pub store: SqlStore,
    pub raw: DatabaseConnection,
}

impl Behind {
    async fn run(&self, sql: &str) -> u64 {
        let done = self.raw.execute_unprepared(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        done.rows_affected()
    }
    async fn all(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        self.raw.query_all_raw(statement).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
    }
    async fn text(&self, sql: &str) -> String {
        self.all(sql).await[0].try_get_by_index(0).unwrap()
    }
    /// As if a case had never been put among the words of all cases, or of the open ones.
    async fn forget_words(&self, table: &str, number: &str) {
        let postgres = self.raw.get_database_backend() == DbBackend::Postgres;
        let of_case = format!("SELECT id FROM cases WHERE number = '{number}'");
        let row = format!("SELECT n FROM case_numbers WHERE case_id = ({of_case})");
        let sql = match table {
            _ if postgres => format!("DELETE FROM {table} WHERE case_id = ({of_case})"),
            // Of all cases' words SQLite keeps nothing by case but its number.
            "case_words" => format!("DELETE FROM case_numbers WHERE case_id = ({of_case})"),
            _ => format!("DELETE FROM {table} WHERE rowid = ({row})"),
        };
        assert_eq!(self.run(&sql).await, 1, "{sql}");
    }
    async fn broken_at(&self) -> Option<u64> {
        self.store.verify_looks().await.unwrap().broken_at
    }
    async fn unguard(&self) {
        let on = if self.raw.get_database_backend() == DbBackend::Postgres { " ON access_log" } else { "" };
        self.run(&format!("DROP TRIGGER access_log_fixed{on}")).await;
    }
    async fn save(&self) {
        self.run("CREATE TABLE saved_log AS SELECT * FROM access_log").await;
        self.run("CREATE TABLE saved_ends AS SELECT * FROM access_log_ends").await;
    }
    async fn put_back(&self) {
        for (table, saved) in [("access_log", "saved_log"), ("access_log_ends", "saved_ends")] {
            self.run(&format!("DELETE FROM {table}")).await;
            self.run(&format!("INSERT INTO {table} SELECT * FROM {saved}")).await;
        }
    }
}

/// LI2
pub async fn cases_are_counted_to_the_bound_and_one(b: Behind) {
    put(&b.store, (1..=5).map(|n| case(n, ESTATE).1).collect()).await;
    for (bound, counted) in [(3, 4), (4, 5), (5, 5)] {
        for text in [None, Some("电梯".to_owned()), Some("电梯 停运".to_owned())] {
            let store = b.store.clone().with_few(0).with_counted_max(bound);
            let filter = CaseFilter { text, ..CaseFilter::all_within(vec![path(ESTATE)], minute(9)) };
            let counts = store.case_counts(&filter).await.unwrap();
            assert_eq!((counts[&Tab::All], counts[&Tab::ToAccept]), (counted, 5), "up to {bound}");
        }
    }
}

/// A case sent back from its check, and 249 others, so that there is more than one page.
async fn many_cases(b: &Behind) {
    use linli_store::contract::town::{opened, record, written};
    let photos = Vec::new;
    let facts = [
        Fact::Opened(Box::new(opened(1, ESTATE))),
        Fact::Accepted,
        Fact::DoneProposed {
            outcome: DoneOutcome::Solved,
            text: "x".into(),
            photos: photos(),
            passed_to: None,
            reporter_agrees: false,
        },
        Fact::VerifiedNotOk { text: "还在漏".into(), photos: photos() },
        Fact::Started,
    ];
    // As they came: one commit for each, so that what a row remembers of earlier commits counts.
    let facts: Vec<FactRecord> =
        facts.into_iter().enumerate().map(|(i, fact)| record(1, i as u32 + 1, fact)).collect();
    for n in 1..=facts.len() {
        let (case, _) = written(facts[..n].to_vec());
        let change =
            Change::CaseFacts { case: Box::new(case), facts: vec![facts[n - 1].clone()], timer_at: None };
        put(&b.store, vec![change]).await;
    }
    put(&b.store, (2..=250).map(|n| case(n, ESTATE).1).collect()).await;
}

/// What was changed behind the facts is named by case and column, and mended; nothing else is touched.
pub async fn a_rebuild_names_and_mends_what_differs_from_the_facts(b: Behind) {
    many_cases(&b).await;
    let same = b.store.rebuild(false, Arc::new(|_| None)).await.unwrap();
    assert_eq!((same.cases, same.facts, same.differed, same.first), (250, 254, 0, None));
    let number = case(7, ESTATE).0.number;
    let of_seven = format!("WHERE number = '{number}'");
    for (set, column) in [
        ("stage = 'closed'", "stage"),
        ("is_open = 0", "is_open"),
        ("due_at = 7", "due_at"),
        ("timer_at = 7", "timer_at"),
        ("returned = 1", "returned"),
        ("solved_at_area = 'x'", "solved_at_area"),
        ("body = REPLACE(body, '\"round\":1', '\"round\":2')", "body"),
    ] {
        assert_eq!(b.run(&format!("UPDATE cases SET {set} {of_seven}")).await, 1);
        let found = b.store.rebuild(false, Arc::new(|_| None)).await.unwrap();
        let first = found.first.unwrap_or_else(|| panic!("{set} was not found"));
        assert_eq!((found.differed, first[0].as_str(), first[1].as_str()), (1, number.as_str(), column));
        let mended = b.store.rebuild(true, Arc::new(|_| None)).await.unwrap();
        assert_eq!(mended.differed, 1);
        assert_eq!(b.store.rebuild(false, Arc::new(|_| None)).await.unwrap().differed, 0, "{set}");
    }
    for table in ["case_words", "open_words"] {
        b.forget_words(table, &number).await;
        let found = b.store.rebuild(false, Arc::new(|_| None)).await.unwrap();
        assert_eq!((found.differed, found.first.unwrap()[1].as_str()), (1, "case_words"), "{table}");
        b.store.rebuild(true, Arc::new(|_| None)).await.unwrap();
        assert_eq!(b.store.rebuild(false, Arc::new(|_| None)).await.unwrap().differed, 0, "{table}");
    }
    let user = format!("INSERT INTO case_helpers (case_id, user_id) SELECT id, 'x' FROM cases {of_seven}");
    b.run(&user).await;
    assert_eq!(b.store.rebuild(false, Arc::new(|_| None)).await.unwrap().first.unwrap()[1], "case_helpers");
    b.run("DELETE FROM case_helpers").await;
    b.run(&format!("DELETE FROM case_facts WHERE case_id = (SELECT id FROM cases {of_seven})")).await;
    let gone = b.store.rebuild(false, Arc::new(|_| None)).await.unwrap();
    assert_eq!(gone.first.unwrap()[1], "facts", "a case without facts is said, and left alone");
}

/// WK2
pub async fn a_rebuild_names_the_difference_of_the_oldest_case_however_many_walk(b: Behind) {
    many_cases(&b).await;
    let numbers = b.all("SELECT number FROM cases ORDER BY opened_at, id").await;
    let numbers: Vec<String> = numbers.iter().map(|r| r.try_get_by_index(0).unwrap()).collect();
    for broken in [[0, 249], [124, 126], [3, 200]] {
        for n in broken {
            b.run(&format!("UPDATE cases SET due_at = 7 WHERE number = '{}'", numbers[n])).await;
        }
        let found = b.store.rebuild(true, Arc::new(|_| None)).await.unwrap();
        assert_eq!((found.cases, found.differed), (250, 2));
        assert_eq!(found.first.unwrap()[0], numbers[broken[0]]);
    }
}

/// WK1
pub async fn a_rebuild_that_finds_nothing_waits_for_nobody_who_writes(b: Behind) {
    many_cases(&b).await;
    let writer = b.raw.begin().await.unwrap();
    writer.execute_unprepared("UPDATE cases SET due_at = 7").await.unwrap();
    let found = b.store.rebuild(true, Arc::new(|_| None)).await.unwrap();
    assert_eq!((found.cases, found.differed), (250, 0), "what is not committed is not there");
    writer.rollback().await.unwrap();
}

/// WK1
pub async fn a_rebuild_that_writes_waits_for_who_writes_and_sees_what_they_did(b: Behind) {
    use linli_store::contract::town::record;
    many_cases(&b).await;
    let number = case(7, ESTATE).0.number;
    b.run(&format!("UPDATE cases SET due_at = 7 WHERE number = '{number}'")).await;
    let writer = b.raw.begin().await.unwrap();
    let lock = format!("UPDATE cases SET version = version WHERE number = '{number}'");
    writer.execute_unprepared(&lock).await.unwrap();
    let accepted = record(7, 2, Fact::Accepted);
    let (case, at, kind) = (accepted.case, accepted.at.millis(), accepted.fact.code());
    let body = serde_json::to_string(&accepted).unwrap();
    let insert = format!(
        "INSERT INTO case_facts (case_id, seq, at, kind, body) VALUES ('{case}', 2, {at}, '{kind}', '{body}')"
    );
    writer.execute_unprepared(&insert).await.unwrap();
    let (rebuilding, wrote) = tokio::join!(b.store.rebuild(true, Arc::new(|_| None)), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        writer.commit().await
    });
    wrote.unwrap();
    assert_eq!(rebuilding.unwrap().differed, 1);
    let after = b.store.rebuild(false, Arc::new(|_| None)).await.unwrap();
    assert_eq!(after.first, None, "what was accepted meanwhile stands in the row");
}

/// Five looks, as they are after the first two of seven were forgotten.
async fn five_looks(b: &Behind) {
    put(&b.store, (1..=7).map(|n| Change::LookAdd(look(n, person_id(n)))).collect()).await;
    put(&b.store, vec![Change::Forget(Forget::LooksBefore(minute(3)))]).await;
    assert_eq!(b.text("SELECT CAST(MIN(seq) AS TEXT) FROM access_log").await, "3");
}

pub async fn the_database_itself_refuses_to_change_a_look(b: Behind) {
    five_looks(&b).await;
    let refused = b.raw.execute_unprepared("UPDATE access_log SET person = 'x' WHERE seq = 5").await;
    assert!(refused.unwrap_err().to_string().contains("append-only"));
    assert_eq!(b.broken_at().await, None);
}

/// CW4: what became of a case is added to, never rewritten.
pub async fn the_database_itself_refuses_to_rewrite_a_fact(b: Behind) {
    many_cases(&b).await;
    let of_one = "case_id = (SELECT id FROM cases ORDER BY opened_at, id LIMIT 1)";
    for set in ["body = '{}'", "seq = seq + 100"] {
        let refused = b.raw.execute_unprepared(&format!("UPDATE case_facts SET {set} WHERE {of_one}")).await;
        assert!(refused.unwrap_err().to_string().contains("append-only"), "{set}");
    }
    assert_eq!(b.store.rebuild(false, Arc::new(|_| None)).await.unwrap().differed, 0);
}

/// LK2: every field of every entry, and of the two ends.
pub async fn a_change_to_any_field_of_any_look_is_found(b: Behind) {
    five_looks(&b).await;
    b.unguard().await;
    b.save().await;
    let columns = [
        "seq = seq + 100",
        "seq = seq - 100",
        "at = at + 1",
        "person = 'somebody else'",
        "user_id = 'somebody else'",
        "body = REPLACE(body, 'care_visit', 'case_work')",
        "body = REPLACE(body, 'T', 't')",
        "body = 'no look'",
        "hash = REPLACE(REPLACE(hash, 'a', 'b'), '1', '2')",
        "hash = ''",
    ];
    for seq in 3..=7 {
        for column in columns {
            let sql = format!("UPDATE access_log SET {column} WHERE seq = {seq}");
            assert_eq!(b.run(&sql).await, 1, "{sql}");
            assert!(b.broken_at().await.is_some(), "{sql}");
            b.put_back().await;
        }
    }
    for side in ["first", "last"] {
        for column in ["seq = seq + 1", "seq = seq - 1", "hash = ''", "seal = ''", "name = 'other'"] {
            let sql = format!("UPDATE access_log_ends SET {column} WHERE name = '{side}'");
            assert_eq!(b.run(&sql).await, 1, "{sql}");
            assert!(b.broken_at().await.is_some(), "{sql}");
            b.put_back().await;
        }
    }
    assert_eq!(b.broken_at().await, None, "as it was");
}

pub async fn a_look_taken_out_put_in_or_exchanged_is_found(b: Behind) {
    five_looks(&b).await;
    b.unguard().await;
    b.save().await;
    let copy = |to: i64| {
        format!(
            "INSERT INTO access_log SELECT {to}, at, person, user_id, body, hash FROM saved_log WHERE seq = 5"
        )
    };
    let mut changes: Vec<(String, Option<u64>)> = vec![];
    // Each once, all after one, all: the number that is missing is the one told.
    changes.extend((3..=7).map(|seq| (format!("DELETE FROM access_log WHERE seq = {seq}"), None)));
    changes.push(("DELETE FROM access_log WHERE seq > 5".into(), Some(6)));
    changes.push(("DELETE FROM access_log".into(), Some(3)));
    changes.extend([-1, 0, 1, 2, 8, 9].map(|seq| (copy(seq), None)));
    changes.push(("DELETE FROM access_log_ends".into(), None));
    let exchanged = "UPDATE access_log SET body = (SELECT body FROM saved_log s WHERE s.seq = 9 - access_log.seq), \
        person = (SELECT person FROM saved_log s WHERE s.seq = 9 - access_log.seq), \
        user_id = (SELECT user_id FROM saved_log s WHERE s.seq = 9 - access_log.seq), \
        at = (SELECT at FROM saved_log s WHERE s.seq = 9 - access_log.seq) WHERE seq IN (4, 5)";
    changes.push((exchanged.into(), Some(4)));
    for (sql, at) in changes {
        assert!(b.run(&sql).await > 0, "{sql}");
        let broken = b.broken_at().await;
        assert!(broken.is_some(), "{sql}");
        if at.is_some() {
            assert_eq!(broken, at, "{sql}");
        }
        b.put_back().await;
    }
    assert_eq!(b.broken_at().await, None, "as it was");
}

/// Whoever reads our source can make hashes; the seals of the ends need the key.
pub async fn a_chain_made_anew_without_the_key_is_found(b: Behind) {
    five_looks(&b).await;
    b.unguard().await;
    b.save().await;
    let start = b.text("SELECT hash FROM access_log_ends WHERE name = 'first'").await;
    // Forged first or cut short: hash after hash, and the ends set to match.
    for (change, upto) in [
        ("UPDATE access_log SET body = REPLACE(body, 'care_visit', 'case_work')", 7u64),
        ("DELETE FROM access_log WHERE seq = 7", 6),
    ] {
        b.run(change).await;
        let mut hash = start.clone();
        for seq in 3..=upto {
            let body = b.text(&format!("SELECT body FROM access_log WHERE seq = {seq}")).await;
            let chain = Sha256::new().chain_update(&hash).chain_update(seq.to_be_bytes()).chain_update(&body);
            hash = hex::encode(chain.finalize());
            b.run(&format!("UPDATE access_log SET hash = '{hash}' WHERE seq = {seq}")).await;
        }
        b.run(&format!("UPDATE access_log_ends SET seq = {upto}, hash = '{hash}' WHERE name = 'last'")).await;
        assert!(b.broken_at().await.is_some(), "{change}");
        b.put_back().await;
    }
    assert_eq!(b.broken_at().await, None, "as it was");
}

/// Without its ends the log takes no look, and without a look no record is opened.
pub async fn no_record_is_opened_when_the_look_cannot_be_written(b: Behind) {
    put(&b.store, vec![Change::PersonSet(Box::new(person(1, ESTATE)))]).await;
    b.run("DELETE FROM access_log_ends").await;
    let fault = b.store.open_person(person_id(1), &look(1, person_id(1))).await.unwrap_err();
    assert_eq!(fault.code(), "access_log_damaged");
    let said = fault.said.unwrap().1;
    assert!(said.zh.contains("访问日志") && said.en.contains("Restore"));
}

/// ST6: what is sealed is one person's; put into another's row it opens no more.
pub async fn sealed_fields_of_two_people_cannot_be_exchanged(b: Behind) {
    let people = [person(1, ESTATE), person(2, ESTATE)].map(|p| Change::PersonSet(Box::new(p)));
    put(&b.store, people.into()).await;
    put(
        &b.store,
        vec![case(1, ESTATE).1, Change::ReporterAdd(reporter(1, 1)), Change::ReporterAdd(reporter(2, 1))],
    )
    .await;
    for column in ["name_sealed", "rest_sealed"] {
        let from = format!("(SELECT {column} FROM persons WHERE id = '{}')", person_id(2));
        b.run(&format!("UPDATE persons SET {column} = {from} WHERE id = '{}'", person_id(1))).await;
        let fault = b.store.open_person(person_id(1), &look(1, person_id(1))).await.unwrap_err();
        assert_eq!(fault.code(), "key_wrong", "{column}");
        put(&b.store, vec![Change::PersonSet(Box::new(person(1, ESTATE)))]).await;
    }
    assert!(b.store.open_person(person_id(1), &look(1, person_id(1))).await.unwrap().is_some());
    let from = format!("(SELECT phone_sealed FROM reporters WHERE id = '{}')", reporter(2, 1).id);
    b.run(&format!("UPDATE reporters SET phone_sealed = {from} WHERE id = '{}'", reporter(1, 1).id)).await;
    assert_eq!(b.store.reporter_by_claim("claim-1").await.unwrap_err().code(), "key_wrong");
    assert!(b.store.reporter_by_claim("claim-2").await.unwrap().is_some());
}

/// What must stand nowhere in the database, and something that does, by which we know that we looked.
pub const SECRETS: [&str; 8] = [
    "欧阳老人1",
    "310101194001010001",
    "13800000001",
    "欧阳女儿1",
    "13700000001",
    "何报修1",
    "13900000001",
    "何先生",
];
pub const PLAIN: &str = "田林十二村41号";

/// Writes everything that is sealed, and changes it once.
pub async fn sealed_things(store: &SqlStore) {
    let someone = linli_store::Person { id_number: Some(SECRETS[1].into()), ..person(1, ESTATE) };
    let contact = Change::ReporterContact {
        reporter: linli_store::contract::town::reporter_id(1),
        name: SECRETS[7].into(),
        phone: SECRETS[6].into(),
    };
    let (opened, opening) = case(1, ESTATE);
    let record = FactRecord { seq: 2, ..linli_store::contract::town::record(1, 2, Fact::Accepted) };
    let facts = Change::CaseFacts { case: Box::new(opened), facts: vec![record], timer_at: None };
    let finding = Change::FindingSet { finding: Box::new(finding(1, ESTATE)), case: None };
    put(
        store,
        vec![
            Change::UserSet(user(1)),
            opening,
            facts,
            finding,
            Change::ReporterAdd(reporter(1, 1)),
            Change::PersonSet(Box::new(someone.clone())),
        ],
    )
    .await;
    put(store, vec![Change::PersonSet(Box::new(someone)), contact]).await;
    store.open_person(person_id(1), &look(1, person_id(1))).await.unwrap().unwrap();
    for asked in SECRETS {
        store
            .people(&[linli_model::AreaPath(ESTATE.into())], Some(asked), &linli_store::PageAsk::first(9))
            .await
            .unwrap();
    }
    store.ping().await.unwrap();
}

/// ST6: every column of every table as text, and bytes as hexadecimal.
pub async fn sealed_fields_stand_nowhere_in_clear(b: Behind) {
    sealed_things(&b.store).await;
    let mut dump = String::new();
    if b.raw.get_database_backend() == DbBackend::Postgres {
        for table in b
            .all("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'")
            .await
        {
            let table: String = table.try_get_by_index(0).unwrap();
            for row in b.all(&format!("SELECT row_to_json(t)::text FROM {table} t")).await {
                dump.push_str(&row.try_get_by_index::<String>(0).unwrap());
                dump.push('\n');
            }
        }
    } else {
        // What a virtual table keeps stands in tables beside it, which are read like any other.
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'";
        for table in b.all(tables).await {
            let table: String = table.try_get_by_index(0).unwrap();
            for column in b.all(&format!("SELECT name FROM pragma_table_info('{table}')")).await {
                let column: String = column.try_get_by_index(0).unwrap();
                for row in b.all(&format!("SELECT quote({column}) FROM {table}")).await {
                    dump.push_str(&row.try_get_by_index::<String>(0).unwrap());
                    dump.push('\n');
                }
            }
        }
    }
    assert!(dump.contains(PLAIN), "what is not sealed is read");
    let dump = dump.to_lowercase();
    for secret in SECRETS {
        assert!(!dump.contains(&secret.to_lowercase()), "{secret}");
        assert!(!dump.contains(&hex::encode(secret)), "{secret} as bytes");
    }
}

#[macro_export]
macro_rules! behind {
    ($open:ident: $($check:ident),* $(,)?) => {
        mod behind_the_port {
            use super::{$open, behind};
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    let Some((b, _kept)) = $open().await else { return };
                    behind::$check(b).await;
                }
            )*
        }
    };
}
