//! The score of a street at the hotline 12345, out of its parts; weights and deductions are data.
//!
//! Source: the assessment form of a town of Shanghai (domain facts, section 3): 95 points, plus or minus
//! adjustments. A part without cases shows blank and gives no points; whether blank parts are made good is the
//! district's to say, by an adjustment.

use linli_model::{Diagnostic, Text};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Points of each part, in full.
    pub volume: f64,
    pub contact: f64,
    pub judged: f64,
    pub satisfaction: f64,
    /// Points taken for each ticket that was late.
    pub late: f64,
    /// The most that lateness takes.
    pub late_max: f64,
}

/// What a period came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Period12345 {
    /// Tickets of this street, and of its peer group, where that is known.
    pub volume: i64,
    pub group_volume: Option<i64>,
    /// First contacts made, of those assessed (未评价 left out).
    pub contacted: i64,
    pub contact_assessed: i64,
    /// Closed tickets of which somebody judged whether the matter was solved (诉求解决).
    pub judged: i64,
    pub solved: i64,
    pub explained: i64,
    /// Σ weights in thousandths over the ratings that were given.
    pub satisfaction_sum: i64,
    pub rated: i64,
    pub late: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub code: &'static str,
    pub label: Text,
    /// How its points come about, with the weight that is in force.
    pub formula: Text,
    /// None where there is nothing to judge by.
    pub share: Option<f64>,
    pub points: Option<f64>,
    pub points_max: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    pub parts: Vec<Part>,
    pub deducted: f64,
    pub deducted_formula: Text,
    pub total: f64,
    pub total_max: f64,
    /// Beside the score: 实际解决 / (实际解决 + 解释说明).
    pub solved: Option<f64>,
}

fn share(of: i64, among: i64) -> Option<f64> {
    (among > 0).then(|| of as f64 / among as f64)
}

pub fn score(p: &Period12345, w: &Weights) -> Score {
    let part = |code, [zh, en]: [&str; 2], [how_zh, how_en]: [&str; 2], share: Option<f64>, max: f64| Part {
        code,
        label: Text::new(zh, en),
        formula: Text::new(format!("{how_zh} × {max} 分"), format!("{how_en} × {max} points")),
        share,
        points: share.map(|s| s * max),
        points_max: max,
    };
    let judged = share(i64::from(p.judged > 0), 1).filter(|_| p.volume > 0);
    let parts = vec![
        part(
            "volume",
            ["办件量占同组比", "Share of the group's volume"],
            ["本街道办件量 ÷ 同组办件量", "this street's tickets ÷ those of its group"],
            // A figure of an earlier day that the street itself has passed since is none.
            p.group_volume.filter(|g| *g >= p.volume).and_then(|g| share(p.volume, g)),
            w.volume,
        ),
        part(
            "contact",
            ["先行联系", "First contact"],
            ["按时先行联系数 ÷ 应先行联系数", "first contacts in time ÷ first contacts due"],
            share(p.contacted, p.contact_assessed),
            w.contact,
        ),
        part(
            "judged",
            ["诉求解决评判", "Solving judged"],
            ["有评判为 1、没有为 0", "1 where solving was judged, else 0"],
            judged,
            w.judged,
        ),
        part(
            "satisfaction",
            ["满意度", "Satisfaction"],
            ["评价权重之和 ÷ 评价数", "sum of the weights of ratings ÷ ratings"],
            share(p.satisfaction_sum, p.rated * 1_000),
            w.satisfaction,
        ),
    ];
    let deducted = (p.late as f64 * w.late).min(w.late_max);
    let total = (parts.iter().filter_map(|p| p.points).sum::<f64>() - deducted).max(0.0);
    Score {
        total_max: parts.iter().map(|p| p.points_max).sum(),
        parts,
        deducted,
        deducted_formula: Text::new(
            format!("逾期件数 × {} 分,最多 {} 分", w.late, w.late_max),
            format!("late tickets × {} points, at most {}", w.late, w.late_max),
        ),
        total,
        solved: share(p.solved, p.solved + p.explained),
    }
}

