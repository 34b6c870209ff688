//! # absent
//!
//! Holds when a sign of life has not come for `span`. Over a population every registered member has a deadline, also
//! one who was never seen. The next sign ends it.
//!
//! | field | what it is |
//! |---|---|
//! | `of` | the measures that are signs of life; a flag counts when it is true |
//! | `when` | which of their readings count, instead |
//! | `span` | how long the silence must last; a sign exactly at the deadline is in time |
//! | `leaves` | a reading after which silence is *being away*: a front door |
//! | `settle` | signs this soon after such a reading do not undo it (the hall on the way out) |
//! | `coverage` | `all` (default), `any` or `none`: which devices must have been alive for silence to mean something |
//! | `unwatched` | `tell` (default): a member whom no device could show is unknown; `leave`: the rule is not about such members |
//!
//! **Silence that does not count.** Someone registered as away has no deadline; back, the span begins anew. With
//! `leaves`, somebody has to be known to be at home before silence counts: from the first sign that is no leaving, until
//! a leaving reading, and again from the first sign that comes later than `settle` after it. Who comes home and is never
//! heard again is therefore not found, because a door tells no direction: say so where it matters and watch another
//! sign, too.
//!
//! **Coverage.** At the deadline the devices that could have shown the member are looked at: those bound to it and
//! those that stand at or above its place, as far as they report a measure of the rule. One that was silent longer
//! than its `silence_secs_max`, as registered, or else as learned from its rhythm, makes the answer *unknown*: a coverage
//! finding instead of an absence. When it speaks again the span begins anew, because what happened in between is not
//! known. A member whom no device could show is unknown as well. A device with neither silence counts as alive.
//!
//! State per key: when the silence began, the newest sign, whether away.
//!
//! ```toml
//! rule = "not_out"
//! name = { zh = "三天未外出", en = "Not out for three days" }
//! population = "elder_alone"
//! severity = "urgent"
//! case_class = "care.elder_not_out"
//! sentence = { zh = "已 {silence} 未外出", en = "not out for {silence}" }
//!
//! [signal]
//! operator = "absent"
//! of = "door_open"
//! span = "3d"
//!
//! [[trace]]
//! name = "three_days_in_then_out"
//! kind = "ends"
//! script = '''
//! device door-1 measures=door_open area=E1/B1/D1 silence=2d
//! member elder_alone dwelling:302 area=E1/B1/D1/302 d1 00:00
//! d1 08:00 door-1 door_open true dwelling:302
//! d2 09:00 door-1 heartbeat true
//! d4 07:00 door-1 heartbeat true
//! d4 12:00 door-1 door_open true dwelling:302
//! expect opened dwelling:302 d4 08:00
//! expect ended dwelling:302 d4 12:00
//! '''
//!
//! [[trace]]
//! name = "a_dead_door_is_not_an_absent_person"
//! kind = "unknown"
//! script = '''
//! device door-1 measures=door_open area=E1/B1/D1 silence=6h
//! member elder_alone dwelling:302 area=E1/B1/D1/302 d1 00:00
//! d1 08:00 door-1 door_open true dwelling:302
//! d5 08:00 door-1 heartbeat true
//! expect unknown dwelling:302 d4 08:00
//! expect ended dwelling:302 d5 08:00
//! '''
//!
//! [[trace]]
//! name = "a_power_cut_in_the_whole_doorway_is_nobody_s_absence"
//! kind = "unknown"
//! script = '''
//! device door-1 measures=door_open area=E1/B1/D1
//! learned door-1 silence=19h
//! member elder_alone dwelling:302 area=E1/B1/D1/302 d1 00:00
//! d1 08:00 door-1 door_open true dwelling:302
//! d3 06:00 door-1 door_open true dwelling:301
//! until d4 12:00
//! expect unknown dwelling:302 d4 08:00
//! '''
//! ```

use super::{Explained, Truth, say_time};
use crate::event::{Event, Seen};
use linli_model::Text;
use linli_rule::plan;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    span: i64,
    settle: i64,
    leaves: bool,
    tell_unwatched: bool,
}

impl Settings {
    pub(crate) fn of(p: &plan::Absent, parameters: &[f64]) -> Self {
        Settings {
            span: p.span.millis(parameters).max(1),
            settle: p.settle.millis(parameters),
            leaves: p.leaves.is_some(),
            tell_unwatched: p.tell_unwatched,
        }
    }
}

