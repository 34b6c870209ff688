//! What an engine is told once, at its start.

use jiff::tz::TimeZone;
use linli_model::{AreaId, AreaPath, Instant, Millis, SourceId};
use linli_rule::{Catalogue, Workdays};
use std::{collections::BTreeMap, sync::Arc};

/// How long to wait for a source's stragglers, and how long its silence may hold time back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceTiming {
    /// Readings of the source may come this much out of order.
    pub lateness: Millis,
    /// A silent source holds the watermark back no longer than this behind our clock.
    pub idle: Millis,
}

impl Default for SourceTiming {
    fn default() -> Self {
        SourceTiming { lateness: Millis::minutes(2), idle: Millis::minutes(5) }
    }
}

/// One engine serves one partition: a residential area.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The partition; findings about things without a registered place are booked here.
    pub area: AreaId,
    pub area_path: AreaPath,
    /// Civil days and hours of rules are in this zone.
    pub zone: TimeZone,
    /// Timing of every source that is not in `sources`.
    pub timing: SourceTiming,
    pub sources: BTreeMap<SourceId, SourceTiming>,
    /// Ids are remembered and late readings still matter for this long.
    pub correction_window: Millis,
    /// A device clock further ahead of ours than this is clamped to it and flagged.
    pub skew_max: Millis,
    /// Nothing is known of before: the silence of who joined earlier counts from here. Live it is the beginning of time.
    pub known_from: Instant,
    /// Engines of one catalogue share the plans of the texts that were checked under it.
    pub catalogue: Arc<Catalogue>,
    /// Statutory holidays and swap days, for schedules.
    pub workdays: Arc<Workdays>,
}

impl EngineConfig {
    /// The defaults of design: Asia/Shanghai, 2 min lateness, 5 min idle, 7 days correction window, 2 min skew.
    pub fn new(area: AreaId, area_path: AreaPath) -> Self {
        EngineConfig {
            area,
            area_path,
            zone: TimeZone::get(linli_model::time::DEFAULT_ZONE).unwrap_or(TimeZone::UTC),
            timing: SourceTiming::default(),
            sources: BTreeMap::new(),
            correction_window: Millis::days(7),
            skew_max: Millis::minutes(2),
            known_from: Instant::MIN,
            catalogue: Catalogue::shipped_for_all().clone(),
            workdays: Workdays::shipped_for_all().clone(),
        }
    }
    pub fn timing_of(&self, source: &SourceId) -> SourceTiming {
        self.sources.get(source).copied().unwrap_or(self.timing)
    }
}
