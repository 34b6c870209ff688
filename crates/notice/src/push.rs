//! One-tap push: a few words to a group in an area, and the calls that follow where nobody answers.
//!
//! Owns: who is meant by group × area, who is left out and why, and the call tree of urgent ones.
//!
//! Invariants
//! - PU1 A push asks each person once, by one post, and nobody outside of the areas its sender may send to.
//! - PU2 What can wait keeps quiet hours and stops at a number of pushes a day and person; urgent ones do neither.
//! - PU3 Of an urgent push, a branch in which nobody is coming is called upward, one officer at a time, after the
//!   same wait each time, or at once when all who were asked there said they cannot; in the end its sender is told.
//! - PU4 A branch in which somebody is coming is not called again.
//! - PU5 What people answered is shown by name for a day, to whom may send there; after that only numbers are.
//!
//! Deliberately absent: any comparison of people by how fast or how often they answer.

use crate::{Notice, NoticeId, NoticePolicy, Recipient};
use linli_casework::{Roster, TierTable};
use linli_model::{
    AreaId, AreaPath, AreaTree, Diagnostic, IdSeed, Instant, Millis, Post, Role, Severity, Text, UserId,
    typed_id,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

typed_id!(PushId);

/// The most characters of a push: what a lock screen shows whole.
pub const TEXT_CHARS_MAX: usize = 120;
/// How long names stand beside the numbers (PU5).
pub const NAMED_FOR: Millis = Millis::hours(24);
/// Levels of the call tree are below this.
const LEVELS_MAX: u32 = 12;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Push {
    pub id: PushId,
    pub sender: UserId,
    pub groups: Vec<Role>,
    pub area: AreaId,
    pub area_path: AreaPath,
    pub text: String,
    pub urgent: bool,
    pub created_at: Instant,
}

/// What somebody said to a push. Done is said after coming, or at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Coming,
    Cannot,
    Done,
}

impl Reply {
    pub const ALL: [Reply; 3] = [Reply::Coming, Reply::Cannot, Reply::Done];
    pub fn code(self) -> &'static str {
        match self {
            Reply::Coming => "coming",
            Reply::Cannot => "cannot",
            Reply::Done => "done",
        }
    }
    pub fn find(code: &str) -> Option<Reply> {
        Reply::ALL.into_iter().find(|r| r.code() == code)
    }
}

/// One person a push went to, and how far it came there.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub user: UserId,
    /// The residential area, grid or street of the post by which they were meant.
    pub branch: AreaId,
    /// 0 = meant by the push itself; above = called since nobody of the branch was coming.
    pub level: u32,
    pub notice: NoticeId,
    pub told_at: Instant,
    pub delivered_at: Option<Instant>,
    pub seen_at: Option<Instant>,
    pub reply: Option<Reply>,
    pub replied_at: Option<Instant>,
}

/// What a push may know.
pub struct PushSituation<'a> {
    pub now: Instant,
    pub policy: &'a NoticePolicy,
    pub areas: &'a AreaTree,
    pub roster: &'a Roster,
    /// The areas in which the sender may send.
    pub within: &'a [AreaPath],
    /// How many pushes that could wait each person was sent today.
    pub today: &'a BTreeMap<UserId, u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyNot {
    Sender,
    OffDuty,
    /// As many pushes today as one person is sent a day.
    ToldEnough,
}

impl WhyNot {
    pub fn code(self) -> &'static str {
        match self {
            WhyNot::Sender => "sender",
            WhyNot::OffDuty => "off_duty",
            WhyNot::ToldEnough => "told_enough",
        }
    }
    pub fn label(self) -> Text {
        match self {
            WhyNot::Sender => Text::new("发送人本人", "The sender"),
            WhyNot::OffDuty => Text::new("不在班,非紧急不打扰", "Off duty; only urgent pushes go through"),
            WhyNot::ToldEnough => {
                Text::new("今天已达上限,非紧急不再打扰", "Had today's limit; only urgent pushes go through")
            }
        }
    }
}

/// Who a push would reach, each by one post, and who not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meant {
    pub reached: Vec<Post>,
    pub left_out: Vec<(Post, WhyNot)>,
    /// When it would be told.
    pub at: Instant,
}

