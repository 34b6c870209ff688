//! Users, posts, sessions.

use crate::{
    SqlStore,
    connection::{get, json},
};
use linli_model::{Fault, Instant, Post, UserId};
use linli_store::{AccountStore, Session, User};
use sea_orm::QueryResult;

const USER: &str = "SELECT id, login, name, password_hash, disabled, created_at FROM users";

pub(crate) fn id<T: From<uuid::Uuid>>(row: &QueryResult, index: usize) -> Result<T, Fault> {
    let text: String = get(row, index)?;
    text.parse::<uuid::Uuid>()
        .map(T::from)
        .map_err(|e| Fault::lasting(format!("a stored id is damaged: {e}")))
}

fn user(row: &QueryResult) -> Result<User, Fault> {
    Ok(User {
        id: id(row, 0)?,
        login: get(row, 1)?,
        name: get(row, 2)?,
        password_hash: get(row, 3)?,
        disabled: get::<i64>(row, 4)? != 0,
        created_at: Instant(get(row, 5)?),
    })
}

fn post(row: &QueryResult) -> Result<Post, Fault> {
    let mut post: Post = json(row, 0)?;
    if let Some(ended) = get::<Option<i64>>(row, 1)? {
        post.valid_to = Some(Instant(ended));
    }
    Ok(post)
}

#[async_trait::async_trait]
impl AccountStore for SqlStore {
    async fn user(&self, id: UserId) -> Result<Option<User>, Fault> {
        let row = self.db.find(&format!("{USER} WHERE id = $1"), vec![id.to_string().into()]).await?;
        row.map(|r| user(&r)).transpose()
    }
    async fn user_by_login(&self, login: &str) -> Result<Option<User>, Fault> {
        let row =
            self.db.find(&format!("{USER} WHERE login = $1"), vec![login.to_lowercase().into()]).await?;
        row.map(|r| user(&r)).transpose()
    }
    async fn users(&self) -> Result<Vec<User>, Fault> {
        self.db.all(&format!("{USER} ORDER BY login"), vec![]).await?.iter().map(user).collect()
    }
    async fn posts(&self) -> Result<Vec<Post>, Fault> {
        self.db.all("SELECT body, ended_at FROM posts ORDER BY id", vec![]).await?.iter().map(post).collect()
    }
    async fn posts_of(&self, user: UserId) -> Result<Vec<Post>, Fault> {
        let sql = "SELECT body, ended_at FROM posts WHERE user_id = $1 ORDER BY id";
        self.db.all(sql, vec![user.to_string().into()]).await?.iter().map(post).collect()
    }
    async fn session(&self, token_hash: &str) -> Result<Option<Session>, Fault> {
        let sql =
            "SELECT token_hash, user_id, csrf, created_at, expires_at FROM sessions WHERE token_hash = $1";
        let row = self.db.find(sql, vec![token_hash.into()]).await?;
        row.map(|r| {
            Ok(Session {
                token_hash: get(&r, 0)?,
                user: id(&r, 1)?,
                csrf: get(&r, 2)?,
                created_at: Instant(get(&r, 3)?),
                expires_at: Instant(get(&r, 4)?),
            })
        })
        .transpose()
    }
}
