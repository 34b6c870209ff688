//! Port: who may do what, where.
//!
//! Invariants
//! - AC1 Every right is a post that holds now: a role in an area. No post, no right.
//! - AC2 The areas of a list ([`Authorize::areas_for`]) and the answer for a single thing ([`Authorize::allows`])
//!   agree: a thing is allowed exactly when it lies within one of those areas.
//!
//! Deliberately absent: who owns or handled a case (casework decides that), and purposes of person records.

use linli_model::{AreaPath, Instant, Post, Refusal, UserId};

/// What a request wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    CaseRead,
    CaseFile,
    CaseCommand,
    CaseExport,
    DeviceRead,
    DeviceWrite,
    QuarantineRead,
    QuarantineWrite,
    UserWrite,
    PlaceWrite,
    PersonSearch,
    PersonOpen,
    PersonWrite,
    AccessLogRead,
    RuleTry,
    RuleSet,
    /// Writing an area's own rules, and running those that are about no person.
    RuleCompose,
    /// Setting to work what somebody else wrote about persons.
    RuleApprove,
    /// Calling a group of people of an area by a push, and seeing what they answer.
    PushSend,
    /// Seeing which notices had trouble on their way, and having them sent again; never what they say.
    DeliveryKeep,
    /// Setting when posts of an area are on duty, and seeing absences.
    DutyKeep,
}

impl Action {
    pub const ALL: [Action; 21] = [
        Action::CaseRead,
        Action::CaseFile,
        Action::CaseCommand,
        Action::CaseExport,
        Action::DeviceRead,
        Action::DeviceWrite,
        Action::QuarantineRead,
        Action::QuarantineWrite,
        Action::UserWrite,
        Action::PlaceWrite,
        Action::PersonSearch,
        Action::PersonOpen,
        Action::PersonWrite,
        Action::AccessLogRead,
        Action::RuleTry,
        Action::RuleSet,
        Action::RuleCompose,
        Action::RuleApprove,
        Action::PushSend,
        Action::DeliveryKeep,
        Action::DutyKeep,
    ];
    pub fn code(self) -> &'static str {
        match self {
            Action::CaseRead => "case_read",
            Action::CaseFile => "case_file",
            Action::CaseCommand => "case_command",
            Action::CaseExport => "case_export",
            Action::DeviceRead => "device_read",
            Action::DeviceWrite => "device_write",
            Action::QuarantineRead => "quarantine_read",
            Action::QuarantineWrite => "quarantine_write",
            Action::UserWrite => "user_write",
            Action::PlaceWrite => "place_write",
            Action::PersonSearch => "person_search",
            Action::PersonOpen => "person_open",
            Action::PersonWrite => "person_write",
            Action::AccessLogRead => "access_log_read",
            Action::RuleTry => "rule_try",
            Action::RuleSet => "rule_set",
            Action::RuleCompose => "rule_compose",
            Action::RuleApprove => "rule_approve",
            Action::PushSend => "push_send",
            Action::DeliveryKeep => "delivery_keep",
            Action::DutyKeep => "duty_keep",
        }
    }
}

/// Who asks, with the posts that were ever theirs.
#[derive(Clone, Debug)]
pub struct Principal {
    pub user: UserId,
    pub posts: Vec<Post>,
}

pub trait Authorize: Send + Sync {
    /// The areas in which the principal may do this now.
    fn areas_for(&self, principal: &Principal, action: Action, now: Instant) -> Vec<AreaPath>;

    /// Whether the principal may do this to something that lies at `place`.
    fn allows(&self, principal: &Principal, action: Action, place: &AreaPath, now: Instant) -> bool;

    /// As [`Authorize::allows`], with the refusal a person reads.
    fn check(
        &self,
        principal: &Principal,
        action: Action,
        place: &AreaPath,
        now: Instant,
    ) -> Result<(), Refusal> {
        if self.allows(principal, action, place, now) { Ok(()) } else { Err(forbidden()) }
    }
}

/// Says no without saying whether the thing exists.
pub fn forbidden() -> Refusal {
    Refusal::new(
        "forbidden",
        "您的岗位没有此权限,或不在您的辖区。如需办理,请联系管理员设置岗位",
        "none of your posts allows this here; ask an administrator for a post if you need it",
    )
}
