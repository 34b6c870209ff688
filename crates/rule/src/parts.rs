//! A condition taken apart: what each part of it says of one moment, in words, and which parts decided.
//!
//! Invariants
//! - PT1 A part's truth is what evaluation gives it; the whole's is [`BoolExpr::eval`]'s.
//! - PT2 Parts that decide are true, false or unknown as their whole is: of a false `&&` the false ones, of a true `||`
//!   the true ones, else all that are as the whole. `!` turns it round, `? :` is decided by what was chosen and its choice.
//! - PT3 [`Part::plain`] tells no value of a reading or a signal, for whom such values are none of their business.
//!
//! Deliberately absent: another evaluation. Words are made here; truth comes from expr.rs.

mod names;
pub(crate) mod words;

use crate::{
    catalogue::Catalogue,
    expr::{Arithmetic, BoolExpr, Expr, Field, NumberExpr, Scope, TextExpr, TextTest},
    plan::{Aggregate, Operator, RulePlan},
    print::short,
    written::Written,
};
use linli_model::Text;
use names::{Name, each_name};
use words::{compared, either, field, joined, say, unit_of};

/// How the parts of a part are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    All,
    Any,
    Not,
    Choose,
    /// It has no parts: a comparison, a flag.
    None,
}

impl Join {
    pub fn code(self) -> &'static str {
        match self {
            Join::All => "all",
            Join::Any => "any",
            Join::Not => "not",
            Join::Choose => "choose",
            Join::None => "none",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// As the rule writes it.
    pub text: String,
    /// What it says, with the values of the moment.
    pub said: Text,
    /// The same without values of readings and signals.
    pub plain: Text,
    pub join: Join,
    /// None is unknown.
    pub truth: Option<bool>,
    pub decides: bool,
    /// Set where a reading's number is compared with one that no reading moves: the line across its curve.
    pub limit: Option<Limit>,
    /// Bit i: it names signal i.
    pub nodes: u8,
    pub parts: Vec<Part>,
}

/// A number that a measure is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The plan's number of the measure.
    pub measure: u8,
    pub value: f64,
    /// What it is called: a parameter's label, or the number as written.
    pub name: Text,
}

impl Part {
    /// The innermost part that decides, in the order of the text.
    pub fn innermost(&self) -> &Part {
        self.parts.iter().find(|p| p.decides).map_or(self, Part::innermost)
    }
    /// Every limit in it.
    pub fn limits(&self) -> Vec<&Limit> {
        let below = self.parts.iter().flat_map(Part::limits);
        self.limit.iter().chain(below).collect()
    }
    /// Bit i: a part that decides names signal i.
    pub fn deciding_nodes(&self) -> u8 {
        match (self.decides, self.parts.is_empty()) {
            (false, _) => 0,
            (true, true) => self.nodes,
            (true, false) => self.parts.iter().fold(0, |bits, p| bits | p.deciding_nodes()),
        }
    }
}

/// Takes a condition apart as of the moment a scope stands for. `current`: the plan's number of the measure that the
/// reading of the moment carries.
pub fn parts<S: Scope>(
    plan: &RulePlan,
    catalogue: &Catalogue,
    condition: &BoolExpr,
    scope: &S,
    current: Option<u8>,
) -> Part {
    let mut part = Taker { plan, catalogue, scope, current }.part(condition);
    decide(&mut part, true);
    part
}

/// Bit i: a condition names measure i of its plan.
pub fn measures_named(e: &BoolExpr) -> u32 {
    let mut bits = 0;
    each_name(e, &mut |name| {
        if let Name::Measure(i) = name {
            bits |= 1 << i;
        }
    });
    bits
}

/// What a condition says of a subject it says for ever: it asks for nothing else.
pub fn is_of_subject_alone(e: &BoolExpr) -> bool {
    let mut alone = true;
    each_name(e, &mut |name| {
        alone &= matches!(name, Name::Field(Field::SubjectKind | Field::SubjectId));
    });
    alone
}

fn decide(part: &mut Part, decides: bool) {
    part.decides = decides;
    let (join, truth) = (part.join, part.truth);
    // Of a choice the first part says which of the others is looked at.
    let chosen = part.parts.first().and_then(|p| p.truth);
    for (i, inner) in part.parts.iter_mut().enumerate() {
        let matters = match join {
            Join::All | Join::Any => inner.truth == truth,
            Join::Not | Join::None => true,
            Join::Choose => i == 0 || chosen == Some(i == 1),
        };
        decide(inner, decides && matters);
    }
}

