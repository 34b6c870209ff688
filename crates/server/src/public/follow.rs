//! Following, rating and disputing with a claim code.
//!
//! Invariants
//! - FO1 Looking changes nothing: a rating or a dispute is a POST, whoever opens the link first.
//! - FO2 A code that cannot be one (its check symbol is wrong) is a slip: it is neither looked up nor counted.

use super::{
    Rooms,
    claim::ClaimCode,
    desk::{Claimed, Declined},
    follow_pages::{self, CHIPS, Followed, face_of, face_word},
    form::Sent,
    frame::error_page,
    steps::{code_hash, declined, failed},
    view::{self, Seen},
    visit::{Visit, pairs},
    words as w,
};
use axum::{
    extract::{Form, Path, State as Shared, rejection::FormRejection},
    response::Response,
};
use http::{StatusCode, Uri};
use linli_casework::{Command, case::Satisfied};
use linli_model::{Fault, Lang};
use std::{net::IpAddr, sync::Arc};

/// What looking up a code came to.
pub(super) enum Found {
    It(Box<Claimed>, ClaimCode),
    /// Not a code: a slip of the pen.
    Slip,
    Unknown,
    TooOften(i64),
    Fault(Fault),
}

/// Looks a typed code up, within the limits on wrong ones.
pub(super) async fn find(rooms: &Rooms, address: IpAddr, typed: &str) -> Found {
    let now = rooms.desk.now();
    let Some(code) = ClaimCode::read(typed) else { return Found::Slip };
    if let Err(often) = rooms.wrong_codes.check(address, now) {
        return Found::TooOften(often.retry_after_secs);
    }
    match rooms.desk.find(code_hash(rooms, &code)).await {
        Ok(Some(claimed)) if view::until(claimed.goes_on()).is_none_or(|until| now < until) => {
            Found::It(Box::new(claimed), code)
        }
        Ok(_) => {
            rooms.wrong_codes.count(address, now);
            Found::Unknown
        }
        Err(fault) => Found::Fault(fault),
    }
}

pub(super) fn seen_by(rooms: &Rooms, claimed: &Claimed, code: &ClaimCode, lang: Lang) -> Followed {
    let classes = rooms.desk.classes();
    let seen = Seen {
        now: rooms.desk.now(),
        zone: &rooms.zone,
        lang,
        class: classes.of(&claimed.case).label.clone(),
        rating_days: classes.for_case(claimed.goes_on()).rating_days,
    };
    view::followed(claimed, code, &seen)
}

/// The field for a code; with `?code=` on to the page of that code.
pub(super) async fn enter(Shared(_): Shared<Arc<Rooms>>, visit: Visit, uri: Uri) -> Response {
    let sent = Sent::from_pairs(pairs(&uri));
    let typed = sent.get("code");
    if typed.is_empty() {
        let html = follow_pages::enter(&visit.look, "", None);
        return visit.page(StatusCode::OK, html);
    }
    match ClaimCode::read(typed) {
        Some(code) => visit.see_other(&format!("/f/{}", code.grouped())),
        None => not_a_code(visit, typed),
    }
}

fn not_a_code(visit: Visit, typed: &str) -> Response {
    let html = follow_pages::enter(&visit.look, typed, Some(visit.look.say(w::ERROR_CODE_FORMAT)));
    visit.page(StatusCode::UNPROCESSABLE_ENTITY, html)
}

/// The case behind a code, or the page that says why not.
async fn get(
    rooms: &Rooms,
    visit: Visit,
    typed: &str,
) -> Result<(Box<Claimed>, ClaimCode, Visit), Box<Response>> {
    match find(rooms, visit.address, typed).await {
        Found::It(claimed, code) => Ok((claimed, code, visit)),
        Found::Slip => Err(Box::new(not_a_code(visit, typed))),
        Found::Unknown => {
            let html = follow_pages::enter(&visit.look, typed, Some(visit.look.say(w::ERROR_CODE_UNKNOWN)));
            Err(Box::new(visit.page(StatusCode::NOT_FOUND, html)))
        }
        Found::TooOften(secs) => Err(Box::new(visit.too_often(secs))),
        Found::Fault(fault) => Err(Box::new(failed(rooms, visit, &fault))),
    }
}

pub(super) async fn thanks(
    Shared(rooms): Shared<Arc<Rooms>>,
    Path(typed): Path<String>,
    visit: Visit,
    uri: Uri,
) -> Response {
    let (claimed, code, visit) = match get(&rooms, visit, &typed).await {
        Ok(found) => found,
        Err(page) => return *page,
    };
    let again = Sent::from_pairs(pairs(&uri)).get("again") == "1";
    let html = follow_pages::thanks(&visit.look, &seen_by(&rooms, &claimed, &code, visit.lang()), again);
    visit.page(StatusCode::OK, html)
}

