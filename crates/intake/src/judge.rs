//! The judgement of one row: a reading, or a place in quarantine with the reason and what was expected.
//!
//! Invariants
//! - JD1 Pure: same row, same context, same verdict (IK3).
//! - JD2 A verdict names the row (from 1) and the field, in both languages.
//! - JD3 The text of a quarantined row is kept, cut at 8 KiB, unless something forbidden is in it (IK4): that is
//!   looked for before anything is kept, whatever else is wrong with the row.
//! - JD4 A clock up to `clock_ahead_max` ahead of ours is let through (the engine clamps and flags it); beyond that,
//!   and before 2000, the row goes to quarantine: such times come from dead batteries and wrong zones. Of a clock that is known to be
//!   fast, what counts is its time set right; its readings keep the time it says (RD1).

mod shape;

use crate::{
    directory::{DeviceEntry, MeasureKind, MeasureSpec, Principal, Snapshot},
    forbidden::{Forbidden, Strictness, find_in_fields, find_in_tangle, find_in_text},
    row::{Field, Row, RowValue, fields, parse_instant},
};
use linli_model::{
    DeviceClass, DeviceId, Diagnostic, Instant, Measure, Millis, QuarantineReason, Quarantined, Reading,
    ReadingId, SourceId, Subject, Value,
};
use sha2::{Digest, Sha256};

/// 2000-01-01T00:00:00Z: no device of ours was there before it.
pub const OBSERVED_AT_MIN: Instant = Instant(946_684_800_000);
/// Longest id, source, device, measure or subject, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// Longest text value, in characters, where the catalogue gives no bound.
pub const TEXT_CHARS_MAX: usize = 512;
/// Longest kept text of a quarantined row, in bytes.
pub const RAW_BYTES_MAX: usize = 8 * 1024;

#[derive(Clone, Copy, Debug)]
pub struct RawRow<'a> {
    /// From 1, within its message.
    pub number: u32,
    pub bytes: &'a [u8],
}

#[derive(Clone, Copy)]
pub struct JudgeContext<'a> {
    pub directory: &'a Snapshot,
    pub principal: &'a Principal,
    /// What the message itself says it comes from (the topic); rows may not say otherwise.
    pub source: Option<&'a SourceId>,
    pub received_at: Instant,
    pub clock_ahead_max: Millis,
}

/// A row that passed: the source it is booked under, and the reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed {
    /// None: the message's source, or the sender's home.
    pub source: Option<SourceId>,
    pub reading: Reading,
}

/// Judges a row as it came.
// A quarantined row is the rare case; boxing it would only move the allocation.
#[allow(clippy::result_large_err)]
pub fn judge(raw: RawRow<'_>, ctx: &JudgeContext<'_>) -> Result<Passed, Quarantined> {
    let text = match std::str::from_utf8(raw.bytes) {
        Ok(text) => text,
        Err(e) => return Err(not_utf8(raw, e.valid_up_to())),
    };
    match Row::parse(text) {
        Ok(row) => judge_row(&row, ctx).map_err(|wrong| quarantined(raw.number, text, wrong, ctx)),
        Err(e) => Err(quarantined(raw.number, text, shape::wrong_with(text, &e), ctx)),
    }
}

/// What is wrong with a row, before its number and text are put to it.
struct Wrong {
    reason: QuarantineReason,
    code: &'static str,
    field: &'static str,
    zh: String,
    en: String,
}

impl Wrong {
    fn malformed(
        code: &'static str,
        field: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Wrong { reason: QuarantineReason::Malformed, code, field, zh: zh.into(), en: en.into() }
    }
    fn of(
        reason: QuarantineReason,
        code: &'static str,
        field: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Wrong { reason, code, field, zh: zh.into(), en: en.into() }
    }
    fn forbidden(what: Forbidden) -> Self {
        let said = what.message();
        Wrong::of(QuarantineReason::ForbiddenContent, what.code(), "", said.zh, said.en)
    }
}

