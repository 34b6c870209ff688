//! The table of 大类, 小类 and 子类, and the levels of the hotline: trees of labels that classes stand in.
//!
//! Invariants
//! - CG1 A category stands after its parent, so that there is no ring, and no deeper than its scheme goes.
//! - CG2 A code of the standard's scheme is the national one (two digits for 大类, three for 小类 and 子类 each) or a
//!   local extension from 080 to 999 of its last three digits; which of both is the street's to say, in data.

use crate::class::{Class, ClassTable};
use linli_model::{Diagnostic, Text};
use serde::{Deserialize, Serialize};

/// Whose levels these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// 部件 and 事件: 大类, 小类, 子类.
    Standard,
    /// The city's hotline 12345: up to four levels.
    Hotline,
}

impl Scheme {
    pub fn levels_max(self) -> usize {
        match self {
            Scheme::Standard => 3,
            Scheme::Hotline => 4,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub scheme: Scheme,
    /// Unique within its scheme.
    pub code: String,
    /// The level above; none for the widest.
    #[serde(default)]
    pub parent: Option<String>,
    pub label: Text,
}

/// First code of local extensions, and the last.
const LOCAL: std::ops::RangeInclusive<u32> = 80..=999;

impl ClassTable {
    fn category(&self, scheme: Scheme, code: &str) -> Option<&Category> {
        self.categories.iter().find(|c| c.scheme == scheme && c.code == code)
    }

    /// The levels of a class in a scheme, the widest first; empty where it stands in none.
    pub fn levels(&self, class: &Class, scheme: Scheme) -> Vec<&Category> {
        let code = match scheme {
            Scheme::Standard => class.category.as_deref(),
            Scheme::Hotline => class.hotline.as_deref(),
        };
        let mut levels = Vec::new();
        let mut next = code.and_then(|code| self.category(scheme, code));
        while let Some(here) = next.filter(|_| levels.len() < scheme.levels_max()) {
            levels.push(here);
            next = here.parent.as_deref().and_then(|code| self.category(scheme, code));
        }
        levels.reverse();
        levels
    }

    pub(crate) fn mistakes_of_categories(&self, wrong: &mut Vec<Diagnostic>) {
        let mut refuse = |path: String, zh: &str, en: &str| {
            wrong.push(Diagnostic::new("category_invalid", path, zh, en));
        };
        for (i, category) in self.categories.iter().enumerate() {
            let path = || format!("category.{}", category.code);
            let before = &self.categories[..i];
            if before.iter().any(|c| c.scheme == category.scheme && c.code == category.code) {
                refuse(path(), "类别代码重复", "the code is there twice");
            }
            let depth = depth(before, category);
            if depth.is_none() {
                refuse(path(), "上级类别须写在前面", "the level above must stand before it");
            }
            if depth.is_some_and(|d| d > category.scheme.levels_max()) {
                refuse(path(), "层级过深", "deeper than its scheme goes");
            }
            if category.scheme == Scheme::Standard && depth.is_some_and(|d| !standard(&category.code, d)) {
                refuse(
                    path(),
                    "大类为两位数字,其下为三位数字(本地扩展用 080 至 999)",
                    "expected two digits for the widest level and three below it (080 to 999 are local)",
                );
            }
        }
        for class in &self.classes {
            let unknown = |scheme, code: &Option<String>| {
                code.as_deref().is_some_and(|code| self.category(scheme, code).is_none())
            };
            if unknown(Scheme::Standard, &class.category) || unknown(Scheme::Hotline, &class.hotline) {
                refuse(format!("class.{}", class.code), "没有这个类别", "there is no such category");
            }
        }
    }
}

fn depth(before: &[Category], category: &Category) -> Option<usize> {
    let Some(parent) = &category.parent else { return Some(1) };
    let above = before.iter().find(|c| c.scheme == category.scheme && c.code == *parent)?;
    depth(before, above).map(|d| d + 1)
}

fn standard(code: &str, depth: usize) -> bool {
    let digits = if depth == 1 { 2 } else { 3 };
    code.len() == digits && code.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a code of 小类 is the street's own and not the nation's.
pub fn is_local(code: &str) -> bool {
    code.len() == 3 && code.parse().is_ok_and(|n: u32| LOCAL.contains(&n))
}
