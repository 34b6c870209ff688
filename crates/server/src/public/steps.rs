//! The steps of a report: what each screen needs, and where it leads.
//!
//! Invariants
//! - SP1 What is missing leads to the screen that asks for it; what is wrong is shown on the screen it was
//!   typed on, with everything kept.
//! - SP2 The state of an unsent report is its address: going back and reloading work, nothing is stored here.

use super::{
    Rooms,
    claim::{ClaimCode, keyed},
    desk::{Declined, find_place, opening_area, photo_ids, place_name, report_of},
    follow_pages::State,
    form::{self, Sent, SentPhoto},
    frame::{Draft, error_page},
    places::{choice, estates},
    report_pages::{self, Chosen, Near, Spot, Tile, Typed},
    view,
    visit::{Visit, pairs},
    words::{self as w, Say},
};
use axum::{
    extract::{Form, Multipart, State as Shared, multipart::MultipartRejection, rejection::FormRejection},
    response::Response,
};
use http::{StatusCode, Uri};
use linli_casework::{CaseId, Class, ClassTable};
use linli_model::{AreaId, AreaLevel, AreaTree, Fault};
use std::sync::Arc;

/// Words of a report, in characters.
pub(super) const WORDS_CHARS_MAX: usize = 1_000;

pub(super) async fn first(Shared(rooms): Shared<Arc<Rooms>>, visit: Visit, uri: Uri) -> Response {
    let mut draft = draft_of(&Sent::from_pairs(pairs(&uri)), &rooms);
    let areas = match rooms.desk.areas().await {
        Ok(areas) => areas,
        Err(fault) => return failed(&rooms, visit, &fault),
    };
    draft.is_new = false;
    first_page(&rooms, visit, &areas, &draft, None)
}

fn first_page(rooms: &Rooms, visit: Visit, areas: &AreaTree, draft: &Draft, wrong: Option<&str>) -> Response {
    let classes = rooms.desk.classes();
    // A class that is no tile (complaints) is offered when the address asks for it.
    let asked = classes.find(&draft.class).filter(|c| c.tile.is_none());
    let tiles: Vec<Tile> = asked.into_iter().chain(classes.tiles()).map(tile).collect();
    let place =
        draft.place.as_ref().filter(|id| find_place(areas, id).is_some()).map(|id| place_name(areas, id));
    let html = report_pages::first(&visit.look, draft, place.as_deref(), &tiles, wrong);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    visit.page(status, html)
}

pub(super) async fn photo_and_class(
    Shared(rooms): Shared<Arc<Rooms>>,
    visit: Visit,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let sent = match form {
        Ok(form) => form::read(form).await,
        Err(_) => Err(form::Broken { too_large: false }),
    };
    let sent = match sent {
        Ok(sent) => sent,
        Err(broken) => return unreadable(visit, broken.too_large),
    };
    let mut draft = draft_of(&sent, &rooms);
    let areas = match rooms.desk.areas().await {
        Ok(areas) => areas,
        Err(fault) => return failed(&rooms, visit, &fault),
    };
    match take_photos(&rooms, &visit, sent.photos, &mut draft).await {
        Ok(()) => {}
        Err(Declined::Wrong(wrong)) => {
            let message = wrong.message.get(visit.lang()).to_owned();
            return first_page(&rooms, visit, &areas, &draft, Some(&message));
        }
        Err(other) => return declined(&rooms, visit, &other),
    }
    if rooms.desk.classes().find(&draft.class).is_none() {
        let message = visit.look.say(w::ERROR_CLASS);
        return first_page(&rooms, visit, &areas, &draft, Some(message));
    }
    let next = if draft.place.as_ref().is_some_and(|id| find_place(&areas, id).is_some()) {
        "/r/words"
    } else {
        "/r/place"
    };
    visit.see_other(&draft.address(next))
}

async fn take_photos(
    rooms: &Rooms,
    visit: &Visit,
    photos: Vec<SentPhoto>,
    draft: &mut Draft,
) -> Result<(), Declined> {
    for photo in photos {
        let now = rooms.desk.now();
        if let Err(often) = rooms.photos.check(visit.address, now) {
            let minutes = often.retry_after_secs.max(1).unsigned_abs().div_ceil(60).to_string();
            return Err(Declined::Wrong(wrong("too_often", "photo", w::ERROR_TOO_OFTEN, &minutes)));
        }
        rooms.photos.count(visit.address, now);
        let bytes = match photo {
            SentPhoto::Whole(bytes) => bytes.to_vec(),
            SentPhoto::TooLarge => {
                let mb = (form::PHOTO_BYTES_MAX / 1024 / 1024).to_string();
                return Err(Declined::Wrong(wrong("photo_too_large", "photo", w::ERROR_TOO_LARGE, &mb)));
            }
        };
        let id = rooms.desk.take_photo(bytes).await?;
        if draft.photos.len() < form::PHOTOS_MAX && !draft.photos.contains(&id) {
            draft.photos.push(id);
        }
    }
    Ok(())
}

