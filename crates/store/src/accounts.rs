//! Users, posts, sessions.

use linli_model::{Fault, Instant, Post, UserId};

#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: UserId,
    /// Lower case, unique.
    pub login: String,
    pub name: String,
    /// PHC string of argon2.
    pub password_hash: String,
    pub disabled: bool,
    pub created_at: Instant,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Hash of the token in the cookie; the token itself is not kept.
    pub token_hash: String,
    pub user: UserId,
    pub csrf: String,
    pub created_at: Instant,
    pub expires_at: Instant,
}

#[async_trait::async_trait]
pub trait AccountStore: Send + Sync {
    async fn user(&self, id: UserId) -> Result<Option<User>, Fault>;
    async fn user_by_login(&self, login: &str) -> Result<Option<User>, Fault>;
    async fn users(&self) -> Result<Vec<User>, Fault>;
    /// Every post, past ones too.
    async fn posts(&self) -> Result<Vec<Post>, Fault>;
    async fn posts_of(&self, user: UserId) -> Result<Vec<Post>, Fault>;
    async fn session(&self, token_hash: &str) -> Result<Option<Session>, Fault>;
}
