//! Conditions: a strict subset of CEL, parsed by the `cel` crate, typed here.
//!
//! In: names of measures, parameters, earlier signals, registry fields and `value`; numbers, texts, `true`, `false`;
//! `&& || !`, `== != < <= > >=`, `+ - * /`, `a ? b : c`, `x in [..]`, `startsWith`, `endsWith`, `contains`,
//! `has(field)`. Everything else of CEL is refused with its place.
//!
//! Invariants
//! - CN1 What passes is typed: EX1 holds by construction.
//! - CN2 Both sides of an operator are looked at, whatever is wrong with one of them.

mod noting;

use crate::{
    catalogue::{Catalogue, ValueKind},
    expr::{Arithmetic, BoolExpr, Compare, Expr, Field, NumberExpr, TextExpr, TextTest, Type},
    nearest::nearest,
    plan::{MEASURES_MAX, Parameter},
    read::{At, Source},
    written::Written,
};
use cel::{
    IdedExpr,
    common::ast::{Expr as Cel, LiteralValue, SourceInfo, operators as op},
    parser::{ParseErrors, Parser},
};
use linli_model::{Diagnostic, Measure};
use std::cell::{Cell, RefCell};

/// What an expression may name.
pub(crate) struct Names<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) parameters: &'a [Parameter],
    /// The plan's measures so far; naming one adds it.
    pub(crate) measures: &'a RefCell<Vec<Measure>>,
    /// Earlier nodes and what they say.
    pub(crate) nodes: &'a [(String, Type)],
    /// What `value` is in this place.
    pub(crate) value: Option<Type>,
    pub(crate) heard: Cell<u32>,
    pub(crate) read: Cell<u8>,
    /// Bit i: parameter i is used.
    pub(crate) used: &'a Cell<u32>,
    /// Bit i: node i says a count.
    pub(crate) counting: u8,
}

impl<'a> Names<'a> {
    /// The same names for a part of the same table; what it hears and reads is noted apart.
    pub(crate) fn again(&self) -> Names<'a> {
        Names {
            catalogue: self.catalogue,
            parameters: self.parameters,
            measures: self.measures,
            nodes: self.nodes,
            value: self.value,
            heard: Cell::new(0),
            read: Cell::new(0),
            used: self.used,
            counting: self.counting,
        }
    }
    /// Hears and reads what a part of the table does.
    pub(crate) fn take(&self, part: &Names<'_>) {
        self.heard.set(self.heard.get() | part.heard.get());
        self.read.set(self.read.get() | part.read.get());
    }
    /// The plan's number of a measure, which is thereby heard.
    pub(crate) fn measure(&self, code: &str) -> Option<u8> {
        let mut measures = self.measures.borrow_mut();
        let i = match measures.iter().position(|m| m.0 == code) {
            Some(i) => i,
            None if measures.len() < MEASURES_MAX => {
                measures.push(Measure::new(code));
                measures.len() - 1
            }
            None => return None,
        };
        self.heard.set(self.heard.get() | 1 << i);
        Some(i as u8)
    }
    /// An expression that was read with these names, as it is printed.
    fn written(&self, e: &Expr) -> String {
        Written {
            measures: &self.measures.borrow(),
            parameters: &|i| self.parameters[i as usize].name.as_str(),
            nodes: &|i| self.nodes[i as usize].0.as_str(),
        }
        .expr(e)
    }
    pub(crate) fn type_of(&self, code: &str) -> Option<Type> {
        self.catalogue.find(code).map(|m| match m.kind {
            ValueKind::Number { .. } => Type::Number,
            ValueKind::Flag => Type::Flag,
            ValueKind::Text { .. } => Type::Text,
        })
    }
}

struct Check<'a, 'n> {
    source: &'a Source<'a>,
    names: &'a Names<'n>,
    field: &'a str,
    base: usize,
    info: SourceInfo,
    /// The numbers that are read now are no thresholds of their own.
    unnoted: Cell<bool>,
}