/// What the devices that could have shown a sign say at the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Covered {
    Whole,
    /// They were blind until then.
    Since(i64),
    Blind,
    /// There is no such device.
    Unwatched,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    /// From when the silence counts.
    base: i64,
    last: Option<Seen>,
    going: Option<Box<Going>>,
    total: u32,
    /// Gone out by its own door, as far as one can tell; with `leaves`, so is one who was not heard yet.
    out: bool,
    /// Unknown because there is nothing to see it with, and the rule says to leave it at that.
    left_alone: bool,
    truth: Truth,
}

/// What is known of somebody's goings; of most nothing ever is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Going {
    /// Registered as away until then; MAX until further notice, MIN not away.
    away_until: i64,
    /// The last leaving reading.
    left_at: i64,
}

impl State {
    pub(crate) fn begin(s: &Settings, at: i64) -> Self {
        State {
            base: at,
            last: None,
            going: None,
            total: 0,
            out: s.leaves,
            left_alone: false,
            truth: Truth::False,
        }
    }

    fn away_until(&self) -> i64 {
        self.going.as_ref().map_or(i64::MIN, |g| g.away_until)
    }
    fn left_at(&self) -> i64 {
        self.going.as_ref().map_or(i64::MIN, |g| g.left_at)
    }
    fn going(&mut self) -> &mut Going {
        self.going.get_or_insert_with(|| Box::new(Going { away_until: i64::MIN, left_at: i64::MIN }))
    }

    /// OP4: a sign of somebody at home, before the silence was too long.
    #[inline]
    pub(crate) fn take_quietly(&mut self, s: &Settings, event: &Event) -> bool {
        let quiet = self.truth == Truth::False && !self.out && !s.leaves;
        if quiet {
            self.step(s, event, false);
        }
        quiet
    }

    /// A sign of life; `leaves`: it may be a going out.
    #[inline]
    pub(crate) fn step(&mut self, s: &Settings, event: &Event, leaves: bool) {
        self.base = self.base.max(event.at);
        self.last = Some(event.into());
        self.total = self.total.saturating_add(1);
        self.truth = Truth::False;
        if leaves {
            self.out = true;
            self.going().left_at = event.at;
        } else if self.out && event.at > self.left_at().saturating_add(s.settle) {
            self.out = false;
        }
    }

    pub(crate) fn fire(&mut self, s: &Settings, at: i64, covered: Covered) {
        if self.due(s) > at {
            return;
        }
        match covered {
            Covered::Whole => self.truth = Truth::True,
            Covered::Since(t) if t > self.base => self.base = t,
            Covered::Since(_) => self.truth = Truth::True,
            Covered::Blind => self.truth = Truth::Unknown,
            Covered::Unwatched => (self.truth, self.left_alone) = (Truth::Unknown, !s.tell_unwatched),
        }
    }

    #[inline]
    pub(crate) fn due(&self, s: &Settings) -> i64 {
        if self.truth != Truth::False || self.out || self.away_until() == i64::MAX {
            return i64::MAX;
        }
        self.base.max(self.away_until()).saturating_add(s.span)
    }

    #[inline]
    pub(crate) fn truth(&self) -> Truth {
        self.truth
    }

    /// It cannot be told, and somebody should know.
    pub(crate) fn is_blind(&self) -> bool {
        self.truth == Truth::Unknown && !self.left_alone
    }

    pub(crate) fn go_away(&mut self, until: Option<i64>) {
        self.going().away_until = until.unwrap_or(i64::MAX);
        self.truth = Truth::False;
    }
    pub(crate) fn come_back(&mut self, at: i64) {
        if self.away_until() != i64::MIN {
            self.base = self.base.max(at.min(self.away_until()));
            self.going().away_until = i64::MIN;
        }
    }
    /// What could show it is alive again.
    pub(crate) fn resume(&mut self, at: i64) {
        if self.truth == Truth::Unknown {
            self.base = self.base.max(at);
            (self.truth, self.left_alone) = (Truth::False, false);
        }
    }

