//! CE1: every mistake at once, with its place, in both languages, and a suggestion where there is one.

use linli_rule::{Catalogue, check};

fn told(text: &str) -> String {
    let wrong = match check(text, &Catalogue::shipped()) {
        Ok(plan) => return format!("right: {}", plan.rule),
        Err(wrong) => wrong,
    };
    let lines = wrong.iter().map(|d| {
        let place = d.span.map_or_else(|| "-".to_owned(), |s| format!("{}:{}", s.line, s.column));
        assert!(!d.message.zh.is_empty() && !d.message.en.is_empty(), "{d:?}");
        let hint = d.suggestion.as_ref().map_or_else(String::new, |s| format!(" → {}", s.en));
        format!("{place} {} {}: {}{hint}", d.code, d.field, d.message.en)
    });
    lines.collect::<Vec<_>>().join("\n")
}

const RIGHT: &str = r#"rule = "low"
name = { zh = "低", en = "low" }
key = "device"
severity = "info"
case_class = "x.y"
sentence = { zh = "低", en = "low" }
[signal]
operator = "level"
raise = "pressure_mpa < 0.15"
"#;

#[test]
fn a_right_rule_is_right() {
    assert_eq!(told(RIGHT), "right: low");
}

#[test]
fn every_mistake_is_told_at_once() {
    insta::assert_snapshot!(told(
        r#"
rule = "Low"
name = { zh = "低" }
key = "devise"
severity = "infi"
case_class = "x..y"
sentense = { zh = "低", en = "low" }

[parameters.floor]
label = { zh = "下限", en = "floor" }
value = 9
min = 0
max = 1

[parameters.idle]
label = { zh = "无用", en = "idle" }
value = 1
min = 0
max = 2

[signals.recent]
operator = "window"
of = ["presure_mpa", "door_open"]
aggregate = "mox"
span = "6 hours"

[signal]
operator = "level"
raise = "pressure_mp < floor && smoke > 1 || noise_db"
clear = "[1].all(x, x > 1) || value > 1"
hold = "idle"
"#
    ));
}

#[test]
fn mistakes_in_conditions_have_their_own_place() {
    let with = |condition: &str| told(&RIGHT.replace("pressure_mpa < 0.15", condition));
    insta::assert_snapshot!(
        [
            with("pressure_mpa <"),
            with("pressure_mpa < 'x'"),
            with("pressure_mpa + 1"),
            with("smoke == 1"),
            with("door_card"),
            with("size(door_card) > 1"),
            with("device.colour == 'red'"),
            with("device.clas == 'smoke'"),
            with("smoke ? 1 : 'a'"),
            with("pressure_mpa in ['a']"),
            with("{'a': 1}.a > 0"),
            with("null == null"),
            with("pressure_mpa % 2 == 0"),
            with("value > 1"),
            with(""),
        ]
        .join("\n")
    );
}

#[test]
fn mistakes_of_shape_are_told_with_what_is_missing() {
    insta::assert_snapshot!([
        told(""),
        told("rule = "),
        told(&RIGHT.replace("key = \"device\"", "key = \"device\"\npopulation = \"p\"")),
        told(&RIGHT.replace("operator = \"level\"", "operator = \"lewel\"")),
        told(&RIGHT.replace("raise = \"pressure_mpa < 0.15\"", "")),
        told(&RIGHT.replace("level\"\nraise = \"pressure_mpa < 0.15\"", "window\"\nof = \"noise_db\"\naggregate = \"max\"\nspan = \"1h\"")),
        told(&RIGHT.replace("level\"\nraise = \"pressure_mpa < 0.15\"", "absent\"\nof = \"door_open\"\nspan = 72")),
        told(&RIGHT.replace("level\"\nraise = \"pressure_mpa < 0.15\"", "occupancy\"")),
        told(&RIGHT.replace("en = \"low\" }\n[", "en = \"{valu}\" }\n[")),
        told(&RIGHT.replace("key = \"device\"", "key = \"device\"\nemission = \"eager\"").replace("0.15\"", "0.15\"\nhold = \"5min\"")),
        told(&format!("{RIGHT}\n[[trace]]\nname = \"a\"\nkind = \"fires\"\n[[trace]]\nname = \"b\"\nkind = \"explodes\"\nscript = \"\"\n")),
    ]
    .join("\n--\n"));
}

