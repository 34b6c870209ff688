//! The case: the fold of its facts, as commands and pages need it.

use crate::{
    fact::Audience,
    order::{HOTLINE, Order},
    owner::roster::Explanation,
    promise::{Promise, PromiseKind, is_zero},
    stage::{DoneOutcome, Stage, StageCode},
    task::{Task, TaskNo},
};
use linli_model::{AreaId, AreaPath, FindingId, Instant, PostId, Role, Severity, Text, UserId, typed_id};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

typed_id!(CaseId);
typed_id!(
    /// One reporter of one case: own claim code, own answer, own rating.
    ReporterId
);

/// The one person who owes the next step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    pub user: UserId,
    pub post: PostId,
    pub role: Role,
    /// The area of the post: the tier the case stands at.
    pub area: AreaId,
    pub area_path: AreaPath,
}

/// Through which door a case came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    Finding {
        finding: FindingId,
        rule: String,
    },
    /// `channel`: `web`, `window`, `phone`, `patrol`, `cadre`, `volunteer`, `police`, `hotline_12345`.
    Report {
        channel: String,
        filed_by: Option<UserId>,
        /// What it is to the system it came from, where that one counts its time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<Order>,
    },
    /// From another system, under its number there.
    Imported {
        system: String,
        number: String,
    },
}

/// A photo of a case by its content's hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    pub blob: String,
    pub when: PhotoWhen,
    pub audience: Audience,
    #[serde(default, skip_serializing_if = "Shot::is_silent")]
    pub shot: Shot,
}

/// What the camera said of a photo, as far as it proves something: when, and how far from the case's place. Where
/// exactly stays with the protected evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shot {
    pub taken_at: Option<Instant>,
    pub metres: Option<u32>,
}

impl Shot {
    pub fn is_silent(&self) -> bool {
        self.taken_at.is_none() && self.metres.is_none()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoWhen {
    Before,
    After,
}

/// A case that is to be left out of the assessment (剔除): asked for with a reason, granted by somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    pub reason: String,
    pub asked_by: UserId,
    pub asked_at: Instant,
    pub granted_by: Option<UserId>,
}

/// What the reporter said at the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    pub reporter: ReporterId,
    pub at: Instant,
    pub solved: Option<bool>,
    pub satisfied: Satisfied,
    pub treated_well: Option<bool>,
    pub words: String,
    /// Said on the phone and written down by staff, not tapped by the reporter.
    #[serde(default)]
    pub by_call: bool,
}

/// What a reporter has of a case that is also somebody else's: the number and the promise that were given to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Own {
    pub number: String,
    /// The case they came with, where theirs was merged into this one.
    pub from: Option<CaseId>,
    pub promise: Option<Promise>,
}

/// Trying to reach a reporter who has no page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    pub attempts: u32,
    pub last: Option<CallResult>,
    /// Tried as often as the table says.
    pub given_up: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallResult {
    /// Told, and asked.
    Reached,
    NotReached,
    /// Left no way to be reached.
    NoContact,
}

/// Another case this one belongs with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub to: CaseId,
    pub number: String,
    pub how: LinkKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// That case looks for the cause of this one and its like.
    RootCause,
    /// This case looks for the cause; that one is one of the times it happened.
    Repetition,
}

/// 满意 / 基本满意 / 一般 / 不满意
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Satisfied {
    Satisfied,
    MostlySatisfied,
    SoSo,
    Dissatisfied,
}

