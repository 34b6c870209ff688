//! Whom a rule is about, and whether it singles somebody out.

use crate::{
    Catalogue, RulePlan, ValueKind,
    expr::{BoolExpr, Expr, Field, NumberExpr, TextExpr},
    operator::Operator,
    plan::{Key, Node},
};
use linli_model::Measure;
use std::collections::BTreeSet;

/// The homes in the area of an own rule, as far as they decide whom it is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Homes {
    /// What devices measure that stand in homes or belong to somebody.
    pub measures: BTreeSet<Measure>,
    /// How far below the residential area the highest dwelling lies, as [`Key::Area`] counts; None where there is none.
    pub depth: Option<u32>,
}

/// Whether a rule is about persons or dwellings (OW5): by what it keeps a state for, or because of what it hears,
/// whatever its key: a text is the card or plate somebody carries, and a device in a home tells of that home.
pub fn is_about_persons(plan: &RulePlan, catalogue: &Catalogue, homes: &Homes) -> bool {
    let is_text =
        |m: &Measure| catalogue.find(m.as_str()).is_some_and(|d| matches!(d.kind, ValueKind::Text { .. }));
    if plan.measures.iter().any(|m| is_text(m) || homes.measures.contains(m)) {
        return true;
    }
    // Asked for an area deeper than there is, the engine takes the deepest: the dwelling itself.
    let of_dwellings = |depth: u32| homes.depth.is_some_and(|highest| depth >= highest);
    plan.apart.is_some_and(of_dwellings)
        || match plan.key {
            Key::Population(_) | Key::Value | Key::Subject => true,
            Key::Area { depth } => of_dwellings(depth),
            Key::Device => false,
        }
}

/// What in a rule names one card, plate, home or person: the field, or the text that is written out (OW3). A text that is
/// read is compared with none whatever the rule is about; devices, their areas and subjects stand for somebody only
/// where it is `about_persons`.
pub(super) fn names_somebody(plan: &RulePlan, about_persons: bool) -> Option<String> {
    let search = Search { about_persons };
    plan.nodes.iter().find_map(|node| search.in_node(node))
}

#[derive(Clone, Copy)]
struct Search {
    about_persons: bool,
}

impl Search {
    fn in_node(self, node: &Node) -> Option<String> {
        let of_operator = match &node.operator {
            Operator::Level(p) => {
                self.in_flag(&p.raise).or_else(|| p.clear.as_ref().and_then(|e| self.in_flag(e)))
            }
            Operator::Absent(p) => p.leaves.as_ref().and_then(|e| self.in_flag(e)),
            Operator::Within(p) => self.in_flag(&p.first).or_else(|| self.in_flag(&p.then)),
            Operator::Score(p) => p.parts.iter().find_map(|part| self.in_flag(&part.when)),
            Operator::Daily(p) => self.in_any(&p.of),
            Operator::Window(p) => self.in_any(&p.of),
            Operator::Baseline(p) => self.in_number(&p.of),
            Operator::Residual(p) => self.in_number(&p.of),
            Operator::Roll(p) => self.in_node(&p.member),
            Operator::When(_) | Operator::Streak(_) | Operator::Occupancy(_) => None,
            Operator::Logic(_) | Operator::Schedule(_) => None,
        };
        node.when.as_ref().and_then(|e| self.in_flag(e)).or(of_operator)
    }

    fn in_any(self, e: &Expr) -> Option<String> {
        match e {
            Expr::Number(e) => self.in_number(e),
            Expr::Flag(e) => self.in_flag(e),
            Expr::Text(e) => self.in_text(e),
        }
    }

    fn in_number(self, e: &NumberExpr) -> Option<String> {
        match e {
            NumberExpr::Negate(e) => self.in_number(e),
            NumberExpr::Binary(_, p) => self.in_number(&p.0).or_else(|| self.in_number(&p.1)),
            NumberExpr::Choose(p) => {
                self.in_flag(&p.0).or_else(|| self.in_number(&p.1)).or_else(|| self.in_number(&p.2))
            }
            _ => None,
        }
    }

    fn in_flag(self, e: &BoolExpr) -> Option<String> {
        match e {
            BoolExpr::Has(Field::SubjectId) if self.about_persons => {
                Some(Field::SubjectId.as_str().to_owned())
            }
            BoolExpr::Compare(_, p) => self.in_number(&p.0).or_else(|| self.in_number(&p.1)),
            BoolExpr::SameText(p) | BoolExpr::Test(_, p) => self
                .compared(&p.0, &p.1)
                .or_else(|| self.compared(&p.1, &p.0))
                .or_else(|| self.in_text(&p.0))
                .or_else(|| self.in_text(&p.1)),
            BoolExpr::TextIn(t, list) => {
                self.in_text(t).or_else(|| list.first().and_then(|text| self.named(t, text)))
            }
            BoolExpr::NumberIn(n, _) => self.in_number(n),
            BoolExpr::SameFlag(p) | BoolExpr::And(p) | BoolExpr::Or(p) => {
                self.in_flag(&p.0).or_else(|| self.in_flag(&p.1))
            }
            BoolExpr::Not(e) => self.in_flag(e),
            BoolExpr::Choose(p) => {
                self.in_flag(&p.0).or_else(|| self.in_flag(&p.1)).or_else(|| self.in_flag(&p.2))
            }
            _ => None,
        }
    }

    fn in_text(self, e: &TextExpr) -> Option<String> {
        match e {
            TextExpr::Field(Field::SubjectId) if self.about_persons => {
                Some(Field::SubjectId.as_str().to_owned())
            }
            TextExpr::Choose(p) => {
                self.in_flag(&p.0).or_else(|| self.in_text(&p.1)).or_else(|| self.in_text(&p.2))
            }
            _ => None,
        }
    }

    /// What stands for somebody, against a text that is written out.
    fn compared(self, one: &TextExpr, with: &TextExpr) -> Option<String> {
        match with {
            TextExpr::Const(text) => self.named(one, text),
            TextExpr::Choose(p) => self.compared(one, &p.1).or_else(|| self.compared(one, &p.2)),
            _ => None,
        }
    }

    /// What names somebody when this is compared with a text: the text itself where a reading says it, else the field.
    fn named(self, one: &TextExpr, text: &str) -> Option<String> {
        match one {
            TextExpr::Measure(_) | TextExpr::Value => Some(text.to_owned()),
            TextExpr::Field(f @ (Field::DeviceId | Field::DeviceArea | Field::SubjectId))
                if self.about_persons =>
            {
                Some(f.as_str().to_owned())
            }
            TextExpr::Choose(p) => self.named(&p.1, text).or_else(|| self.named(&p.2, text)),
            _ => None,
        }
    }
}
