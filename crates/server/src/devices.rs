//! Devices: what does not speak first; adding one, and the credential it speaks with.

use crate::wire::{Json, Query};
use crate::{
    cases::view::area,
    labels,
    ports::token,
    problem::{Answer, ApiError},
    state::ServerState,
    who::Who,
};
use axum::extract::{Path, State};
use linli_access::Action;
use linli_api::{Page, Problem, device::*, page::Coded, rule::RuleRow};
use linli_history::HistoryQuery;
use linli_intake::SecretKey;
use linli_model::{
    AreaId, Device, DeviceId, DeviceState, Diagnostic, Instant, Measure, Millis, RegistryChange, SourceId,
    Subject, SubjectKind,
};
use linli_rule::ValueKind;
use linli_store::{
    Change, Commit, Credential, DeviceFilter, DeviceLearned, DeviceRecord, DeviceWatch, PageAsk,
};
use std::collections::BTreeMap;

/// The most points of one measure on a device's page.
const POINTS_MAX: usize = 500;

fn row(state: &ServerState, r: &DeviceRecord, areas: &linli_model::AreaTree) -> DeviceRow {
    let now = state.now();
    DeviceRow {
        id: r.device.id.to_string(),
        name: r.device.name.clone(),
        class: labels::device_class(r.device.class),
        area: area(areas, &r.device.area),
        source: r.device.source.to_string(),
        state: labels::watch(r.watch(now)),
        last_seen: r.last_seen.map(|t| t.to_string()),
        silent_for_secs: r.last_seen.map(|t| ((now - t).0 / 1000).max(0)),
        battery_pct: r.battery_pct,
        lon: r.device.lon,
        lat: r.device.lat,
    }
}

#[utoipa::path(get, path = "/devices", operation_id = "listDevices", tag = "devices", params(DeviceQuery),
    responses((status = 200, body = Page<DeviceRow>), (status = 403, body = Problem)))]
pub async fn list(
    State(state): State<ServerState>,
    who: Who,
    Query(q): Query<DeviceQuery>,
) -> Answer<Json<Page<DeviceRow>>> {
    who.check_anywhere(&state, Action::DeviceRead)?;
    let areas = state.areas().await?;
    let watch = q.state.as_deref().and_then(|code| labels::WATCHES.iter().find(|w| w.1 == code)).map(|w| w.0);
    let mut within = who.areas(&state, Action::DeviceRead);
    if let Some(id) = q.area.as_ref().filter(|id| !id.is_empty()) {
        let asked = areas.find(&AreaId::new(id)).ok_or_else(|| {
            Diagnostic::new("area_unknown", "area", "没有这个区域", "there is no such area")
        })?;
        // What is asked for and what is theirs: the narrower of the two.
        let reach = areas.reach(&asked.id);
        let theirs = |path: &linli_model::AreaPath| within.iter().any(|w| path.within(w));
        let narrower = within.iter().filter(|w| reach.iter().any(|r| w.within(r)));
        within = reach.iter().filter(|r| theirs(r)).chain(narrower).cloned().collect();
    }
    let filter = DeviceFilter {
        within,
        watch,
        class: q.class.as_deref().and_then(labels::find_device_class),
        text: q.q.filter(|t| !t.is_empty()),
        now: state.now(),
    };
    let page = PageAsk { after: q.cursor, limit: q.limit.unwrap_or(50) };
    let found = state.store.devices(&filter, &page).await?;
    let items = found.items.iter().map(|r| row(&state, r, &areas)).collect();
    Ok(Json(Page { items, next_cursor: found.next }))
}

#[utoipa::path(get, path = "/devices/summary", operation_id = "summariseDevices", tag = "devices",
    responses((status = 200, body = Vec<DeviceSummary>), (status = 403, body = Problem)))]
pub async fn summary(State(state): State<ServerState>, who: Who) -> Answer<Json<Vec<DeviceSummary>>> {
    who.check_anywhere(&state, Action::DeviceRead)?;
    let within = who.areas(&state, Action::DeviceRead);
    let mut classes: BTreeMap<linli_model::DeviceClass, (u64, u64, u64)> = BTreeMap::new();
    for r in state.store.all_devices().await? {
        if !within.iter().any(|a| r.device.area_path.within(a)) {
            continue;
        }
        let entry = classes.entry(r.device.class).or_default();
        match r.watch(state.now()) {
            DeviceWatch::Retired => continue,
            DeviceWatch::Online => entry.1 += 1,
            DeviceWatch::Silent => entry.2 += 1,
            _ => {}
        }
        entry.0 += 1;
    }
    let rows = classes.into_iter().map(|(class, (total, online, silent))| DeviceSummary {
        class: labels::device_class(class),
        total,
        online,
        silent,
    });
    Ok(Json(rows.collect()))
}

