//! The stages of a case.

use crate::case::CaseId;
use linli_model::{Instant, Text};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    Received,
    Accepted,
    Working,
    Waiting { reason: WaitReason, until: Instant },
    ProposedDone,
    Verified,
    Answered { since: Instant },
    Closed { how: ClosedHow },
    Disputed,
    Review,
    PassedOut { to: String, until: Instant },
    Merged { into: CaseId },
    Withdrawn,
    Rejected,
}

/// The stage without what it carries; the code of database, wire and the table of moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageCode {
    Received,
    Accepted,
    Working,
    Waiting,
    ProposedDone,
    Verified,
    Answered,
    Closed,
    Disputed,
    Review,
    PassedOut,
    Merged,
    Withdrawn,
    Rejected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    Reporter,
    ThirdParty,
    Material,
    Weather,
    /// Goes on in the case it was merged into; nobody chooses it, a merge does.
    Merged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedHow {
    /// The reporter said that it is solved.
    Confirmed,
    /// Answered, and the reporter said nothing; not the same as satisfied.
    Silent,
    /// Answered, and who should have been told by voice was called and not reached.
    Unreached,
    /// Answered, and who should have been told by voice was never called.
    Unasked,
    /// Disputed, reviewed one level up by someone else, and upheld.
    Upheld,
    /// What was found turned out not to have held.
    Retracted,
    /// Closed in the system it was imported from.
    Imported,
}

/// What the handler claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoneOutcome {
    Solved,
    PartlySolved,
    Explained,
    NotFound,
    FalseAlarm,
    /// Belongs to somebody else, who is named.
    NotOurs,
}

impl ClosedHow {
    pub fn label(self) -> Text {
        match self {
            ClosedHow::Confirmed => Text::new("反映人认可", "Confirmed by the reporter"),
            ClosedHow::Silent => Text::new("反映人未评价", "The reporter said nothing"),
            ClosedHow::Unreached => Text::new("回访未联系上", "Called, not reached"),
            ClosedHow::Unasked => Text::new("未回访", "Never called back"),
            ClosedHow::Upheld => Text::new("复核维持", "Upheld after a review"),
            ClosedHow::Retracted => Text::new("发现撤销", "The finding was retracted"),
            ClosedHow::Imported => Text::new("导入", "Imported"),
        }
    }
}

impl DoneOutcome {
    pub const ALL: [DoneOutcome; 6] = [
        DoneOutcome::Solved,
        DoneOutcome::PartlySolved,
        DoneOutcome::Explained,
        DoneOutcome::NotFound,
        DoneOutcome::FalseAlarm,
        DoneOutcome::NotOurs,
    ];
    pub fn code(self) -> &'static str {
        match self {
            DoneOutcome::Solved => "solved",
            DoneOutcome::PartlySolved => "partly_solved",
            DoneOutcome::Explained => "explained",
            DoneOutcome::NotFound => "not_found",
            DoneOutcome::FalseAlarm => "false_alarm",
            DoneOutcome::NotOurs => "not_ours",
        }
    }
    pub fn label(self) -> Text {
        match self {
            DoneOutcome::Solved => Text::new("已解决", "Solved"),
            DoneOutcome::PartlySolved => Text::new("部分解决", "Partly solved"),
            DoneOutcome::Explained => Text::new("解释说明", "Explained"),
            DoneOutcome::NotFound => Text::new("现场未发现", "Not found on site"),
            DoneOutcome::FalseAlarm => Text::new("误报", "False alarm"),
            DoneOutcome::NotOurs => Text::new("非本级职责,已转交", "Not ours, passed on"),
        }
    }
}

impl WaitReason {
    /// Those that can be chosen.
    pub const ALL: [WaitReason; 4] =
        [WaitReason::Reporter, WaitReason::ThirdParty, WaitReason::Material, WaitReason::Weather];
    pub fn code(self) -> &'static str {
        match self {
            WaitReason::Reporter => "reporter",
            WaitReason::ThirdParty => "third_party",
            WaitReason::Material => "material",
            WaitReason::Weather => "weather",
            WaitReason::Merged => "merged",
        }
    }
    pub fn label(self) -> Text {
        match self {
            WaitReason::Reporter => Text::new("等反映人", "Waiting for the reporter"),
            WaitReason::ThirdParty => Text::new("等第三方", "Waiting for a third party"),
            WaitReason::Material => Text::new("等材料", "Waiting for material"),
            WaitReason::Weather => Text::new("等天气", "Waiting for the weather"),
            WaitReason::Merged => Text::new("已合并办理", "Handled in another case"),
        }
    }
}

