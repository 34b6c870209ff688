//! Cedar policies behind the access port.
//!
//! The policies (policies/linli.cedar) speak of roles, groups of roles, actions and whether a thing lies in the
//! post's area. As nothing else enters, the table role × action is computed once from the policies when they are
//! loaded; a request is answered from that table. The policies stay the one place where rights are written.
//!
//! Invariants
//! - AE1 What the table says is what Cedar says: it is filled by asking Cedar, with the thing inside and outside.
//! - AE2 Outside of a post's area nothing is allowed, whatever a policy says: such a policy is refused when loaded.

use cedar_policy::{Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request};
use linli_access::{Action, Authorize, Principal};
use linli_model::{AreaPath, Diagnostic, Instant, Role};
use std::collections::{BTreeSet, HashMap, HashSet};

const SHIPPED: &str = include_str!("../policies/linli.cedar");

/// Groups the policies name.
const GROUPS: &[(&str, &[Role])] = &[
    (
        "caseworkers",
        &[
            Role::DutyDesk,
            Role::GridLeader,
            Role::Cadre,
            Role::Police,
            Role::PopulationAssistant,
            Role::PropertyStaff,
            Role::Patrol,
            Role::Volunteer,
            Role::Guard,
        ],
    ),
    ("offices", &[Role::DutyDesk, Role::GridLeader, Role::Cadre]),
    ("path_keepers", &[Role::Administrator, Role::DutyDesk]),
    ("device_keepers", &[Role::DeviceAdmin, Role::Administrator]),
    ("visitors", &[Role::Cadre, Role::Police, Role::PopulationAssistant]),
];

pub struct CedarAccess {
    allowed: BTreeSet<(Role, Action)>,
}

fn uid(kind: &str, id: &str) -> EntityUid {
    format!("{kind}::\"{id}\"").parse().expect("kinds and codes are plain words")
}

impl CedarAccess {
    pub fn shipped() -> CedarAccess {
        Self::from_policies(SHIPPED).expect("the shipped policies are checked by a test")
    }

    pub fn from_policies(text: &str) -> Result<CedarAccess, Diagnostic> {
        let wrong = |zh: String, en: String| Diagnostic::new("policies_malformed", "policies", zh, en);
        let policies: PolicySet = text.parse().map_err(|e| {
            wrong(format!("权限策略无法读取:{e}"), format!("the policies cannot be read: {e}"))
        })?;
        let roles = Role::ALL.iter().map(|role| {
            let groups: HashSet<_> = GROUPS
                .iter()
                .filter(|(_, members)| members.contains(role))
                .map(|(name, _)| uid("RoleGroup", name))
                .collect();
            Entity::new_no_attrs(uid("Role", role.as_str()), groups)
        });
        let groups =
            GROUPS.iter().map(|(name, _)| Entity::new_no_attrs(uid("RoleGroup", name), HashSet::new()));
        let entities = Entities::from_entities(roles.chain(groups), None)
            .map_err(|e| wrong(format!("角色表有误:{e}"), format!("the roles are wrong: {e}")))?;
        let authorizer = Authorizer::new();
        let ask = |role: Role, action: Action, within: bool| {
            let context = Context::from_pairs([(
                "within".to_owned(),
                cedar_policy::RestrictedExpression::new_bool(within),
            )])
            .expect("one plain value");
            let request = Request::new(
                uid("Role", role.as_str()),
                uid("Action", action.code()),
                uid("Area", "any"),
                context,
                None,
            )
            .expect("no schema to contradict");
            authorizer.is_authorized(&request, &policies, &entities).decision() == Decision::Allow
        };
        let mut allowed = BTreeSet::new();
        for role in Role::ALL {
            for action in Action::ALL {
                if ask(role, action, false) {
                    let (role, action) = (role.as_str(), action.code());
                    return Err(wrong(
                        format!("策略允许 {role} 在辖区外 {action},不可接受"),
                        format!("a policy allows {action} to {role} outside of its area, which cannot be"),
                    ));
                }
                if ask(role, action, true) {
                    allowed.insert((role, action));
                }
            }
        }
        Ok(CedarAccess { allowed })
    }

    /// The table, for the guide on roles and for tests.
    pub fn table(&self) -> HashMap<Role, Vec<Action>> {
        let mut table: HashMap<Role, Vec<Action>> = HashMap::new();
        for (role, action) in &self.allowed {
            table.entry(*role).or_default().push(*action);
        }
        table
    }
}

impl Authorize for CedarAccess {
    fn areas_for(&self, principal: &Principal, action: Action, now: Instant) -> Vec<AreaPath> {
        let posts = principal.posts.iter().filter(|p| p.user == principal.user && p.holds_at(now));
        let mut areas: Vec<AreaPath> =
            posts.filter(|p| self.allowed.contains(&(p.role, action))).map(|p| p.area_path.clone()).collect();
        areas.sort();
        areas.dedup();
        areas
    }

    fn allows(&self, principal: &Principal, action: Action, place: &AreaPath, now: Instant) -> bool {
        principal.posts.iter().any(|p| {
            p.user == principal.user
                && p.holds_at(now)
                && self.allowed.contains(&(p.role, action))
                && place.within(&p.area_path)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_model::{AreaId, Post, PostId, UserId};
    use proptest::prelude::*;

    fn post(user: u128, role: Role, path: &str, from: i64, to: Option<i64>) -> Post {
        Post {
            id: PostId(uuid::Uuid::from_u128(1)),
            user: UserId(uuid::Uuid::from_u128(user)),
            role,
            area: AreaId::new("a"),
            area_path: AreaPath(path.into()),
            valid_from: Instant(from),
            valid_to: to.map(Instant),
            skills: Vec::new(),
        }
    }

    #[test]
    fn the_administrator_opens_no_records_and_a_volunteer_changes_no_devices() {
        let access = CedarAccess::shipped();
        let table = access.table();
        assert!(!table[&Role::Administrator].contains(&Action::PersonOpen));
        assert!(!table[&Role::Administrator].contains(&Action::CaseRead));
        assert_eq!(table[&Role::Volunteer], [Action::CaseRead, Action::CaseFile, Action::CaseCommand]);
        assert!(!table.contains_key(&Role::Resident));
    }

    #[test]
    fn a_policy_that_reaches_outside_of_a_posts_area_is_refused() {
        let wrong = CedarAccess::from_policies("permit (principal, action, resource);").err().unwrap();
        assert!(wrong.message.en.contains("outside"));
        assert!(CedarAccess::from_policies("permit (").is_err());
    }

    proptest! {
        /// AC2
        #[test]
        fn the_list_and_the_single_answer_agree(
            posts in prop::collection::vec((0usize..Role::ALL.len(), 0usize..5, 0i64..4, prop::option::of(2i64..6)), 0..5),
            action in 0usize..Action::ALL.len(), place in 0usize..5, now in 0i64..6,
        ) {
            let paths = ["s/", "s/g1/", "s/g1/r1/", "s/g1/r11/", "s/g2/"];
            let access = CedarAccess::shipped();
            let posts = posts.into_iter().map(|(role, path, from, to)| post(7, Role::ALL[role], paths[path], from, to)).collect();
            let principal = Principal { user: UserId(uuid::Uuid::from_u128(7)), posts };
            let (action, place, now) = (Action::ALL[action], AreaPath(paths[place].into()), Instant(now));
            let listed = access.areas_for(&principal, action, now).iter().any(|area| place.within(area));
            prop_assert_eq!(access.allows(&principal, action, &place, now), listed);
        }
    }
}
