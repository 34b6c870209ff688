//! By which ways a person is told beyond their inbox, and what is gathered into a digest instead.
//!
//! Invariants
//! - WY1 Everything lies in the inbox, whatever else was chosen; no choice can turn that off.
//! - WY2 What matters at once is never gathered: it goes out by itself, by mail too where that was chosen.
//! - WY3 A digest is decided once for each of its times and person, and holds what nobody looked at meanwhile.
//! - WY4 A chat room hears of cases only, once for each step, and never of what is for a reporter.

use crate::{Notice, NoticeId, Recipient};
use jiff::{
    civil::{DateTime, Time},
    tz::TimeZone,
};
use linli_model::{IdSeed, Instant, Severity, Text, UserId};
use serde::{Deserialize, Serialize};

/// What becomes of notices that can wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rest {
    #[default]
    Inbox,
    Mail,
    Digest,
}

impl Rest {
    pub const ALL: [Rest; 3] = [Rest::Inbox, Rest::Mail, Rest::Digest];
    pub fn code(self) -> &'static str {
        match self {
            Rest::Inbox => "inbox",
            Rest::Mail => "mail",
            Rest::Digest => "digest",
        }
    }
    pub fn find(code: &str) -> Option<Rest> {
        Rest::ALL.into_iter().find(|r| r.code() == code)
    }
}

/// One person's choice. Without an address nothing goes by mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    pub email: Option<String>,
    /// Urgent ones go by mail, too.
    pub urgent_mail: bool,
    pub rest: Rest,
}

/// A kind of way, by whom it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The inbox, and whoever is told of every notice (a gateway of the office).
    All,
    /// The mailbox of one person.
    Mail,
    /// A room that several people read.
    Room,
}

/// The reason of digests; they are mails, and no entry of the inbox.
pub const DIGEST: &str = "digest";

/// Of which reasons a room hears.
const ROOM: [&str; 5] = ["new_case", "assigned", "not_taken", "overdue", "path_dead"];

/// Whether a notice goes by this way to a person of this choice.
pub fn takes(way: Way, notice: &Notice, ways: &Ways) -> bool {
    let is_urgent = notice.severity >= Severity::Urgent;
    match way {
        Way::All => notice.reason != DIGEST,
        Way::Mail => {
            let chosen = match (notice.reason == DIGEST, is_urgent) {
                (true, _) => true,
                (false, true) => ways.urgent_mail,
                (false, false) => ways.rest == Rest::Mail,
            };
            chosen && ways.email.is_some() && matches!(notice.recipient, Recipient::User(_))
        }
        Way::Room => {
            is_urgent
                && ROOM.contains(&notice.reason.as_str())
                && matches!(notice.recipient, Recipient::User(_))
        }
    }
}

/// The times of a day's digests: before the morning's round, and before the evening's hand-over.
const TIMES: [Time; 2] = [Time::constant(8, 30, 0, 0), Time::constant(17, 0, 0, 0)];

/// The last time of a digest at or before `now`, and the one before that.
pub fn digest_times(now: Instant, zone: &TimeZone) -> Option<(Instant, Instant)> {
    let today = now.day_in(zone);
    let mut times: Vec<Instant> = [today.yesterday().ok()?.yesterday().ok()?, today.yesterday().ok()?, today]
        .into_iter()
        .flat_map(|day| TIMES.map(|time| DateTime::from_parts(day, time)))
        .filter_map(|at| zone.to_timestamp(at).ok())
        .map(|at| Instant(at.as_millisecond()))
        .filter(|at| *at <= now)
        .collect();
    let last = times.pop()?;
    Some((last, times.pop()?))
}

/// The most lines of a digest.
const LINES_MAX: usize = 20;

/// What was told between the two times and nobody looked at, as one mail; none where there is nothing (WY3).
pub fn digest(user: UserId, waiting: &[Notice], (last, before): (Instant, Instant)) -> Option<Notice> {
    let mut groups: Vec<(String, Text, Vec<&Notice>)> = Vec::new();
    let gathered = |n: &&Notice| {
        n.severity < Severity::Urgent && n.reason != DIGEST && before < n.due_at && n.due_at <= last
    };
    let mut count = 0;
    for notice in waiting.iter().filter(gathered) {
        count += 1;
        let key = notice.group_key();
        match groups.iter_mut().find(|(k, ..)| *k == key) {
            Some((.., members)) => members.push(notice),
            None => groups.push((key, notice.title.clone(), vec![notice])),
        }
    }
    if count == 0 {
        return None;
    }
    let line = |zh: bool| {
        let say = |t: &Text| if zh { t.zh.clone() } else { t.en.clone() };
        let mut lines: Vec<String> = groups
            .iter()
            .take(LINES_MAX)
            .map(|(_, title, members)| match members[..] {
                [one] => format!("· {} ({})", say(title), say(&one.body)),
                _ => format!("· {} × {}", say(title), members.len()),
            })
            .collect();
        if groups.len() > LINES_MAX {
            lines.push("…".to_owned());
        }
        lines.join("\n")
    };
    let step = (last.millis() / 60_000) as u32;
    Some(Notice {
        id: IdSeed::of_name(&format!("digest {user}")).id::<NoticeId>(&step.to_string()),
        case: None,
        push: None,
        reason: DIGEST.to_owned(),
        recipient: Recipient::User(user),
        step,
        title: Text::new(format!("{count} 条通知汇总"), format!("{count} notices gathered")),
        body: Text::new(line(true), line(false)),
        severity: Severity::Info,
        due_at: last,
        channel: "email".to_owned(),
        created_at: last,
    })
}
