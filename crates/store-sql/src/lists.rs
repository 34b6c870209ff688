//! Lists of cases and their counts: what is asked, and which index leads to the answer.
//!
//! Invariants
//! - LI1 What leads is a matter of time only: the answer is the one of [`conditions`] and [`tab`], whatever leads. A text
//!   that is the number of an order of ours asks for that case, and for nothing that merely looks like it.
//! - LI2 No list and no count looks at every case: either few are fetched by what is rare about them, or they are met
//!   in the order of the list until the page is full, or until [`linli_store::COUNTED_MAX`] are counted.
//!
//! Few is found out by counting a place's cases up to a bound, before the list is read, and on SQLite those of the words;
//! PostgreSQL's words are met span by span ([`spans`]), which finds it out on the way.

use crate::{
    SqlStore,
    conditions::{behind, conditions, tab, words_of},
    connection::{cursor, get, inside, json},
    spans::{self, Sought},
    terms,
    words::{self, Kept},
};
use linli_casework::{Case, CaseId, HOTLINE, Order, StageCode, order_number};
use linli_model::{Extent, Fault, Instant};
use linli_store::{CaseFilter, PAGE_ROWS_MAX, Page, PageAsk, Tab};
use sea_orm::{DbBackend, Value};
use std::{borrow::Cow, collections::BTreeMap};

/// Up to how many cases of a place, on PostgreSQL also of words, are fetched and put in order: some milliseconds.
const FEW: u32 = 2_000;

/// What is few of words on SQLite, at the least and at the most.
const FEW_OF_WORDS: [u32; 2] = [500, 10_000];

/// A page is read from as many cases as lie between so many that have the words.
const PAGE: u64 = 50;

/// Fetching a case costs so many times what passing one by costs.
const FETCH: u64 = 4;

/// What leads to the cases of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lead {
    /// The one case that is this order.
    Order,
    /// The number, or its end.
    Number,
    /// The cases that have all words.
    Words,
    /// The open ones of them.
    OpenWords,
    /// Those that are open.
    Open,
    /// Those of a class that are open and were reported.
    Reported,
    /// Those that are marked.
    Marked,
    /// Those of a place.
    Place,
    Class,
    Stage,
    /// All of them, in the order of opening.
    Opened,
}

/// A question, and what is known of it before it is asked.
struct Asked<'a> {
    store: &'a SqlStore,
    /// Without its text, where that names an order.
    filter: Cow<'a, CaseFilter>,
    order: Option<CaseId>,
    words: Vec<String>,
    /// Whether only few cases have all of them, and whether none has.
    words_few: bool,
    words_none: bool,
    place_few: bool,
}

impl Asked<'_> {
    fn lead(&self, tab: Tab) -> Lead {
        let filter = &*self.filter;
        let stage = filter.stage.as_deref();
        let stage_open = stage.and_then(StageCode::find).is_some_and(StageCode::is_open);
        let is_open = tab != Tab::All || filter.open_only || stage_open;
        match () {
            () if self.order.is_some() => Lead::Order,
            () if filter.text.as_deref().is_some_and(|t| terms::number_of(t).is_some()) => Lead::Number,
            () if is_open && !self.words.is_empty() => Lead::OpenWords,
            () if self.words_few => Lead::Words,
            () if is_open && filter.reported && filter.class.is_some() => Lead::Reported,
            () if is_open => Lead::Open,
            () if filter.mark.is_some() => Lead::Marked,
            () if self.place_few => Lead::Place,
            () if !self.words.is_empty() => Lead::Words,
            () if filter.class.is_some() => Lead::Class,
            () if filter.stage.is_some() => Lead::Stage,
            () => Lead::Opened,
        }
    }

    /// What leads where all cases of the answer are counted.
    fn lead_of_count(&self) -> Lead {
        match self.lead(Tab::All) {
            Lead::OpenWords => Lead::OpenWords,
            // Few, whose words PostgreSQL looks up one by one; SQLite would gather all that have the words.
            Lead::Place if self.store.db.backend == DbBackend::Postgres => Lead::Place,
            // What many cases have is counted from the words, which are nearer together than those that have them.
            _ if !self.words.is_empty() => Lead::Words,
            // A count needs no order: those of a place lie together.
            Lead::Opened if place(&self.filter).is_some() => Lead::Place,
            lead => lead,
        }
    }

    /// FROM and WHERE of what leads, and the conditions of the question.
    fn source(&self, lead: Lead, values: &mut Vec<Value>) -> String {
        let led = |index: &str| self.store.db.led_by("cases", index);
        let (from, and) = match lead {
            Lead::Order => {
                values.push(self.order.map(|id| id.to_string()).into());
                ("cases".to_owned(), format!("cases.id = ${}", values.len()))
            }
            Lead::Number => (led("cases_number_end"), "1 = 1".to_owned()),
            Lead::Words => self.by_words(Kept::All, values),
            Lead::OpenWords => self.by_words(Kept::Open, values),
            Lead::Open => (led("cases_open"), "is_open = 1".to_owned()),
            Lead::Reported => (led("cases_reported"), "is_open = 1 AND reported = 1".to_owned()),
            Lead::Marked => (led("cases_marked"), "marks <> 0".to_owned()),
            Lead::Place => (led("cases_area"), "1 = 1".to_owned()),
            Lead::Class => (led("cases_class"), "1 = 1".to_owned()),
            Lead::Stage => (led("cases_stage"), "1 = 1".to_owned()),
            Lead::Opened => (led("cases_opened"), "1 = 1".to_owned()),
        };
        let looked_at = matches!(lead, Lead::Words | Lead::OpenWords);
        let words: &[String] = if looked_at { &[] } else { &self.words };
        format!("FROM {from} WHERE {and} AND {}", conditions(&self.store.db, &self.filter, words, values))
    }

    fn by_words(&self, kept: Kept, values: &mut Vec<Value>) -> (String, String) {
        values.push(words::asked(&self.store.db, &self.words));
        let (from, mut and) = words::led(&self.store.db, kept, values.len());
        if let (Some(number), Some(since)) = (words::order(&self.store.db), self.filter.opened_since) {
            // Known before any case is looked at.
            values.push(words::numbers_of(since).0.into());
            and = format!("{and} AND {}.{number} >= ${}", kept.table(), values.len());
        }
        (from, and)
    }

    /// Whether what leads is met span by span.
    fn in_spans(&self, lead: Lead) -> bool {
        lead == Lead::Words && self.store.db.backend == DbBackend::Postgres
    }

    /// What is sought span by span after this time and id, as `read` says it.
    fn spanned(
        &self,
        after: Option<&(i64, String)>,
        limit: u64,
        values: &mut Vec<Value>,
        read: impl FnOnce(&Sought) -> String,
    ) -> String {
        let mut value = |value: Value| {
            values.push(value);
            values.len()
        };
        let words = value(words::asked(&self.store.db, &self.words));
        let since = self.filter.opened_since.map(|since| value(since.millis().into()));
        let up_to = after.map(|(opened, _)| value((*opened).into()));
        let conditions = conditions(&self.store.db, &self.filter, &[], values);
        let conditions = format!("{conditions} AND {}", behind(after, values));
        read(&Sought { conditions: &conditions, words, up_to, since, limit })
    }
}

