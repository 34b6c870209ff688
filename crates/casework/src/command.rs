//! What someone asks to be done with a case, who asks, and what a decision may know.

use crate::{
    case::{CallResult, CaseId, Photo, ReporterId, Satisfied},
    class::ClassTable,
    fact::Audience,
    owner::roster::Roster,
    owner::tier::ClimbReason,
    promise::PromiseKind,
    promise::calendar::Calendar,
    stage::{DoneOutcome, WaitReason},
    task::TaskNo,
};
use linli_model::{AreaId, AreaPath, AreaTree, FindingId, IdSeed, Instant, Post, PostId, UserId};
use serde::{Deserialize, Deserializer, Serialize};

/// Who acted, as stored with each fact. Names are joined at the edge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Actor {
    User {
        user: UserId,
        post: Option<PostId>,
    },
    Reporter {
        reporter: ReporterId,
    },
    /// The clock, a rule, an import.
    System,
}

/// Who asks, with what they are.
#[derive(Clone, Debug)]
pub enum ActorKind {
    /// With the posts that hold now.
    User {
        user: UserId,
        posts: Vec<Post>,
    },
    Reporter {
        reporter: ReporterId,
    },
    System,
}

/// Everything a decision may know besides the case.
pub struct Context<'a> {
    pub now: Instant,
    pub seed: IdSeed,
    pub calendar: &'a Calendar,
    pub classes: &'a ClassTable,
    pub areas: &'a AreaTree,
    pub roster: &'a Roster,
}

impl Context<'_> {
    /// Whether something filed there is within a post's area, what this took over among it.
    pub(crate) fn covers(&self, post: &Post, path: &AreaPath) -> bool {
        self.areas.covers((&post.area, &post.area_path), path)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    Accept,
    Start,
    Note {
        text: String,
        audience: Audience,
        #[serde(default)]
        photos: Vec<Photo>,
    },
    Wait {
        reason: WaitReason,
        until: Instant,
        text: String,
    },
    Resume,
    ProposeDone {
        outcome: DoneOutcome,
        text: String,
        #[serde(default)]
        photos: Vec<Photo>,
        /// To whom, where it is not ours.
        #[serde(default)]
        passed_to: String,
        /// The reporter said on the spot that it is solved.
        #[serde(default)]
        reporter_agrees: Option<bool>,
    },
    Verify {
        ok: bool,
        text: String,
        #[serde(default)]
        photos: Vec<Photo>,
    },
    Answer {
        text: String,
    },
    Rate {
        solved: Option<bool>,
        satisfied: Satisfied,
        treated_well: Option<bool>,
        #[serde(default)]
        words: String,
    },
    Dispute {
        reason: String,
        #[serde(default)]
        words: String,
    },
    ReviewReturn {
        text: String,
    },
    ReviewUphold {
        text: String,
    },
    PassUp {
        /// Why, as a code; a case may say `beyond_power` and be counted so.
        #[serde(default)]
        code: ClimbReason,
        reason: String,
    },
    PassDown {
        to: AreaId,
        reason: String,
    },
    PassOut {
        to: String,
        reason: String,
        until: Instant,
    },
    ComeBack {
        text: String,
    },
    Reassign {
        to: PostId,
        reason: String,
    },
    Merge {
        into: CaseId,
        reason: String,
    },
    Unmerge {
        reason: String,
    },
    /// Somebody without a page was called, and asked how it was.
    CallBack {
        reporter: ReporterId,
        result: CallResult,
        #[serde(default)]
        satisfied: Option<Satisfied>,
        #[serde(default)]
        solved: Option<bool>,
        #[serde(default)]
        treated_well: Option<bool>,
        #[serde(default)]
        words: String,
    },
    Withdraw {
        reason: String,
    },
    Reject {
        reason: String,
    },
    /// Asks that the case be left out of the assessment.
    AskExclusion {
        reason: String,
    },
    GrantExclusion {
        text: String,
    },
    /// Also takes back one that was granted.
    RefuseExclusion {
        text: String,
    },
    /// More time for handling, counted in the unit of its limit.
    AskExtension {
        #[serde(deserialize_with = "number")]
        amount: u32,
        reason: String,
    },
    GrantExtension {
        #[serde(default)]
        text: String,
    },
    RefuseExtension {
        reason: String,
    },
    /// A co-handler (协办): a post, or whoever an area's routing gives, with a task and so many working days for it.
    Invite {
        #[serde(default)]
        to_post: Option<PostId>,
        #[serde(default)]
        to_area: Option<AreaId>,
        task: String,
        #[serde(deserialize_with = "number")]
        days: u32,
    },
    AcceptTask {
        #[serde(deserialize_with = "number")]
        task: TaskNo,
    },
    DoTask {
        #[serde(deserialize_with = "number")]
        task: TaskNo,
        text: String,
        #[serde(default)]
        photos: Vec<Photo>,
    },
    RefuseTask {
        #[serde(deserialize_with = "number")]
        task: TaskNo,
        reason: String,
    },
    DropTask {
        #[serde(deserialize_with = "number")]
        task: TaskNo,
        reason: String,
    },
    /// The clock's: the case goes one level up by itself.
    Climb {
        why: ClimbReason,
    },
    /// The clock's: the owner's post has ended.
    Reroute,
    /// The clock's: the time a case waited for has come.
    WakeUp,
    /// The clock's: a promise has used this share of its time.
    Warn {
        promise: PromiseKind,
        percent: u8,
    },
    /// The clock's: a promise is past due.
    MarkBroken {
        promise: PromiseKind,
    },
    /// The clock's: a year it was counted into has been published since.
    Recount {
        promise: PromiseKind,
    },
    /// The clock's: answered, and silence since.
    CloseSilent,
    /// The delivery's: no way brought the answer to this reporter.
    AnswerUndelivered {
        reporter: ReporterId,
    },
    /// The engine's: the signal is back to normal.
    SignalEnded {
        finding: FindingId,
        ended_at: Instant,
    },
    /// The engine's: late data disproved the finding.
    Retract {
        finding: FindingId,
    },
}