pub(super) async fn place(Shared(rooms): Shared<Arc<Rooms>>, visit: Visit, uri: Uri) -> Response {
    let sent = Sent::from_pairs(pairs(&uri));
    let draft = draft_of(&sent, &rooms);
    let classes = rooms.desk.classes();
    let Some(class) = classes.find(&draft.class) else { return visit.see_other(&draft.address("/r")) };
    let areas = match rooms.desk.areas().await {
        Ok(areas) => areas,
        Err(fault) => return failed(&rooms, visit, &fault),
    };
    let at = Some(sent.get("at")).filter(|at| !at.is_empty()).map(AreaId::new);
    let choice = choice(&areas, at.as_ref(), visit.last_place.as_ref());
    let html = report_pages::place(&visit.look, &draft, &choice, class.danger);
    visit.page(StatusCode::OK, html)
}

pub(super) async fn words(Shared(rooms): Shared<Arc<Rooms>>, mut visit: Visit, uri: Uri) -> Response {
    let draft = draft_of(&Sent::from_pairs(pairs(&uri)), &rooms);
    let areas = match rooms.desk.areas().await {
        Ok(areas) => areas,
        Err(fault) => return failed(&rooms, visit, &fault),
    };
    let classes = rooms.desk.classes();
    let Some(class) = classes.find(&draft.class) else { return visit.see_other(&draft.address("/r")) };
    let Some(area) = draft.place.as_ref().and_then(|id| find_place(&areas, id)) else {
        return visit.see_other(&draft.address("/r/place"));
    };
    visit.remember_place(&area.id);
    if !draft.is_new {
        match rooms.desk.near(&class.code, area).await {
            Ok(near) if !near.is_empty() => {
                let shown: Vec<Near> = near.iter().map(|case| near_of(case, class, &rooms, &visit)).collect();
                let html = report_pages::neighbours(&visit.look, &draft, &shown, class.danger);
                return visit.page(StatusCode::OK, html);
            }
            Ok(_) => {}
            // Not knowing the neighbours' reports is no reason to refuse this one.
            Err(fault) => tracing::warn!(%fault, "cannot look for reports near by"),
        }
    }
    let place = place_name(&areas, &area.id);
    last_page(visit, &draft, class, &place, &Typed::default(), None)
}

fn near_of(case: &linli_casework::Case, class: &Class, rooms: &Rooms, visit: &Visit) -> Near {
    Near {
        case: case.id.to_string(),
        number: case.number.clone(),
        class: class.label.clone(),
        place: case.place.clone(),
        since: view::day_and_time(case.opened_at, rooms.desk.now(), &rooms.zone, visit.lang()),
        state: State::word(view::state(case.stage.code(), false)).get(visit.lang()),
        reporters: u32::try_from(case.reporters.len()).unwrap_or(u32::MAX),
    }
}

fn last_page(
    visit: Visit,
    draft: &Draft,
    class: &Class,
    place: &str,
    typed: &Typed,
    wrong: Option<&str>,
) -> Response {
    let chosen = Chosen { class: &class.label, place, danger: class.danger };
    let html = report_pages::last(&visit.look, draft, &chosen, typed, wrong);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    visit.page(status, html)
}

type PairsForm = Result<Form<Vec<(String, String)>>, FormRejection>;

pub(super) async fn send(Shared(rooms): Shared<Arc<Rooms>>, visit: Visit, form: PairsForm) -> Response {
    let Ok(Form(fields)) = form else { return unreadable(visit, false) };
    let sent = Sent::from_pairs(fields);
    let draft = draft_of(&sent, &rooms);
    let areas = match rooms.desk.areas().await {
        Ok(areas) => areas,
        Err(fault) => return failed(&rooms, visit, &fault),
    };
    let classes = rooms.desk.classes();
    let Some(class) = classes.find(&draft.class) else { return visit.see_other(&draft.address("/r")) };
    let Some(area) = draft.place.as_ref().and_then(|id| find_place(&areas, id)) else {
        return visit.see_other(&draft.address("/r/place"));
    };
    let place = place_name(&areas, &area.id);
    let typed = Typed { words: sent.get("words").to_owned(), phone: sent.get("phone").to_owned() };
    if let Some(wrong) = mistake(&typed, &visit) {
        return last_page(visit, &draft, class, &place, &typed, Some(&wrong));
    }
    let at = opening_area(&areas, area, &class.code).clone();
    let mut report = report_of(&sent, at, place.clone());
    report.token.clone_from(&draft.token);
    match register(&rooms, &visit, report).await {
        Ok(address) => visit.see_other(&address),
        Err(Unregistered::TooOften(secs)) => visit.too_often(secs),
        Err(Unregistered::Declined(Declined::Refused(refusal))) => {
            let message = refusal.message.get(visit.lang()).to_owned();
            last_page(visit, &draft, class, &place, &typed, Some(&message))
        }
        Err(Unregistered::Declined(Declined::Wrong(wrong))) => {
            let message = wrong.message.get(visit.lang()).to_owned();
            last_page(visit, &draft, class, &place, &typed, Some(&message))
        }
        Err(Unregistered::Declined(other)) => declined(&rooms, visit, &other),
    }
}

