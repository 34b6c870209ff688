//! Conditions against the `cel` crate: on random expressions and values both say the same, or ours says unknown where
//! CEL fails or leaves the finite numbers.

use cel::{Context, Program, Value};
use linli_rule::{
    Catalogue, check,
    expr::{Field, Scope, Val},
    plan::Operator,
};
use proptest::prelude::*;

const NUMBERS: [&str; 3] = ["pressure_mpa", "noise_db", "temperature_c"];
const FLAGS: [&str; 2] = ["smoke", "motion"];
const TEXTS: [&str; 1] = ["door_card"];

/// A number's text; always written as a double, because CEL keeps integers apart and we do not.
fn number(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        (-40i32..40).prop_map(|n| format!("{:.1}", f64::from(n) / 4.0)),
        Just("0.0".to_owned()),
        Just("1e200".to_owned()),
        prop::sample::select(NUMBERS.to_vec()).prop_map(str::to_owned),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    prop_oneof![
        3 => leaf,
        2 => (number(depth - 1), prop::sample::select(vec!["+", "-", "*", "/"]), number(depth - 1))
            .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => number(depth - 1).prop_map(|a| format!("(-({a}))")),
        1 => (flag(depth - 1), number(depth - 1), number(depth - 1)).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
    ]
    .boxed()
}

fn text() -> BoxedStrategy<String> {
    prop_oneof![Just("\"ab\"".to_owned()), Just("\"\"".to_owned()), Just("door_card".to_owned())].boxed()
}

fn flag(depth: u32) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("true".to_owned()),
        Just("false".to_owned()),
        prop::sample::select(FLAGS.to_vec()).prop_map(str::to_owned),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let compare = prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    prop_oneof![
        1 => leaf,
        3 => (number(depth - 1), compare, number(depth - 1)).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        2 => (flag(depth - 1), prop::sample::select(vec!["&&", "||", "==", "!="]), flag(depth - 1))
            .prop_map(|(a, op, b)| format!("(({a}) {op} ({b}))")),
        1 => flag(depth - 1).prop_map(|a| format!("(!({a}))")),
        1 => (text(), prop::sample::select(vec!["==", "!="]), text()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        1 => (text(), prop::sample::select(vec!["startsWith", "endsWith", "contains"]), text())
            .prop_map(|(a, f, b)| format!("{a}.{f}({b})")),
        1 => text().prop_map(|a| format!("({a} in [\"ab\", \"c\"])")),
        1 => number(depth - 1).prop_map(|a| format!("({a} in [0.0, 2.5])")),
    ]
    .boxed()
}

/// The values of all measures at once; None = the reading does not carry it.
#[derive(Clone, Debug)]
struct Values {
    numbers: [Option<f64>; 3],
    flags: [Option<bool>; 2],
    text: Option<String>,
}

fn values() -> impl Strategy<Value = Values> {
    let n = || {
        prop::option::weighted(0.85, prop_oneof![Just(0.0), (-20i32..20).prop_map(|n| f64::from(n) / 4.0)])
    };
    let b = || prop::option::weighted(0.85, any::<bool>());
    (
        [n(), n(), n()],
        [b(), b()],
        prop::option::weighted(0.85, prop::sample::select(vec!["", "ab", "xab", "c"])),
    )
        .prop_map(|(numbers, flags, text)| Values { numbers, flags, text: text.map(str::to_owned) })
}

struct All<'a> {
    values: &'a Values,
    measures: Vec<&'a str>,
}

impl Scope for All<'_> {
    fn measure(&self, i: usize) -> Val<'_> {
        let code = self.measures[i];
        if let Some(k) = NUMBERS.iter().position(|n| *n == code) {
            return self.values.numbers[k].map_or(Val::Unknown, Val::Number);
        }
        if let Some(k) = FLAGS.iter().position(|n| *n == code) {
            return self.values.flags[k].map_or(Val::Unknown, Val::Flag);
        }
        self.values.text.as_deref().map_or(Val::Unknown, Val::Text)
    }
    fn value(&self) -> Val<'_> {
        Val::Unknown
    }
    fn parameter(&self, _: usize) -> f64 {
        0.0
    }
    fn node(&self, _: usize) -> Val<'_> {
        Val::Unknown
    }
    fn field(&self, _: Field) -> Val<'_> {
        Val::Unknown
    }
}

fn ours(condition: &str, values: &Values) -> Option<bool> {
    let text = format!(
        "rule = \"r\"\nname = {{ zh = \"规\", en = \"r\" }}\nkey = \"device\"\nseverity = \"info\"\ncase_class = \"x\"\n\
         sentence = {{ zh = \"句\", en = \"s\" }}\n[signal]\noperator = \"level\"\nraise = '{condition}'\n"
    );
    let plan = check(&text, &Catalogue::shipped()).unwrap_or_else(|wrong| panic!("{condition}: {wrong:#?}"));
    let Operator::Level(level) = &plan.signal().operator else { panic!() };
    level.raise.eval(&All { values, measures: plan.measures.iter().map(|m| m.as_str()).collect() })
}

/// What CEL says; None where it fails.
fn theirs(condition: &str, values: &Values) -> Option<bool> {
    let program = Program::compile(condition).unwrap();
    let mut context = Context::default();
    for (k, name) in NUMBERS.iter().enumerate() {
        if let Some(n) = values.numbers[k] {
            context.add_variable_from_value(*name, Value::Float(n));
        }
    }
    for (k, name) in FLAGS.iter().enumerate() {
        if let Some(b) = values.flags[k] {
            context.add_variable_from_value(*name, Value::Bool(b));
        }
    }
    if let Some(t) = &values.text {
        context.add_variable_from_value(TEXTS[0], Value::String(t.clone().into()));
    }
    match program.execute(&context) {
        Ok(Value::Bool(b)) => Some(b),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn what_is_known_agrees_with_cel(condition in flag(4), values in values()) {
        let (ours, theirs) = (ours(&condition, &values), theirs(&condition, &values));
        // Divisions by zero and overflows are numbers to CEL and unknown to us; everything else must be equal.
        let leaves_the_finite = condition.contains('/') || condition.contains("e200");
        match ours {
            Some(b) => prop_assert_eq!(Some(b), theirs, "{} {:?}", condition, values),
            None if !leaves_the_finite => prop_assert_eq!(theirs, None, "{} {:?}", condition, values),
            None => {}
        }
    }
}

#[test]
fn what_cannot_be_known_is_unknown_and_never_an_error() {
    let values = Values { numbers: [Some(0.0), Some(1.0), None], flags: [Some(true), None], text: None };
    for (condition, want) in [
        ("noise_db / pressure_mpa > 1.0", None),
        ("noise_db / pressure_mpa > 1.0 || smoke", Some(true)),
        ("noise_db / pressure_mpa > 1.0 && !smoke", Some(false)),
        ("1e308 * 10.0 > 1.0", None),
        ("temperature_c > 1.0", None),
        ("temperature_c > 1.0 && false", Some(false)),
        ("motion || smoke", Some(true)),
        ("!motion", None),
        ("door_card == \"x\"", None),
        ("has(device.capacity)", Some(false)),
        ("device.capacity > 3", None),
    ] {
        assert_eq!(ours(condition, &values), want, "{condition}");
    }
}
