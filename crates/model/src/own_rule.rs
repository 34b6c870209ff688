//! A rule that an area composed itself: its versions, which of them run, and who did what with it.
//!
//! Invariants
//! - OR1 Its code in the engine and in findings holds its area, behind a sign no street rule's code can have: it never
//!   clashes with a street rule or another area's, and never stands in front of one.
//! - OR2 A version that has run is never written over.
//!
//! Deliberately absent: what may be done with it next (`linli_rule::own`).

use crate::{
    area::{AreaId, AreaPath},
    post::UserId,
    time::Instant,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnRule {
    pub area: AreaId,
    pub area_path: AreaPath,
    /// Its code in the area: lower-case letters, digits, underscores.
    pub rule: String,
    /// Grows with every change.
    pub revision: u32,
    /// Oldest first; never none.
    pub versions: Vec<OwnVersion>,
    pub on: Option<OwnRun>,
    pub shadow: Option<OwnRun>,
    /// Oldest first.
    pub moves: Vec<OwnMove>,
    /// Taken off the list; its versions stay, since findings name them.
    pub removed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnVersion {
    pub version: u32,
    /// As it was written, right or wrong.
    pub text: String,
    /// Everybody who wrote at it.
    pub authors: Vec<Hand>,
    pub saved_at: Instant,
}

/// Who did it; the name as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hand {
    pub user: UserId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnRun {
    pub version: u32,
    pub since: Instant,
    pub by: Hand,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnMove {
    pub at: Instant,
    pub by: Hand,
    pub to: OwnStage,
    pub version: u32,
    /// For few dwellings: who agreed, and where that is kept. Else empty.
    pub consent: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnStage {
    /// 草稿: kept, and not run.
    Draft,
    /// 影子: runs; what it finds is kept and counted, opens no case and is told to nobody.
    Shadow,
    /// 启用
    On,
    /// 停用
    Off,
}

impl OwnStage {
    pub const ALL: [OwnStage; 4] = [OwnStage::Draft, OwnStage::Shadow, OwnStage::On, OwnStage::Off];
    pub fn as_str(self) -> &'static str {
        match self {
            OwnStage::Draft => "draft",
            OwnStage::Shadow => "shadow",
            OwnStage::On => "on",
            OwnStage::Off => "off",
        }
    }
}

impl OwnRule {
    /// Where it stands: on where any of it is, a draft where none of it ever ran.
    pub fn stage(&self) -> OwnStage {
        match (&self.on, &self.shadow) {
            (Some(_), _) => OwnStage::On,
            (None, Some(_)) => OwnStage::Shadow,
            (None, None) if self.moves.is_empty() => OwnStage::Draft,
            (None, None) => OwnStage::Off,
        }
    }
    pub fn newest(&self) -> Option<&OwnVersion> {
        self.versions.last()
    }
    pub fn version(&self, version: u32) -> Option<&OwnVersion> {
        self.versions.iter().find(|v| v.version == version)
    }
    /// Whether a version was ever at a stage.
    pub fn was(&self, stage: OwnStage, version: u32) -> bool {
        self.moves.iter().any(|m| m.to == stage && m.version == version)
    }
    pub fn code(&self, shadow: bool) -> String {
        own_code(&self.rule, &self.area, shadow)
    }
}

const SHADOW: &str = "~shadow";

/// The code of an area's own rule in the engine and in findings: `rule@AREA`, in its shadow `rule~shadow@AREA`.
pub fn own_code(rule: &str, area: &AreaId, shadow: bool) -> String {
    format!("{rule}{}@{area}", if shadow { SHADOW } else { "" })
}

/// A code taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCode {
    pub rule: String,
    pub area: AreaId,
    pub shadow: bool,
}

impl OwnCode {
    /// None for a street rule's.
    pub fn read(code: &str) -> Option<OwnCode> {
        let (rule, area) = code.split_once('@')?;
        let plain = rule.strip_suffix(SHADOW);
        Some(OwnCode {
            rule: plain.unwrap_or(rule).to_owned(),
            area: AreaId::new(area),
            shadow: plain.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OR1
    #[test]
    fn a_code_holds_its_area_and_no_street_rule_has_one_like_it() {
        for area in ["E1", "310104011012-E1", "odd@area~shadow"] {
            for shadow in [false, true] {
                let (rule, area) = ("too_loud", AreaId::new(area));
                let code = own_code(rule, &area, shadow);
                assert_eq!(
                    OwnCode::read(&code),
                    Some(OwnCode { rule: rule.to_owned(), area, shadow }),
                    "{code}"
                );
            }
        }
        assert_eq!(OwnCode::read("too_loud"), None);
    }
}
