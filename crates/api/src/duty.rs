//! Who is on duty when: a week of an area, and what is set of a post.

use crate::page::Coded;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Clone, Debug, Deserialize, IntoParams)]
pub struct DutyQuery {
    /// The area whose posts are shown, with those within it.
    pub area: String,
    /// First of the seven days, `2026-11-23`; the Monday of this week where none is given.
    pub from: Option<String>,
}

/// Seven days.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutyWeek {
    pub area: Coded,
    pub days: Vec<DutyDay>,
    pub posts: Vec<DutyPost>,
    /// When nobody who decides at a level is on duty, level by level; those always covered are not named.
    pub uncovered: Vec<DutyGap>,
    /// Levels for which nobody decides because no post was ever set there, and who takes their cases.
    pub without_posts: Vec<DutyWithoutPosts>,
    /// What becomes of cases then, in words.
    pub falls_to: String,
    /// Kinds of days to choose from.
    pub kinds: Vec<Coded>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutyDay {
    /// `2026-11-23`
    pub date: String,
    pub begins_at: String,
    /// A day off by the calendar: weekend or holiday, and no swap day.
    pub is_rest: bool,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutyPost {
    pub post: String,
    pub name: String,
    pub role: Coded,
    pub area: Coded,
    pub is_on_now: bool,
    /// Nothing is set: on duty at all times.
    pub always: bool,
    /// On duty within the seven days.
    pub spans: Vec<DutySpan>,
    pub open_cases: u32,
    /// Set where this person may set it.
    pub set: Option<DutySettings>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutySpan {
    pub from: String,
    pub to: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutyGap {
    pub area: Coded,
    /// Whose roles decide there.
    pub roles: String,
    pub spans: Vec<DutySpan>,
}

/// Areas of one level without a post that decides; the same level above takes the cases of all of them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutyWithoutPosts {
    pub level: Coded,
    pub areas: Vec<Coded>,
    /// Whose roles would decide there.
    pub roles: String,
    /// The nearest level above that has one; none where there is none at all, and cases fall to the last resort.
    pub taken_by: Option<DutyTaker>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutyTaker {
    pub area: Coded,
    pub level: Coded,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DutySettings {
    /// To be sent back with a change; 0 where nothing was set yet.
    pub version: u32,
    pub hours: Vec<DutyHours>,
    pub turns: Vec<DutyTurn>,
    pub away: Vec<DutyAway>,
    pub set_by: Option<String>,
    pub set_at: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DutyHours {
    /// One of the kinds of days.
    pub days: String,
    /// `08:30`
    pub from: String,
    /// `17:30`; not after `from`: past midnight, into the next day.
    pub to: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DutyTurn {
    pub date: String,
    pub from: String,
    pub to: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DutyAway {
    pub from: String,
    pub until: String,
}

/// All that holds of a post from now on; what is left out is gone.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDuty {
    /// The version that was seen.
    pub version: u32,
    #[serde(default)]
    pub hours: Vec<DutyHours>,
    #[serde(default)]
    pub turns: Vec<DutyTurn>,
    #[serde(default)]
    pub away: Vec<DutyAway>,
}