impl StageCode {
    pub const ALL: [StageCode; 14] = [
        StageCode::Received,
        StageCode::Accepted,
        StageCode::Working,
        StageCode::Waiting,
        StageCode::ProposedDone,
        StageCode::Verified,
        StageCode::Answered,
        StageCode::Closed,
        StageCode::Disputed,
        StageCode::Review,
        StageCode::PassedOut,
        StageCode::Merged,
        StageCode::Withdrawn,
        StageCode::Rejected,
    ];

    pub fn code(self) -> &'static str {
        match self {
            StageCode::Received => "received",
            StageCode::Accepted => "accepted",
            StageCode::Working => "working",
            StageCode::Waiting => "waiting",
            StageCode::ProposedDone => "proposed_done",
            StageCode::Verified => "verified",
            StageCode::Answered => "answered",
            StageCode::Closed => "closed",
            StageCode::Disputed => "disputed",
            StageCode::Review => "review",
            StageCode::PassedOut => "passed_out",
            StageCode::Merged => "merged",
            StageCode::Withdrawn => "withdrawn",
            StageCode::Rejected => "rejected",
        }
    }
    pub fn find(code: &str) -> Option<StageCode> {
        StageCode::ALL.into_iter().find(|s| s.code() == code)
    }
    pub fn label(self) -> Text {
        match self {
            StageCode::Received => Text::new("待受理", "To accept"),
            StageCode::Accepted => Text::new("已受理", "Accepted"),
            StageCode::Working => Text::new("处置中", "In progress"),
            StageCode::Waiting => Text::new("挂起", "On hold"),
            StageCode::ProposedDone => Text::new("待核查", "To verify"),
            StageCode::Verified => Text::new("待答复", "To answer"),
            StageCode::Answered => Text::new("已答复", "Answered"),
            StageCode::Closed => Text::new("已结案", "Closed"),
            StageCode::Disputed => Text::new("有异议", "Disputed"),
            StageCode::Review => Text::new("复核中", "Under review"),
            StageCode::PassedOut => Text::new("已转出", "Passed out"),
            StageCode::Merged => Text::new("已合并", "Merged"),
            StageCode::Withdrawn => Text::new("已撤回", "Withdrawn"),
            StageCode::Rejected => Text::new("不予受理", "Rejected"),
        }
    }
    /// Final stages owe nothing to anybody.
    pub fn is_open(self) -> bool {
        !matches!(self, StageCode::Closed | StageCode::Merged | StageCode::Withdrawn | StageCode::Rejected)
    }
    /// Somebody still has the matter in hand: nobody has said that it is done.
    pub fn is_in_hand(self) -> bool {
        !matches!(self, StageCode::ProposedDone | StageCode::Verified | StageCode::Answered) && self.is_open()
    }
    /// The answer is still to come: who reports now gets it, too.
    pub fn answer_to_come(self) -> bool {
        self != StageCode::Answered && self.is_open()
    }
}

impl Stage {
    pub fn code(&self) -> StageCode {
        match self {
            Stage::Received => StageCode::Received,
            Stage::Accepted => StageCode::Accepted,
            Stage::Working => StageCode::Working,
            Stage::Waiting { .. } => StageCode::Waiting,
            Stage::ProposedDone => StageCode::ProposedDone,
            Stage::Verified => StageCode::Verified,
            Stage::Answered { .. } => StageCode::Answered,
            Stage::Closed { .. } => StageCode::Closed,
            Stage::Disputed => StageCode::Disputed,
            Stage::Review => StageCode::Review,
            Stage::PassedOut { .. } => StageCode::PassedOut,
            Stage::Merged { .. } => StageCode::Merged,
            Stage::Withdrawn => StageCode::Withdrawn,
            Stage::Rejected => StageCode::Rejected,
        }
    }
    pub fn is_open(&self) -> bool {
        self.code().is_open()
    }
    pub fn is_in_hand(&self) -> bool {
        self.code().is_in_hand()
    }
    pub fn answer_to_come(&self) -> bool {
        self.code().answer_to_come()
    }
}
