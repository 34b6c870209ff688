//! The table of moves: who may do what in which stage, and where it leads.
//!
//! One table feeds the machine ([`crate::decide`]), what a person is offered ([`crate::available`]), the
//! diagram in docs/casework-moves.md and the exhaustive matrix test (CW3, CW6).

use crate::{command::CommandKind as C, stage::StageCode as S};
use linli_model::Text;
use std::collections::BTreeSet;

/// Who may make a move, beyond the general right to see the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The one who owes the next step.
    Owner,
    /// The owner, or an officer of the owner's area or above.
    OwnerOrAbove,
    /// A duty desk over the case's place.
    Desk,
    /// An officer of a level above the owner's (at the top a colleague), who neither owns the case nor asked.
    Above,
    /// Who holds an open task of the case.
    Helper,
    /// An officer of the owner's area or above.
    Officer,
    /// A checking role of the class in the area or above, who did not handle it in this round.
    Checker,
    /// Anyone who works on cases of the area.
    Anyone,
    Reporter,
    System,
}

/// One row: in `from`, `command` by `by` leads to `to` (several where the decision depends on what it carries).
#[derive(Clone, Copy, Debug)]
pub struct Move {
    pub from: S,
    pub command: C,
    pub by: By,
    pub to: &'static [S],
}

const fn row(from: S, command: C, by: By, to: &'static [S]) -> Move {
    Move { from, command, by, to }
}