/// Reads a condition or value; what is wrong with it is told to the source.
pub(crate) fn read(source: &Source<'_>, field: &str, text: &At<String>, names: &Names<'_>) -> Option<Expr> {
    let base = source.inside_string(&text.span);
    if is_too_complex(&text.value) {
        source.tell(base, too_complex(field));
        return None;
    }
    match parse(&text.value) {
        Ok((parsed, info)) => {
            let read = Check { source, names, field, base, info, unnoted: Cell::new(false) }.expr(&parsed)?;
            // As tidy as it is printed it has to pass again (RU3).
            if !source.is_nudged() && is_too_complex(&names.written(&read)) {
                source.tell(base, too_complex(field));
                return None;
            }
            Some(read)
        }
        Err(errors) => {
            if errors.errors.is_empty() {
                let d = Diagnostic::new(
                    "condition_syntax",
                    field,
                    "条件读不懂。",
                    "The condition cannot be read.",
                );
                source.tell(base, d);
            }
            for e in errors.errors {
                let at = byte_of(&text.value, e.pos);
                let said = e.msg.lines().next().unwrap_or("").trim_start_matches("Syntax error: ").to_owned();
                let (zh, en) = if said.contains("'<EOF>' expecting") {
                    ("条件没有写完。".to_owned(), "The condition ends too early.".to_owned())
                } else {
                    (format!("条件写法不对:{said}"), format!("The condition cannot be read: {said}"))
                };
                source.tell(base + at, Diagnostic::new("condition_syntax", field, zh, en));
            }
            None
        }
    }
}

fn too_complex(field: &str) -> Diagnostic {
    Diagnostic::new(
        "too_complex",
        field,
        format!(
            "条件太复杂:最多 {CONDITION_CHARS_MAX} 个字符、{OPERATORS_MAX} 个运算符、{NESTING_MAX} 层括号。"
        ),
        format!(
            "The condition is too complex: at most {CONDITION_CHARS_MAX} characters, {OPERATORS_MAX} operators and {NESTING_MAX} nested brackets."
        ),
    )
}

/// Longest condition, in characters.
const CONDITION_CHARS_MAX: usize = 1000;
/// Most operators and brackets: reading and checking go as deep as these nest.
const OPERATORS_MAX: usize = 100;
/// Deepest nesting of brackets; the parser takes some ten calls for each.
const NESTING_MAX: i32 = 24;

/// Deepest nesting that fits the stack of whoever asks; the parser takes some 200 KiB a level when not optimised.
const NESTING_HERE_MAX: i32 = 5;
const STACK_BYTES: usize = 64 * 1024 * 1024;

fn parse(text: &str) -> Result<(IdedExpr, SourceInfo), ParseErrors> {
    if nesting(text) <= NESTING_HERE_MAX {
        return Parser::new().parse_with_source_info(text);
    }
    std::thread::scope(|scope| {
        let deep = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || Parser::new().parse_with_source_info(text));
        match deep.map(|thread| thread.join()) {
            Ok(Ok(parsed)) => parsed,
            _ => Err(ParseErrors { errors: Vec::new() }),
        }
    })
}

