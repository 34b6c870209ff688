//! Filing a case: by staff on the way, or for somebody at the window or on the phone.

use super::carry::{next_case_number, open_case, promised_by};
use crate::wire::Json;
use crate::{
    photos,
    problem::{Answer, ApiError},
    public::desk::place_name,
    state::ServerState,
    who::{IdempotencyKey, Who},
};
use axum::extract::State;
use linli_access::Action;
use linli_api::{
    Problem,
    case::{CaseFiled, FileCase, ReporterContact},
};
use linli_casework::{
    CaseId, HOTLINE, Opening, Order, Origin, Photo, PhotoWhen, ReporterId, Shot, fact::Audience,
};
use linli_model::{AreaId, Diagnostic, Refusal, format::phone::Phone};
use linli_store::{Change, Idempotency, Reporter};
use sha2::{Digest, Sha256};

/// Through which somebody may be filed for, or join; an order of the hotline is filed with its number.
const CHANNELS: [&str; 6] = ["window", "phone", "cadre", "patrol", "volunteer", "police"];

pub(super) fn check_channel(channel: &str) -> Answer<()> {
    if CHANNELS.contains(&channel) {
        return Ok(());
    }
    let (zh, en) = (
        "来源应为 window、phone、cadre、patrol、volunteer 或 police",
        "expected window, phone, cadre, patrol, volunteer or police",
    );
    Err(Diagnostic::new("channel_unknown", "channel", zh, en).into())
}

