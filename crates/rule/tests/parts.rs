//! Conditions taken apart: a condition and a moment in, its parts out. `*` decides; `+` true, `-` false, `?` unknown.

use linli_rule::{
    Catalogue, RulePlan, check,
    expr::{Field, Scope, Val},
    parts::{Part, parts},
    plan::Operator,
};
use std::{collections::BTreeMap, sync::Arc};

const RULE: &str = r#"
rule = "r"
name = { zh = "规则", en = "rule" }
key = "device"
severity = "info"
case_class = "x.y"
sentence = { zh = "{floor}", en = "{floor}" }

[parameters.floor]
label = { zh = "静压下限", en = "Least pressure" }
value = 0.15
min = 0.1
max = 0.3
unit = "MPa"

[signals.loud]
operator = "window"
aggregate = "mean"
of = "noise_db"
span = "30min"

[signal]
operator = "level"
raise = 'CONDITION'
clear = 'floor > 0 && loud < 3'
"#;

/// What the current reading carries, by its measure.
struct Moment {
    plan: Arc<RulePlan>,
    values: BTreeMap<&'static str, f64>,
    hour: f64,
}

impl Scope for Moment {
    fn measure(&self, i: usize) -> Val<'_> {
        let code = self.plan.measures[i].as_str();
        match (self.values.get(code), code) {
            (None, _) => Val::Unknown,
            (Some(n), "smoke" | "motion") => Val::Flag(*n != 0.0),
            (Some(n), _) => Val::Number(*n),
        }
    }
    fn value(&self) -> Val<'_> {
        Val::Unknown
    }
    fn parameter(&self, i: usize) -> f64 {
        self.plan.parameters[i].value
    }
    fn node(&self, _: usize) -> Val<'_> {
        Val::Unknown
    }
    fn field(&self, f: Field) -> Val<'_> {
        match f {
            Field::DeviceId => Val::Text("hydrant-1"),
            Field::Hour => Val::Number(self.hour),
            _ => Val::Unknown,
        }
    }
}

fn taken(condition: &str, values: &[(&'static str, f64)], hour: f64) -> (Part, Option<bool>) {
    let text = RULE.replace("CONDITION", condition);
    let plan = check(&text, &Catalogue::shipped()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let Operator::Level(level) = &plan.signal().operator else { panic!() };
    let raise = level.raise.clone();
    let moment = Moment { plan: plan.clone(), values: values.iter().copied().collect(), hour };
    let truth = raise.eval(&moment);
    (parts(&plan, &Catalogue::shipped(), &raise, &moment, Some(0)), truth)
}

fn tree(part: &Part, depth: usize, out: &mut String) {
    let truth = match part.truth {
        Some(true) => '+',
        Some(false) => '-',
        None => '?',
    };
    let decides = if part.decides { '*' } else { ' ' };
    out.push_str(&format!("{}{decides}{truth} {} | {}\n", "  ".repeat(depth), part.text, part.said.en));
    part.parts.iter().for_each(|p| tree(p, depth + 1, out));
}

#[track_caller]
fn says(condition: &str, values: &[(&'static str, f64)], expected: &str) {
    let (part, truth) = taken(condition, values, 23.0);
    assert_eq!(part.truth, truth, "PT1");
    let mut out = String::new();
    tree(&part, 0, &mut out);
    assert_eq!(out.trim_end(), expected.trim(), "\n{out}");
}

/// PT2
#[test]
fn of_a_false_conjunction_the_false_parts_decide() {
    says(
        "pressure_mpa < floor && hour >= 22",
        &[("pressure_mpa", 0.2)],
        "*- pressure_mpa < floor && hour >= 22 | not all of it holds
  *- pressure_mpa < floor | Water pressure (0.2 MPa) is not below Least pressure (0.15 MPa)
   + hour >= 22 | the hour (23) is at least 22",
    );
}

/// PT2
#[test]
fn of_a_true_disjunction_the_true_parts_decide_and_what_was_not_measured_is_unknown() {
    says(
        "smoke || temperature_c > 60",
        &[("temperature_c", 70.0)],
        "*+ smoke || temperature_c > 60 | some of it holds
   ? smoke | Smoke alarm: unknown
  *+ temperature_c > 60 | Temperature (70 °C) is above 60",
    );
}

/// PT2
#[test]
fn where_it_cannot_be_told_the_unknown_parts_decide() {
    says(
        "pressure_mpa < floor && device.capacity > 3",
        &[("pressure_mpa", 0.1)],
        "*? pressure_mpa < floor && device.capacity > 3 | cannot be told
   + pressure_mpa < floor | Water pressure (0.1 MPa) is below Least pressure (0.15 MPa)
  *? device.capacity > 3 | the registered capacity (unknown) is above 3: cannot be told",
    );
}

/// PT2
#[test]
fn a_negation_is_decided_by_what_it_turns_round_and_a_choice_by_what_was_chosen() {
    says(
        "!device.id.startsWith(\"hydrant\")",
        &[],
        "*- !device.id.startsWith(\"hydrant\") | does not hold, because this does
  *+ device.id.startsWith(\"hydrant\") | the device's id (hydrant-1) begins with \"hydrant\"",
    );
    says(
        "hour >= 22 ? pressure_mpa < floor : smoke",
        &[("pressure_mpa", 0.1)],
        "*+ hour >= 22 ? pressure_mpa < floor : smoke | holds
  *+ hour >= 22 | the hour (23) is at least 22
  *+ pressure_mpa < floor | Water pressure (0.1 MPa) is below Least pressure (0.15 MPa)
   ? smoke | Smoke alarm: unknown",
    );
}

#[test]
fn a_number_no_reading_moves_is_a_line_across_the_curve() {
    let (part, _) =
        taken("pressure_mpa < floor + 0.05 || pressure_mpa > device.capacity", &[("pressure_mpa", 0.1)], 1.0);
    let lines: Vec<_> = part.limits().iter().map(|l| (l.name.en.clone(), l.value)).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].0, "floor + 0.05");
    assert!((lines[0].1 - 0.2).abs() < 1e-9, "{lines:?}");
}

#[test]
fn so_is_one_a_mean_over_a_time_is_compared_with() {
    let (part, _) = taken("loud > 55", &[], 1.0);
    let lines: Vec<_> = part.limits().iter().map(|l| (l.name.en.clone(), l.value, l.measure)).collect();
    assert_eq!(lines, [("55".to_owned(), 55.0, 0)]);
    let (part, _) = taken("loud > pressure_mpa", &[("pressure_mpa", 0.1)], 1.0);
    assert!(part.limits().is_empty());
}

/// PT3
#[test]
fn the_plain_words_tell_no_value_of_a_reading() {
    let (part, _) = taken("pressure_mpa < floor", &[("pressure_mpa", 0.2)], 1.0);
    assert_eq!(part.plain.zh, "水压不低于静压下限(0.15 MPa)");
    assert_eq!(part.said.zh, "水压(0.2 MPa)不低于静压下限(0.15 MPa)");
}

#[test]
fn the_innermost_part_that_decides_is_the_first_reason() {
    let (part, _) =
        taken("(pressure_mpa < floor && hour < 6) || (smoke && hour < 6)", &[("pressure_mpa", 0.1)], 23.0);
    assert_eq!(part.innermost().text, "hour < 6");
}
