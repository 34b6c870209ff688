//! # baseline
//!
//! What is usual for this key at this hour, learned from its own past: the median of the hours of the same kind, or
//! their spread. It gives a number, so it stands under `[signals.NAME]`.
//!
//! | field | what it is |
//! |---|---|
//! | `of` | the measures |
//! | `when` | which of their readings count |
//! | `value` | what is learned of a reading; default its value |
//! | `by` | which hours are alike: `any`, `hour` (default; the same hour of any day), `hour_weekend` (working week and weekend apart), `hour_weekday` |
//! | `gives` | `middle` (default): the median; `spread`: 1.4826 × the median distance from it |
//! | `samples` | hours of a kind that are remembered, 3 to 16; default 8 |
//! | `least` | hours needed before anything is usual; default 3 |
//! | `abnormal` | an hour further than so many spreads from the median is not learned; default 6 |
//! | `spread_min` | the least spread reckoned with, in the measure's unit; default 0 |
//! | `relearn` | so many abnormal hours of a kind in a row are the new usual; default 5 |
//!
//! An hour's sample is the mean of its readings, learned when the next hour's first reading arrives; the running hour
//! never counts. So what is abnormal does not teach itself to be normal, and what has become normal is believed in
//! time. Median and median distance: Hampel, "The influence curve and its role in robust estimation", 1974.
//!
//! State per key: the running hour's sum; for each kind of hour at most `samples` means and as many abnormal ones.
//!
//! ```toml
//! rule = "pressure_below_usual"
//! name = { zh = "压力低于往常", en = "Pressure below the usual" }
//! key = "device"
//! severity = "attention"
//! case_class = "water.low_pressure"
//! sentence = { zh = "现为 {value},往常 {usual}", en = "{value}, usually {usual}" }
//!
//! [signals.usual]
//! operator = "baseline"
//! of = "pressure_m"
//! by = "hour"
//! least = 3
//!
//! [signal]
//! operator = "level"
//! raise = "pressure_m < usual * 0.8"
//!
//! [[trace]]
//! name = "three_mornings_teach_the_fourth"
//! kind = "ends"
//! script = '''
//! d1 08:00 j1 pressure_m 50
//! d2 08:00 j1 pressure_m 52
//! d3 08:00 j1 pressure_m 30     # nothing is usual yet: two hours of this kind only
//! d3 09:00 j1 pressure_m 48
//! d4 08:00 j1 pressure_m 41     # usual is 50: 82 %
//! d4 08:30 j1 pressure_m 39     # 78 %
//! d4 08:45 j1 pressure_m 40     # 80 % is not below it
//! expect opened device:j1 d4 08:30
//! expect ended device:j1 d4 08:45
//! '''
//! ```

use super::{Explained, Said, say_number};
use crate::{
    event::{Event, Seen},
    zone::Zone,
};
use linli_model::Text;
use linli_rule::plan::{self, HourKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    by: HourKind,
    spread: bool,
    samples: usize,
    least: usize,
    abnormal: f64,
    spread_min: f64,
    relearn: usize,
}

impl Settings {
    pub(crate) fn of(p: &plan::Baseline, parameters: &[f64]) -> Self {
        Settings {
            by: p.by,
            spread: p.spread,
            samples: p.samples as usize,
            least: p.least.min(p.samples) as usize,
            abnormal: p.abnormal.resolve(parameters),
            spread_min: p.spread_min.resolve(parameters),
            relearn: p.relearn as usize,
        }
    }

    fn kind_of(&self, hour: i64) -> u8 {
        let (of_day, weekday) = (hour.rem_euclid(24) as u8, ((hour.div_euclid(24) + 3).rem_euclid(7)) as u8);
        match self.by {
            HourKind::Any => 0,
            HourKind::Hour => of_day,
            HourKind::HourWeekend => of_day + if weekday >= 5 { 24 } else { 0 },
            HourKind::HourWeekday => of_day + 24 * weekday,
        }
    }
}

/// Hours of one kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Hours {
    usual: Vec<f64>,
    abnormal: Vec<f64>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// The running hour, in local hours since 1970.
    hour: Option<i64>,
    sum: f64,
    n: u32,
    kinds: BTreeMap<u8, Hours>,
    last: Option<Seen>,
}

