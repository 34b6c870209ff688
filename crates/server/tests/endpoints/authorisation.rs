//! Who may call what: a table of every operation of the document, and no operation without a row.

mod rows;

use self::rows::{
    Gets::{Status, Without},
    Row, table,
};
use crate::town::{Town, person};
use http::Method;
use linli_model::FindingId;
use linli_store::Change;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Operations of the document that need a session: id, method, path.
fn operations() -> BTreeMap<String, (String, String)> {
    let document = serde_json::to_value(linli_server::openapi()).unwrap();
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let by_session =
                operation["security"].as_array().unwrap().iter().any(|s| s.get("session").is_some());
            if by_session {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                found.insert(id, (verb.to_uppercase(), path.clone()));
            }
        }
    }
    found
}

#[test]
fn every_operation_has_a_row_and_every_row_refuses_somebody_or_says_why_not() {
    let operations = operations();
    let rows: BTreeSet<&str> = table().iter().map(|r| r.operation).collect();
    let without: Vec<_> = operations.keys().filter(|id| !rows.contains(id.as_str())).collect();
    assert!(without.is_empty(), "operations without an authorisation test: {without:?}");
    for row in table() {
        let (method, path) =
            operations.get(row.operation).unwrap_or_else(|| panic!("{} is gone", row.operation));
        assert_eq!(method, row.method, "{}", row.operation);
        let parts = |p: &str| p.split('/').count();
        assert_eq!(parts(path), parts(row.path) + 2, "{}: {path}", row.operation);
        assert_ne!(row.refused.is_empty(), row.own.is_empty(), "{}", row.operation);
    }
}