pub const MOVES: &[Move] = &[
    row(S::Received, C::Accept, By::Owner, &[S::Accepted]),
    row(S::Received, C::Note, By::Anyone, &[S::Received]),
    row(S::Received, C::Reject, By::OwnerOrAbove, &[S::Rejected]),
    row(S::Received, C::PassUp, By::Owner, &[S::Received]),
    row(S::Received, C::PassDown, By::OwnerOrAbove, &[S::Received]),
    row(S::Received, C::PassOut, By::OwnerOrAbove, &[S::PassedOut]),
    row(S::Received, C::Reassign, By::OwnerOrAbove, &[S::Received]),
    row(S::Received, C::Merge, By::OwnerOrAbove, &[S::Merged]),
    row(S::Received, C::Withdraw, By::Reporter, &[S::Withdrawn, S::Received]),
    row(S::Accepted, C::Start, By::Owner, &[S::Working]),
    row(S::Accepted, C::ProposeDone, By::Owner, &[S::ProposedDone]),
    row(S::Accepted, C::Wait, By::Owner, &[S::Waiting]),
    row(S::Accepted, C::Note, By::Anyone, &[S::Accepted]),
    row(S::Accepted, C::PassUp, By::Owner, &[S::Received]),
    row(S::Accepted, C::PassDown, By::OwnerOrAbove, &[S::Received]),
    row(S::Accepted, C::PassOut, By::OwnerOrAbove, &[S::PassedOut]),
    row(S::Accepted, C::Reassign, By::OwnerOrAbove, &[S::Received]),
    row(S::Accepted, C::Merge, By::OwnerOrAbove, &[S::Merged]),
    row(S::Accepted, C::Withdraw, By::Reporter, &[S::Withdrawn, S::Accepted]),
    row(S::Working, C::ProposeDone, By::Owner, &[S::ProposedDone]),
    row(S::Working, C::Wait, By::Owner, &[S::Waiting]),
    row(S::Working, C::Note, By::Anyone, &[S::Working]),
    row(S::Working, C::PassUp, By::Owner, &[S::Received]),
    row(S::Working, C::PassDown, By::OwnerOrAbove, &[S::Received]),
    row(S::Working, C::PassOut, By::OwnerOrAbove, &[S::PassedOut]),
    row(S::Working, C::Reassign, By::OwnerOrAbove, &[S::Received]),
    row(S::Working, C::Merge, By::OwnerOrAbove, &[S::Merged]),
    row(S::Working, C::Withdraw, By::Reporter, &[S::Withdrawn, S::Working]),
    row(S::Waiting, C::Resume, By::OwnerOrAbove, &[S::Working]),
    row(S::Waiting, C::WakeUp, By::System, &[S::Working]),
    row(S::Waiting, C::Note, By::Anyone, &[S::Waiting]),
    row(S::Waiting, C::Reassign, By::OwnerOrAbove, &[S::Waiting]),
    row(S::Waiting, C::Withdraw, By::Reporter, &[S::Withdrawn, S::Waiting]),
    row(S::ProposedDone, C::Verify, By::Checker, &[S::Verified, S::Working]),
    row(S::ProposedDone, C::Note, By::Anyone, &[S::ProposedDone]),
    row(S::ProposedDone, C::Reassign, By::OwnerOrAbove, &[S::ProposedDone]),
    row(S::Verified, C::Answer, By::OwnerOrAbove, &[S::Answered]),
    row(S::Verified, C::Note, By::Anyone, &[S::Verified]),
    row(S::Verified, C::Reassign, By::OwnerOrAbove, &[S::Verified]),
    row(S::Answered, C::Rate, By::Reporter, &[S::Closed, S::Disputed]),
    row(S::Answered, C::Dispute, By::Reporter, &[S::Disputed]),
    row(S::Answered, C::CloseSilent, By::System, &[S::Closed]),
    row(S::Answered, C::Note, By::Anyone, &[S::Answered]),
    row(S::Closed, C::Rate, By::Reporter, &[S::Closed, S::Disputed]),
    row(S::Closed, C::Dispute, By::Reporter, &[S::Disputed]),
    row(S::Rejected, C::Dispute, By::Reporter, &[S::Disputed]),
    row(S::Answered, C::CallBack, By::OwnerOrAbove, &[S::Answered, S::Closed, S::Disputed]),
    row(S::Closed, C::CallBack, By::OwnerOrAbove, &[S::Closed, S::Disputed]),
    row(S::Rejected, C::CallBack, By::OwnerOrAbove, &[S::Rejected, S::Disputed]),
    row(S::Merged, C::Unmerge, By::Officer, &[S::Received, S::Accepted, S::Working]),
    row(S::Disputed, C::Accept, By::Owner, &[S::Review]),
    row(S::Disputed, C::Note, By::Anyone, &[S::Disputed]),
    row(S::Disputed, C::PassUp, By::Owner, &[S::Disputed]),
    row(S::Disputed, C::Reassign, By::OwnerOrAbove, &[S::Disputed]),
    row(S::Review, C::ReviewReturn, By::Owner, &[S::Received]),
    row(S::Review, C::ReviewUphold, By::Owner, &[S::Closed]),
    row(S::Review, C::Note, By::Anyone, &[S::Review]),
    row(S::Review, C::Reassign, By::OwnerOrAbove, &[S::Review]),
    row(S::PassedOut, C::ComeBack, By::OwnerOrAbove, &[S::Working]),
    row(S::PassedOut, C::WakeUp, By::System, &[S::Working]),
    row(S::PassedOut, C::Answer, By::OwnerOrAbove, &[S::Answered]),
    row(S::PassedOut, C::Note, By::Anyone, &[S::PassedOut]),
    row(S::PassedOut, C::Reassign, By::OwnerOrAbove, &[S::PassedOut]),
    // More time is asked for by the owner and given by the level above.
    row(S::Accepted, C::AskExtension, By::Owner, &[S::Accepted]),
    row(S::Accepted, C::GrantExtension, By::Above, &[S::Accepted]),
    row(S::Accepted, C::RefuseExtension, By::Above, &[S::Accepted]),
    row(S::Working, C::AskExtension, By::Owner, &[S::Working]),
    row(S::Working, C::GrantExtension, By::Above, &[S::Working]),
    row(S::Working, C::RefuseExtension, By::Above, &[S::Working]),
    row(S::Waiting, C::GrantExtension, By::Above, &[S::Waiting]),
    row(S::Waiting, C::RefuseExtension, By::Above, &[S::Waiting]),
    // Joint handling: a task goes on whatever becomes of the case, until that ends.
    row(S::Received, C::AcceptTask, By::Helper, &[S::Received]),
    row(S::Received, C::DoTask, By::Helper, &[S::Received]),
    row(S::Received, C::RefuseTask, By::Helper, &[S::Received]),
    row(S::Received, C::DropTask, By::OwnerOrAbove, &[S::Received]),
    row(S::Accepted, C::Invite, By::Owner, &[S::Accepted]),
    row(S::Accepted, C::AcceptTask, By::Helper, &[S::Accepted]),
    row(S::Accepted, C::DoTask, By::Helper, &[S::Accepted]),
    row(S::Accepted, C::RefuseTask, By::Helper, &[S::Accepted]),
    row(S::Accepted, C::DropTask, By::OwnerOrAbove, &[S::Accepted]),
    row(S::Working, C::Invite, By::Owner, &[S::Working]),
    row(S::Working, C::AcceptTask, By::Helper, &[S::Working]),
    row(S::Working, C::DoTask, By::Helper, &[S::Working]),
    row(S::Working, C::RefuseTask, By::Helper, &[S::Working]),
    row(S::Working, C::DropTask, By::OwnerOrAbove, &[S::Working]),
    row(S::Waiting, C::Invite, By::Owner, &[S::Waiting]),
    row(S::Waiting, C::AcceptTask, By::Helper, &[S::Waiting]),
    row(S::Waiting, C::DoTask, By::Helper, &[S::Waiting]),
    row(S::Waiting, C::RefuseTask, By::Helper, &[S::Waiting]),
    row(S::Waiting, C::DropTask, By::OwnerOrAbove, &[S::Waiting]),
    row(S::PassedOut, C::AcceptTask, By::Helper, &[S::PassedOut]),
    row(S::PassedOut, C::DoTask, By::Helper, &[S::PassedOut]),
    row(S::PassedOut, C::RefuseTask, By::Helper, &[S::PassedOut]),
    row(S::PassedOut, C::DropTask, By::OwnerOrAbove, &[S::PassedOut]),
    // By itself, one level up.
    row(S::Received, C::Climb, By::System, &[S::Received]),
    row(S::Accepted, C::Climb, By::System, &[S::Received, S::Accepted]),
    row(S::Working, C::Climb, By::System, &[S::Received, S::Working]),
];

