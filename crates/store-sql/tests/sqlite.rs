//! The store's contract on SQLite, in a folder of its own for each check, and what is SQLite's alone.

mod behind;

use behind::{Behind, PLAIN, SECRETS, sealed_things};
use linli_store::{
    CaseStore, PeopleStore, Store,
    contract::town::{ESTATE, case, case_id, put},
};
use linli_store_sql::{Keyring, SqlStore, file_address};
use sea_orm::{ConnectionTrait, Database, TransactionTrait};
use std::{fs, sync::Arc};
use tempfile::TempDir;

struct Opened {
    store: Arc<dyn Store>,
    _folder: TempDir,
}

async fn one() -> (SqlStore, String, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = file_address(&folder.path().join("linli.sqlite"));
    let store = SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap();
    (store, url, folder)
}

async fn open() -> Option<Opened> {
    let (store, _, folder) = one().await;
    Some(Opened { store: Arc::new(store), _folder: folder })
}

async fn open_behind() -> Option<(Behind, TempDir)> {
    let (store, url, folder) = one().await;
    Some((Behind { store, raw: Database::connect(url).await.unwrap() }, folder))
}

linli_store::store_contract!(open);

/// The lists again, looked up as where every word and every place has too many cases to fetch them all (LI1).
mod of_many {
    use super::*;

    async fn open_many() -> Option<Opened> {
        let (store, _, folder) = one().await;
        Some(Opened { store: Arc::new(store.with_few(0)), _folder: folder })
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

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w == text.as_bytes())
}

/// ST6, in every byte of every file: pages that were freed, the write-ahead log, and a copy.
#[tokio::test]
async fn sealed_fields_stand_in_clear_in_no_byte_of_the_files() {
    let (store, _, folder) = one().await;
    sealed_things(&store).await;
    store.copy_to(&folder.path().join("copy.sqlite")).await.unwrap().unwrap();
    let (mut bytes, mut files) = (vec![], 0);
    for entry in fs::read_dir(folder.path()).unwrap() {
        bytes.extend(fs::read(entry.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files >= 3, "the database, its write-ahead log and the copy");
    assert!(holds(&bytes, PLAIN), "what is not sealed is found");
    for secret in SECRETS {
        assert!(!holds(&bytes, secret), "{secret}");
    }
}

/// SS2: also while somebody else writes for long, in another process too.
#[tokio::test]
async fn readers_never_wait_for_a_writer() {
    let (b, _folder) = open_behind().await.unwrap();
    put(&b.store, vec![case(1, ESTATE).1]).await;
    let writing = b.raw.begin().await.unwrap();
    writing.execute_unprepared("UPDATE cases SET number = 'changed'").await.unwrap();
    let read = b.store.case(case_id(1)).await.unwrap().unwrap();
    assert_eq!(read.number, case(1, ESTATE).0.number);
    b.store.verify_looks().await.unwrap();
    writing.rollback().await.unwrap();
}

/// SS5
#[tokio::test]
async fn other_keys_are_refused_before_anything_is_sealed_under_them() {
    let (store, url, _folder) = one().await;
    sealed_things(&store).await;
    drop(store);
    let refused = SqlStore::open(&url, Keyring::from_bytes(&[8; 64])).await.err().unwrap();
    assert_eq!((refused.code(), refused.retry), ("key_wrong", false));
    let said = refused.said.unwrap().1;
    assert!(said.zh.contains("keys 目录") && said.en.contains("Restore the keys folder"));
    SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap().verify_looks().await.unwrap();
}
