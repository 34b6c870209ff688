//! Whom a rule is about, and whether it singles somebody out.

use crate::{
    RulePlan,
    expr::{BoolExpr, Expr, Field, NumberExpr, TextExpr},
    operator::Operator,
    plan::{Key, Node},
};

/// Areas so far below the residential area are dwellings.
const DWELLING_DEPTH: u32 = 4;

/// Whether a rule is about persons or dwellings by what it keeps a state for: members of a population, whatever readings
/// are about, the card or plate they carry, dwellings.
pub fn is_about_persons(plan: &RulePlan) -> bool {
    match plan.key {
        Key::Population(_) | Key::Value | Key::Subject => true,
        Key::Area { depth } => depth >= DWELLING_DEPTH,
        Key::Device => false,
    }
}

/// Whether it looks at each device by itself: then it is about persons where a device it hears stands in a home.
pub fn watches_one_by_one(plan: &RulePlan) -> bool {
    plan.key == Key::Device
}

/// What in a rule about persons names one of them: the field, or the text a reading is compared with (OW3).
pub(super) fn names_somebody(plan: &RulePlan) -> Option<String> {
    if !is_about_persons(plan) {
        return None;
    }
    plan.nodes.iter().find_map(in_node)
}

fn in_node(node: &Node) -> Option<String> {
    let of_operator = match &node.operator {
        Operator::Level(p) => in_flag(&p.raise).or_else(|| p.clear.as_ref().and_then(in_flag)),
        Operator::Absent(p) => p.leaves.as_ref().and_then(in_flag),
        Operator::Within(p) => in_flag(&p.first).or_else(|| in_flag(&p.then)),
        Operator::Score(p) => p.parts.iter().find_map(|part| in_flag(&part.when)),
        Operator::Daily(p) => in_any(&p.of),
        Operator::Window(p) => in_any(&p.of),
        Operator::Baseline(p) => in_number(&p.of),
        Operator::Residual(p) => in_number(&p.of),
        Operator::Roll(p) => in_node(&p.member),
        Operator::When(_) | Operator::Streak(_) | Operator::Occupancy(_) => None,
        Operator::Logic(_) | Operator::Schedule(_) => None,
    };
    node.when.as_ref().and_then(in_flag).or(of_operator)
}

fn in_any(e: &Expr) -> Option<String> {
    match e {
        Expr::Number(e) => in_number(e),
        Expr::Flag(e) => in_flag(e),
        Expr::Text(e) => in_text(e),
    }
}

fn in_number(e: &NumberExpr) -> Option<String> {
    match e {
        NumberExpr::Negate(e) => in_number(e),
        NumberExpr::Binary(_, p) => in_number(&p.0).or_else(|| in_number(&p.1)),
        NumberExpr::Choose(p) => in_flag(&p.0).or_else(|| in_number(&p.1)).or_else(|| in_number(&p.2)),
        _ => None,
    }
}

fn in_flag(e: &BoolExpr) -> Option<String> {
    match e {
        BoolExpr::Has(Field::SubjectId) => Some(Field::SubjectId.as_str().to_owned()),
        BoolExpr::Compare(_, p) => in_number(&p.0).or_else(|| in_number(&p.1)),
        BoolExpr::SameText(p) | BoolExpr::Test(_, p) => compared(&p.0, &p.1)
            .or_else(|| compared(&p.1, &p.0))
            .or_else(|| in_text(&p.0))
            .or_else(|| in_text(&p.1)),
        BoolExpr::TextIn(t, list) => in_text(t).or_else(|| list.first().filter(|_| is_said(t)).cloned()),
        BoolExpr::NumberIn(n, _) => in_number(n),
        BoolExpr::SameFlag(p) | BoolExpr::And(p) | BoolExpr::Or(p) => in_flag(&p.0).or_else(|| in_flag(&p.1)),
        BoolExpr::Not(e) => in_flag(e),
        BoolExpr::Choose(p) => in_flag(&p.0).or_else(|| in_flag(&p.1)).or_else(|| in_flag(&p.2)),
        _ => None,
    }
}

fn in_text(e: &TextExpr) -> Option<String> {
    match e {
        TextExpr::Field(Field::SubjectId) => Some(Field::SubjectId.as_str().to_owned()),
        TextExpr::Choose(p) => in_flag(&p.0).or_else(|| in_text(&p.1)).or_else(|| in_text(&p.2)),
        _ => None,
    }
}

/// A text a reading may carry, against one that is written out.
fn compared(said: &TextExpr, with: &TextExpr) -> Option<String> {
    match with {
        TextExpr::Const(text) if is_said(said) => Some(text.clone()),
        TextExpr::Choose(p) => compared(said, &p.1).or_else(|| compared(said, &p.2)),
        _ => None,
    }
}

fn is_said(e: &TextExpr) -> bool {
    match e {
        TextExpr::Measure(_) | TextExpr::Value => true,
        TextExpr::Choose(p) => is_said(&p.1) || is_said(&p.2),
        _ => false,
    }
}
