//! How often one address may do what needs no account.
//!
//! Invariants
//! - LM1 An address that has guessed wrong too often is answered without looking anything up, right or wrong.
//! - LM2 When wrong guesses come from everywhere at once, every address that guessed wrong lately waits;
//!   someone who opens a right link for the first time never does.
//! - LM3 Memory is bounded: at most [`ADDRESSES_MAX`] addresses are remembered; the oldest are forgotten.
//!
//! Deliberately absent: captchas and locks on a code (a stranger could lock somebody out).

use linli_model::{Instant, Millis};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

pub(crate) const ADDRESSES_MAX: usize = 20_000;

/// At most `count` in `window`, per address; `everywhere` over all addresses together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub(crate) count: u32,
    pub(crate) everywhere: u32,
    pub(crate) window: Millis,
}

/// Wrong claim codes. Ten slips in ten minutes is more than anyone makes with a slip of paper in hand.
pub(crate) const WRONG_CODES: Allowance =
    Allowance { count: 10, everywhere: 500, window: Millis::minutes(10) };
/// Reports. Mobile carriers put thousands of phones behind one address, hence the generous figure.
pub(crate) const REPORTS: Allowance = Allowance { count: 60, everywhere: 5_000, window: Millis::hours(1) };
/// Photos taken in before a report is sent.
pub(crate) const PHOTOS: Allowance = Allowance { count: 120, everywhere: 5_000, window: Millis::hours(1) };

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Instant,
    used: u32,
}

#[derive(Default)]
struct Used {
    by_address: HashMap<IpAddr, Window>,
    everywhere: Option<Window>,
}

/// Fixed windows per address and over all.
pub(crate) struct Limit {
    allowance: Allowance,
    used: Mutex<Used>,
}

/// Too often; try again after this many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooOften {
    pub(crate) retry_after_secs: i64,
}

impl Limit {
    pub(crate) fn of(allowance: Allowance) -> Self {
        Limit { allowance, used: Mutex::default() }
    }

    /// Whether this address may try now; counts nothing.
    pub(crate) fn check(&self, address: IpAddr, now: Instant) -> Result<(), TooOften> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let own = used.by_address.get(&household(address)).and_then(|w| self.live(*w, now));
        let Some(own) = own else { return Ok(()) };
        let all = used.everywhere.and_then(|w| self.live(w, now));
        let over =
            own.used >= self.allowance.count || all.is_some_and(|w| w.used >= self.allowance.everywhere);
        if over { Err(self.wait(own, now)) } else { Ok(()) }
    }

    /// Counts one (a wrong guess, a report).
    pub(crate) fn count(&self, address: IpAddr, now: Instant) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Window { began: now, used: 0 };
        let mut all = used.everywhere.and_then(|w| self.live(w, now)).unwrap_or(fresh);
        all.used = all.used.saturating_add(1);
        used.everywhere = Some(all);
        let key = household(address);
        let mut own = used.by_address.get(&key).and_then(|w| self.live(*w, now)).unwrap_or(fresh);
        own.used = own.used.saturating_add(1);
        if used.by_address.len() >= ADDRESSES_MAX && !used.by_address.contains_key(&key) {
            self.forget(&mut used.by_address, now);
        }
        used.by_address.insert(key, own);
    }

    fn live(&self, window: Window, now: Instant) -> Option<Window> {
        // A clock set back must not lock anyone out for longer than a window.
        (window.began <= now && now - window.began < self.allowance.window).then_some(window)
    }

    fn wait(&self, window: Window, now: Instant) -> TooOften {
        let left = (window.began + self.allowance.window) - now;
        TooOften { retry_after_secs: (left.0 / 1_000).max(1) }
    }

    fn forget(&self, by_address: &mut HashMap<IpAddr, Window>, now: Instant) {
        by_address.retain(|_, w| self.live(*w, now).is_some());
        if by_address.len() >= ADDRESSES_MAX {
            let mut began: Vec<Instant> = by_address.values().map(|w| w.began).collect();
            began.sort_unstable();
            let middle = began[began.len() / 2];
            by_address.retain(|_, w| w.began > middle);
        }
    }
}

/// One subscriber: an IPv4 address, or the /64 an IPv6 subscriber draws addresses from.
fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => IpAddr::V4(four),
            None => {
                let s = six.segments();
                IpAddr::V6(Ipv6Addr::new(s[0], s[1], s[2], s[3], 0, 0, 0, 0))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Allowance = Allowance { count: 3, everywhere: 5, window: Millis::minutes(10) };
    fn at(minute: i64) -> Instant {
        Instant(minute * 60_000)
    }
    fn address(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    #[test]
    fn an_address_waits_after_too_many_and_no_longer_than_the_window() {
        let limit = Limit::of(SMALL);
        for _ in 0..3 {
            assert_eq!(limit.check(address(1), at(0)), Ok(()));
            limit.count(address(1), at(0));
        }
        assert_eq!(limit.check(address(1), at(4)), Err(TooOften { retry_after_secs: 360 }));
        assert_eq!(limit.check(address(2), at(4)), Ok(()));
        assert_eq!(limit.check(address(1), at(10)), Ok(()));
    }

    #[test]
    fn guesses_from_everywhere_stop_the_guessers_and_not_the_first_comer() {
        let limit = Limit::of(SMALL);
        for n in 0..5 {
            limit.count(address(n), at(0));
        }
        assert!(limit.check(address(0), at(1)).is_err(), "one wrong guess, in a flood of them");
        assert_eq!(limit.check(address(9), at(1)), Ok(()));
    }

    #[test]
    fn a_subscriber_does_not_escape_by_drawing_another_address() {
        let limit = Limit::of(SMALL);
        for n in 1..=3u16 {
            limit.count(IpAddr::V6(Ipv6Addr::new(0x2408, 1, 2, 3, 0, 0, 0, n)), at(0));
        }
        assert!(limit.check(IpAddr::V6(Ipv6Addr::new(0x2408, 1, 2, 3, 9, 9, 9, 9)), at(0)).is_err());
        assert!(limit.check(IpAddr::V6(Ipv6Addr::new(0x2408, 1, 2, 4, 0, 0, 0, 1)), at(0)).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let limit = Limit::of(SMALL);
        for n in 0..(ADDRESSES_MAX as u32 + 500) {
            limit.count(IpAddr::from(n.to_be_bytes()), Instant(i64::from(n)));
        }
        assert!(limit.used.lock().unwrap().by_address.len() <= ADDRESSES_MAX);
    }
}
