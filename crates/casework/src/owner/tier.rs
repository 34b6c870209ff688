//! Tiers as data: which levels of areas decide, who decides there and how fast, and when a case climbs by itself.
//!
//! Invariants
//! - TI1 Names, order and depth come from the table; no code names a tier. Old cases keep the area path they have.
//! - TI2 Levels of the table get wider from row to row, so that up is one direction only.
//! - TI3 A case climbs by itself at most once for each reason at each level: where nobody is above, that is written
//!   down and not tried again there.

use crate::{
    case::{Case, Origin},
    class::Limit,
    promise::{Outcome, Promise, PromiseKind},
    stage::{Stage, StageCode},
};
use linli_model::{AreaLevel, Diagnostic, Instant, Role, Text};
use serde::{Deserialize, Serialize};

/// Why a case went up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClimbReason {
    /// For what is said in words.
    #[default]
    Other,
    /// It needs powers or means this level has not got.
    BeyondPower,
    /// Several bodies must act together.
    NeedsJoint,
    /// Nobody took it, and so much of its time had passed.
    TimePassed,
    /// The level did not decide within its own time.
    Undecided,
    /// Tasks refused or checks not passed, so many times.
    Refused,
    /// Returned to work so many times.
    Reopened,
    /// Given back and aside so many times, and somebody would have done so once more.
    Bounces,
}

impl ClimbReason {
    /// What a person may give; the others are the clock's.
    pub const BY_HAND: [ClimbReason; 3] =
        [ClimbReason::BeyondPower, ClimbReason::NeedsJoint, ClimbReason::Other];

