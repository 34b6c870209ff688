//! # daily
//!
//! A number per local day: how many, how much, the first, the last. It stands under `[signals.NAME]` and a level reads
//! it by its name; with `any` it can be the signal itself.
//!
//! | field | what it is |
//! |---|---|
//! | `of` | the measures; a flag counts when it is true |
//! | `when` | which of their readings count, instead |
//! | `aggregate` | `any`, `count`, `sum`, `distinct`, `first`, `last` (hours since the day began), `min`, `max` |
//! | `value` | what is aggregated; default the reading's value |
//! | `cut_hour` | local hour at which a day begins; default 0 |
//! | `day` | `today` (default): so far; `yesterday`: the last whole day |
//!
//! Of a day without a reading `any` is false, `count`, `sum` and `distinct` are 0 and the others unknown. The day on
//! which somebody joined, or a device was first heard, is no whole day: `yesterday` is unknown until one has passed.
//! `distinct` counts up to 256 values a day.
//!
//! State per key: the day, its number so far, the last whole day's number.
//!
//! ```toml
//! rule = "late_riser"
//! name = { zh = "全天只出门一次", en = "Out only once all day" }
//! key = "device"
//! severity = "info"
//! case_class = "care.unseen"
//! sentence = { zh = "昨天只有 {times} 次", en = "only {times} yesterday" }
//!
//! [signals.times]
//! operator = "daily"
//! of = "door_open"
//! aggregate = "count"
//! day = "yesterday"
//! cut_hour = 4
//!
//! [signal]
//! operator = "level"
//! raise = "times <= 1.0"
//!
//! [[trace]]
//! name = "a_day_from_four_to_four"
//! kind = "ends"
//! script = '''
//! d1 12:00 d1 door_open true          # of the first day nobody knows the whole
//! d2 05:00 d1 door_open true
//! d3 03:59 d1 door_open true          # still the second day: two times
//! d3 04:00 d1 door_open true          # the third day has this one only
//! d4 09:00 d1 door_open true
//! d4 10:00 d1 door_open true
//! until d5 05:00
//! expect opened device:d1 d4 04:00
//! expect ended device:d1 d5 04:00
//! '''
//! ```

use super::{Explained, Said, Truth, say_number};
use crate::{
    event::{Event, Seen},
    zone::Zone,
};
use linli_model::Text;
use linli_rule::plan::{self, PerDay};
use serde::{Deserialize, Serialize};

/// Most values `distinct` tells apart in a day.
const DISTINCT_MAX: usize = 256;

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    aggregate: PerDay,
    cut: i64,
    closed: bool,
}

