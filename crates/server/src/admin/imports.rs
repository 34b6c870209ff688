//! Places, devices, people and users from tables: every row back, good rows in, nothing refused for its neighbour.
//!
//! Invariants
//! - IM1 The same table twice changes nothing the second time: areas and devices go by their code, people by identity
//!   number or by name and dwelling, users by login, posts by role and area.
//! - IM2 A row that names what exists outside the caller's areas is refused; nothing is taken over from elsewhere.
//! - IM3 The refused rows, which may hold names, stay in memory for an hour, for who sent them; they reach no disk.
//! - IM4 Who will see more by it is told with the answer, by a trial already.

mod areas;

use crate::wire::{Json, Query};
use crate::{
    photos::first_file,
    ports::token,
    problem::{Answer, ApiError, field_problem},
    session::hashed,
    state::ServerState,
    who::{Who, lang},
};
use axum::{
    extract::{Multipart, Path, State},
    response::IntoResponse,
};
use http::header;
use linli_access::Action;
use linli_api::{
    Problem,
    import::{FirstPassword, ImportResult, ImportRow},
};
use linli_model::{AreaPath, Device, Diagnostic, Fault, Post, RegistryChange, Subject, SubjectKind};
use linli_sheet::{Known, RowOutcome, Table, kind, read, table::Column, write};
use linli_store::{Change, Commit, MaskedPerson, PageAsk, Person, User};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ImportQuery {
    dry_run: bool,
}

fn columns(kind: &str) -> Answer<&'static [Column]> {
    Ok(match kind {
        "areas" => kind::area::COLUMNS,
        "devices" => kind::device::COLUMNS,
        "people" => kind::person::COLUMNS,
        "users" => kind::user::COLUMNS,
        _ => return Err(ApiError::NotFound),
    })
}

fn action(kind: &str) -> Action {
    match kind {
        "devices" => Action::DeviceWrite,
        "people" => Action::PersonWrite,
        "users" => Action::UserWrite,
        _ => Action::PlaceWrite,
    }
}

/// What a file comes to: changes of good rows, reasons of bad ones.
#[derive(Default)]
struct Sorted {
    changes: Vec<Change>,
    taken: u32,
    errors: BTreeMap<u32, Vec<Diagnostic>>,
    passwords: Vec<FirstPassword>,
    notes: Vec<String>,
}

impl Sorted {
    /// Takes each good row that lies in an area of the caller's and that nothing speaks `against`.
    fn sort<T>(
        &mut self,
        outcomes: Vec<RowOutcome<T>>,
        mine: &[AreaPath],
        place: impl Fn(&T) -> AreaPath,
        against: impl Fn(&T) -> Option<(&'static str, &'static str, &'static str)>,
        mut take: impl FnMut(&mut Self, T),
    ) {
        const OUTSIDE: (&str, &str, &str) = ("out_of_area", "不在您的辖区", "outside your area");
        for outcome in outcomes {
            let outside = |r: &T| (!mine.iter().any(|m| place(r).within(m))).then_some(OUTSIDE);
            let wrong = match outcome.result {
                Ok(record) => match outside(&record).or_else(|| against(&record)) {
                    None => {
                        self.taken += 1;
                        take(self, record);
                        continue;
                    }
                    Some((code, zh, en)) => {
                        vec![Diagnostic::new(code, format!("rows[{}]", outcome.number), zh, en)]
                    }
                },
                Err(wrong) => wrong,
            };
            self.errors.insert(outcome.number, wrong);
        }
    }
}

#[utoipa::path(post, path = "/imports/{kind}", operation_id = "importTable", tag = "imports",
    params(("kind" = String, Path), ("dry_run" = Option<bool>, Query)),
    request_body(content = Vec<u8>, content_type = "multipart/form-data"),
    responses((status = 200, body = ImportResult), (status = 400, body = Problem), (status = 403, body = Problem)))]