/// What is wrong with the words of a push.
pub fn check_text(text: &str) -> Result<(), Diagnostic> {
    if (1..=TEXT_CHARS_MAX).contains(&text.trim().chars().count()) {
        return Ok(());
    }
    let zh = format!("请写 1 至 {TEXT_CHARS_MAX} 个字");
    Err(Diagnostic::new("push_text_length", "text", zh, format!("expected 1 to {TEXT_CHARS_MAX} characters")))
}

/// Who is meant by `groups` × `area`: posts in the area; of a group that has none there, those of the nearest area
/// above that the sender may still send to.
pub fn meant(sender: UserId, groups: &[Role], area: &AreaId, urgent: bool, s: &PushSituation<'_>) -> Meant {
    let mut seen = BTreeSet::new();
    let mut meant = Meant { at: s.policy.earliest(s.now, severity(urgent), 0), ..Meant::default() };
    for role in groups {
        for (post, on_duty) in posts_of(*role, area, s) {
            if !seen.insert(post.user) {
                continue;
            }
            let enough = s.today.get(&post.user).is_some_and(|n| *n >= s.policy.pushes_per_day_max);
            let why = if post.user == sender {
                Some(WhyNot::Sender)
            } else if !urgent && !on_duty {
                Some(WhyNot::OffDuty)
            } else if !urgent && enough {
                Some(WhyNot::ToldEnough)
            } else {
                None
            };
            match why {
                None => meant.reached.push(post.clone()),
                Some(why) => meant.left_out.push((post.clone(), why)),
            }
        }
    }
    meant
}

fn severity(urgent: bool) -> Severity {
    if urgent { Severity::Urgent } else { Severity::Attention }
}

/// Posts of a role that hold now, in the order of areas and people.
fn posts_of<'a>(role: Role, area: &AreaId, s: &PushSituation<'a>) -> Vec<(&'a Post, bool)> {
    let may = |path: &AreaPath| s.within.iter().any(|w| path.within(w));
    let all = || {
        let of_role = |c: &&linli_casework::Candidate| c.post.role == role && c.post.holds_at(s.now);
        s.roster.candidates.iter().filter(of_role).filter(|c| may(&c.post.area_path))
    };
    let Some(target) = s.areas.find(area) else { return Vec::new() };
    let reach = s.areas.reach(&target.id);
    let inside = |path: &AreaPath| reach.iter().any(|r| path.within(r));
    let mut found: Vec<_> = all().filter(|c| inside(&c.post.area_path)).collect();
    if found.is_empty() {
        let at = |a: &AreaId| all().filter(|c| c.post.area == *a).collect::<Vec<_>>();
        found = s.areas.upward(area).skip(1).map(|a| at(&a.id)).find(|f| !f.is_empty()).unwrap_or_default();
    }
    found.sort_by(|a, b| (&a.post.area_path, a.post.id).cmp(&(&b.post.area_path, b.post.id)));
    found.into_iter().map(|c| (&c.post, c.on_duty)).collect()
}

/// The branch of the call tree a post belongs to.
fn branch_of(area: &AreaId, areas: &AreaTree, tiers: &TierTable) -> AreaId {
    areas.upward(area).find(|a| tiers.is_tier(a.level)).map_or_else(|| area.clone(), |a| a.id.clone())
}

/// Those whom a push asks, with the notice for each.
pub fn ask(push: &Push, meant: &Meant, areas: &AreaTree, tiers: &TierTable) -> Vec<(Asked, Notice)> {
    let title = match push.urgent {
        true => Text::new("紧急通知,请回复能否到场", "Urgent: please answer whether you can come"),
        false => Text::new("通知,请回复", "Please answer"),
    };
    let asked = meant.reached.iter().map(|post| {
        let branch = branch_of(&post.area, areas, tiers);
        asked(push, post.user, branch, 0, 0, title.clone(), meant.at)
    });
    asked.collect()
}

fn asked(
    push: &Push,
    user: UserId,
    branch: AreaId,
    level: u32,
    step: u32,
    title: Text,
    at: Instant,
) -> (Asked, Notice) {
    let seed = IdSeed::of_name(&format!("push {}", push.id));
    let notice = Notice {
        id: seed.id::<NoticeId>(&format!("{user} {step}")),
        case: None,
        push: Some(push.id),
        reason: if level == 0 { "push" } else { "push_unanswered" }.to_owned(),
        recipient: Recipient::User(user),
        step,
        title,
        body: Text::new(push.text.as_str(), push.text.as_str()),
        severity: severity(push.urgent),
        due_at: at,
        channel: "in_app".to_owned(),
        created_at: if level == 0 { push.created_at } else { at },
    };
    let asked = Asked {
        user,
        branch,
        level,
        notice: notice.id,
        told_at: at,
        delivered_at: None,
        seen_at: None,
        reply: None,
        replied_at: None,
    };
    (asked, notice)
}

