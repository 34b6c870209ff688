//! What is open where, counted in the database.
//!
//! Invariants
//! - MP1 No body is read: everything that is asked for stands in the index `cases_map`, which holds open cases only.
//! - MP2 Nothing is cut: the counts add up to the open cases of the filter.

use crate::{
    SqlStore,
    conditions::{conditions, tab, words_of},
    connection::get,
};
use linli_model::{AreaPath, Fault, Severity};
use linli_store::{CaseFilter, MapStore, OpenAt, Tab};
use sea_orm::Value;

/// Between the places of one answer. It stands in no code of an area: no sheet can hold it.
const BETWEEN: char = '\u{1f}';

/// The places come as one text. A street has tens of thousands, and as many rows would take longer to hand over than
/// to count.
fn question(store: &SqlStore, filter: &CaseFilter) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let filter = CaseFilter { open_only: true, ..filter.clone() };
    let condition = conditions(&store.db, &filter, &words_of(&filter), &mut values);
    let of_tab = tab(filter.tab, &filter, &mut values);
    let [overdue, to_accept] = [Tab::Overdue, Tab::ToAccept]
        .map(|counted| format!("COUNT(CASE WHEN {} THEN 1 END)", tab(counted, &filter, &mut values)));
    let cases = store.db.led_by("cases", "cases_map");
    let sql = format!(
        "SELECT string_agg(n || ' ' || worst || ' ' || overdue || ' ' || to_accept || ' ' || area_path, '{BETWEEN}') FROM \
         (SELECT area_path, COUNT(*) AS n, MAX(severity) AS worst, {overdue} AS overdue, {to_accept} AS to_accept \
          FROM {cases} WHERE {condition} AND {of_tab} GROUP BY area_path) counted"
    );
    (sql, values)
}

fn severity(n: u8) -> Option<Severity> {
    use Severity::*;
    [Info, Attention, Urgent, Alarm].into_iter().find(|s| *s as u8 == n)
}

/// `3 2 0 1 310104011/310104011012/E12/`
fn place(text: &str) -> Option<OpenAt> {
    let mut parts = text.splitn(5, ' ');
    let mut number = || parts.next()?.parse::<u64>().ok();
    let (open, worst, overdue, to_accept) = (number()?, number()?, number()?, number()?);
    Some(OpenAt {
        open,
        worst: severity(u8::try_from(worst).ok()?)?,
        overdue,
        to_accept,
        area_path: AreaPath(parts.next()?.to_owned()),
    })
}

#[async_trait::async_trait]
impl MapStore for SqlStore {
    async fn open_by_area(&self, filter: &CaseFilter) -> Result<Vec<OpenAt>, Fault> {
        let (sql, values) = question(self, filter);
        let Some(row) = self.db.find(&sql, values).await? else { return Ok(vec![]) };
        let Some(text) = get::<Option<String>>(&row, 0)? else { return Ok(vec![]) };
        let read = |one| place(one).ok_or_else(|| Fault::lasting(format!("{one:?} is no count of a place")));
        let mut places = text.split(BETWEEN).map(read).collect::<Result<Vec<_>, _>>()?;
        places.sort_by(|a, b| a.area_path.cmp(&b.area_path));
        Ok(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Keyring, file_address};
    use linli_model::{Extent, Instant, UserId};

    /// MP1. By what the database says it will do; where words are looked for, their table decides instead.
    #[tokio::test]
    async fn the_map_is_counted_from_its_index_alone() {
        let folder = tempfile::tempdir().unwrap();
        let url = file_address(&folder.path().join("linli.sqlite"));
        let store = SqlStore::open(&url, Keyring::from_bytes(&[7; 64])).await.unwrap();
        let street = AreaPath("310104011/".into());
        let all = CaseFilter::all_within(vec![street.clone()], Instant(0));
        let me = Some(UserId(uuid::Uuid::nil()));
        for filter in [
            all.clone(),
            CaseFilter { me, ..all.clone() },
            CaseFilter { me, tab: Tab::Overdue, class: Some("facility.lift".into()), ..all.clone() },
            CaseFilter {
                tab: Tab::Returned,
                areas: vec![Extent {
                    path: street,
                    without: vec![AreaPath("310104011/310104011012/".into())],
                }],
                stage: Some("working".into()),
                ..all.clone()
            },
            CaseFilter { mark: Some(linli_store::Mark::CallBack), ..all },
        ] {
            let (sql, values) = question(&store, &filter);
            let plan = store.db.all(&format!("EXPLAIN QUERY PLAN {sql}"), values).await.unwrap();
            let steps: Vec<String> = plan.iter().map(|row| get(row, 3).unwrap()).collect();
            let reads: Vec<_> = steps.iter().filter(|s| s.contains(" cases ")).collect();
            assert!(
                !reads.is_empty() && reads.iter().all(|s| s.contains("COVERING INDEX cases_map")),
                "{steps:#?}"
            );
        }
    }
}