async fn seen(state: &ServerState, who: &Who, id: &str, action: Action) -> Answer<DeviceRecord> {
    let record = state.store.device(&DeviceId::new(id)).await?.ok_or(ApiError::NotFound)?;
    who.check(state, action, &record.device.area_path).map_err(|_| ApiError::NotFound)?;
    Ok(record)
}

#[utoipa::path(get, path = "/devices/{id}", operation_id = "getDevice", tag = "devices", params(("id" = String, Path)),
    responses((status = 200, body = DeviceView), (status = 404, body = Problem)))]
pub async fn view(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<DeviceView>> {
    let record = seen(&state, &who, &id, Action::DeviceRead).await?;
    let areas = state.areas().await?;
    let in_home = record
        .device
        .subject
        .as_ref()
        .is_some_and(|s| matches!(s.kind, SubjectKind::Dwelling | SubjectKind::Person));
    let now = state.now();
    let query = HistoryQuery::between(now - Millis::days(7), now + Millis::minutes(5))
        .of_device(record.device.id.clone());
    let series = series_of(&state, &query, in_home).await?;
    let hears =
        |r: &RuleRow| record.device.measures.iter().any(|m| r.measures.iter().any(|h| h == m.as_str()));
    let rules = crate::rules::list::in_force(&state, &who).await?.into_iter().filter(hears);
    let learned = record.learned;
    let is_learned = record.device.silence_secs_max.is_none() && learned.silence_secs.is_some();
    Ok(Json(DeviceView {
        rules: rules.map(|r| Coded::new(&r.rule, r.name)).collect(),
        row: row(&state, &record, &areas),
        purpose: record.device.purpose.clone(),
        measures: record.device.measures.iter().map(|m| m.to_string()).collect(),
        silence_secs_max: record.silence_secs_max(),
        silence_from: labels::silence_from(&record),
        silence_since: learned.silence_since.filter(|_| is_learned).map(|t| t.to_string()),
        clock_offset_ms: learned.clock_offset_ms,
        clock_since: learned.clock_since.filter(|_| learned.clock_offset_ms.is_some()).map(|t| t.to_string()),
        capacity: record.device.capacity,
        subject: record.device.subject.as_ref().map(|s| s.to_string()),
        series,
        by_day: in_home,
    }))
}

/// What the history has, by measure: days only for homes, thinned for everything else.
pub(crate) async fn series_of(
    state: &ServerState,
    query: &HistoryQuery,
    in_home: bool,
) -> Answer<Vec<Series>> {
    let mut series: BTreeMap<Measure, Vec<(Instant, f64)>> = BTreeMap::new();
    for p in state.history.series(query).await? {
        if let Some(value) = p.value.number() {
            series.entry(p.measure).or_default().push((p.observed_at, value));
        }
    }
    let shown = series.into_iter().map(|(measure, points)| {
        let known = state.catalogue.find(measure.as_str());
        let per_day = in_home || known.is_some_and(|m| matches!(m.kind, ValueKind::Flag));
        Series {
            unit: known.map(|m| m.unit.clone()).unwrap_or_default(),
            measure: measure.to_string(),
            per_day,
            points: if per_day { by_day(state, points) } else { thinned(points) },
        }
    });
    Ok(shown.collect())
}

/// How many readings a day: what may be shown of a home (G13).
fn by_day(state: &ServerState, points: Vec<(Instant, f64)>) -> Vec<SeriesPoint> {
    let mut days: BTreeMap<String, f64> = BTreeMap::new();
    for (at, _) in points {
        *days.entry(at.day_in(state.zone()).to_string()).or_default() += 1.0;
    }
    days.into_iter().map(|(at, value)| SeriesPoint { at, value }).collect()
}

fn thinned(points: Vec<(Instant, f64)>) -> Vec<SeriesPoint> {
    let step = points.len().div_ceil(POINTS_MAX).max(1);
    points.into_iter().step_by(step).map(|(at, value)| SeriesPoint { at: at.to_string(), value }).collect()
}

/// The classes a device can be of.
#[utoipa::path(get, path = "/devices/classes", operation_id = "listDeviceClasses", tag = "devices",
    responses((status = 200, body = Vec<Coded>), (status = 403, body = Problem)))]