fn judge_row(row: &Row<'_>, ctx: &JudgeContext<'_>) -> Result<Passed, Wrong> {
    let source = judge_source(row, ctx)?;
    check_name("device", &row.device.0)?;
    check_name("measure", &row.measure.0)?;
    let device = judge_device(&row.device.0, source.as_ref(), ctx)?;
    let measure = judge_measure(&row.measure.0, device, ctx)?;
    let observed_at = judge_time(&row.observed_at.0, device, ctx)?;
    let subject = row.subject.as_ref().map(|s| judge_subject(&s.0)).transpose()?;
    let probe = device.class == DeviceClass::WirelessProbe;
    let value = judge_value(&row.value, measure, probe)?;
    let device = DeviceId(row.device.0.clone().into_owned());
    let measure = Measure(row.measure.0.clone().into_owned());
    let id = match &row.id {
        Some(id) => {
            check_name("id", &id.0)?;
            if probe && let Some(what) = find_in_text(&id.0, Strictness::Probe) {
                return Err(Wrong::forbidden(what));
            }
            ReadingId(id.0.clone().into_owned())
        }
        None => content_id(&device, observed_at, &measure, &value, subject.as_ref()),
    };
    Ok(Passed { source, reading: Reading { id, device, observed_at, measure, value, subject } })
}

/// None when it is the message's own.
fn judge_source(row: &Row<'_>, ctx: &JudgeContext<'_>) -> Result<Option<SourceId>, Wrong> {
    let message = ctx.source.unwrap_or(&ctx.principal.home);
    let Some(named) = row.source.as_ref().filter(|s| s.0 != message.as_str()) else { return Ok(None) };
    check_name("source", &named.0)?;
    let source = SourceId(named.0.clone().into_owned());
    if ctx.source.is_some() || !ctx.principal.sources.contains(&source) {
        return Err(Wrong::of(
            QuarantineReason::ForeignDevice,
            "foreign_source",
            "source",
            format!("此凭证只能以来源 {message} 上报,不能以 {source} 上报。"),
            format!("This credential sends as the source {message} here and may not send as {source}."),
        ));
    }
    Ok(Some(source))
}

fn judge_device<'a>(
    id: &str,
    source: Option<&SourceId>,
    ctx: &JudgeContext<'a>,
) -> Result<&'a DeviceEntry, Wrong> {
    let Some(device) = ctx.directory.find_device(id) else {
        return Err(Wrong::of(
            QuarantineReason::UnknownDevice,
            "unknown_device",
            "device",
            format!("设备 {id} 未登记。请先在设备页登记,再重新提交此行。"),
            format!("The device {id} is not registered. Register it, then send this row again."),
        ));
    };
    if device.retired {
        return Err(Wrong::of(
            QuarantineReason::UnknownDevice,
            "device_retired",
            "device",
            format!("设备 {id} 已停用,不再接收其读数。"),
            format!("The device {id} is retired; its readings are no longer taken."),
        ));
    }
    let source = source.or(ctx.source).unwrap_or(&ctx.principal.home);
    let spoken_for = device.source == *source
        && (ctx.principal.devices == crate::directory::Scope::All
            || ctx.principal.devices.contains(&DeviceId(id.to_owned())));
    if !spoken_for {
        return Err(Wrong::of(
            QuarantineReason::ForeignDevice,
            "foreign_device",
            "device",
            format!("凭证 {} 无权代表设备 {id} 上报。", ctx.principal.name),
            format!("The credential {} may not speak for the device {id}.", ctx.principal.name),
        ));
    }
    Ok(device)
}

fn judge_measure<'a>(
    code: &str,
    device: &DeviceEntry,
    ctx: &JudgeContext<'a>,
) -> Result<&'a MeasureSpec, Wrong> {
    let Some(spec) = ctx.directory.find_measure(code) else {
        return Err(Wrong::of(
            QuarantineReason::UnknownMeasure,
            "unknown_measure",
            "measure",
            format!("量 {code} 不在目录中。"),
            format!("The measure {code} is not in the catalogue."),
        ));
    };
    if !device.measures.is_empty() && !device.measures.iter().any(|m| m.as_str() == code) {
        let known: Vec<_> = device.measures.iter().map(Measure::as_str).collect();
        let known = known.join(", ");
        return Err(Wrong::of(
            QuarantineReason::UnknownMeasure,
            "measure_not_of_device",
            "measure",
            format!("该设备未登记量 {code},已登记的有:{known}。"),
            format!("This device is not registered for the measure {code}; it has {known}."),
        ));
    }
    Ok(spec)
}

