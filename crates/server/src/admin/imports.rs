//! Places, devices, people and users from tables: every row back, good rows in, nothing refused for its neighbour.

use crate::{
    photos::first_file,
    ports::token,
    problem::{Answer, ApiError, field_problem},
    session::hashed,
    state::ServerState,
    who::{Who, lang},
};
use axum::{
    Json,
    extract::{Multipart, Path, Query, State},
    response::IntoResponse,
};
use http::header;
use linli_access::Action;
use linli_api::{
    Problem,
    import::{FirstPassword, ImportResult, ImportRow},
};
use linli_blobs::BlobId;
use linli_model::{AreaPath, Diagnostic, Fault, Post, RegistryChange, Subject, SubjectKind};
use linli_sheet::{Known, RowOutcome, Table, kind, read, table::Column, write};
use linli_store::{Change, Commit, Person, User};
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
}

impl Sorted {
    /// Takes each good row that lies in an area of the caller's.
    fn sort<T>(
        &mut self,
        outcomes: Vec<RowOutcome<T>>,
        mine: &[AreaPath],
        place: impl Fn(&T) -> AreaPath,
        mut take: impl FnMut(&mut Self, T),
    ) {
        for outcome in outcomes {
            match outcome.result {
                Ok(record) if mine.iter().any(|m| place(&record).within(m)) => {
                    self.taken += 1;
                    take(self, record);
                }
                Ok(_) => {
                    let out = Diagnostic::new(
                        "out_of_area",
                        format!("rows[{}]", outcome.number),
                        "不在您的辖区",
                        "outside your area",
                    );
                    self.errors.insert(outcome.number, vec![out]);
                }
                Err(wrong) => {
                    self.errors.insert(outcome.number, wrong);
                }
            }
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
            Some(format!("/api/v1/imports/errors/{}", state.blobs.put(file).await?))
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
    }))
}

async fn sorted(state: &ServerState, who: &Who, kind: &str, table: &Table, dry_run: bool) -> Answer<Sorted> {
    let areas = state.areas().await?;
    let mine = who.areas(state, action(kind));
    let measure = |m: &linli_model::Measure| state.catalogue.find(m.as_str()).is_some();
    let known = Known { areas: &areas, measure: &measure };
    let (now, mut sorted) = (state.now(), Sorted::default());
    match kind {
        "areas" => sorted.sort(
            kind::area::check(table, &known)?,
            &mine,
            |a| a.path.clone(),
            |s, area| {
                s.changes.push(Change::AreaSet(area));
            },
        ),
        "devices" => sorted.sort(
            kind::device::check(table, &known, now)?,
            &mine,
            |d| d.area_path.clone(),
            |s, device| {
                s.changes.push(Change::Registry {
                    effective_at: now,
                    change: Box::new(RegistryChange::DeviceSet(device.clone())),
                });
                s.changes.push(Change::DeviceSet(Box::new(device)));
            },
        ),
        "people" => {
            let seed = state.fresh.seed();
            sorted.sort(
                kind::person::check(table, &known)?,
                &mine,
                |p| p.dwelling.path.clone(),
                |s, row| {
                    let id = seed.id(&format!("{}", s.taken));
                    s.changes.extend(person(id, row, now));
                },
            );
        }
        _ => users(state, &mine, kind::user::check(table, &known)?, &mut sorted, dry_run).await?,
    }
    Ok(sorted)
}

fn person(
    id: linli_store::people::PersonId,
    row: kind::person::PersonRow,
    now: linli_model::Instant,
) -> Vec<Change> {
    let population = "elder_alone".to_owned();
    let (contact_name, contact_phone) = match row.contact {
        Some((name, phone)) => (Some(name), phone.map(|p| p.as_str().to_owned())),
        None => (None, None),
    };
    let alone = row.elder_alone_since.is_some();
    let mut changes = Vec::new();
    if alone {
        let subject = Subject::new(SubjectKind::Dwelling, row.dwelling.id.as_str());
        let joined = RegistryChange::MemberJoined {
            population: population.clone(),
            subject,
            area: row.dwelling.id.clone(),
            area_path: row.dwelling.path.clone(),
        };
        changes.push(Change::Registry { effective_at: now, change: Box::new(joined) });
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
    sorted.sort(outcomes, mine, |u| u.area.path.clone(), |_, row| wanted.push(row));
    if dry_run {
        return Ok(());
    }
    let (now, seed) = (state.now(), state.fresh.seed());
    for row in wanted {
        let existing = state.store.user_by_login(&row.login).await?;
        let password: String = token(&*state.fresh).chars().take(14).collect();
        let user = match existing {
            Some(user) => User { name: row.name, ..user },
            None => {
                sorted.passwords.push(FirstPassword { login: row.login.clone(), password: password.clone() });
                User {
                    id: seed.id(&row.login),
                    password_hash: hashed(state, password).await?,
                    login: row.login,
                    name: row.name,
                    disabled: false,
                    created_at: now,
                }
            }
        };
        let post = Post {
            id: seed.id(&format!("post {}", user.login)),
            user: user.id,
            role: row.role,
            area: row.area.id,
            area_path: row.area.path,
            valid_from: now,
            valid_to: None,
        };
        sorted.changes.push(Change::UserSet(user));
        sorted.changes.push(Change::PostSet(post));
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
    who.check_anywhere(&state, Action::PlaceWrite)?;
    let id: BlobId = id.parse().map_err(|_| ApiError::NotFound)?;
    let bytes = state.blobs.get(&id).await?.filter(|b| b.starts_with(b"PK")).ok_or(ApiError::NotFound)?;
    Ok(workbook(bytes, "errors.xlsx".to_owned()))
}

#[utoipa::path(get, path = "/imports/{kind}/template.xlsx", operation_id = "getImportTemplate", tag = "imports", params(("kind" = String, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (status = 404, body = Problem)))]
pub async fn template(_who: Who, Path(kind): Path<String>) -> Answer<impl IntoResponse> {
    let bytes = write::template(&kind, columns(&kind)?, lang()).map_err(|e| Fault::lasting(e.to_string()))?;
    Ok(workbook(bytes, format!("{kind}.xlsx")))
}
