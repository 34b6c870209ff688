//! Versions of the class table: a case ends under the one it began with.
//!
//! Invariants
//! - CV1 Every table an installation has used is kept whole; a version is one table for ever.
//! - CV2 Limits, checkers, evidence and windows of a case come from its own version, those of a new case from the newest.

use crate::{
    case::Case,
    class::{Class, ClassTable},
};
use linli_model::Diagnostic;

/// Tables of earlier releases, for installations that used them before tables were kept.
const RELEASED: [&str; 3] = [
    include_str!("../../../../data/classes/2.toml"),
    include_str!("../../../../data/classes/3.toml"),
    include_str!("../../../../data/classes/4.toml"),
];

impl ClassTable {
    /// The table of a version; the newest where that one was never kept.
    pub fn at(&self, version: u32) -> &ClassTable {
        match self.version == version {
            true => self,
            false => self.earlier.iter().find(|t| t.version == version).unwrap_or(self),
        }
    }

    /// The table a case began with.
    pub fn for_case(&self, case: &Case) -> &ClassTable {
        self.at(case.class_version)
    }

    /// The class of a case, as it was when the case began (CV2).
    pub fn of(&self, case: &Case) -> &Class {
        self.for_case(case).get_or_other(&case.class)
    }

    /// The class that sets the limits of handling: of an order its kind, else the case's own.
    pub fn limits_of(&self, case: &Case) -> &Class {
        let kind = case.order().and_then(|o| self.for_case(case).find(&o.kind));
        kind.unwrap_or_else(|| self.of(case))
    }

    /// This table in force, with those the installation used before. A kept table of the same version has to be the
    /// same: what was promised under a number must be readable under it.
    pub fn after(mut self, kept: Vec<ClassTable>) -> Result<ClassTable, Diagnostic> {
        for table in kept {
            if table.version == self.version {
                if !table.says_the_same(&self) {
                    return Err(changed(self.version));
                }
                continue;
            }
            if table.version > self.version {
                return Err(older(self.version, table.version));
            }
            self.keep(table);
        }
        Ok(self)
    }

    /// With the tables of earlier releases that are not kept yet.
    pub(crate) fn with_released(mut self) -> ClassTable {
        for text in RELEASED {
            let table = ClassTable::check(text).expect("earlier tables are checked by a test");
            if table.version < self.version {
                self.keep(table);
            }
        }
        self
    }

    fn keep(&mut self, table: ClassTable) {
        self.earlier.retain(|t| t.version != table.version);
        self.earlier.push(ClassTable { earlier: Vec::new(), ..table });
        self.earlier.sort_by_key(|t| t.version);
    }

    fn says_the_same(&self, other: &ClassTable) -> bool {
        let plain = |t: &ClassTable| ClassTable { earlier: Vec::new(), ..t.clone() };
        plain(self) == plain(other)
    }
}

fn changed(version: u32) -> Diagnostic {
    Diagnostic::new(
        "classes_changed_without_version",
        "classes.version",
        format!("分类表版本 {version} 已使用过,内容却不同;请提高 version"),
        format!(
            "the class table {version} was used before with other content; raise `version` with every change"
        ),
    )
}

fn older(here: u32, kept: u32) -> Diagnostic {
    Diagnostic::new(
        "classes_older",
        "classes.version",
        format!("分类表版本 {here} 低于已使用过的 {kept}"),
        format!("the class table {here} is older than {kept}, which was used before"),
    )
}
