//! How PostgreSQL meets the cases of some words in the order of lists, from the newest on.
//!
//! Its index of words has no order: asked for a common word it gives all eighty thousand cases at once. So a case has a
//! few words more, which say in which spans of time it was opened, and the index is asked for the words within a span:
//! first of hours, then of days, of weeks and so on, until the page is full.
//!
//! Invariants
//! - TS1 A word of time begins with `@`, so no text has it and no question asks for it.
//! - TS2 The spans looked through lie next to one another, newest first; with all that is older than the last of them they
//!   hold every case up to the newest that is asked for. One is looked through only if those before did not suffice.
//! - TS3 A statement leaves PostgreSQL no choice of what leads: what stands in an `OFFSET 0` or a materialized part is
//!   read as it is written.

use crate::words;
use linli_model::Instant;

/// The shortest span: so many bits of a time in milliseconds, 2.3 hours.
const SHORTEST: u32 = 23;

/// Each next span has so many bits more: it is eight times as long.
const WIDER: u32 = 3;

/// Spans of 2.3 hours, 19 hours, 6 days, 50 days and 398 days.
const SPANS: usize = 5;

/// So many of them cost little whatever the words are: some hundred days.
const NEAR: usize = 3;

const fn bits(span: usize) -> u32 {
    SHORTEST + WIDER * span as u32
}

/// The words of time of what was opened then.
pub(crate) fn of(at: Instant) -> impl Iterator<Item = String> {
    (0..SPANS).map(move |span| format!("@{}:{}", bits(span), at.millis() >> bits(span)))
}

/// The same as an array, of a column.
pub(crate) fn of_column(opened_at: &str) -> String {
    let words = (0..SPANS).map(|span| format!("'@{0}:' || ({opened_at} >> {0})", bits(span)));
    format!("ARRAY[{}]", words.collect::<Vec<_>>().join(", "))
}

/// Where the spans of one length end that are looked through from a time backwards: at an edge of the next longer ones,
/// so that these go on from there; between eight and sixteen of them.
fn end(top: &str, span: usize) -> String {
    let longer = bits(span) + WIDER;
    format!("((({top} >> {longer}) - 1) << {longer})")
}

/// What is looked for. Numbers are those of the statement's values.
pub(crate) struct Sought<'a> {
    pub conditions: &'a str,
    pub words: usize,
    /// Not newer, and not older, as far as the conditions say so, too.
    pub up_to: Option<usize>,
    pub since: Option<usize>,
    pub limit: u64,
}

/// The first so many cases in the order of lists: `id` and `opened_at`. Where the near spans do not fill the page, all
/// that have the words are fetched if they are not more than `few`.
pub(crate) fn first(sought: &Sought, few: u32) -> String {
    let mut parts = Parts::begin(sought, "ORDER BY opened_at DESC, id DESC");
    for span in 0..NEAR {
        parts.within(span, "TRUE");
    }
    // Told apart, as a limit would make it read the whole table up to the first hits.
    let every = format!("{} AND {} AND {}", parts.having(), parts.reached(NEAR), parts.room());
    parts.all.push(format!("every AS MATERIALIZED ({every})"));
    parts
        .all
        .push(format!("few AS MATERIALIZED (SELECT case_id FROM every LIMIT {})", few.saturating_add(1)));
    let n = "(SELECT COUNT(*) FROM few)";
    parts.fetched(&format!("SELECT case_id FROM few WHERE {n} <= {few}"), &older(NEAR));
    for span in NEAR..SPANS {
        parts.within(span, &format!("{n} > {few}"));
    }
    parts.rest(SPANS, &format!("{n} > {few}"));
    parts.together()
}

/// Any so many of them.
pub(crate) fn any(sought: &Sought) -> String {
    let mut parts = Parts::begin(sought, "");
    for span in 0..NEAR {
        parts.within(span, "TRUE");
    }
    parts.rest(NEAR, "TRUE");
    parts.together()
}

/// Before the spans of this length begin.
fn older(span: usize) -> String {
    format!("opened_at < (SELECT end{} FROM ends)", span - 1)
}