pub(crate) async fn page(store: &SqlStore, filter: &CaseFilter, page: &PageAsk) -> Result<Page<Case>, Fault> {
    let asked = store.asked(filter).await?;
    if asked.words_none {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let mut values = Vec::new();
    let lead = asked.lead(filter.tab);
    let after = cursor(page.after.as_deref());
    let limit = page.limit.clamp(1, PAGE_ROWS_MAX);
    // First which, by what the index holds; then what they look like.
    let which = if asked.in_spans(lead) {
        let few = store.few.unwrap_or(FEW);
        asked.spanned(after.as_ref(), u64::from(limit) + 1, &mut values, |sought| spans::first(sought, few))
    } else {
        let source = asked.source(lead, &mut values);
        let tab = tab(filter.tab, filter, &mut values);
        let source = format!("{source} AND {tab} AND {}", behind(after.as_ref(), &mut values));
        match words::order(&store.db).filter(|_| lead == Lead::Words) {
            Some(number) => {
                let from = after.map(|(opened, _)| words::numbers_of(Instant(opened)).1);
                met_by_words(source, number, from, limit + 1, &mut values)
            }
            None => format!("SELECT cases.id AS id, opened_at {source}"),
        }
    };
    let sql = format!(
        "SELECT c.body FROM (SELECT id, opened_at FROM ({which}) AS which ORDER BY opened_at DESC, id DESC LIMIT {}) AS found \
         JOIN cases c ON c.id = found.id ORDER BY found.opened_at DESC, found.id DESC",
        limit + 1
    );
    let rows = store.db.all(&sql, values).await?;
    let mut items = rows.iter().map(|r| json::<Case>(r, 0)).collect::<Result<Vec<_>, _>>()?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|c| format!("{}~{}", c.opened_at.millis(), c.id));
    Ok(Page { items, next })
}

/// The first cases in the order of the words' index, and with the last of them all that were opened in its second: the
/// first ones in the order of lists are among them (WX3).
fn met_by_words(
    mut source: String,
    number: &str,
    from: Option<i64>,
    limit: u32,
    values: &mut Vec<Value>,
) -> String {
    let n = format!("case_words.{number}");
    if let Some(from) = from {
        values.push(from.into());
        source = format!("{source} AND {n} <= ${}", values.len());
    }
    let second = words::SECOND;
    format!(
        "WITH met AS MATERIALIZED (SELECT {n} AS n, cases.id AS id, opened_at {source} ORDER BY {n} DESC LIMIT {limit}) \
         SELECT id, opened_at FROM met UNION SELECT cases.id, opened_at {source} AND {n} < (SELECT MIN(n) FROM met) \
         AND {n} >= (SELECT MIN(n) >> {second} << {second} FROM met)"
    )
}

