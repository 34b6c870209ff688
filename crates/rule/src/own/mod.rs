//! Rules that areas compose themselves: what they may be, whom they are about, and what may be done with them next.
//!
//! Invariants
//! - OW1 An own rule is checked as every rule is; what an area may not write is told with the rest, with line and column.
//! - OW2 It is told as no more than `severity_max`, by a class that is open to areas, never at arrival and never as
//!   mandatory: life safety is the street's.
//! - OW3 It names nobody: no card and no plate whatever it is about, and about persons no subject, device or area
//!   either; its population is one of care (G3).
//! - OW4 Nobody puts a rule about persons to work that they wrote at themselves (G11).
//! - OW5 About persons is what keeps a state for them, and what hears a card, a plate or a device in a home (G13): no
//!   choice of key leads around OW3 and OW4.
//!
//! Deliberately absent: rights (the access port says who may compose and approve), storage, the engine.

mod life;
mod persons;

pub use life::{Asker, OwnAction, Surroundings, Want, Weighed, available, decide, save};
pub use persons::{Homes, is_about_persons};

use crate::{Catalogue, RulePlan, cost, cost::parts, nearest::nearest, read::Section};
use linli_model::{Diagnostic, Severity};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use toml::de::DeValue;

/// Longest text of an own rule, in bytes.
pub const OWN_TEXT_BYTES_MAX: usize = 32 * 1024;

/// What areas may compose; the shipped ones are data/own_rules.toml.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnBounds {
    pub cost_rule_max: u64,
    /// Of all own rules that run in one residential area, together.
    pub cost_area_max: u64,
    pub rules_max: usize,
    pub versions_max: usize,
    pub severity_max: Severity,
    /// With fewer, a rule about persons needs recorded consent (G13).
    pub dwellings_min: u32,
    pub populations: Vec<String>,
    pub case_classes: Vec<String>,
}

/// The same, all fields required.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shipped {
    cost_rule_max: u64,
    cost_area_max: u64,
    rules_max: usize,
    versions_max: usize,
    severity_max: Severity,
    dwellings_min: u32,
    populations: Vec<String>,
    case_classes: Vec<String>,
}

impl Default for OwnBounds {
    fn default() -> OwnBounds {
        let s: Shipped = toml::from_str(include_str!("../../../../data/own_rules.toml"))
            .expect("the shipped bounds are read by a test");
        OwnBounds {
            cost_rule_max: s.cost_rule_max,
            cost_area_max: s.cost_area_max,
            rules_max: s.rules_max,
            versions_max: s.versions_max,
            severity_max: s.severity_max,
            dwellings_min: s.dwellings_min,
            populations: s.populations,
            case_classes: s.case_classes,
        }
    }
}

/// Checks an area's own rule, whose code is to be `code`. All mistakes come back together (OW1).
pub fn check_own(
    text: &str,
    code: &str,
    catalogue: &Catalogue,
    bounds: &OwnBounds,
    homes: &Homes,
) -> Result<Arc<RulePlan>, Vec<Diagnostic>> {
    if text.len() > OWN_TEXT_BYTES_MAX {
        return Err(vec![Diagnostic::new(
            "too_long",
            "",
            "规则文字太长,自定规则最多 32 KiB。",
            "The rule's text is too long; an own rule has at most 32 KiB.",
        )]);
    }
    let more = |root: &Section<'_, '_>, plan: Option<&RulePlan>| {
        tell(root, code, bounds);
        if let Some(plan) = plan {
            let about_persons = is_about_persons(plan, catalogue, homes);
            tell_of_plan(root, plan, text, about_persons, bounds);
        }
    };
    crate::check::read(text, catalogue, None, Some(&more)).0
}