/// Moves the system may make in every stage; they leave the stage as it is, but for a retraction.
pub const SYSTEM_ANYWHERE: &[C] =
    &[C::Warn, C::MarkBroken, C::Recount, C::SignalEnded, C::Retract, C::Reroute, C::AnswerUndelivered];

/// What is asked of the assessment, open or closed; it leaves the stage as it is.
pub const ASSESSMENT_ANYWHERE: &[(C, By)] =
    &[(C::AskExclusion, By::OwnerOrAbove), (C::GrantExclusion, By::Desk), (C::RefuseExclusion, By::Desk)];

/// Whether a command leaves every stage as it is, whoever gives it.
pub fn is_anywhere(command: C) -> bool {
    SYSTEM_ANYWHERE.contains(&command) || ASSESSMENT_ANYWHERE.iter().any(|(c, _)| *c == command)
}

pub fn find(from: S, command: C) -> Option<&'static Move> {
    MOVES.iter().find(|m| m.from == from && m.command == command)
}

/// What is wrong with a table of moves: a stage no case comes to, an open one without a way out, one that waits and
/// that no timer ends. Looked at when an installation opens, and by a test.
pub fn flaws(moves: &[Move]) -> Vec<String> {
    let mut reached = BTreeSet::from([S::Received]);
    while let Some(next) = moves
        .iter()
        .filter(|m| reached.contains(&m.from))
        .flat_map(|m| m.to.iter().copied())
        .find(|to| !reached.contains(to))
    {
        reached.insert(next);
    }
    let mut flaws = Vec::new();
    for stage in S::ALL {
        if !reached.contains(&stage) {
            flaws.push(format!("no case ever comes to {stage:?}"));
        }
        let leaves = moves.iter().any(|m| m.from == stage && m.to.iter().any(|to| *to != stage));
        if stage.is_open() && !leaves {
            flaws.push(format!("{stage:?} has no way out"));
        }
    }
    for (stage, timer) in WAITING {
        if !moves.iter().any(|m| m.from == stage && m.command == timer && m.by == By::System) {
            flaws.push(format!("no timer ends {stage:?}"));
        }
    }
    flaws
}

