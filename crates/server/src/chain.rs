//! The clocks of the alarm chain, as figures: event → notice, and notice → a human's answer. The third, path dead →
//! someone knows, is kept by the canary.

use linli_casework::{Case, Command, PromiseKind};
use linli_model::{Finding, FindingChange, Instant, Severity};

fn record(name: &'static str, from: Instant, to: Instant) {
    metrics::histogram!(name).record((to - from).0.max(0) as f64 / 1_000.0);
}

/// After what was found is told: how long that took, for alarms.
pub fn told(findings: &[Finding], now: Instant) {
    let begins = |f: &&Finding| f.severity == Severity::Alarm && f.change == FindingChange::Opened;
    for finding in findings.iter().filter(begins) {
        record("linli_event_to_notice_seconds", finding.decided_at, now);
    }
}

/// After somebody took a case: how long it had been theirs, for alarms.
pub fn taken(case: &Case, command: &Command, now: Instant) {
    if case.severity == Severity::Alarm && matches!(command, Command::Accept) {
        let since = case.promise(PromiseKind::Accept).map_or(case.opened_at, |p| p.made_at);
        record("linli_notice_to_answer_seconds", since, now);
    }
}

/// After somebody answered an urgent push for the first time.
pub fn answered(told_at: Instant, now: Instant) {
    record("linli_notice_to_answer_seconds", told_at, now);
}
