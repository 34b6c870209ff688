//! The same as the pages, for programs: the embedding app of a district, the phone entry, tests.
//!
//! Invariants
//! - JS1 Every answer that is no success is an RFC 9457 problem with a code, in the language of the request.
//! - JS2 A report without an idempotency key gets a token of its own: sent twice, it is two reports.

use super::{
    Rooms,
    desk::{Declined, Report, find_place, opening_area, place_name},
    follow::{Found, chip, find, rating, seen_by},
    follow_pages::{Followed, face_of},
    form::{self, Sent, SentPhoto},
    steps::{WORDS_CHARS_MAX, code_for, code_hash},
    visit::address,
    words as w,
};
use axum::{
    Json,
    extract::{
        ConnectInfo, FromRequest, Multipart, Path, Request, State as Shared, rejection::JsonRejection,
    },
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use linli_api::{
    FieldProblem, Page, Problem,
    area::AreaRow,
    case::{CaseFiled, ClassView},
    public::{DisputeRequest, FollowStep, FollowView, RateRequest},
};
use linli_casework::{
    Class, Command,
    class::category::{Scheme, is_local},
};
use linli_model::{AreaId, AreaLevel, Lang};
use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use utoipa::{OpenApi, ToSchema};

/// Who asks, and in which language they are answered.
pub(crate) struct Caller {
    lang: Lang,
    address: IpAddr,
    key: String,
}

impl axum::extract::FromRequestParts<Arc<Rooms>> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        _: &Arc<Rooms>,
    ) -> Result<Self, std::convert::Infallible> {
        let text = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let lang = if text("accept-language").starts_with("en") { Lang::En } else { Lang::Zh };
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Caller { lang, address: address(&parts.headers, peer), key: text("idempotency-key").to_owned() })
    }
}

/// A report as JSON; the multipart form has the same fields and `photo` files.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReportRequest {
    class: String,
    area: String,
    text: String,
    phone: String,
}

/// What is described of the public endpoints in the API's document.
#[derive(OpenApi)]
#[openapi(paths(classes, places, report, show, rate, dispute), components(schemas(ReportRequest)))]
struct Document;

/// The public endpoints' part of the API's document, without the prefix of all endpoints.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

fn problem(caller: &Caller, status: StatusCode, code: &str, detail: String, field: &str) -> Response {
    let errors = if field.is_empty() {
        Vec::new()
    } else {
        vec![FieldProblem { field: field.to_owned(), code: code.to_owned(), message: detail.clone() }]
    };
    let problem = Problem {
        kind: format!("urn:linli:problem:{code}"),
        title: w::ERROR_TITLE.get(caller.lang).to_owned(),
        status: status.as_u16(),
        code: code.to_owned(),
        detail,
        errors,
    };
    let kind = HeaderValue::from_static("application/problem+json");
    (status, [(header::CONTENT_TYPE, kind)], Json(problem)).into_response()
}

fn too_often(caller: &Caller, secs: i64) -> Response {
    let minutes = secs.max(1).unsigned_abs().div_ceil(60).to_string();
    let detail = w::ERROR_TOO_OFTEN.fill(caller.lang, &[&minutes]);
    let mut response = problem(caller, StatusCode::TOO_MANY_REQUESTS, "too_often", detail, "");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs.max(1)));
    response
}

fn declined(caller: &Caller, why: &Declined) -> Response {
    match why {
        Declined::Refused(r) => problem(
            caller,
            StatusCode::UNPROCESSABLE_ENTITY,
            &r.code,
            r.message.get(caller.lang).to_owned(),
            "",
        ),
        Declined::Wrong(d) => {
            let detail = d.message.get(caller.lang).to_owned();
            problem(caller, StatusCode::UNPROCESSABLE_ENTITY, &d.code, detail, &d.field)
        }
        Declined::Stale => {
            problem(caller, StatusCode::CONFLICT, "stale", w::ERROR_STALE.get(caller.lang).to_owned(), "")
        }
        Declined::Fault(fault) => failed(caller, fault),
    }
}

fn failed(caller: &Caller, fault: &linli_model::Fault) -> Response {
    tracing::error!(%fault, "a public request failed");
    let detail = w::ERROR_FAULT.fill(caller.lang, &[fault.code()]);
    problem(caller, StatusCode::SERVICE_UNAVAILABLE, fault.code(), detail, "")
}

