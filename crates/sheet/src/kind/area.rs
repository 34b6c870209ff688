//! 区域: the tree of places. Parents may stand in the same file, in any order.

use super::{Known, RowOutcome, check_rows, refuse_repeated};
use crate::table::{Column, Table};
use linli_model::{Area, AreaId, AreaLevel, AreaPath, AreaTree, Diagnostic, format::address::folded};

pub const COLUMNS: &[Column] = &[
    Column {
        code: "code",
        zh: &["编码", "区域编码"],
        en: &["Code"],
        required: false,
        hint_zh: "官方编码;小区以下可空,自动生成",
        hint_en: "official code; may be empty from estate down",
    },
    Column {
        code: "level",
        zh: &["级别", "层级"],
        en: &["Level"],
        required: true,
        hint_zh: "街道、网格、居民区、小区、楼、门栋、户",
        hint_en: "street, grid, residential_area, estate, building, doorway, dwelling",
    },
    Column {
        code: "name",
        zh: &["名称"],
        en: &["Name"],
        required: true,
        hint_zh: "如 田林十二村",
        hint_en: "e.g. Tianlin 12",
    },
    Column {
        code: "parent",
        zh: &["上级编码", "上级"],
        en: &["Parent code", "Parent"],
        required: false,
        hint_zh: "上级区域的编码;最高级留空",
        hint_en: "code of the area it lies in; empty for the top",
    },
];

pub const LEVELS: &[(&str, &str, AreaLevel)] = &[
    ("city", "市", AreaLevel::City),
    ("district", "区", AreaLevel::District),
    ("street", "街道", AreaLevel::Street),
    ("grid", "网格", AreaLevel::Grid),
    ("residential_area", "居民区", AreaLevel::ResidentialArea),
    ("estate", "小区", AreaLevel::Estate),
    ("building", "楼", AreaLevel::Building),
    ("doorway", "门栋", AreaLevel::Doorway),
    ("dwelling", "户", AreaLevel::Dwelling),
];

struct Wish {
    code: Option<AreaId>,
    level: AreaLevel,
    name: String,
    parent: Option<AreaId>,
}

/// Areas in an order in which every parent comes before its parts.
pub fn check(table: &Table, known: &Known<'_>) -> Result<Vec<RowOutcome<Area>>, Vec<Diagnostic>> {
    let wishes = check_rows(table, COLUMNS, |cells| {
        let level = cells.required("level").and_then(|_| cells.choice("level", LEVELS));
        let name = cells.required("name");
        let code = cells.optional("code").map(AreaId::new);
        let parent = cells.optional("parent").map(AreaId::new);
        if code.as_ref().is_some_and(|c| c.as_str().contains('/')) {
            cells.refuse("area_code_malformed", "code", "编码不能含 /", "a code must not contain /");
        }
        if level.is_some_and(|l| l < AreaLevel::Estate) && code.is_none() {
            cells.refuse(
                "cell_empty",
                "code",
                "小区以上的区域必须填编码",
                "areas above an estate need a code",
            );
        }
        Some(Wish { code, level: level?, name: name?.to_owned(), parent })
    })?;
    let mut outcomes = settle(wishes, known.areas);
    refuse_repeated(&mut outcomes, "code", |area| area.id.to_string());
    Ok(outcomes)
}

/// Places each wish under its parent, wide levels first, so that parents may stand anywhere in the file.
fn settle(wishes: Vec<RowOutcome<Wish>>, areas: &AreaTree) -> Vec<RowOutcome<Area>> {
    let mut tree = areas.clone();
    let (good, bad): (Vec<_>, Vec<_>) = wishes.into_iter().partition(|w| w.result.is_ok());
    let mut good: Vec<(u32, Wish)> =
        good.into_iter().filter_map(|w| Some((w.number, w.result.ok()?))).collect();
    good.sort_by_key(|(number, wish)| (wish.level, *number));
    let mut outcomes: Vec<RowOutcome<Area>> = good
        .into_iter()
        .map(|(number, wish)| {
            let result = placed(wish, number, &tree).map_err(|wrong| vec![wrong]);
            if let Ok(area) = &result {
                tree.insert(area.clone());
            }
            RowOutcome { number, result }
        })
        .collect();
    outcomes.extend(
        bad.into_iter().filter_map(|w| Some(RowOutcome { number: w.number, result: Err(w.result.err()?) })),
    );
    outcomes
}

fn placed(wish: Wish, number: u32, tree: &AreaTree) -> Result<Area, Diagnostic> {
    let refuse =
        |code: &str, zh: &str, en: &str| Diagnostic::new(code, format!("rows[{number}].parent"), zh, en);
    let parent = match &wish.parent {
        None => None,
        Some(id) => Some(tree.find(id).ok_or_else(|| {
            refuse(
                "area_unknown",
                "上级编码:没有这个区域(本文件中也没有)",
                "Parent code: no such area, here or in this file",
            )
        })?),
    };
    if parent.is_some_and(|p| p.level >= wish.level) {
        return Err(refuse(
            "area_level_wrong",
            "上级编码:上级的级别应高于本区域",
            "Parent code: the parent must be of a wider level",
        ));
    }
    let id = match (wish.code, parent) {
        (Some(code), _) => code,
        (None, Some(parent)) => {
            AreaId::new(format!("{}-{}", parent.id, folded(&wish.name).replace('/', "_")))
        }
        (None, None) => {
            return Err(refuse(
                "cell_empty",
                "编码和上级编码至少填一个",
                "give the code or the parent's code",
            ));
        }
    };
    let path = parent.map_or_else(|| AreaPath::root(&id), |p| p.path.child(&id));
    Ok(Area { id, level: wish.level, name: wish.name, parent: wish.parent, path })
}
