//! Setting up, signing in and out, passwords, users and posts.

use crate::town::{SETUP_TOKEN, STAFF, Town, user};
use http::{Request, header};
use linli_model::Millis;
use linli_store::{Change, User};
use serde_json::{Value, json};

fn first() -> Value {
    json!({"token": SETUP_TOKEN, "login": "Boss", "name": "管理员", "password": "a long password", "area_code": "310104011", "area_name": "示范街道"})
}

async fn sign_in(town: &Town, login: &str, password: &str) -> crate::town::Reply {
    town.post("", "/session", json!({"name": login, "password": password})).await
}

fn cookie(reply: &crate::town::Reply) -> String {
    reply.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
}

async fn with_cookie(
    town: &Town,
    method: &str,
    path: &str,
    cookie: &str,
    csrf: &str,
    body: Value,
) -> crate::town::Reply {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header(header::COOKIE, cookie)
        .header("x-linli-csrf", csrf)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.to_string().into())
        .unwrap();
    town.send(request).await
}

#[tokio::test]
async fn an_empty_installation_gets_its_first_administrator_once() {
    let town = Town::empty().await;
    assert_eq!(town.get("", "/session").await.ok()["setup_needed"], true);
    let with = |field: &str, value: &str| {
        let mut body = first();
        body[field] = json!(value);
        body
    };
    town.post("", "/setup/administrator", with("token", "guessed")).await.problem(422, "setup_token_wrong");
    town.post("", "/setup/administrator", with("password", "short")).await.problem(400, "password_length");
    town.post("", "/setup/administrator", with("area_code", "a/b")).await.problem(400, "area_wrong");
    town.post("", "/setup/administrator", with("login", "a b")).await.problem(400, "login_malformed");
    town.post("", "/setup/administrator", first()).await.is(204);
    town.post("", "/setup/administrator", with("login", "boss2")).await.problem(409, "set_up_already");
    let me = sign_in(&town, "BOSS", "a long password").await.ok();
    assert_eq!((&me["setup_needed"], &me["posts"][0]["area_name"]), (&json!(false), &json!("示范街道")));
    assert!(me["sections"].as_array().unwrap().contains(&json!("imports")));
}

#[tokio::test]
async fn a_session_opens_with_the_password_and_ends_with_time_or_signing_out() {
    let town = Town::empty().await;
    town.post("", "/setup/administrator", first()).await.is(204);
    sign_in(&town, "boss", "wrong password").await.problem(422, "sign_in_wrong");
    sign_in(&town, "nobody", "a long password").await.problem(422, "sign_in_wrong");

    let reply = sign_in(&town, "boss", "a long password").await.is(200);
    let set = reply.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    let (cookie, me) = (cookie(&reply), reply.json());
    let csrf = me["csrf"].as_str().unwrap();
    with_cookie(&town, "GET", "/users", &cookie, "", Value::Null).await.is(200);
    with_cookie(&town, "DELETE", "/session", &cookie, csrf, Value::Null).await.is(204);
    with_cookie(&town, "GET", "/users", &cookie, "", Value::Null).await.problem(401, "signed_out");

    let cookie = self::cookie(&sign_in(&town, "boss", "a long password").await.is(200));
    town.pass(Millis::hours(12));
    with_cookie(&town, "GET", "/users", &cookie, "", Value::Null).await.problem(401, "signed_out");
    assert!(with_cookie(&town, "GET", "/session", &cookie, "", Value::Null).await.ok()["user"].is_null());
}

#[tokio::test]
async fn a_session_ends_by_itself_and_opens_nothing_any_more() {
    let town = Town::settled().await;
    town.get("cadre1", "/cases").await.ok();
    town.pass(Millis::days(366));
    town.get("cadre1", "/cases").await.problem(401, "signed_out");
    let file = json!({"area": "D1", "text": "x", "channel": "window"});
    town.post("cadre1", "/cases", file).await.problem(401, "signed_out");
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let town = Town::settled().await;
    for _ in 0..8 {
        sign_in(&town, "desk", "a wrong password").await.problem(422, "sign_in_wrong");
    }
    let reply = sign_in(&town, "desk", "a wrong password").await;
    assert_eq!(reply.headers[header::RETRY_AFTER], "300");
    reply.problem(429, "too_many");
    town.pass(Millis::minutes(5));
    sign_in(&town, "desk", "a wrong password").await.problem(422, "sign_in_wrong");
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let town = Town::empty().await;
    town.post("", "/setup/administrator", first()).await.is(204);
    let other = cookie(&sign_in(&town, "boss", "a long password").await.is(200));
    let reply = sign_in(&town, "boss", "a long password").await.is(200);
    let (mine, me) = (cookie(&reply), reply.json());
    let csrf = me["csrf"].as_str().unwrap();
    let change = |current: &str, wanted: &str| json!({"current": current, "wanted": wanted});
    let path = "/session/password";
    with_cookie(&town, "POST", path, &mine, csrf, change("not it", "another password"))
        .await
        .problem(422, "password_wrong");
    with_cookie(&town, "POST", path, &mine, csrf, change("a long password", "short"))
        .await
        .problem(400, "password_length");
    with_cookie(&town, "POST", path, &mine, csrf, change("a long password", "another password"))
        .await
        .is(204);
    with_cookie(&town, "GET", "/users", &mine, "", Value::Null).await.is(200);
    with_cookie(&town, "GET", "/users", &other, "", Value::Null).await.problem(401, "signed_out");
    sign_in(&town, "boss", "a long password").await.problem(422, "sign_in_wrong");
    sign_in(&town, "boss", "another password").await.is(200);
}

