//! Live updates: server-sent events, cut to the areas of who listens.
//!
//! An event only says what changed; the page asks for it. Events may be missed (a slow page skips to the newest),
//! so pages also ask when they come back into view. A stream ends after [`STREAM`] and with the session: the page
//! connects anew by itself, and by then a right that has ended is gone.

use crate::{problem::Answer, state::ServerState, who::Who};
use axum::{
    extract::State,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use linli_access::Action;
use linli_model::{AreaPath, UserId};
use serde::Serialize;
use std::{convert::Infallible, time::Duration};
use tokio::sync::broadcast;
use tokio_stream::{StreamExt, wrappers::BroadcastStream};

/// How long one stream lasts.
const STREAM: Duration = Duration::from_secs(600);

/// Something pages may want to know.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PageEvent {
    Case {
        id: String,
        version: u32,
        stage: &'static str,
        #[serde(skip)]
        area: AreaPath,
        #[serde(skip)]
        owner: UserId,
    },
    Notice {
        id: String,
        #[serde(skip)]
        user: UserId,
    },
    /// The numbers of a push have changed.
    Push {
        id: String,
        #[serde(skip)]
        area: AreaPath,
        #[serde(skip)]
        sender: UserId,
    },
}

#[derive(Clone)]
pub struct EventBus(broadcast::Sender<PageEvent>);

impl Default for EventBus {
    fn default() -> Self {
        EventBus(broadcast::channel(1024).0)
    }
}

impl EventBus {
    /// Nobody listening is no failure.
    pub fn tell(&self, event: PageEvent) {
        let _ = self.0.send(event);
    }
    pub fn listen(&self) -> broadcast::Receiver<PageEvent> {
        self.0.subscribe()
    }
}

fn concerns(event: &PageEvent, me: UserId, areas: &[AreaPath], pushes: &[AreaPath]) -> bool {
    match event {
        PageEvent::Push { area, sender, .. } => *sender == me || pushes.iter().any(|a| area.within(a)),
        PageEvent::Case { area, owner, .. } => *owner == me || areas.iter().any(|a| area.within(a)),
        PageEvent::Notice { user, .. } => *user == me,
    }
}

/// `case`, `notice`, `push`, `refresh` (some were missed: look at everything again) and `hello` when it begins.
#[utoipa::path(get, path = "/events", operation_id = "listen", tag = "events",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn get(State(state): State<ServerState>, who: Who) -> Answer<impl IntoResponse> {
    let areas = who.areas(&state, Action::CaseRead);
    let pushes = who.areas(&state, Action::PushSend);
    let (me, ends) = (who.user.id, who.session.expires_at);
    let events = BroadcastStream::new(state.events.listen());
    let named = move |event: Result<PageEvent, _>| match event {
        Ok(event) if concerns(&event, me, &areas, &pushes) => {
            let name = match event {
                PageEvent::Case { .. } => "case",
                PageEvent::Notice { .. } => "notice",
                PageEvent::Push { .. } => "push",
            };
            let data = serde_json::to_string(&event).unwrap_or_default();
            Some(Ok::<_, Infallible>(Event::default().event(name).data(data)))
        }
        Ok(_) => None,
        Err(_) => Some(Ok(Event::default().event("refresh").data("{}"))),
    };
    let live = events.take_while(move |_| state.now() < ends).filter_map(named);
    let hello = tokio_stream::once(Ok(Event::default().event("hello").data("{}")));
    let stream = futures::StreamExt::take_until(hello.chain(live), tokio::time::sleep(STREAM));
    // A proxy that gathers the answer before it passes it on would keep pages waiting for ever.
    let headers = [("x-accel-buffering", "no"), ("cache-control", "no-cache, no-transform")];
    Ok((headers, Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))))
}