fn judge_time(text: &str, device: &DeviceEntry, ctx: &JudgeContext<'_>) -> Result<Instant, Wrong> {
    let Some(at) = parse_instant(text) else {
        return Err(Wrong::malformed(
            "time_unreadable",
            "observed_at",
            "应为带时区偏移的时间,如 2026-11-23T08:30:00+08:00。",
            "Expected a time with its offset, like 2026-11-23T08:30:00+08:00.",
        ));
    };
    let latest = ctx.received_at + ctx.clock_ahead_max;
    // A clock that is known to be fast is set right by the engine; until that is forgotten it may have been mended.
    if at < OBSERVED_AT_MIN || at.min(at.saturating_add(Millis(-device.clock_ahead.0))) > latest {
        return Err(Wrong::of(
            QuarantineReason::ClockOutOfRange,
            "clock_out_of_range",
            "observed_at",
            format!("时间 {at} 不可信:应在 {OBSERVED_AT_MIN} 与 {latest} 之间。请检查设备时钟和时区。"),
            format!(
                "The time {at} cannot be: expected between {OBSERVED_AT_MIN} and {latest}. Check the device's clock and zone."
            ),
        ));
    }
    Ok(at)
}

fn judge_subject(text: &str) -> Result<Subject, Wrong> {
    check_name("subject", text)?;
    // A device's own address may look like anything; every other subject stands for people or places.
    if !text.starts_with("device:")
        && let Some(what) = find_in_text(text, Strictness::Unknown)
    {
        return Err(Wrong::forbidden(what));
    }
    text.parse().map_err(|_| {
        Wrong::malformed(
            "subject_unreadable",
            "subject",
            "应为 种类:编号,种类为 device、dwelling、person、vehicle、area、key 之一。",
            "Expected kind:id, where kind is device, dwelling, person, vehicle, area or key.",
        )
    })
}

fn judge_value(value: &RowValue<'_>, spec: &MeasureSpec, probe: bool) -> Result<Value, Wrong> {
    if let RowValue::Text(text) = value {
        let strictness = if probe { Strictness::Probe } else { Strictness::Unknown };
        if let Some(what) = find_in_text(text, strictness) {
            return Err(Wrong::forbidden(what));
        }
    } else if let (RowValue::Number(n), true) = (value, probe)
        && let Some(what) = find_in_text(&format!("{n:.0}"), Strictness::Probe)
    {
        return Err(Wrong::forbidden(what));
    }
    match (spec.kind, value) {
        (MeasureKind::Any | MeasureKind::Number { .. }, RowValue::Number(n)) if !n.is_finite() => {
            Err(not_finite())
        }
        (MeasureKind::Number { min, max }, RowValue::Number(n)) => {
            if (min..=max).contains(n) {
                Ok(Value::Number(*n))
            } else {
                let (code, unit) = (&spec.code, &spec.unit);
                Err(Wrong::of(
                    QuarantineReason::ValueOutOfRange,
                    "value_out_of_range",
                    "value",
                    format!("{code} 的值 {n} 超出范围,应在 {min} 与 {max} {unit} 之间。"),
                    format!("The value {n} of {code} is out of range; expected {min} to {max} {unit}."),
                ))
            }
        }
        (MeasureKind::Flag | MeasureKind::Any, RowValue::Flag(b)) => Ok(Value::Flag(*b)),
        (MeasureKind::Flag, RowValue::Number(n)) if *n == 0.0 || *n == 1.0 => Ok(Value::Flag(*n == 1.0)),
        (MeasureKind::Any, RowValue::Number(n)) => Ok(Value::Number(*n)),
        (MeasureKind::Any, RowValue::Text(text)) => judge_text(text, TEXT_CHARS_MAX),
        (MeasureKind::Text { chars_max }, RowValue::Text(text)) => judge_text(text, chars_max),
        (kind, _) => {
            let (zh, en) = match kind {
                MeasureKind::Number { .. } => ("数值", "a number"),
                MeasureKind::Flag => ("true 或 false", "true or false"),
                MeasureKind::Text { .. } | MeasureKind::Any => ("文本", "a text"),
            };
            let code = &spec.code;
            Err(Wrong::malformed(
                "value_kind",
                "value",
                format!("{code} 的值应为{zh}。"),
                format!("The value of {code} should be {en}."),
            ))
        }
    }
}

fn judge_text(text: &str, chars_max: usize) -> Result<Value, Wrong> {
    if text.chars().count() <= chars_max && !text.chars().any(char::is_control) {
        return Ok(Value::Text(text.to_owned()));
    }
    Err(Wrong::malformed(
        "text_too_long",
        "value",
        format!("文本应不超过 {chars_max} 个字符,且不含控制字符。"),
        format!("A text value has at most {chars_max} characters and no control characters."),
    ))
}

