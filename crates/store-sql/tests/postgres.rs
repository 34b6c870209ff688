//! The store's contract on a real PostgreSQL: one server for the binary, one database for each check.

mod behind;

use behind::Behind;
use linli_store::{Change, CommitError, Store, contract::town::commit_of};
use linli_store_sql::{Keyring, SqlStore};
use linli_testkit::postgres::{self, Server};
use sea_orm::Database;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

struct Opened {
    store: Arc<dyn Store>,
    _server: Arc<Server>,
}

async fn one() -> Option<(SqlStore, String, Arc<Server>)> {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let server = postgres::shared()?;
    let url = server.database(&format!("linli_{}", DATABASES.fetch_add(1, Ordering::Relaxed)));
    let store = SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap();
    Some((store, url, server))
}

async fn open() -> Option<Opened> {
    let (store, _, server) = one().await?;
    Some(Opened { store: Arc::new(store), _server: server })
}

async fn open_behind() -> Option<(Behind, Arc<Server>)> {
    let (store, url, server) = one().await?;
    Some((Behind { store, raw: Database::connect(url).await.unwrap() }, server))
}

linli_store::store_contract!(open);

/// The lists again, looked up as where every word and every place has too many cases to fetch them all (LI1).
mod of_many {
    use super::*;

    async fn open_many() -> Option<Opened> {
        let (store, _, server) = one().await?;
        Some(Opened { store: Arc::new(store.with_few(0)), _server: server })
    }

    linli_store::store_contract! { open_many;
        lists: [
            filters_tabs_and_counts_agree,
            lists_hold_exactly_the_records_within_reach,
            a_page_stays_put_while_cases_are_opened,
            strange_questions_break_nothing,
            cases_are_found_by_words_in_chinese_and_others,
        ],
        words: [
            words_filters_and_tabs_agree,
            a_number_is_found_whole_or_by_its_end,
            a_words_cases_of_many_years_are_paged_from_anywhere,
        ],
    }
}

behind!(open_behind:
    the_database_itself_refuses_to_change_a_look,
    the_database_itself_refuses_to_rewrite_a_fact,
    a_change_to_any_field_of_any_look_is_found,
    a_look_taken_out_put_in_or_exchanged_is_found,
    a_chain_made_anew_without_the_key_is_found,
    no_record_is_opened_when_the_look_cannot_be_written,
    sealed_fields_of_two_people_cannot_be_exchanged,
    sealed_fields_stand_nowhere_in_clear,
    a_rebuild_names_and_mends_what_differs_from_the_facts,
    a_rebuild_names_the_difference_of_the_oldest_case_however_many_walk,
    a_rebuild_that_finds_nothing_waits_for_nobody_who_writes,
    a_rebuild_that_writes_waits_for_who_writes_and_sees_what_they_did,
    cases_are_counted_to_the_bound_and_one,
);

fn counted(n: i32) -> Change {
    Change::SettingSet { key: format!("n{n}"), value: n.into() }
}

/// The server goes away in the middle and comes back: whoever asks meanwhile is told to try again, what was
/// acknowledged is there, and the same store goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_loses_nothing_acknowledged_and_is_found_again() {
    let Some(mut server) = postgres::server() else { return };
    let store = SqlStore::open(&server.database("linli"), Keyring::from_bytes(&[7; 64])).await.unwrap();
    let mut acknowledged = vec![];
    for round in 0..3 {
        let commits = (0..40).map(|n| {
            let (store, n) = (&store, round * 100 + n);
            async move { (n, store.commit(commit_of(vec![counted(n)])).await) }
        });
        let (answers, mut back) = futures::future::join(futures::future::join_all(commits), async {
            tokio::task::spawn_blocking(move || {
                server.crash();
                server
            })
            .await
            .unwrap()
        })
        .await;
        for (n, answer) in answers {
            match answer {
                Ok(_) => acknowledged.push(n),
                Err(CommitError::Fault(fault)) => assert!(fault.retry, "{fault:?}"),
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!(store.ping().await.unwrap_err().retry, "nobody is there");
        server = tokio::task::spawn_blocking(move || {
            back.start_again();
            back
        })
        .await
        .unwrap();
        for n in &acknowledged {
            assert_eq!(store.setting(&format!("n{n}")).await.unwrap(), Some((*n).into()));
        }
        store.commit(commit_of(vec![counted(round * 100 + 50)])).await.unwrap();
        acknowledged.push(round * 100 + 50);
    }
    assert!(acknowledged.len() >= 3);
}