impl Default for Weights {
    fn default() -> Self {
        Weights::shipped()
    }
}

impl Weights {
    /// What each may be.
    pub fn in_bounds(&self) -> bool {
        let all = [self.volume, self.contact, self.judged, self.satisfaction, self.late, self.late_max];
        all.iter().all(|w| (0.0..=1_000.0).contains(w))
    }

    /// Those that are built in.
    pub fn shipped() -> Weights {
        Self::check(include_str!("../../../data/score_12345.toml"))
            .expect("the shipped weights are checked by a test")
    }

    /// From `weights.toml` of an installation: every weight given, none negative.
    pub fn check(text: &str) -> Result<Weights, Diagnostic> {
        let wrong = |zh: String, en: String| Diagnostic::new("weights_malformed", "weights", zh, en);
        let weights: Weights = toml::from_str(text).map_err(|e| {
            wrong(
                format!("权重无法读取:{}", e.message()),
                format!("the weights cannot be read: {}", e.message()),
            )
        })?;
        if !weights.in_bounds() {
            return Err(wrong("权重须在 0 到 1000 之间".into(), "expected weights from 0 to 1000".into()));
        }
        Ok(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sample of the form: contact 2/2 → 30; solved 1 of 5 → 20 %; satisfaction 0.8/2 → 40 % → 16.
    #[test]
    fn the_forms_own_sample_comes_out() {
        let sample = Period12345 {
            volume: 7,
            contacted: 2,
            contact_assessed: 2,
            judged: 5,
            solved: 1,
            explained: 4,
            satisfaction_sum: 800,
            rated: 2,
            ..Period12345::default()
        };
        let scored = score(&sample, &Weights::shipped());
        let points = |code| scored.parts.iter().find(|p| p.code == code).unwrap().points;
        assert_eq!(points("contact"), Some(30.0));
        assert_eq!(points("satisfaction"), Some(16.0));
        assert_eq!(points("judged"), Some(20.0));
        assert_eq!(points("volume"), None, "the group's volume is not known");
        let of_group = |group_volume| {
            let known =
                score(&Period12345 { group_volume: Some(group_volume), ..sample }, &Weights::shipped());
            known.parts[0].points
        };
        assert_eq!((of_group(70), of_group(7)), (Some(0.5), Some(5.0)));
        assert_eq!(of_group(6), None, "the street alone has had more since");
        assert_eq!(scored.solved, Some(0.2));
        assert_eq!((scored.total, scored.total_max), (66.0, 95.0));
    }

    #[test]
    fn nothing_to_judge_by_is_blank_and_late_tickets_deduct_up_to_their_most() {
        let nothing = score(&Period12345::default(), &Weights::shipped());
        assert!(nothing.parts.iter().all(|p| p.points.is_none()));
        assert_eq!((nothing.total, nothing.solved), (0.0, None));
        let late = Period12345 { volume: 1, judged: 1, late: 30, ..Period12345::default() };
        let late = score(&late, &Weights::shipped());
        assert_eq!((late.deducted, late.total), (5.0, 15.0));
    }

    #[test]
    fn weights_are_data_and_wrong_ones_are_named() {
        let text = "volume = 5\ncontact = 30\njudged = 10\nsatisfaction = 50\nlate = 1\nlate_max = 5\n";
        let own = Weights::check(text).unwrap();
        let half = Period12345 { satisfaction_sum: 1_000, rated: 2, ..Period12345::default() };
        let scored = score(&half, &own);
        let part = scored.parts.iter().find(|p| p.code == "satisfaction").unwrap();
        assert_eq!(part.points, Some(25.0));
        assert_eq!(part.formula.zh, "评价权重之和 ÷ 评价数 × 50 分");
        assert_eq!(scored.deducted_formula.en, "late tickets × 1 points, at most 5");
        let wrong = Weights::check(&text.replace("30", "-30")).unwrap_err();
        assert_eq!(wrong.message.en, "expected weights from 0 to 1000");
        assert!(Weights::check("contact = 30").is_err());
    }
}