/// The command without what it carries: code of wire and matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandKind {
    Accept,
    Start,
    Note,
    Wait,
    Resume,
    ProposeDone,
    Verify,
    Answer,
    Rate,
    Dispute,
    ReviewReturn,
    ReviewUphold,
    PassUp,
    PassDown,
    PassOut,
    ComeBack,
    Reassign,
    Merge,
    Unmerge,
    CallBack,
    Withdraw,
    Reject,
    AskExclusion,
    GrantExclusion,
    RefuseExclusion,
    AskExtension,
    GrantExtension,
    RefuseExtension,
    Invite,
    AcceptTask,
    DoTask,
    RefuseTask,
    DropTask,
    Climb,
    Reroute,
    WakeUp,
    Warn,
    MarkBroken,
    Recount,
    CloseSilent,
    AnswerUndelivered,
    SignalEnded,
    Retract,
}

impl Command {
    pub fn kind(&self) -> CommandKind {
        match self {
            Command::Accept => CommandKind::Accept,
            Command::Start => CommandKind::Start,
            Command::Note { .. } => CommandKind::Note,
            Command::Wait { .. } => CommandKind::Wait,
            Command::Resume => CommandKind::Resume,
            Command::ProposeDone { .. } => CommandKind::ProposeDone,
            Command::Verify { .. } => CommandKind::Verify,
            Command::Answer { .. } => CommandKind::Answer,
            Command::Rate { .. } => CommandKind::Rate,
            Command::Dispute { .. } => CommandKind::Dispute,
            Command::ReviewReturn { .. } => CommandKind::ReviewReturn,
            Command::ReviewUphold { .. } => CommandKind::ReviewUphold,
            Command::PassUp { .. } => CommandKind::PassUp,
            Command::PassDown { .. } => CommandKind::PassDown,
            Command::PassOut { .. } => CommandKind::PassOut,
            Command::ComeBack { .. } => CommandKind::ComeBack,
            Command::Reassign { .. } => CommandKind::Reassign,
            Command::Merge { .. } => CommandKind::Merge,
            Command::Unmerge { .. } => CommandKind::Unmerge,
            Command::CallBack { .. } => CommandKind::CallBack,
            Command::Withdraw { .. } => CommandKind::Withdraw,
            Command::Reject { .. } => CommandKind::Reject,
            Command::AskExclusion { .. } => CommandKind::AskExclusion,
            Command::GrantExclusion { .. } => CommandKind::GrantExclusion,
            Command::RefuseExclusion { .. } => CommandKind::RefuseExclusion,
            Command::AskExtension { .. } => CommandKind::AskExtension,
            Command::GrantExtension { .. } => CommandKind::GrantExtension,
            Command::RefuseExtension { .. } => CommandKind::RefuseExtension,
            Command::Invite { .. } => CommandKind::Invite,
            Command::AcceptTask { .. } => CommandKind::AcceptTask,
            Command::DoTask { .. } => CommandKind::DoTask,
            Command::RefuseTask { .. } => CommandKind::RefuseTask,
            Command::DropTask { .. } => CommandKind::DropTask,
            Command::Climb { .. } => CommandKind::Climb,
            Command::Reroute => CommandKind::Reroute,
            Command::WakeUp => CommandKind::WakeUp,
            Command::Warn { .. } => CommandKind::Warn,
            Command::MarkBroken { .. } => CommandKind::MarkBroken,
            Command::Recount { .. } => CommandKind::Recount,
            Command::CloseSilent => CommandKind::CloseSilent,
            Command::AnswerUndelivered { .. } => CommandKind::AnswerUndelivered,
            Command::SignalEnded { .. } => CommandKind::SignalEnded,
            Command::Retract { .. } => CommandKind::Retract,
        }
    }
}

