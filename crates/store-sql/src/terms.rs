//! Terms a text is found by: every character and every pair of neighbours, folded.
//!
//! Chinese has no spaces to cut words at, and the usual trigram index finds no two-character word (电梯).

use std::collections::BTreeSet;

/// The most terms kept for one text: all of what a report may hold, and a limit for what was never one.
const TERMS_MAX: usize = 20_000;

fn folded(text: &str) -> Vec<char> {
    linli_model::format::fold_width(text).chars().flat_map(char::to_lowercase).collect()
}

fn counts(c: char) -> bool {
    c.is_alphanumeric()
}

/// What is stored for a text.
pub(crate) fn of_text(text: &str) -> BTreeSet<String> {
    let chars = folded(text);
    let single = chars.iter().filter(|c| counts(**c)).map(|c| c.to_string());
    let pairs = chars.windows(2).filter(|w| counts(w[0]) && counts(w[1])).map(|w| w.iter().collect());
    let mut terms = BTreeSet::new();
    for term in single.chain(pairs) {
        if terms.len() == TERMS_MAX {
            break;
        }
        terms.insert(term);
    }
    terms
}

/// What must all be there for a question: the pairs of each run, or the character where a run has only one.
pub(crate) fn of_question(question: &str) -> BTreeSet<String> {
    let chars = folded(question);
    chars
        .split(|c| !counts(*c))
        .filter(|run| !run.is_empty())
        .flat_map(|run| match run {
            [one] => vec![one.to_string()],
            run => run.windows(2).map(|w| w.iter().collect()).collect(),
        })
        .take(20)
        .collect()
}

/// The case number somebody asks for: digits in groups, as in `310104011-20261123-0007` or its end `20261123-0007`.
pub(crate) fn number_of(question: &str) -> Option<&str> {
    let question = question.trim();
    let groups: Vec<_> = question.split('-').collect();
    let digits = |g: &&str| !g.is_empty() && g.bytes().all(|b| b.is_ascii_digit());
    (groups.len() > 1 && groups.iter().all(digits)).then_some(question)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_two_and_more_characters_are_found() {
        let text = of_text("电梯 A3 坏了,41号");
        for (question, found) in [
            ("电梯", true),
            ("梯", true),
            ("A3", true),
            ("坏了", true),
            ("电话", false),
            ("41号", true),
            ("梯 坏", true),
        ] {
            assert_eq!(of_question(question).iter().all(|t| text.contains(t)), found, "{question}");
        }
        assert!(of_question(" ,。").is_empty());
    }

    #[test]
    fn a_number_is_digits_in_groups() {
        assert_eq!(number_of(" 310104011-20261123-0007 "), Some("310104011-20261123-0007"));
        assert_eq!(number_of("20261123-0007"), Some("20261123-0007"));
        for other in ["0007", "41号-302", "-7", "3--4", "漏水"] {
            assert_eq!(number_of(other), None, "{other}");
        }
    }
}
