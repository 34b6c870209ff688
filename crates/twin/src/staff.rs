//! Who works here: accounts and posts of the demo. Invented like everybody else.

use crate::{
    ESTATE, REGISTERED, RESIDENTIAL_AREA, STREET,
    people::{self, Sex},
    place::Plan,
    rng, user_id,
};
use linli_model::{AreaId, AreaPath, IdSeed, Post, Role, Text, UserId};
use rand::Rng;

#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: UserId,
    /// What is typed to sign in.
    pub login: String,
    pub name: String,
    pub phone: String,
    /// What this account shows in the demo; None for the others.
    pub demo: Option<Text>,
}

/// Login, how many, role, and what the demo calls the first one, in zh and en.
type Staff = (&'static str, usize, Role, Option<(&'static str, &'static str)>);

const STAFF: &[Staff] = &[
    ("admin", 1, Role::Administrator, Some(("管理员", "Administrator"))),
    ("duty", 2, Role::DutyDesk, Some(("街道值守", "Street duty desk"))),
    ("grid", 4, Role::GridLeader, Some(("网格长", "Grid leader"))),
    ("cadre", 5, Role::Cadre, Some(("居委干部", "Committee cadre"))),
    ("volunteer", 8, Role::Volunteer, Some(("志愿者", "Volunteer"))),
    ("property", 3, Role::PropertyStaff, Some(("物业", "Property staff"))),
    ("guard", 2, Role::Guard, Some(("门卫", "Gate guard"))),
    ("police", 1, Role::Police, Some(("社区民警", "Community police"))),
    ("assistant", 1, Role::PopulationAssistant, None),
    ("owners", 1, Role::OwnersCommittee, None),
    ("patrol", 2, Role::Patrol, None),
    ("officer", 1, Role::DataOfficer, Some(("数据保护专员", "Data protection officer"))),
    ("installer", 1, Role::DeviceAdmin, Some(("设备管理员", "Device administrator"))),
    ("resident", 1, Role::Resident, Some(("居民", "Resident"))),
];

fn place_of(role: Role, n: usize, plan: &Plan) -> (AreaId, AreaPath) {
    match role {
        Role::Administrator | Role::DutyDesk | Role::DataOfficer | Role::DeviceAdmin | Role::Patrol => {
            (AreaId::new(STREET), plan.street_path.clone())
        }
        // The first grid leader is the one of the residential area shown.
        Role::GridLeader => plan.grids[(n + 1) % plan.grids.len()].clone(),
        Role::PropertyStaff | Role::Guard | Role::OwnersCommittee | Role::Resident => {
            (AreaId::new(ESTATE), plan.estate_path.clone())
        }
        Role::Cadre | Role::Volunteer | Role::Police | Role::PopulationAssistant => {
            (AreaId::new(RESIDENTIAL_AREA), plan.area_path.clone())
        }
    }
}

pub(crate) fn appoint(seed: u64, plan: &Plan) -> (Vec<User>, Vec<Post>) {
    let mut rng = rng(seed, "staff", 0);
    let posts_seed = IdSeed::of_name(&format!("linli/twin/{seed}/post"));
    let (mut users, mut posts) = (vec![], vec![]);
    for (login, count, role, shown) in STAFF {
        for n in 0..*count {
            let login = if n == 0 { (*login).to_owned() } else { format!("{login}{}", n + 1) };
            let sex = if rng.random_bool(0.5) { Sex::Female } else { Sex::Male };
            let user = User {
                id: user_id(seed, &login),
                name: people::name(&mut rng, None, sex, false),
                phone: people::phone(&mut rng),
                demo: shown.filter(|_| n == 0).map(|(zh, en)| Text::new(zh, en)),
                login,
            };
            let (area, area_path) = place_of(*role, n, plan);
            posts.push(Post {
                id: posts_seed.id(&user.login),
                user: user.id,
                role: *role,
                area,
                area_path,
                valid_from: REGISTERED,
                valid_to: None,
                skills: Vec::new(),
            });
            users.push(user);
        }
    }
    (users, posts)
}