fn nesting(text: &str) -> i32 {
    let (mut depth, mut deepest) = (0i32, 0i32);
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn is_too_complex(text: &str) -> bool {
    let operators = text.chars().filter(|c| "+-*/%<>=!&|?([{.".contains(*c)).count();
    text.chars().count() > CONDITION_CHARS_MAX || operators > OPERATORS_MAX || nesting(text) > NESTING_MAX
}

/// As [`read`], and it has to be true or false.
pub(crate) fn read_flag(
    source: &Source<'_>,
    field: &str,
    text: &At<String>,
    names: &Names<'_>,
) -> Option<BoolExpr> {
    match read(source, field, text, names)? {
        Expr::Flag(e) => Some(e),
        other => {
            let at = source.inside_string(&text.span);
            source.tell(at, wrong_type(field, Type::Flag, other.kind()));
            None
        }
    }
}

fn byte_of(text: &str, (line, column): (isize, isize)) -> usize {
    let line_start: usize = text.split_inclusive('\n').take((line - 1).max(0) as usize).map(str::len).sum();
    let rest = &text[line_start.min(text.len())..];
    line_start + rest.char_indices().nth((column - 1).max(0) as usize).map_or(rest.len(), |c| c.0)
}

pub(crate) fn type_words(t: Type) -> (&'static str, &'static str) {
    match t {
        Type::Number => ("数", "a number"),
        Type::Flag => ("真假", "true or false"),
        Type::Text => ("文字", "a text"),
    }
}

fn wrong_type(field: &str, want: Type, is: Type) -> Diagnostic {
    let (want, is) = (type_words(want), type_words(is));
    Diagnostic::new(
        "wrong_type",
        field,
        format!("这里应为{},却是{}。", want.0, is.0),
        format!("This should be {}, and is {}.", want.1, is.1),
    )
}

impl Check<'_, '_> {
    fn byte_of(&self, e: &IdedExpr) -> usize {
        let byte = self.info.offset_for(e.id).map_or(0, |o| {
            let text = &self.info.source;
            text.char_indices().nth(o.0 as usize).map_or(text.len(), |c| c.0)
        });
        self.base + byte
    }
    fn tell(&self, at: &IdedExpr, d: Diagnostic) {
        self.source.tell(self.byte_of(at), d);
    }
    fn refuse<T>(
        &self,
        at: &IdedExpr,
        code: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Option<T> {
        self.tell(at, Diagnostic::new(code, self.field, zh, en));
        None
    }

    fn expr(&self, e: &IdedExpr) -> Option<Expr> {
        match &e.expr {
            Cel::Literal(l) => self.literal(e, l),
            Cel::Ident(name) => self.name(e, name),
            Cel::Select(s) => match &s.operand.expr {
                Cel::Ident(root) => self.dotted(e, &format!("{root}.{}", s.field), s.test),
                _ => self.outside(e, "."),
            },
            Cel::Call(c) => match &c.target {
                Some(target) => self.member_call(e, target, &c.func_name, &c.args),
                None => self.call(e, &c.func_name, &c.args),
            },
            Cel::List(_) => self.outside(e, "[…]"),
            Cel::Comprehension(_) => self.outside(e, "all/exists/map/filter"),
            Cel::Map(_) | Cel::Struct(_) => self.outside(e, "{…}"),
            Cel::Unspecified => None,
        }
    }
    fn outside<T>(&self, e: &IdedExpr, what: &str) -> Option<T> {
        let what = what.trim_matches(['_', '@']);
        self.refuse(
            e,
            "not_in_subset",
            format!("条件里不能用 {what}。"),
            format!("{what} cannot be used in a condition."),
        )
    }

    fn literal(&self, e: &IdedExpr, l: &LiteralValue) -> Option<Expr> {
        match l {
            LiteralValue::Boolean(b) => Some(Expr::Flag(BoolExpr::Const(*b.inner()))),
            LiteralValue::Int(i) => self.constant(e, *i.inner() as f64),
            LiteralValue::UInt(i) => self.constant(e, *i.inner() as f64),
            LiteralValue::Double(n) if n.inner().is_finite() => self.constant(e, *n.inner()),
            LiteralValue::Double(_) => {
                self.refuse(e, "number_too_large", "这个数太大。", "This number is too large.")
            }
            LiteralValue::String(s) => Some(Expr::Text(TextExpr::Const(s.inner().to_owned()))),
            LiteralValue::Bytes(_) => self.outside(e, "b\"…\""),
            LiteralValue::Null => self.outside(e, "null"),
        }
    }

    fn name(&self, e: &IdedExpr, name: &str) -> Option<Expr> {
        let n = self.names;
        if name == "value" {
            return match n.value {
                Some(Type::Number) => Some(Expr::Number(NumberExpr::Value)),
                Some(Type::Flag) => Some(Expr::Flag(BoolExpr::Value)),
                Some(Type::Text) => Some(Expr::Text(TextExpr::Value)),
                None => self.refuse(
                    e,
                    "value_unclear",
                    "这里的 value 不止一种类型,请写出量的代码。",
                    "value has no single type here; write the measure's code.",
                ),
            };
        }
        if let Some((i, p)) = n.parameters.iter().enumerate().find(|(_, p)| p.name == name) {
            n.used.set(n.used.get() | 1 << i);
            let (parameter, by) = (NumberExpr::Parameter(i as u8), self.note(e, Some(p), p.value));
            return Some(Expr::Number(if by == 0.0 {
                parameter
            } else {
                NumberExpr::Binary(Arithmetic::Add, Box::new((parameter, NumberExpr::Const(by))))
            }));
        }
        if let Some(i) = n.nodes.iter().position(|(node, _)| node == name) {
            n.read.set(n.read.get() | 1 << i);
            return Some(match n.nodes[i].1 {
                Type::Number => Expr::Number(NumberExpr::Node(i as u8)),
                _ => Expr::Flag(BoolExpr::Node(i as u8)),
            });
        }
        if let Some((_, field, _)) = Field::ALL.iter().find(|f| f.0 == name) {
            return Some(field_expr(*field));
        }
        if let Some(kind) = n.type_of(name) {
            let Some(i) = n.measure(name) else {
                return self.refuse(
                    e,
                    "too_many_measures",
                    "一条规则里的量太多。",
                    "There are too many measures in one rule.",
                );
            };
            return Some(match kind {
                Type::Number => Expr::Number(NumberExpr::Measure(i)),
                Type::Flag => Expr::Flag(BoolExpr::Measure(i)),
                Type::Text => Expr::Text(TextExpr::Measure(i)),
            });
        }
        self.unknown_name(e, name)
    }

    fn unknown_name<T>(&self, e: &IdedExpr, name: &str) -> Option<T> {
        let n = self.names;
        let known = n
            .parameters
            .iter()
            .map(|p| p.name.as_str())
            .chain(n.nodes.iter().map(|(name, _)| name.as_str()))
            .chain(Field::ALL.iter().map(|f| f.0))
            .chain(["value"])
            .chain(n.catalogue.iter().map(|m| m.code.as_str()));
        let mut d = Diagnostic::new(
            "unknown_name",
            self.field,
            format!("不认识“{name}”:它不是量、参数、前面的信号,也不是登记字段。"),
            format!("\"{name}\" is not a measure, a parameter, an earlier signal or a registry field."),
        );
        if let Some(near) = nearest(name, known) {
            d = d.suggest(format!("是不是“{near}”?"), format!("Did you mean \"{near}\"?"));
        }
        self.tell(e, d);
        None
    }

    fn dotted(&self, e: &IdedExpr, name: &str, test: bool) -> Option<Expr> {
        match Field::ALL.iter().find(|f| f.0 == name) {
            Some((_, field, _)) if test => Some(Expr::Flag(BoolExpr::Has(*field))),
            Some((_, field, _)) => Some(field_expr(*field)),
            None => self.unknown_name(e, name),
        }
    }

    fn call(&self, e: &IdedExpr, f: &str, args: &[IdedExpr]) -> Option<Expr> {
        match (f, args) {
            (op::LOGICAL_NOT, [a]) => Some(Expr::Flag(BoolExpr::Not(Box::new(self.flag(a)?)))),
            (op::NEGATE, [a]) if matches!(a.expr, Cel::Literal(_)) => {
                match self.unnoted(|| self.number(a))? {
                    NumberExpr::Const(n) => self.constant(e, 0.0 - n),
                    other => Some(Expr::Number(NumberExpr::Negate(Box::new(other)))),
                }
            }
            (op::NEGATE, [a]) => Some(Expr::Number(match self.number(a)? {
                NumberExpr::Const(n) => NumberExpr::Const(0.0 - n),
                other => NumberExpr::Negate(Box::new(other)),
            })),
            (op::LOGICAL_AND | op::LOGICAL_OR, [a, b]) => {
                let (a, b) = both(self.flag(a), self.flag(b))?;
                Some(Expr::Flag(if f == op::LOGICAL_AND { all_of(a, b) } else { any_of(a, b) }))
            }
            (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE, [a, b]) => {
                let arithmetic = match f {
                    op::ADD => Arithmetic::Add,
                    op::SUBSTRACT => Arithmetic::Subtract,
                    op::MULTIPLY => Arithmetic::Multiply,
                    _ => Arithmetic::Divide,
                };
                let parts = both(self.number(a), self.number(b))?;
                Some(Expr::Number(NumberExpr::Binary(arithmetic, Box::new(parts))))
            }
            (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, [a, b]) => {
                let compare = match f {
                    op::LESS => Compare::Less,
                    op::LESS_EQUALS => Compare::LessOrEqual,
                    op::GREATER => Compare::Greater,
                    _ => Compare::GreaterOrEqual,
                };
                let first = self.source.noted();
                let parts = both(self.number(a), self.number(b))?;
                self.scale(first, &parts.0, &parts.1);
                Some(Expr::Flag(BoolExpr::Compare(compare, Box::new(parts))))
            }
            (op::EQUALS | op::NOT_EQUALS, [a, b]) => self.equals(e, f == op::NOT_EQUALS, a, b),
            (op::CONDITIONAL, [c, a, b]) => self.choose(e, c, a, b),
            (op::IN, [a, list]) => self.within(a, list),
            _ => self.outside(e, f),
        }
    }

    fn equals(&self, e: &IdedExpr, not: bool, a: &IdedExpr, b: &IdedExpr) -> Option<Expr> {
        let first = self.source.noted();
        let (left, right) = both(self.expr(a), self.expr(b))?;
        let same = match (left, right) {
            (Expr::Number(a), Expr::Number(b)) => {
                self.scale(first, &a, &b);
                let compare = if not { Compare::NotEqual } else { Compare::Equal };
                return Some(Expr::Flag(BoolExpr::Compare(compare, Box::new((a, b)))));
            }
            (Expr::Text(a), Expr::Text(b)) => BoolExpr::SameText(Box::new((a, b))),
            (Expr::Flag(a), Expr::Flag(b)) => BoolExpr::SameFlag(Box::new((a, b))),
            (a, b) => {
                let (left, right) = (type_words(a.kind()), type_words(b.kind()));
                return self.refuse(
                    e,
                    "wrong_type",
                    format!("{}不能和{}比较。", left.0, right.0),
                    format!("{} cannot be compared with {}.", left.1, right.1),
                );
            }
        };
        Some(Expr::Flag(if not { BoolExpr::Not(Box::new(same)) } else { same }))
    }

    fn choose(&self, e: &IdedExpr, c: &IdedExpr, a: &IdedExpr, b: &IdedExpr) -> Option<Expr> {
        let (condition, (a, b)) = both(self.flag(c), both(self.expr(a), self.expr(b)))?;
        match (a, b) {
            (Expr::Number(a), Expr::Number(b)) => {
                Some(Expr::Number(NumberExpr::Choose(Box::new((condition, a, b)))))
            }
            (Expr::Flag(a), Expr::Flag(b)) => Some(Expr::Flag(BoolExpr::Choose(Box::new((condition, a, b))))),
            (Expr::Text(a), Expr::Text(b)) => Some(Expr::Text(TextExpr::Choose(Box::new((condition, a, b))))),
            _ => self.refuse(
                e,
                "wrong_type",
                "“? :” 两边的类型应相同。",
                "Both sides of \"? :\" should have the same type.",
            ),
        }
    }

    fn within(&self, a: &IdedExpr, list: &IdedExpr) -> Option<Expr> {
        let Cel::List(items) = &list.expr else { return self.outside(list, "in") };
        let left = self.expr(a);
        let items: Vec<Option<Expr>> = self.unnoted(|| items.elements.iter().map(|i| self.expr(i)).collect());
        let items: Vec<Expr> = items.into_iter().collect::<Option<_>>()?;
        match left? {
            Expr::Number(n) => {
                let numbers = items.iter().map(|i| match i {
                    Expr::Number(NumberExpr::Const(n)) => Some(*n),
                    _ => None,
                });
                match numbers.collect() {
                    Some(numbers) => Some(Expr::Flag(BoolExpr::NumberIn(n, numbers))),
                    None => self.refuse(
                        list,
                        "wrong_type",
                        "列表里应全是数。",
                        "The list should hold numbers only.",
                    ),
                }
            }
            Expr::Text(t) => {
                let texts = items.into_iter().map(|i| match i {
                    Expr::Text(TextExpr::Const(t)) => Some(t),
                    _ => None,
                });
                match texts.collect() {
                    Some(texts) => Some(Expr::Flag(BoolExpr::TextIn(t, texts))),
                    None => self.refuse(
                        list,
                        "wrong_type",
                        "列表里应全是文字。",
                        "The list should hold texts only.",
                    ),
                }
            }
            Expr::Flag(_) => self.outside(list, "in"),
        }
    }

    fn member_call(&self, e: &IdedExpr, target: &IdedExpr, f: &str, args: &[IdedExpr]) -> Option<Expr> {
        let test = match f {
            "startsWith" => TextTest::StartsWith,
            "endsWith" => TextTest::EndsWith,
            "contains" => TextTest::Contains,
            _ => return self.outside(e, f),
        };
        let [arg] = args else { return self.outside(e, f) };
        let parts = both(self.text(target), self.text(arg))?;
        Some(Expr::Flag(BoolExpr::Test(test, Box::new(parts))))
    }

    fn number(&self, e: &IdedExpr) -> Option<NumberExpr> {
        match self.expr(e)? {
            Expr::Number(n) => Some(n),
            other => {
                self.tell(e, wrong_type(self.field, Type::Number, other.kind()));
                None
            }
        }
    }
    fn flag(&self, e: &IdedExpr) -> Option<BoolExpr> {
        match self.expr(e)? {
            Expr::Flag(b) => Some(b),
            other => {
                self.tell(e, wrong_type(self.field, Type::Flag, other.kind()));
                None
            }
        }
    }
    fn text(&self, e: &IdedExpr) -> Option<TextExpr> {
        match self.expr(e)? {
            Expr::Text(t) => Some(t),
            other => {
                self.tell(e, wrong_type(self.field, Type::Text, other.kind()));
                None
            }
        }
    }
}

/// `a && b`, a chain always nested to the left: the parser balances it, and the order of the brackets says nothing.
fn all_of(a: BoolExpr, b: BoolExpr) -> BoolExpr {
    match b {
        BoolExpr::And(parts) => BoolExpr::And(Box::new((all_of(a, parts.0), parts.1))),
        b => BoolExpr::And(Box::new((a, b))),
    }
}
/// As [`all_of`], of `||`.
fn any_of(a: BoolExpr, b: BoolExpr) -> BoolExpr {
    match b {
        BoolExpr::Or(parts) => BoolExpr::Or(Box::new((any_of(a, parts.0), parts.1))),
        b => BoolExpr::Or(Box::new((a, b))),
    }
}

/// Both, after both were looked at.
fn both<A, B>(a: Option<A>, b: Option<B>) -> Option<(A, B)> {
    Some((a?, b?))
}

fn field_expr(f: Field) -> Expr {
    match Field::ALL.iter().find(|x| x.1 == f).map(|x| x.2) {
        Some(Type::Number) => Expr::Number(NumberExpr::Field(f)),
        _ => Expr::Text(TextExpr::Field(f)),
    }
}
