//! The rules that lives are lived under: one file per operator, all of the same shape.
//!
//! A file gives a [`Kind`]: how a rule of that operator is drawn, as text, and, where it is simple enough, a slow and
//! obviously right way to find its episodes. A new operator is one more file and one more line in [`KINDS`]; the
//! measures its text names are said by the life's devices without further ado (values.rs knows their grids).

mod absent;
mod daily;
mod level;
mod logic;
mod nested;
mod occupancy;
mod roll;
mod score;
mod streak;
mod usual;
mod when;
mod window;
mod within;

use crate::{draw::Dice, reference::Reference, values};
use std::collections::BTreeMap;

/// Everything that is drawn. Kinds stand here as often as they should be met.
pub const KINDS: &[Kind] = &[
    level::PLAIN,
    level::HELD,
    level::EAGER,
    absent::BARE,
    absent::COVERED,
    absent::BEHIND_A_DOOR,
    occupancy::GIVEN,
    occupancy::REGISTERED,
    occupancy::EAGER,
    streak::DAYS,
    window::COUNT,
    window::NUMBER,
    nested::CROWD,
    nested::SILENT_AND_FULL,
    nested::DAYS_AT_NIGHT,
    when::LASTS,
    within::MISSING,
    within::COMES,
    daily::TODAY,
    daily::YESTERDAY,
    logic::K_OF,
    logic::GATED,
    usual::BASELINE,
    usual::NEIGHBOURS,
    score::FADING,
    roll::COUNT,
    roll::NUMBER,
    window::TUMBLING,
];

pub struct Kind {
    /// Also the rule's code.
    pub name: &'static str,
    pub draw: fn(&mut Drawing<'_>) -> Body,
    /// None: nobody knows better than the engine.
    pub reference: Option<Reference>,
}

/// What a kind draws: the part of the text that is its own.
pub struct Body {
    /// `key = "device"`, `population = "elder_alone"`, `emission = "eager"` …
    pub head: &'static str,
    /// `[signals.x]` and `[signal]`.
    pub text: String,
}

/// A rule as drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub kind: &'static str,
    pub rule: String,
    pub text: String,
    pub eager: bool,
    /// An area's own rule: of which area, below the partition. None: the street's.
    pub own: Option<&'static str>,
    /// What was drawn, by name: numbers as they are, spans in milliseconds.
    pub numbers: BTreeMap<&'static str, f64>,
    pub parameters: Vec<(&'static str, Vec<f64>)>,
}

impl Drawn {
    pub fn number(&self, name: &str) -> f64 {
        self.numbers.get(name).copied().unwrap_or(0.0)
    }
    pub fn span(&self, name: &str) -> i64 {
        self.number(name) as i64
    }
}

/// Draws thresholds and spans, and writes them out or makes parameters of them.
pub struct Drawing<'a> {
    pub dice: &'a mut Dice,
    numbers: BTreeMap<&'static str, f64>,
    parameters: Vec<(&'static str, Vec<f64>)>,
    head: String,
}

impl Drawing<'_> {
    fn parameter(&mut self, name: &'static str, value: f64, choices: &[f64], unit: &str) {
        let least = choices.iter().copied().fold(f64::INFINITY, f64::min);
        let most = choices.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.parameters.push((name, choices.to_vec()));
        self.head += &format!(
            "\n[parameters.{name}]\nlabel = {{ zh = \"参数\", en = \"{name}\" }}\nvalue = {value}\nmin = {least}\n\
             max = {most}\nunit = \"{unit}\"\n"
        );
    }
    /// A duration in minutes, as a field's value with its quotes: `"90min"` or `"hold"`.
    pub fn span(&mut self, name: &'static str, minutes: &[f64]) -> String {
        let value = *self.dice.one_of(minutes);
        self.numbers.insert(name, value * 60_000.0);
        if self.dice.chance(40) {
            self.parameter(name, value, minutes, "min");
            format!("\"{name}\"")
        } else {
            format!("\"{value}min\"")
        }
    }
    /// A number as a field's value: `6` or `"capacity"`.
    pub fn number(&mut self, name: &'static str, choices: &[f64]) -> String {
        let said = self.figure(name, choices);
        if self.parameters.iter().any(|p| p.0 == name) { format!("\"{said}\"") } else { said }
    }
    /// A number inside a condition: `0.3` or `floor`.
    pub fn figure(&mut self, name: &'static str, choices: &[f64]) -> String {
        let value = *self.dice.one_of(choices);
        self.numbers.insert(name, value);
        if self.dice.chance(40) {
            self.parameter(name, value, choices, "");
            name.to_owned()
        } else {
            value.to_string()
        }
    }
    /// A threshold among the values of a measure.
    pub fn threshold(&mut self, name: &'static str, measure: &str) -> String {
        self.figure(name, values::grid(measure))
    }
    /// Takes back what the text does not use after all.
    pub fn forget(&mut self, name: &str) {
        self.numbers.retain(|n, _| *n != name);
        if let Some(at) = self.head.find(&format!("\n[parameters.{name}]")) {
            let end = self.head[at + 1..].find("\n[").map_or(self.head.len(), |e| at + 1 + e);
            self.head.replace_range(at..end, "");
        }
        self.parameters.retain(|p| p.0 != name);
    }
    /// A number that is always written out.
    pub fn written(&mut self, name: &'static str, choices: &[f64]) -> f64 {
        let value = *self.dice.one_of(choices);
        self.numbers.insert(name, value);
        value
    }
    /// One of some words; its place is noted.
    pub fn word<'w>(&mut self, name: &'static str, words: &[&'w str]) -> &'w str {
        let i = self.dice.below(words.len());
        self.numbers.insert(name, i as f64);
        words[i]
    }
}

/// Draws one rule of a kind.
pub fn draw(kind: &Kind, rule: &str, version: u32, dice: &mut Dice) -> Drawn {
    let mut drawing = Drawing { dice, numbers: BTreeMap::new(), parameters: Vec::new(), head: String::new() };
    let body = (kind.draw)(&mut drawing);
    let Drawing { numbers, parameters, head, .. } = drawing;
    let text = format!(
        "rule = \"{rule}\"\nversion = {version}\nname = {{ zh = \"规则\", en = \"rule\" }}\n{}\n\
         severity = \"info\"\ncase_class = \"x.y\"\n\
         sentence = {{ zh = \"{{subject}} {{start}} {{value}}\", en = \"{{subject}} {{start}} {{value}}\" }}\n{head}{}",
        body.head, body.text
    );
    Drawn {
        kind: kind.name,
        rule: rule.to_owned(),
        text,
        eager: body.head.contains("\"eager\""),
        own: None,
        numbers,
        parameters,
    }
}

pub fn find_kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::catalogue;

    #[test]
    fn every_kind_draws_rules_that_pass_the_check() {
        let mut wrong = String::new();
        for kind in KINDS {
            for seed in 0..60 {
                let drawn = draw(kind, kind.name, 1, &mut Dice::of(seed));
                if let Err(told) = linli_rule::check(&drawn.text, catalogue()) {
                    let told: Vec<String> =
                        told.iter().map(|d| format!("{} {}", d.field, d.message.en)).collect();
                    wrong += &format!("{}\n{}\n\n", drawn.text, told.join("\n"));
                    break;
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }
}
