//! What happened to a case. Facts are appended, never edited.

use crate::{
    case::{CallResult, CaseId, Link, Origin, Own, Owner, Photo, ReporterId, Satisfied, is_false},
    command::Actor,
    owner::roster::Explanation,
    owner::tier::ClimbReason,
    promise::{Promise, PromiseKind},
    stage::{DoneOutcome, WaitReason},
    task::TaskNo,
};
use linli_model::{AreaId, AreaPath, FindingId, Instant, Severity, Subject, Text};
use serde::{Deserialize, Serialize};

/// Who may read a line of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Those who work on cases of the area.
    Internal,
    /// Also the reporters, on their follow page.
    Reporter,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactRecord {
    pub case: CaseId,
    /// From 1, dense within the case.
    pub seq: u32,
    pub at: Instant,
    pub actor: Actor,
    pub fact: Fact,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    Opened(Box<Opened>),
    OwnerSet {
        owner: Owner,
        explanation: Explanation,
    },
    PromiseMade {
        promise: Promise,
    },
    PromisePaused {
        promise: PromiseKind,
        reason: WaitReason,
    },
    PromiseResumed {
        promise: PromiseKind,
        due_at: Instant,
        provisional: bool,
        #[serde(default)]
        warn_at: Vec<(u8, Instant)>,
    },
    /// The year it was counted into is published.
    PromiseRecounted {
        promise: PromiseKind,
        due_at: Instant,
        warn_at: Vec<(u8, Instant)>,
    },
    PromiseWarned {
        promise: PromiseKind,
        percent: u8,
    },
    PromiseKept {
        promise: PromiseKind,
    },
    PromiseBroken {
        promise: PromiseKind,
    },
    /// The case ended otherwise before it was due.
    PromiseVoided {
        promise: PromiseKind,
    },
    Accepted,
    Started,
    Noted {
        text: String,
        audience: Audience,
        photos: Vec<Photo>,
    },
    WaitBegan {
        reason: WaitReason,
        until: Instant,
        text: String,
    },
    WaitEnded {
        by_timer: bool,
    },
    DoneProposed {
        outcome: DoneOutcome,
        text: String,
        photos: Vec<Photo>,
        /// To whom, where it is not ours.
        #[serde(default)]
        passed_to: Option<String>,
        /// The reporter said on the spot that it is solved.
        #[serde(default)]
        reporter_agrees: bool,
    },
    VerifiedOk {
        text: String,
        photos: Vec<Photo>,
    },
    VerifiedNotOk {
        text: String,
        photos: Vec<Photo>,
    },
    Answered {
        text: String,
    },
    Rated {
        reporter: ReporterId,
        solved: Option<bool>,
        satisfied: Satisfied,
        treated_well: Option<bool>,
        words: String,
        #[serde(default)]
        by_call: bool,
    },
    Confirmed,
    ClosedSilent,
    /// Nobody could be asked: tried and not reached, or never called. Neither is silence.
    ClosedUnheard {
        tried: bool,
    },
    /// Somebody called a reporter who has no page.
    CalledBack {
        reporter: ReporterId,
        result: CallResult,
        words: String,
        /// Not reached once more than the table has patience for.
        #[serde(default)]
        given_up: bool,
    },
    Disputed {
        reporter: ReporterId,
        reason: String,
        words: String,
    },
    ReviewBegan,
    ReviewReturned {
        text: String,
    },
    ReviewUpheld {
        text: String,
    },
    PassedUp {
        from: AreaId,
        reason: String,
        #[serde(default, skip_serializing_if = "ClimbReason::is_by_hand")]
        code: ClimbReason,
    },
    /// Written for a case given to another post, too, before there was [`Fact::Reassigned`].
    PassedDown {
        from: AreaId,
        reason: String,
        /// It had gone up in this round already.
        #[serde(default, skip_serializing_if = "is_false")]
        bounce: bool,
    },
    /// Given to a post by name.
    Reassigned {
        from: AreaId,
        reason: String,
        /// Given aside by its own owner, or back down.
        #[serde(default, skip_serializing_if = "is_false")]
        bounce: bool,
    },
    PassedOut {
        to: String,
        reason: String,
        until: Instant,
    },
    CameBack {
        text: String,
    },
    MergedInto {
        into: CaseId,
        reason: String,
    },
    /// It was another matter after all: back to what it was before the merge.
    Unmerged {
        from: CaseId,
        reason: String,
    },
    /// A reporter goes on with their own case, which was merged into this one.
    ReporterLeft {
        reporter: ReporterId,
        to: CaseId,
    },
    FindingLeft {
        finding: FindingId,
        to: CaseId,
    },
    /// Belongs with another case; written on both.
    Linked {
        link: Link,
    },
    /// Many report the same in one area: the street's own promise runs beside the official limit.
    Concentrated {
        cases: u32,
        reporters: u32,
        area: AreaId,
    },
    Withdrawn {
        reason: String,
    },
    /// One of several reporters, or the contact of a found case, wants nothing more; the case goes on.
    ReporterWithdrew {
        reporter: ReporterId,
        reason: String,
    },
    Rejected {
        reason: String,
    },
    ExclusionAsked {
        reason: String,
    },
    ExclusionGranted {
        text: String,
    },
    ExclusionRefused {
        text: String,
    },
    FindingJoined {
        finding: FindingId,
        sentence: Text,
        /// Of the finding; a case is as urgent as the most urgent of what it holds.
        #[serde(default)]
        severity: Option<Severity>,
    },
    /// No way there is brought the answer to this reporter: they are called instead.
    AnswerUndelivered {
        reporter: ReporterId,
    },
    SignalEnded {
        finding: FindingId,
        ended_at: Instant,
    },
    FindingRetracted {
        finding: FindingId,
    },
    ReporterJoined {
        reporter: ReporterId,
        channel: String,
        #[serde(default)]
        own: Option<Box<Own>>,
    },
    /// The owner asks for more time, in the promise's unit; `decider` was told.
    ExtensionAsked {
        promise: PromiseKind,
        amount: u32,
        reason: String,
        decider: Owner,
    },
    /// The only fact but a stopped clock that moves a due time. Share of cases with one: 延期率.
    ExtensionGranted {
        promise: PromiseKind,
        amount: u32,
        due_at: Instant,
        provisional: bool,
        #[serde(default)]
        warn_at: Vec<(u8, Instant)>,
        text: String,
    },
    ExtensionRefused {
        reason: String,
    },
    /// The case went on, or the time was over, before anybody decided.
    ExtensionLapsed,
    TaskAsked {
        task: TaskNo,
        holder: Owner,
        explanation: Explanation,
        text: String,
    },
    TaskAccepted {
        task: TaskNo,
    },
    TaskDone {
        task: TaskNo,
        text: String,
        photos: Vec<Photo>,
    },
    TaskRefused {
        task: TaskNo,
        reason: String,
    },
    /// By the owner, with a reason; without one where the case ended.
    TaskDropped {
        task: TaskNo,
        reason: String,
    },
    /// It should have gone one level up, and nobody is there.
    ClimbFailed {
        code: ClimbReason,
    },
    Imported {
        closed_at: Option<Instant>,
        status: String,
        outcome: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    pub number: String,
    pub class: String,
    pub class_version: u32,
    pub title: String,
    pub text: String,
    pub place: String,
    pub area: AreaId,
    pub area_path: AreaPath,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub severity: Severity,
    pub origin: Origin,
    pub subject: Option<Subject>,
    pub reporters: Vec<ReporterId>,
    pub photos: Vec<Photo>,
    /// The first owner and why; set with the opening, so that there is no moment without one (CW1).
    pub owner: Owner,
    pub explanation: Explanation,
}

impl Fact {
    /// snake_case code, as stored and shown on the timeline.
    pub fn code(&self) -> &'static str {
        match self {
            Fact::Opened(_) => "opened",
            Fact::OwnerSet { .. } => "owner_set",
            Fact::PromiseMade { .. } => "promise_made",
            Fact::PromisePaused { .. } => "promise_paused",
            Fact::PromiseResumed { .. } => "promise_resumed",
            Fact::PromiseRecounted { .. } => "promise_recounted",
            Fact::PromiseWarned { .. } => "promise_warned",
            Fact::PromiseKept { .. } => "promise_kept",
            Fact::PromiseBroken { .. } => "promise_broken",
            Fact::PromiseVoided { .. } => "promise_voided",
            Fact::Accepted => "accepted",
            Fact::Started => "started",
            Fact::Noted { .. } => "noted",
            Fact::WaitBegan { .. } => "wait_began",
            Fact::WaitEnded { .. } => "wait_ended",
            Fact::DoneProposed { .. } => "done_proposed",
            Fact::VerifiedOk { .. } => "verified_ok",
            Fact::VerifiedNotOk { .. } => "verified_not_ok",
            Fact::Answered { .. } => "answered",
            Fact::Rated { .. } => "rated",
            Fact::Confirmed => "confirmed",
            Fact::ClosedSilent => "closed_silent",
            Fact::ClosedUnheard { .. } => "closed_unheard",
            Fact::CalledBack { .. } => "called_back",
            Fact::Disputed { .. } => "disputed",
            Fact::ReviewBegan => "review_began",
            Fact::ReviewReturned { .. } => "review_returned",
            Fact::ReviewUpheld { .. } => "review_upheld",
            Fact::PassedUp { .. } => "passed_up",
            Fact::PassedDown { .. } => "passed_down",
            Fact::Reassigned { .. } => "reassigned",
            Fact::PassedOut { .. } => "passed_out",
            Fact::CameBack { .. } => "came_back",
            Fact::MergedInto { .. } => "merged_into",
            Fact::Unmerged { .. } => "unmerged",
            Fact::ReporterLeft { .. } => "reporter_left",
            Fact::FindingLeft { .. } => "finding_left",
            Fact::Linked { .. } => "linked",
            Fact::Concentrated { .. } => "concentrated",
            Fact::Withdrawn { .. } => "withdrawn",
            Fact::ReporterWithdrew { .. } => "reporter_withdrew",
            Fact::Rejected { .. } => "rejected",
            Fact::ExclusionAsked { .. } => "exclusion_asked",
            Fact::ExclusionGranted { .. } => "exclusion_granted",
            Fact::ExclusionRefused { .. } => "exclusion_refused",
            Fact::FindingJoined { .. } => "finding_joined",
            Fact::AnswerUndelivered { .. } => "answer_undelivered",
            Fact::SignalEnded { .. } => "signal_ended",
            Fact::FindingRetracted { .. } => "finding_retracted",
            Fact::ReporterJoined { .. } => "reporter_joined",
            Fact::ExtensionAsked { .. } => "extension_asked",
            Fact::ExtensionGranted { .. } => "extension_granted",
            Fact::ExtensionRefused { .. } => "extension_refused",
            Fact::ExtensionLapsed => "extension_lapsed",
            Fact::TaskAsked { .. } => "task_asked",
            Fact::TaskAccepted { .. } => "task_accepted",
            Fact::TaskDone { .. } => "task_done",
            Fact::TaskRefused { .. } => "task_refused",
            Fact::TaskDropped { .. } => "task_dropped",
            Fact::ClimbFailed { .. } => "climb_failed",
            Fact::Imported { .. } => "imported",
        }
    }
}
