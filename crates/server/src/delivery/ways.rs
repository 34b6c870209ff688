//! One's own ways of being told.

use crate::{problem::Answer, state::ServerState, who::Who, wire::Json};
use axum::extract::State;
use linli_api::{Problem, delivery::MyWays};
use linli_model::Diagnostic;
use linli_notice::ways::{Rest, Ways};
use linli_store::{Change, Commit};

fn shown(ways: Ways) -> MyWays {
    MyWays {
        email: ways.email.unwrap_or_default(),
        urgent_mail: ways.urgent_mail,
        rest: ways.rest.code().to_owned(),
    }
}

#[utoipa::path(get, path = "/session/ways", operation_id = "getMyWays", tag = "session", responses((status = 200, body = MyWays)))]
pub async fn get(State(state): State<ServerState>, who: Who) -> Answer<Json<MyWays>> {
    Ok(Json(shown(state.store.ways(who.user.id).await?)))
}

#[utoipa::path(post, path = "/session/ways", operation_id = "setMyWays", tag = "session", request_body = MyWays,
    responses((status = 200, body = MyWays), (status = 400, body = Problem)))]
pub async fn set(
    State(state): State<ServerState>,
    who: Who,
    Json(asked): Json<MyWays>,
) -> Answer<Json<MyWays>> {
    let email = asked.email.trim();
    if !email.is_empty() && !is_address(email) {
        let (zh, en) = ("邮箱地址不对,应为 name@example.cn", "expected a mail address like name@example.cn");
        return Err(Diagnostic::new("email_malformed", "email", zh, en).into());
    }
    let rest = Rest::find(&asked.rest).ok_or_else(|| {
        Diagnostic::new(
            "rest_unknown",
            "rest",
            "应为 inbox、mail 或 digest",
            "expected inbox, mail or digest",
        )
    })?;
    let needs = asked.urgent_mail || rest != Rest::Inbox;
    if email.is_empty() && needs {
        let (zh, en) = ("要用邮件,请先填邮箱地址", "enter an address before choosing mail");
        return Err(Diagnostic::new("email_missing", "email", zh, en).into());
    }
    let ways = Ways {
        email: Some(email.to_owned()).filter(|e| !e.is_empty()),
        urgent_mail: asked.urgent_mail,
        rest,
    };
    let changes = vec![Change::WaysSet { user: who.user.id, ways: ways.clone() }];
    state.store.commit(Commit { at: state.now(), changes, ..Commit::default() }).await?;
    Ok(Json(shown(ways)))
}

/// What a mail server is certain to refuse; the rest it says itself.
fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let plain =
        |t: &str| !t.is_empty() && t.chars().all(|c| c.is_ascii_graphic() && !"@,;<>()[]\"\\".contains(c));
    text.len() <= 200 && plain(name) && plain(domain) && domain.split('.').all(|p| !p.is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_that_no_server_takes_are_refused() {
        for good in ["a@b.example", "zhen.mou+linli@office.example", "root@localhost"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a@b..c", "a@b@c", "a b@c", "a@b\r\nbcc: x", "a,b@c", "甄@某"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
