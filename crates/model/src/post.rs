//! Who is who: a person's role in an area is a post. Every right is a post.

use crate::{
    area::{AreaId, AreaPath},
    text::Text,
    time::Instant,
    typed_id,
};
use serde::{Deserialize, Serialize};

typed_id!(
    /// A sign-in account. Not a registry person.
    UserId
);
typed_id!(PostId);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Installs, configures, creates users; sees no personal data by that role.
    Administrator,
    /// 值守: street duty desk.
    DutyDesk,
    /// Grid leader, second tier.
    GridLeader,
    /// 居委干部 and secretary.
    Cadre,
    Police,
    PopulationAssistant,
    PropertyStaff,
    OwnersCommittee,
    Patrol,
    Volunteer,
    Guard,
    /// Data protection officer: access log, break-glass reports.
    DataOfficer,
    /// Device installers and integrators.
    DeviceAdmin,
    Resident,
}

impl Role {
    pub const ALL: [Role; 14] = [
        Role::Administrator,
        Role::DutyDesk,
        Role::GridLeader,
        Role::Cadre,
        Role::Police,
        Role::PopulationAssistant,
        Role::PropertyStaff,
        Role::OwnersCommittee,
        Role::Patrol,
        Role::Volunteer,
        Role::Guard,
        Role::DataOfficer,
        Role::DeviceAdmin,
        Role::Resident,
    ];
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::DutyDesk => "duty_desk",
            Role::GridLeader => "grid_leader",
            Role::Cadre => "cadre",
            Role::Police => "police",
            Role::PopulationAssistant => "population_assistant",
            Role::PropertyStaff => "property_staff",
            Role::OwnersCommittee => "owners_committee",
            Role::Patrol => "patrol",
            Role::Volunteer => "volunteer",
            Role::Guard => "guard",
            Role::DataOfficer => "data_officer",
            Role::DeviceAdmin => "device_admin",
            Role::Resident => "resident",
        }
    }
    pub fn label(self) -> Text {
        let (zh, en) = match self {
            Role::Administrator => ("管理员", "administrator"),
            Role::DutyDesk => ("值守", "duty desk"),
            Role::GridLeader => ("网格长", "grid leader"),
            Role::Cadre => ("居委干部", "committee cadre"),
            Role::Police => ("社区民警", "community police"),
            Role::PopulationAssistant => ("人口协管员", "population assistant"),
            Role::PropertyStaff => ("物业", "property staff"),
            Role::OwnersCommittee => ("业委会", "owners' committee"),
            Role::Patrol => ("巡查员", "patrol"),
            Role::Volunteer => ("志愿者", "volunteer"),
            Role::Guard => ("门卫", "gate guard"),
            Role::DataOfficer => ("数据保护专员", "data officer"),
            Role::DeviceAdmin => ("设备管理员", "device administrator"),
            Role::Resident => ("居民", "resident"),
        };
        Text::new(zh, en)
    }
    pub fn find(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.as_str() == code)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    pub id: PostId,
    pub user: UserId,
    pub role: Role,
    pub area: AreaId,
    pub area_path: AreaPath,
    pub valid_from: Instant,
    pub valid_to: Option<Instant>,
    /// What this post knows to do beside its role, for routing rules: `lift`, `mediation` … as the street names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
}

impl Post {
    pub fn holds_at(&self, at: Instant) -> bool {
        self.valid_from <= at && self.valid_to.is_none_or(|to| at < to)
    }
}
