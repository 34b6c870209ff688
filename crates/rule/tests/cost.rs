//! What rules cost, from their text.

use linli_rule::{Catalogue, check, cost};

fn cost_of(tail: &str) -> u64 {
    let text = format!(
        "rule = \"r\"\nname = {{ zh = \"规\", en = \"r\" }}\nkey = \"device\"\nseverity = \"info\"\ncase_class = \"x.y\"\n\
         sentence = {{ zh = \"规\", en = \"r\" }}\n{tail}"
    );
    match check(&text, &Catalogue::shipped()) {
        Ok(plan) => cost(&plan),
        Err(wrong) => panic!("{text}\n{wrong:?}"),
    }
}

fn level(raise: &str) -> u64 {
    cost_of(&format!("[signal]\noperator = \"level\"\nraise = \"{raise}\"\n"))
}
fn counted(aggregate: &str, span: &str) -> u64 {
    cost_of(&format!(
        "[signals.n]\noperator = \"window\"\nof = \"door_open\"\naggregate = \"{aggregate}\"\nspan = \"{span}\"\n\
         [signal]\noperator = \"level\"\nraise = \"n > 3\"\n"
    ))
}

/// By hand, from the table in cost.rs.
#[test]
fn a_cost_is_work_times_state() {
    // Work 2 and 3 for the condition; state 4.
    assert_eq!(level("pressure_mpa < 0.1"), (2 + 3) * 4);
    // Two measures: each of them is heard by the one signal, whose condition has 7 parts.
    assert_eq!(level("pressure_mpa < 0.1 && door_open"), 2 * (2 + 5) * 4);
    // The window hears one measure, and so does the level that reads it.
    assert_eq!(counted("count", "60min"), ((3 + 1) + (2 + 3)) * ((60 + 4) + 4));
}

/// CO2
#[test]
fn more_never_costs_less() {
    assert!(level("pressure_mpa < 0.1") < level("pressure_mpa < 0.1 + 0.2"));
    let spans = ["1s", "1min", "2h", "3d", "300d"].map(|span| counted("count", span));
    assert!(spans.is_sorted() && spans[0] < spans[4], "{spans:?}");
    assert_eq!(counted("count", "300d"), counted("count", "3000d"), "what is kept is bounded");
    assert!(counted("count", "3d") < counted("distinct", "3d"));
    let greatest = |max: u32| {
        cost_of(&format!(
            "[parameters.span]\nlabel = {{ zh = \"时长\", en = \"Span\" }}\nvalue = 1\nmin = 1\nmax = {max}\nunit = \"h\"\n\
             [signals.n]\noperator = \"window\"\nof = \"door_open\"\naggregate = \"count\"\nspan = \"span\"\n\
             [signal]\noperator = \"level\"\nraise = \"n > 3\"\n"
        ))
    };
    assert!(greatest(1) < greatest(48), "an area may set it that high");
}