#[utoipa::path(post, path = "/cases", operation_id = "fileCase", tag = "cases", request_body = FileCase,
    responses((status = 200, body = CaseFiled), (status = 400, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    who: Who,
    IdempotencyKey(key): IdempotencyKey,
    Json(asked): Json<FileCase>,
) -> Answer<Json<CaseFiled>> {
    let areas = state.areas().await?;
    let area = areas.find(&AreaId::new(&asked.area)).ok_or_else(|| {
        ApiError::from(Diagnostic::new(
            "area_unknown",
            "area",
            "没有这个区域,请重新选择",
            "there is no such area; choose again",
        ))
    })?;
    who.check(&state, Action::CaseFile, &areas.lies(area))?;
    let order = order_of(&state, &asked)?;
    photos::check_known(&state, &asked.photos).await?;
    let fresh = || state.fresh.seed().id_of_day("case", state.now());
    let id: CaseId = order.as_ref().map_or_else(fresh, |o| Order::case_id(HOTLINE, &o.number));
    // Somebody called: an order has a reporter, even where the hotline does not say who.
    let nameless = ReporterContact::default();
    let contact = asked.reporter.as_ref().or_else(|| order.as_ref().map(|_| &nameless));
    let (reporter, code) = reporter_of(&state, contact, &asked.channel, id)?;
    let place = if asked.place.trim().is_empty() {
        place_name(&areas, &area.id)
    } else {
        asked.place.trim().to_owned()
    };
    let opening = Opening {
        id,
        number: next_case_number(&state, &area.id).await?,
        class: class_of(&asked, order.as_ref()),
        title: title_of(&asked.text, order.is_some()),
        text: asked.text.clone(),
        place,
        area: area.id.clone(),
        lon: asked.lon,
        lat: asked.lat,
        severity: None,
        origin: Origin::Report { channel: asked.channel.clone(), filed_by: Some(who.user.id), order },
        subject: None,
        reporters: reporter.iter().map(|r| r.id).collect(),
        photos: asked
            .photos
            .iter()
            .map(|id| Photo {
                blob: id.clone(),
                when: PhotoWhen::Before,
                audience: Audience::Internal,
                shot: Shot::default(),
            })
            .collect(),
    };
    let idempotency = key.map(|key| Idempotency {
        key: format!("{}:{key}", who.user.id),
        request: hex::encode(Sha256::digest(format!("{asked:?}"))),
        body: id.to_string(),
    });
    let beside = reporter.into_iter().map(Change::ReporterAdd).collect();
    let (case, again) = match open_case(&state, &opening, &who.actor(), beside, idempotency).await {
        Err(ApiError::Stale) => return Err(filed_already(&state, id).await?),
        done => done?,
    };
    Ok(Json(CaseFiled {
        id: case.id.to_string(),
        number: case.number.clone(),
        claim_code: code.filter(|_| !again),
        promised_by: promised_by(&case).map(|t| t.to_string()),
    }))
}

/// The order as it is kept; none for what does not come from the hotline.
fn order_of(state: &ServerState, asked: &FileCase) -> Answer<Option<Order>> {
    match &asked.order {
        Some(filed) if asked.channel == HOTLINE => {
            let received_at = filed.received_at.trim().parse().map_err(|_| {
                let (zh, en) = (
                    "派单时间应如 2026-11-23T09:00:00+08:00",
                    "expected a time like 2026-11-23T09:00:00+08:00",
                );
                Diagnostic::new("order_time_malformed", "order.received_at", zh, en)
            })?;
            let order = Order { number: filed.number.clone(), received_at, kind: filed.kind.clone() };
            Ok(Some(order.checked(&state.classes, state.now())?))
        }
        None if asked.channel == HOTLINE => {
            let (zh, en) = (
                "12345 工单须填写工单号、派单时间和工单类别",
                "an order of the hotline needs its number, its time and its kind",
            );
            Err(Diagnostic::new("order_missing", "order", zh, en).into())
        }
        Some(_) => {
            let (zh, en) =
                ("只有来源为 hotline_12345 时才填写工单", "expected only with the channel hotline_12345");
            Err(Diagnostic::new("order_unexpected", "order", zh, en).into())
        }
        None => check_channel(&asked.channel).map(|()| None),
    }
}

/// What it is about; an order that is about nothing we have a class for is of its kind.
fn class_of(asked: &FileCase, order: Option<&Order>) -> String {
    let named = asked.class.clone().filter(|c| !c.is_empty());
    named.unwrap_or_else(|| order.map_or("other", |o| &o.kind).to_owned())
}

/// The beginning of what was said. The hotline's own remarks stand in 【…】 and are no part of it.
fn title_of(text: &str, is_order: bool) -> String {
    const CHARS: usize = 40;
    let mut title = String::new();
    let mut inside = false;
    for c in text.trim().chars() {
        match c {
            '【' if is_order => inside = true,
            '】' if inside => inside = false,
            _ if inside => {}
            c => title.push(c),
        }
    }
    let whole = if title.trim().is_empty() { text } else { &title };
    whole.trim().chars().take(CHARS).collect()
}

/// The number is there; under which case it is, everybody who files orders may know.
async fn filed_already(state: &ServerState, id: CaseId) -> Answer<ApiError> {
    let Some(case) = state.store.case(id).await? else { return Ok(ApiError::Stale) };
    let number = case.order().map_or_else(|| case.number.clone(), |o| o.number.clone());
    Ok(ApiError::Conflict(Refusal::new(
        "order_filed_already",
        format!("工单 {number} 已登记为案件 {},没有重复登记", case.number),
        format!("order {number} is filed already as case {}; nothing was filed twice", case.number),
    )))
}

/// The longest name of a reporter; rare and combined characters count as they are written.
const NAME_CHARS_MAX: usize = 50;

/// What turns the direction of what stands beside it, or is not seen at all.
fn hides(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The person it is filed for, with a claim code to take home; none when nobody was named.
pub(super) fn reporter_of(
    state: &ServerState,
    contact: Option<&ReporterContact>,
    channel: &str,
    case: CaseId,
) -> Answer<(Option<Reporter>, Option<String>)> {
    let Some(contact) = contact else { return Ok((None, None)) };
    let phone = match contact.phone.trim() {
        "" => String::new(),
        text => Phone::parse(text)?.as_str().to_owned(),
    };
    let name = contact.name.trim().to_owned();
    if name.chars().count() > NAME_CHARS_MAX {
        let (zh, en) =
            (format!("最长 {NAME_CHARS_MAX} 字"), format!("expected at most {NAME_CHARS_MAX} characters"));
        return Err(Diagnostic::new("name_too_long", "reporter.name", zh, en).into());
    }
    if name.chars().any(hides) {
        let (zh, en) =
            ("含有看不见的控制字符,请重新输入", "it holds invisible control characters; type it anew");
        return Err(Diagnostic::new("name_malformed", "reporter.name", zh, en).into());
    }
    // Who called the hotline is not here to take a code home: they are called, or answered over the hotline.
    let code = (channel != HOTLINE).then(|| crate::public::claim_code(&state.fresh.bytes()));
    let claim_hash = code.as_ref().map(|code| crate::public::claim_hash(&state.secret, code));
    let reporter = Reporter {
        id: state.fresh.seed().id::<ReporterId>("reporter"),
        case,
        channel: channel.to_owned(),
        claim_hash,
        name,
        phone,
        created_at: state.now(),
    };
    Ok((Some(reporter), code))
}
