//! The town's history: in memory, and it can be made to wait, or to be damaged.

use async_trait::async_trait;
use jiff::tz::TimeZone;
use linli_history::{
    DayKept, History, HistoryQuery, HistoryRow, MemoryHistory, Point, PositionRange, Scan, ScanQuery,
};
use linli_model::{Block, Fault, LocalDay, Names};
use tokio::{runtime::Handle, sync::watch};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    Open,
    /// Who reads waits until it is opened.
    Shut,
    /// Nothing of it can be read.
    Damaged,
}

pub struct TownHistory {
    rows: MemoryHistory,
    shelf: watch::Sender<Shelf>,
}

impl TownHistory {
    pub fn empty(zone: TimeZone) -> TownHistory {
        TownHistory { rows: MemoryHistory::empty(zone), shelf: watch::channel(Shelf::Open).0 }
    }

    pub fn put(&self, shelf: Shelf) {
        self.shelf.send_replace(shelf);
    }

    fn damaged() -> Fault {
        Fault::lasting("part 3 of a day is damaged")
    }
}

#[async_trait]
impl History for TownHistory {
    async fn add(&self, range: PositionRange, rows: Vec<HistoryRow>) -> Result<(), Fault> {
        self.rows.add(range, rows).await
    }
    async fn read(&self, query: &HistoryQuery) -> Result<Vec<HistoryRow>, Fault> {
        let mut shelf = self.shelf.subscribe();
        let shelf = *shelf.wait_for(|s| *s != Shelf::Shut).await.unwrap();
        if shelf == Shelf::Damaged { Err(Self::damaged()) } else { self.rows.read(query).await }
    }
    async fn series(&self, query: &HistoryQuery) -> Result<Vec<Point>, Fault> {
        self.rows.series(query).await
    }
    fn scan(&self, query: &ScanQuery) -> Box<dyn Scan + '_> {
        match *self.shelf.borrow() {
            Shelf::Damaged => Box::new(Damaged(Names::default())),
            Shelf::Shut => Box::new(Waits { shelf: self.shelf.subscribe(), rows: self.rows.scan(query) }),
            Shelf::Open => self.rows.scan(query),
        }
    }
    async fn days(&self) -> Result<Vec<DayKept>, Fault> {
        self.rows.days().await
    }
    async fn drop_days(&self, before: LocalDay) -> Result<usize, Fault> {
        self.rows.drop_days(before).await
    }
    async fn compact(&self, before: LocalDay) -> Result<usize, Fault> {
        self.rows.compact(before).await
    }
}

/// On the thread that reads, which may wait.
struct Waits<'a> {
    shelf: watch::Receiver<Shelf>,
    rows: Box<dyn Scan + 'a>,
}

impl Scan for Waits<'_> {
    fn next_day(&mut self) -> Result<Option<Block>, Fault> {
        let opened = self.shelf.wait_for(|s| *s != Shelf::Shut);
        Handle::current().block_on(opened).map_err(|e| Fault::passing(e.to_string()))?;
        self.rows.next_day()
    }
    fn names(&self) -> &Names {
        self.rows.names()
    }
}

struct Damaged(Names);

impl Scan for Damaged {
    fn next_day(&mut self) -> Result<Option<Block>, Fault> {
        Err(TownHistory::damaged())
    }
    fn names(&self) -> &Names {
        &self.0
    }
}