#[utoipa::path(get, path = "/public/classes", tag = "public", responses((status = 200, body = Page<ClassView>)))]
pub(super) async fn classes(Shared(rooms): Shared<Arc<Rooms>>, caller: Caller) -> Json<Page<ClassView>> {
    let classes = rooms.desk.classes();
    let levels = |c: &Class, scheme| {
        let levels = classes.levels(c, scheme);
        levels.iter().map(|l| l.label.get(caller.lang).to_owned()).collect()
    };
    let items = classes.tiles().into_iter().map(|c| ClassView {
        code: c.code.clone(),
        label: c.label.get(caller.lang).to_owned(),
        tile: c.tile,
        danger: c.danger,
        levels: levels(c, Scheme::Standard),
        hotline: levels(c, Scheme::Hotline),
        order: c.order,
        is_local: c.standard_code.as_deref().is_some_and(is_local),
        standard_code: c.standard_code.clone(),
    });
    Json(Page { items: items.collect(), next_cursor: None })
}

/// Estates, buildings and doors; never dwellings.
#[utoipa::path(get, path = "/public/places", tag = "public", responses((status = 200, body = Page<AreaRow>)))]
pub(super) async fn places(Shared(rooms): Shared<Arc<Rooms>>, caller: Caller) -> Response {
    let areas = match rooms.desk.areas().await {
        Ok(areas) => areas,
        Err(fault) => return failed(&caller, &fault),
    };
    let items = areas
        .in_force()
        .filter(|a| (AreaLevel::Estate..=AreaLevel::Doorway).contains(&a.level))
        .map(|a| {
            let (level, zh, en) = level_words(a.level);
            AreaRow {
                id: a.id.as_str().to_owned(),
                level: level.to_owned(),
                level_label: if caller.lang == Lang::Zh { zh } else { en }.to_owned(),
                name: a.name.clone(),
                parent: a
                    .parent
                    .as_ref()
                    .filter(|_| a.level > AreaLevel::Estate)
                    .and_then(|p| areas.today(p))
                    .map(|p| p.id.as_str().to_owned()),
                took_over: Vec::new(),
            }
        })
        .collect();
    Json(Page { items, next_cursor: None }).into_response()
}

fn level_words(level: AreaLevel) -> (&'static str, &'static str, &'static str) {
    match level {
        AreaLevel::Estate => ("estate", "小区", "Estate"),
        AreaLevel::Building => ("building", "楼", "Building"),
        _ => ("doorway", "门栋", "Doorway"),
    }
}