fn check_name(field: &'static str, text: &str) -> Result<(), Wrong> {
    if !text.is_empty() && text.len() <= NAME_BYTES_MAX && !text.bytes().any(|c| c < 0x20 || c == 0x7f) {
        return Ok(());
    }
    Err(Wrong::malformed(
        "name_unusable",
        field,
        format!("{field} 应为 1 到 {NAME_BYTES_MAX} 字节的文本,不含控制字符。"),
        format!("{field} should be a text of 1 to {NAME_BYTES_MAX} bytes without control characters."),
    ))
}

/// The id of a row whose device gives none: `h:` and a hash of its content, so that sending it again is a duplicate.
pub fn content_id(
    device: &DeviceId,
    observed_at: Instant,
    measure: &Measure,
    value: &Value,
    subject: Option<&Subject>,
) -> ReadingId {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u32).to_be_bytes());
        hash.update(bytes);
    };
    part(device.0.as_bytes());
    part(&observed_at.0.to_be_bytes());
    part(measure.0.as_bytes());
    match value {
        // 0.0 and -0.0 are one value and get one id.
        Value::Number(n) => part(&[&b"n"[..], &(n + 0.0).to_bits().to_be_bytes()].concat()),
        Value::Flag(b) => part(&[b'f', u8::from(*b)]),
        Value::Text(text) => part(&[b"t", text.as_bytes()].concat()),
    }
    if let Some(subject) = subject {
        part(subject.to_string().as_bytes());
    }
    ReadingId(format!("h:{}", hex::encode(&hash.finalize()[..16])))
}

fn quarantined(number: u32, text: &str, wrong: Wrong, ctx: &JudgeContext<'_>) -> Quarantined {
    let (found, breach) = fields(text);
    let strictness = strictness_of(&found, ctx);
    let forbidden = find_in_fields(&found, strictness)
        .or_else(|| if breach.is_some() { find_in_tangle(text, strictness) } else { None });
    let wrong = forbidden.map_or(wrong, Wrong::forbidden);
    let raw = if wrong.reason == QuarantineReason::ForbiddenContent { String::new() } else { cut(text) };
    verdict(number, raw, wrong)
}

fn not_utf8(raw: RawRow<'_>, valid_to: usize) -> Quarantined {
    let text = String::from_utf8_lossy(raw.bytes);
    let column = valid_to + 1;
    let wrong = find_in_tangle(&text, Strictness::Unknown).map_or_else(
        || {
            Wrong::malformed(
                "not_utf8",
                "",
                format!("第 {column} 个字节起不是 UTF-8 编码。请以 UTF-8 发送(不要用 GBK)。"),
                format!("Not UTF-8 from byte {column} on. Send the message in UTF-8."),
            )
        },
        Wrong::forbidden,
    );
    let kept = if wrong.reason == QuarantineReason::ForbiddenContent { String::new() } else { cut(&text) };
    verdict(raw.number, kept, wrong)
}

fn verdict(row: u32, raw: String, wrong: Wrong) -> Quarantined {
    let field =
        if wrong.field.is_empty() { format!("rows[{row}]") } else { format!("rows[{row}].{}", wrong.field) };
    let diagnostic = Diagnostic::new(wrong.code, field, wrong.zh, wrong.en);
    Quarantined { row, raw, reason: wrong.reason, diagnostic }
}

fn strictness_of(found: &[Field<'_>], ctx: &JudgeContext<'_>) -> Strictness {
    let device = found.iter().find(|f| f.key == "device").map(|f| f.raw.trim_matches('"'));
    match device.and_then(|id| ctx.directory.find_device(id)) {
        Some(device) if device.class == DeviceClass::WirelessProbe => Strictness::Probe,
        Some(_) => Strictness::Ordinary,
        None => Strictness::Unknown,
    }
}

fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(RAW_BYTES_MAX)].to_owned()
}

fn not_finite() -> Wrong {
    Wrong::malformed(
        "value_not_finite",
        "value",
        "值应为有限的数,不能是 NaN、无穷大或超出双精度范围。",
        "The value should be a finite number: not NaN, not infinite, not beyond double precision.",
    )
}

#[cfg(test)]
mod tests;
