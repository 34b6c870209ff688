//! The catalogue of measures: what a reading may carry, with label, unit, kind and range.
//!
//! Owns: `catalogue.toml`, shipped inside the binary, and its reading.
//!
//! Invariants
//! - CL1 Codes are English snake_case and unique; every label stands in both languages (MD2, MD3).
//! - CL2 A number has both bounds, and its lower one is below its upper one.
//! - CL3 Reading a catalogue collects every mistake; it never stops at the first.
//! - CL4 A catalogue that can be asked never changes: what follows from a text and its catalogue may be kept with it (plans.rs).

use crate::{nearest::nearest, plans::Plans};
use linli_model::{Diagnostic, Measure, Text, Value};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

/// What kind of value a measure has, with its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueKind {
    Number { min: f64, max: f64 },
    Flag,
    Text { chars_max: usize },
}

#[derive(Clone, Debug, PartialEq)]
pub struct MeasureDef {
    pub code: Measure,
    pub label: Text,
    /// Empty for flags and texts.
    pub unit: String,
    pub kind: ValueKind,
}

impl MeasureDef {
    /// Whether the value is of this measure's kind and inside its range. A flag may also be written 0 or 1.
    pub fn admits(&self, value: &Value) -> bool {
        match (self.kind, value) {
            (ValueKind::Number { min, max }, Value::Number(n)) => (min..=max).contains(n),
            (ValueKind::Flag, Value::Flag(_)) => true,
            (ValueKind::Flag, Value::Number(n)) => *n == 0.0 || *n == 1.0,
            (ValueKind::Text { chars_max }, Value::Text(t)) => t.chars().count() <= chars_max,
            _ => false,
        }
    }
}

/// All measures, by code.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    measures: BTreeMap<String, Arc<MeasureDef>>,
    pub(crate) plans: Plans,
}

static SHIPPED: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::shipped()));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueText {
    #[serde(default)]
    measure: Vec<MeasureText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureText {
    code: String,
    label: Text,
    #[serde(default)]
    unit: String,
    kind: String,
    min: Option<f64>,
    max: Option<f64>,
    chars_max: Option<usize>,
}

impl Catalogue {
    /// The catalogue inside the binary; a test reads it, so it has no mistakes.
    pub fn shipped() -> Catalogue {
        Catalogue::from_toml(include_str!("../catalogue.toml")).unwrap_or_default()
    }

    /// The same one for all, read once.
    pub fn shipped_for_all() -> &'static Arc<Catalogue> {
        &SHIPPED
    }

    pub fn from_toml(text: &str) -> Result<Catalogue, Vec<Diagnostic>> {
        let read: CatalogueText = toml::from_str(text).map_err(|e| {
            let said = e.message().to_owned();
            vec![Diagnostic::new(
                "malformed",
                "",
                format!("目录无法读取:{said}"),
                format!("The catalogue cannot be read: {said}"),
            )]
        })?;
        let (mut catalogue, mut wrong) = (Catalogue::default(), Vec::new());
        for m in read.measure {
            match measure(m) {
                Ok(def) => {
                    let code = def.code.0.clone();
                    if catalogue.measures.insert(code.clone(), Arc::new(def)).is_some() {
                        wrong.push(Diagnostic::new(
                            "duplicate",
                            &code,
                            format!("量 {code} 出现了两次。"),
                            format!("The measure {code} stands here twice."),
                        ));
                    }
                }
                Err(d) => wrong.push(d),
            }
        }
        if wrong.is_empty() { Ok(catalogue) } else { Err(wrong) }
    }

    pub fn find(&self, code: &str) -> Option<&Arc<MeasureDef>> {
        self.measures.get(code)
    }
    pub fn iter(&self) -> impl Iterator<Item = &MeasureDef> {
        self.measures.values().map(|m| &**m)
    }
    pub fn len(&self) -> usize {
        self.measures.len()
    }
    pub fn is_empty(&self) -> bool {
        self.measures.is_empty()
    }
    /// The code a person most likely meant.
    pub fn nearest(&self, code: &str) -> Option<&str> {
        nearest(code, self.measures.keys().map(String::as_str))
    }
}

fn measure(m: MeasureText) -> Result<MeasureDef, Diagnostic> {
    let refuse = |zh: &str, en: &str| {
        Diagnostic::new(
            "measure",
            &m.code,
            format!("量 {}:{zh}", m.code),
            format!("Measure {}: {en}", m.code),
        )
    };
    let snake = m.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !snake || !m.code.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(refuse(
            "代码应为小写字母、数字和下划线。",
            "a code is lower-case letters, digits and underscores.",
        ));
    }
    if m.label.zh.is_empty() || m.label.en.is_empty() {
        return Err(refuse("缺少中文或英文名称。", "a label in both languages is needed."));
    }
    let kind = match (m.kind.as_str(), m.min, m.max) {
        ("number", Some(min), Some(max)) if min < max => ValueKind::Number { min, max },
        ("number", ..) => {
            return Err(refuse(
                "数值需要 min 和 max,且 min 小于 max。",
                "a number needs min and max, min below max.",
            ));
        }
        ("flag", None, None) => ValueKind::Flag,
        ("text", None, None) => ValueKind::Text { chars_max: m.chars_max.unwrap_or(64) },
        _ => return Err(refuse("kind 应为 number、flag 或 text。", "kind is number, flag or text.")),
    };
    Ok(MeasureDef { code: Measure(m.code), label: m.label, unit: m.unit, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_catalogue_has_no_mistakes() {
        let catalogue = Catalogue::from_toml(include_str!("../catalogue.toml")).unwrap();
        assert!(catalogue.len() > 40);
        assert_eq!(catalogue.len(), Catalogue::shipped().len());
    }

    #[test]
    fn a_value_outside_the_range_or_of_another_kind_is_not_admitted() {
        let catalogue = Catalogue::shipped();
        let pressure = catalogue.find("pressure_mpa").unwrap();
        assert!(pressure.admits(&Value::Number(0.3)));
        assert!(pressure.admits(&Value::Number(4.0)) && !pressure.admits(&Value::Number(4.001)));
        assert!(!pressure.admits(&Value::Flag(true)));
        let door = catalogue.find("door_open").unwrap();
        assert!(door.admits(&Value::Flag(true)) && door.admits(&Value::Number(1.0)));
        assert!(!door.admits(&Value::Number(2.0)) && !door.admits(&Value::Text("open".into())));
    }

    #[test]
    fn every_mistake_of_a_catalogue_is_told_at_once() {
        let text = r#"
            [[measure]]
            code = "A"
            label = { zh = "甲", en = "a" }
            kind = "flag"
            [[measure]]
            code = "b"
            label = { zh = "乙", en = "b" }
            kind = "number"
        "#;
        assert_eq!(Catalogue::from_toml(text).unwrap_err().len(), 2);
    }
}
