//! Health and metrics.

use crate::state::ServerState;
use axum::{extract::State, response::IntoResponse};
use http::StatusCode;

pub async fn live() -> &'static str {
    "ok\n"
}

/// Whether requests can be served: the store answers.
pub async fn ready(State(state): State<ServerState>) -> impl IntoResponse {
    match state.store.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(fault) => {
            tracing::error!(%fault, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n".to_owned())
        }
    }
}

pub async fn metrics(State(state): State<ServerState>) -> impl IntoResponse {
    match &state.metrics {
        Some(handle) => (StatusCode::OK, handle.render()),
        None => (StatusCode::NOT_FOUND, String::new()),
    }
}
