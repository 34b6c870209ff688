//! What a filter, a tab and a page ask of a case, in SQL. Which index leads to the cases is [`crate::lists`]' business.

use crate::{
    connection::{Connections, inside, one_of, within},
    projection::{bit, end_first},
    terms,
    words::{self, Kept},
};
use linli_model::{AreaPath, Extent, Millis};
use linli_store::{CaseFilter, Mark, Tab};
use sea_orm::Value;

/// No table lets a rating be given for longer than this after an answer by more than somebody's patience.
const CALL_BACK_WINDOW: Millis = Millis::days(90);

/// The WHERE of a filter without its tab. `words`: those that nothing else looks at.
pub(crate) fn conditions(
    db: &Connections,
    filter: &CaseFilter,
    words: &[String],
    values: &mut Vec<Value>,
) -> String {
    let mut all = Vec::new();
    // What lies in an area of one's own lies in one's reach; said twice, SQLite may begin at the wider of the two.
    let mine = |area: &Extent| filter.within.iter().any(|reach| area.path.within(reach));
    if filter.areas.is_empty() || !filter.areas.iter().all(mine) {
        let areas = within("area_path", &filter.within, values);
        match filter.me {
            Some(me) => {
                values.push(me.to_string().into());
                all.push(format!("({areas} OR {})", owned_or_helped(values.len())));
            }
            None => all.push(areas),
        }
    }
    if !filter.areas.is_empty() {
        all.push(inside("area_path", &filter.areas, values));
    }
    if !filter.at.is_empty() {
        all.push(one_of("area_path", filter.at.iter().map(AreaPath::as_str), values));
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
    if filter.reported {
        all.push("reported = 1".into());
    }
    if filter.unanswered {
        all.push("stage <> 'answered'".into());
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
    if let Some(number) = filter.text.as_deref().and_then(terms::number_of) {
        // A number is looked for as it stands, whole or its end; its parts would find its neighbours, too.
        let (from, to) = ends_with(number);
        values.push(from.into());
        values.push(to.into());
        let n = values.len();
        all.push(format!("number_end >= ${} AND number_end < ${n}", n - 1));
    }
    if !words.is_empty() {
        values.push(words::asked(db, words));
        let kept = if filter.open_only { Kept::Open } else { Kept::All };
        all.push(words::has(db, kept, values.len()));
    }
    all.join(" AND ")
}

/// Between which texts the numbers lie, read backwards, that end so. A number is asked for by digits in groups, so that
/// the last letter is a digit and has a next one.
fn ends_with(number: &str) -> (String, String) {
    let from = end_first(number);
    let mut to = from.clone();
    let next = to.pop().and_then(|last| char::from_u32(u32::from(last) + 1));
    to.extend(next);
    (from, to)
}

/// Cases of this user: owned, or with a task of theirs that is open.
fn owned_or_helped(user: usize) -> String {
    format!(
        "(owner_user = ${user} OR cases.id IN (SELECT case_id FROM case_helpers WHERE user_id = ${user}))"
    )
}

/// The condition of a tab. `mine` without somebody asking is empty.
pub(crate) fn tab(tab: Tab, filter: &CaseFilter, values: &mut Vec<Value>) -> String {
    match tab {
        Tab::All => "1 = 1".into(),
        Tab::ToAccept => "is_open = 1 AND stage = 'received'".into(),
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

/// That a case comes after this time and id in a list.
pub(crate) fn behind(after: Option<&(i64, String)>, values: &mut Vec<Value>) -> String {
    let Some((opened, last)) = after else { return "1 = 1".into() };
    values.push((*opened).into());
    values.push(last.as_str().into());
    let n = values.len();
    // The first part alone says where in an index to begin.
    format!("opened_at <= ${0} AND (opened_at < ${0} OR cases.id < ${n})", n - 1)
}

/// What a question is looked for by, unless it is a number.
pub(crate) fn words_of(filter: &CaseFilter) -> Vec<String> {
    let text = filter.text.as_deref().filter(|t| terms::number_of(t).is_none());
    text.map_or(vec![], |t| terms::of_question(t).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_of_a_number_is_the_beginning_of_it_read_backwards() {
        let (from, to) = ends_with("20261123-0009");
        assert_eq!((from.as_str(), to.as_str()), ("9000-32116202", "9000-32116203"));
        let lies = |number: &str| (from.as_str()..to.as_str()).contains(&end_first(number).as_str());
        assert!(lies("310104011-20261123-0009") && lies("20261123-0009"));
        assert!(
            !lies("310104011-20261123-0008") && !lies("310104011-20261124-0009") && !lies("0261123-0009")
        );
    }
}
