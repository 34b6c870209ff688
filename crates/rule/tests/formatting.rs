//! FM1 to FM3: the formatter's one form, and what becomes of comments.

use linli_rule::{Catalogue, check, format, print};
use proptest::prelude::*;

const PLAIN: &str = r#"rule = "low"
version = 1
name = { zh = "低", en = "low" }
key = "device"
severity = "info"
case_class = "x.y"
sentence = { zh = "低", en = "low" }

[parameters.floor]
label = { zh = "限", en = "Floor" }
value = 0.15
min = 0.1
max = 0.3
unit = "MPa"

[signal]
operator = "level"
raise = "pressure_mpa < floor"
clear = "pressure_mpa > floor + 0.05"
hold = "10min"

[[trace]]
name = "low"
kind = "fires"
script = '''
d1 06:40 h-1 pressure_mpa 0.149   # in the script
d1 06:51 h-1 pressure_mpa 0.149
expect opened device:h-1 d1 06:50
'''
"#;

fn formatted(text: &str) -> String {
    let once = format(text, &Catalogue::shipped()).unwrap_or_else(|wrong| panic!("{wrong:#?}\n{text}"));
    assert_eq!(format(&once, &Catalogue::shipped()).unwrap(), once, "formatting again changes it");
    once
}

#[test]
fn what_is_in_form_stays_as_it_is() {
    assert_eq!(formatted(PLAIN), PLAIN);
}

#[test]
fn comments_stay_with_what_they_stood_at() {
    let text = PLAIN
        .replace("rule = \"low\"", "# Hydrants.\n# Twice a year.\nrule = \"low\" # its code")
        .replace("[parameters.floor]", "# the code floor\n[ parameters . \"floor\" ]  # GB 50974")
        .replace("min = 0.1", "min=0.10 # \"never\" below")
        .replace("[[trace]]", "# the narrow one\n[[trace]]")
        + "# the end\n";
    let want = PLAIN
        .replace("rule = \"low\"", "# Hydrants.\n# Twice a year.\nrule = \"low\" # its code")
        .replace("[parameters.floor]", "# the code floor\n[parameters.floor] # GB 50974")
        .replace("min = 0.1", "min = 0.1 # \"never\" below")
        .replace("[[trace]]", "# the narrow one\n[[trace]]")
        + "\n# the end\n";
    assert_eq!(formatted(&text), want);
}

#[test]
fn a_comment_inside_a_list_stands_before_its_field() {
    let text = PLAIN.replace(
        "\"level\"",
        "\"level\"\nof = [\n  # metres\n  \"pressure_m\", # here\n  \"pressure_mpa\", # and there\n]",
    );
    let want = PLAIN.replace(
        "\"level\"",
        "\"level\"\n# metres\n# here\nof = [\"pressure_m\", \"pressure_mpa\"] # and there",
    );
    assert_eq!(formatted(&text), want);
}

#[test]
fn a_comment_at_what_is_not_printed_moves_to_its_table() {
    let text = PLAIN.replace("severity = \"info\"", "mandatory = false # areas may\nseverity = \"info\"");
    assert!(formatted(&text).starts_with("# areas may\nrule = \"low\"\n"), "{}", formatted(&text));
}

#[test]
fn what_goes_without_saying_is_not_said() {
    let text = PLAIN.replace("hold = \"10min\"", "hold = \"600s\"\nclear_hold = \"0s\"");
    assert_eq!(formatted(&text), PLAIN);
    let two = PLAIN.replace(
        "[signal]",
        "[signals.usual]\noperator = \"baseline\"\nof = [\"pressure_mpa\"]\nrelearn = 5\n\n[signal]",
    );
    let two = two.replace("< floor\"", "< floor + usual\"");
    assert_eq!(formatted(&two), two.replace("of = [\"pressure_mpa\"]\nrelearn = 5", "of = \"pressure_mpa\""));
}

#[test]
fn a_hash_inside_a_string_is_no_comment() {
    let text = PLAIN.replace("en = \"Floor\"", "en = \"Floor \\\"# 1\\\" '''\"");
    assert!(formatted(&text).contains("# 1"));
    assert_eq!(formatted(&text).matches('#').count(), 2, "{}", formatted(&text));
}

#[test]
fn what_is_no_rule_is_told_and_not_formatted() {
    let wrong = format("rule = \"low\"\nnmae = 1 # x\n", &Catalogue::shipped()).unwrap_err();
    assert!(wrong.len() > 1);
}

proptest! {
    /// FM1, FM3.
    #[test]
    fn no_comment_is_lost_wherever_it_stands(
        at in proptest::collection::vec((0usize..40, any::<bool>()), 1..8),
    ) {
        let mut lines: Vec<String> = PLAIN.lines().map(str::to_owned).collect();
        // Not inside the script.
        let fields = lines.iter().position(|l| l.starts_with("script")).unwrap();
        for (n, (line, own)) in at.iter().enumerate() {
            let line = line % fields;
            if *own || lines[line].is_empty() {
                lines[line] = format!("# c{n}\n{}", lines[line]);
            } else {
                lines[line] = format!("{} # c{n}", lines[line]);
            }
        }
        let text = lines.join("\n") + "\n";
        let got = formatted(&text);
        for n in 0..at.len() {
            prop_assert_eq!(got.matches(&format!("# c{n}")).count(), 1, "{}\n{}", text, got);
        }
        let (was, is) = (check(&text, &Catalogue::shipped()).unwrap(), check(&got, &Catalogue::shipped()).unwrap());
        prop_assert_eq!(print(&was), print(&is));
    }
}
