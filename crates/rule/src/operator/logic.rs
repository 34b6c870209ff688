//! logic: all, any, none or some of earlier signals.

use crate::{
    expr::Type,
    fields::Fields,
    plan::NODES_MAX,
    print::{Printer, quoted},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Logic {
    pub mode: Mode,
    /// Earlier signals, by number.
    pub inputs: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    All,
    Any,
    Not,
    /// At least so many.
    KOf(u32),
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::All => "all",
            Mode::Any => "any",
            Mode::Not => "not",
            Mode::KOf(_) => "k_of",
        }
    }
}

const MODES: [(&str, Mode); 4] =
    [("all", Mode::All), ("any", Mode::Any), ("not", Mode::Not), ("k_of", Mode::KOf(2))];

impl Logic {
    pub(crate) fn read(f: &Fields<'_, '_, '_, '_>) -> Option<Logic> {
        let mode = f.section.word("mode", &MODES);
        let names = f.section.strings("inputs");
        for (field, zh, en) in [
            ("mode", "all、any、not 或 k_of。", "all, any, not or k_of."),
            ("inputs", "前面信号的名字。", "names of earlier signals."),
        ] {
            if f.section.table.get(field).is_none() {
                f.section.missing(field, zh, en);
            }
        }
        let inputs: Vec<Option<u8>> = names.iter().map(|n| f.signal("inputs", n, Type::Flag)).collect();
        let mode = match mode? {
            Mode::KOf(_) => Mode::KOf(f.whole("k", 2, 1, NODES_MAX as u32)?),
            mode => mode,
        };
        let inputs: Vec<u8> = inputs.into_iter().collect::<Option<_>>()?;
        let fits = inputs.len() <= NODES_MAX
            && match mode {
                Mode::Not => inputs.len() == 1,
                Mode::KOf(k) => inputs.len() >= k as usize,
                _ => !inputs.is_empty(),
            };
        if !fits {
            let at = f.section.find("inputs").map_or(f.section.start, |i| i.span().start);
            f.section.tell(
                "inputs",
                at,
                "out_of_bounds",
                format!("not 只要一个输入;k_of 的输入不能少于 k;其余至少一个;最多 {NODES_MAX} 个。"),
                format!(
                    "not takes one input, k_of no fewer than k, the others at least one; at most {NODES_MAX}."
                ),
            );
        }
        fits.then_some(Logic { mode, inputs })
    }

    pub(crate) fn print(&self, p: &mut Printer<'_>) {
        p.line("mode", quoted(self.mode.as_str()));
        if let Mode::KOf(k) = self.mode {
            p.line("k", k.to_string());
        }
        let names: Vec<String> = self.inputs.iter().map(|i| quoted(p.signal(*i))).collect();
        p.line("inputs", format!("[{}]", names.join(", ")));
    }
}