impl CommandKind {
    pub const ALL: [CommandKind; 43] = [
        CommandKind::Accept,
        CommandKind::Start,
        CommandKind::Note,
        CommandKind::Wait,
        CommandKind::Resume,
        CommandKind::ProposeDone,
        CommandKind::Verify,
        CommandKind::Answer,
        CommandKind::Rate,
        CommandKind::Dispute,
        CommandKind::ReviewReturn,
        CommandKind::ReviewUphold,
        CommandKind::PassUp,
        CommandKind::PassDown,
        CommandKind::PassOut,
        CommandKind::ComeBack,
        CommandKind::Reassign,
        CommandKind::Merge,
        CommandKind::Unmerge,
        CommandKind::CallBack,
        CommandKind::Withdraw,
        CommandKind::Reject,
        CommandKind::AskExclusion,
        CommandKind::GrantExclusion,
        CommandKind::RefuseExclusion,
        CommandKind::AskExtension,
        CommandKind::GrantExtension,
        CommandKind::RefuseExtension,
        CommandKind::Invite,
        CommandKind::AcceptTask,
        CommandKind::DoTask,
        CommandKind::RefuseTask,
        CommandKind::DropTask,
        CommandKind::Climb,
        CommandKind::Reroute,
        CommandKind::WakeUp,
        CommandKind::Warn,
        CommandKind::MarkBroken,
        CommandKind::Recount,
        CommandKind::CloseSilent,
        CommandKind::AnswerUndelivered,
        CommandKind::SignalEnded,
        CommandKind::Retract,
    ];
}

impl ActorKind {
    pub fn as_actor(&self, acting_for: Option<PostId>) -> Actor {
        match self {
            ActorKind::User { user, posts } => {
                Actor::User { user: *user, post: acting_for.or_else(|| posts.first().map(|p| p.id)) }
            }
            ActorKind::Reporter { reporter } => Actor::Reporter { reporter: *reporter },
            ActorKind::System => Actor::System,
        }
    }
    pub fn user(&self) -> Option<UserId> {
        match self {
            ActorKind::User { user, .. } => Some(*user),
            _ => None,
        }
    }
}

/// A number as JSON has it, or as the text of a form's choice.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u32),
        Text(String),
    }
    match Written::deserialize(from)? {
        Written::Number(n) => Ok(n),
        Written::Text(text) => text.trim().parse().map_err(serde::de::Error::custom),
    }
}
