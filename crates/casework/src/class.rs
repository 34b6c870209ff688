//! Classes of cases as versioned data: who handles them, within which limits, with which evidence.

use linli_model::{Diagnostic, Role, Severity, Text};
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
    /// A tile of the resident's report page, in this order.
    #[serde(default)]
    pub tile: Option<u8>,
    /// 110, 119, 120 are shown first.
    #[serde(default)]
    pub danger: bool,
    /// Phrases a handler can tap instead of typing.
    #[serde(default)]
    pub phrases: Vec<Text>,
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
    #[serde(rename = "class")]
    pub classes: Vec<Class>,
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
        Self::check(include_str!("../../../data/classes.toml"))
            .expect("the shipped class table is checked by a test")
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
            if limits.into_iter().chain([class.first_contact]).flatten().any(|l| !l.is_sensible()) {
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
            if class.tile.is_some_and(|t| self.classes[..i].iter().any(|c| c.tile == Some(t))) {
                refuse(class, "上报页位置重复", "two classes have the same tile");
            }
        }
        let whole = [self.review, self.three_day, self.extension_decision].iter().all(|l| l.is_sensible())
            && (1..=366).contains(&self.silent_days)
            && (self.silent_days..=3_660).contains(&self.rating_days);
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
    /// The tiles of the resident's report page, in order.
    pub fn tiles(&self) -> Vec<&Class> {
        let mut tiles: Vec<_> = self.classes.iter().filter(|c| c.tile.is_some()).collect();
        tiles.sort_by_key(|c| c.tile);
        tiles
    }
}
