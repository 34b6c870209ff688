//! From a rule's text to its plan.
//!
//! Invariants
//! - CE1 Every mistake is told, in the order of the text, with line, column, both languages and a suggestion where
//!   there is one; the check never stops at the first. Beyond `MISTAKES_MAX` it says how many more there are.
//! - CE2 A plan comes out only when nothing was wrong.

use crate::{
    catalogue::Catalogue,
    expr::Type,
    node::{self, Context},
    plan::{
        Emission, Key, NODES_MAX, Node, Operator, PARAMETERS_MAX, Parameter, Quantity, RulePlan, TraceKind,
        TraceText, Unit,
    },
    print::print,
    read::{Section, Source},
    sentence,
    thresholds::{Nudge, Threshold},
};
use linli_model::{Diagnostic, Severity, Text};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    sync::Arc,
};
use toml::de::DeTable;

/// Longest rule text, in bytes.
pub const TEXT_BYTES_MAX: usize = 256 * 1024;

/// Checks a rule's text. All mistakes come back together; what passed once under this catalogue is not read again (RM1).
pub fn check(text: &str, catalogue: &Catalogue) -> Result<Arc<RulePlan>, Vec<Diagnostic>> {
    if let Some(plan) = catalogue.plans.find(text) {
        return Ok(plan);
    }
    let plan = read(text, catalogue, None, None).0?;
    catalogue.plans.keep(text, &plan);
    Ok(plan)
}

type Read = (Result<Arc<RulePlan>, Vec<Diagnostic>>, Vec<Threshold>);

/// What else somebody has to say about a rule's text and its plan, if there is one.
pub(crate) type More<'m> = &'m dyn Fn(&Section<'_, '_>, Option<&RulePlan>);

/// The check, with the thresholds it met; one of them may be nudged.
pub(crate) fn read(text: &str, catalogue: &Catalogue, nudge: Option<Nudge>, more: Option<More<'_>>) -> Read {
    if text.len() > TEXT_BYTES_MAX {
        return (Err(vec![too_long()]), Vec::new());
    }
    let source = Source::of(text, nudge);
    let (table, errors) = DeTable::parse_recoverable(text);
    for e in errors {
        let at = e.span().map_or(0, |s| s.start);
        let said = e.message().lines().next().unwrap_or("").to_owned();
        source.tell(
            at,
            Diagnostic::new("syntax", "", format!("写法不对:{said}"), format!("This cannot be read: {said}")),
        );
    }
    let root = Section::of(&source, table.get_ref(), "", 0);
    let plan = rule(&root, catalogue);
    if let Some(more) = more {
        more(&root, plan.as_ref());
    }
    root.finish();
    let thresholds = source.take_thresholds();
    let wrong = source.into_wrong();
    let plan = match plan {
        // As it is printed it has to pass again (RU3); escapes make a long text longer, a short one never too long.
        Some(plan)
            if wrong.is_empty() && text.len() > TEXT_BYTES_MAX / 8 && print(&plan).len() > TEXT_BYTES_MAX =>
        {
            Err(vec![too_long()])
        }
        Some(plan) if wrong.is_empty() => Ok(Arc::new(plan)),
        _ if wrong.is_empty() => {
            Err(vec![Diagnostic::new("incomplete", "", "规则不完整。", "The rule is incomplete.")])
        }
        _ => Err(wrong),
    };
    (plan, thresholds)
}

fn too_long() -> Diagnostic {
    let (zh, en) = ("规则文字太长,最多 256 KiB。", "The rule's text is too long; at most 256 KiB.");
    Diagnostic::new("too_long", "", zh, en)
}

const SEVERITIES: [(&str, Severity); 4] = [
    ("info", Severity::Info),
    ("attention", Severity::Attention),
    ("urgent", Severity::Urgent),
    ("alarm", Severity::Alarm),
];

pub(crate) fn find_severity(word: &str) -> Option<Severity> {
    SEVERITIES.iter().find(|s| s.0 == word).map(|s| s.1)
}
pub(crate) fn severity_word(severity: Severity) -> &'static str {
    SEVERITIES.iter().find(|s| s.1 == severity).map_or("", |s| s.0)
}

