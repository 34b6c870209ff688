//! Users and posts.

use crate::wire::Json;
use crate::{
    labels,
    problem::{Answer, ApiError},
    session::{check_password, hashed},
    state::ServerState,
    who::Who,
};
use axum::extract::{Path, State};
use http::StatusCode;
use linli_access::Action;
use linli_api::{
    Problem,
    session::MyPost,
    user::{AddPost, AddUser, RoleChoices, UserAccess, UserRow},
};
use linli_model::{Area, AreaId, AreaTree, Diagnostic, Post, PostId, Refusal, Role, UserId};
use linli_store::{Change, Commit, User};

fn row(user: &User, posts: &[Post], areas: &AreaTree, now: linli_model::Instant) -> UserRow {
    let posts = posts.iter().filter(|p| p.user == user.id && p.holds_at(now)).map(|p| MyPost {
        id: p.id.to_string(),
        role: labels::role(p.role),
        role_label: labels::role(p.role).label,
        area: p.area.to_string(),
        area_name: areas.find(&p.area).map(|a| a.name.clone()).unwrap_or_default(),
    });
    UserRow {
        id: user.id.to_string(),
        login: user.login.clone(),
        name: user.name.clone(),
        posts: posts.collect(),
        disabled: user.disabled,
    }
}

#[utoipa::path(get, path = "/roles", operation_id = "listRoles", tag = "users",
    responses((status = 200, body = RoleChoices), (status = 403, body = Problem)))]
pub async fn roles(State(state): State<ServerState>, who: Who) -> Answer<Json<RoleChoices>> {
    who.check_anywhere(&state, Action::UserWrite)?;
    let staff = Role::ALL.into_iter().filter(|r| *r != Role::Resident);
    Ok(Json(RoleChoices { roles: staff.map(labels::role).collect() }))
}

#[utoipa::path(get, path = "/users", operation_id = "listUsers", tag = "users",
    responses((status = 200, body = Vec<UserRow>), (status = 403, body = Problem)))]
pub async fn list(State(state): State<ServerState>, who: Who) -> Answer<Json<Vec<UserRow>>> {
    let mine = who.areas(&state, Action::UserWrite);
    who.check_anywhere(&state, Action::UserWrite)?;
    let (areas, users, posts) = (state.areas().await?, state.users().await?, state.store.posts().await?);
    // Those with a post in an area of mine, and those without any.
    let seen = |u: &&User| {
        let mut own = posts.iter().filter(|p| p.user == u.id).peekable();
        own.peek().is_none() || own.any(|p| mine.iter().any(|m| p.area_path.within(m)))
    };
    Ok(Json(users.values().filter(seen).map(|u| row(u, &posts, &areas, state.now())).collect()))
}

/// The role and area of a new post, both checked, in an area this person administers.
async fn wanted(state: &ServerState, who: &Who, role: &str, area: &str) -> Answer<(Role, Area)> {
    let areas = state.areas().await?;
    let found = areas.find(&AreaId::new(area)).cloned();
    let role = Role::find(role).filter(|r| *r != Role::Resident);
    match (role, found) {
        (Some(_), Some(area)) if areas.is_taken_over(&area.id) => Err(taken_over(&areas, &area).into()),
        (Some(role), Some(area)) => {
            who.check(state, Action::UserWrite, &areas.lies(&area))?;
            Ok((role, area))
        }
        (None, _) => {
            Err(Diagnostic::new("role_unknown", "role", "没有这个角色", "there is no such role").into())
        }
        (_, None) => {
            Err(Diagnostic::new("area_unknown", "area", "没有这个区域", "there is no such area").into())
        }
    }
}

/// Nobody begins in an area that is no more.
pub(super) fn taken_over(areas: &AreaTree, area: &Area) -> Diagnostic {
    let by = areas.today(&area.id).unwrap_or(area);
    Diagnostic::new(
        "area_taken_over",
        "area",
        format!("“{}”已由“{}”承接,请改填 {}", area.name, by.name, by.id),
        format!("{} was taken over by {}; give {} instead", area.name, by.name, by.id),
    )
}

/// The same bounds as for logins from a table.
pub(crate) fn check_login(login: &str, name: &str) -> Answer<String> {
    let login = login.trim().to_lowercase();
    let plain = login.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let mut wrong = Vec::new();
    if !plain || !(3..=32).contains(&login.len()) {
        let (zh, en) =
            ("账号应为 3 至 32 位字母、数字、点或横线", "expected 3 to 32 letters, digits, dots or hyphens");
        wrong.push(Diagnostic::new("login_malformed", "login", zh, en));
    }
    if name.trim().is_empty() || name.chars().count() > 50 {
        wrong.push(Diagnostic::new(
            "name_malformed",
            "name",
            "请填写姓名,最长 50 字",
            "a name has 1 to 50 characters",
        ));
    }
    if wrong.is_empty() { Ok(login) } else { Err(wrong.into()) }
}

