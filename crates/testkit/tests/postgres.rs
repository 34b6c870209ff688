//! TK2: a server ends with the test that started it.

use linli_testkit::postgres;
use std::path::PathBuf;

#[test]
fn a_server_gives_databases_and_leaves_nothing_behind() {
    let Some(server) = postgres::server() else { return };
    let url = server.database("one");
    assert!(url.ends_with("/one"), "{url}");
    assert_ne!(url, server.database("two"));
    let folder = url.trim_start_matches("postgres://linli@").trim_end_matches("/one").replace("%2F", "/");
    assert!(PathBuf::from(&folder).join(".s.PGSQL.5432").exists());
    drop(server);
    assert!(!PathBuf::from(&folder).exists());
}

#[test]
fn a_shared_server_outlives_the_test_that_started_it_and_ends_with_the_last() {
    let Some(first) = std::thread::spawn(postgres::shared).join().unwrap() else { return };
    let url = first.database("one");
    let second = postgres::shared().unwrap();
    drop(first);
    second.database("two");
    let folder = url.trim_start_matches("postgres://linli@").trim_end_matches("/one").replace("%2F", "/");
    assert!(PathBuf::from(&folder).exists());
    drop(second);
    assert!(!PathBuf::from(&folder).exists());
}
