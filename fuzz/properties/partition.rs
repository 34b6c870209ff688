//! The partition the engines stand in, and readings for it.

use linli_engine::EngineConfig;
use linli_model::{
    AreaId, AreaPath, DeviceId, Instant, LogEntry, Measure, Reading, ReadingBatch, ReadingId, SourceId, Value,
};
use std::sync::OnceLock;

/// The one traces run in; read once.
pub fn config() -> EngineConfig {
    static CONFIG: OnceLock<EngineConfig> = OnceLock::new();
    let begin = || {
        let area = AreaId::new("T");
        EngineConfig::new(area.clone(), AreaPath::root(&area))
    };
    CONFIG.get_or_init(begin).clone()
}

/// One reading of the device `d1`, received when it was observed.
pub fn reading(id: String, at: Instant, measure: &str, value: Value) -> LogEntry {
    let reading = Reading {
        id: ReadingId::new(id),
        device: DeviceId::new("d1"),
        observed_at: at,
        measure: Measure::new(measure),
        value,
        subject: None,
    };
    let (source, readings, quarantined) = (SourceId::new("fuzz"), vec![reading], Vec::new());
    LogEntry::Readings(ReadingBatch { source, received_at: at, readings, quarantined })
}