/// The channel of the family contact of a case that a rule opened.
pub const CONTACT_CHANNEL: &str = "family";
/// Channels that have no page to read an answer on.
pub const VOICE_CHANNELS: [&str; 4] = [CONTACT_CHANNEL, "window", "phone", HOTLINE];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    /// For people: `310104011-20261123-0007`.
    pub number: String,
    pub class: String,
    pub class_version: u32,
    pub title: String,
    pub text: String,
    /// As people say it: `田林十二村41号302室`.
    pub place: String,
    pub area: AreaId,
    pub area_path: AreaPath,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub severity: Severity,
    pub origin: Origin,
    /// What the case is about, where a rule found it (pseudonymous).
    pub subject: Option<linli_model::Subject>,
    pub findings: Vec<FindingId>,
    pub reporters: Vec<ReporterId>,
    /// Through which channel each reporter came.
    #[serde(default)]
    pub channels: BTreeMap<ReporterId, String>,
    /// Reporters who want nothing more; nobody writes to them.
    #[serde(default)]
    pub withdrew: Vec<ReporterId>,
    pub stage: Stage,
    /// Exactly one in every open stage; the last one is remembered in final stages.
    pub owner: Owner,
    pub routing: Explanation,
    /// Who accepted, worked or proposed in this round; none of them may verify.
    pub handlers: Vec<UserId>,
    /// Who handled, checked, answered or rejected in any round; none of them may review.
    pub handlers_ever: Vec<UserId>,
    pub round: u32,
    pub promises: Vec<Promise>,
    pub photos: Vec<Photo>,
    pub outcome: Option<DoneOutcome>,
    pub answer: Option<String>,
    pub ratings: Vec<Rating>,
    /// The answer, refusal or review that a rating is about.
    #[serde(default)]
    pub answered_at: Option<Instant>,
    /// When it was taken in this round; what proves the result is younger.
    #[serde(default)]
    pub accepted_at: Option<Instant>,
    /// Photos before this one were there before the present work began, and prove nothing of it.
    #[serde(default)]
    pub proof_from: usize,
    /// The stage it stood in when it was merged.
    #[serde(default)]
    pub merged_from: Option<StageCode>,
    /// What each reporter who joined has of their own.
    #[serde(default)]
    pub own: BTreeMap<ReporterId, Own>,
    /// Tries to reach those without a page, since the answer of now.
    #[serde(default)]
    pub calls: BTreeMap<ReporterId, Calls>,
    /// Reporters with a page whom no way brought an answer to.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unreached: BTreeSet<ReporterId>,
    /// Who else it was said to belong to, where it is "not ours".
    #[serde(default)]
    pub passed_to: Option<String>,
    #[serde(default)]
    pub links: Vec<Link>,
    /// Since when it belongs to a concentrated matter.
    #[serde(default)]
    pub concentrated_at: Option<Instant>,
    /// The signal that opened it has ended; evidence, not closure.
    pub signal_ended_at: Option<Instant>,
    pub opened_at: Instant,
    pub updated_at: Instant,
    pub closed_at: Option<Instant>,
    /// Left out of the assessment, or asked to be.
    #[serde(default)]
    pub exclusion: Option<Exclusion>,
    /// How often it went up, down, out or was given to another.
    pub moves: u32,
    /// How often it was given back down or aside in this round; against ping-pong.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bounces: u32,
    /// A request for more time that nobody has decided on yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<ExtensionAsk>,
    /// What co-handlers were asked to do, in order of asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task>,
    /// How often it went up in this round.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub climbed: u32,
    /// Tasks refused and checks not passed since it came to this level.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refusals: u32,
    /// It should have gone up from here, and nobody was there; tried once at each level.
    #[serde(default, skip_serializing_if = "is_false")]
    pub climb_failed: bool,
    /// The area whose post handled it to the end, last time: the tier that solved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled_at: Option<AreaId>,
    /// Number of facts; the version a command must have seen.
    pub version: u32,
}

/// More time asked for: by whom, of whom, how much in the unit of the promise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtensionAsk {
    pub promise: PromiseKind,
    pub asked_at: Instant,
    pub by: Option<UserId>,
    pub amount: u32,
    pub reason: String,
    pub decider: Owner,
}

pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