fn rule(root: &Section<'_, '_>, catalogue: &Catalogue) -> Option<RulePlan> {
    let code = code(root, "rule");
    let version = root.number("version").map_or(1, |v| v.value as u32);
    let name = root.text("name", true);
    let about = root.text("about", false).map_or_else(Text::default, |t| t.value);
    let key = key(root);
    let apart = match &key {
        Some(Key::Subject | Key::Value) => level(root, "apart"),
        _ => None,
    };
    let severity = root.word("severity", &SEVERITIES);
    if root.table.get("severity").is_none() {
        root.missing("severity", "info、attention、urgent 或 alarm。", "info, attention, urgent or alarm.");
    }
    let case_class = case_class(root);
    let emission = root
        .word("emission", &[("settled", Emission::Settled), ("eager", Emission::Eager)])
        .unwrap_or(Emission::Settled);
    let mandatory = root.flag("mandatory").unwrap_or(false);
    let suspects = root.flag("suspects").unwrap_or(false);
    let parameters = parameters(root);

    let (measures, used) = (RefCell::default(), Cell::new(0));
    let counting = Cell::new(0);
    let context =
        Context { catalogue, parameters: &parameters, measures: &measures, used: &used, counting: &counting };
    let nodes = nodes(root, &context);
    let names: Vec<String> =
        nodes.iter().flatten().map(|n| n.name.clone()).filter(|n| n != "signal").collect();
    let sentence = sentence::read(root, &parameters, &names);
    tell_unused(root, &parameters, used.get());
    let traces = traces(root);
    let nodes = nodes?;
    if emission == Emission::Eager {
        check_eager(root, &nodes);
    }
    if suspects && (emission == Emission::Eager || mandatory) {
        let at = root.find("suspects").map_or(0, |f| f.span().start);
        root.tell(
            "suspects",
            at,
            "never_suspended",
            "怀疑人或户的规则误报多了会自行停用;生命安全规则(eager)和强制规则(mandatory)永不停用。两者只能取一。".to_owned(),
            "A rule that suspects somebody goes out of force when it is wrong too often; one of life safety (eager) or a \
             mandatory one never does. It can be only one of the two."
                .to_owned(),
        );
    }
    check_roll(root, key.as_ref(), &nodes);
    Some(RulePlan {
        rule: code?,
        version,
        name: name?.value,
        about,
        key: key?,
        apart,
        severity: severity?,
        case_class: case_class?,
        emission,
        mandatory,
        suspects,
        parameters,
        measures: measures.into_inner(),
        nodes,
        sentence: sentence?,
        traces,
    })
}

/// Whether it can be a rule's code: lower-case letters, digits and underscores, a letter first.
pub fn is_code(s: &str) -> bool {
    s.starts_with(|c: char| c.is_ascii_lowercase())
        && s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && s.len() <= 64
}

fn code(root: &Section<'_, '_>, name: &str) -> Option<String> {
    let Some(found) = root.string(name) else {
        if root.table.get(name).is_none() {
            root.missing(name, "规则的代码。", "the rule's code.");
        }
        return None;
    };
    if is_code(&found.value) {
        return Some(found.value);
    }
    root.tell(
        name,
        found.span.start,
        "code",
        format!("代码 {} 应为小写字母、数字和下划线,以字母开头。", found.value),
        format!(
            "The code {} should be lower-case letters, digits and underscores, a letter first.",
            found.value
        ),
    );
    None
}

fn case_class(root: &Section<'_, '_>) -> Option<String> {
    let Some(found) = root.string("case_class") else {
        if root.table.get("case_class").is_none() {
            root.missing("case_class", "案件类别的代码。", "the code of the case class.");
        }
        return None;
    };
    if found.value.split('.').all(is_code) {
        return Some(found.value);
    }
    root.tell(
        "case_class",
        found.span.start,
        "code",
        "类别代码应像 care.elder_not_out。".to_owned(),
        "A class code looks like care.elder_not_out.".to_owned(),
    );
    None
}

