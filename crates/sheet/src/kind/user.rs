//! 用户: sign-in accounts with a first post each.

use super::{Known, RowOutcome, check_rows, refuse_repeated};
use crate::table::{Column, Table};
use linli_model::{Area, Diagnostic, Role, format::phone::Phone};

pub const COLUMNS: &[Column] = &[
    Column {
        code: "login",
        zh: &["账号", "用户名"],
        en: &["Login"],
        required: true,
        hint_zh: "字母、数字、点、横线,3 至 32 位",
        hint_en: "letters, digits, dot, hyphen; 3 to 32",
    },
    Column {
        code: "name",
        zh: &["姓名"],
        en: &["Name"],
        required: true,
        hint_zh: "显示的姓名",
        hint_en: "name as shown",
    },
    Column {
        code: "phone",
        zh: &["手机", "电话"],
        en: &["Phone"],
        required: false,
        hint_zh: "可空",
        hint_en: "may be empty",
    },
    Column {
        code: "role",
        zh: &["角色", "岗位"],
        en: &["Role"],
        required: true,
        hint_zh: "值守、网格长、居委干部、社区民警、志愿者 …",
        hint_en: "duty_desk, grid_leader, cadre, police, volunteer …",
    },
    Column {
        code: "area",
        zh: &["区域", "区域编码"],
        en: &["Area"],
        required: true,
        hint_zh: "岗位所在区域的编码或名称",
        hint_en: "code or name of the post's area",
    },
];

pub const ROLES: &[(&str, &str, Role)] = &[
    ("administrator", "管理员", Role::Administrator),
    ("duty_desk", "值守", Role::DutyDesk),
    ("grid_leader", "网格长", Role::GridLeader),
    ("cadre", "居委干部", Role::Cadre),
    ("police", "社区民警", Role::Police),
    ("population_assistant", "人口协管员", Role::PopulationAssistant),
    ("property_staff", "物业", Role::PropertyStaff),
    ("owners_committee", "业委会", Role::OwnersCommittee),
    ("patrol", "巡查员", Role::Patrol),
    ("volunteer", "志愿者", Role::Volunteer),
    ("guard", "门卫", Role::Guard),
    ("data_officer", "数据保护专员", Role::DataOfficer),
    ("device_admin", "设备管理员", Role::DeviceAdmin),
];

#[derive(Clone, Debug, PartialEq)]
pub struct UserRow {
    pub login: String,
    pub name: String,
    pub phone: Option<Phone>,
    pub role: Role,
    pub area: Area,
}

pub fn check(table: &Table, known: &Known<'_>) -> Result<Vec<RowOutcome<UserRow>>, Vec<Diagnostic>> {
    let mut outcomes = check_rows(table, COLUMNS, |cells| {
        let login = cells.required("login");
        let fits = |l: &str| {
            (3..=32).contains(&l.len())
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        };
        if login.is_some_and(|l| !fits(l)) {
            cells.refuse(
                "login_malformed",
                "login",
                "应为 3 至 32 位字母、数字、点或横线",
                "expected 3 to 32 letters, digits, dots or hyphens",
            );
        }
        let name = cells.required("name");
        let phone = cells.parsed("phone", Phone::parse);
        let role = cells.required("role").and_then(|_| cells.choice("role", ROLES));
        let area = cells.required("area").and_then(|_| cells.area("area", known.areas));
        Some(UserRow {
            login: login?.to_ascii_lowercase(),
            name: name?.to_owned(),
            phone,
            role: role?,
            area: area?.clone(),
        })
    })?;
    refuse_repeated(&mut outcomes, "login", |user| user.login.clone());
    Ok(outcomes)
}