impl Settings {
    pub(crate) fn of(p: &plan::Daily, parameters: &[f64]) -> Self {
        Settings {
            aggregate: p.aggregate,
            cut: (p.cut_hour.resolve(parameters).clamp(0.0, 23.99) * 3_600_000.0) as i64,
            closed: p.closed,
        }
    }
    /// Of a day without a reading.
    fn empty(&self) -> Option<f64> {
        match self.aggregate {
            PerDay::Any | PerDay::Count | PerDay::Sum | PerDay::Distinct => Some(0.0),
            PerDay::First | PerDay::Last | PerDay::Min | PerDay::Max => None,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    day: i64,
    /// The day was heard from its beginning.
    whole: bool,
    n: u32,
    number: f64,
    values: Vec<f64>,
    /// The last whole day's; None is unknown.
    yesterday: Option<f64>,
    first: Option<Seen>,
    last: Option<Seen>,
}

impl State {
    pub(crate) fn begin(s: &Settings, at: i64, zone: &Zone) -> Self {
        State {
            day: zone.day(at, s.cut, false),
            whole: false,
            n: 0,
            number: 0.0,
            values: Vec::new(),
            yesterday: None,
            first: None,
            last: None,
        }
    }

    fn today(&self, s: &Settings) -> Option<f64> {
        if self.n == 0 { s.empty() } else { Some(self.number) }
    }

    fn turn_to(&mut self, s: &Settings, day: i64) {
        if day <= self.day {
            return;
        }
        self.yesterday = match day.saturating_sub(self.day) {
            1 if self.whole => self.today(s),
            1 => None,
            _ => s.empty(),
        };
        (self.day, self.whole, self.n, self.number) = (day, true, 0, 0.0);
        self.values.clear();
    }

    pub(crate) fn step(&mut self, s: &Settings, event: &Event, value: f64, zone: &Zone) {
        let day = zone.day(event.at, s.cut, false);
        self.turn_to(s, day);
        if day < self.day {
            return;
        }
        if self.n == 0 {
            self.first = Some(event.into());
        }
        self.last = Some(event.into());
        let hours = || (event.at - zone.day_start(day, s.cut, false)) as f64 / 3_600_000.0;
        self.number = match s.aggregate {
            PerDay::Any => 1.0,
            PerDay::Count => self.number + 1.0,
            PerDay::Sum => self.number + value,
            PerDay::Distinct => {
                if !self.values.contains(&value) && self.values.len() < DISTINCT_MAX {
                    self.values.push(value);
                }
                self.values.len() as f64
            }
            PerDay::First if self.n > 0 => self.number,
            PerDay::First | PerDay::Last => hours(),
            PerDay::Min if self.n > 0 => self.number.min(value),
            PerDay::Max if self.n > 0 => self.number.max(value),
            PerDay::Min | PerDay::Max => value,
        };
        self.n = self.n.saturating_add(1);
    }

    pub(crate) fn fire(&mut self, s: &Settings, at: i64, zone: &Zone) {
        self.turn_to(s, zone.day(at, s.cut, false));
    }

    /// The end of the day, when it changes the number.
    pub(crate) fn due(&self, s: &Settings, zone: &Zone) -> i64 {
        let changes = self.n > 0 || s.closed && (!self.whole || self.yesterday != s.empty());
        if changes { zone.day_start(self.day.saturating_add(1), s.cut, false) } else { i64::MAX }
    }

    fn number_at(&self, s: &Settings, at: i64, zone: &Zone) -> Option<f64> {
        // A reading exactly at the cut belongs to the new day, before the timer has turned it.
        if zone.day(at, s.cut, false) > self.day {
            let mut turned = self.clone();
            turned.fire(s, at, zone);
            return if s.closed { turned.yesterday } else { turned.today(s) };
        }
        if s.closed { self.yesterday } else { self.today(s) }
    }

    pub(crate) fn said(&self, s: &Settings, at: i64, zone: &Zone) -> Said {
        match self.number_at(s, at, zone) {
            Some(n) if s.aggregate == PerDay::Any => {
                Said::Truth(if n > 0.0 { Truth::True } else { Truth::False })
            }
            Some(n) => Said::Number(n),
            None => Said::Unknown,
        }
    }

    pub(crate) fn truth(&self, s: &Settings) -> Truth {
        match if s.closed { self.yesterday } else { self.today(s) } {
            Some(n) if n > 0.0 => Truth::True,
            Some(_) => Truth::False,
            None => Truth::Unknown,
        }
    }

    pub(crate) fn explain(&self, s: &Settings) -> Explained {
        let say = |n: Option<f64>| n.map_or_else(|| "?".to_owned(), say_number);
        let (today, yesterday, name) = (say(self.today(s)), say(self.yesterday), say_aggregate(s.aggregate));
        let mut readings: Vec<Seen> = self.first.into_iter().collect();
        readings.extend(self.last.filter(|l| Some(*l) != self.first));
        Explained {
            readings,
            readings_total: u64::from(self.n),
            count: if s.closed { self.yesterday } else { self.today(s) },
            steps: vec![Text::new(
                format!("按天{}:今天至今 {today},上一整天 {yesterday}。", name.zh),
                format!("{} of a day: {today} today so far, {yesterday} on the last whole day.", name.en),
            )],
            ..Explained::default()
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.first.iter().chain(self.last.iter())
    }
}

/// What is made of a day, in words.
fn say_aggregate(aggregate: PerDay) -> Text {
    let (zh, en) = match aggregate {
        PerDay::Any => ("有无", "Any"),
        PerDay::Count => ("条数", "Readings"),
        PerDay::Sum => ("合计", "Sum"),
        PerDay::Distinct => ("不同的个数", "Different ones"),
        PerDay::First => ("首次(从一天开始起的小时数)", "The first, in hours from its beginning,"),
        PerDay::Last => ("末次(从一天开始起的小时数)", "The last, in hours from its beginning,"),
        PerDay::Min => ("最小", "Least"),
        PerDay::Max => ("最大", "Most"),
    };
    Text::new(zh, en)
}
