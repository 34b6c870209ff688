//! The port ([`History`]) over the folders.

use crate::{
    ParquetHistory,
    part::{Folder, Part},
    repeats, rows, scan,
};
use async_trait::async_trait;
use linli_history::{
    DayKept, History, HistoryQuery, HistoryRow, Point, PositionRange, Scan, ScanQuery,
    memory::{outside, point},
};
use linli_model::{Fault, LocalDay};

#[async_trait]
impl History for ParquetHistory {
    async fn add(&self, range: PositionRange, rows: Vec<HistoryRow>) -> Result<(), Fault> {
        if let Some(row) = rows.iter().find(|r| !range.contains(r.position)) {
            return Err(outside(range, row));
        }
        let mut repeats = self.changing.lock().await;
        let judged = match self.judge(&mut repeats, range, rows).await {
            Ok(judged) => judged,
            Err(fault) => {
                *repeats = repeats::Repeats::default();
                return Err(fault);
            }
        };
        let added = self.add_judged(range, judged).await;
        if added.is_err() {
            // What was remembered may not have been written.
            *repeats = repeats::Repeats::default();
        }
        added
    }

    async fn read(&self, query: &HistoryQuery) -> Result<Vec<HistoryRow>, Fault> {
        self.find(query, rows::Only::Everything).await
    }

    async fn series(&self, query: &HistoryQuery) -> Result<Vec<Point>, Fault> {
        Ok(self.find(query, rows::Only::Points).await?.into_iter().map(point).collect())
    }

    fn scan(&self, query: &ScanQuery) -> Box<dyn Scan + '_> {
        Box::new(scan::ParquetScan::of(self, query))
    }

    async fn days(&self) -> Result<Vec<DayKept>, Fault> {
        let kept = |(folder, parts): (&Folder, &Vec<Part>)| DayKept {
            area: folder.area.clone(),
            day: folder.day,
            parts: parts.len(),
            bytes: parts.iter().map(|p| p.bytes).sum(),
        };
        Ok(self.parts().iter().map(kept).collect())
    }

    async fn drop_days(&self, before: LocalDay) -> Result<usize, Fault> {
        let _one_at_a_time = self.changing.lock().await;
        let old: Vec<_> = {
            let parts = self.parts();
            parts.iter().filter(|(f, _)| f.day < before).map(|(f, p)| (f.clone(), p.clone())).collect()
        };
        for (folder, parts) in &old {
            self.parts().remove(folder);
            for part in parts {
                self.remove(folder, part.range).await?;
            }
        }
        Ok(old.len())
    }

    async fn compact(&self, before: LocalDay) -> Result<usize, Fault> {
        let _one_at_a_time = self.changing.lock().await;
        let small: Vec<_> = {
            let parts = self.parts();
            let worth = |f: &Folder, p: &Vec<Part>| f.day < before && p.len() > 1;
            parts.iter().filter(|(f, p)| worth(f, p)).map(|(f, p)| (f.clone(), p.clone())).collect()
        };
        let mut fewer = 0;
        for (folder, parts) in small {
            let range = parts.iter().map(|p| p.range).reduce(PositionRange::joined);
            if let Some(range) = range {
                let rows = self.load_whole(&folder, &parts).await?;
                self.replace(&folder, &parts, range, rows).await?;
                fewer += parts.len() - 1;
            }
        }
        Ok(fewer)
    }
}
