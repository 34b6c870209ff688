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
use linli_casework::{CaseId, Opening, Origin, Photo, PhotoWhen, ReporterId, Shot, fact::Audience};
use linli_model::{AreaId, Diagnostic, format::phone::Phone};
use linli_store::{Change, Idempotency, Reporter};
use sha2::{Digest, Sha256};

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
    check_channel(&asked.channel)?;
    photos::check_known(&state, &asked.photos).await?;
    let seed = state.fresh.seed();
    let id: CaseId = seed.id("case");
    let (reporter, code) = reporter_of(&state, asked.reporter.as_ref(), &asked.channel, id)?;
    let place = if asked.place.trim().is_empty() {
        place_name(&areas, &area.id)
    } else {
        asked.place.trim().to_owned()
    };
    let opening = Opening {
        id,
        number: next_case_number(&state, &area.id).await?,
        class: asked.class.clone().filter(|c| !c.is_empty()).unwrap_or_else(|| "other".to_owned()),
        title: asked.text.trim().chars().take(40).collect(),
        text: asked.text.clone(),
        place,
        area: area.id.clone(),
        lon: asked.lon,
        lat: asked.lat,
        severity: None,
        origin: Origin::Report { channel: asked.channel.clone(), filed_by: Some(who.user.id) },
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
    let (case, again) = open_case(&state, &opening, &who.actor(), beside, idempotency).await?;
    Ok(Json(CaseFiled {
        id: case.id.to_string(),
        number: case.number.clone(),
        claim_code: code.filter(|_| !again),
        promised_by: promised_by(&case).map(|t| t.to_string()),
    }))
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
    let code = crate::public::claim_code(&state.fresh.bytes());
    let hash = crate::public::claim_hash(&state.secret, &code);
    let reporter = Reporter {
        id: state.fresh.seed().id::<ReporterId>("reporter"),
        case,
        channel: channel.to_owned(),
        claim_hash: Some(hash),
        name,
        phone,
        created_at: state.now(),
    };
    Ok((Some(reporter), Some(code)))
}