#[test]
fn no_text_makes_the_check_fall_over() {
    for text in
        ["\u{0}", "[[[", "rule = \"\u{1F600}\"", "[signal]\nraise = \"((((((((((\"", "a.b.c = 1\n[a]\nb = 2"]
    {
        assert!(check(text, &Catalogue::shipped()).is_err());
    }
    let deep = RIGHT.replace("pressure_mpa < 0.15", &format!("{}true{}", "(".repeat(5000), ")".repeat(5000)));
    assert!(check(&deep, &Catalogue::shipped()).is_err());
    let long = RIGHT.replace("pressure_mpa < 0.15", &vec!["smoke"; 3000].join(" || "));
    assert!(check(&long, &Catalogue::shipped()).is_err());
    for deep in
        ["1 + ".repeat(98) + "1 > 0", "!".repeat(99) + "smoke", "(".repeat(24) + "smoke" + &")".repeat(24)]
    {
        let _ = check(&RIGHT.replace("pressure_mpa < 0.15", &deep), &Catalogue::shipped());
    }
}

proptest::proptest! {
    #[test]
    fn a_damaged_rule_is_refused_or_right_and_never_more(at in 0usize..220, junk in "[\\[\\]{}\"'=.a-z0-9 \\n<>&|()!]{0,6}", cut in 0usize..20) {
        let at = RIGHT.char_indices().map(|c| c.0).nth(at.min(RIGHT.chars().count() - 1)).unwrap();
        let rest: String = RIGHT[at..].chars().skip(cut).collect();
        let _ = check(&format!("{}{junk}{rest}", &RIGHT[..at]), &Catalogue::shipped());
    }
}

#[test]
fn beyond_two_hundred_mistakes_the_others_are_only_counted() {
    let many =
        |n: usize| format!("{}{RIGHT}", (0..n).map(|i| format!("field_{i} = 1\n")).collect::<String>());
    let wrong = |n: usize| check(&many(n), &Catalogue::shipped()).unwrap_err();
    assert_eq!(wrong(200).len(), 200);
    assert!(wrong(200).iter().all(|d| d.code == "unknown_field"));
    let beyond = wrong(5_000);
    assert_eq!((beyond.len(), beyond[200].code.as_str()), (201, "too_many"));
    assert!(beyond[200].message.en.contains("4800 more"), "{:?}", beyond[200]);
}

#[test]
fn a_logic_takes_no_more_inputs_than_there_can_be_signals() {
    let logic = |n: usize| {
        let inputs = vec!["\"a\""; n].join(", ");
        RIGHT.replace("[signal]", "[signals.a]")
            + &format!("[signal]\noperator = \"logic\"\nmode = \"any\"\ninputs = [{inputs}]\n")
    };
    assert_eq!(told(&logic(8)), "right: low");
    assert!(told(&logic(300)).contains("at most 8"), "{}", told(&logic(300)));
}

/// G6: what may be a matter of life never suspends itself.
#[test]
fn a_rule_that_suspends_itself_is_neither_mandatory_nor_eager() {
    let with = |line: &str| {
        told(&RIGHT.replace("severity = \"info\"", &format!("severity = \"info\"\nsuspects = true\n{line}")))
    };
    assert_eq!(with(""), "right: low");
    for line in ["mandatory = true", "emission = \"eager\""] {
        assert!(with(line).contains(" never_suspended suspects: "), "{}", with(line));
    }
}
