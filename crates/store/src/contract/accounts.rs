//! Users, posts, sessions.

use super::town::*;
use crate::{Change, Session, Store, User};
use linli_model::Post;

pub async fn users_read_back_and_are_changed(store: &dyn Store) {
    let second = User { disabled: true, ..user(2) };
    put(store, vec![Change::UserSet(second.clone()), Change::UserSet(user(1))]).await;
    assert_eq!(store.users().await.unwrap(), [user(1), second.clone()], "by login");
    assert_eq!(store.user(user_id(2)).await.unwrap(), Some(second));
    assert_eq!(store.user(user_id(3)).await.unwrap(), None);
    let changed =
        User { name: "新名".into(), password_hash: "x".into(), login: "renamed".into(), ..user(1) };
    put(store, vec![Change::UserSet(User { created_at: minute(9), ..changed.clone() })]).await;
    assert_eq!(store.user_by_login("renamed").await.unwrap(), Some(changed), "made when it was made");
    assert_eq!(store.user_by_login(&user(1).login).await.unwrap(), None);
}

pub async fn a_login_is_one_whatever_its_case(store: &dyn Store) {
    put(store, vec![Change::UserSet(User { login: "Wang.Li".into(), ..user(1) })]).await;
    let found = store.user_by_login("WANG.li").await.unwrap().unwrap();
    assert_eq!((found.id, found.login.as_str()), (user_id(1), "wang.li"));
    let same = Change::UserSet(User { login: "wang.LI".into(), ..user(2) });
    assert_eq!(conflict(store.commit(commit_of(vec![same])).await), "exists_already");
}

pub async fn posts_read_back_and_end_once(store: &dyn Store) {
    let all =
        [post(1, 1, STREET), post(2, 1, ESTATE), Post { valid_to: Some(minute(90)), ..post(3, 2, ESTATE) }];
    let mut changes = vec![Change::UserSet(user(1)), Change::UserSet(user(2))];
    changes.extend(all.iter().cloned().map(Change::PostSet));
    put(store, changes).await;
    let mut posts = store.posts().await.unwrap();
    posts.sort_by_key(|p| p.id != post_id(1));
    assert_eq!(posts.len(), 3);
    assert_eq!(posts[0], all[0]);
    let of = |user| async move {
        let mut posts = store.posts_of(user_id(user)).await.unwrap();
        posts.sort_by_key(|p| p.id != post_id(1));
        posts
    };
    assert_eq!(of(1).await, all[..2]);
    assert_eq!(of(2).await, all[2..]);
    assert_eq!(of(3).await, []);
    put(store, vec![Change::PostEnd { post: post_id(1), at: minute(5) }]).await;
    put(store, vec![Change::PostEnd { post: post_id(1), at: minute(50) }]).await;
    assert_eq!(of(1).await[0], Post { valid_to: Some(minute(5)), ..all[0].clone() }, "ended once");
    assert_eq!(store.posts().await.unwrap().len(), 3, "past ones too");
}

fn session(token: &str, user: u32, until: i64) -> Session {
    Session {
        token_hash: token.into(),
        user: user_id(user),
        csrf: format!("csrf-{token}"),
        created_at: MORNING,
        expires_at: minute(until),
    }
}

pub async fn sessions_are_set_renewed_and_ended(store: &dyn Store) {
    let all = [session("a", 1, 10), session("b", 1, 10), session("c", 2, 10)];
    let mut changes = vec![Change::UserSet(user(1)), Change::UserSet(user(2))];
    changes.extend(all.iter().cloned().map(Change::SessionSet));
    put(store, changes).await;
    assert_eq!(store.session("a").await.unwrap().as_ref(), Some(&all[0]));
    let forged = Session { user: user_id(2), csrf: "other".into(), ..session("a", 1, 20) };
    put(store, vec![Change::SessionSet(forged)]).await;
    assert_eq!(store.session("a").await.unwrap(), Some(session("a", 1, 20)), "only its end moves");
    put(store, vec![Change::SessionEnd { token_hash: "b".into() }]).await;
    assert_eq!(store.session("b").await.unwrap(), None);
    put(store, vec![Change::SessionsOfUserEnd { user: user_id(1) }]).await;
    assert_eq!(store.session("a").await.unwrap(), None);
    assert_eq!(store.session("c").await.unwrap(), Some(all[2].clone()));
}
