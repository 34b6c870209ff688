//! FP1: what is printed reads back as it was, and prints the same again. Most of these texts were found by fuzzing.

use linli_rule::{Catalogue, RulePlan, check, print};
use std::sync::Arc;

fn rule(signal: &str) -> String {
    format!(
        r#"rule = "low"
name = {{ zh = "低", en = "low" }}
key = "device"
severity = "info"
case_class = "x.y"
sentence = {{ zh = "低", en = "low" }}
{signal}
"#
    )
}

fn level(raise: &str) -> String {
    let raise = toml::Value::String(raise.to_owned());
    rule(&format!(
        "[signal]\noperator = \"level\"\nof = [\"smoke\", \"noise_db\", \"door_card\"]\nraise = {raise}"
    ))
}

fn checked(text: &str) -> Arc<RulePlan> {
    check(text, &Catalogue::shipped()).unwrap_or_else(|wrong| panic!("{wrong:#?}\n{text}"))
}

/// The printed text, after it was read back.
fn printed(text: &str) -> String {
    let plan = checked(text);
    let printed = print(&plan);
    let again = checked(&printed);
    let without = |p: &RulePlan| {
        let mut p = p.clone();
        p.traces.iter_mut().for_each(|t| t.line = 0);
        p
    };
    assert_eq!(without(&again), without(&plan), "\n{printed}");
    assert_eq!(print(&again), printed);
    printed
}

/// The `raise` that is printed for a `raise`.
fn raise(source: &str) -> String {
    let plan = checked(&printed(&level(source)));
    let text = print(&plan);
    let line = text.lines().find_map(|l| l.strip_prefix("raise = ")).unwrap().to_owned();
    toml::from_str::<toml::Table>(&format!("x = {line}")).unwrap()["x"].as_str().unwrap().to_owned()
}

#[test]
fn a_condition_is_printed_with_the_brackets_it_needs() {
    for (source, want) in [
        ("smoke&&smoke&&(smoke&&smoke)", "smoke && smoke && smoke && smoke"),
        ("(smoke || smoke) && !(!smoke)", "(smoke || smoke) && !(!smoke)"),
        ("((noise_db) - (1 - 2)) * 3 > -4", "(noise_db - (1 - 2)) * 3 > -4"),
        ("noise_db - -1 < -(noise_db + 1)", "noise_db - -1 < -(noise_db + 1)"),
        ("(smoke ? noise_db : 1) > 0", "(smoke ? noise_db : 1) > 0"),
        ("((smoke ? smoke : !smoke) ? 1 : 2) > 0", "((smoke ? smoke : !smoke) ? 1 : 2) > 0"),
        ("smoke ? smoke : smoke ? smoke : smoke", "smoke ? smoke : smoke ? smoke : smoke"),
        ("(smoke == smoke) == (noise_db > 1)", "(smoke == smoke) == (noise_db > 1)"),
        ("(smoke ? door_card : 'a') in ['b']", "(smoke ? door_card : \"a\") in [\"b\"]"),
        (
            "(smoke ? door_card : 'a').contains(smoke ? 'b' : 'c')",
            "(smoke ? door_card : \"a\").contains(smoke ? \"b\" : \"c\")",
        ),
        ("!(smoke == smoke) && !(door_card != 'a')", "smoke != smoke && !(door_card != \"a\")"),
        ("noise_db in [1, -0.0, 1e300, 1e14]", "noise_db in [1, 0, 1e300, 100000000000000]"),
    ] {
        assert_eq!(raise(source), want, "{source}");
    }
}

#[test]
fn a_text_in_a_condition_keeps_every_character() {
    for source in [
        r#"door_card == "\x00\u007f\n\r\t\\\"'\u00a0\u200b""#,
        "door_card in ['零宽\u{200b}', 'e\u{301}', '\u{feff}']",
    ] {
        printed(&level(source));
    }
}