pub async fn post(
    State(state): State<ServerState>,
    who: Who,
    Path(kind): Path<String>,
    Query(q): Query<ImportQuery>,
    form: Multipart,
) -> Answer<Json<ImportResult>> {
    columns(&kind)?;
    who.check_anywhere(&state, action(&kind))?;
    let bytes = first_file(form).await?;
    let table = tokio::task::spawn_blocking(move || read::table(&bytes))
        .await
        .map_err(|e| Fault::passing(format!("a table could not be read: {e}")))??;
    let sorted = sorted(&state, &who, &kind, &table, q.dry_run).await?;
    if !q.dry_run && !sorted.changes.is_empty() {
        state.store.commit(Commit { at: state.now(), changes: sorted.changes, ..Commit::default() }).await?;
        state.forget_cached().await;
        (state.devices_changed)();
    }
    let errors_url = match sorted.errors.is_empty() {
        true => None,
        false => {
            let file = write::with_errors(&table, &sorted.errors, lang())
                .map_err(|e| Fault::lasting(e.to_string()))?;
            let key = token(&*state.fresh);
            state.error_files.keep(key.clone(), who.user.id, file, state.now());
            Some(format!("/api/v1/imports/errors/{key}"))
        }
    };
    let rows = sorted.errors.iter().map(|(row, wrong)| ImportRow {
        row: *row,
        problems: wrong.iter().map(|d| field_problem(d, lang())).collect(),
    });
    Ok(Json(ImportResult {
        kind,
        dry_run: q.dry_run,
        taken: sorted.taken,
        refused: sorted.errors.len() as u32,
        rows: rows.collect(),
        errors_url,
        passwords: sorted.passwords,
        notes: sorted.notes,
    }))
}

async fn sorted(state: &ServerState, who: &Who, kind: &str, table: &Table, dry_run: bool) -> Answer<Sorted> {
    let areas = state.areas().await?;
    let mine = who.areas(state, action(kind));
    let measure = |m: &linli_model::Measure| state.catalogue.find(m.as_str()).is_some();
    let known = Known { areas: &areas, measure: &measure };
    let (now, mut sorted) = (state.now(), Sorted::default());
    match kind {
        "areas" => areas::sort(state, who, &mine, table, &known, &mut sorted).await?,
        "devices" => {
            let registered: BTreeMap<_, _> = state
                .store
                .all_devices()
                .await?
                .into_iter()
                .map(|r| (r.device.id.clone(), r.device))
                .collect();
            let elsewhere = |d: &Device| {
                let known = registered.get(&d.id)?;
                (!mine.iter().any(|m| known.area_path.within(m))).then(elsewhere)
            };
            sorted.sort(
                kind::device::check(table, &known, now)?,
                &mine,
                |d| d.area_path.clone(),
                elsewhere,
                |s, device| {
                    let same = |known: &&Device| {
                        Device { valid_from: device.valid_from, ..(*known).clone() } == device
                    };
                    if registered.get(&device.id).filter(same).is_none() {
                        s.changes.push(Change::Registry {
                            effective_at: now,
                            change: Box::new(RegistryChange::DeviceSet(device.clone())),
                        });
                        s.changes.push(Change::DeviceSet(Box::new(device)));
                    }
                },
            );
        }
        "people" => {
            let mut rows = Vec::new();
            sorted.sort(
                kind::person::check(table, &known)?,
                &mine,
                |p| p.dwelling.path.clone(),
                |_| None,
                |_, row| rows.push(row),
            );
            let seed = state.fresh.seed();
            for (n, row) in rows.into_iter().enumerate() {
                let known = known_person(state, &mine, &row).await?;
                let id = known.as_ref().map_or_else(|| seed.id(&n.to_string()), |k| k.id);
                sorted.changes.extend(person(id, row, known, now));
            }
        }
        _ => users(state, &mine, kind::user::check(table, &known)?, &mut sorted, dry_run).await?,
    }
    Ok(sorted)
}

fn taken_over() -> (&'static str, &'static str, &'static str) {
    (
        "area_taken_over",
        "区域已由其他区域承接,请填写承接的区域",
        "the area was taken over by another; give that one",
    )
}

fn elsewhere() -> (&'static str, &'static str, &'static str) {
    ("exists_elsewhere", "该编码已用于您辖区以外的设备", "the code belongs to a device outside your area")
}

/// The person a row speaks of, if we know them (IM1).
async fn known_person(
    state: &ServerState,
    mine: &[AreaPath],
    row: &kind::person::PersonRow,
) -> Answer<Option<MaskedPerson>> {
    let page = PageAsk::first(100);
    if let Some(number) = &row.id_number {
        let found = state.store.people(mine, Some(number.as_str()), &page).await?;
        if let Some(one) = found.items.into_iter().next() {
            return Ok(Some(one));
        }
    }
    let here = [row.dwelling.path.clone()];
    let found = state.store.people(&here, Some(&row.name), &page).await?;
    Ok(found.items.into_iter().find(|p| p.dwelling == row.dwelling.id))
}