    /// What was written before there were codes reads as this, and this is written as then.
    pub(crate) fn is_by_hand(&self) -> bool {
        *self == ClimbReason::Other
    }
    pub fn code(self) -> &'static str {
        match self {
            ClimbReason::Other => "other",
            ClimbReason::BeyondPower => "beyond_power",
            ClimbReason::NeedsJoint => "needs_joint",
            ClimbReason::TimePassed => "time_passed",
            ClimbReason::Undecided => "undecided",
            ClimbReason::Refused => "refused",
            ClimbReason::Reopened => "reopened",
            ClimbReason::Bounces => "bounces",
        }
    }
    pub fn label(self) -> Text {
        match self {
            ClimbReason::Other => Text::new("其他原因", "Another reason"),
            ClimbReason::BeyondPower => Text::new("超出本级权限", "Beyond my power"),
            ClimbReason::NeedsJoint => Text::new("需多方联合处置", "Needs several bodies together"),
            ClimbReason::TimePassed => {
                Text::new("时限将尽仍无人受理,自动上报", "Nobody took it in good time; passed up by itself")
            }
            ClimbReason::Undecided => {
                Text::new("本级未按时决定,自动上报", "This level did not decide in time; passed up by itself")
            }
            ClimbReason::Refused => {
                Text::new("多次被拒或核查未通过,自动上报", "Refused several times; passed up by itself")
            }
            ClimbReason::Reopened => {
                Text::new("多次重办,自动上报", "Returned to work several times; passed up by itself")
            }
            ClimbReason::Bounces => Text::new(
                "多次往返,由上一级决定,自动上报",
                "Went to and fro several times; passed up by itself for the level above to decide",
            ),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    pub code: String,
    pub label: Text,
    pub level: AreaLevel,
    /// Who decides there.
    pub roles: Vec<Role>,
    /// Whether one of them may decide over a case a colleague of the same area owns.
    pub colleagues: bool,
    /// The time to decide on what was passed up to it.
    pub decide: Limit,
}

/// One row of when a case climbs by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClimbWhen {
    #[serde(default)]
    pub classes: Vec<String>,
    #[serde(default)]
    pub share: Option<u8>,
    #[serde(default)]
    pub undecided: bool,
    #[serde(default)]
    pub refusals: Option<u32>,
    #[serde(default)]
    pub reopened: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TierTable {
    pub version: u32,
    /// A case that bounced this often is not given down or aside once more: the level above decides.
    pub moves_max: u32,
    #[serde(rename = "tier")]
    tiers: Vec<Tier>,
    #[serde(rename = "pass_up", default)]
    climbs: Vec<ClimbWhen>,
}

impl Default for TierTable {
    fn default() -> Self {
        Self::shipped()
    }
}

impl TierTable {
    /// The table that is built in; an installation may bring its own.
    pub fn shipped() -> TierTable {
        Self::check(include_str!("../../../../data/tiers.toml"))
            .expect("the shipped table of tiers is checked by a test")
    }

    pub fn check(text: &str) -> Result<TierTable, Vec<Diagnostic>> {
        let table: TierTable = toml::from_str(text).map_err(|e| {
            let (zh, en) = (
                format!("层级表无法读取:{}", e.message()),
                format!("the table of tiers cannot be read: {}", e.message()),
            );
            vec![Diagnostic::new("tiers_malformed", "tiers", zh, en)]
        })?;
        let wrong = table.mistakes();
        if wrong.is_empty() { Ok(table) } else { Err(wrong) }
    }

    fn mistakes(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        let mut refuse =
            |field: String, zh: &str, en: &str| wrong.push(Diagnostic::new("tier_invalid", field, zh, en));
        if self.tiers.is_empty() {
            refuse("tier".into(), "须至少有一个层级", "expected at least one tier");
        }
        if self.moves_max == 0 {
            refuse("moves_max".into(), "流转次数至少为 1", "expected at least one move");
        }
        for (i, tier) in self.tiers.iter().enumerate() {
            let field = || format!("tier.{}", tier.code);
            if self.tiers[..i].iter().any(|t| t.code == tier.code) {
                refuse(field(), "层级代码重复", "the code is there twice");
            }
            if i > 0 && tier.level >= self.tiers[i - 1].level {
                refuse(field(), "层级须由窄到宽", "tiers go from narrow to wide");
            }
            if tier.level > AreaLevel::ResidentialArea {
                refuse(field(), "层级不能窄于居民区", "a tier is no narrower than a residential area");
            }
            if tier.roles.is_empty() {
                refuse(field(), "须至少有一个决定角色", "expected at least one role that decides");
            }
            if !tier.decide.is_sensible() {
                refuse(field(), "时限须在 1 到 400 之间", "a limit must lie between 1 and 400");
            }
        }
        for (i, row) in self.climbs.iter().enumerate() {
            let field = || format!("pass_up.{}", i + 1);
            if row.share.is_some_and(|s| !(1..=100).contains(&s)) {
                refuse(field(), "时限比例须在 1 到 100 之间", "a share must lie between 1 and 100 percent");
            }
            if row.refusals == Some(0) || row.reopened == Some(0) {
                refuse(field(), "次数至少为 1", "a count is at least 1");
            }
            if i + 1 < self.climbs.len() && row.classes.is_empty() {
                refuse(
                    field(),
                    "适用全部分类的行须放在最后",
                    "a row for all classes comes last; those after it would never count",
                );
            }
        }
        wrong
    }

    /// From narrow to wide.
    pub fn iter(&self) -> impl Iterator<Item = &Tier> {
        self.tiers.iter()
    }

    /// The tier that an area of this level is; wider than the last is the last's. Levels between two rows, and places
    /// inside the first, are none.
    pub fn find(&self, level: AreaLevel) -> Option<&Tier> {
        self.tiers
            .iter()
            .find(|t| t.level == level)
            .or_else(|| self.tiers.last().filter(|top| level < top.level))
    }

    /// The tier that answers for an area of this level: its own, else the narrowest that is wider.
    pub fn answering(&self, level: AreaLevel) -> Option<&Tier> {
        self.find(level).or_else(|| self.tiers.iter().find(|t| t.level < level))
    }

    pub fn is_tier(&self, level: AreaLevel) -> bool {
        self.find(level).is_some()
    }

    /// How wide the tier is that answers for an area of this level: the narrowest tier is 0.
    pub fn rank(&self, level: AreaLevel) -> usize {
        let answering = self.answering(level);
        self.tiers.iter().position(|t| answering.is_some_and(|a| a.code == t.code)).unwrap_or(0)
    }

    /// Who decides at an area of this level.
    pub fn roles(&self, level: AreaLevel) -> &[Role] {
        self.find(level).map_or(&[], |t| &t.roles)
    }

    /// Whether somebody of this role decides anywhere.
    pub fn decides(&self, role: Role) -> bool {
        self.tiers.iter().any(|t| t.roles.contains(&role))
    }

    /// Whether somebody of this role may decide over the cases of colleagues.
    pub fn decides_over_colleagues(&self, role: Role) -> bool {
        self.tiers.iter().any(|t| t.colleagues && t.roles.contains(&role))
    }

    /// Whether the duty officers of an area of this level take what has these handlers. Not below the narrowest tier one
    /// of the handlers decides at: what a class keeps from the committee does not fall to the committee.
    pub fn takes(&self, level: AreaLevel, handlers: &[Role]) -> bool {
        let of = |role: &Role| self.tiers.iter().position(|t| t.roles.contains(role));
        let here = self.find(level).and_then(|tier| self.tiers.iter().position(|t| t.code == tier.code));
        here.is_some_and(|here| handlers.iter().filter_map(of).min().is_none_or(|lowest| here >= lowest))
    }

    fn row(&self, class: &str) -> Option<&ClimbWhen> {
        let speaks = |row: &&ClimbWhen| {
            row.classes.is_empty()
                || row
                    .classes
                    .iter()
                    .any(|c| class == c || (c.ends_with('.') && class.starts_with(c.as_str())))
        };
        self.climbs.iter().find(speaks)
    }

    /// When the case climbs by itself, and why: the earliest reason there is, as things stand. In the past or now
    /// means at once.
    pub fn climbs_at(&self, case: &Case) -> Option<(Instant, ClimbReason)> {
        let row = self.row(&case.class)?;
        let stage = case.stage.code();
        let worked_on = matches!(stage, StageCode::Received | StageCode::Accepted | StageCode::Working);
        // What another system brought along has that one's clocks.
        let imported = matches!(case.origin, Origin::Imported { .. });
        if case.climb_failed || !worked_on || imported {
            return None;
        }
        let mut reasons: Vec<(Instant, ClimbReason)> = Vec::new();
        if row.refusals.is_some_and(|n| case.refusals >= n) {
            reasons.push((case.updated_at, ClimbReason::Refused));
        }
        // Once it went up in this round, that it came back is answered for the round.
        if case.climbed == 0 && row.reopened.is_some_and(|n| case.round > n) {
            reasons.push((case.updated_at, ClimbReason::Reopened));
        }
        if case.stage == Stage::Received {
            let handling = case.promise(PromiseKind::Complete).filter(|p| is_running(p, case));
            if let (Some(share), Some(promise), 0) = (row.share, handling, case.climbed) {
                reasons.push((promise.at_percent(share), ClimbReason::TimePassed));
            }
            let decide = case.promise(PromiseKind::Decide).filter(|p| p.round == case.round);
            if let (true, Some(Outcome::Broken { at })) = (row.undecided, decide.map(|p| p.outcome)) {
                reasons.push((at, ClimbReason::Undecided));
            }
        }
        reasons.into_iter().min_by_key(|(at, _)| *at)
    }
}

/// Running in this round, or run out in it.
fn is_running(promise: &Promise, case: &Case) -> bool {
    promise.round == case.round
        && promise.paused_since.is_none()
        && matches!(promise.outcome, Outcome::Open | Outcome::Broken { .. })
}