/// What is wrong with what was typed, in words.
fn mistake(typed: &Typed, visit: &Visit) -> Option<String> {
    let count = typed.words.chars().count();
    if count > WORDS_CHARS_MAX {
        return Some(w::ERROR_WORDS_LONG.fill(visit.lang(), &[&count.to_string()]));
    }
    let phone_wrong = !typed.phone.is_empty() && form::phone_number(&typed.phone).is_none();
    phone_wrong.then(|| visit.look.say(w::ERROR_PHONE).to_owned())
}

pub(super) enum Unregistered {
    TooOften(i64),
    Declined(Declined),
}

/// Registers a report; gives the address of its thank-you page.
async fn register(rooms: &Rooms, visit: &Visit, report: super::desk::Report) -> Result<String, Unregistered> {
    let now = rooms.desk.now();
    rooms.reports.check(visit.address, now).map_err(|t| Unregistered::TooOften(t.retry_after_secs))?;
    let code = code_for(rooms, &report.token);
    let (_, was_there) =
        rooms.desk.open(report, code_hash(rooms, &code)).await.map_err(Unregistered::Declined)?;
    if !was_there {
        rooms.reports.count(visit.address, now);
    }
    Ok(format!("/r/thanks/{}{}", code.grouped(), if was_there { "?again=1" } else { "" }))
}

pub(super) fn code_for(rooms: &Rooms, token: &str) -> ClaimCode {
    ClaimCode::for_token(&rooms.desk.secret(), token)
}

/// What the store looks a code up by (CC2).
pub(super) fn code_hash(rooms: &Rooms, code: &ClaimCode) -> [u8; 32] {
    keyed(&rooms.desk.secret(), "claim-lookup", code.as_str().as_bytes())
}

pub(super) async fn join(Shared(rooms): Shared<Arc<Rooms>>, visit: Visit, form: PairsForm) -> Response {
    let Ok(Form(fields)) = form else { return unreadable(visit, false) };
    let sent = Sent::from_pairs(fields);
    let draft = draft_of(&sent, &rooms);
    let Ok(case) = sent.get("case").parse::<CaseId>() else { return unreadable(visit, false) };
    let now = rooms.desk.now();
    if let Err(often) = rooms.reports.check(visit.address, now) {
        return visit.too_often(often.retry_after_secs);
    }
    // Only what the neighbours' page showed can be joined: a case's id alone opens nothing (DK2).
    let near = match rooms.desk.areas().await {
        Ok(areas) => match draft.place.as_ref().and_then(|id| find_place(&areas, id)) {
            Some(area) => rooms.desk.near(&draft.class, area).await,
            None => Ok(Vec::new()),
        },
        Err(fault) => Err(fault),
    };
    match near {
        Ok(near) if near.iter().any(|c| c.id == case) => {}
        Ok(_) => return visit.see_other(&draft.address("/r/words")),
        Err(fault) => return failed(&rooms, visit, &fault),
    }
    let code = code_for(&rooms, &draft.token);
    match rooms.desk.join(case, &draft.token, code_hash(&rooms, &code)).await {
        Ok(_) => {
            rooms.reports.count(visit.address, now);
            visit.see_other(&format!("/r/thanks/{}", code.grouped()))
        }
        Err(why) => declined(&rooms, visit, &why),
    }
}

pub(super) async fn call_back(Shared(rooms): Shared<Arc<Rooms>>, visit: Visit) -> Response {
    let token = rooms.desk.token();
    call_back_page(&rooms, visit, &token, None, "", None).await
}

async fn call_back_page(
    rooms: &Rooms,
    visit: Visit,
    token: &str,
    chosen: Option<&AreaId>,
    phone: &str,
    wrong: Option<&str>,
) -> Response {
    let areas = match rooms.desk.areas().await {
        Ok(areas) => areas,
        Err(fault) => return failed(rooms, visit, &fault),
    };
    let spots: Vec<Spot> = estates(&areas)
        .into_iter()
        .map(|a| Spot { id: a.id.clone(), name: a.name.clone(), is_leaf: false })
        .collect();
    let home = visit
        .last_place
        .as_ref()
        .and_then(|id| areas.find_at_level(id, AreaLevel::Estate))
        .map(|a| a.id.clone());
    let html = report_pages::call_back(&visit.look, token, &spots, chosen.or(home.as_ref()), phone, wrong);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    visit.page(status, html)
}

