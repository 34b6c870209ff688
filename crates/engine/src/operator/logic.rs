//! # logic
//!
//! All, any, none or at least k of earlier signals, in three values: what cannot change the answer may be unknown.
//!
//! | field | what it is |
//! |---|---|
//! | `mode` | `all`, `any`, `not` (one input), `k_of` |
//! | `k` | with `k_of`: how many; default 2 |
//! | `inputs` | names of earlier signals that hold or do not |
//!
//! `all` is false as soon as one input is, and true only when every one is; `any` the other way round; `k_of` is true
//! when k inputs are, false when k cannot be reached any more, else unknown.
//!
//! State per key: none but the last answer.
//!
//! ```toml
//! rule = "two_of_three"
//! name = { zh = "三项中的两项", en = "Two of three signs" }
//! key = "subject"
//! severity = "attention"
//! case_class = "fire.shed"
//! sentence = { zh = "至少两项异常", en = "at least two signs" }
//!
//! [signals.hot]
//! operator = "level"
//! raise = "temperature_c >= 45.0"
//!
//! [signals.loud]
//! operator = "level"
//! raise = "noise_db > 80.0"
//!
//! [signals.smoky]
//! operator = "level"
//! raise = "smoke"
//!
//! [signal]
//! operator = "logic"
//! mode = "k_of"
//! k = 2
//! inputs = ["hot", "loud", "smoky"]
//!
//! [[trace]]
//! name = "hot_and_loud_is_enough"
//! kind = "ends"
//! script = '''
//! d1 08:00 t1 temperature_c 46 area:S1     # one; of the others nothing is known
//! d1 08:10 n1 noise_db 85 area:S1          # two
//! d1 08:20 t1 temperature_c 40 area:S1     # one is left, and smoke is not known: it cannot be told
//! d1 08:30 s1 smoke false area:S1
//! expect opened area:S1 d1 08:10
//! expect ended area:S1 d1 08:30
//! '''
//! ```

use super::{Explained, Said, Truth};
use linli_model::Text;
use linli_rule::plan::{self, Mode};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    truth: Truth,
    /// Inputs that hold, that do not, that are unknown.
    counts: (u8, u8, u8),
}

impl State {
    pub(crate) fn begin() -> Self {
        State { truth: Truth::Unknown, counts: (0, 0, 0) }
    }

    pub(crate) fn step(&mut self, p: &plan::Logic, said: impl Fn(u8) -> Said) {
        let (mut yes, mut no, mut unknown) = (0u8, 0u8, 0u8);
        for i in &p.inputs {
            match said(*i) {
                Said::Truth(Truth::True) => yes += 1,
                Said::Truth(Truth::False) => no += 1,
                _ => unknown += 1,
            }
        }
        self.counts = (yes, no, unknown);
        let all = p.inputs.len() as u8;
        let of = |k: u8| match (yes >= k, yes + unknown < k) {
            (true, _) => Truth::True,
            (_, true) => Truth::False,
            _ => Truth::Unknown,
        };
        self.truth = match p.mode {
            Mode::All => of(all),
            Mode::Any => of(1),
            Mode::KOf(k) => of(k as u8),
            Mode::Not => match of(1) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                Truth::Unknown => Truth::Unknown,
            },
        };
    }

    pub(crate) fn truth(&self) -> Truth {
        self.truth
    }

    pub(crate) fn explain(&self) -> Explained {
        let (yes, no, unknown) = self.counts;
        Explained {
            steps: vec![Text::new(
                format!("{yes} 项成立,{no} 项不成立,{unknown} 项未知。"),
                format!("{yes} hold, {no} do not, {unknown} are unknown."),
            )],
            ..Explained::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Truth::{False, True, Unknown};

    fn answer(mode: Mode, inputs: &[Truth]) -> Truth {
        let plan = plan::Logic { mode, inputs: (0..inputs.len() as u8).collect() };
        let mut state = State::begin();
        state.step(&plan, |i| Said::Truth(inputs[i as usize]));
        state.truth()
    }

    #[test]
    fn what_cannot_change_the_answer_may_be_unknown() {
        for (mode, inputs, want) in [
            (Mode::All, &[True, True][..], True),
            (Mode::All, &[False, Unknown], False),
            (Mode::All, &[True, Unknown], Unknown),
            (Mode::Any, &[True, Unknown], True),
            (Mode::Any, &[False, Unknown], Unknown),
            (Mode::Any, &[False, False], False),
            (Mode::Not, &[Unknown], Unknown),
            (Mode::Not, &[False], True),
            (Mode::KOf(2), &[True, True, Unknown], True),
            (Mode::KOf(2), &[True, False, Unknown], Unknown),
            (Mode::KOf(2), &[False, False, Unknown], False),
        ] {
            assert_eq!(answer(mode, inputs), want, "{mode:?} {inputs:?}");
        }
    }
}
