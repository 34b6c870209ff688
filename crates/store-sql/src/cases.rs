//! Cases, facts, reporters, findings, photos.

use crate::{
    SqlStore,
    accounts::id,
    apply::run,
    connection::{Transaction, as_json, get, json, one_of, within},
    indicators, lists,
    projection::{self, Row, sends_back},
    seal::Keyring,
    words,
};
use linli_casework::{Case, CaseId, Fact, FactRecord, ReporterId};
use linli_model::{AreaId, AreaPath, Fault, Finding, FindingId, Instant, PostId, Severity, Subject};
use linli_store::{
    CaseFilter, CaseStore, CommitError, OPEN_ABOUT_MAX, Page, PageAsk, PhotoMeta, Reporter, Tab,
};
use sea_orm::{QueryResult, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names of the sealed fields.
const NAME: &str = "reporter.name";
const PHONE: &str = "reporter.phone";

/// The photo's facts as stored; a form of its own, so that the port's type may change.
#[derive(Serialize, Deserialize)]
struct PhotoBody {
    thumb: String,
    uploader: Option<linli_model::UserId>,
    taken_at: Option<Instant>,
    lon: Option<f64>,
    lat: Option<f64>,
    original_hash: String,
    created_at: Instant,
}

pub(crate) fn photo_body(photo: &PhotoMeta) -> String {
    let body = PhotoBody {
        thumb: photo.thumb.clone(),
        uploader: photo.uploader,
        taken_at: photo.taken_at,
        lon: photo.lon,
        lat: photo.lat,
        original_hash: photo.original_hash.clone(),
        created_at: photo.created_at,
    };
    serde_json::to_string(&body).expect("plain data")
}

/// Writes a case as it is after its facts, and the facts behind those that are there.
pub(crate) async fn written(
    tx: &Transaction,
    case: &Case,
    facts: &[FactRecord],
    timer_at: Option<Instant>,
) -> Result<(), CommitError> {
    let row = Row::of(case, facts.iter().any(sends_back), timer_at);
    let is_new = facts.iter().any(|record| matches!(record.fact, Fact::Opened(_)));
    let was_open = if is_new { false } else { projection::is_open(tx, case.id).await? };
    projection::write(tx, &row).await?;
    projection::write_helpers(tx, case).await?;
    write_facts(tx, facts).await?;
    for record in facts {
        if let Fact::FindingJoined { finding, .. } = &record.fact {
            // It may have come with a case that was merged into this one; the row follows it.
            let values = vec![record.case.to_string().into(), finding.to_string().into()];
            run(tx, "UPDATE findings SET case_id = $1 WHERE id = $2", values).await?;
        }
    }
    if is_new {
        words::write(tx, case).await?;
    }
    words::follow(tx, case, was_open).await?;
    match is_new {
        true => indicators::tally_new(tx, case.id, facts).await,
        false => indicators::tally(tx, case.id).await,
    }
}

/// How many facts one statement writes: five values each, and PostgreSQL takes 65,535.
const FACTS_TOGETHER: usize = 500;

pub(crate) async fn write_facts(tx: &Transaction, facts: &[FactRecord]) -> Result<(), CommitError> {
    for some in facts.chunks(FACTS_TOGETHER) {
        let values = some.iter().flat_map(|record| {
            [
                record.case.to_string().into(),
                i64::from(record.seq).into(),
                record.at.millis().into(),
                record.fact.code().into(),
                as_json(record),
            ]
        });
        let sql =
            format!("INSERT INTO case_facts (case_id, seq, at, kind, body) VALUES {}", rows(some.len(), 5));
        run(tx, &sql, values.collect()).await?;
    }
    Ok(())
}

/// `count` rows of `width` placeholders.
pub(crate) fn rows(count: usize, width: usize) -> String {
    let row = |r: usize| {
        let marks: Vec<String> = (1..=width).map(|n| format!("${}", r * width + n)).collect();
        format!("({})", marks.join(", "))
    };
    (0..count).map(row).collect::<Vec<_>>().join(", ")
}

pub(crate) async fn reporter_add(tx: &Transaction, keys: &Keyring, r: &Reporter) -> Result<(), CommitError> {
    let values = vec![
        r.id.to_string().into(),
        r.case.to_string().into(),
        r.channel.as_str().into(),
        r.claim_hash.clone().into(),
        keys.seal(NAME, r.id, &r.name).into(),
        keys.seal(PHONE, r.id, &r.phone).into(),
        r.created_at.millis().into(),
    ];
    let sql = "INSERT INTO reporters (id, case_id, channel, claim_hash, name_sealed, phone_sealed, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    run(tx, sql, values).await.map(drop)
}

pub(crate) async fn finding_set(
    tx: &Transaction,
    finding: &Finding,
    case: Option<CaseId>,
) -> Result<(), CommitError> {
    let values = vec![
        finding.id.to_string().into(),
        case.map(|c| c.to_string()).into(),
        finding.rule.as_str().into(),
        finding.area_path.as_str().into(),
        finding.start.millis().into(),
        as_json(finding),
    ];
    let sql = "INSERT INTO findings (id, case_id, rule, area_path, started_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (id) DO UPDATE SET body = excluded.body, case_id = COALESCE(excluded.case_id, findings.case_id)";
    run(tx, sql, values).await.map(drop)
}

pub(crate) async fn reporter_contact(
    tx: &Transaction,
    keys: &Keyring,
    reporter: ReporterId,
    name: &str,
    phone: &str,
) -> Result<(), CommitError> {
    let values = vec![
        keys.seal(NAME, reporter, name).into(),
        keys.seal(PHONE, reporter, phone).into(),
        reporter.to_string().into(),
    ];
    let sql = "UPDATE reporters SET name_sealed = $1, phone_sealed = $2 WHERE id = $3";
    run(tx, sql, values).await.map(drop)
}

impl SqlStore {
    async fn find_case(&self, condition: &str, values: Vec<Value>) -> Result<Option<Case>, Fault> {
        let row = self.db.find(&format!("SELECT body FROM cases WHERE {condition}"), values).await?;
        row.map(|r| json(&r, 0)).transpose()
    }

    fn reporter(&self, row: &QueryResult) -> Result<Reporter, Fault> {
        let reporter: ReporterId = id(row, 0)?;
        Ok(Reporter {
            id: reporter,
            case: id(row, 1)?,
            channel: get(row, 2)?,
            claim_hash: get(row, 3)?,
            name: self.keys.open(NAME, reporter, &get::<Vec<u8>>(row, 4)?)?,
            phone: self.keys.open(PHONE, reporter, &get::<Vec<u8>>(row, 5)?)?,
            created_at: Instant(get(row, 6)?),
        })
    }
}

/// How many reporters one statement asks for.
const REPORTERS_TOGETHER: usize = 200;

const REPORTER: &str =
    "SELECT id, case_id, channel, claim_hash, name_sealed, phone_sealed, created_at FROM reporters";

#[async_trait::async_trait]
impl CaseStore for SqlStore {
    async fn case(&self, id: CaseId) -> Result<Option<Case>, Fault> {
        self.find_case("id = $1", vec![id.to_string().into()]).await
    }

    async fn cases(&self, filter: &CaseFilter, page: &PageAsk) -> Result<Page<Case>, Fault> {
        lists::page(self, filter, page).await
    }

    async fn case_counts(&self, filter: &CaseFilter) -> Result<BTreeMap<Tab, u64>, Fault> {
        lists::counts(self, filter).await
    }

    async fn facts(&self, case: CaseId) -> Result<Vec<FactRecord>, Fault> {
        let sql = "SELECT body FROM case_facts WHERE case_id = $1 ORDER BY seq";
        self.db.all(sql, vec![case.to_string().into()]).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn open_cases_about(&self, class: &str, subject: &Subject) -> Result<Vec<Case>, Fault> {
        let sql = format!(
            "SELECT body FROM cases WHERE subject = $1 AND class = $2 AND is_open = 1 \
             ORDER BY opened_at DESC, id DESC LIMIT {OPEN_ABOUT_MAX}"
        );
        let values = vec![subject.to_string().into(), class.into()];
        self.db.all(&sql, values).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn case_of_finding(&self, finding: FindingId) -> Result<Option<Case>, Fault> {
        let condition = "id = (SELECT case_id FROM findings WHERE id = $1)";
        self.find_case(condition, vec![finding.to_string().into()]).await
    }

    async fn cases_changed_since(&self, since: Instant, limit: u32) -> Result<Vec<Case>, Fault> {
        let sql =
            format!("SELECT body FROM cases WHERE updated_at >= $1 ORDER BY updated_at, id LIMIT {limit}");
        self.db.all(&sql, vec![since.millis().into()]).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn cases_of_rule(&self, rule: &str, since: Instant, limit: u32) -> Result<Vec<Case>, Fault> {
        let sql = format!(
            "SELECT body FROM cases WHERE opened_at >= $1 AND id IN \
             (SELECT case_id FROM findings WHERE rule = $2 AND case_id IS NOT NULL) \
             ORDER BY opened_at DESC, id DESC LIMIT {limit}"
        );
        self.db
            .all(&sql, vec![since.millis().into(), rule.into()])
            .await?
            .iter()
            .map(|r| json(r, 0))
            .collect()
    }

    async fn cases_due(&self, now: Instant, limit: u32) -> Result<Vec<Case>, Fault> {
        let sql = format!("SELECT body FROM cases WHERE timer_at <= $1 ORDER BY timer_at, id LIMIT {limit}");
        self.db.all(&sql, vec![now.millis().into()]).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn cases_not_taken(
        &self,
        behind: Option<(Instant, CaseId)>,
        limit: u32,
    ) -> Result<Vec<Case>, Fault> {
        let (mut later, mut values) = ("", vec![]);
        if let Some((opened_at, id)) = behind {
            later = "AND (opened_at > $1 OR opened_at = $1 AND id > $2)";
            values = vec![opened_at.millis().into(), id.to_string().into()];
        }
        let sql = format!(
            "SELECT body FROM cases WHERE is_open = 1 AND stage = 'received' AND severity >= {} {later} \
             ORDER BY opened_at, id LIMIT {limit}",
            Severity::Urgent as i64
        );
        self.db.all(&sql, values).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn finding(&self, id: FindingId) -> Result<Option<Finding>, Fault> {
        let row =
            self.db.find("SELECT body FROM findings WHERE id = $1", vec![id.to_string().into()]).await?;
        row.map(|r| json(&r, 0)).transpose()
    }

    async fn findings_of_case(&self, case: CaseId) -> Result<Vec<Finding>, Fault> {
        let sql = "SELECT body FROM findings WHERE case_id = $1 ORDER BY started_at, id";
        self.db.all(sql, vec![case.to_string().into()]).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn reporter_by_claim(&self, claim_hash: &str) -> Result<Option<Reporter>, Fault> {
        let row = self.db.find(&format!("{REPORTER} WHERE claim_hash = $1"), vec![claim_hash.into()]).await?;
        row.map(|r| self.reporter(&r)).transpose()
    }

    async fn reporters(&self, case: CaseId) -> Result<Vec<Reporter>, Fault> {
        let sql = format!("{REPORTER} WHERE case_id = $1 ORDER BY created_at, id");
        self.db.all(&sql, vec![case.to_string().into()]).await?.iter().map(|r| self.reporter(r)).collect()
    }

    async fn reporters_of(&self, ids: &[ReporterId]) -> Result<Vec<Reporter>, Fault> {
        let mut found = Vec::new();
        for some in ids.chunks(REPORTERS_TOGETHER) {
            let (some, mut values): (Vec<String>, _) = (some.iter().map(|r| r.to_string()).collect(), vec![]);
            let of_them = one_of("id", some.iter().map(String::as_str), &mut values);
            let sql = format!("{REPORTER} WHERE {of_them} ORDER BY created_at, id");
            for row in self.db.all(&sql, values).await? {
                found.push(self.reporter(&row)?);
            }
        }
        Ok(found)
    }

    async fn photo(&self, id: &str) -> Result<Option<PhotoMeta>, Fault> {
        let Some(row) =
            self.db.find("SELECT case_id, body FROM photos WHERE id = $1", vec![id.into()]).await?
        else {
            return Ok(None);
        };
        let case = get::<Option<String>>(&row, 0)?.and_then(|c| c.parse().ok());
        let b: PhotoBody = json(&row, 1)?;
        Ok(Some(PhotoMeta {
            id: id.to_owned(),
            thumb: b.thumb,
            case,
            uploader: b.uploader,
            taken_at: b.taken_at,
            lon: b.lon,
            lat: b.lat,
            original_hash: b.original_hash,
            created_at: b.created_at,
        }))
    }

    async fn cases_without_owner(&self, now: Instant, limit: u32) -> Result<Vec<Case>, Fault> {
        let sql = format!(
            "SELECT c.body FROM posts p JOIN users u ON u.id = p.user_id \
             JOIN cases c ON c.is_open = 1 AND c.owner_user = p.user_id AND c.owner_post = p.id \
             WHERE p.ended_at <= $1 OR u.disabled = 1 ORDER BY c.opened_at, c.id LIMIT {limit}"
        );
        self.db.all(&sql, vec![now.millis().into()]).await?.iter().map(|r| json(r, 0)).collect()
    }

    async fn solved_by_area(
        &self,
        areas: &[AreaPath],
        from: Instant,
        to: Instant,
    ) -> Result<Vec<(AreaId, u64)>, Fault> {
        let mut values: Vec<Value> = vec![from.millis().into(), to.millis().into()];
        let condition = within("area_path", areas, &mut values);
        let sql = format!(
            "SELECT solved_at_area, COUNT(*) FROM {} WHERE solved_at_area IS NOT NULL AND closed_at >= $1 \
             AND closed_at < $2 AND {condition} GROUP BY solved_at_area ORDER BY solved_at_area",
            self.db.led_by("cases", "cases_solved")
        );
        let rows = self.db.all(&sql, values).await?;
        rows.iter().map(|r| Ok((AreaId(get(r, 0)?), get::<i64>(r, 1)? as u64))).collect()
    }

    async fn openings(
        &self,
        areas: &[AreaPath],
        from: Instant,
        to: Instant,
        limit: u32,
    ) -> Result<Vec<(FactRecord, Option<Instant>)>, Fault> {
        let mut values: Vec<Value> = vec![from.millis().into(), to.millis().into()];
        let condition = within("area_path", areas, &mut values);
        let sql = format!(
            "SELECT f.body, cases.closed_at FROM {} JOIN case_facts f ON f.case_id = cases.id AND f.seq = 1 \
             WHERE opened_at >= $1 AND opened_at < $2 AND {condition} ORDER BY opened_at, cases.id LIMIT {limit}",
            self.db.led_by("cases", "cases_opened")
        );
        let rows = self.db.all(&sql, values).await?;
        rows.iter().map(|r| Ok((json(r, 0)?, get::<Option<i64>>(r, 1)?.map(Instant)))).collect()
    }

    async fn load_by_post(&self) -> Result<BTreeMap<PostId, u32>, Fault> {
        let sql = "SELECT owner_post, COUNT(*) FROM cases WHERE is_open = 1 GROUP BY owner_post";
        let rows = self.db.all(sql, vec![]).await?;
        rows.iter().map(|r| Ok((id(r, 0)?, get::<i64>(r, 1)? as u32))).collect()
    }
}