#[test]
fn only_these_need_no_session() {
    let document = serde_json::to_value(linli_server::openapi()).unwrap();
    let mut open = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            let by_session =
                operation["security"].as_array().unwrap().iter().any(|s| s.get("session").is_some());
            if !by_session && !path.contains("/public/") {
                open.insert(format!("{verb} {path}"));
            }
        }
    }
    let expected = [
        "get /api/v1/session",
        "post /api/v1/readings",
        "post /api/v1/session",
        "post /api/v1/setup/administrator",
    ];
    assert_eq!(open.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

struct Filled {
    town: Town,
    names: BTreeMap<&'static str, String>,
}

impl Filled {
    async fn town() -> Filled {
        let town = Town::settled().await;
        let mut names = BTreeMap::new();
        let photo = town.photo("cadre1", 10).await;
        names.insert("case1", town.case_at("1").await);
        let note = json!({"command": "note", "text": "拍了照", "photos": [photo]});
        town.command("cadre1", &names["case1"], note).await.ok();
        names.insert("photo1", photo);
        let finding = town.finding_at("1").await;
        let id: FindingId = finding.id;
        town.commit(vec![Change::FindingSet { finding: Box::new(finding), case: None }]).await;
        names.insert("finding1", id.to_string());
        town.quarantine("q-door-1", "gw-door-1", r#"{"device":"door-1"}"#).await;
        let gateway = json!({"name": "box-1", "source": "gw-door-1"});
        town.post("devices1", "/credentials", gateway).await.ok();
        let draft = json!({"text": "rule = \"loud\"", "revision": 0});
        town.post("cadre1", "/own-rules/E1/loud/draft", draft).await.ok();
        let push = json!({"groups": ["volunteer"], "area": "R1", "text": "请到村口集合"});
        let push = town.post("desk", "/pushes", push).await.ok();
        names.insert("push1", push["id"].as_str().unwrap().to_owned());
        names.insert("post1", crate::town::id::<linli_model::PostId>("cadre1").to_string());
        names.insert("trouble1", crate::deliveries::troubled(&town, "desk", "unknown").await);
        names.insert("person1", person("1").to_string());
        for login in ["cadre1", "cadre2"] {
            names.insert(login, crate::town::user(login).to_string());
        }
        let open = json!({"purpose": "break_glass", "reason": "没人应门,担心出事"});
        town.post("cadre1", &format!("/persons/{}/open", person("1")), open).await.ok();
        let wrong =
            town.upload("admin", "/imports/areas", "a.csv", "级别,名称,编码\n小区,,\n".as_bytes()).await.ok();
        let url = wrong["errors_url"].as_str().unwrap();
        names.insert("import1", url.rsplit('/').next().unwrap().to_owned());
        Filled { town, names }
    }

    fn fill(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |t, (name, value)| t.replace(&format!("{{{name}}}"), value))
    }

    fn request(&self, login: &str, row: &Row) -> http::Request<axum::body::Body> {
        let path = self.fill(row.path);
        if ["addPhoto", "importTable"].contains(&row.operation) {
            let body =
                "--X\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--X--\r\n";
            return self.town.request(
                login,
                row.method,
                &path,
                "multipart/form-data; boundary=X",
                body.into(),
            );
        }
        let (kind, body) = match &row.body {
            Value::Null => ("", Vec::new()),
            body => ("application/json", body.to_string().into_bytes()),
        };
        self.town.request(login, row.method, &path, kind, body)
    }
}

#[tokio::test]
async fn nobody_gets_anything_without_a_session() {
    let filled = Filled::town().await;
    for row in table() {
        let reply = filled.town.send(filled.request("", &row)).await;
        assert_eq!(reply.status.as_u16(), 401, "{}", row.operation);
        assert_eq!(reply.json()["code"], "signed_out", "{}", row.operation);
    }
}

#[tokio::test]
async fn nothing_is_changed_without_the_sessions_csrf_value() {
    let filled = Filled::town().await;
    for row in table().iter().filter(|r| r.method != "GET") {
        let mut request = filled.request("desk", row);
        assert_ne!(request.method(), Method::GET);
        request.headers_mut().insert("x-linli-csrf", "csrf-cadre1".parse().unwrap());
        let reply = filled.town.send(request).await;
        assert_eq!(reply.status.as_u16(), 403, "{}", row.operation);
        assert_eq!(reply.json()["code"], "csrf_missing", "{}", row.operation);
    }
}

#[tokio::test]
async fn a_wrong_role_and_a_wrong_area_are_refused_everywhere() {
    let filled = Filled::town().await;
    let mut wrong = Vec::new();
    for row in table() {
        for (login, gets) in &row.refused {
            let reply = filled.town.send(filled.request(login, &row)).await;
            let (status, text) = (reply.status.as_u16(), String::from_utf8_lossy(&reply.bytes).into_owned());
            match gets {
                Status(expected) if *expected == status => {}
                Status(expected) => {
                    wrong.push(format!("{} {login}: {status}, not {expected}: {text}", row.operation))
                }
                Without(part) if status == 200 && !text.contains(&filled.fill(part)) => {}
                Without(part) => {
                    wrong.push(format!("{} {login}: {status} with {part}: {text}", row.operation))
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is cut from a list must be there for who may see it, or the test above proves nothing.
#[tokio::test]
async fn who_may_see_it_finds_it_in_the_list() {
    let filled = Filled::town().await;
    for (login, path, part) in [
        ("cadre1", "/cases", "{case1}"),
        ("desk", "/cases", "{case1}"),
        ("desk", "/map/clusters", "B1"),
        ("desk", "/cases/counts", r#""all":1"#),
        ("cadre1", "/areas", r#""id":"E1""#),
        ("desk", "/posts", "cadre1"),
        ("cadre1", "/devices", "door-1"),
        ("devices1", "/quarantine", "q-door-1"),
        ("desk", "/quarantine", "q-door-1"),
        ("admin", "/users", "cadre2"),
        ("cadre1", "/persons", "\"H1\""),
        ("cadre1", "/own-rules", "loud@E1"),
        ("grid", "/own-rules", "loud@E1"),
        ("admin", "/deliveries", "desk 某"),
        ("cadre1", "/pushes", "{push1}"),
        ("volunteer1", "/inbox/pushes/{push1}", "集合"),
        ("officer", "/access-log", "{person1}"),
    ] {
        let reply = filled.town.get(login, &filled.fill(path)).await.is(200);
        let text = String::from_utf8_lossy(&reply.bytes).into_owned();
        assert!(text.contains(&filled.fill(part)), "{login} {path}: {text}");
    }
}

/// AC2 and ST4, at the door: the list and the single answer agree for everybody.
#[tokio::test]
async fn a_case_is_in_somebodys_list_exactly_when_they_may_open_it() {
    let town = Town::settled().await;
    let cases = [town.case_at("1").await, town.case_at("2").await];
    // Up to the grid leader, and down to the other committee: owned by who does not work there.
    town.command("cadre1", &cases[0], json!({"command": "accept"})).await.ok();
    town.command("cadre1", &cases[0], json!({"command": "pass_up", "reason": "需网格协调"})).await.ok();
    for (login, _, _) in crate::town::STAFF {
        let list = town.get(login, "/cases").await.ok();
        for case in &cases {
            let listed = list["items"].as_array().unwrap().iter().any(|c| c["id"] == **case);
            let opened = town.get(login, &format!("/cases/{case}")).await.status.as_u16() == 200;
            assert_eq!(listed, opened, "{login} {case}");
        }
    }
}
