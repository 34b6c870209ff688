//! 人员: residents of dwellings, with care populations by consent.
//!
//! Care (独居老人) needs the date of consent; without it the row is refused, not the person left out of care
//! silently (G3). Nothing of supervision lists can be imported here.

use super::{Known, RowOutcome, check_rows, date};
use crate::table::{Column, Table};
use jiff::civil::Date;
use linli_model::{
    Area, AreaLevel, Diagnostic,
    format::{id_number::IdNumber, phone::Phone},
};

pub const COLUMNS: &[Column] = &[
    Column {
        code: "name",
        zh: &["姓名"],
        en: &["Name"],
        required: true,
        hint_zh: "最长 50 字",
        hint_en: "at most 50 characters",
    },
    Column {
        code: "id_number",
        zh: &["身份证号", "公民身份号码"],
        en: &["Id number"],
        required: false,
        hint_zh: "18 位;可空",
        hint_en: "18 characters; may be empty",
    },
    Column {
        code: "phone",
        zh: &["电话", "手机"],
        en: &["Phone"],
        required: false,
        hint_zh: "手机或固定电话",
        hint_en: "mobile or landline",
    },
    Column {
        code: "dwelling",
        zh: &["户编码", "住址", "地址"],
        en: &["Dwelling", "Address"],
        required: true,
        hint_zh: "户的编码,或 田林十二村41号302室",
        hint_en: "code of the dwelling, or its address",
    },
    Column {
        code: "relation",
        zh: &["居住方式"],
        en: &["Residence"],
        required: false,
        hint_zh: "产权人、家属、租客、其他",
        hint_en: "owner, family, tenant, other",
    },
    Column {
        code: "registered_here",
        zh: &["户籍在此"],
        en: &["Registered here"],
        required: false,
        hint_zh: "是、否(户籍与实有人口分开统计)",
        hint_en: "yes, no",
    },
    Column {
        code: "elder_alone",
        zh: &["独居老人"],
        en: &["Elder living alone"],
        required: false,
        hint_zh: "是、否",
        hint_en: "yes, no",
    },
    Column {
        code: "consent_date",
        zh: &["同意日期"],
        en: &["Consent date"],
        required: false,
        hint_zh: "本人同意关爱服务的日期,如 2026-11-23",
        hint_en: "date of consent to care, like 2026-11-23",
    },
    Column {
        code: "contact_name",
        zh: &["紧急联系人"],
        en: &["Emergency contact"],
        required: false,
        hint_zh: "家属姓名",
        hint_en: "name of a relative",
    },
    Column {
        code: "contact_phone",
        zh: &["紧急联系人电话"],
        en: &["Emergency contact's phone"],
        required: false,
        hint_zh: "手机或固定电话",
        hint_en: "mobile or landline",
    },
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residence {
    Owner,
    Family,
    Tenant,
    Other,
}

impl Residence {
    pub fn as_str(self) -> &'static str {
        match self {
            Residence::Owner => "owner",
            Residence::Family => "family",
            Residence::Tenant => "tenant",
            Residence::Other => "other",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct PersonRow {
    pub name: String,
    pub id_number: Option<IdNumber>,
    pub phone: Option<Phone>,
    pub dwelling: Area,
    pub residence: Residence,
    pub registered_here: bool,
    /// Joins the population `elder_alone`, with the date of consent.
    pub elder_alone_since: Option<Date>,
    pub contact: Option<(String, Option<Phone>)>,
}

const RESIDENCES: &[(&str, &str, Residence)] = &[
    ("owner", "产权人", Residence::Owner),
    ("family", "家属", Residence::Family),
    ("tenant", "租客", Residence::Tenant),
    ("other", "其他", Residence::Other),
];
const YES_NO: &[(&str, &str, bool)] =
    &[("yes", "是", true), ("no", "否", false), ("true", "√", true), ("false", "×", false)];

pub fn check(table: &Table, known: &Known<'_>) -> Result<Vec<RowOutcome<PersonRow>>, Vec<Diagnostic>> {
    check_rows(table, COLUMNS, |cells| {
        let name = cells.required("name");
        if name.is_some_and(|n| n.chars().count() > 50) {
            cells.refuse("name_too_long", "name", "最长 50 字", "at most 50 characters");
        }
        let id_number = cells.parsed("id_number", IdNumber::parse);
        let phone = cells.parsed("phone", Phone::parse);
        let dwelling = cells.required("dwelling").and_then(|_| cells.area("dwelling", known.areas));
        if dwelling.is_some_and(|d| d.level != AreaLevel::Dwelling) {
            cells.refuse(
                "dwelling_expected",
                "dwelling",
                "应到户,如 田林十二村41号302室",
                "expected a dwelling, down to the room",
            );
        }
        let residence = cells.choice("relation", RESIDENCES).unwrap_or(Residence::Other);
        let registered_here = cells.choice("registered_here", YES_NO).unwrap_or(false);
        let alone = cells.choice("elder_alone", YES_NO).unwrap_or(false);
        let consent = cells.parsed("consent_date", date);
        if alone && consent.is_none() {
            cells.refuse(
                "consent_missing",
                "consent_date",
                "独居老人关爱须有本人同意日期",
                "care for an elder living alone needs the date of consent",
            );
        }
        let contact_phone = cells.parsed("contact_phone", Phone::parse);
        let contact = cells.optional("contact_name").map(|n| (n.to_owned(), contact_phone.clone()));
        if contact.is_none() && contact_phone.is_some() {
            cells.refuse(
                "cell_empty",
                "contact_name",
                "填了联系人电话,请也填姓名",
                "give the contact's name with the phone",
            );
        }
        Some(PersonRow {
            name: name?.to_owned(),
            id_number,
            phone,
            dwelling: dwelling?.clone(),
            residence,
            registered_here,
            elder_alone_since: consent.filter(|_| alone),
            contact,
        })
    })
}