/// A report without an account. The multipart form has the same fields and `photo` files. Under one
/// `Idempotency-Key` of 20 characters or more it is registered once.
#[utoipa::path(post, path = "/public/reports", tag = "public", request_body = ReportRequest, responses(
    (status = 201, body = CaseFiled), (status = 200, body = CaseFiled, description = "registered before"),
    (status = 422, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn report(Shared(rooms): Shared<Arc<Rooms>>, caller: Caller, request: Request) -> Response {
    let (asked, photos) = match read_report(request).await {
        Ok(read) => read,
        Err(detail) => return problem(&caller, StatusCode::BAD_REQUEST, "body_malformed", detail, ""),
    };
    let now = rooms.desk.now();
    if let Err(often) = rooms.reports.check(caller.address, now) {
        return too_often(&caller, often.retry_after_secs);
    }
    if let Some((code, say, field)) = mistake(&rooms, &asked) {
        return problem(
            &caller,
            StatusCode::UNPROCESSABLE_ENTITY,
            code,
            say.get(caller.lang).to_owned(),
            field,
        );
    }
    let areas = match rooms.desk.areas().await {
        Ok(areas) => areas,
        Err(fault) => return failed(&caller, &fault),
    };
    let Some(area) = find_place(&areas, &AreaId::new(&asked.area)) else {
        let detail = w::ERROR_PLACE.get(caller.lang).to_owned();
        return problem(&caller, StatusCode::UNPROCESSABLE_ENTITY, "area_unknown", detail, "area");
    };
    let mut ids = Vec::new();
    for photo in photos {
        let taken = match photo {
            SentPhoto::Whole(bytes) => rooms.desk.take_photo(bytes.to_vec()).await,
            SentPhoto::TooLarge => {
                let mb = (form::PHOTO_BYTES_MAX / 1024 / 1024).to_string();
                let detail = w::ERROR_TOO_LARGE.fill(caller.lang, &[&mb]);
                return problem(
                    &caller,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "photo_too_large",
                    detail,
                    "photo",
                );
            }
        };
        match taken {
            Ok(id) => ids.push(id),
            Err(why) => return declined(&caller, &why),
        }
    }
    let token = if form::is_token(&caller.key) { caller.key.clone() } else { rooms.desk.token() };
    let report = Report {
        token: token.clone(),
        area: opening_area(&areas, area, &asked.class).clone(),
        class: asked.class,
        place: place_name(&areas, &area.id),
        words: asked.text,
        phone: form::phone_number(&asked.phone),
        photos: ids,
        channel: "web",
    };
    let code = code_for(&rooms, &token);
    match rooms.desk.open(report, code_hash(&rooms, &code)).await {
        Ok((case, was_there)) => {
            if !was_there {
                rooms.reports.count(caller.address, now);
            }
            let promised = case.promises.iter().filter(|p| p.is_open()).map(|p| p.due_at).max();
            let filed = CaseFiled {
                id: case.id.to_string(),
                number: case.number.clone(),
                claim_code: Some(code.grouped()),
                promised_by: promised.map(|at| at.to_string()),
            };
            (if was_there { StatusCode::OK } else { StatusCode::CREATED }, Json(filed)).into_response()
        }
        Err(why) => declined(&caller, &why),
    }
}

/// Both kinds of body; what is wrong with it is said in the parser's words.
async fn read_report(request: Request) -> Result<(ReportRequest, Vec<SentPhoto>), String> {
    if !is_multipart(request.headers()) {
        let body = Json::<ReportRequest>::from_request(request, &()).await;
        return body.map(|Json(r)| (r, Vec::new())).map_err(|e: JsonRejection| e.body_text());
    }
    let form = Multipart::from_request(request, &()).await.map_err(|e| e.body_text())?;
    let sent: Sent =
        form::read(form).await.map_err(|b| if b.too_large { "too large" } else { "cut short" }.to_owned())?;
    let text = |name: &str| sent.get(name).to_owned();
    let asked =
        ReportRequest { class: text("class"), area: text("area"), text: text("text"), phone: text("phone") };
    Ok((asked, sent.photos))
}

fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.starts_with("multipart/form-data")
}

fn mistake(rooms: &Rooms, asked: &ReportRequest) -> Option<(&'static str, super::words::Say, &'static str)> {
    if rooms.desk.classes().find(&asked.class).is_none() {
        return Some(("class_unknown", w::ERROR_CLASS, "class"));
    }
    if asked.text.chars().count() > WORDS_CHARS_MAX {
        return Some(("text_too_long", w::ERROR_TEXT_LONG, "text"));
    }
    let phone_wrong = !asked.phone.is_empty() && form::phone_number(&asked.phone).is_none();
    phone_wrong.then_some(("phone_malformed", w::ERROR_PHONE, "phone"))
}

/// The reporter's view of the case behind a claim code.
#[utoipa::path(get, path = "/public/reports/{code}", tag = "public", params(("code" = String, Path)), responses(
    (status = 200, body = FollowView), (status = 404, body = Problem), (status = 422, body = Problem),
    (status = 429, body = Problem)))]
pub(super) async fn show(
    Shared(rooms): Shared<Arc<Rooms>>,
    Path(typed): Path<String>,
    caller: Caller,
) -> Response {
    match found(&rooms, &caller, &typed).await {
        Ok((claimed, code)) => {
            let mut response =
                Json(view(&seen_by(&rooms, &claimed, &code, caller.lang), caller.lang)).into_response();
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
            response
        }
        Err(response) => *response,
    }
}

type Claim = (Box<super::desk::Claimed>, super::claim::ClaimCode);

