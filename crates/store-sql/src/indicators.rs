//! Tallies of cases, written with the facts they follow from.

use crate::{
    SqlStore,
    accounts::id,
    apply::run,
    connection::{Transaction, cursor, get, inside, json, one_of, within},
    rebuild::BETWEEN,
    trouble::refused,
};
use linli_casework::{CaseId, Fact, FactRecord};
use linli_indicator::{Measure, Sum, TALLIES_VERSION, tallies_of};
use linli_model::{Fault, Instant};
use linli_store::{
    CommitError, IndicatorStore, PAGE_ROWS_MAX, Page, PageAsk, TalliedCase, TallyFilter, TallyGroup, TallySum,
};
use sea_orm::{QueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Measure, time, n, sum, excluded.
pub(crate) type Row = (String, i64, i64, i64, i64);

/// Tallies a case from its facts as they are kept now.
pub(crate) async fn tally(tx: &Transaction, case: CaseId) -> Result<(), CommitError> {
    let sql = "SELECT body FROM case_facts WHERE case_id = $1 ORDER BY seq";
    let facts = tx.all(sql, vec![case.to_string().into()]).await.map_err(refused)?;
    let facts = facts.iter().map(|r| json::<FactRecord>(r, 0)).collect::<Result<Vec<_>, _>>()?;
    retally(tx, case, &facts).await
}

/// Tallies a case that is written for the first time: these are all of its facts, and nothing is tallied yet.
pub(crate) async fn tally_new(
    tx: &Transaction,
    case: CaseId,
    facts: &[FactRecord],
) -> Result<(), CommitError> {
    let Some(Fact::Opened(opened)) = facts.first().map(|r| &r.fact) else { return Ok(()) };
    add(tx, case, (opened.area_path.as_str(), &opened.class), rows_of(facts).iter()).await?;
    tallied(tx, case).await
}

async fn tallied(tx: &Transaction, case: CaseId) -> Result<(), CommitError> {
    let sql = "UPDATE cases SET tallied = $1 WHERE id = $2 AND tallied <> $1";
    run(tx, sql, vec![i64::from(TALLIES_VERSION).into(), case.to_string().into()]).await.map(drop)
}

/// What the facts come to, as rows.
pub(crate) fn rows_of(facts: &[FactRecord]) -> BTreeSet<Row> {
    let tallies = tallies_of(facts);
    let excluded = i64::from(tallies.excluded);
    tallies.tallies.iter().map(|m| (m.measure.code(), m.at.millis(), m.n, m.sum, excluded)).collect()
}

pub(crate) async fn stored(tx: &Transaction, case: &str) -> Result<BTreeSet<Row>, CommitError> {
    let sql = "SELECT measure, at, n, total, excluded FROM case_tallies WHERE case_id = $1";
    let here = tx.all(sql, vec![case.into()]).await.map_err(refused)?;
    Ok(here.iter().map(row).collect::<Result<BTreeSet<Row>, _>>()?)
}

/// Those of these cases ([`BETWEEN`]).
pub(crate) async fn stored_between(
    tx: &Transaction,
    cases: &str,
    range: Vec<Value>,
) -> Result<BTreeMap<String, BTreeSet<Row>>, CommitError> {
    let sql = format!(
        "SELECT t.measure, t.at, t.n, t.total, t.excluded, t.case_id FROM {cases} CROSS JOIN case_tallies t \
         WHERE t.case_id = c.id AND {BETWEEN}"
    );
    let mut found: BTreeMap<String, BTreeSet<Row>> = BTreeMap::new();
    for r in tx.all(&sql, range).await.map_err(refused)? {
        found.entry(get(&r, 5)?).or_default().insert(row(&r)?);
    }
    Ok(found)
}

/// Tallies a case from all of its facts; writes only what differs.
pub(crate) async fn retally(tx: &Transaction, case: CaseId, facts: &[FactRecord]) -> Result<(), CommitError> {
    let Some(Fact::Opened(opened)) = facts.first().map(|r| &r.fact) else { return Ok(()) };
    let wanted = rows_of(facts);
    let here = stored(tx, &case.to_string()).await?;
    for (measure, at, ..) in here.difference(&wanted) {
        let sql = "DELETE FROM case_tallies WHERE case_id = $1 AND measure = $2 AND at = $3";
        run(tx, sql, vec![case.to_string().into(), measure.as_str().into(), (*at).into()]).await?;
    }
    add(tx, case, (opened.area_path.as_str(), &opened.class), wanted.difference(&here)).await?;
    tallied(tx, case).await
}

fn row(r: &QueryResult) -> Result<Row, Fault> {
    Ok((get(r, 0)?, get(r, 1)?, get(r, 2)?, get(r, 3)?, get(r, 4)?))
}

async fn add(
    tx: &Transaction,
    case: CaseId,
    (area, class): (&str, &str),
    tallies: impl Iterator<Item = &Row>,
) -> Result<(), CommitError> {
    let mut values: Vec<Value> = vec![case.to_string().into(), area.into(), class.into()];
    let mut rows = Vec::new();
    for (measure, at, n, sum, excluded) in tallies {
        let first = values.len() + 1;
        values.extend([
            measure.as_str().into(),
            (*at).into(),
            (*n).into(),
            (*sum).into(),
            (*excluded).into(),
        ]);
        let [m, at, n, s, x] = [0, 1, 2, 3, 4].map(|i| first + i);
        rows.push(format!("($1, ${m}, ${at}, ${n}, ${s}, ${x}, $2, $3)"));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO case_tallies (case_id, measure, at, n, total, excluded, area_path, class) VALUES {}",
        rows.join(", ")
    );
    run(tx, &sql, values).await.map(drop)
}

fn conditions(filter: &TallyFilter, values: &mut Vec<Value>) -> String {
    values.push(filter.from.millis().into());
    values.push(filter.to.millis().into());
    let n = values.len();
    let mut all = vec![format!("m.at >= ${} AND m.at < ${n}", n - 1)];
    all.push(within("m.area_path", &filter.within, values));
    if !filter.areas.is_empty() {
        all.push(inside("m.area_path", &filter.areas, values));
    }
    if let Some(class) = &filter.class {
        values.push(class.as_str().into());
        all.push(format!("m.class = ${}", values.len()));
    }
    if !filter.classes.is_empty() {
        all.push(one_of("m.class", filter.classes.iter().map(String::as_str), values));
    }
    all.join(" AND ")
}

#[async_trait::async_trait]
impl IndicatorStore for SqlStore {
    async fn tally_sums(&self, filter: &TallyFilter, by: TallyGroup) -> Result<Vec<TallySum>, Fault> {
        let group = match by {
            TallyGroup::Area => "m.area_path",
            TallyGroup::Class => "m.class",
        };
        let mut values = Vec::new();
        let condition = conditions(filter, &mut values);
        // By measure first, as the index has it: one walk through the period for each.
        let wanted = |m: &Measure| filter.measures.is_empty() || filter.measures.contains(m);
        let measures: Vec<String> =
            Measure::all().filter(wanted).map(|m| format!("'{}'", m.code())).collect();
        let counted = |column: &str, excluded: u8| {
            format!("CAST(SUM(CASE WHEN m.excluded = {excluded} THEN m.{column} ELSE 0 END) AS BIGINT)")
        };
        let sql = format!(
            "SELECT {group}, m.measure, {}, {}, {} FROM case_tallies m WHERE m.measure IN ({}) AND {condition} \
             GROUP BY m.measure, {group} ORDER BY {group}, m.measure",
            counted("n", 0),
            counted("total", 0),
            counted("n", 1),
            measures.join(", ")
        );
        let rows = self.db.all(&sql, values).await?;
        let sum = |r: &QueryResult| -> Result<Option<TallySum>, Fault> {
            let Some(measure) = Measure::find(&get::<String>(r, 1)?) else { return Ok(None) };
            let sum = Sum { n: get(r, 2)?, sum: get(r, 3)?, excluded: get(r, 4)? };
            Ok(Some(TallySum { group: get(r, 0)?, measure, sum }))
        };
        rows.iter().filter_map(|r| sum(r).transpose()).collect()
    }

    async fn tallied_cases(
        &self,
        filter: &TallyFilter,
        measure: Measure,
        page: &PageAsk,
    ) -> Result<Page<TalliedCase>, Fault> {
        let mut values: Vec<Value> = vec![measure.code().into()];
        let mut condition = format!("m.measure = $1 AND {}", conditions(filter, &mut values));
        if let Some((at, last)) = cursor(page.after.as_deref()) {
            values.push(at.into());
            values.push(last.into());
            let n = values.len();
            condition =
                format!("{condition} AND (m.at < ${} OR (m.at = ${} AND m.case_id < ${n}))", n - 1, n - 1);
        }
        let limit = page.limit.clamp(1, PAGE_ROWS_MAX);
        let sql = format!(
            "SELECT m.at, m.n, m.total, m.excluded, c.body FROM case_tallies m JOIN cases c ON c.id = m.case_id \
             WHERE {condition} ORDER BY m.at DESC, m.case_id DESC LIMIT {}",
            limit + 1
        );
        let rows = self.db.all(&sql, values).await?;
        let tallied = |r: &QueryResult| -> Result<TalliedCase, Fault> {
            Ok(TalliedCase {
                at: Instant(get(r, 0)?),
                n: get(r, 1)?,
                sum: get(r, 2)?,
                excluded: get::<i64>(r, 3)? != 0,
                case: json(r, 4)?,
            })
        };
        let mut items = rows.iter().map(tallied).collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|m| format!("{}~{}", m.at.millis(), m.case.id));
        Ok(Page { items, next })
    }

    async fn cases_untallied(&self, limit: u32) -> Result<Vec<CaseId>, Fault> {
        let sql = format!("SELECT id FROM cases WHERE tallied < $1 LIMIT {limit}");
        self.db.all(&sql, vec![i64::from(TALLIES_VERSION).into()]).await?.iter().map(|r| id(r, 0)).collect()
    }
}
