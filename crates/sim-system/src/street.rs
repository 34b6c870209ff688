//! The street that every life is lived in: its areas, and somebody on every post.

use linli_model::{Area, AreaId, AreaLevel, AreaPath, IdSeed, Instant, Post, Role};
use linli_store::{Change, User};

/// Where the pure simulation's area lies in this street.
pub const ABOVE: &str = "S/G/";
pub const STREET: &str = "S";

const AREAS: &[(&str, AreaLevel, &str)] = &[
    ("S", AreaLevel::Street, "S/"),
    ("G", AreaLevel::Grid, "S/G/"),
    ("P", AreaLevel::ResidentialArea, "S/G/P/"),
    ("E", AreaLevel::Estate, "S/G/P/E/"),
    ("B1", AreaLevel::Building, "S/G/P/E/B1/"),
    ("B2", AreaLevel::Building, "S/G/P/E/B2/"),
    ("D1", AreaLevel::Doorway, "S/G/P/E/B1/D1/"),
    ("1", AreaLevel::Dwelling, "S/G/P/E/B1/D1/1/"),
    ("2", AreaLevel::Dwelling, "S/G/P/E/B1/D1/2/"),
    ("3", AreaLevel::Dwelling, "S/G/P/E/B1/D1/3/"),
    ("lot", AreaLevel::Building, "S/G/P/E/lot/"),
];

const POSTS: &[(&str, Role, &str)] = &[
    ("admin", Role::Administrator, "S"),
    ("desk1", Role::DutyDesk, "S"),
    ("desk2", Role::DutyDesk, "S"),
    ("police", Role::Police, "S"),
    ("devices", Role::DeviceAdmin, "S"),
    ("grid", Role::GridLeader, "G"),
    ("grid2", Role::GridLeader, "G"),
    ("cadre1", Role::Cadre, "P"),
    ("cadre2", Role::Cadre, "P"),
    ("volunteer", Role::Volunteer, "P"),
    ("assistant", Role::PopulationAssistant, "P"),
    ("keeper1", Role::PropertyStaff, "E"),
    ("keeper2", Role::PropertyStaff, "E"),
    ("guard", Role::Guard, "E"),
];

pub fn areas() -> Vec<Area> {
    AREAS
        .iter()
        .map(|(id, level, path)| {
            let path = AreaPath((*path).to_owned());
            let parent = path.ids().rev().nth(1);
            Area { id: AreaId::new(*id), level: *level, name: (*id).to_owned(), parent, path }
        })
        .collect()
}

fn id<T: From<uuid::Uuid>>(name: &str) -> T {
    IdSeed::of_name("street").id(name)
}

pub fn posts() -> Vec<Post> {
    let path = |area: &str| AREAS.iter().find(|a| a.0 == area).map_or("", |a| a.2);
    POSTS
        .iter()
        .map(|(who, role, area)| Post {
            id: id(who),
            user: id(who),
            role: *role,
            area: AreaId::new(*area),
            area_path: AreaPath(path(area).to_owned()),
            valid_from: Instant(0),
            valid_to: None,
            skills: Vec::new(),
        })
        .collect()
}

/// What stands in the store before anything happens.
pub fn settled(at: Instant) -> Vec<Change> {
    let mut changes: Vec<Change> = areas().into_iter().map(Change::AreaSet).collect();
    changes.extend(POSTS.iter().map(|(who, ..)| {
        Change::UserSet(User {
            id: id(who),
            login: (*who).to_owned(),
            name: (*who).to_owned(),
            password_hash: "none".to_owned(),
            disabled: false,
            created_at: at,
        })
    }));
    changes.extend(posts().into_iter().map(Change::PostSet));
    changes
}
