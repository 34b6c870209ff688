//! A node: an operator with the readings it hears and the signals it reads, from its table.

use crate::{
    catalogue::Catalogue,
    condition::Names,
    expr::Type,
    fields::Fields,
    operator::Operator,
    plan::{Node, Parameter},
    read::Section,
};
use linli_model::Measure;
use std::cell::{Cell, RefCell};

/// What all nodes of a rule share.
pub(crate) struct Context<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) parameters: &'a [Parameter],
    pub(crate) measures: &'a RefCell<Vec<Measure>>,
    pub(crate) used: &'a Cell<u32>,
    /// Bit i: the rule's node i says a count.
    pub(crate) counting: &'a Cell<u8>,
}

pub(crate) fn read(
    section: &Section<'_, '_>,
    name: &str,
    earlier: &[(String, Type)],
    context: &Context<'_>,
) -> Option<Node> {
    let operator = section.word("operator", &Operator::NAMES.map(|n| (n, n)));
    if section.table.get("operator").is_none() {
        let list = Operator::NAMES.join(", ");
        section.missing("operator", &format!("{list} 之一。"), &format!("one of {list}."));
    }
    let of = section.strings("of");
    if let (Some(o @ ("occupancy" | "roll")), Some(found)) = (operator, section.table.get("of")) {
        section.tell(
            "of",
            found.span().start,
            "unknown_field",
            format!("{o} 没有 of:它的量写在它自己的字段里。"),
            format!("{o} has no of: its measures stand in its own fields."),
        );
    }
    let names = Names {
        catalogue: context.catalogue,
        parameters: context.parameters,
        measures: context.measures,
        nodes: earlier,
        value: None,
        heard: Cell::new(0),
        read: Cell::new(0),
        used: context.used,
        counting: context.counting.get(),
    };
    let mut fields = Fields { section, context, names, has_of: !of.is_empty() };
    let of_types = fields.of(&of);
    fields.names.value = single(&of_types);
    let before = section.source.wrong_so_far();
    let when = fields.flag("when", false);
    let operator = operator.and_then(|o| Operator::read(o, &fields));
    section.finish();
    if section.source.wrong_so_far() > before {
        return None;
    }
    let own = fields.names.heard.get();
    let listed = of.iter().filter_map(|m| fields.names.measure(&m.value)).fold(0u32, |bits, i| bits | 1 << i);
    Some(Node {
        name: name.to_owned(),
        hears: own,
        reads: fields.names.read.get(),
        true_flags_only: when.is_none(),
        when,
        of: if listed == 0 { own } else { listed },
        operator: operator?,
    })
}

fn single(types: &[Type]) -> Option<Type> {
    let first = *types.first()?;
    types.iter().all(|t| *t == first).then_some(first)
}