impl State {
    pub(crate) fn step(&mut self, s: &Settings, event: &Event, value: f64, zone: &Zone) {
        let hour = local_hour(event.at, zone);
        match self.hour {
            Some(running) if running != hour => {
                let mean = self.sum / f64::from(self.n.max(1));
                self.kinds.entry(s.kind_of(running)).or_default().learn(s, mean);
                (self.sum, self.n) = (0.0, 0);
            }
            _ => {}
        }
        self.hour = Some(hour);
        self.sum += value;
        self.n = self.n.saturating_add(1);
        self.last = Some(event.into());
    }

    pub(crate) fn number(&self, s: &Settings, at: i64, zone: &Zone) -> Option<f64> {
        let hours = self.kinds.get(&s.kind_of(local_hour(at, zone)))?;
        if hours.usual.len() < s.least {
            return None;
        }
        let (middle, spread) = hours.middle_and_spread(s);
        Some(if s.spread { spread } else { middle })
    }

    pub(crate) fn said(&self, s: &Settings, at: i64, zone: &Zone) -> Said {
        self.number(s, at, zone).map_or(Said::Unknown, Said::Number)
    }

    pub(crate) fn explain(&self, s: &Settings, at: i64, zone: &Zone) -> Explained {
        let kind = s.kind_of(local_hour(at, zone));
        let step = match self.kinds.get(&kind) {
            Some(h) if h.usual.len() >= s.least => {
                let (middle, spread) = h.middle_and_spread(s);
                let (middle, spread, n) = (say_number(middle), say_number(spread), h.usual.len());
                Text::new(
                    format!("这个时段往常 {middle},波动 {spread}({n} 个小时)。"),
                    format!("Usual at this hour: {middle}, spread {spread} ({n} hours)."),
                )
            }
            found => {
                let (n, least) = (found.map_or(0, |h| h.usual.len()), s.least);
                Text::new(
                    format!("这个时段只学到 {n} 个小时,需要 {least} 个。"),
                    format!("Only {n} hours of this kind are known, {least} are needed."),
                )
            }
        };
        Explained { steps: vec![step], ..Explained::default() }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.last.iter()
    }
}

impl Hours {
    fn learn(&mut self, s: &Settings, mean: f64) {
        if self.usual.len() >= s.least {
            let (middle, spread) = self.middle_and_spread(s);
            if spread > 0.0 && (mean - middle).abs() > s.abnormal * spread {
                self.abnormal.push(mean);
                if self.abnormal.len() >= s.relearn {
                    self.usual = std::mem::take(&mut self.abnormal);
                    self.keep_newest(s);
                }
                return;
            }
        }
        self.abnormal.clear();
        self.usual.push(mean);
        self.keep_newest(s);
    }
    fn keep_newest(&mut self, s: &Settings) {
        let over = self.usual.len().saturating_sub(s.samples);
        self.usual.drain(..over);
    }
    fn middle_and_spread(&self, s: &Settings) -> (f64, f64) {
        let middle = super::median(&mut self.usual.clone());
        let mut distances: Vec<f64> = self.usual.iter().map(|x| (x - middle).abs()).collect();
        (middle, (1.4826 * super::median(&mut distances)).max(s.spread_min))
    }
}

fn local_hour(at: i64, zone: &Zone) -> i64 {
    zone.day(at, 0, false) * 24 + zone.hour(at) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Settings = Settings {
        by: HourKind::Any,
        spread: false,
        samples: 5,
        least: 3,
        abnormal: 3.0,
        spread_min: 1.0,
        relearn: 3,
    };

    #[test]
    fn what_is_abnormal_is_not_learned_until_it_has_come_often_enough() {
        let mut hours = Hours::default();
        for x in [10.0, 11.0, 9.0] {
            hours.learn(&S, x);
        }
        hours.learn(&S, 30.0);
        hours.learn(&S, 31.0);
        assert_eq!(hours.middle_and_spread(&S).0, 10.0, "two odd hours teach nothing");
        hours.learn(&S, 10.0);
        hours.learn(&S, 30.0);
        hours.learn(&S, 31.0);
        assert_eq!(hours.middle_and_spread(&S).0, 10.0, "a normal hour in between begins the count anew");
        hours.learn(&S, 32.0);
        assert_eq!(hours.middle_and_spread(&S).0, 31.0, "three in a row are the new usual");
    }

    #[test]
    fn memory_is_bounded() {
        let mut hours = Hours::default();
        for i in 0..1000 {
            hours.learn(&S, f64::from(i % 7) * 100.0);
            assert!(hours.usual.len() <= S.samples && hours.abnormal.len() < S.relearn);
        }
    }
}