fn key(root: &Section<'_, '_>) -> Option<Key> {
    let population = root.string("population");
    let words = [
        ("device", Key::Device),
        ("subject", Key::Subject),
        ("value", Key::Value),
        ("area", Key::Area { depth: 1 }),
    ];
    let key = root.word("key", &words).map(|k| match k {
        Key::Area { .. } => Key::Area { depth: level(root, "depth").unwrap_or(1) },
        other => other,
    });
    match (population, root.table.get("key").is_some()) {
        (Some(p), true) => {
            root.tell(
                "population",
                p.span.start,
                "two_keys",
                "population 和 key 只能写一个。".to_owned(),
                "Give either population or key.".to_owned(),
            );
            None
        }
        (Some(p), false) if is_code(&p.value) => Some(Key::Population(p.value)),
        (Some(p), false) => {
            root.tell(
                "population",
                p.span.start,
                "code",
                "人群代码应为小写字母、数字和下划线。".to_owned(),
                "A population's code is lower-case letters, digits and underscores.".to_owned(),
            );
            None
        }
        (None, true) => key,
        (None, false) => {
            root.missing(
                "key",
                "population = \"…\",或 key = \"device\"、\"subject\"、\"value\"、\"area\"。",
                "population = \"…\", or key = \"device\", \"subject\", \"value\" or \"area\".",
            );
            None
        }
    }
}

/// So many levels below the residential area.
fn level(root: &Section<'_, '_>, field: &str) -> Option<u32> {
    let found = root.number(field)?;
    if found.value.fract() != 0.0 || !(0.0..=8.0).contains(&found.value) {
        root.tell(
            field,
            found.span.start,
            "out_of_bounds",
            format!("{field} 是 0 到 8 的整数:0 为居民区本身,1 为小区,2 为楼。"),
            format!(
                "{field} is a whole number from 0 to 8: 0 is the residential area itself, 1 its estates, 2 their buildings."
            ),
        );
    }
    Some(found.value as u32)
}

fn parameters(root: &Section<'_, '_>) -> Vec<Parameter> {
    let Some(table) = root.table("parameters") else { return Vec::new() };
    let mut out: Vec<Parameter> = Vec::new();
    for name in table.keys() {
        let Some(section) = table.table(&name) else { continue };
        if out.len() >= PARAMETERS_MAX || !is_code(&name) {
            table.tell(
                &name,
                section.start,
                "code",
                format!("参数名 {name} 不合规,或参数超过 {PARAMETERS_MAX} 个。"),
                format!("{name} is no name for a parameter, or there are more than {PARAMETERS_MAX}."),
            );
            continue;
        }
        if let Some(p) = parameter(&section, &name) {
            out.push(p);
        }
    }
    table.finish();
    out
}

fn parameter(section: &Section<'_, '_>, name: &str) -> Option<Parameter> {
    let label = section.text("label", true);
    let unit = section.string("unit").map_or(Unit::Other(String::new()), |u| Unit::parse(&u.value));
    let (value, min, max) = (section.number("value"), section.number("min"), section.number("max"));
    for (field, found) in [("value", &value), ("min", &min), ("max", &max)] {
        if found.is_none() && section.table.get(field).is_none() {
            section.missing(field, "参数要有值和上下限。", "a parameter has a value and both bounds.");
        }
    }
    section.finish();
    let (value, min, max) = (value?, min?, max?);
    if min.value > value.value || value.value > max.value {
        section.tell(
            "value",
            value.span.start,
            "out_of_bounds",
            format!("{} 不在 {} 到 {} 之间。", value.value, min.value, max.value),
            format!("{} does not lie between {} and {}.", value.value, min.value, max.value),
        );
    }
    Some(Parameter {
        name: name.to_owned(),
        label: label?.value,
        value: value.value,
        min: min.value,
        max: max.value,
        unit,
    })
}

