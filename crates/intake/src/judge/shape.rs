//! Why a row that did not parse did not: the field, and what was expected there.

use super::{Wrong, not_finite};
use crate::row::{DEPTH_MAX, FIELDS, FIELDS_REQUIRED, Field, fields};

/// Why a text is not a row, as closely as it can be told.
pub(super) fn wrong_with(text: &str, error: &serde_json::Error) -> Wrong {
    let (found, breach) = fields(text);
    if breach.as_ref().is_some_and(|b| b.depth_exceeded) {
        return Wrong::malformed(
            "too_deep",
            "",
            format!("嵌套超过 {DEPTH_MAX} 层;读数是一层的对象。"),
            format!("Nested deeper than {DEPTH_MAX} levels; a reading is a flat object."),
        );
    }
    if let Some(wrong) = found.iter().find_map(field_wrong) {
        return wrong;
    }
    if let Some(breach) = breach {
        let column = breach.column;
        let shown = FIELDS_REQUIRED.join(", ");
        return Wrong::malformed(
            "not_an_object",
            "",
            format!("第 {column} 列起不是完整的 JSON 对象。应为含 {shown} 的对象。"),
            format!("Not a complete JSON object from column {column} on. Expected an object with {shown}."),
        );
    }
    if let Some(twice) = FIELDS.iter().find(|name| found.iter().filter(|f| f.key == **name).count() > 1) {
        return Wrong::malformed(
            "duplicate_field",
            twice,
            format!("字段 {twice} 出现了两次。"),
            format!("The field {twice} is given twice."),
        );
    }
    if let Some(missing) = FIELDS_REQUIRED.iter().find(|name| found.iter().all(|f| f.key != **name)) {
        return Wrong::malformed(
            "missing_field",
            missing,
            format!("缺少字段 {missing}。"),
            format!("The field {missing} is missing."),
        );
    }
    let column = error.column();
    Wrong::malformed(
        "not_json",
        "",
        format!("第 {column} 列不是合法的 JSON。"),
        format!("Not valid JSON at column {column}."),
    )
}

fn field_wrong(field: &Field<'_>) -> Option<Wrong> {
    let Some(name) = FIELDS.iter().find(|name| field.key == **name) else {
        // The name itself is the sender's text: it is shown only as far as it can be a field's name.
        let shown: String = field.key.chars().filter(|c| !c.is_control()).take(40).collect();
        let known = FIELDS.join(", ");
        return Some(Wrong::malformed(
            "unknown_field",
            "",
            format!("未知字段 {shown};允许的字段:{known}。"),
            format!("Unknown field {shown}; the fields are {known}."),
        ));
    };
    let optional = !FIELDS_REQUIRED.contains(name);
    if optional && field.raw == "null" {
        return None;
    }
    let text =
        field.raw.starts_with('"') && serde_json::from_str::<&serde_json::value::RawValue>(field.raw).is_ok();
    if *name != "value" {
        let wrong = || {
            Wrong::malformed(
                "field_kind",
                name,
                format!("字段 {name} 应为文本。"),
                format!("The field {name} should be a text."),
            )
        };
        return (!text).then(wrong);
    }
    if text || field.raw == "true" || field.raw == "false" {
        return None;
    }
    let bare = field.raw.trim_start_matches(['-', '+']);
    let wordy = ["nan", "inf", "infinity"].contains(&bare.to_ascii_lowercase().as_str());
    match field.raw.parse::<f64>() {
        Ok(n) if n.is_finite() && serde_json::from_str::<f64>(field.raw).is_ok() => None,
        Ok(n) if wordy || !n.is_finite() => Some(not_finite()),
        _ => Some(Wrong::malformed(
            "value_kind",
            "value",
            "值应为数值、true、false 或文本。",
            "The value should be a number, true, false or a text.",
        )),
    }
}
