//! The indicators, one row each: what it is called, how it is reckoned, in words and as a formula.
//!
//! Source of the rates: GB/T 30428.4 (digital supervision of cities, evaluation) and the reports of districts that
//! use it; of the hotline's: the yearly assessment rules of 12345. What a word of theirs means in our stages
//! is said in each formula's words, and in docs/indicators.md, which is made from this table.

use crate::{
    Measure,
    number::{MINUTES_PER_DAY, THOUSANDTHS},
};
use linli_casework::PromiseKind;
use linli_model::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    Count(Measure),
    Share {
        of: Measure,
        among: Measure,
    },
    /// `of` / (`of` + `other`).
    OneOfTwo {
        of: Measure,
        other: Measure,
    },
    /// Mean of a weight given in thousandths.
    MeanWeight(Measure),
    MeanDays(Measure),
}

/// Which way is better; none where neither is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    More,
    Less,
    Neither,
}

#[derive(Clone, Copy, Debug)]
pub struct Indicator {
    pub code: &'static str,
    label: (&'static str, &'static str),
    words: (&'static str, &'static str),
    pub formula: Formula,
    pub better: Better,
}

/// In the order they are shown.
pub const CATALOGUE: &[Indicator] = &[
    Indicator {
        code: "reported",
        label: ("受理上报数", "Cases that came in"),
        words: ("期内上报的案件数", "Cases opened in the period"),
        formula: Formula::Count(Measure::Reported),
        better: Better::Neither,
    },
    Indicator {
        code: "found_first",
        label: ("主动发现率", "Found before the first complaint"),
        words: (
            "感知、巡查等主动发现 ÷(主动发现 + 居民和热线反映),按上报时间",
            "Found by sensors, patrols and staff ÷ (found + reported by residents or the hotline), by time of opening",
        ),
        formula: Formula::OneOfTwo { of: Measure::FoundFirst, other: Measure::Complained },
        better: Better::More,
    },
    Indicator {
        code: "filed_rate",
        label: ("立案率", "Filing rate"),
        words: ("立案(已受理)÷ 期内上报", "Accepted for handling ÷ came in during the period"),
        formula: Formula::Share { of: Measure::Filed, among: Measure::Reported },
        better: Better::Neither,
    },
    Indicator {
        code: "dispatched_rate",
        label: ("派遣率", "Dispatch rate"),
        words: (
            "已派遣(有人开始处置或转出)÷ 期内上报并立案",
            "Given to who handles it and begun, or passed out ÷ filed, of what came in during the period",
        ),
        formula: Formula::Share { of: Measure::Dispatched, among: Measure::Filed },
        better: Better::More,
    },
    Indicator {
        code: "closed_rate",
        label: ("结案率", "Closing rate"),
        words: (
            "结案(核查通过并已答复)÷ 应结案(首个处置时限在期内到期;作废、合并、撤回的不计,挂账的待恢复后计)",
            "Verified and answered ÷ due: the first time for handling fell in the period (void ones are left out; a stopped clock counts once it runs again)",
        ),
        formula: Formula::Share { of: Measure::DueClosed, among: Measure::Due },
        better: Better::More,
    },
    Indicator {
        code: "on_time_rate",
        label: ("按期结案率", "On-time closing rate"),
        words: (
            "结案且首轮处置时限兑现 ÷ 应结案;核查未通过的不算兑现",
            "Closed with the first round's time for handling kept ÷ due in the period; what a check refused was not kept",
        ),
        formula: Formula::Share { of: Measure::DueOnTime, among: Measure::Due },
        better: Better::More,
    },
    Indicator {
        code: "rework_rate",
        label: ("返工率", "Rework rate"),
        words: (
            "被核查或复核退回过 ÷ 应结案",
            "Sent back by a check or a review at least once ÷ due in the period",
        ),
        formula: Formula::Share { of: Measure::DueReworked, among: Measure::Due },
        better: Better::Less,
    },
    Indicator {
        code: "extension_rate",
        label: ("延期率", "Extension rate"),
        words: ("获准延期 ÷ 应结案", "Given more time ÷ due in the period"),
        formula: Formula::Share { of: Measure::DueExtended, among: Measure::Due },
        better: Better::Less,
    },
    Indicator {
        code: "contact_rate",
        label: ("先行联系率", "First-contact rate"),
        words: (
            "按时先行联系 ÷ 应先行联系(未评价的不计)",
            "First contact in time ÷ first contacts due in the period (not assessed ones are left out)",
        ),
        formula: Formula::OneOfTwo {
            of: Measure::Kept(PromiseKind::FirstContact),
            other: Measure::Broken(PromiseKind::FirstContact),
        },
        better: Better::More,
    },
    Indicator {
        code: "solved_rate",
        label: ("实际解决率", "Really solved"),
        words: (
            "实际解决 ÷(实际解决 + 解释说明),按答复时间",
            "Solved ÷ (solved + explained), by time of the answer",
        ),
        formula: Formula::OneOfTwo { of: Measure::Solved, other: Measure::Explained },
        better: Better::More,
    },
    Indicator {
        code: "said_solved_rate",
        label: ("居民认可解决率", "Solved, in the reporters' words"),
        words: (
            "反映人说已解决 ÷ 回答了这一问的反映人",
            "Reporters who say it is solved ÷ reporters who answered that question in the period",
        ),
        formula: Formula::Share { of: Measure::SaidSolved, among: Measure::AskedSolved },
        better: Better::More,
    },
    Indicator {
        code: "satisfaction",
        label: ("满意度", "Satisfaction"),
        words: (
            "Σ 权重 ÷ 评价数;满意 1、基本满意 0.8、一般 0.6、不满意 0;未评价的不计",
            "Σ weights ÷ ratings of the period; satisfied 1, mostly 0.8, so-so 0.6, dissatisfied 0; silence is left out",
        ),
        formula: Formula::MeanWeight(Measure::Rated),
        better: Better::More,
    },
    Indicator {
        code: "rated_rate",
        label: ("评价率", "Share that answered"),
        words: (
            "作出评价的反映人 ÷ 期内答复时征询的反映人",
            "Reporters who gave their word on an answer ÷ reporters asked with the answers of the period",
        ),
        formula: Formula::Share { of: Measure::Replied, among: Measure::Asked },
        better: Better::More,
    },
    Indicator {
        code: "disputed",
        label: ("异议数", "Disputes"),
        words: ("期内反映人提出异议的次数", "Times a reporter disagreed in the period"),
        formula: Formula::Count(Measure::Disputed),
        better: Better::Less,
    },
    Indicator {
        code: "handling_days",
        label: ("平均办结周期", "Mean days to handled"),
        words: (
            "Σ(处置完成时间 − 上报时间)÷ 期内答复的案件,单位天",
            "Σ (handled − opened) ÷ cases answered in the period, in days",
        ),
        formula: Formula::MeanDays(Measure::Handling),
        better: Better::Less,
    },
    kept("kept_accept", ("受理时限兑现率", "Accepted in time"), PromiseKind::Accept),
    kept("kept_complete", ("处置时限兑现率", "Handled in time"), PromiseKind::Complete),
    kept("kept_verify", ("核查时限兑现率", "Verified in time"), PromiseKind::Verify),
    kept("kept_answer", ("答复时限兑现率", "Answered in time"), PromiseKind::Answer),
    kept("kept_review", ("复核时限兑现率", "Reviewed in time"), PromiseKind::Review),
    kept("kept_three_day", ("三天承诺兑现率", "Three-day promise kept"), PromiseKind::ThreeDay),
];