pub(super) async fn send_call_back(
    Shared(rooms): Shared<Arc<Rooms>>,
    visit: Visit,
    form: PairsForm,
) -> Response {
    let Ok(Form(fields)) = form else { return unreadable(visit, false) };
    let sent = Sent::from_pairs(fields);
    let token = draft_of(&sent, &rooms).token;
    let areas = match rooms.desk.areas().await {
        Ok(areas) => areas,
        Err(fault) => return failed(&rooms, visit, &fault),
    };
    let chosen = AreaId::new(sent.get("place"));
    let typed = sent.get("phone").to_owned();
    let wrong = match (form::phone_number(&typed), find_place(&areas, &chosen)) {
        (None, _) if typed.is_empty() => Some(w::ERROR_PHONE_NEEDED),
        (None, _) => Some(w::ERROR_PHONE),
        (_, None) => Some(w::ERROR_PLACE),
        _ => None,
    };
    if let Some(wrong) = wrong {
        let wrong = visit.look.say(wrong);
        return call_back_page(&rooms, visit, &token, Some(&chosen), &typed, Some(wrong)).await;
    }
    let Some(area) = find_place(&areas, &chosen) else { return unreadable(visit, false) };
    let mut report = report_of(&sent, area.clone(), place_name(&areas, &area.id));
    report.token.clone_from(&token);
    report.class = call_back_class(&rooms.desk.classes());
    report.words = w::CALL_BACK_TEXT.get(linli_model::Lang::Zh).to_owned();
    match register(&rooms, &visit, report).await {
        Ok(address) => visit.see_other(&address),
        Err(Unregistered::TooOften(secs)) => visit.too_often(secs),
        Err(Unregistered::Declined(why)) => declined(&rooms, visit, &why),
    }
}

/// The class of a call-back request, where the table has one.
fn call_back_class(classes: &ClassTable) -> String {
    let own = classes.classes.iter().find(|c| c.code.split('.').any(|part| part == "call_back"));
    own.map_or("other", |c| &c.code).to_owned()
}

fn tile(class: &Class) -> Tile {
    Tile { code: class.code.clone(), label: class.label.clone(), danger: class.danger }
}

/// The draft an address or a form carries; a token that is none of ours is replaced.
fn draft_of(sent: &Sent, rooms: &Rooms) -> Draft {
    let token =
        Some(sent.get("k")).filter(|k| form::is_token(k)).map_or_else(|| rooms.desk.token(), str::to_owned);
    Draft {
        token,
        class: sent.get("class").to_owned(),
        place: Some(sent.get("place")).filter(|p| !p.is_empty()).map(AreaId::new),
        photos: photo_ids(sent.get("photos")),
        is_new: sent.get("new") == "1",
    }
}

fn wrong(code: &str, field: &str, say: Say, value: &str) -> linli_model::Diagnostic {
    use linli_model::Lang;
    linli_model::Diagnostic::new(code, field, say.fill(Lang::Zh, &[value]), say.fill(Lang::En, &[value]))
}

fn unreadable(visit: Visit, too_large: bool) -> Response {
    let message = if too_large {
        w::ERROR_TOO_LARGE.fill(visit.lang(), &[&(form::BODY_BYTES_MAX / 1024 / 1024).to_string()])
    } else {
        visit.look.say(w::ERROR_FORM).to_owned()
    };
    let html = error_page(&visit.look, &message);
    visit.page(if too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST }, html)
}

/// The world failed: an error number for the telephone, the details for the log.
pub(super) fn failed(rooms: &Rooms, visit: Visit, fault: &Fault) -> Response {
    let token = rooms.desk.token();
    let number = token.get(..8).unwrap_or(&token);
    tracing::error!(%fault, number, "a resident's request failed");
    let message = w::ERROR_FAULT.fill(visit.lang(), &[number]);
    let html = error_page(&visit.look, &message);
    visit.page(StatusCode::SERVICE_UNAVAILABLE, html)
}

pub(super) fn declined(rooms: &Rooms, visit: Visit, why: &Declined) -> Response {
    let (status, message) = match why {
        Declined::Refused(refusal) => {
            (StatusCode::UNPROCESSABLE_ENTITY, refusal.message.get(visit.lang()).to_owned())
        }
        Declined::Wrong(wrong) => {
            (StatusCode::UNPROCESSABLE_ENTITY, wrong.message.get(visit.lang()).to_owned())
        }
        Declined::Stale => (StatusCode::CONFLICT, visit.look.say(w::ERROR_STALE).to_owned()),
        Declined::Fault(fault) => return failed(rooms, visit, fault),
    };
    let html = error_page(&visit.look, &message);
    visit.page(status, html)
}
