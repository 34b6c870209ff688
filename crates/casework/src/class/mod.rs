//! Classes of cases as versioned data: who handles them, within which limits, with which evidence.

pub mod category;
pub mod versions;

use crate::class::category::Category;
use linli_model::{AreaLevel, Diagnostic, Role, Severity, Text};
use serde::{Deserialize, Serialize};

/// A limit and its unit, e.g. 2 紧急工作时.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    pub amount: u32,
    pub unit: LimitUnit,
}

impl Limit {
    /// Neither over before it begins nor longer than anybody would wait.
    pub fn is_sensible(&self) -> bool {
        (1..=400).contains(&self.amount)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    /// 紧急工作时: hours round the clock, holidays or not.
    UrgentHours,
    /// 工作时: hours within office hours of working days.
    WorkingHours,
    /// 工作日: to the close of office hours of the n-th working day after the day it begins.
    WorkingDays,
    /// 自然日: the same time of day n days later.
    NaturalDays,
}

/// How the time of handling may be extended. `most` is counted in the unit of the class's `complete`; none takes the
/// whole limit again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionRule {
    /// How often; 0 = not at all.
    pub times: u32,
    #[serde(default)]
    pub most: Option<u32>,
}

impl Default for ExtensionRule {
    fn default() -> Self {
        ExtensionRule { times: 1, most: None }
    }
}

impl LimitUnit {
    /// zh and en, as said after a number.
    pub fn label(self) -> (&'static str, &'static str) {
        match self {
            LimitUnit::UrgentHours => ("紧急工作时", "urgent hours"),
            LimitUnit::WorkingHours => ("工作时", "working hours"),
            LimitUnit::WorkingDays => ("工作日", "working days"),
            LimitUnit::NaturalDays => ("自然日", "days"),
        }
    }
}

/// 部件 / 事件 of the field's classification, or care, which is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassKind {
    Component,
    Event,
    Care,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// `environment.waste`, `care.elder_not_out` …
    pub code: String,
    pub kind: ClassKind,
    /// Code in the table of 部件 and 事件: a national 大类/小类, or 080–999 for a local extension. Unique.
    #[serde(default)]
    pub standard_code: Option<String>,
    pub label: Text,
    /// Who handles it, in order of preference.
    pub handlers: Vec<Role>,
    /// Who may verify it.
    pub checkers: Vec<Role>,
    /// 先行联系, where somebody reported it; kept by a note the reporter can read, or the answer.
    #[serde(default)]
    pub first_contact: Option<Limit>,
    pub accept: Limit,
    pub complete: Limit,
    /// The time of a second handling, after a review sent it back; none takes `complete` again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Limit>,
    pub verify: Limit,
    pub answer: Limit,
    /// Without it: once, by no more than the limit again.
    #[serde(default)]
    pub extension: ExtensionRule,
    /// Also under the street's three-day promise.
    #[serde(default)]
    pub three_day: bool,
    #[serde(default)]
    pub after_photo: bool,
    /// The handler writes down how the person was reached; a photo alone will not do.
    #[serde(default)]
    pub visit_note: bool,
    pub severity: Severity,
    /// A kind of order of the hotline: its limits hold for the order, whatever the class of the matter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub order: bool,
    /// A tile of the resident's report page, in this order.
    #[serde(default)]
    pub tile: Option<u8>,
    /// 110, 119, 120 are shown first.
    #[serde(default)]
    pub danger: bool,
    /// Phrases a handler can tap instead of typing.
    #[serde(default)]
    pub phrases: Vec<Text>,
    /// Where it stands among 大类, 小类 and 子类, and among the hotline's levels: codes of `category`.
    #[serde(default)]
    pub category: Option<String>,
    #[serde(default)]
    pub hotline: Option<String>,
    /// When it is done, in a sentence the handler reads before saying so.
    #[serde(default)]
    pub closing: Option<Text>,
    /// How far from the place an after-photo may have been taken, in metres, where the camera says where it was.
    #[serde(default)]
    pub photo_near_m: Option<u32>,
    /// A photo that proves neither time nor place needs a sentence: who saw it, when.
    #[serde(default)]
    pub unproven_note: bool,
    /// Solved only with the reporter's word, where somebody reported it.
    #[serde(default)]
    pub reporter_word: bool,
    /// Whoever handled it does not ask the reporter how it was.
    #[serde(default)]
    pub call_back_by_other: bool,
    /// What is found of this class joins an open report of these at the same place.
    #[serde(default)]
    pub joins: Vec<String>,
    /// When it happens this often at one place, its cause is looked for one level up.
    #[serde(default)]
    pub repeat: Option<Repeat>,
    /// When so many report it in one area, it is a concentrated matter.
    #[serde(default)]
    pub concentrated: Option<Concentrated>,
}

