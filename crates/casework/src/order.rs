//! Orders of the city's hotline 12345: a case with a number, a time and limits that somebody else gave it.
//!
//! Invariants
//! - OD1 An order is one case: the case's id follows from the order's number, in whatever form that was written.
//! - OD2 Its first contact and its handling are promised since the hotline gave it, within the limits of its kind; all
//!   else is by the class of its matter.
//! - OD3 Its caller is contacted before it is merged into another case: the hotline asks of each order.

use crate::{case::CaseId, class::ClassTable};
use linli_model::{Diagnostic, IdSeed, Instant, Millis};
use serde::{Deserialize, Serialize};

/// The channel of orders.
pub const HOTLINE: &str = "hotline_12345";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number there.
    pub number: String,
    /// When the hotline gave it.
    pub received_at: Instant,
    /// The class that sets its limits.
    pub kind: String,
}

/// The longest a number may be.
const NUMBER_CHARS_MAX: usize = 40;
/// What was given longer ago is more likely a mistyped day.
const DAYS_MAX: i64 = 60;
/// How far the hotline's clock may be ahead of ours.
const AHEAD: Millis = Millis::minutes(5);

impl Order {
    /// The id of the case that is this order (OD1).
    pub fn case_id(channel: &str, number: &str) -> CaseId {
        IdSeed::of_name("linli/order").child(channel).id(number)
    }

    /// The order as it is kept: its number in one form, given no later than now.
    pub fn checked(&self, classes: &ClassTable, now: Instant) -> Result<Order, Diagnostic> {
        let number = order_number(&self.number).ok_or_else(|| {
            Diagnostic::new(
                "order_number_malformed",
                "order.number",
                format!("工单号应为 4 到 {NUMBER_CHARS_MAX} 位字母、数字或“-”,至少有一位数字"),
                format!("expected an order number of 4 to {NUMBER_CHARS_MAX} letters, digits or \"-\", one of them a digit"),
            )
        })?;
        if !classes.orders().any(|c| c.code == self.kind) {
            let kinds: Vec<&str> = classes.orders().map(|c| c.code.as_str()).collect();
            return Err(Diagnostic::new(
                "order_kind_unknown",
                "order.kind",
                format!("没有“{}”这种工单;可选:{}", self.kind, kinds.join("、")),
                format!("there is no kind of order \"{}\"; expected one of {}", self.kind, kinds.join(", ")),
            ));
        }
        if self.received_at > now + AHEAD || self.received_at < now - Millis::days(DAYS_MAX) {
            return Err(Diagnostic::new(
                "order_time_out_of_range",
                "order.received_at",
                format!("派单时间应在 {DAYS_MAX} 天以内,不能晚于现在"),
                format!("expected a time within the last {DAYS_MAX} days, not after now"),
            ));
        }
        Ok(Order { number, received_at: self.received_at.min(now), kind: self.kind.clone() })
    }
}

/// An order's number in one form: ASCII, capital letters, no spaces; none for what cannot be one.
pub fn order_number(text: &str) -> Option<String> {
    let folded = linli_model::format::fold_width(text);
    let number: String = folded.split_whitespace().collect::<String>().to_ascii_uppercase();
    let fits = (4..=NUMBER_CHARS_MAX).contains(&number.len())
        && number.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && number.chars().any(|c| c.is_ascii_digit());
    fits.then_some(number)
}
