//! Cases, facts, reporters, findings, photos.

use crate::{
    SqlStore,
    accounts::id,
    apply::run,
    connection::{Transaction, as_json, cursor, get, json, within},
    indicators,
    projection::{self, Row, bit, sends_back},
    seal::Keyring,
    terms,
};
use linli_casework::{Case, CaseId, Fact, FactRecord, ReporterId, fact::Opened};
use linli_model::{AreaId, AreaPath, Fault, Finding, FindingId, Instant, Millis, PostId, Severity, Subject};
use linli_store::{
    CaseFilter, CaseStore, CommitError, Mark, OPEN_ABOUT_MAX, PAGE_ROWS_MAX, Page, PageAsk, PhotoMeta,
    Reporter, Tab,
};
use sea_orm::{QueryResult, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names of the sealed fields.
const NAME: &str = "reporter.name";
const PHONE: &str = "reporter.phone";

/// No table lets a rating be given for longer than this after an answer by more than somebody's patience.
const CALL_BACK_WINDOW: Millis = Millis::days(90);

/// The WHERE of a filter without its tab.
fn conditions(filter: &CaseFilter, values: &mut Vec<Value>) -> String {
    let mut all = Vec::new();
    let areas = within("area_path", &filter.within, values);
    match filter.me {
        Some(me) => {
            values.push(me.to_string().into());
            all.push(format!("({areas} OR {})", owned_or_helped(values.len())));
        }
        None => all.push(areas),
    }
    if let Some(area) = &filter.area {
        all.push(within("area_path", std::slice::from_ref(area), values));
    }
    for (column, wanted) in [("class", &filter.class), ("stage", &filter.stage)] {
        if let Some(wanted) = wanted {
            values.push(wanted.as_str().into());
            all.push(format!("{column} = ${}", values.len()));
        }
    }
    if filter.open_only {
        all.push("is_open = 1".into());
    }
    if let Some(mark) = filter.mark {
        all.push(format!("(marks & {}) <> 0", bit(mark)));
        if mark == Mark::CallBack {
            // Whoever could not be asked in all this time is not asked any more.
            values.push((filter.now - CALL_BACK_WINDOW).millis().into());
            all.push(format!("updated_at >= ${}", values.len()));
        }
    }
    if let Some(since) = filter.opened_since {
        values.push(since.millis().into());
        all.push(format!("opened_at >= ${}", values.len()));
    }
    if let Some(text) = &filter.text {
        if let Some(number) = terms::number_of(text) {
            // A number is looked for as it stands, whole or its end; its parts would find its neighbours, too.
            values.push(format!("%{number}").into());
            all.push(format!("number LIKE ${}", values.len()));
            return all.join(" AND ");
        }
        for term in terms::of_question(text) {
            values.push(term.into());
            all.push(format!(
                "EXISTS (SELECT 1 FROM case_terms t WHERE t.term = ${} AND t.case_id = cases.id)",
                values.len()
            ));
        }
    }
    all.join(" AND ")
}

/// Cases of this user: owned, or with a task of theirs that is open.
fn owned_or_helped(user: usize) -> String {
    format!("(owner_user = ${user} OR id IN (SELECT case_id FROM case_helpers WHERE user_id = ${user}))")
}

/// The condition of a tab. `mine` without somebody asking is empty.
fn tab(tab: Tab, filter: &CaseFilter, values: &mut Vec<Value>) -> String {
    match tab {
        Tab::All => "1 = 1".into(),
        Tab::ToAccept => "stage = 'received'".into(),
        Tab::Returned => "is_open = 1 AND returned = 1".into(),
        Tab::Mine => match filter.me {
            Some(me) => {
                values.push(me.to_string().into());
                format!("is_open = 1 AND {}", owned_or_helped(values.len()))
            }
            None => "1 = 0".into(),
        },
        Tab::DueSoon | Tab::Overdue => {
            values.push(filter.now.millis().into());
            let now = values.len();
            if tab == Tab::DueSoon {
                format!("is_open = 1 AND broken = 0 AND soon_at <= ${now} AND due_at >= ${now}")
            } else {
                format!("is_open = 1 AND (broken = 1 OR due_at < ${now})")
            }
        }
    }
}

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

/// How many terms one statement writes; a whole report takes a few statements.
const TERMS_TOGETHER: usize = 500;

/// Writes a case as it is after its facts, and the facts behind those that are there.
pub(crate) async fn written(
    tx: &Transaction,
    case: &Case,
    facts: &[FactRecord],
    timer_at: Option<Instant>,
) -> Result<(), CommitError> {
    let row = Row::of(case, facts.iter().any(sends_back), timer_at);
    projection::write(tx, &row).await?;
    projection::write_helpers(tx, case).await?;
    for record in facts {
        let values = vec![
            record.case.to_string().into(),
            i64::from(record.seq).into(),
            record.at.millis().into(),
            record.fact.code().into(),
            as_json(record),
        ];
        run(tx, "INSERT INTO case_facts (case_id, seq, at, kind, body) VALUES ($1, $2, $3, $4, $5)", values)
            .await?;
        if let Fact::FindingJoined { finding, .. } = &record.fact {
            // It may have come with a case that was merged into this one; the row follows it.
            let values = vec![record.case.to_string().into(), finding.to_string().into()];
            run(tx, "UPDATE findings SET case_id = $1 WHERE id = $2", values).await?;
        }
        if let Fact::Opened(opened) = &record.fact {
            write_terms(tx, record.case, opened).await?;
        }
    }
    indicators::tally(tx, case.id).await
}

/// What a case is found by.
pub(crate) async fn write_terms(tx: &Transaction, case: CaseId, opened: &Opened) -> Result<(), CommitError> {
    let text = format!("{} {} {} {}", opened.number, opened.title, opened.place, opened.text);
    let found: Vec<String> = terms::of_text(&text).into_iter().collect();
    for some in found.chunks(TERMS_TOGETHER) {
        let mut values: Vec<Value> = vec![case.to_string().into()];
        values.extend(some.iter().map(|term| Value::from(term.as_str())));
        let rows: Vec<String> = (2..some.len() + 2).map(|n| format!("(${n}, $1)")).collect();
        let sql = format!(
            "INSERT INTO case_terms (term, case_id) VALUES {} ON CONFLICT DO NOTHING",
            rows.join(", ")
        );
        run(tx, &sql, values).await?;
    }
    Ok(())
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
        let mut values = Vec::new();
        let mut condition = conditions(filter, &mut values);
        condition = format!("{condition} AND {}", tab(filter.tab, filter, &mut values));
        if let Some((opened, last)) = cursor(page.after.as_deref()) {
            values.push(opened.into());
            values.push(last.into());
            let n = values.len();
            condition =
                format!("{condition} AND (opened_at < ${} OR (opened_at = ${} AND id < ${n}))", n - 1, n - 1);
        }
        let limit = page.limit.clamp(1, PAGE_ROWS_MAX);
        let sql = format!(
            "SELECT body FROM cases WHERE {condition} ORDER BY opened_at DESC, id DESC LIMIT {}",
            limit + 1
        );
        let rows = self.db.all(&sql, values).await?;
        let mut items = rows.iter().map(|r| json::<Case>(r, 0)).collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|c| format!("{}~{}", c.opened_at.millis(), c.id));
        Ok(Page { items, next })
    }

    async fn case_counts(&self, filter: &CaseFilter) -> Result<BTreeMap<Tab, u64>, Fault> {
        // One statement, so that the counts are of one moment.
        let mut values = Vec::new();
        let condition = conditions(filter, &mut values);
        let counted: Vec<String> = Tab::ALL
            .iter()
            .map(|wanted| format!("COUNT(CASE WHEN {} THEN 1 END)", tab(*wanted, filter, &mut values)))
            .collect();
        let sql = format!("SELECT {} FROM cases WHERE {condition}", counted.join(", "));
        let row = self.db.find(&sql, values).await?.ok_or_else(|| Fault::lasting("a count gave no row"))?;
        let numbered = Tab::ALL.iter().enumerate();
        numbered.map(|(i, tab)| Ok((*tab, get::<i64>(&row, i)? as u64))).collect()
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

    async fn cases_not_taken(&self, limit: u32) -> Result<Vec<Case>, Fault> {
        let sql = format!(
            "SELECT body FROM cases WHERE is_open = 1 AND stage = 'received' AND severity >= {} ORDER BY opened_at, id LIMIT {limit}",
            Severity::Urgent as i64
        );
        self.db.all(&sql, vec![]).await?.iter().map(|r| json(r, 0)).collect()
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
            let marks: Vec<String> = (1..=some.len()).map(|n| format!("${n}")).collect();
            let sql = format!("{REPORTER} WHERE id IN ({}) ORDER BY created_at, id", marks.join(", "));
            let values = some.iter().map(|r| r.to_string().into()).collect();
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
            "SELECT solved_at_area, COUNT(*) FROM cases WHERE solved_at_area IS NOT NULL AND closed_at >= $1 \
             AND closed_at < $2 AND {condition} GROUP BY solved_at_area ORDER BY solved_at_area"
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
            "SELECT f.body, cases.closed_at FROM cases JOIN case_facts f ON f.case_id = cases.id AND f.seq = 1 \
             WHERE opened_at >= $1 AND opened_at < $2 AND {condition} ORDER BY opened_at, cases.id LIMIT {limit}"
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