impl Case {
    pub fn task(&self, n: TaskNo) -> Option<&Task> {
        self.tasks.iter().find(|t| t.n == n)
    }
    pub fn open_tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.iter().filter(|t| t.is_open())
    }
    /// Who has a task here that is still theirs to do.
    pub fn is_helper(&self, user: UserId) -> bool {
        self.open_tasks().any(|t| t.holder.user == user)
    }
    pub fn promise(&self, kind: PromiseKind) -> Option<&Promise> {
        self.promises.iter().rev().find(|p| p.kind == kind)
    }
    /// What this reporter said of the present closing: one tap first, perhaps more words afterwards.
    pub fn rating_since_closing(&self, reporter: ReporterId) -> Option<&Rating> {
        let closed_at = self.closed_at?;
        self.ratings.iter().rev().find(|r| r.reporter == reporter && r.at >= closed_at)
    }
    /// What it is to the hotline, where it came from there.
    pub fn order(&self) -> Option<&Order> {
        match &self.origin {
            Origin::Report { order, .. } => order.as_ref(),
            _ => None,
        }
    }
    /// Brought along by another system and in nobody's hands here: whether its promises are broken is for that one to
    /// say, whose word comes with the next export.
    pub fn is_elsewhere(&self) -> bool {
        matches!(self.origin, Origin::Imported { .. }) && self.handlers_ever.is_empty()
    }
    /// Whether this reporter has said something about the answer of now.
    pub fn rated_this_answer(&self, reporter: ReporterId) -> bool {
        let since = self.answered_at.unwrap_or(self.opened_at);
        self.ratings.iter().any(|r| r.reporter == reporter && r.at >= since)
    }
    /// The contact a rule's case was opened with: owed an answer, but reported nothing.
    pub fn is_contact(&self, reporter: ReporterId) -> bool {
        self.channels.get(&reporter).is_some_and(|c| c == CONTACT_CHANNEL)
    }
    /// Whether this reporter must be told by voice: came by phone, window or hotline, is the contact, or was not reached.
    pub fn told_by_voice(&self, reporter: ReporterId) -> bool {
        self.unreached.contains(&reporter)
            || self.channels.get(&reporter).is_some_and(|c| VOICE_CHANNELS.contains(&c.as_str()))
    }
    /// Whether its numbers stand beside the assessment, not in it.
    pub fn is_excluded(&self) -> bool {
        self.exclusion.as_ref().is_some_and(|e| e.granted_by.is_some())
    }
    /// A photo of the result of the present work.
    pub fn has_after_photo(&self) -> bool {
        self.proof().next().is_some()
    }
    /// Photos of the result since the present work began.
    pub fn proof(&self) -> impl Iterator<Item = &Photo> {
        self.photos.iter().skip(self.proof_from).filter(|p| p.when == PhotoWhen::After)
    }
    /// Reporters who want to hear of it.
    pub fn still_here(&self) -> impl Iterator<Item = ReporterId> + '_ {
        self.reporters.iter().filter(|r| !self.withdrew.contains(r)).copied()
    }
    /// Who must still be called: has no page, said nothing of the answer of now, and was not given up.
    pub fn to_call(&self) -> Vec<ReporterId> {
        let told = matches!(self.stage.code(), StageCode::Answered | StageCode::Closed | StageCode::Rejected);
        let open = |r: &ReporterId| {
            let calls = self.calls.get(r).copied().unwrap_or_default();
            self.told_by_voice(*r) && !self.rated_this_answer(*r) && !calls.is_settled()
        };
        if told && self.answered_at.is_some() { self.still_here().filter(open).collect() } else { Vec::new() }
    }
    /// The root-cause case this one was linked to last.
    pub fn root_cause(&self) -> Option<&Link> {
        self.links.iter().rev().find(|l| l.how == LinkKind::RootCause)
    }
}

impl Calls {
    /// Reached, unreachable, or tried often enough.
    pub fn is_settled(&self) -> bool {
        self.given_up || matches!(self.last, Some(CallResult::Reached | CallResult::NoContact))
    }
}

impl CallResult {
    pub const ALL: [CallResult; 3] = [CallResult::Reached, CallResult::NotReached, CallResult::NoContact];
    pub fn code(self) -> &'static str {
        match self {
            CallResult::Reached => "reached",
            CallResult::NotReached => "not_reached",
            CallResult::NoContact => "no_contact",
        }
    }
    pub fn label(self) -> Text {
        match self {
            CallResult::Reached => Text::new("已联系上", "Reached"),
            CallResult::NotReached => Text::new("没联系上", "Not reached"),
            CallResult::NoContact => Text::new("没有联系方式", "No way to reach them"),
        }
    }
}

impl LinkKind {
    pub fn label(self) -> Text {
        match self {
            LinkKind::RootCause => Text::new("根源案件", "Root-cause case"),
            LinkKind::Repetition => Text::new("重复发生", "One of the times it happened"),
        }
    }
}

impl Satisfied {
    pub const ALL: [Satisfied; 4] =
        [Satisfied::Satisfied, Satisfied::MostlySatisfied, Satisfied::SoSo, Satisfied::Dissatisfied];
    pub fn code(self) -> &'static str {
        match self {
            Satisfied::Satisfied => "satisfied",
            Satisfied::MostlySatisfied => "mostly_satisfied",
            Satisfied::SoSo => "so_so",
            Satisfied::Dissatisfied => "dissatisfied",
        }
    }
}