#[utoipa::path(post, path = "/users", operation_id = "addUser", tag = "users", request_body = AddUser,
    responses((status = 200, body = UserRow), (status = 400, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn add(
    State(state): State<ServerState>,
    who: Who,
    Json(asked): Json<AddUser>,
) -> Answer<Json<UserRow>> {
    let (role, area) = wanted(&state, &who, &asked.role, &asked.area).await?;
    check_password(&asked.password)?;
    let login = check_login(&asked.login, &asked.name)?;
    let (now, seed) = (state.now(), state.fresh.seed());
    let user = User {
        id: seed.id("user"),
        login,
        name: asked.name.trim().to_owned(),
        password_hash: hashed(&state, asked.password).await?,
        disabled: false,
        created_at: now,
    };
    let post = Post {
        id: seed.id("post"),
        user: user.id,
        role,
        area: area.id,
        area_path: area.path,
        valid_from: now,
        valid_to: None,
        skills: Vec::new(),
    };
    let changes = vec![Change::UserSet(user.clone()), Change::PostSet(post.clone())];
    state.store.commit(Commit { at: now, changes, ..Commit::default() }).await?;
    state.forget_cached().await;
    let areas = state.areas().await?;
    Ok(Json(row(&user, &[post], &areas, now)))
}

/// Short words, as routing rules name them.
fn checked_skills(skills: Vec<String>) -> Answer<Vec<String>> {
    let mut skills: Vec<String> =
        skills.iter().map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect();
    skills.sort();
    skills.dedup();
    if skills.len() > 10 || skills.iter().any(|s| s.chars().count() > 20) {
        let (zh, en) = ("最多 10 项技能,每项最长 20 字", "at most 10 skills of up to 20 characters");
        return Err(Diagnostic::new("skills_malformed", "skills", zh, en).into());
    }
    Ok(skills)
}

#[utoipa::path(post, path = "/users/{id}/posts", operation_id = "addPost", tag = "users", params(("id" = String, Path)), request_body = AddPost,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn add_post(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    Json(asked): Json<AddPost>,
) -> Answer<StatusCode> {
    let user: UserId = id.parse().map_err(|_| ApiError::NotFound)?;
    let (role, area) = wanted(&state, &who, &asked.role, &asked.area).await?;
    let skills = checked_skills(asked.skills)?;
    state.store.user(user).await?.ok_or(ApiError::NotFound)?;
    let now = state.now();
    let post = Post {
        id: state.fresh.seed().id("post"),
        user,
        role,
        area: area.id,
        area_path: area.path,
        valid_from: now,
        valid_to: None,
        skills,
    };
    state.store.commit(Commit { at: now, changes: vec![Change::PostSet(post)], ..Commit::default() }).await?;
    state.forget_cached().await;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(delete, path = "/posts/{id}", operation_id = "endPost", tag = "users", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn end_post(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    let id: PostId = id.parse().map_err(|_| ApiError::NotFound)?;
    let posts = state.store.posts().await?;
    let post = posts.iter().find(|p| p.id == id).ok_or(ApiError::NotFound)?;
    who.check(&state, Action::UserWrite, &post.area_path)?;
    let change = Change::PostEnd { post: id, at: state.now() };
    state.store.commit(Commit { at: state.now(), changes: vec![change], ..Commit::default() }).await?;
    state.forget_cached().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes or opens an account, or gives it a first password again; its sessions end. Only for who administers every
/// area the user has a post in, and never for oneself.
#[utoipa::path(post, path = "/users/{id}/access", operation_id = "setUserAccess", tag = "users", params(("id" = String, Path)),
    request_body = UserAccess, responses((status = 204), (status = 400, body = Problem), (status = 403, body = Problem),
    (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn set_access(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
    Json(asked): Json<UserAccess>,
) -> Answer<StatusCode> {
    who.check_anywhere(&state, Action::UserWrite)?;
    let id: UserId = id.parse().map_err(|_| ApiError::NotFound)?;
    let mut user = state.store.user(id).await?.ok_or(ApiError::NotFound)?;
    let now = state.now();
    for post in state.store.posts_of(id).await?.iter().filter(|p| p.holds_at(now)) {
        who.check(&state, Action::UserWrite, &post.area_path)?;
    }
    if id == who.user.id {
        let (zh, en) = ("不能停用或重置自己的账号", "you cannot close or reset your own account");
        return Err(Refusal::new("own_account", zh, en).into());
    }
    if let Some(password) = asked.password {
        check_password(&password)?;
        user.password_hash = hashed(&state, password).await?;
    }
    user.disabled = asked.disabled;
    let changes = vec![Change::UserSet(user), Change::SessionsOfUserEnd { user: id }];
    state.store.commit(Commit { at: now, changes, ..Commit::default() }).await?;
    state.forget_cached().await;
    Ok(StatusCode::NO_CONTENT)
}
