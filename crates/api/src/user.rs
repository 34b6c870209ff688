//! Users and their posts.

use crate::session::MyPost;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserRow {
    pub id: String,
    pub login: String,
    pub name: String,
    pub posts: Vec<MyPost>,
    pub disabled: bool,
}

/// Roles a post can have, in the order they are offered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoleChoices {
    pub roles: Vec<crate::page::Coded>,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddUser {
    pub login: String,
    pub name: String,
    pub password: String,
    pub role: String,
    pub area: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPost {
    pub role: String,
    pub area: String,
    /// What this post knows beside its role, for routing rules; at most 10.
    #[serde(default)]
    pub skills: Vec<String>,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserAccess {
    pub disabled: bool,
    /// A new first password, for who has forgotten theirs.
    #[serde(default)]
    pub password: Option<String>,
}