    pub(crate) fn explain(&self, s: &Settings, zone: &crate::zone::Zone) -> Explained {
        let deadline = self.base.max(self.away_until().min(i64::MAX - s.span)).saturating_add(s.span);
        let mut steps = Vec::new();
        match self.last {
            Some(l) => {
                let t = say_time(l.at, zone);
                steps.push(Text::new(format!("最近一次迹象:{}。", t.zh), format!("Last sign: {}.", t.en)));
            }
            None => steps.push(Text::new("没有任何迹象。", "No sign at all.")),
        }
        if self.last.is_none_or(|l| l.at < self.base) {
            let t = say_time(self.base, zone);
            steps.push(Text::new(
                format!("从 {} 起计(登记、返回、设备恢复,或此前的读数没有查看)。", t.zh),
                format!(
                    "Counted from {} (registered, back, the device alive again, or nothing looked at before).",
                    t.en
                ),
            ));
        }
        if self.out {
            steps.push(Text::new("已出门,静默不计。", "Gone out: the silence does not count."));
        }
        if self.away_until() != i64::MIN {
            steps.push(Text::new("登记为外出。", "Registered as away."));
        }
        if self.truth == Truth::Unknown {
            steps.push(Text::new(
                "能看到的设备没有数据,无法判断。",
                "The devices that could show it are silent: it cannot be told.",
            ));
        }
        let counts = self.away_until() != i64::MAX && !self.out;
        Explained {
            readings: self.last.into_iter().collect(),
            readings_total: u64::from(self.total),
            deadline: counts.then_some(deadline),
            pending: counts.then(|| (deadline.saturating_sub(s.span), deadline)),
            since: Some(self.last.map_or(self.base, |l| l.at)),
            steps,
            ..Explained::default()
        }
    }

    pub(crate) fn seen(&self) -> impl Iterator<Item = &Seen> {
        self.last.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{NONE, ValueTag};

    const S: Settings = Settings { span: 100, settle: 5, leaves: false, tell_unwatched: true };

    fn at(at: i64) -> Event {
        Event {
            at,
            value: 1.0,
            reading: 0,
            device: 0,
            subject: NONE,
            measure: 0,
            tag: ValueTag::Flag,
            clamped: false,
        }
    }

    #[test]
    fn a_member_never_seen_has_a_deadline() {
        let mut s = State::begin(&S, 7);
        assert_eq!(s.due(&S), 107);
        s.fire(&S, 107, Covered::Whole);
        assert_eq!(s.truth(), Truth::True);
        s.step(&S, &at(120), false);
        assert_eq!((s.truth(), s.due(&S)), (Truth::False, 220));
    }

    #[test]
    fn being_away_has_no_deadline_and_coming_back_begins_anew() {
        let mut s = State::begin(&S, 0);
        s.go_away(None);
        assert_eq!(s.due(&S), i64::MAX);
        s.come_back(50);
        assert_eq!(s.due(&S), 150);
        s.go_away(Some(400));
        assert_eq!(s.due(&S), 500);
    }

    #[test]
    fn silence_behind_the_front_door_does_not_count_until_a_later_sign_inside() {
        let mut s = State::begin(&S, 0);
        s.step(&S, &at(10), true);
        s.step(&S, &at(15), false);
        assert_eq!(s.due(&S), i64::MAX, "a sign within the settling time is the way out");
        s.step(&S, &at(16), false);
        assert_eq!(s.due(&S), 116, "one behind it is somebody at home");
    }

    #[test]
    fn with_a_front_door_nobody_is_at_home_before_a_sign_indoors() {
        let t = Settings { leaves: true, ..S };
        let mut s = State::begin(&t, 0);
        assert_eq!(s.due(&t), i64::MAX);
        s.step(&t, &at(3), true);
        assert_eq!(s.due(&t), i64::MAX);
        s.step(&t, &at(9), false);
        assert_eq!(s.due(&t), 109);
    }

    #[test]
    fn whom_no_device_could_show_is_left_alone_where_the_rule_says_so() {
        for (tell, blind) in [(true, true), (false, false)] {
            let t = Settings { tell_unwatched: tell, ..S };
            let mut s = State::begin(&t, 0);
            s.fire(&t, 100, Covered::Unwatched);
            assert_eq!((s.truth(), s.is_blind()), (Truth::Unknown, blind));
            s.resume(150);
            assert_eq!((s.truth(), s.due(&t)), (Truth::False, 250));
        }
    }

    #[test]
    fn blindness_is_unknown_and_after_it_the_span_begins_anew() {
        let mut s = State::begin(&S, 0);
        s.fire(&S, 100, Covered::Blind);
        assert_eq!((s.truth(), s.due(&S)), (Truth::Unknown, i64::MAX));
        s.resume(130);
        assert_eq!((s.truth(), s.due(&S)), (Truth::False, 230));
        s.fire(&S, 230, Covered::Since(180));
        assert_eq!((s.truth(), s.due(&S)), (Truth::False, 280));
        s.fire(&S, 280, Covered::Since(180));
        assert_eq!(s.truth(), Truth::True);
    }
}