pub(crate) async fn counts(store: &SqlStore, filter: &CaseFilter) -> Result<BTreeMap<Tab, u64>, Fault> {
    // One statement, so that the counts are of one moment: of what is open tab by tab, of all up to the bound.
    let asked = store.asked(filter).await?;
    if asked.words_none {
        return Ok(Tab::ALL.iter().map(|tab| (*tab, 0)).collect());
    }
    let mut values = Vec::new();
    let open = asked.source(asked.lead(Tab::ToAccept), &mut values);
    let tabs = Tab::ALL.iter().filter(|t| **t != Tab::All);
    let counted: Vec<String> = tabs
        .clone()
        .map(|wanted| format!("COUNT(CASE WHEN {} THEN 1 END)", tab(*wanted, filter, &mut values)))
        .collect();
    let (all, bound) = (asked.lead_of_count(), store.counted_max + 1);
    let whole = if asked.in_spans(all) {
        asked.spanned(None, bound, &mut values, spans::any)
    } else {
        format!("SELECT 1 {}", asked.source(all, &mut values))
    };
    let sql = format!(
        "SELECT {}, (SELECT COUNT(*) FROM (SELECT 1 FROM ({whole}) AS met LIMIT {bound}) AS whole) {open}",
        counted.join(", ")
    );
    let row = store.db.find(&sql, values).await?.ok_or_else(|| Fault::lasting("a count gave no row"))?;
    let numbered = tabs.chain([&Tab::All]).enumerate();
    numbered.map(|(i, tab)| Ok((*tab, get::<i64>(&row, i)? as u64))).collect()
}

impl SqlStore {
    /// Finds out what is rare about a question.
    async fn asked<'a>(&'a self, filter: &'a CaseFilter) -> Result<Asked<'a>, Fault> {
        let order = self.order_asked(filter).await?;
        let mut filter = Cow::Borrowed(filter);
        if order.is_some() {
            filter.to_mut().text = None;
        }
        let words = words_of(&filter);
        let (mut words_few, mut words_none) = (false, false);
        if !words.is_empty() && self.db.backend != DbBackend::Postgres {
            let values = vec![words::asked(&self.db, &words)];
            let few = self.few_of_words().await?;
            let found = self.counted(words::FOUND, values, few).await?;
            (words_few, words_none) = (found <= few, found == 0);
        }
        let place_few = match place(&filter) {
            Some(place) if !words_few && order.is_none() => {
                let mut values = Vec::new();
                let condition = inside("area_path", &place, &mut values);
                let sql =
                    format!("SELECT 1 FROM {} WHERE {condition}", self.db.led_by("cases", "cases_area"));
                let few = self.few.unwrap_or(FEW);
                self.counted(&sql, values, few).await? <= few
            }
            _ => false,
        };
        Ok(Asked { store: self, filter, order, words, words_few, words_none, place_few })
    }

    /// The case that is the order whose number is asked for.
    async fn order_asked(&self, filter: &CaseFilter) -> Result<Option<CaseId>, Fault> {
        let Some(number) = filter.text.as_deref().and_then(order_number) else { return Ok(None) };
        let id = Order::case_id(HOTLINE, &number);
        let sql = "SELECT 1 FROM cases WHERE id = $1";
        Ok(self.db.find(sql, vec![id.to_string().into()]).await?.map(|_| id))
    }

    /// Where fetching those that have the words costs what asking their neighbours costs: of N cases, h with the words
    /// are fetched in `FETCH` * h steps, and met for a page in `PAGE` * N / h.
    async fn few_of_words(&self) -> Result<u32, Fault> {
        if let Some(few) = self.few {
            return Ok(few);
        }
        let cases = words::about_how_many(&self.db).await?;
        let even = u32::try_from((cases.saturating_mul(PAGE) / FETCH).isqrt()).unwrap_or(u32::MAX);
        Ok(even.clamp(FEW_OF_WORDS[0], FEW_OF_WORDS[1]))
    }

    /// How many rows there are, up to one more than `bound`.
    async fn counted(&self, sql: &str, values: Vec<Value>, bound: u32) -> Result<u32, Fault> {
        let sql = format!("SELECT COUNT(*) FROM ({sql} LIMIT {}) AS counted", bound + 1);
        let row = self.db.find(&sql, values).await?.ok_or_else(|| Fault::lasting("a count gave no row"))?;
        Ok(get::<i64>(&row, 0)? as u32)
    }
}

/// So many ranges of an index are read one after the other; a place took over some others, not dozens.
const RANGES: usize = 16;

/// The place all cases of the answer lie in, with what it took over, if an index has each of them together.
fn place(filter: &CaseFilter) -> Option<Vec<Extent>> {
    let place = match (filter.areas.as_slice(), filter.me) {
        ([], None) => filter.within.iter().cloned().map(Extent::all).collect(),
        (areas, _) => areas.to_vec(),
    };
    let together = place.iter().all(|p| p.path.as_str().ends_with('/'));
    Some(place).filter(|p| (1..=RANGES).contains(&p.len()) && together)
}