struct Taker<'a, S> {
    plan: &'a RulePlan,
    catalogue: &'a Catalogue,
    scope: &'a S,
    current: Option<u8>,
}

/// An operand in words, with and without the values of the moment.
struct Operand {
    said: Text,
    plain: Text,
}
impl Operand {
    fn same(zh: impl Into<String>, en: impl Into<String>) -> Operand {
        let said = Text::new(zh.into(), en.into());
        Operand { plain: said.clone(), said }
    }
    fn with(name: Text, value: &Text) -> Operand {
        let said = Text::new(format!("{}({})", name.zh, value.zh), format!("{} ({})", name.en, value.en));
        Operand { said, plain: name }
    }
}

impl<S: Scope> Taker<'_, S> {
    fn part(&self, e: &BoolExpr) -> Part {
        let (join, inner): (Join, Vec<&BoolExpr>) = match e {
            BoolExpr::And(_) => (Join::All, chain(e, true)),
            BoolExpr::Or(_) => (Join::Any, chain(e, false)),
            BoolExpr::Not(of) => (Join::Not, vec![of]),
            BoolExpr::Choose(p) => (Join::Choose, vec![&p.0, &p.1, &p.2]),
            _ => (Join::None, Vec::new()),
        };
        let truth = e.eval(self.scope);
        let text = self.written(e);
        let Operand { said, plain } = if join == Join::None {
            self.leaf(e, truth)
        } else {
            Operand::same(joined(join, truth).zh, joined(join, truth).en)
        };
        let mut nodes = 0;
        each_name(e, &mut |name| {
            if let Name::Node(i) = name {
                nodes |= 1 << i;
            }
        });
        Part {
            text,
            said,
            plain,
            join,
            truth,
            decides: false,
            limit: self.limit(e),
            nodes,
            parts: inner.into_iter().map(|e| self.part(e)).collect(),
        }
    }

    fn written(&self, e: &BoolExpr) -> String {
        let plan = self.plan;
        Written {
            measures: &plan.measures,
            parameters: &|i| plan.parameters[i as usize].name.as_str(),
            nodes: &|i| plan.nodes[i as usize].name.as_str(),
        }
        .expr(&Expr::Flag(e.clone()))
    }

    // -- leaves --

    fn leaf(&self, e: &BoolExpr, truth: Option<bool>) -> Operand {
        let two = |a: Operand, b: Operand, zh: &str, en: &str| Operand {
            said: Text::new(
                format!("{}{zh}{}", a.said.zh, b.said.zh),
                format!("{} {en} {}", a.said.en, b.said.en),
            ),
            plain: Text::new(
                format!("{}{zh}{}", a.plain.zh, b.plain.zh),
                format!("{} {en} {}", a.plain.en, b.plain.en),
            ),
        };
        let told = match e {
            BoolExpr::Compare(op, p) => {
                let (zh, en) = compared(*op, truth);
                two(self.number(&p.0), self.number(&p.1), zh, en)
            }
            BoolExpr::SameText(p) => {
                let (zh, en) = either(truth, ("是", "is"), ("不是", "is not"));
                two(self.text(&p.0), self.text(&p.1), zh, en)
            }
            BoolExpr::SameFlag(p) => {
                let (zh, en) = either(truth, ("与", "is as"), ("不同于", "is not as"));
                two(self.flag(&p.0), self.flag(&p.1), zh, en)
            }
            BoolExpr::TextIn(t, list) => {
                let (zh, en) = either(truth, ("属于", "is one of"), ("不属于", "is none of"));
                two(self.text(t), Operand::same(list.join("、"), list.join(", ")), zh, en)
            }
            BoolExpr::NumberIn(n, list) => {
                let list: Vec<String> = list.iter().map(|n| short(*n)).collect();
                let (zh, en) = either(truth, ("属于", "is one of"), ("不属于", "is none of"));
                two(self.number(n), Operand::same(list.join("、"), list.join(", ")), zh, en)
            }
            BoolExpr::Test(test, p) => {
                let (yes, no) = match test {
                    TextTest::StartsWith => (("开头是", "begins with"), ("开头不是", "does not begin with")),
                    TextTest::EndsWith => (("结尾是", "ends with"), ("结尾不是", "does not end with")),
                    TextTest::Contains => (("含有", "contains"), ("不含", "does not contain")),
                };
                let (zh, en) = either(truth, yes, no);
                two(self.text(&p.0), self.text(&p.1), zh, en)
            }
            BoolExpr::Has(f) => {
                let name = field(*f);
                let (zh, en) = either(truth, ("已登记", "is registered"), ("未登记", "is not registered"));
                Operand::same(format!("{}{zh}", name.zh), format!("{} {en}", name.en))
            }
            // It says itself that it is unknown.
            e => return self.flag(e),
        };
        if truth.is_some() {
            return told;
        }
        let unknown = |t: Text| Text::new(format!("{},无法判断", t.zh), format!("{}: cannot be told", t.en));
        Operand { said: unknown(told.said), plain: unknown(told.plain) }
    }

    /// A flag by itself: `smoke`, a signal.
    fn flag(&self, e: &BoolExpr) -> Operand {
        let truth = e.eval(self.scope);
        let (zh, en) = match truth {
            Some(true) => ("是", "yes"),
            Some(false) => ("否", "no"),
            None => ("未知", "unknown"),
        };
        let name = match e {
            BoolExpr::Const(b) => return Operand::same(b.to_string(), b.to_string()),
            BoolExpr::Measure(i) => self.measure(*i),
            BoolExpr::Value => self.value_name(),
            BoolExpr::Node(i) => {
                let name = &self.plan.nodes[*i as usize].name;
                let (zh, en) = match truth {
                    Some(true) => ("成立", "holds"),
                    Some(false) => ("不成立", "does not hold"),
                    None => ("未知", "is unknown"),
                };
                return Operand::same(format!("信号“{name}”{zh}"), format!("signal \"{name}\" {en}"));
            }
            other => {
                let text = self.written(other);
                return Operand::same(text.clone(), text);
            }
        };
        let said = Text::new(format!("{}:{zh}", name.zh), format!("{}: {en}", name.en));
        Operand { said, plain: name }
    }

    fn number(&self, e: &NumberExpr) -> Operand {
        let value = || e.eval(self.scope);
        match e {
            NumberExpr::Const(n) => Operand::same(short(*n), short(*n)),
            NumberExpr::Measure(i) => Operand::with(self.measure(*i), &say(value(), &self.unit(Some(*i)))),
            NumberExpr::Value => Operand::with(self.value_name(), &say(value(), &self.unit(self.current))),
            NumberExpr::Parameter(i) => {
                let p = &self.plan.parameters[*i as usize];
                // A parameter is no secret: its value stands with its name everywhere.
                let said = Operand::with(p.label.clone(), &say(value(), &unit_of(&p.unit))).said;
                Operand { plain: said.clone(), said }
            }
            NumberExpr::Node(i) => {
                let name = self.plan.nodes[*i as usize].name.clone();
                Operand::with(
                    Text::new(format!("信号“{name}”"), format!("signal \"{name}\"")),
                    &say(value(), &Text::default()),
                )
            }
            NumberExpr::Field(f) => Operand::with(field(*f), &say(value(), &Text::default())),
            NumberExpr::Negate(of) => {
                let of = self.number(of);
                let minus = |t: Text| Text::new(format!("−{}", t.zh), format!("−{}", t.en));
                Operand { said: minus(of.said), plain: minus(of.plain) }
            }
            NumberExpr::Binary(op, p) => {
                let (a, b) = (self.number(&p.0), self.number(&p.1));
                let sign = match op {
                    Arithmetic::Add => "+",
                    Arithmetic::Subtract => "−",
                    Arithmetic::Multiply => "×",
                    Arithmetic::Divide => "÷",
                };
                let join = |a: &Text, b: &Text| {
                    Text::new(format!("{} {sign} {}", a.zh, b.zh), format!("{} {sign} {}", a.en, b.en))
                };
                let comes_to = say(value(), &Text::default());
                let said = join(&a.said, &b.said);
                Operand {
                    said: Text::new(
                        format!("{} = {} ", said.zh, comes_to.zh),
                        format!("{} = {}", said.en, comes_to.en),
                    ),
                    plain: join(&a.plain, &b.plain),
                }
            }
            NumberExpr::Choose(_) => {
                let text = self.with_plan(|w| w.number(e));
                Operand::with(Text::new(text.clone(), text), &say(value(), &Text::default()))
            }
        }
    }

    fn text(&self, e: &TextExpr) -> Operand {
        let value = e.eval(self.scope).map_or_else(|| Text::new("未知", "unknown"), |t| Text::new(t, t));
        match e {
            TextExpr::Const(t) => Operand::same(format!("“{t}”"), format!("\"{t}\"")),
            TextExpr::Measure(i) => Operand::with(self.measure(*i), &value),
            TextExpr::Value => Operand::with(self.value_name(), &value),
            TextExpr::Field(f) => Operand::with(field(*f), &value),
            TextExpr::Choose(_) => {
                let text = self.with_plan(|w| w.expr(&Expr::Text(e.clone())));
                Operand::with(Text::new(text.clone(), text), &value)
            }
        }
    }

    fn with_plan(&self, write: impl FnOnce(&Written<'_>) -> String) -> String {
        let plan = self.plan;
        write(&Written {
            measures: &plan.measures,
            parameters: &|i| plan.parameters[i as usize].name.as_str(),
            nodes: &|i| plan.nodes[i as usize].name.as_str(),
        })
    }

    fn measure(&self, i: u8) -> Text {
        let code = self.plan.measures[i as usize].as_str();
        self.catalogue.find(code).map_or_else(|| Text::new(code, code), |m| m.label.clone())
    }
    fn value_name(&self) -> Text {
        self.current.map_or_else(|| Text::new("读数", "the reading"), |i| self.measure(i))
    }
    fn unit(&self, i: Option<u8>) -> Text {
        let code = i.map_or("", |i| self.plan.measures[i as usize].as_str());
        let unit = self.catalogue.find(code).map_or("", |m| m.unit.as_str());
        let unit = if unit == "count" { "" } else { unit };
        Text::new(unit, unit)
    }

    // -- lines across a curve --

    fn limit(&self, e: &BoolExpr) -> Option<Limit> {
        let BoolExpr::Compare(_, p) = e else { return None };
        let measured = |e: &NumberExpr| match e {
            NumberExpr::Measure(i) => Some(*i),
            NumberExpr::Value => self.current,
            NumberExpr::Node(i) => gathered(self.plan, *i),
            _ => None,
        };
        let (measure, other) = match (measured(&p.0), measured(&p.1)) {
            (Some(m), None) => (m, &p.1),
            (None, Some(m)) => (m, &p.0),
            _ => return None,
        };
        if moves(other) {
            return None;
        }
        let named = match other {
            NumberExpr::Parameter(i) => self.plan.parameters[*i as usize].label.clone(),
            other => {
                let text = self.with_plan(|w| w.number(other));
                Text::new(text.clone(), text)
            }
        };
        Some(Limit { measure, value: other.eval(self.scope)?, name: named })
    }
}

