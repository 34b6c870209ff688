//! Settling the estate: places, devices, people, posts and rules, once, in the store.

use super::PASSWORD;
use anyhow::Context;
use argon2::{Argon2, PasswordHasher};
use linli_model::{AreaId, Instant, LocalDay, Millis, RegistryChange, UserId};
use linli_runtime::Installation;
use linli_store::{Change, Commit, Person, User};
use linli_twin::Twin;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const SETTING: &str = "demo_story";

/// Where the story stands, if one was begun in this folder.
pub(super) async fn kept(house: &Installation) -> anyhow::Result<Option<(LocalDay, Instant)>> {
    let Some(setting) = house.store.setting(SETTING).await? else { return Ok(None) };
    let from: LocalDay = serde_json::from_value(setting["from"].clone())?;
    let until: Instant = serde_json::from_value(setting["until"].clone())?;
    Ok(Some((from, until)))
}

pub(super) fn story_stands(from: LocalDay, until: Instant) -> Change {
    Change::SettingSet { key: SETTING.to_owned(), value: json!({ "from": from, "until": until }) }
}

pub(super) async fn settle(
    house: &Installation,
    twin: &Twin,
    from: LocalDay,
    began: Instant,
) -> anyhow::Result<()> {
    let mut changes: Vec<Change> = twin.areas.iter().cloned().map(Change::AreaSet).collect();
    changes.extend(shapes(twin));
    changes.extend(twin.devices.iter().cloned().map(|d| Change::DeviceSet(Box::new(d))));
    let registry =
        |change: RegistryChange| Change::Registry { effective_at: began, change: Box::new(change) };
    changes.extend(twin.registry().into_iter().map(registry));
    for pack in linli_pack::shipped() {
        changes.extend(pack.switch_on(began, 1).into_iter().map(|entry| registry(entry.change)));
    }
    let salt: [u8; 32] = linli_server::ports::Fresh::bytes(&linli_runtime::fresh::SystemFresh);
    let hash = Argon2::default()
        .hash_password_with_salt(PASSWORD.as_bytes(), &salt[..16])
        .map_err(|e| anyhow::anyhow!("the demo password could not be hashed: {e}"))?
        .to_string();
    changes.extend(twin.users.iter().map(|u| {
        Change::UserSet(User {
            id: u.id,
            login: u.login.clone(),
            name: u.name.clone(),
            password_hash: hash.clone(),
            disabled: false,
            created_at: began,
        })
    }));
    changes.extend(posts(twin, began));
    changes.extend(people(twin));
    changes.push(story_stands(from, began));
    let commit = Commit { at: began, changes, ..Commit::default() };
    house.store.commit(commit).await.context("the estate could not be settled")?;
    house.state.forget_cached().await;
    Ok(())
}

/// Posts. Whoever watches signs in with the demo accounts, so these are on duty; their colleagues of the same role
/// take over next month.
fn posts(twin: &Twin, began: Instant) -> Vec<Change> {
    let shown: BTreeSet<UserId> = twin.users.iter().filter(|u| u.demo.is_some()).map(|u| u.id).collect();
    let later = began + Millis::days(45);
    twin.posts
        .iter()
        .cloned()
        .map(|mut post| {
            if !shown.contains(&post.user) {
                post.valid_from = later;
            }
            Change::PostSet(post)
        })
        .collect()
}

/// Geometries of the areas the map draws.
fn shapes(twin: &Twin) -> Vec<Change> {
    let features = twin.geojson["features"].as_array().cloned().unwrap_or_default();
    let mut shapes: BTreeMap<AreaId, String> = BTreeMap::new();
    for feature in features {
        let Some(area) = feature["properties"]["area"].as_str().map(AreaId::new) else { continue };
        if twin.find_area(&area).is_some() {
            shapes.entry(area).or_insert_with(|| feature["geometry"].to_string());
        }
    }
    shapes.into_iter().map(|(area, geometry)| Change::AreaShape { area, geometry }).collect()
}

/// How a committee writes down who somebody is in their household.
fn residence(relation: &str) -> &str {
    match relation {
        "head" => "户主",
        "spouse" => "配偶",
        "child" => "子女",
        "parent" => "父母",
        "tenant" => "租客",
        other => other,
    }
}

/// The elders alone with their contacts, and who lives around them: enough to look people up.
fn people(twin: &Twin) -> Vec<Change> {
    let elders: BTreeSet<&str> = twin.populations.iter().map(|m| m.subject.id.as_str()).collect();
    let paths: BTreeMap<&AreaId, _> = twin.dwellings.iter().map(|d| (&d.area, &d.path)).collect();
    twin.people
        .iter()
        .filter_map(|p| {
            let path = paths.get(&p.dwelling)?;
            let alone = elders.contains(p.dwelling.as_str());
            Some(Change::PersonSet(Box::new(Person {
                id: p.id.into(),
                name: p.name.clone(),
                id_number: Some(p.id_number.clone()),
                phone: p.phone.clone(),
                dwelling: p.dwelling.clone(),
                dwelling_path: (*path).clone(),
                residence: residence(p.relation).to_owned(),
                registered_here: p.registered_here,
                contact_name: p.contact.as_ref().map(|c| c.name.clone()),
                contact_phone: p.contact.as_ref().map(|c| c.phone.clone()),
                populations: if alone { vec!["elder_alone".to_owned()] } else { Vec::new() },
            })))
        })
        .collect()
}