fn person(
    id: linli_store::people::PersonId,
    row: kind::person::PersonRow,
    known: Option<MaskedPerson>,
    now: linli_model::Instant,
) -> Vec<Change> {
    let population = "elder_alone".to_owned();
    let (contact_name, contact_phone) = match row.contact {
        Some((name, phone)) => (Some(name), phone.map(|p| p.as_str().to_owned())),
        None => (None, None),
    };
    let alone = row.elder_alone_since.is_some();
    let was_at = known.as_ref().filter(|k| k.populations.contains(&population)).map(|k| k.dwelling.clone());
    let mut changes = Vec::new();
    let mut registry =
        |change| changes.push(Change::Registry { effective_at: now, change: Box::new(change) });
    let dwelling = |id: &linli_model::AreaId| Subject::new(SubjectKind::Dwelling, id.as_str());
    if let Some(old) = was_at.as_ref().filter(|old| !alone || **old != row.dwelling.id) {
        registry(RegistryChange::MemberLeft { population: population.clone(), subject: dwelling(old) });
    }
    if alone && was_at.as_ref() != Some(&row.dwelling.id) {
        registry(RegistryChange::MemberJoined {
            population: population.clone(),
            subject: dwelling(&row.dwelling.id),
            area: row.dwelling.id.clone(),
            area_path: row.dwelling.path.clone(),
        });
    }
    changes.push(Change::PersonSet(Box::new(Person {
        id,
        name: row.name,
        id_number: row.id_number.map(|n| n.as_str().to_owned()),
        phone: row.phone.map(|p| p.as_str().to_owned()),
        dwelling: row.dwelling.id,
        dwelling_path: row.dwelling.path,
        residence: row.residence.as_str().to_owned(),
        registered_here: row.registered_here,
        contact_name,
        contact_phone,
        populations: if alone { vec![population] } else { Vec::new() },
    })));
    changes
}

/// Users get a first password each, shown once with the result.
async fn users(
    state: &ServerState,
    mine: &[AreaPath],
    outcomes: Vec<RowOutcome<kind::user::UserRow>>,
    sorted: &mut Sorted,
    dry_run: bool,
) -> Answer<()> {
    let mut wanted = Vec::new();
    let areas = state.areas().await?;
    let gone = |u: &kind::user::UserRow| areas.is_taken_over(&u.area.id).then(taken_over);
    sorted.sort(outcomes, mine, |u| areas.lies(&u.area), gone, |_, row| wanted.push(row));
    if dry_run {
        return Ok(());
    }
    let (now, seed) = (state.now(), state.fresh.seed());
    for row in wanted {
        let user = match state.store.user_by_login(&row.login).await? {
            Some(user) => user,
            None => {
                let password: String = token(&*state.fresh).chars().take(14).collect();
                sorted.passwords.push(FirstPassword { login: row.login.clone(), password: password.clone() });
                let user = User {
                    id: seed.id(&row.login),
                    password_hash: hashed(state, password).await?,
                    login: row.login,
                    name: row.name,
                    disabled: false,
                    created_at: now,
                };
                sorted.changes.push(Change::UserSet(user.clone()));
                user
            }
        };
        let held = state.store.posts_of(user.id).await?;
        if held.iter().any(|p| p.holds_at(now) && p.role == row.role && p.area == row.area.id) {
            continue;
        }
        sorted.changes.push(Change::PostSet(Post {
            id: seed.id(&format!("post {} {} {}", user.login, row.role.as_str(), row.area.id)),
            user: user.id,
            role: row.role,
            area: row.area.id,
            area_path: row.area.path,
            valid_from: now,
            valid_to: None,
            skills: Vec::new(),
        }));
    }
    Ok(())
}

fn workbook(bytes: Vec<u8>, name: String) -> impl IntoResponse {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned();
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        ],
        bytes,
    )
}

#[utoipa::path(get, path = "/imports/errors/{id}", operation_id = "getImportErrors", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (status = 404, body = Problem)))]
pub async fn errors(
    State(state): State<ServerState>,
    who: Who,
    Path(id): Path<String>,
) -> Answer<impl IntoResponse> {
    let bytes = state.error_files.find(&id, who.user.id, state.now()).ok_or(ApiError::NotFound)?;
    Ok(workbook(bytes, "errors.xlsx".to_owned()))
}

#[utoipa::path(get, path = "/imports/{kind}/template.xlsx", operation_id = "getImportTemplate", tag = "imports", params(("kind" = String, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (status = 404, body = Problem)))]
pub async fn template(_who: Who, Path(kind): Path<String>) -> Answer<impl IntoResponse> {
    let bytes = write::template(&kind, columns(&kind)?, lang()).map_err(|e| Fault::lasting(e.to_string()))?;
    Ok(workbook(bytes, format!("{kind}.xlsx")))
}
