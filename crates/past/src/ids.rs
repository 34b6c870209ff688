//! The ids of readings, which a walk reads none of: looked up for what is shown.

use crate::{Clocks, Past};
use linli_history::HistoryQuery;
use linli_model::{EvidenceReading, Fault, Millis};

impl Past {
    /// Gives readings of a walk's findings their ids. What a walk gives is event time; history is asked around it, as far as
    /// the device's clock was ever off.
    pub async fn give_ids(&self, readings: &mut [EvidenceReading]) -> Result<(), Fault> {
        let clocks = Clocks::of(&self.registry);
        for r in readings {
            let span = (r.observed_at, r.observed_at.saturating_add(Millis(1)));
            let (behind, ahead) = clocks.reach_of(&r.device);
            let query = HistoryQuery::between(span.0.saturating_add(behind), span.1.saturating_add(ahead))
                .of_device(r.device.clone())
                .of_measure(r.measure.clone());
            let mut rows = self.history.read(&query).await?;
            clocks.set_right(&mut rows, span);
            let same = rows.iter().find(|row| row.reading.value == r.value);
            if let Some(row) = same.or(rows.first()) {
                r.id = row.reading.id.clone();
            }
        }
        Ok(())
    }
}
