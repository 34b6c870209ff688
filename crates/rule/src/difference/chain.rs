//! The parts of a condition as it is printed: of a chain of `&&` or `||` each by itself.

/// How a condition's parts are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    All,
    Any,
    /// It is one part.
    One,
}

/// A condition in the printer's form, taken apart at what holds it together most loosely.
pub(super) fn parts(text: &str) -> (Joint, Vec<&str>) {
    // `? :` holds most loosely of all; what is chosen is one part.
    if split(text, " ? ").len() > 1 {
        return (Joint::One, vec![text]);
    }
    for (sign, joint) in [(" || ", Joint::Any), (" && ", Joint::All)] {
        let found = split(text, sign);
        if found.len() > 1 {
            return (joint, found);
        }
    }
    (Joint::One, vec![text])
}

/// Where the sign stands outside of brackets and quotes.
fn split<'t>(text: &'t str, sign: &str) -> Vec<&'t str> {
    let (mut found, mut from, mut depth, mut in_text, mut escaped) = (Vec::new(), 0, 0_u32, false, false);
    for (at, c) in text.char_indices() {
        if in_text {
            in_text = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => in_text = true,
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && at >= from && text[at..].starts_with(sign) => {
                found.push(&text[from..at]);
                from = at + sign.len();
            }
            _ => {}
        }
    }
    found.push(&text[from..]);
    found
}

/// What stands in one list more often than in the other: gone, come.
pub(super) fn moved<T: PartialEq + Clone>(was: &[T], is: &[T]) -> (Vec<T>, Vec<T>) {
    let (mut gone, mut come) = (was.to_vec(), Vec::new());
    for part in is {
        match gone.iter().position(|g| g == part) {
            Some(at) => {
                gone.remove(at);
            }
            None => come.push(part.clone()),
        }
    }
    (gone, come)
}

#[cfg(test)]
mod tests {
    use super::{Joint, moved, parts};

    #[test]
    fn a_chain_is_taken_apart_at_its_loosest_sign_and_nowhere_in_brackets_or_texts() {
        for (text, joint, want) in [
            ("a && b && c", Joint::All, vec!["a", "b", "c"]),
            ("a || b && c", Joint::Any, vec!["a", "b && c"]),
            ("(a || b) && c", Joint::All, vec!["(a || b)", "c"]),
            ("a ? b && c : d || e", Joint::One, vec!["a ? b && c : d || e"]),
            (r#"t == "x && \" || y" && b"#, Joint::All, vec![r#"t == "x && \" || y""#, "b"]),
            (r#"t == "\\" || b"#, Joint::Any, vec![r#"t == "\\""#, "b"]),
            (r#"t in ["a || b", "c"]"#, Joint::One, vec![r#"t in ["a || b", "c"]"#]),
            ("a", Joint::One, vec!["a"]),
        ] {
            assert_eq!(parts(text), (joint, want), "{text}");
        }
    }

    #[test]
    fn what_moved_is_counted_as_often_as_it_stands_there() {
        assert_eq!(moved(&["a", "a", "b"], &["b", "a"]), (vec!["a"], vec![]));
        assert_eq!(moved(&["a"], &["b", "a", "b"]), (vec![], vec!["b", "b"]));
    }
}
