//! The first administrator of an empty installation, with the one-time token printed on its console.

use crate::wire::Json;
use crate::{
    admin::users::check_login,
    problem::{Answer, ApiError},
    session::{check_password, hashed},
    state::ServerState,
};
use axum::extract::State;
use http::StatusCode;
use linli_api::{Problem, session::SetupAdministrator};
use linli_model::{Area, AreaId, AreaLevel, AreaPath, Diagnostic, Post, Refusal, Role};
use linli_store::{Change, Commit, Guard, User};

#[utoipa::path(post, path = "/setup/administrator", operation_id = "setUpAdministrator", tag = "setup", request_body = SetupAdministrator,
    responses((status = 204), (status = 400, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    Json(asked): Json<SetupAdministrator>,
) -> Answer<StatusCode> {
    if state.setup_token.is_empty() || asked.token.trim() != state.setup_token {
        return Err(Refusal::new(
            "setup_token_wrong",
            "一次性设置口令不对,请查看启动日志中的链接",
            "the one-time token is wrong; look for the link in the start-up log",
        )
        .into());
    }
    check_password(&asked.password)?;
    let login = check_login(&asked.login, &asked.name)?;
    let code = asked.area_code.trim();
    if code.is_empty() || code.contains('/') || asked.area_name.trim().is_empty() {
        let (zh, en) = (
            "请填写最高一级区域的编码(不含 /)和名称",
            "give the code (without /) and the name of the top area",
        );
        return Err(Diagnostic::new("area_wrong", "area_code", zh, en).into());
    }
    let now = state.now();
    let seed = state.fresh.seed();
    let id = AreaId::new(code);
    let path = AreaPath::root(&id);
    let area = Area {
        id: id.clone(),
        level: AreaLevel::Street,
        name: asked.area_name.trim().to_owned(),
        parent: None,
        path: path.clone(),
    };
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
        role: Role::Administrator,
        area: id,
        area_path: path,
        valid_from: now,
        valid_to: None,
        skills: Vec::new(),
    };
    let commit = Commit {
        at: now,
        guards: vec![Guard::NoUsers],
        changes: vec![Change::AreaSet(area), Change::UserSet(user), Change::PostSet(post)],
        idempotency: None,
    };
    state.store.commit(commit).await.map_err(|e| match ApiError::from(e) {
        ApiError::Stale => ApiError::Conflict(Refusal::new(
            "set_up_already",
            "管理员已设置,请登录",
            "it is set up already; sign in",
        )),
        other => other,
    })?;
    state.forget_cached().await;
    Ok(StatusCode::NO_CONTENT)
}