pub async fn classes(State(state): State<ServerState>, who: Who) -> Answer<Json<Vec<Coded>>> {
    who.check_anywhere(&state, Action::DeviceRead)?;
    Ok(Json(labels::device_classes()))
}

#[utoipa::path(post, path = "/devices", operation_id = "addDevice", tag = "devices", request_body = AddDevice,
    responses((status = 200, body = DeviceRow), (status = 400, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem)))]
pub async fn add(
    State(state): State<ServerState>,
    who: Who,
    Json(asked): Json<AddDevice>,
) -> Answer<Json<DeviceRow>> {
    let areas = state.areas().await?;
    let wrong = |field: &str, zh: String, en: String| Diagnostic::new("device_wrong", field, zh, en);
    let Some(place) = areas.find(&AreaId::new(&asked.area)) else {
        return Err(wrong("area", "没有这个区域".into(), "there is no such area".into()).into());
    };
    who.check(&state, Action::DeviceWrite, &place.path)?;
    let mut mistakes = Vec::new();
    let class = labels::find_device_class(&asked.class);
    if class.is_none() {
        mistakes.push(wrong(
            "class",
            format!("没有“{}”这类设备", asked.class),
            format!("there is no class \"{}\"", asked.class),
        ));
    }
    for (field, text) in [("id", &asked.id), ("source", &asked.source), ("purpose", &asked.purpose)] {
        if text.trim().is_empty() {
            mistakes.push(wrong(field, "必填".into(), "must be filled in".into()));
        }
    }
    for measure in &asked.measures {
        if state.catalogue.find(measure).is_none() {
            mistakes.push(wrong(
                "measures",
                format!("没有“{measure}”这个量"),
                format!("there is no measure \"{measure}\""),
            ));
        }
    }
    let subject = match asked.subject.as_deref().map(str::parse::<Subject>).transpose() {
        Ok(subject) => subject,
        Err(e) => {
            mistakes.push(wrong("subject", "应为 类别:编码,如 dwelling:…".into(), e.to_string()));
            None
        }
    };
    let Some(class) = class.filter(|_| mistakes.is_empty()) else { return Err(mistakes.into()) };
    if state.store.device(&DeviceId::new(asked.id.trim())).await?.is_some() {
        return Err(ApiError::Conflict(linli_model::Refusal::new(
            "device_exists",
            "已有这个编号的设备",
            "a device with this id exists already",
        )));
    }
    let now = state.now();
    let device = Device {
        id: DeviceId::new(asked.id.trim()),
        class,
        name: asked.name,
        area: place.id.clone(),
        area_path: place.path.clone(),
        source: SourceId::new(asked.source.trim()),
        subject,
        measures: asked.measures.into_iter().map(Measure::new).collect(),
        silence_secs_max: asked.silence_secs_max,
        capacity: asked.capacity,
        lon: asked.lon,
        lat: asked.lat,
        purpose: asked.purpose,
        state: DeviceState::Active,
        valid_from: now,
    };
    let changes = vec![
        Change::DeviceSet(Box::new(device.clone())),
        Change::Registry { effective_at: now, change: Box::new(RegistryChange::DeviceSet(device.clone())) },
    ];
    state.store.commit(Commit { at: now, changes, ..Commit::default() }).await?;
    (state.devices_changed)();
    Ok(Json(row(
        &state,
        &DeviceRecord { device, last_seen: None, battery_pct: None, learned: DeviceLearned::default() },
        &areas,
    )))
}

#[utoipa::path(post, path = "/devices/{id}/credential", operation_id = "makeCredential", tag = "devices", params(("id" = String, Path)),
    responses((status = 200, body = CredentialMade), (status = 404, body = Problem)))]
pub async fn credential(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<Json<CredentialMade>> {
    let record = seen(&state, &who, &id, Action::DeviceWrite).await?;
    let secret = token(&*state.fresh);
    let name = record.device.id.to_string();
    let credential = Credential {
        secret_hash: SecretKey(state.secret.to_vec()).hash(&name, secret.as_bytes()),
        source: record.device.source.clone(),
        device: Some(record.device.id.clone()),
        name: name.clone(),
    };
    let change = Change::CredentialSet(credential);
    state.store.commit(Commit { at: state.now(), changes: vec![change], ..Commit::default() }).await?;
    (state.devices_changed)();
    Ok(Json(CredentialMade { name, secret, mqtt_topic: linli_intake::mqtt::topic_of(&record.device.source) }))
}
