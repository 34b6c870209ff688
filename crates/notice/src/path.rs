//! Whether the paths by which people are told still lead somewhere, from a canary sent along each now and then.
//!
//! Invariants
//! - NP1 A path along which nothing has come back for [`DEAD_AFTER`] is dead; one that answers again is alive at once.
//! - NP2 Each death is told once, to who administers and to the duty desk, over whatever paths are left.
//! - NP3 From the last sign of life to the notice it takes at most [`KNOWN_WITHIN`]: the wait, one more round, and
//!   the time a canary may take.

use crate::{Notice, NoticeId, Recipient};
use linli_casework::Roster;
use linli_model::{IdSeed, Instant, Millis, Role, Severity, Text, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// A canary is sent so often …
pub const EVERY: Millis = Millis::secs(10);
/// … may take so long …
pub const ANSWER_MAX: Millis = Millis::secs(5);
/// … and when none has come back for so long, the path is dead.
pub const DEAD_AFTER: Millis = Millis::secs(40);
/// The way in, from the log to the rules; all others lead out.
pub const RULES: &str = "rules";
/// What is promised.
pub const KNOWN_WITHIN: Millis = Millis::secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Path {
    heard_at: Instant,
    is_dead: bool,
}

/// What changed with a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turned {
    Died { path: String, heard_at: Instant },
    CameBack { path: String, heard_at: Instant },
}

/// All paths, as far as canaries say.
#[derive(Clone, Debug, Default)]
pub struct Paths(BTreeMap<String, Path>);

impl Paths {
    /// Takes what came back; a path that was never heard of counts as heard now.
    pub fn hear(&mut self, path: &str, came_back: bool, now: Instant) -> Option<Turned> {
        let known = self.0.entry(path.to_owned()).or_insert(Path { heard_at: now, is_dead: false });
        let turned = |died: bool, heard_at| {
            let path = path.to_owned();
            Some(if died { Turned::Died { path, heard_at } } else { Turned::CameBack { path, heard_at } })
        };
        let before = *known;
        if came_back {
            *known = Path { heard_at: now, is_dead: false };
            return if before.is_dead { turned(false, before.heard_at) } else { None };
        }
        if before.is_dead || now - before.heard_at < DEAD_AFTER {
            return None;
        }
        known.is_dead = true;
        turned(true, before.heard_at)
    }

    /// How long ago something last came back along each path.
    pub fn ages(&self, now: Instant) -> impl Iterator<Item = (&str, Millis)> {
        self.0.iter().map(move |(path, known)| (path.as_str(), now - known.heard_at))
    }

    pub fn is_dead(&self, path: &str) -> bool {
        self.0.get(path).is_some_and(|p| p.is_dead)
    }
}

fn words(path: &str, secs: i64) -> (Text, Text) {
    if path == RULES {
        let title = Text::new(
            "读数没有到达规则,报警会迟到,请检查",
            "Readings do not reach the rules: alarms come late; please look at it",
        );
        let body = Text::new(
            format!(
                "{secs} 秒内收到的读数还没有经过规则。读数都已保存,恢复后会补上;在此之前请用其他方式值守。"
            ),
            format!(
                "What came in during {secs} s has not been through the rules. All of it is kept and will be made up for; watch by other means until then."
            ),
        );
        return (title, body);
    }
    let title = Text::new(
        format!("通知渠道 {path} 不通,请检查"),
        format!("The channel {path} leads nowhere; please look at it"),
    );
    let body = Text::new(
        format!("{secs} 秒内没有任何回应。通知会继续重试,请同时用其他方式联系。"),
        format!("Nothing came back for {secs} s. Notices will be tried again; use other means meanwhile."),
    );
    (title, body)
}

/// Who is told of a path that died: administrators and the duty desk (NP2).
pub fn told(path: &str, heard_at: Instant, roster: &Roster, now: Instant) -> Vec<Notice> {
    let keeps = |role: Role| [Role::Administrator, Role::DutyDesk].contains(&role);
    let keepers: BTreeSet<UserId> = roster
        .candidates
        .iter()
        .filter(|c| keeps(c.post.role) && c.post.holds_at(now))
        .map(|c| c.post.user)
        .collect();
    let seed = IdSeed::of_name(&format!("path {path} {}", heard_at.millis()));
    let occurrence: uuid::Uuid = seed.id("occurrence");
    let step = u32::from_be_bytes(occurrence.as_bytes()[..4].try_into().unwrap_or_default());
    let (title, body) = words(path, (now - heard_at).0 / 1_000);
    let notice = |user: UserId| Notice {
        id: seed.id::<NoticeId>(&user.to_string()),
        case: None,
        push: None,
        reason: "path_dead".to_owned(),
        recipient: Recipient::User(user),
        step,
        title: title.clone(),
        body: body.clone(),
        severity: Severity::Urgent,
        due_at: now,
        channel: "in_app".to_owned(),
        created_at: now,
    };
    keepers.into_iter().map(notice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(n: i64) -> Instant {
        Instant(n * 1_000)
    }

    /// NP1
    #[test]
    fn a_path_dies_when_nothing_came_back_for_long_enough_and_once() {
        let mut paths = Paths::default();
        assert_eq!(paths.hear("email", true, secs(0)), None);
        assert_eq!(paths.hear("email", false, Instant(DEAD_AFTER.0 - 1)), None);
        assert!(!paths.is_dead("email"));
        let died = Turned::Died { path: "email".into(), heard_at: secs(0) };
        assert_eq!(paths.hear("email", false, Instant(DEAD_AFTER.0)), Some(died));
        assert_eq!(paths.hear("email", false, secs(100)), None, "told once");
        assert!(paths.is_dead("email") && !paths.is_dead("webhook-1"));
        let back = Turned::CameBack { path: "email".into(), heard_at: secs(0) };
        assert_eq!(paths.hear("email", true, secs(101)), Some(back));
        assert_eq!(paths.hear("email", false, secs(110)), None);
    }

    #[test]
    fn one_that_never_answered_dies_as_well() {
        let mut paths = Paths::default();
        assert_eq!(paths.hear("email", false, secs(5)), None);
        assert!(paths.hear("email", false, secs(5) + DEAD_AFTER).is_some());
    }

    /// NP3: wherever in a round a path dies, it is known within a minute.
    #[test]
    fn a_dead_path_is_known_within_a_minute() {
        for offset in 0..EVERY.0 {
            if offset % 97 != 0 {
                continue;
            }
            let mut paths = Paths::default();
            let dies_at = Instant(100_000 + offset);
            let mut at = Instant(0);
            let known_at = loop {
                // What is sent before it dies comes back; the others are waited for as long as they may take.
                let answered = at < dies_at;
                let heard = if answered { at } else { at + ANSWER_MAX };
                if let Some(Turned::Died { .. }) = paths.hear("email", answered, heard) {
                    break heard;
                }
                // The next round begins after this one's pause.
                at = heard + EVERY;
            };
            assert!(known_at - dies_at <= KNOWN_WITHIN, "{offset}: {:?}", known_at - dies_at);
        }
    }
}