pub(super) async fn show(
    Shared(rooms): Shared<Arc<Rooms>>,
    Path(typed): Path<String>,
    visit: Visit,
    uri: Uri,
) -> Response {
    let (claimed, code, visit) = match get(&rooms, visit, &typed).await {
        Ok(found) => found,
        Err(page) => return *page,
    };
    let followed = seen_by(&rooms, &claimed, &code, visit.lang());
    let said = said(&visit, Sent::from_pairs(pairs(&uri)).get("done"), &followed);
    let html = follow_pages::follow(&visit.look, &followed, said.as_deref(), None);
    visit.page(StatusCode::OK, html)
}

/// What the tap before this page did; told only where the case bears it out.
fn said(visit: &Visit, done: &str, followed: &Followed) -> Option<String> {
    match (done, followed.rated) {
        ("rated", Some(face)) => Some(w::RATED.fill(visit.lang(), &[visit.look.say(face_word(face))])),
        ("disputed", _) if !followed.can_dispute => Some(visit.look.say(w::DISPUTED).to_owned()),
        _ => None,
    }
}

/// A reloaded or shared address of a POST is the page itself.
pub(super) async fn back_to_show(
    Shared(_): Shared<Arc<Rooms>>,
    Path(typed): Path<String>,
    visit: Visit,
) -> Response {
    match ClaimCode::read(&typed) {
        Some(code) => visit.see_other(&format!("/f/{}", code.grouped())),
        None => not_a_code(visit, &typed),
    }
}

type PairsForm = Result<Form<Vec<(String, String)>>, FormRejection>;

pub(super) async fn rate(
    Shared(rooms): Shared<Arc<Rooms>>,
    Path(typed): Path<String>,
    visit: Visit,
    form: PairsForm,
) -> Response {
    let fields = form.map(|Form(f)| f).unwrap_or_default();
    let sent = Sent::from_pairs(fields);
    let Some(face) = face_of(sent.get("face")) else { return incomplete(visit) };
    let command = rating(face, flag(sent.get("solved")), flag(sent.get("treated_well")), sent.get("words"));
    act(&rooms, visit, &typed, sent.get("version"), command, "rated").await
}

pub(super) fn rating(
    satisfied: Satisfied,
    solved: Option<bool>,
    treated_well: Option<bool>,
    words: &str,
) -> Command {
    Command::Rate { solved, satisfied, treated_well, words: words.to_owned() }
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

pub(super) async fn dispute(
    Shared(rooms): Shared<Arc<Rooms>>,
    Path(typed): Path<String>,
    visit: Visit,
    form: PairsForm,
) -> Response {
    let fields = form.map(|Form(f)| f).unwrap_or_default();
    let sent = Sent::from_pairs(fields);
    let Some(reason) = chip(sent.get("chip")) else { return incomplete(visit) };
    let command = Command::Dispute { reason, words: sent.get("words").to_owned() };
    act(&rooms, visit, &typed, sent.get("version"), command, "disputed").await
}

/// A chip's words as the handler reads them; staff work in Chinese.
pub(super) fn chip(code: &str) -> Option<String> {
    CHIPS.iter().find(|(c, _)| *c == code).map(|(_, say)| say.get(Lang::Zh).to_owned())
}

async fn act(
    rooms: &Rooms,
    visit: Visit,
    typed: &str,
    version: &str,
    command: Command,
    done: &str,
) -> Response {
    let (claimed, code, visit) = match get(rooms, visit, typed).await {
        Ok(found) => found,
        Err(page) => return *page,
    };
    // Without a version (an old page, a link) the reporter acts on the present state.
    let version = version.parse().unwrap_or(claimed.goes_on().version);
    match rooms.desk.act(&claimed, version, command).await {
        Ok(()) => visit.see_other(&format!("/f/{}?done={done}", code.grouped())),
        Err(Declined::Stale) => {
            let html = follow_pages::follow(
                &visit.look,
                &seen_by(rooms, &claimed, &code, visit.lang()),
                None,
                Some(visit.look.say(w::ERROR_STALE)),
            );
            visit.page(StatusCode::CONFLICT, html)
        }
        Err(Declined::Refused(refusal)) => {
            let message = refusal.message.get(visit.lang()).to_owned();
            let followed = seen_by(rooms, &claimed, &code, visit.lang());
            let html = follow_pages::follow(&visit.look, &followed, None, Some(&message));
            visit.page(StatusCode::UNPROCESSABLE_ENTITY, html)
        }
        Err(other) => declined(rooms, visit, &other),
    }
}

fn incomplete(visit: Visit) -> Response {
    let html = error_page(&visit.look, visit.look.say(w::ERROR_FORM));
    visit.page(StatusCode::BAD_REQUEST, html)
}