async fn found(rooms: &Rooms, caller: &Caller, typed: &str) -> Result<Claim, Box<Response>> {
    let (status, code, say) = match find(rooms, caller.address, typed).await {
        Found::It(claimed, code) => return Ok((claimed, code)),
        Found::TooOften(secs) => return Err(Box::new(too_often(caller, secs))),
        Found::Fault(fault) => return Err(Box::new(failed(caller, &fault))),
        Found::Slip => (StatusCode::UNPROCESSABLE_ENTITY, "claim_code_malformed", w::ERROR_CODE_FORMAT),
        Found::Unknown => (StatusCode::NOT_FOUND, "claim_code_unknown", w::ERROR_CODE_UNKNOWN),
    };
    Err(Box::new(problem(caller, status, code, say.get(caller.lang).to_owned(), "code")))
}

fn view(case: &Followed, lang: Lang) -> FollowView {
    FollowView {
        number: case.number.clone(),
        state: case.state.code().to_owned(),
        state_label: case.state.word().get(lang).to_owned(),
        class_label: case.class.get(lang).to_owned(),
        place: case.place.clone(),
        promised_by: case.promised_at.map(|at| at.to_string()),
        delay_reason: case.delay.as_ref().map(|d| d.get(lang).to_owned()),
        answer: case.answer.clone(),
        can_rate: case.can_rate,
        can_dispute: case.can_dispute,
        neighbours: case.neighbours,
        steps: case
            .steps
            .iter()
            .map(|s| FollowStep {
                at: s.at.to_string(),
                who: s.role.get(lang).to_owned(),
                text: s.text.get(lang).to_owned(),
            })
            .collect(),
    }
}

#[utoipa::path(post, path = "/public/reports/{code}/rating", tag = "public", params(("code" = String, Path)),
    request_body = RateRequest, responses((status = 200, body = FollowView), (status = 409, body = Problem),
    (status = 422, body = Problem)))]
pub(super) async fn rate(
    Shared(rooms): Shared<Arc<Rooms>>,
    Path(typed): Path<String>,
    caller: Caller,
    body: Result<Json<RateRequest>, JsonRejection>,
) -> Response {
    let asked = match body {
        Ok(Json(asked)) => asked,
        Err(e) => return problem(&caller, StatusCode::BAD_REQUEST, "body_malformed", e.body_text(), ""),
    };
    let Some(face) = face_of(&asked.satisfied) else {
        let detail = w::RATE_TITLE.get(caller.lang).to_owned();
        return problem(&caller, StatusCode::UNPROCESSABLE_ENTITY, "satisfied_unknown", detail, "satisfied");
    };
    let command = rating(face, asked.solved, asked.treated_well, &asked.words);
    act(&rooms, &caller, &typed, command).await
}

#[utoipa::path(post, path = "/public/reports/{code}/dispute", tag = "public", params(("code" = String, Path)),
    request_body = DisputeRequest, responses((status = 200, body = FollowView), (status = 409, body = Problem),
    (status = 422, body = Problem)))]
pub(super) async fn dispute(
    Shared(rooms): Shared<Arc<Rooms>>,
    Path(typed): Path<String>,
    caller: Caller,
    body: Result<Json<DisputeRequest>, JsonRejection>,
) -> Response {
    let asked = match body {
        Ok(Json(asked)) => asked,
        Err(e) => return problem(&caller, StatusCode::BAD_REQUEST, "body_malformed", e.body_text(), ""),
    };
    let Some(reason) = chip(&asked.reason) else {
        let detail = w::DISPUTE_TITLE.get(caller.lang).to_owned();
        return problem(&caller, StatusCode::UNPROCESSABLE_ENTITY, "reason_unknown", detail, "reason");
    };
    act(&rooms, &caller, &typed, Command::Dispute { reason, words: asked.words }).await
}

async fn act(rooms: &Rooms, caller: &Caller, typed: &str, command: Command) -> Response {
    let (claimed, code) = match found(rooms, caller, typed).await {
        Ok(found) => found,
        Err(response) => return *response,
    };
    if let Err(why) = rooms.desk.act(&claimed, claimed.goes_on().version, command).await {
        return declined(caller, &why);
    }
    match found(rooms, caller, typed).await {
        Ok((after, _)) => {
            Json(view(&seen_by(rooms, &after, &code, caller.lang), caller.lang)).into_response()
        }
        Err(response) => *response,
    }
}
