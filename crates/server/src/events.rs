//! Live updates: server-sent events, cut to the areas of who listens.
//!
//! An event only says what changed; the page asks for it. Events may be missed (a slow page skips to the newest),
//! so pages also ask when they come back into view.

use crate::{
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::Stream;
use linli_access::Action;
use linli_model::{AreaPath, UserId};
use serde::Serialize;
use std::{convert::Infallible, time::Duration};
use tokio::sync::broadcast;
use tokio_stream::{StreamExt, wrappers::BroadcastStream};

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

fn concerns(event: &PageEvent, me: UserId, areas: &[AreaPath]) -> bool {
    match event {
        PageEvent::Case { area, owner, .. } => *owner == me || areas.iter().any(|a| area.within(a)),
        PageEvent::Notice { user, .. } => *user == me,
    }
}

pub async fn get(
    State(state): State<ServerState>,
    who: Who,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let areas = who.areas(&state, Action::CaseRead);
    let me = who.user.id;
    let events = BroadcastStream::new(state.events.listen()).filter_map(move |event| match event {
        Ok(event) if concerns(&event, me, &areas) => {
            let name = match event {
                PageEvent::Case { .. } => "case",
                PageEvent::Notice { .. } => "notice",
            };
            Some(Ok(Event::default().event(name).data(serde_json::to_string(&event).unwrap_or_default())))
        }
        Ok(_) => None,
        // Missed some: the page is told to look at everything again.
        Err(_) => Some(Ok(Event::default().event("refresh").data("{}"))),
    });
    let hello = tokio_stream::once(Ok(Event::default().event("hello").data("{}")));
    let stream = hello.chain(events);
    Ok::<_, ApiError>(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
