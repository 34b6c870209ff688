//! One-tap pushes: a few words to a group in an area, and what came back.

use crate::Coded;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// To whom: roles, in an area and below.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushAim {
    /// Role codes, from `listPushGroups`.
    pub groups: Vec<String>,
    pub area: String,
    #[serde(default)]
    pub urgent: bool,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendPush {
    pub groups: Vec<String>,
    pub area: String,
    #[serde(default)]
    pub urgent: bool,
    /// 1 to 120 characters.
    pub text: String,
}

/// One person with the post by which they are meant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PushPerson {
    pub name: String,
    pub role: Coded,
    pub area_name: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeftOut {
    pub person: PushPerson,
    pub why: Coded,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PushPreview {
    pub reaches: u32,
    pub left_out: Vec<LeftOut>,
    /// When it would be told; later than now in quiet hours.
    pub at: String,
    pub waits: bool,
    /// Minutes after which an urgent one is called upward where nobody is coming.
    pub call_after_minutes: u32,
}

/// Numbers of people; who is done is also coming, who said anything has seen it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PushCounts {
    pub asked: u32,
    pub delivered: u32,
    pub seen: u32,
    pub coming: u32,
    pub done: u32,
    pub cannot: u32,
    /// Of the asked, those called since nobody was coming.
    pub called: u32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PushRow {
    pub id: String,
    pub text: String,
    pub urgent: bool,
    pub groups: Vec<Coded>,
    pub area_name: String,
    pub sender_name: String,
    pub at: String,
    pub counts: PushCounts,
}

/// How far a push came with one person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PushReply {
    pub name: String,
    pub area_name: String,
    /// `waiting`, `delivered`, `seen`, `coming`, `done` or `cannot`.
    pub state: Coded,
    pub at: Option<String>,
    /// Called since nobody of the area was coming.
    pub called: bool,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PushView {
    pub push: PushRow,
    /// By name for a day; empty after that.
    pub people: Vec<PushReply>,
    pub names_until: String,
}

/// A push as one of those reads it whom it went to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MyPush {
    pub id: String,
    pub text: String,
    pub urgent: bool,
    pub area_name: String,
    pub sender_name: String,
    pub at: String,
    /// `coming`, `cannot` or `done`; none = not answered.
    pub reply: Option<Coded>,
    /// Set for who was called since nobody of this area was coming: what is asked of them.
    pub called: Option<String>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyToPush {
    /// `coming`, `cannot` or `done`.
    pub reply: String,
}