fn tell(root: &Section<'_, '_>, code: &str, bounds: &OwnBounds) {
    let word = |name: &str| match root.find(name).map(|f| (f.get_ref(), f.span().start)) {
        Some((DeValue::String(s), at)) => Some((s.to_string(), at)),
        _ => None,
    };
    if let Some((named, at)) = word("rule").filter(|(named, _)| named != code) {
        let zh = format!("这条规则的代码是 {code},这里写的是 {named}。");
        let en = format!("This rule's code is {code}; here it is {named}.");
        root.tell("rule", at, "another_rule", zh, en);
    }
    if let Some(found) = root.find("mandatory")
        && matches!(found.get_ref(), DeValue::Boolean(true))
    {
        let zh = "自定规则不能是强制的(mandatory),那是街道的事;请删去这一行。".to_owned();
        let en = "An own rule cannot be mandatory: that is for the street. Leave this line out.".to_owned();
        root.tell("mandatory", found.span().start, "not_for_areas", zh, en);
    }
    if let Some((_, at)) = word("emission").filter(|(e, _)| e == "eager") {
        let zh = "自定规则不能立即发出(eager):到达即报的生命安全规则由街道设置。请删去这一行。".to_owned();
        let en = "An own rule cannot be eager: what is told at arrival, for life safety, is set by the street. Leave \
                  this line out."
            .to_owned();
        root.tell("emission", at, "not_for_areas", zh, en);
    }
    let higher = |s: &str| crate::check::find_severity(s).is_some_and(|s| s > bounds.severity_max);
    if let Some((_, at)) = word("severity").filter(|(s, _)| higher(s)) {
        let most = crate::check::severity_word(bounds.severity_max);
        let zh = format!("自定规则的级别最高为 {most},更高的由街道设置。");
        let en = format!("An own rule is {most} at most; what is more severe is set by the street.");
        root.tell("severity", at, "not_for_areas", zh, en);
    }
    if let Some((class, at)) = word("case_class").filter(|(c, _)| !bounds.case_classes.contains(c)) {
        let near = nearest(&class, bounds.case_classes.iter().map(String::as_str));
        let open = near.map_or_else(|| bounds.case_classes.join(", "), str::to_owned);
        let zh = format!("类别 {class} 不对自定规则开放;可以用:{open}。");
        let en = format!("The class {class} is not open to own rules; what is open: {open}.");
        root.tell("case_class", at, "not_for_areas", zh, en);
    }
    if let Some((population, at)) = word("population").filter(|(p, _)| !bounds.populations.contains(p)) {
        let open = bounds.populations.join(", ");
        let zh = format!("自定规则只能看关爱人群({open}),不能看 {population};重点人群名单绝不用于规则。");
        let en = format!(
            "An own rule watches care populations only ({open}), not {population}; supervision lists are never used."
        );
        root.tell("population", at, "not_for_areas", zh, en);
    }
}

fn tell_of_plan(
    root: &Section<'_, '_>,
    plan: &RulePlan,
    text: &str,
    about_persons: bool,
    bounds: &OwnBounds,
) {
    if let Some(named) = persons::names_somebody(plan, about_persons) {
        let at = text.find(&format!("'{named}'")).map(|at| at + 1).or_else(|| text.find(&named)).unwrap_or(0);
        let zh = format!(
            "自定规则不能指定某一张卡、某一块车牌、某一户或某个人({named});请按时段、次数或时长来写。"
        );
        let en = format!(
            "An own rule cannot single out one card, plate, home or person ({named}); write it by hours, counts or \
             durations."
        );
        root.tell("signal", at, "names_somebody", zh, en);
    }
    if cost(plan) > bounds.cost_rule_max {
        tell_cost(root, plan, bounds);
    }
}

fn tell_cost(root: &Section<'_, '_>, plan: &RulePlan, bounds: &OwnBounds) {
    let at = root.find("signal").map_or(0, |f| f.span().start);
    let parts = parts(plan);
    let list = |each: &dyn Fn(&str, u64, u64) -> String| {
        parts.iter().map(|p| each(&p.signal, p.work, p.state)).collect::<Vec<_>>()
    };
    let zh = list(&|name, work, state| format!("{name}:处理 {work}、记住 {state}")).join(";");
    let en = list(&|name, work, state| format!("{name}: work {work}, state {state}")).join("; ");
    let (cost, most) = (cost(plan), bounds.cost_rule_max);
    let zh = format!("这条规则的开销是 {cost},最多 {most}({zh})。请缩短窗口、减少样本或拆成几条。");
    let en = format!(
        "This rule costs {cost}, at most {most} is allowed ({en}). Shorten windows, keep fewer samples, or make several \
         rules of it."
    );
    root.tell("signal", at, "too_costly", zh, en);
}
