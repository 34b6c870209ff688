//! CR1: a crossing says what its condition says. CR2: it says no of the numbers it names as denied.

use linli_rule::{
    Catalogue, Crossing, check,
    expr::{Field, Scope, Val},
    plan::Operator,
};
use proptest::prelude::*;

/// One reading of the plan's measure `measure`, and the parameters' values.
struct One<'a> {
    measure: u8,
    value: Val<'a>,
    parameters: [f64; 1],
}
impl Scope for One<'_> {
    fn measure(&self, i: usize) -> Val<'_> {
        if i == usize::from(self.measure) { self.value } else { Val::Unknown }
    }
    fn value(&self) -> Val<'_> {
        self.value
    }
    fn parameter(&self, i: usize) -> f64 {
        self.parameters[i]
    }
    fn node(&self, _: usize) -> Val<'_> {
        Val::Unknown
    }
    fn field(&self, _: Field) -> Val<'_> {
        Val::Number(7.0)
    }
}

fn raise_of(condition: &str) -> linli_rule::expr::BoolExpr {
    let text = format!(
        "rule = \"r\"\nname = {{ zh = \"规\", en = \"r\" }}\nkey = \"device\"\nseverity = \"info\"\ncase_class = \"x.y\"\n\
         sentence = {{ zh = \"低\", en = \"low\" }}\n[parameters.floor]\nlabel = {{ zh = \"限\", en = \"Floor\" }}\n\
         value = 1\nmin = -1e308\nmax = 1e308\n[signal]\noperator = \"level\"\nof = [\"pressure_mpa\", \"noise_db\"]\n\
         raise = \"{condition}\"\nclear = \"pressure_mpa > floor\"\n"
    );
    let plan = check(&text, &Catalogue::shipped()).unwrap_or_else(|wrong| panic!("{wrong:#?}\n{text}"));
    let Operator::Level(level) = &plan.nodes[0].operator else { panic!("a level") };
    level.raise.clone()
}

fn fixed() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "2.5",
        "-3.0",
        "floor",
        "floor + 0.5",
        "-(floor)",
        "floor / 0.0",
        "floor * 1e308",
        "1.0 - floor",
    ])
}
fn reading() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["value", "pressure_mpa", "noise_db"])
}
fn op() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="])
}

proptest! {
    #[test]
    fn a_crossing_says_what_its_condition_says(
        (reading, op, fixed, turned) in (reading(), op(), fixed(), any::<bool>()),
        measure in 0u8..3,
        kind in 0u8..3,
        n in prop_oneof![(-12i32..12).prop_map(|n| f64::from(n) / 2.0), Just(f64::NAN), Just(f64::INFINITY)],
        floor in prop_oneof![(-12i32..12).prop_map(|n| f64::from(n) / 2.0), Just(1e308)],
    ) {
        let condition = if turned { format!("{fixed} {op} {reading}") } else { format!("{reading} {op} {fixed}") };
        let raise = raise_of(&condition);
        let crossing = Crossing::of(&raise, &[floor]).expect("of the commonest kind");
        let value = match kind {
            0 => Val::Number(n),
            1 => Val::Flag(true),
            _ => Val::Text("x"),
        };
        let number = if kind == 0 { Some(n) } else { None };
        let scope = One { measure, value, parameters: [floor] };
        prop_assert_eq!(crossing.holds(measure, number), raise.eval(&scope), "{}", condition);
        let of_it = crossing.measure().is_none_or(|m| m == measure);
        if let (Some((least, most)), Some(n), true) = (crossing.denied(), number, of_it) {
            let denied = crossing.holds(measure, Some(n)) == Some(false);
            prop_assert_eq!(least <= n && n <= most, denied, "{} of {}", condition, n);
        }
    }
}

#[test]
fn what_hangs_on_more_than_the_reading_is_no_crossing() {
    for other in [
        "pressure_mpa < noise_db",
        "pressure_mpa < hour",
        "1.0 < 2.0",
        "pressure_mpa + 1.0 < floor",
        "!(value < floor)",
    ] {
        assert_eq!(Crossing::of(&raise_of(other), &[1.0]), None, "{other}");
    }
}
