//! 区域: the tree of places. Parents may stand in the same file, in any order, and so may the areas that others take
//! over.

use super::{Cells, Known, RowOutcome, check_rows, date, refuse_repeated};
use crate::table::{Column, Table};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, Diagnostic, LocalDay, Succession, check_succession,
    format::address::folded,
};
use std::collections::BTreeSet;

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
    Column {
        code: "succeeds",
        zh: &["承接", "承接自"],
        en: &["Takes over", "Succeeds"],
        required: false,
        hint_zh: "撤并或改划时:被本区域承接的区域编码,多个用逗号;编码前加 - 表示撤回",
        hint_en: "where boundaries are redrawn: codes of the areas it takes over, by commas; -code takes it back",
    },
    Column {
        code: "since",
        zh: &["承接日期", "生效日期"],
        en: &["Takes over since", "Succeeds since"],
        required: false,
        hint_zh: "如 2026-12-01;空为当天",
        hint_en: "like 2026-12-01; empty means today",
    },
    Column {
        code: "residents",
        zh: &["实有人口", "实有人口数"],
        en: &["Residents", "Actual population"],
        required: false,
        hint_zh: "本区域内的实有人口总数,用于平安指数;不知道就空着",
        hint_en: "how many actually live in it, for the safety index; leave empty if not known",
    },
];

/// No area of an office has more people.
const RESIDENTS_MAX: f64 = 50_000_000.0;

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

/// A row: the area, and what it says of boundaries and people.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaRow {
    pub area: Area,
    /// Those it takes over.
    pub takes: Vec<Succession>,
    /// Those it takes over no more.
    pub lets_go: Vec<AreaId>,
    pub residents: Option<u32>,
}

/// What is known of boundaries before the table.
pub struct Before<'a> {
    pub successions: &'a [Succession],
    pub today: LocalDay,
}

struct Wish {
    code: Option<AreaId>,
    level: AreaLevel,
    name: String,
    parent: Option<AreaId>,
    says: Says,
}

/// What a row says beside where the area lies.
struct Says {
    takes: Vec<AreaId>,
    lets_go: Vec<AreaId>,
    since: Option<LocalDay>,
    residents: Option<u32>,
}

/// Areas in an order in which every parent comes before its parts.
pub fn check(
    table: &Table,
    known: &Known<'_>,
    before: &Before<'_>,
) -> Result<Vec<RowOutcome<AreaRow>>, Vec<Diagnostic>> {
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
        let says = says(cells);
        Some(Wish { code, level: level?, name: name?.to_owned(), parent, says })
    })?;
    let (mut outcomes, tree) = settle(wishes, known.areas);
    refuse_repeated(&mut outcomes, "code", |(area, _)| area.id.to_string());
    let outcomes = redraw(outcomes, &tree, before);
    Ok(without_orphans(outcomes, known.areas))
}

fn says(cells: &mut Cells<'_>) -> Says {
    let named = cells.optional("succeeds").unwrap_or_default();
    let codes = named.split([',', ',', '、', ';', ';', ' ', '\n']).map(str::trim).filter(|c| !c.is_empty());
    let (lets_go, takes): (Vec<_>, Vec<_>) = codes.partition(|c| c.starts_with(['-', '-']));
    let since = cells.parsed("since", date);
    if since.is_some() && takes.is_empty() {
        cells.refuse(
            "succession_missing",
            "since",
            "填写承接日期时,须在“承接”列填写被承接区域的编码",
            "a day needs the codes of the areas that are taken over in the column \"Takes over\"",
        );
    }
    let residents = cells.number("residents", 0.0..=RESIDENTS_MAX);
    if residents.is_some_and(|n| n.fract() != 0.0) {
        cells.refuse("number_expected", "residents", "应为整数", "expected a whole number");
    }
    Says {
        takes: takes.into_iter().map(AreaId::new).collect(),
        lets_go: lets_go.into_iter().map(|c| AreaId::new(c.trim_start_matches(['-', '-']))).collect(),
        since,
        residents: residents.map(|n| n as u32),
    }
}

/// Successions in the order of the rows, each beside those before it and those of the file that were good.
fn redraw(
    mut outcomes: Vec<RowOutcome<(Area, Says)>>,
    tree: &AreaTree,
    before: &Before<'_>,
) -> Vec<RowOutcome<AreaRow>> {
    let mut set = before.successions.to_vec();
    // Rows are asked in the order in which people read them, and given back in that of the tree.
    let mut order: Vec<usize> = (0..outcomes.len()).collect();
    order.sort_by_key(|i| outcomes[*i].number);
    let mut found: Vec<Option<RowOutcome<AreaRow>>> = outcomes.iter().map(|_| None).collect();
    for i in order {
        let RowOutcome { number, result } =
            std::mem::replace(&mut outcomes[i], RowOutcome { number: 0, result: Err(Vec::new()) });
        let result = result.and_then(|(area, says)| taken(number, area, says, tree, &mut set, before.today));
        found[i] = Some(RowOutcome { number, result });
    }
    found.into_iter().flatten().collect()
}