/// The parts of one statement.
struct Parts<'a> {
    sought: &'a Sought<'a>,
    order: &'static str,
    all: Vec<String>,
    /// Those that hold cases.
    met: usize,
}

impl<'a> Parts<'a> {
    fn begin(sought: &'a Sought<'a>, order: &'static str) -> Parts<'a> {
        let value = |n: Option<usize>| n.map(|n| format!("${n}, ")).unwrap_or_default();
        let ends: String = (0..SPANS).map(|span| format!(", {} AS end{span}", end("top", span))).collect();
        let ends = format!(
            "ends AS MATERIALIZED (SELECT top, bottom{ends} FROM \
             (SELECT LEAST({}MAX(opened_at)) AS top, GREATEST({}MIN(opened_at)) AS bottom FROM cases) AS of_all)",
            value(sought.up_to),
            value(sought.since)
        );
        Parts { sought, order, all: vec![ends], met: 0 }
    }

    fn having(&self) -> String {
        format!("SELECT case_id FROM case_words WHERE {}", words::asked_of_array("words", self.sought.words))
    }

    /// That there is anything as old as the spans of this length.
    fn reached(&self, span: usize) -> String {
        match span {
            0 => "TRUE".into(),
            _ => format!("(SELECT bottom < end{} FROM ends)", span - 1),
        }
    }

    /// That those met so far do not suffice.
    fn room(&self) -> String {
        let met: String = (0..self.met).map(|n| format!(" - (SELECT COUNT(*) FROM met{n})")).collect();
        format!("{}{met} > 0", self.sought.limit)
    }

    /// Of the cases that are led to, those that are asked for.
    fn fetched(&mut self, led: &str, and: &str) {
        let Sought { conditions, limit, .. } = self.sought;
        self.all.push(format!(
            "met{} AS MATERIALIZED (SELECT cases.id AS id, opened_at FROM ({led} OFFSET 0) AS led CROSS JOIN LATERAL \
             (SELECT * FROM cases WHERE cases.id = led.case_id OFFSET 0) AS cases WHERE {conditions} AND {and} {} LIMIT {limit})",
            self.met, self.order
        ));
        self.met += 1;
    }

    /// Those of the spans of this length.
    fn within(&mut self, span: usize, and: &str) {
        let bits = bits(span);
        let newest = if span == 0 { "top".to_owned() } else { format!("end{} - 1", span - 1) };
        // The span comes first: the index ends with it, and does not go through all that have the words.
        let led = format!(
            "SELECT case_id FROM case_words WHERE words && ARRAY(SELECT '@{bits}:' || n FROM ends, \
             generate_series(end{span} >> {bits}, ({newest}) >> {bits}) AS n) AND {}",
            words::asked_of_array("words", self.sought.words)
        );
        let and = format!("{and} AND {} AND {}", self.reached(span), self.room());
        self.fetched(&led, &and);
    }

    /// All that is older than the spans before.
    fn rest(&mut self, span: usize, and: &str) {
        let and = format!("{and} AND {} AND {} AND {}", older(span), self.reached(span), self.room());
        self.fetched(&self.having(), &and);
    }

    fn together(self) -> String {
        let met: Vec<_> = (0..self.met).map(|n| format!("SELECT id, opened_at FROM met{n}")).collect();
        format!("WITH {} {}", self.all.join(", "), met.join(" UNION ALL "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms;

    /// TS1
    #[test]
    fn no_text_and_no_question_has_a_word_of_time() {
        let at = Instant(1_795_394_789_280);
        let words: Vec<String> = of(at).collect();
        assert_eq!(words, ["@23:214027", "@26:26753", "@29:3344", "@32:418", "@35:52"]);
        let text = words.join(" ");
        assert!(terms::of_text(&text).iter().chain(&terms::of_question(&text)).all(|t| !t.contains('@')));
        let before: Vec<String> = of(Instant(-1)).collect();
        assert_eq!(before, ["@23:-1", "@26:-1", "@29:-1", "@32:-1", "@35:-1"]);
    }
}
