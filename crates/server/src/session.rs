//! Signing in and out, and who I am.

use crate::wire::Json;
use crate::{
    labels,
    ports::token,
    problem::{Answer, ApiError},
    public::{Allowance, Limit, address},
    state::ServerState,
    who::{COOKIE, Who, session_of, token_hash},
};
use argon2::{Argon2, PasswordHash, PasswordVerifier};
use axum::{extract::State, response::IntoResponse};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use http::request::Parts;
use linli_access::Action;
use linli_api::{
    Problem,
    session::{ChangePassword, DemoAccount, Me, MyPost, MyUser, SignIn},
};
use linli_model::{Instant, Millis, Refusal};
use linli_store::{Change, Commit, Session, User};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// A working day and a bit; phones stay signed in by asking again before it ends.
const SESSION: Millis = Millis::hours(12);
/// In a demonstration the story's clock runs through two weeks while people are signed in.
const DEMO_SESSION: Millis = Millis::days(60);
/// Wrong passwords for one login from one address before it has to wait.
const WRONG_MAX: u32 = 8;
/// Wrong passwords for one login from everywhere: slows a swarm of addresses, and is more than slips come to.
const WRONG_EVERYWHERE_MAX: u32 = 100;
const WAIT: Millis = Millis::minutes(5);
/// The most logins remembered; those whose wait is over are forgotten beyond, then all.
const REMEMBERED_MAX: usize = 10_000;
/// Wrong passwords from one address, whatever the login: a list of logins tried with one password each.
const WRONG_FROM_ADDRESS: Allowance =
    Allowance { count: 40, everywhere: u32::MAX, window: Millis::minutes(10) };

type Key = (String, Option<IpAddr>);

/// Wrong passwords of late.
pub struct Attempts {
    /// By login and address, and by login alone: how many, and since when.
    by_login: Mutex<HashMap<Key, (u32, Instant)>>,
    by_address: Limit,
}

impl Default for Attempts {
    fn default() -> Self {
        Attempts { by_login: Mutex::default(), by_address: Limit::of(WRONG_FROM_ADDRESS) }
    }
}

impl Attempts {
    fn check(&self, login: &str, from: IpAddr, now: Instant) -> Answer<()> {
        if let Err(often) = self.by_address.check(from, now) {
            return Err(ApiError::TooMany(often.retry_after_secs.clamp(1, 3_600) as u32));
        }
        let wrong = self.by_login.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, max) in [(Some(from), WRONG_MAX), (None, WRONG_EVERYWHERE_MAX)] {
            if let Some((n, first)) = wrong.get(&(login.to_owned(), key))
                && *n >= max
                && now - *first < WAIT
            {
                let left = (*first + WAIT) - now;
                return Err(ApiError::TooMany(((left.0 + 999) / 1000).clamp(1, 3_600) as u32));
            }
        }
        Ok(())
    }
    fn wrong(&self, login: &str, from: IpAddr, now: Instant) {
        self.by_address.count(from, now);
        let mut wrong = self.by_login.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= REMEMBERED_MAX {
            wrong.retain(|_, (_, first)| now - *first < WAIT);
        }
        if wrong.len() >= REMEMBERED_MAX {
            wrong.clear();
        }
        for key in [Some(from), None] {
            let entry = wrong.entry((login.to_owned(), key)).or_insert((0, now));
            *entry = if now - entry.1 >= WAIT { (1, now) } else { (entry.0 + 1, entry.1) };
        }
    }
    fn right(&self, login: &str, from: IpAddr) {
        let mut wrong = self.by_login.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.remove(&(login.to_owned(), Some(from)));
    }
}

fn argon() -> Argon2<'static> {
    Argon2::default()
}

/// Hashes a password off the async threads; the salt comes from the edge.
pub async fn hashed(state: &ServerState, password: String) -> Answer<String> {
    let salt = state.fresh.bytes();
    let _turn = state.heavy.acquire().await;
    let done = tokio::task::spawn_blocking(move || {
        use argon2::PasswordHasher;
        argon().hash_password_with_salt(password.as_bytes(), &salt[..16]).map(|h| h.to_string())
    })
    .await;
    match done {
        Ok(Ok(hash)) => Ok(hash),
        _ => Err(ApiError::Fault(linli_model::Fault::passing("a password could not be hashed"))),
    }
}

/// A password people may choose: 10 to 200 characters, nothing else asked (length beats rules).
pub fn check_password(password: &str) -> Answer<()> {
    if (10..=200).contains(&password.chars().count()) {
        return Ok(());
    }
    Err(linli_model::Diagnostic::new(
        "password_length",
        "password",
        "密码应为 10 至 200 个字符",
        "a password has 10 to 200 characters",
    )
    .into())
}

