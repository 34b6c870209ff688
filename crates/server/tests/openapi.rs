//! The document in the repository is the one the code makes; the web client is generated from it.

#[test]
fn openapi_in_the_repository_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/openapi.json");
    let now = serde_json::to_string_pretty(&linli_server::openapi()).unwrap() + "\n";
    if std::env::var_os("LINLI_WRITE_OPENAPI").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == now, "web/openapi.json is out of step; run: make openapi");
}

#[test]
fn every_operation_has_an_id_of_its_own_and_a_tag() {
    let document = serde_json::to_value(linli_server::openapi()).unwrap();
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let id = operation["operationId"]
                .as_str()
                .unwrap_or_else(|| panic!("{verb} {path} has no operationId"));
            assert!(ids.insert(id.to_owned()), "{id} is there twice");
            assert!(operation["tags"].as_array().is_some_and(|t| !t.is_empty()), "{verb} {path} has no tag");
        }
    }
    assert!(ids.len() > 30, "{ids:?}");
}