/// What counts as the same matter: near and recent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    pub metres: u32,
    pub days: u32,
}

/// So many times within so many days at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    pub times: u32,
    pub days: u32,
}

/// So many cases, or so many reporters, within so many days in one area of this level (S12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concentrated {
    pub cases: u32,
    pub reporters: u32,
    pub days: u32,
    pub within: AreaLevel,
}

fn near() -> Near {
    Near { metres: 100, days: 14 }
}
fn call_back() -> Limit {
    Limit { amount: 3, unit: LimitUnit::WorkingDays }
}
fn call_attempts_max() -> u32 {
    3
}

fn one_working_day() -> Limit {
    Limit { amount: 1, unit: LimitUnit::WorkingDays }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassTable {
    pub version: u32,
    /// Silence after an answer closes a case after this many days.
    pub silent_days: u32,
    /// A rating can be given for this many days after the answer, and a dispute with it.
    pub rating_days: u32,
    pub review: Limit,
    pub three_day: Limit,
    /// The level above decides within this on a request for more time.
    #[serde(default = "one_working_day")]
    pub extension_decision: Limit,
    /// Of tables before version 3; since then the tiers say how often a case is moved (`data/tiers.toml`).
    #[serde(default, rename = "moves_max", skip_serializing_if = "Option::is_none")]
    pub moves_max_then: Option<u32>,
    /// What is suggested as the same matter before somebody files it anew.
    #[serde(default = "near")]
    pub near: Near,
    /// Reporters who have no page are asked by then.
    #[serde(default = "call_back")]
    pub call_back: Limit,
    /// After so many tries somebody counts as not reached, which is not the same as satisfied.
    #[serde(default = "call_attempts_max")]
    pub call_attempts_max: u32,
    #[serde(default, rename = "category")]
    pub categories: Vec<Category>,
    #[serde(rename = "class")]
    pub classes: Vec<Class>,
    /// Tables this installation used before, by version (CV1).
    #[serde(skip)]
    pub earlier: Vec<ClassTable>,
}

impl Class {
    /// By how much one extension may move the time of handling, in its unit; 0 = not at all.
    pub fn extension_most(&self) -> u32 {
        if self.extension.times == 0 { 0 } else { self.extension.most.unwrap_or(self.complete.amount) }
    }
}

impl ClassTable {
    /// The table that is built in; an installation may bring its own.
    pub fn shipped() -> ClassTable {
        Self::check(include_str!("../../../../data/classes.toml"))
            .expect("the shipped class table is checked by a test")
            .with_released()
    }

    pub fn check(text: &str) -> Result<ClassTable, Vec<Diagnostic>> {
        let table: ClassTable = toml::from_str(text).map_err(|e| {
            let (zh, en) = (
                format!("分类表无法读取:{}", e.message()),
                format!("the class table cannot be read: {}", e.message()),
            );
            vec![Diagnostic::new("classes_malformed", "classes", zh, en)]
        })?;
        let wrong = table.mistakes();
        if wrong.is_empty() { Ok(table) } else { Err(wrong) }
    }

    fn mistakes(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        let mut refuse = |class: &Class, zh: &str, en: &str| {
            wrong.push(Diagnostic::new("class_invalid", format!("class.{}", class.code), zh, en));
        };
        for (i, class) in self.classes.iter().enumerate() {
            if self.classes[..i].iter().any(|c| c.code == class.code) {
                refuse(class, "分类代码重复", "the code is there twice");
            }
            if self.classes[..i]
                .iter()
                .any(|c| c.standard_code.is_some() && c.standard_code == class.standard_code)
            {
                refuse(class, "标准编码重复", "two classes have the same standard code");
            }
            let limits = [Some(class.accept), Some(class.complete), Some(class.verify), Some(class.answer)];
            if limits
                .into_iter()
                .chain([class.first_contact, class.again])
                .flatten()
                .any(|l| !l.is_sensible())
            {
                refuse(class, "时限须在 1 到 400 之间", "a limit must lie between 1 and 400");
            }
            let most = class.extension.most.unwrap_or(class.complete.amount);
            if class.extension.times > 10 || !(1..=400).contains(&most) {
                refuse(
                    class,
                    "延期不超过 10 次,每次 1 到 400",
                    "expected at most 10 extensions of 1 to 400 each",
                );
            }
            if class.handlers.is_empty() {
                refuse(class, "须至少有一个处置角色", "expected at least one handling role");
            }
            if class.checkers.is_empty() {
                refuse(class, "须至少有一个核查角色", "expected at least one checking role");
            }
            if class.standard_code.as_deref().is_some_and(|c| c.len() != 3 || c.parse::<u16>().is_err()) {
                refuse(class, "标准编码应为三位数字", "expected a standard code of three digits");
            }
            if class.order && class.first_contact.is_none() {
                refuse(class, "工单类别须有先行联系时限", "a kind of order needs a limit of first contact");
            }
            let in_days = |days: u32| (1..=366).contains(&days);
            let repeats = class.repeat.is_none_or(|r| r.times >= 2 && in_days(r.days));
            let many = class.concentrated.is_none_or(|c| c.cases >= 2 && c.reporters >= 2 && in_days(c.days));
            if !repeats || !many {
                refuse(class, "重复与集中须至少 2 次,且在 366 天内", "expected at least 2 within 366 days");
            }
            if class
                .joins
                .iter()
                .any(|code| !self.classes.iter().any(|c| c.code == *code && c.tile.is_some()))
            {
                refuse(
                    class,
                    "只能并入居民可选的分类",
                    "a finding joins only reports of a class residents choose",
                );
            }
            if class.tile.is_some_and(|t| self.classes[..i].iter().any(|c| c.tile == Some(t))) {
                refuse(class, "上报页位置重复", "two classes have the same tile");
            }
        }
        let whole = [self.review, self.three_day, self.extension_decision].iter().all(|l| l.is_sensible())
            && (1..=366).contains(&self.silent_days)
            && (self.silent_days..=3_660).contains(&self.rating_days)
            && self.call_back.is_sensible()
            && (1..=20).contains(&self.call_attempts_max)
            && (1..=366).contains(&self.near.days);
        self.mistakes_of_categories(&mut wrong);
        if !whole {
            wrong.push(Diagnostic::new(
                "classes_out_of_range",
                "classes",
                "时限须在 1 到 400 之间,评价期不短于静默期",
                "expected limits from 1 to 400 and a rating window no shorter than the silence",
            ));
        }
        if self.find("other").is_none() {
            wrong.push(Diagnostic::new(
                "class_missing",
                "class.other",
                "须有 other 类",
                "expected a class `other`",
            ));
        }
        wrong
    }

    pub fn find(&self, code: &str) -> Option<&Class> {
        self.classes.iter().find(|c| c.code == code)
    }
    /// The class of a case; a code that is gone reads as `other`, so that old cases can be finished.
    pub fn get_or_other(&self, code: &str) -> &Class {
        self.find(code).or_else(|| self.find("other")).expect("checked: there is `other`")
    }
    /// The kinds of orders of the hotline.
    pub fn orders(&self) -> impl Iterator<Item = &Class> {
        self.classes.iter().filter(|c| c.order)
    }
    /// The tiles of the resident's report page, in order.
    pub fn tiles(&self) -> Vec<&Class> {
        let mut tiles: Vec<_> = self.classes.iter().filter(|c| c.tile.is_some()).collect();
        tiles.sort_by_key(|c| c.tile);
        tiles
    }
}