/// The stages in which nobody here owes the next step, and what ends them when their time has come.
const WAITING: [(S, C); 3] =
    [(S::Waiting, C::WakeUp), (S::PassedOut, C::WakeUp), (S::Answered, C::CloseSilent)];

/// What the move is called on a button.
pub fn label(command: C) -> Text {
    match command {
        C::Accept => Text::new("受理", "Accept"),
        C::Start => Text::new("开始处置", "Start"),
        C::Note => Text::new("补充说明", "Add a note"),
        C::Wait => Text::new("挂起", "Put on hold"),
        C::Resume => Text::new("恢复处置", "Resume"),
        C::ProposeDone => Text::new("处置完成", "Done"),
        C::Verify => Text::new("核查", "Verify"),
        C::Answer => Text::new("答复", "Answer"),
        C::Rate => Text::new("评价", "Rate"),
        C::Dispute => Text::new("没解决", "Not solved"),
        C::ReviewReturn => Text::new("退回重办", "Return to work"),
        C::ReviewUphold => Text::new("维持原结论", "Uphold"),
        C::PassUp => Text::new("上报", "Pass up"),
        C::PassDown => Text::new("下派", "Pass down"),
        C::PassOut => Text::new("转出", "Pass out"),
        C::ComeBack => Text::new("转出退回", "Came back"),
        C::Reassign => Text::new("改派", "Reassign"),
        C::Merge => Text::new("合并", "Merge"),
        C::Unmerge => Text::new("拆分", "Take apart"),
        C::CallBack => Text::new("回访", "Call back"),
        C::Withdraw => Text::new("撤回", "Withdraw"),
        C::Reject => Text::new("不予受理", "Reject"),
        C::AskExclusion => Text::new("申请剔除考核", "Ask to leave out of assessment"),
        C::GrantExclusion => Text::new("同意剔除", "Leave out of assessment"),
        C::RefuseExclusion => Text::new("不予剔除", "Keep in assessment"),
        C::AskExtension => Text::new("申请延期", "Ask for more time"),
        C::GrantExtension => Text::new("同意延期", "Grant more time"),
        C::RefuseExtension => Text::new("不同意延期", "Refuse more time"),
        C::Invite => Text::new("邀请协办", "Ask for help"),
        C::AcceptTask => Text::new("接受协办", "Accept the task"),
        C::DoTask => Text::new("协办完成", "Task done"),
        C::RefuseTask => Text::new("拒绝协办", "Refuse the task"),
        C::DropTask => Text::new("取消协办", "Drop a task"),
        C::Climb => Text::new("自动上报", "Passed up by itself"),
        C::Reroute => Text::new("离岗改派", "Owner's post ended"),
        C::WakeUp => Text::new("到时恢复", "Time is up"),
        C::Warn => Text::new("时限提醒", "Warn"),
        C::MarkBroken => Text::new("超时", "Overdue"),
        C::Recount => Text::new("按公布的节假日重算", "Counted by the published holidays"),
        C::CloseSilent => Text::new("无评价结案", "Close on silence"),
        C::AnswerUndelivered => Text::new("答复未送达", "Answer not delivered"),
        C::SignalEnded => Text::new("信号恢复", "Signal ended"),
        C::Retract => Text::new("发现撤销", "Retract"),
    }
}