fn cadre(login: &str, area: &str) -> Value {
    json!({"login": login, "name": "新来的", "password": "a long password", "role": "cadre", "area": area})
}

#[tokio::test]
async fn a_user_is_added_with_a_post_and_can_sign_in() {
    let town = Town::settled().await;
    let made = town.post("admin1", "/users", cadre("neu", "R1")).await.ok();
    assert_eq!(made["posts"][0]["role"]["code"], "cadre");
    sign_in(&town, "neu", "a long password").await.is(200);
    town.post("admin1", "/users", cadre("NEU", "R1")).await.problem(409, "exists_already");
    town.post("admin1", "/users", cadre("neu2", "R2")).await.problem(403, "forbidden");
    town.post("admin1", "/users", cadre("x", "R1")).await.problem(400, "login_malformed");
    town.post("admin1", "/users", cadre("neu3", "X")).await.problem(400, "area_unknown");
    let mut king = cadre("king", "R1");
    king["role"] = json!("king");
    town.post("admin1", "/users", king).await.problem(400, "role_unknown");
}

#[tokio::test]
async fn a_post_begins_and_ends_and_the_right_with_it() {
    let town = Town::settled().await;
    let post = json!({"role": "cadre", "area": "R2"});
    let path = format!("/users/{}/posts", user("volunteer1"));
    assert_eq!(town.get("volunteer1", "/persons").await.status, 403);
    town.post("admin", &path, post.clone()).await.is(204);
    town.get("volunteer1", "/persons").await.is(200);

    let users = town.get("admin", "/users").await.ok();
    let row = users.as_array().unwrap().iter().find(|u| u["login"] == "volunteer1").unwrap();
    let added = row["posts"].as_array().unwrap().iter().find(|p| p["area"] == "R2").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for _ in 0..2 {
        town.delete("admin", &format!("/posts/{added}")).await.is(204);
    }
    town.get("volunteer1", "/persons").await.problem(403, "forbidden");
    town.delete("admin", "/posts/00000000-0000-0000-0000-000000000001").await.problem(404, "not_found");
    let nobody = "/users/00000000-0000-0000-0000-000000000001/posts";
    town.post("admin", nobody, post).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_closed_account_is_out_at_once_and_can_be_opened_again() {
    let town = Town::settled().await;
    let path = format!("/users/{}/access", user("cadre1"));
    town.get("cadre1", "/cases").await.is(200);
    for _ in 0..2 {
        town.post("admin1", &path, json!({"disabled": true})).await.is(204);
    }
    town.get("cadre1", "/cases").await.problem(401, "signed_out");
    town.post("admin1", &path, json!({"disabled": false, "password": "a new password"})).await.is(204);
    sign_in(&town, "cadre1", "a new password").await.is(200);
    town.post("admin", &format!("/users/{}/access", user("admin")), json!({"disabled": true}))
        .await
        .problem(422, "own_account");
    town.post("admin", "/users/no-id/access", json!({"disabled": true})).await.problem(404, "not_found");
}

/// AC1: the roles of a demonstration's staff, seen through the menu.
#[tokio::test]
async fn the_menu_shows_what_some_post_allows_and_nothing_more() {
    let town = Town::settled().await;
    let mut menus = String::new();
    for (login, _, _) in STAFF {
        let me = town.get(login, "/session").await.ok();
        let sections: Vec<_> =
            me["sections"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        menus += &format!("{login}: {}\n", sections.join(" "));
    }
    assert_eq!(
        menus,
        "admin: devices device_write quarantine quarantine_write users import_areas import_devices import_people import_users deliveries imports duty inbox rules\n\
         admin1: devices device_write quarantine quarantine_write users import_areas import_devices import_people import_users deliveries imports duty inbox rules\n\
         desk: cases file_case map indicators devices rule_try rule_set routing quarantine quarantine_write pushes deliveries duty inbox rules\n\
         grid: cases file_case map indicators devices rule_try rule_set routing pushes duty inbox rules\n\
         cadre1: cases file_case map indicators devices rule_try rule_set routing import_people persons pushes imports duty inbox rules\n\
         cadre2: cases file_case map indicators devices rule_try rule_set routing import_people persons pushes imports duty inbox rules\n\
         volunteer1: cases file_case map indicators duty inbox rules\n\
         devices1: devices device_write quarantine quarantine_write import_devices imports inbox rules\n\
         devices2: devices device_write quarantine quarantine_write import_devices imports inbox rules\n\
         officer: access_log inbox rules\n\
         officer2: access_log inbox rules\n\
         former: inbox rules\n"
    );
}

#[tokio::test]
async fn an_account_that_was_disabled_in_the_store_opens_nothing() {
    let town = Town::settled().await;
    let desk: User = town.store.user(user("desk")).await.unwrap().unwrap();
    town.commit(vec![Change::UserSet(User { disabled: true, ..desk })]).await;
    town.get("desk", "/cases").await.problem(401, "signed_out");
}