const fn kept(code: &'static str, label: (&'static str, &'static str), kind: PromiseKind) -> Indicator {
    Indicator {
        code,
        label,
        words: (
            "兑现 ÷(兑现 + 未兑现),到期日在期内;作废的不计",
            "Kept ÷ (kept + broken) of what fell due in the period; void ones are left out",
        ),
        formula: Formula::OneOfTwo { of: Measure::Kept(kind), other: Measure::Broken(kind) },
        better: Better::More,
    }
}

pub fn find(code: &str) -> Option<&'static Indicator> {
    CATALOGUE.iter().find(|i| i.code == code)
}

impl Indicator {
    pub fn label(&self) -> Text {
        Text::new(self.label.0, self.label.1)
    }
    /// How it is reckoned, in words.
    pub fn words(&self) -> Text {
        Text::new(self.words.0, self.words.1)
    }
    /// The measures whose rows are behind it: its numerator's first.
    pub fn measures(&self) -> Vec<Measure> {
        match self.formula {
            Formula::Count(m) | Formula::MeanWeight(m) | Formula::MeanDays(m) => vec![m],
            Formula::Share { of, among } => vec![of, among],
            Formula::OneOfTwo { of, other } => vec![of, other],
        }
    }
    /// Whether the second of its measures is the whole denominator, not what else is in it.
    pub fn rest_is_whole(&self) -> bool {
        matches!(self.formula, Formula::Share { .. })
    }
    /// What one tally says, in the number's unit; none where it only counts.
    pub fn value_of(&self, n: i64, sum: i64) -> Option<f64> {
        let scale = match self.formula {
            Formula::MeanWeight(_) => THOUSANDTHS,
            Formula::MeanDays(_) => MINUTES_PER_DAY,
            _ => return None,
        };
        (n > 0).then(|| sum as f64 / n as f64 / scale)
    }
    /// `share`, `count` or `days`.
    pub fn unit(&self) -> &'static str {
        match self.formula {
            Formula::Count(_) => "count",
            Formula::MeanDays(_) => "days",
            _ => "share",
        }
    }
}