async fn matches(state: &ServerState, stored: String, password: String) -> bool {
    let _turn = state.heavy.acquire().await;
    let verified = tokio::task::spawn_blocking(move || {
        PasswordHash::new(&stored)
            .is_ok_and(|hash| argon().verify_password(password.as_bytes(), &hash).is_ok())
    });
    verified.await.unwrap_or(false)
}

/// Who I am; also answers nobody, with what the sign-in page needs.
#[utoipa::path(get, path = "/session", operation_id = "getSession", tag = "session", responses((status = 200, body = Me)))]
pub async fn get(State(state): State<ServerState>, parts: Parts) -> Answer<Json<Me>> {
    let who = session_of(&parts, &state).await?;
    Ok(Json(me(&state, who.as_ref()).await?))
}

#[utoipa::path(post, path = "/session", operation_id = "signIn", tag = "session", request_body = SignIn,
    responses((status = 200, body = Me), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    jar: CookieJar,
    parts: Parts,
    Json(asked): Json<SignIn>,
) -> Answer<impl IntoResponse> {
    let now = state.now();
    let from = address(&parts.headers, parts.extensions.get());
    let login = asked.name.trim().to_lowercase();
    state.sign_ins.check(&login, from, now)?;
    let user = state.store.user_by_login(&login).await?.filter(|u| !u.disabled);
    // An unknown login costs the same work, so that logins cannot be told by time.
    let stored = user.as_ref().map_or_else(|| DUMMY_HASH.to_owned(), |u| u.password_hash.clone());
    let right = matches(&state, stored, asked.password).await;
    let Some(user) = user.filter(|_| right) else {
        state.sign_ins.wrong(&login, from, now);
        return Err(ApiError::Refused(Refusal::new(
            "sign_in_wrong",
            "账号或密码不对",
            "the name or the password is wrong",
        )));
    };
    state.sign_ins.right(&login, from);
    let secret = token(&*state.fresh);
    let session = Session {
        token_hash: token_hash(&secret),
        user: user.id,
        csrf: token(&*state.fresh),
        created_at: now,
        expires_at: now + if state.demo_accounts.is_empty() { SESSION } else { DEMO_SESSION },
    };
    let commit = Commit { at: now, changes: vec![Change::SessionSet(session.clone())], ..Commit::default() };
    state.store.commit(commit).await?;
    let who = Who::of(user, session, &state).await?;
    let cookie = Cookie::build((COOKIE, secret))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.secure_cookies)
        .path("/")
        .build();
    let body = me(&state, Some(&who)).await?;
    Ok((jar.add(cookie), Json(body)))
}

/// Verifies nothing: no password has this hash (its salt and output were drawn at random).
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$QmFzZTY0UmFuZG9tT3V0cHV0VGhhdE5vT25lSGFz";

#[utoipa::path(delete, path = "/session", operation_id = "signOut", tag = "session", responses((status = 204)))]
pub async fn delete(State(state): State<ServerState>, who: Who, jar: CookieJar) -> Answer<impl IntoResponse> {
    let change = Change::SessionEnd { token_hash: who.session.token_hash };
    state.store.commit(Commit { at: state.now(), changes: vec![change], ..Commit::default() }).await?;
    Ok((jar.remove(Cookie::build(COOKIE).path("/").build()), http::StatusCode::NO_CONTENT))
}