/// The calls whose time has come, and when to look again; none = nothing more will follow.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    pub told: Vec<(Asked, Notice)>,
    pub next_at: Option<Instant>,
}

/// PU3, PU4: `people` are all whom the push went to so far.
pub fn call(push: &Push, people: &[Asked], s: &PushSituation<'_>) -> Calls {
    let mut calls = Calls::default();
    if !push.urgent {
        return calls;
    }
    let branches: BTreeSet<&AreaId> = people.iter().map(|a| &a.branch).collect();
    for (n, branch) in branches.into_iter().enumerate() {
        let here: Vec<&Asked> = people.iter().filter(|a| a.branch == *branch).collect();
        match call_branch(push, branch, &here, s) {
            Next::Over => {}
            Next::At(at) => calls.next_at = Some(calls.next_at.map_or(at, |next| next.min(at))),
            Next::Call { user, level, title } => {
                // Branches are numbered by those first asked, who stay the same.
                let step = level * 100_000 + n as u32;
                calls.told.push(asked(push, user, branch.clone(), level, step, title, s.now));
                let at = s.now + s.policy.push_rung;
                calls.next_at = Some(calls.next_at.map_or(at, |next| next.min(at)));
            }
        }
    }
    calls
}

enum Next {
    Over,
    At(Instant),
    Call { user: UserId, level: u32, title: Text },
}

fn call_branch(push: &Push, branch: &AreaId, here: &[&Asked], s: &PushSituation<'_>) -> Next {
    let coming = |a: &&&Asked| matches!(a.reply, Some(Reply::Coming | Reply::Done));
    let level = here.iter().map(|a| a.level).max().unwrap_or(0);
    let told_sender = here.iter().any(|a| a.user == push.sender);
    if here.iter().any(|a| coming(&a)) || told_sender || level >= LEVELS_MAX {
        return Next::Over;
    }
    let newest: Vec<_> = here.iter().filter(|a| a.level == level).collect();
    let nobody_can = newest.iter().all(|a| a.reply == Some(Reply::Cannot));
    let until = newest.iter().map(|a| a.told_at).max().unwrap_or(push.created_at) + s.policy.push_rung;
    if !nobody_can && s.now < until {
        return Next::At(until);
    }
    let mut out: Vec<UserId> = here.iter().map(|a| a.user).collect();
    out.push(push.sender);
    let next = s.roster.officers_upward(branch, s.areas, &out, s.now).first().copied();
    let name = s.areas.find(branch).map_or("", |a| a.name.as_str());
    let n = here.iter().filter(|a| a.level == 0).count();
    let title = Text::new(
        format!("紧急通知:{name} {n} 人尚无人前往,请您协调"),
        format!("Urgent: nobody of {n} in {name} is coming yet; please see to it"),
    );
    Next::Call { user: next.unwrap_or(push.sender), level: level + 1, title }
}

/// How far a push came, each person counted once. The sender, who is only told of what became of it, is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipts {
    pub asked: u32,
    pub delivered: u32,
    pub seen: u32,
    pub coming: u32,
    pub done: u32,
    pub cannot: u32,
    /// Of the asked, those who were called since nobody was coming.
    pub called: u32,
}

pub fn receipts(push: &Push, people: &[Asked]) -> Receipts {
    let users: BTreeSet<UserId> = people.iter().map(|a| a.user).filter(|u| *u != push.sender).collect();
    let count = |holds: &dyn Fn(&Asked) -> bool| {
        users.iter().filter(|u| people.iter().any(|a| a.user == **u && holds(a))).count() as u32
    };
    Receipts {
        asked: users.len() as u32,
        delivered: count(&|a| a.delivered_at.is_some() || a.seen_at.is_some() || a.reply.is_some()),
        seen: count(&|a| a.seen_at.is_some() || a.reply.is_some()),
        coming: count(&|a| matches!(a.reply, Some(Reply::Coming | Reply::Done))),
        done: count(&|a| a.reply == Some(Reply::Done)),
        cannot: count(&|a| a.reply == Some(Reply::Cannot)),
        called: count(&|a| a.level > 0),
    }
}