/// `set` is changed only by a row that is good.
fn taken(
    number: u32,
    area: Area,
    says: Says,
    tree: &AreaTree,
    set: &mut Vec<Succession>,
    today: LocalDay,
) -> Result<AreaRow, Vec<Diagnostic>> {
    let mut wrong = Vec::new();
    let mut refuse = |code: &str, zh: String, en: String| {
        let field = format!("rows[{number}].succeeds");
        wrong.push(Diagnostic::new(code, field, format!("承接:{zh}"), format!("Takes over: {en}")));
    };
    let mut then = set.clone();
    for of in &says.lets_go {
        let known = then.len();
        then.retain(|s| s.of != *of || s.by != area.id);
        if then.len() == known {
            refuse(
                "succession_unknown",
                format!("本区域没有承接 {of},无可撤回"),
                format!("this area does not take over {of}; there is nothing to take back"),
            );
        }
    }
    let mut takes = Vec::new();
    for of in says.takes {
        let known = then.iter().position(|s| s.of == of && s.by == area.id);
        let since = says.since.or(known.map(|n| then[n].since)).unwrap_or(today);
        let wish = Succession { of, by: area.id.clone(), since };
        match check_succession(&wish, tree, &then) {
            Err((code, message)) => refuse(code, message.zh, message.en),
            Ok(()) => {
                if let Some(n) = known {
                    then.remove(n);
                }
                then.push(wish.clone());
                takes.push(wish);
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    *set = then;
    Ok(AreaRow { area, takes, lets_go: says.lets_go, residents: says.residents })
}

/// Without those whose parent was refused after they had been placed in it.
fn without_orphans(outcomes: Vec<RowOutcome<AreaRow>>, known: &AreaTree) -> Vec<RowOutcome<AreaRow>> {
    let mut there: BTreeSet<AreaId> = BTreeSet::new();
    let keep = |RowOutcome { number, result }: RowOutcome<AreaRow>| {
        let result = result.and_then(|row| match &row.area.parent {
            Some(parent) if known.find(parent).is_none() && !there.contains(parent) => {
                Err(vec![parent_unknown(number)])
            }
            _ => {
                there.insert(row.area.id.clone());
                Ok(row)
            }
        });
        RowOutcome { number, result }
    };
    outcomes.into_iter().map(keep).collect()
}

fn parent_unknown(number: u32) -> Diagnostic {
    Diagnostic::new(
        "area_unknown",
        format!("rows[{number}].parent"),
        "上级编码:没有这个区域(本文件中也没有)",
        "Parent code: no such area, here or in this file",
    )
}

/// Places each wish under its parent, wide levels first, so that parents may stand anywhere in the file.
fn settle(wishes: Vec<RowOutcome<Wish>>, areas: &AreaTree) -> (Vec<RowOutcome<(Area, Says)>>, AreaTree) {
    let mut tree = areas.clone();
    let (good, bad): (Vec<_>, Vec<_>) = wishes.into_iter().partition(|w| w.result.is_ok());
    let mut good: Vec<(u32, Wish)> =
        good.into_iter().filter_map(|w| Some((w.number, w.result.ok()?))).collect();
    good.sort_by_key(|(number, wish)| (wish.level, *number));
    let mut outcomes: Vec<RowOutcome<(Area, Says)>> = good
        .into_iter()
        .map(|(number, wish)| {
            let result = placed(wish, number, &tree).map_err(|wrong| vec![wrong]);
            if let Ok((area, _)) = &result {
                tree.insert(area.clone());
            }
            RowOutcome { number, result }
        })
        .collect();
    outcomes.extend(
        bad.into_iter().filter_map(|w| Some(RowOutcome { number: w.number, result: Err(w.result.err()?) })),
    );
    (outcomes, tree)
}

fn placed(wish: Wish, number: u32, tree: &AreaTree) -> Result<(Area, Says), Diagnostic> {
    let refuse =
        |code: &str, zh: &str, en: &str| Diagnostic::new(code, format!("rows[{number}].parent"), zh, en);
    let parent = match &wish.parent {
        None => None,
        Some(id) => Some(tree.find(id).ok_or_else(|| parent_unknown(number))?),
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
    Ok((Area { id, level: wish.level, name: wish.name, parent: wish.parent, path }, wish.says))
}