/// The measure whose mean, least or greatest over a time a window says: a number of the same kind.
fn gathered(plan: &RulePlan, node: u8) -> Option<u8> {
    let node = &plan.nodes[usize::from(node)];
    let Operator::Window(window) = &node.operator else { return None };
    match (window.aggregate, &window.of) {
        (Aggregate::Mean | Aggregate::Min | Aggregate::Max, Expr::Number(NumberExpr::Measure(i))) => Some(*i),
        (Aggregate::Mean | Aggregate::Min | Aggregate::Max, Expr::Number(NumberExpr::Value)) => {
            Some(node.of.trailing_zeros() as u8).filter(|_| node.of.count_ones() == 1)
        }
        _ => None,
    }
}

/// Whether a reading, a signal or the registry moves it.
fn moves(e: &NumberExpr) -> bool {
    match e {
        NumberExpr::Const(_) | NumberExpr::Parameter(_) => false,
        NumberExpr::Negate(e) => moves(e),
        NumberExpr::Binary(_, p) => moves(&p.0) || moves(&p.1),
        _ => true,
    }
}

/// The members of a chain of `&&` or `||`, in the order of the text.
fn chain(e: &BoolExpr, all: bool) -> Vec<&BoolExpr> {
    match e {
        BoolExpr::And(p) if all => [chain(&p.0, all), chain(&p.1, all)].concat(),
        BoolExpr::Or(p) if !all => [chain(&p.0, all), chain(&p.1, all)].concat(),
        e => vec![e],
    }
}
