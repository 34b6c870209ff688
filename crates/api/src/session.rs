//! Signing in, and who I am.

use crate::page::Coded;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub name: String,
    pub password: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    /// Absent while nobody is signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<MyUser>,
    pub posts: Vec<MyPost>,
    /// To be sent back as `X-Linli-Csrf` with every unsafe request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csrf: Option<String>,
    /// What this person may open; the menu is drawn from it.
    pub sections: Vec<String>,
    /// Only in a demonstration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub demo_accounts: Vec<DemoAccount>,
    /// No user exists yet: the first administrator is to be set up.
    pub setup_needed: bool,
    pub unseen_notices: u64,
    /// The server's clock; pages count down from it, not from their own.
    pub now: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MyUser {
    pub id: String,
    pub login: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MyPost {
    pub id: String,
    pub role: Coded,
    pub role_label: String,
    pub area: String,
    pub area_name: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DemoAccount {
    pub name: String,
    pub password: String,
    pub label: String,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupAdministrator {
    /// The one-time token printed when the installation was started for the first time.
    pub token: String,
    pub login: String,
    pub name: String,
    pub password: String,
    /// Code and name of the top area, usually the street.
    pub area_code: String,
    pub area_name: String,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    pub current: String,
    /// 10 to 200 characters.
    pub wanted: String,
}
