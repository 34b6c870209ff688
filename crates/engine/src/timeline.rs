//! Rows of the past in the order in which they count: the one place where a row of the past gets its event time.
//!
//! Invariants
//! - TL1 Moments leave in order of event time; those of one moment in the order in which live readings of one moment
//!   settle (tie.rs), never as they lay.
//! - TL2 What leaves lies before the time that was asked for, and after everything that has left.

use crate::tie;
use linli_model::{
    Instant, Millis, Names, Row,
    numbered::{NO_NUMBER, Table, ValueKind},
};

/// A row with its event time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Event time in milliseconds.
    pub at: i64,
    pub row: Row,
}

#[derive(Debug)]
pub struct Timeline {
    skew_max: Millis,
    waiting: Vec<Moment>,
    left: Vec<Moment>,
    /// What has left lies before it.
    reached: i64,
    /// Came after what follows it had left.
    pub too_late: u64,
    parts: Parts,
}

/// The parts of ties, by number.
#[derive(Debug, Default)]
struct Parts {
    devices: Vec<u64>,
    measures: Vec<u64>,
    subjects: Vec<u64>,
    texts: Vec<u64>,
}

impl Parts {
    fn learn(&mut self, names: &Names) {
        let tables: [(&mut Vec<u64>, &Table); 4] = [
            (&mut self.devices, &names.devices),
            (&mut self.measures, &names.measures),
            (&mut self.subjects, &names.subjects),
            (&mut self.texts, &names.texts),
        ];
        for (known, table) in tables {
            known.extend(table.since(known.len()).iter().map(|t| tie::of_text(t)));
        }
    }
    #[inline]
    fn tie(&self, row: &Row) -> u32 {
        let of = |known: &[u64], n: u32| known.get(n as usize).copied().unwrap_or(0);
        let value = match row.kind {
            ValueKind::Text => of(&self.texts, row.value as u32),
            ValueKind::Number | ValueKind::Flag => row.value.to_bits(),
        };
        let subject = if row.subject == NO_NUMBER { 0 } else { of(&self.subjects, row.subject) };
        tie::of_parts(of(&self.devices, row.device), of(&self.measures, row.measure), subject, value)
    }
}

impl Timeline {
    /// `skew_max`: as in [`crate::EngineConfig`].
    pub fn of(skew_max: Millis) -> Timeline {
        Timeline {
            skew_max,
            waiting: Vec::new(),
            left: Vec::new(),
            reached: i64::MIN,
            too_late: 0,
            parts: Parts::default(),
        }
    }

    /// Takes rows in whatever order they lie. `names` are those of all rows so far.
    pub fn take(&mut self, rows: &[Row], names: &Names) {
        self.parts.learn(names);
        let waiting = self.waiting.len();
        let moment = |row: &Row| Moment { at: row.at(self.skew_max).in_calendar().0, row: *row };
        self.waiting.extend(rows.iter().map(moment).filter(|m| m.at >= self.reached));
        self.too_late += (waiting + rows.len() - self.waiting.len()) as u64;
    }

    /// What counts before `to`, in its order. Once; what comes later for that time comes too late.
    pub fn until(&mut self, to: Instant) -> &[Moment] {
        self.left.clear();
        // The place decides where all else is alike, so that nothing depends on how a sort goes.
        let mut order: Vec<(i64, u32, u32)> = Vec::with_capacity(self.waiting.len());
        for (i, m) in self.waiting.iter().enumerate() {
            if m.at < to.0 {
                order.push((m.at, self.parts.tie(&m.row), i as u32));
            }
        }
        order.sort_unstable();
        self.left.extend(order.iter().map(|o| self.waiting[o.2 as usize]));
        self.waiting.retain(|m| m.at >= to.0);
        self.reached = self.reached.max(to.0);
        &self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(names: &mut Names, minutes: i64, device: &str, value: f64) -> Row {
        let at = Instant(minutes * 60_000);
        Row {
            observed_at: at,
            received_at: at,
            value,
            source: 0,
            device: names.devices.number(device),
            measure: names.measures.number("pressure_mpa"),
            subject: NO_NUMBER,
            kind: ValueKind::Number,
            clamped: false,
        }
    }

    /// TL1, TL2
    #[test]
    fn rows_leave_in_order_of_time_and_of_one_moment_in_the_same_order_however_they_lay() {
        let mut names = Names::default();
        let mut rows: Vec<Row> = (0..200)
            .map(|i| row(&mut names, (i * 37) % 50, &format!("d{}", i % 7), f64::from(i as i32 % 5)))
            .collect();
        let orders = [0, 1].map(|turn| {
            if turn == 1 {
                rows.reverse();
            }
            let mut timeline = Timeline::of(Millis::minutes(2));
            timeline.take(&rows, &names);
            let mut left = timeline.until(Instant(20 * 60_000)).to_vec();
            assert!(left.iter().all(|m| m.at < 20 * 60_000) && !left.is_empty());
            left.extend(timeline.until(Instant::MAX));
            assert!(left.is_sorted_by_key(|m| m.at));
            left
        });
        assert_eq!(orders[0], orders[1]);
        assert_eq!(orders[0].len(), 200);
    }

    #[test]
    fn a_clock_that_is_ahead_counts_a_little_after_its_reading_came() {
        let mut names = Names::default();
        let mut ahead = row(&mut names, 0, "d", 1.0);
        (ahead.observed_at, ahead.clamped) = (Instant(Millis::days(9).0), true);
        let mut timeline = Timeline::of(Millis::minutes(2));
        timeline.take(&[ahead], &names);
        assert_eq!(timeline.until(Instant::MAX)[0].at, 120_000);
        timeline.take(&[row(&mut names, 1, "d", 1.0)], &names);
        assert_eq!((timeline.until(Instant::MAX).len(), timeline.too_late), (0, 1));
    }
}
