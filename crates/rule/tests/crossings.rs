//! CX1: a crossing says what its condition says. CX2: it says no of the numbers it names as denied.

use linli_rule::{
    Catalogue, Compared, Crossing, check,
    expr::{Field, Scope, Val},
    plan::Operator,
};
use proptest::prelude::*;

/// One reading of the plan's measure `measure`, what the other signal says, and the parameters' values.
struct One<'a> {
    measure: u8,
    value: Val<'a>,
    said: Val<'a>,
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
        self.said
    }
    fn field(&self, _: Field) -> Val<'_> {
        Val::Number(7.0)
    }
}

fn raise_of(condition: &str) -> linli_rule::expr::BoolExpr {
    let text = format!(
        "rule = \"r\"\nname = {{ zh = \"规\", en = \"r\" }}\nkey = \"device\"\nseverity = \"info\"\ncase_class = \"x.y\"\n\
         sentence = {{ zh = \"低\", en = \"low\" }}\n[parameters.floor]\nlabel = {{ zh = \"限\", en = \"Floor\" }}\n\
         value = 1\nmin = -1e308\nmax = 1e308\n[signals.lately]\noperator = \"window\"\nof = \"pressure_mpa\"\n\
         aggregate = \"count\"\nspan = \"1h\"\n[signal]\noperator = \"level\"\nof = [\"pressure_mpa\", \"noise_db\"]\n\
         raise = \"{condition}\"\nclear = \"pressure_mpa > floor\"\n"
    );
    let plan = check(&text, &Catalogue::shipped()).unwrap_or_else(|wrong| panic!("{wrong:#?}\n{text}"));
    let Operator::Level(level) = &plan.nodes[plan.nodes.len() - 1].operator else { panic!("a level") };
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
    prop::sample::select(vec!["value", "pressure_mpa", "noise_db", "lately"])
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
        let said = match kind {
            0 => Val::Number(n),
            1 => Val::Flag(true),
            _ => Val::Text("x"),
        };
        // What is not compared is of another kind and number.
        let other = if kind == 0 { Val::Unknown } else { Val::Number(0.25) };
        let of_signal = matches!(crossing.compared(), Compared::Signal(_));
        let (value, said) = if of_signal { (other, said) } else { (said, other) };
        let scope = One { measure, value, said, parameters: [floor] };
        let holds = crossing.holds(&scope);
        prop_assert_eq!(holds, raise.eval(&scope), "{}", condition);
        let of_it = !matches!(crossing.compared(), Compared::Measure(m) if m != measure);
        if let (Some((least, most)), 0, true) = (crossing.denied(), kind, of_it) {
            prop_assert_eq!(least <= n && n <= most, holds == Some(false), "{} of {}", condition, n);
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