#[test]
fn a_long_chain_nests_as_little_as_it_did() {
    let chain = vec!["smoke"; 49].join(" && ");
    assert_eq!(raise(&chain), chain);
    let sum = format!("{}1 > 0", "1 + ".repeat(60));
    assert_eq!(raise(&sum), sum);
}

#[test]
fn a_condition_that_is_too_complex_only_when_printed_is_refused_at_once() {
    // Tidy it has a blank on both sides of every operator.
    let text = |n: usize| format!("{}smoke", "door_card!='aaaaaaaaaaaaaaaaaaaaaaaaaaa'&&".repeat(n));
    assert!(text(23).len() < 1000);
    let wrong = check(&level(&text(23)), &Catalogue::shipped()).unwrap_err();
    assert_eq!(wrong[0].code, "too_complex");
    printed(&level(&text(21)));
}

#[test]
fn durations_are_whole_milliseconds_up_to_a_century() {
    let held =
        |hold: &str| rule(&format!("[signal]\noperator = \"level\"\nraise = \"smoke\"\nhold = \"{hold}\""));
    assert!(printed(&held("0.0004s")).contains("hold = \"0ms\""));
    assert!(printed(&held("1.5min")).contains("hold = \"90s\""));
    assert!(printed(&held("36500d")).contains("hold = \"36500d\""));
    let wrong = check(&held("36500.1d"), &Catalogue::shipped()).unwrap_err();
    assert_eq!((wrong[0].code.as_str(), wrong[0].field.as_str()), ("out_of_bounds", "signal.hold"));
}

#[test]
fn a_script_that_cannot_stand_between_quotes_is_escaped() {
    for script in ["expect nothing # '''", "expect nothing\\r\\n\\u0007", "it's"] {
        let trace = format!("[[trace]]\nname = \"t\"\nkind = \"misses\"\nscript = \"{script}\"\n");
        printed(&format!("{}{trace}", level("smoke")));
    }
}

#[test]
fn what_a_node_hears_besides_its_own_fields_is_kept() {
    for signal in [
        "operator = \"occupancy\"\nwhen = \"noise_db > 1\"\nenters = \"gate_in\"\ncapacity = \"capacity\"",
        "operator = \"schedule\"\nof = \"motion\"\nfrom = \"08:00\"\nto = \"24:00\"",
        "operator = \"score\"\nof = \"motion\"\nhalf_life = \"1h\"\nraise = 2\nparts = [{ when = \"smoke\", weight = 2 }]",
    ] {
        printed(&rule(&format!("[signal]\n{signal}")));
    }
    let roll = "[signals.r]\noperator = \"roll\"\nwhen = \"motion\"\naggregate = \"count\"\n[signals.r.member]\noperator = \"level\"\nof = \"gas\"\nraise = \"smoke\"\n\
                [signal]\noperator = \"level\"\nraise = \"r > 1\"";
    printed(&rule(roll).replace("\"device\"", "\"area\""));
}

#[test]
fn an_operator_with_fields_for_its_measures_has_no_of() {
    let occupancy = "[signal]\noperator = \"occupancy\"\nof = [\"gate_in\", \"motion\"]\nenters = \"gate_in\"\ncapacity = 3";
    let wrong = check(&rule(occupancy), &Catalogue::shipped()).unwrap_err();
    assert_eq!((wrong[0].code.as_str(), wrong[0].field.as_str()), ("unknown_field", "signal.of"));
}

#[test]
fn a_text_that_is_too_long_only_when_printed_is_refused_at_once() {
    let about = |tabs: usize| {
        let tabs = "\t".repeat(tabs);
        level("smoke")
            .replace("severity", &format!("about = {{ zh = \"关{tabs}'''\", en = \"on\" }}\nseverity"))
    };
    printed(&about(120_000));
    let wrong = check(&about(140_000), &Catalogue::shipped()).unwrap_err();
    assert_eq!(wrong[0].code, "too_long");
}
