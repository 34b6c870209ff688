//! Who asks, and in which language: the extractors every endpoint begins with.

use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
};
use axum::{
    extract::{FromRequestParts, Request},
    middleware::Next,
    response::Response,
};
use axum_extra::extract::CookieJar;
use http::{Method, header, request::Parts};
use linli_access::{Action, Principal};
use linli_casework::ActorKind;
use linli_model::{AreaPath, Lang, Post, Refusal};
use linli_store::{Session, User};
use sha2::{Digest, Sha256};

pub const COOKIE: &str = "linli_session";
pub const CSRF_HEADER: &str = "x-linli-csrf";

tokio::task_local! {
    static LANG: Lang;
}

/// The language of the request at hand; the default outside of one.
pub fn lang() -> Lang {
    LANG.try_with(|l| *l).unwrap_or_default()
}

/// Sets the language for everything a request does, its errors included.
pub async fn speak(request: Request, next: Next) -> Response {
    let asked = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or("");
    let lang = if asked.trim_start().starts_with("en") { Lang::En } else { Lang::Zh };
    LANG.scope(lang, next.run(request)).await
}

/// Does something in a language, where it is no longer the request itself that does it.
pub(crate) async fn speaking<T>(lang: Lang, work: impl Future<Output = T>) -> T {
    LANG.scope(lang, work).await
}

/// How a token is kept: a hash, so that a copy of the database opens no session.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Who {
    pub user: User,
    /// What they hold now.
    pub posts: Vec<Post>,
    /// The same posts as rights, each also for what its area took over.
    pub principal: Principal,
    pub session: Session,
}

impl Who {
    pub async fn of(user: User, session: Session, state: &ServerState) -> Answer<Who> {
        let (now, areas) = (state.now(), state.areas().await?);
        let posts = state.store.posts_of(user.id).await?.into_iter();
        let posts: Vec<Post> = posts.filter(|p| p.holds_at(now)).collect();
        let principal = Principal { user: user.id, posts: areas.reaching(&posts) };
        Ok(Who { user, posts, principal, session })
    }
    pub fn actor(&self) -> ActorKind {
        ActorKind::User { user: self.user.id, posts: self.posts.clone() }
    }
    pub fn areas(&self, state: &ServerState, action: Action) -> Vec<AreaPath> {
        state.access.areas_for(&self.principal, action, state.now())
    }
    pub fn check(&self, state: &ServerState, action: Action, place: &AreaPath) -> Answer<()> {
        Ok(state.access.check(&self.principal, action, place, state.now())?)
    }
    /// For what lies nowhere in particular: some area will do.
    pub fn check_anywhere(&self, state: &ServerState, action: Action) -> Answer<()> {
        if self.areas(state, action).is_empty() {
            Err(ApiError::Forbidden(linli_access::forbidden()))
        } else {
            Ok(())
        }
    }
    /// The role by which somebody may do this there, for the access log.
    pub fn role_for(&self, state: &ServerState, action: Action, place: &AreaPath) -> String {
        let alone = |post: &Post| Principal { user: self.user.id, posts: vec![post.clone()] };
        let mut posts = self.principal.posts.iter();
        let by = posts.find(|p| state.access.allows(&alone(p), action, place, state.now()));
        let by = by.or(self.principal.posts.first());
        by.map(|p| p.role.as_str().to_owned()).unwrap_or_default()
    }
}

/// The session of a request's cookie, if it holds.
pub async fn session_of(parts: &Parts, state: &ServerState) -> Answer<Option<Who>> {
    let jar = CookieJar::from_headers(&parts.headers);
    let Some(cookie) = jar.get(COOKIE) else { return Ok(None) };
    let now = state.now();
    let session = state.store.session(&token_hash(cookie.value())).await?;
    let Some(session) = session.filter(|s| s.expires_at > now) else { return Ok(None) };
    let Some(user) = state.store.user(session.user).await?.filter(|u| !u.disabled) else { return Ok(None) };
    Ok(Some(Who::of(user, session, state).await?))
}

impl FromRequestParts<ServerState> for Who {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &ServerState) -> Result<Self, ApiError> {
        let who = session_of(parts, state).await?.ok_or(ApiError::SignedOut)?;
        let safe = parts.method == Method::GET || parts.method == Method::HEAD;
        let csrf = parts.headers.get(CSRF_HEADER).and_then(|v| v.to_str().ok()).unwrap_or("");
        if !safe && csrf != who.session.csrf {
            return Err(ApiError::Forbidden(Refusal::new(
                "csrf_missing",
                "页面已过期,请刷新后再操作",
                "the page is out of date; reload it and try again",
            )));
        }
        Ok(who)
    }
}

/// The key of an unsafe request that may be sent twice.
pub struct IdempotencyKey(pub Option<String>);

impl FromRequestParts<ServerState> for IdempotencyKey {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &ServerState) -> Result<Self, ApiError> {
        let key = parts.headers.get("idempotency-key").and_then(|v| v.to_str().ok()).map(str::trim);
        match key {
            Some(k) if k.len() > 200 => Err(ApiError::Wrong(vec![linli_model::Diagnostic::new(
                "idempotency_key_too_long",
                "Idempotency-Key",
                "Idempotency-Key 最长 200 个字符",
                "an Idempotency-Key has at most 200 characters",
            )])),
            key => Ok(IdempotencyKey(key.filter(|k| !k.is_empty()).map(str::to_owned))),
        }
    }
}
