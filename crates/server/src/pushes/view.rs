//! One push: its numbers, and for a day what each person answered (PE2).

use super::{area_name, found, reply_label, row, user_name};
use crate::{
    labels::say,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
    wire::Json,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{
    Coded, Problem,
    push::{PushReply, PushView},
};
use linli_model::{Instant, Text};
use linli_notice::push::{Asked, NAMED_FOR};

#[utoipa::path(get, path = "/pushes/{id}", operation_id = "getPush", tag = "pushes", params(("id" = String, Path)),
    responses((status = 200, body = PushView), (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<PushView>> {
    let record = found(&state, &id).await?;
    who.check(&state, Action::PushSend, &record.push.area_path).map_err(|_| ApiError::NotFound)?;
    let (areas, users) = (state.areas().await?, state.users().await?);
    let names_until = record.push.created_at + NAMED_FOR;
    let mut people: Vec<PushReply> = Vec::new();
    if state.now() < names_until {
        people.extend(record.people.iter().filter(|a| a.user != record.push.sender).map(|a| {
            let (state, at) = state_of(a);
            PushReply {
                name: user_name(&users, a.user),
                area_name: area_name(&areas, &a.branch),
                state,
                at: at.map(|t| t.to_string()),
                called: a.level > 0,
            }
        }));
    }
    // By place and name, as a list to phone along; never by who answered first.
    people.sort_by(|a, b| (a.called, &a.area_name, &a.name).cmp(&(b.called, &b.area_name, &b.name)));
    Ok(Json(PushView { push: row(&record, &areas, &users), people, names_until: names_until.to_string() }))
}

fn state_of(asked: &Asked) -> (Coded, Option<Instant>) {
    if let Some(reply) = asked.reply {
        return (reply_label(reply), asked.replied_at);
    }
    let (code, zh, en, at) = match (asked.seen_at, asked.delivered_at) {
        (Some(at), _) => ("seen", "已看", "Seen", Some(at)),
        (None, Some(at)) => ("delivered", "已送达", "Delivered", Some(at)),
        (None, None) => ("waiting", "未送达", "Not delivered yet", None),
    };
    (Coded::new(code, say(&Text::new(zh, en))), at)
}
