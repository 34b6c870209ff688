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