/// The nodes before the signal, then the signal; None when one of them is not right.
fn nodes(root: &Section<'_, '_>, context: &Context<'_>) -> Option<Vec<Node>> {
    let (mut nodes, mut types, mut right): (Vec<Node>, Vec<(String, Type)>, bool) =
        (Vec::new(), Vec::new(), true);
    if let Some(earlier) = root.table("signals") {
        for name in earlier.keys() {
            let Some(section) = earlier.table(&name) else { continue };
            if !is_code(&name) || nodes.len() + 1 >= NODES_MAX || name == "signal" {
                earlier.tell(
                    &name,
                    section.start,
                    "code",
                    format!("信号名 {name} 不合规,或信号超过 {NODES_MAX} 个。"),
                    format!("{name} is no name for a signal, or there are more than {NODES_MAX}."),
                );
                right = false;
                continue;
            }
            match node::read(&section, &name, &types, context) {
                Some(n) => {
                    let counts = u8::from(n.operator.counts());
                    context.counting.set(context.counting.get() | counts << types.len());
                    types.push((name, n.operator.says()));
                    nodes.push(with_inputs(n, &nodes));
                }
                None => right = false,
            }
        }
        earlier.finish();
    }
    let Some(section) = root.table("signal") else {
        if root.table.get("signal").is_none() {
            root.missing("signal", "规则要有 [signal]。", "a rule has a [signal].");
        }
        return None;
    };
    let signal = node::read(&section, "signal", &types, context)?;
    if !signal.operator.is_level() {
        section.tell(
            "operator",
            section.start,
            "not_a_level",
            format!("{0} 只给出数,不能直接作信号;请放进 [signals.…],再用 level 比较。", signal.operator.as_str()),
            format!(
                "{} gives a number and cannot be the signal itself; put it under [signals.…] and compare it with level.",
                signal.operator.as_str()
            ),
        );
        return None;
    }
    nodes.push(with_inputs(signal, &nodes));
    right.then_some(nodes)
}

/// A node hears what the nodes it reads hear.
fn with_inputs(mut n: Node, earlier: &[Node]) -> Node {
    for (i, e) in earlier.iter().enumerate() {
        if n.reads & 1 << i != 0 {
            n.hears |= e.hears;
        }
    }
    n
}

fn tell_unused(root: &Section<'_, '_>, parameters: &[Parameter], used: u32) {
    let Some(table) = root.table("parameters") else { return };
    for (i, p) in parameters.iter().enumerate() {
        if used & 1 << i == 0 {
            let at = table.find(&p.name).map_or(table.start, |f| f.span().start);
            table.tell(
                &p.name,
                at,
                "unused_parameter",
                format!("参数 {} 没有用到。", p.name),
                format!("The parameter {} is not used.", p.name),
            );
        }
    }
}

fn check_eager(root: &Section<'_, '_>, nodes: &[Node]) {
    let fits = nodes.iter().all(|n| match &n.operator {
        Operator::Level(l) => l.hold == Quantity::ZERO && l.clear_hold == Quantity::ZERO,
        Operator::Occupancy(_) => true,
        _ => false,
    });
    if !fits {
        let at = root.find("emission").map_or(0, |f| f.span().start);
        root.tell(
            "emission",
            at,
            "not_eager",
            "只有不带 hold 的 level 和 occupancy 能立即发出(eager)。".to_owned(),
            "Only level without hold times and occupancy can be eager.".to_owned(),
        );
    }
}

/// A roll speaks for an area.
fn check_roll(root: &Section<'_, '_>, key: Option<&Key>, nodes: &[Node]) {
    let rolls = nodes.iter().any(|n| matches!(n.operator, Operator::Roll(_)));
    if rolls && !matches!(key, Some(Key::Area { .. })) {
        let at = root.find("key").map_or(0, |f| f.span().start);
        root.tell(
            "key",
            at,
            "not_an_area",
            "有 roll 的规则以区域为对象:key = \"area\"。".to_owned(),
            "A rule with a roll is about areas: key = \"area\".".to_owned(),
        );
    }
}

fn traces(root: &Section<'_, '_>) -> Vec<TraceText> {
    let mut names = BTreeSet::new();
    let mut out = Vec::new();
    for section in root.tables("trace") {
        let (name, kind, script) =
            (code(&section, "name"), section.word("kind", &TraceKind::ALL), section.string("script"));
        for field in ["kind", "script"] {
            if section.table.get(field).is_none() {
                section.missing(
                    field,
                    "样例轨迹要有 name、kind、script。",
                    "a trace has name, kind and script.",
                );
            }
        }
        section.finish();
        let (Some(name), Some(kind), Some(script)) = (name, kind, script) else { continue };
        if !names.insert(name.clone()) {
            section.tell(
                "name",
                section.start,
                "duplicate",
                format!("轨迹 {name} 出现了两次。"),
                format!("The trace {name} stands here twice."),
            );
        }
        let line = section.source.place(section.source.inside_string(&script.span)).0;
        out.push(TraceText { name, kind, script: script.value, line });
    }
    out
}
