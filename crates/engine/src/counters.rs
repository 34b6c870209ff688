//! What an engine has seen, in numbers.

use serde::{Deserialize, Serialize};

/// Counts since the engine's beginning; they survive snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Readings taken in, duplicates included.
    pub readings: u64,
    /// Came again under the same (source, id) inside the correction window.
    pub duplicates: u64,
    /// Came under an id that another reading had, inside the correction window: without effect.
    pub conflicts: u64,
    /// Observed before the watermark, inside the correction window: set right afterwards.
    pub late: u64,
    /// Late readings and registry changes that were set right.
    pub corrected: u64,
    /// Findings that late data changed, and findings it disproved.
    pub amended: u64,
    pub retracted: u64,
    /// Observed before the correction window: without effect.
    pub late_beyond_window: u64,
    /// A device clock was too far ahead and was clamped.
    pub clamped: u64,
    /// Rule texts that did not pass the check and were left out.
    pub rules_refused: u64,
    /// Findings emitted, of every change.
    pub findings: u64,
}

impl Counters {
    /// Each number with its name, as metrics have it.
    pub fn named(&self) -> [(&'static str, u64); 11] {
        let Counters { readings, duplicates, conflicts, late, corrected, amended, retracted, .. } = *self;
        let Counters { late_beyond_window, clamped, rules_refused, findings, .. } = *self;
        [
            ("readings", readings),
            ("duplicates", duplicates),
            ("conflicts", conflicts),
            ("late", late),
            ("corrected", corrected),
            ("amended", amended),
            ("retracted", retracted),
            ("late_beyond_window", late_beyond_window),
            ("clamped", clamped),
            ("rules_refused", rules_refused),
            ("findings", findings),
        ]
    }

    /// Whether an engine can have counted so far: there is room to go on.
    pub(crate) fn fits(&self) -> bool {
        self.named().iter().all(|(_, n)| *n < NUMBER_MAX)
    }
}

/// More than ever come: no number in a snapshot reaches it.
pub(crate) const NUMBER_MAX: u64 = 1 << 60;
