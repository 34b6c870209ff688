//! Rows into parts: which of them count, and how parts take the place of others.

use crate::{
    ParquetHistory,
    columns::{self, Kept},
    fault::fault,
    part::{self, Folder, Part},
    repeats,
};
use linli_history::{HistoryRow, PositionRange};
use linli_model::{AreaId, Fault};
use object_store::{ObjectStoreExt, PutPayload};
use std::collections::{BTreeMap, BTreeSet};

impl ParquetHistory {
    /// Replaces parts of a folder by one part with these rows (HP1: write first, remove then).
    pub(crate) async fn replace(
        &self,
        folder: &Folder,
        old: &[Part],
        range: PositionRange,
        rows: Vec<Kept>,
    ) -> Result<(), Fault> {
        let mut written = None;
        if !rows.is_empty() {
            let bytes = tokio::task::spawn_blocking(move || columns::write(&rows))
                .await
                .map_err(|e| Fault::passing("writing the history was cut short").because(e))?
                .map_err(|e| Fault::lasting(format!("history rows cannot be written: {e}")).because(e))?;
            written = Some(Part { range, bytes: bytes.len() as u64 });
            self.store
                .put(&part::location(folder, range), PutPayload::from(bytes))
                .await
                .map_err(|e| fault("cannot write a history part", e))?;
        }
        {
            let mut parts = self.parts();
            let here = parts.entry(folder.clone()).or_default();
            here.retain(|p| !old.contains(p) && p.range != range);
            here.extend(written);
            here.sort_by_key(|p| p.range);
            if here.is_empty() {
                parts.remove(folder);
            }
        }
        for gone in old.iter().filter(|p| written.is_none() || p.range != range) {
            self.remove(folder, gone.range).await?;
        }
        Ok(())
    }

    /// Decides which of the rows of a range count (HS6).
    pub(crate) async fn judge(
        &self,
        repeats: &mut repeats::Repeats,
        range: PositionRange,
        mut rows: Vec<HistoryRow>,
    ) -> Result<Vec<Kept>, Fault> {
        rows.sort_by_key(|r| r.position);
        let areas: BTreeSet<AreaId> = rows.iter().map(|r| r.area.clone()).collect();
        // Where the log is gone through again, only what lies before the range came before it.
        let again = {
            let parts = self.parts();
            let newer = |(f, p): (&Folder, &Vec<Part>)| {
                areas.contains(&f.area) && p.iter().any(|p| p.range.to >= range.from)
            };
            parts.iter().any(newer)
        };
        if again {
            repeats.forget(&areas);
        }
        let kept: Vec<Folder> = {
            let parts = self.parts();
            parts.keys().filter(|f| areas.contains(&f.area)).cloned().collect()
        };
        for folder in repeats.missing(&rows, &self.zone, &kept) {
            let mut before = Vec::new();
            for part in self.parts_of(&folder) {
                match self.load_whole(&folder, std::slice::from_ref(&part)).await {
                    Ok(rows) => before.extend(rows),
                    Err(fault) if fault.retry => return Err(fault),
                    // A damaged part is told to whoever reads its day; it does not stop the writing of all others. What it
                    // holds may then count a second time when it comes again.
                    Err(_) => {}
                }
            }
            let before = before.iter().filter(|k| k.row.position < range.from);
            let marks = before.map(|k| repeats::mark_of(&k.row)).collect();
            repeats.know(folder, marks);
        }
        let newest = rows.iter().map(|r| r.received_at).max();
        let kept = repeats.judge(rows, &self.zone);
        if again {
            repeats.forget(&areas);
        } else if let Some(newest) = newest {
            repeats.forget_before(newest, &self.zone);
        }
        Ok(kept)
    }

    pub(crate) async fn add_judged(&self, range: PositionRange, rows: Vec<Kept>) -> Result<(), Fault> {
        let mut days = repeats::Days::default();
        let mut by_folder: BTreeMap<Folder, Vec<Kept>> = BTreeMap::new();
        for kept in rows {
            let day = days.of(kept.row.at(), &self.zone);
            by_folder.entry(Folder { area: kept.row.area.clone(), day }).or_default().push(kept);
        }
        // A folder may hold rows of the range that are no longer among them.
        {
            let parts = self.parts();
            let met = parts.iter().filter(|(_, p)| p.iter().any(|p| p.range.meets(range)));
            for (folder, _) in met {
                by_folder.entry(folder.clone()).or_default();
            }
        }
        for (folder, mut rows) in by_folder {
            let (joined, old) = part::closure(range, &self.parts_of(&folder));
            let kept = self.load_whole(&folder, &old).await?;
            rows.extend(kept.into_iter().filter(|k| !range.contains(k.row.position)));
            self.replace(&folder, &old, joined, rows).await?;
        }
        Ok(())
    }
}
