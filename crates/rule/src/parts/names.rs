//! What a condition names: measures and signals, by their numbers in the plan, fields, and what else is not fixed.

use crate::expr::{BoolExpr, Field, NumberExpr, TextExpr};

pub(super) enum Name {
    Measure(u8),
    Node(u8),
    Value,
    Parameter,
    Field(Field),
}

pub(super) fn each_name(e: &BoolExpr, f: &mut dyn FnMut(Name)) {
    match e {
        BoolExpr::Measure(i) => f(Name::Measure(*i)),
        BoolExpr::Node(i) => f(Name::Node(*i)),
        BoolExpr::Value => f(Name::Value),
        BoolExpr::Has(field) => f(Name::Field(*field)),
        BoolExpr::Const(_) => {}
        BoolExpr::Compare(_, p) => {
            each_in_number(&p.0, f);
            each_in_number(&p.1, f);
        }
        BoolExpr::NumberIn(n, _) => each_in_number(n, f),
        BoolExpr::TextIn(t, _) => each_in_text(t, f),
        BoolExpr::SameText(p) | BoolExpr::Test(_, p) => {
            each_in_text(&p.0, f);
            each_in_text(&p.1, f);
        }
        BoolExpr::Not(e) => each_name(e, f),
        BoolExpr::SameFlag(p) | BoolExpr::And(p) | BoolExpr::Or(p) => {
            each_name(&p.0, f);
            each_name(&p.1, f);
        }
        BoolExpr::Choose(p) => {
            each_name(&p.0, f);
            each_name(&p.1, f);
            each_name(&p.2, f);
        }
    }
}
fn each_in_number(e: &NumberExpr, f: &mut dyn FnMut(Name)) {
    match e {
        NumberExpr::Measure(i) => f(Name::Measure(*i)),
        NumberExpr::Node(i) => f(Name::Node(*i)),
        NumberExpr::Value => f(Name::Value),
        NumberExpr::Parameter(_) => f(Name::Parameter),
        NumberExpr::Field(field) => f(Name::Field(*field)),
        NumberExpr::Const(_) => {}
        NumberExpr::Negate(e) => each_in_number(e, f),
        NumberExpr::Binary(_, p) => {
            each_in_number(&p.0, f);
            each_in_number(&p.1, f);
        }
        NumberExpr::Choose(p) => {
            each_name(&p.0, f);
            each_in_number(&p.1, f);
            each_in_number(&p.2, f);
        }
    }
}
fn each_in_text(e: &TextExpr, f: &mut dyn FnMut(Name)) {
    match e {
        TextExpr::Measure(i) => f(Name::Measure(*i)),
        TextExpr::Choose(p) => {
            each_name(&p.0, f);
            each_in_text(&p.1, f);
            each_in_text(&p.2, f);
        }
        TextExpr::Value => f(Name::Value),
        TextExpr::Field(field) => f(Name::Field(*field)),
        TextExpr::Const(_) => {}
    }
}