/// Changes one's own password; every other session of this user ends.
#[utoipa::path(post, path = "/session/password", operation_id = "changePassword", tag = "session", request_body = ChangePassword,
    responses((status = 204), (status = 400, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn change_password(
    State(state): State<ServerState>,
    who: Who,
    parts: Parts,
    Json(asked): Json<ChangePassword>,
) -> Answer<http::StatusCode> {
    let now = state.now();
    let from = address(&parts.headers, parts.extensions.get());
    state.sign_ins.check(&who.user.login, from, now)?;
    check_password(&asked.wanted)?;
    if !matches(&state, who.user.password_hash.clone(), asked.current).await {
        state.sign_ins.wrong(&who.user.login, from, now);
        return Err(Refusal::new("password_wrong", "当前密码不对", "the present password is wrong").into());
    }
    let password_hash = hashed(&state, asked.wanted).await?;
    let changes = vec![
        Change::SessionsOfUserEnd { user: who.user.id },
        Change::UserSet(User { password_hash, ..who.user }),
        Change::SessionSet(who.session),
    ];
    state.store.commit(Commit { at: now, changes, ..Commit::default() }).await?;
    state.forget_cached().await;
    Ok(http::StatusCode::NO_CONTENT)
}

async fn me(state: &ServerState, who: Option<&Who>) -> Answer<Me> {
    let now = state.now();
    let areas = state.areas().await?;
    let posts = who.map(|w| w.posts.clone()).unwrap_or_default();
    let posts = posts
        .iter()
        .map(|p| MyPost {
            id: p.id.to_string(),
            role: labels::role(p.role),
            role_label: labels::role(p.role).label,
            area: p.area.to_string(),
            area_name: areas.find(&p.area).map(|a| a.name.clone()).unwrap_or_default(),
        })
        .collect();
    let demo_accounts = state
        .demo_accounts
        .iter()
        .map(|a| DemoAccount {
            name: a.name.clone(),
            password: a.password.clone(),
            label: labels::say(&a.label),
        })
        .collect();
    Ok(Me {
        user: who.map(|w| MyUser {
            id: w.user.id.to_string(),
            login: w.user.login.clone(),
            name: w.user.name.clone(),
        }),
        posts,
        csrf: who.map(|w| w.session.csrf.clone()),
        sections: who.map(|w| sections(state, w)).unwrap_or_default(),
        demo_accounts,
        setup_needed: who.is_none() && state.users().await?.is_empty(),
        unseen_notices: match who {
            Some(w) => state.store.unseen(w.user.id, now).await?,
            None => 0,
        },
        now: now.to_string(),
    })
}

/// What the menu shows: what some post allows somewhere.
fn sections(state: &ServerState, who: &Who) -> Vec<String> {
    let all = [
        ("cases", Action::CaseRead),
        ("file_case", Action::CaseFile),
        ("map", Action::CaseRead),
        ("indicators", Action::CaseRead),
        ("devices", Action::DeviceRead),
        ("rule_try", Action::RuleTry),
        ("rule_set", Action::RuleSet),
        ("routing", Action::RuleTry),
        ("device_write", Action::DeviceWrite),
        ("quarantine", Action::QuarantineRead),
        ("quarantine_write", Action::QuarantineWrite),
        ("users", Action::UserWrite),
        ("import_areas", Action::PlaceWrite),
        ("import_devices", Action::DeviceWrite),
        ("import_people", Action::PersonWrite),
        ("import_users", Action::UserWrite),
        ("persons", Action::PersonSearch),
        ("access_log", Action::AccessLogRead),
        ("pushes", Action::PushSend),
        ("deliveries", Action::DeliveryKeep),
    ];
    let may = |action: Action| !who.areas(state, action).is_empty();
    let mut sections: Vec<String> =
        all.into_iter().filter(|(_, a)| may(*a)).map(|(s, _)| s.to_owned()).collect();
    if sections.iter().any(|s| s.starts_with("import_")) {
        sections.push("imports".to_owned());
    }
    if crate::duty::SEEN_BY.into_iter().any(may) {
        sections.push("duty".to_owned());
    }
    sections.extend(["inbox".to_owned(), "rules".to_owned()]);
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise an unknown login would be answered faster than a known one.
    #[test]
    fn the_hash_for_unknown_logins_costs_what_ours_cost() {
        use argon2::PasswordHasher;
        let ours = argon().hash_password_with_salt(b"some password", &[7; 16]).unwrap().to_string();
        let cost = |hash: &str| hash.split('$').nth(3).unwrap().to_owned();
        assert_eq!(cost(&ours), cost(DUMMY_HASH));
        assert!(PasswordHash::new(DUMMY_HASH).unwrap().hash.is_some());
    }

    #[test]
    fn one_address_waits_after_eight_and_the_next_address_does_not() {
        let attempts = Attempts::default();
        let (here, there) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for n in 0..8 {
            assert!(attempts.check("wang", here, Instant(n)).is_ok(), "{n}");
            attempts.wrong("wang", here, Instant(n));
        }
        assert!(matches!(attempts.check("wang", here, Instant(9)), Err(ApiError::TooMany(300))));
        assert!(attempts.check("wang", there, Instant(9)).is_ok());
        assert!(attempts.check("wang", here, Instant(WAIT.0)).is_ok());
    }

    #[test]
    fn many_logins_from_one_address_wait_too() {
        let attempts = Attempts::default();
        let here = IpAddr::from([10, 0, 0, 1]);
        for n in 0..40 {
            attempts.wrong(&format!("user{n}"), here, Instant(0));
        }
        assert!(matches!(attempts.check("somebody", here, Instant(1)), Err(ApiError::TooMany(_))));
    }
}
