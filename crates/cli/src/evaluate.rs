//! How findings compare with what somebody labelled: figures for docs/guide/real-data.md.
//!
//! Owns: the score by labelled steps of time (BATADAL), the check of stays against labelled outings (the Kasteren homes), and
//! the outings that door and indoor sensors show by themselves.
//!
//! Invariants
//! - EL1 A figure whose denominator is empty is none, never 0 or 1.
//! - EL2 Labels never reach the rules: they are compared with findings that are already made.

use linli_intake::file::Interval;
use linli_model::{Finding, FindingChange, FindingId, FindingKind, Instant, Measure, Millis, Reading, Value};
use serde::Serialize;
use std::collections::BTreeMap;

/// The last word on every signal: amended ones as amended, retracted ones gone, in order of their start.
pub fn last_words(findings: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let mut last: BTreeMap<FindingId, Finding> = BTreeMap::new();
    for finding in findings.into_iter().filter(|f| f.kind == FindingKind::Signal) {
        match finding.change {
            FindingChange::Retracted => last.remove(&finding.id),
            _ => last.insert(finding.id, finding),
        };
    }
    let mut last: Vec<Finding> = last.into_values().collect();
    last.sort_by_key(|f| (f.start, f.id));
    last
}

/// Steps of time, by label and by whether a finding held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    pub true_positive: u64,
    pub false_positive: u64,
    pub false_negative: u64,
    pub true_negative: u64,
}

impl Score {
    pub fn precision(&self) -> Option<f64> {
        share(self.true_positive, self.true_positive + self.false_positive)
    }
    pub fn recall(&self) -> Option<f64> {
        share(self.true_positive, self.true_positive + self.false_negative)
    }
    pub fn f1(&self) -> Option<f64> {
        let (p, r) = (self.precision()?, self.recall()?);
        (p + r > 0.0).then(|| 2.0 * p * r / (p + r))
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A labelled step counts as found when a finding held at its instant: from its start up to, not including, its end.
pub fn score_steps(labels: &[(Instant, bool)], findings: &[Finding]) -> Score {
    let mut score = Score::default();
    for (at, attacked) in labels {
        let found = findings.iter().any(|f| f.start <= *at && f.end.is_none_or(|end| *at < end));
        *match (attacked, found) {
            (true, true) => &mut score.true_positive,
            (false, true) => &mut score.false_positive,
            (true, false) => &mut score.false_negative,
            (false, false) => &mut score.true_negative,
        } += 1;
    }
    score
}

/// A run of positive labels, and when the first finding held in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Attack {
    pub from: Instant,
    /// The last labelled step.
    pub to: Instant,
    pub steps: u64,
    pub found_at: Option<Instant>,
}

pub fn attacks(labels: &[(Instant, bool)], findings: &[Finding]) -> Vec<Attack> {
    labels
        .chunk_by(|a, b| a.1 == b.1)
        .filter(|run| run[0].1)
        .map(|run| {
            let (from, to) = (run[0].0, run[run.len() - 1].0);
            let holds =
                |at: Instant| findings.iter().any(|f| f.start <= at && f.end.is_none_or(|end| at < end));
            let found_at = run.iter().map(|(at, _)| *at).find(|at| holds(*at));
            Attack { from, to, steps: run.len() as u64, found_at }
        })
        .collect()
}

/// Whether "has not gone out since … although at home" was so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StayVerdict {
    /// No labelled outing in the whole time claimed.
    Right,
    /// A labelled outing lies in the time claimed.
    Wrong,
    /// The time claimed is not wholly labelled.
    NotLabelled,
}

/// Edges of labels and of doors differ by up to this much in these data: a label ends when the resident is in, not at the door.
pub const EDGE: Millis = Millis::minutes(5);

/// Checks the claim that nobody went out between `from` and `to` against labelled outings.
pub fn check_stay(from: Instant, to: Instant, outings: &[Interval]) -> StayVerdict {
    let (Some(first), Some(last)) = (outings.first(), outings.iter().map(|o| o.1).max()) else {
        return StayVerdict::NotLabelled;
    };
    // An outing that the claim only touches by the inexactness of its edges is not in it.
    let inside = |o: &&Interval| o.0 + EDGE < to && from + EDGE < o.1;
    if outings.iter().any(|o| inside(&o)) {
        return StayVerdict::Wrong;
    }
    if from + EDGE < first.0 || to > last + EDGE { StayVerdict::NotLabelled } else { StayVerdict::Right }
}

/// Outings as door and indoor sensors show them: between two events of the door, with nobody stirring inside.
///
/// An indoor event within `settle` of the first door event still belongs to whoever is leaving; a gap shorter than `gap_min` is
/// somebody standing in the door.
pub fn outings_of(readings: &[&Reading], door: &Measure, settle: Millis, gap_min: Millis) -> Vec<Interval> {
    let mut doors: Vec<Instant> =
        readings.iter().filter(|r| r.measure == *door).map(|r| r.observed_at).collect();
    let stirs = |r: &&&Reading| r.measure != *door && r.value != Value::Flag(false);
    let mut inside: Vec<Instant> = readings.iter().filter(stirs).map(|r| r.observed_at).collect();
    doors.sort();
    inside.sort();
    let quiet = |from: Instant, to: Instant| {
        let next = inside.partition_point(|at| *at <= from + settle);
        inside.get(next).is_none_or(|at| *at >= to)
    };
    doors
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .filter(|(from, to)| *to - *from >= gap_min && quiet(*from, *to))
        .collect()
}

/// How far two lists of intervals agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Agreement {
    pub labelled: u64,
    /// Labelled ones of which at least half the time was found.
    pub labelled_found: u64,
    pub found: u64,
    /// Found ones of which at least half the time is labelled.
    pub found_right: u64,
    pub labelled_hours: f64,
    pub common_hours: f64,
}

/// Compares inside the span that is labelled.
pub fn agreement(labelled: &[Interval], found: &[Interval]) -> Agreement {
    let (Some(first), Some(last)) = (labelled.first().map(|l| l.0), labelled.iter().map(|l| l.1).max())
    else {
        return Agreement::default();
    };
    let found: Vec<_> = found.iter().copied().filter(|f| f.0 >= first - EDGE && f.1 <= last + EDGE).collect();
    let common = |a: &Interval, others: &[Interval]| -> i64 {
        others.iter().map(|b| (a.1.min(b.1) - a.0.max(b.0)).0.max(0)).sum()
    };
    let half = |list: &[Interval], others: &[Interval]| {
        list.iter().filter(|i| 2 * common(i, others) >= (i.1 - i.0).0).count() as u64
    };
    let hours = |ms: i64| ms as f64 / 3_600_000.0;
    Agreement {
        labelled: labelled.len() as u64,
        labelled_found: half(labelled, &found),
        found: found.len() as u64,
        found_right: half(&found, labelled),
        labelled_hours: hours(labelled.iter().map(|l| (l.1 - l.0).0).sum()),
        common_hours: hours(labelled.iter().map(|l| common(l, &found)).sum()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linli_model::{
        AreaId, AreaPath, DeviceId, Evidence, ReadingId, Severity, Subject, SubjectKind, Text,
    };

    fn hour(n: i64) -> Instant {
        Instant(0) + Millis::hours(n)
    }

    fn finding(start: i64, end: Option<i64>, change: FindingChange) -> Finding {
        let subject = Subject::new(SubjectKind::Dwelling, "d");
        let area = AreaId::new("a");
        Finding {
            id: FindingId::of("r", &subject, hour(start)),
            kind: FindingKind::Signal,
            change,
            rule: "r".to_owned(),
            rule_version: 1,
            subject,
            area_path: AreaPath::root(&area),
            area,
            severity: Severity::Info,
            start: hour(start),
            end: end.map(hour),
            decided_at: hour(start),
            sentence: Text::default(),
            case_class: String::new(),
            evidence: Evidence::default(),
        }
    }

    #[test]
    fn a_step_is_found_from_the_start_of_a_finding_up_to_its_end() {
        let labels: Vec<_> = (0..6).map(|n| (hour(n), (2..4).contains(&n))).collect();
        let score = score_steps(&labels, &[finding(1, Some(3), FindingChange::Ended)]);
        assert_eq!(score, Score { true_positive: 1, false_positive: 1, false_negative: 1, true_negative: 3 });
        assert_eq!((score.precision(), score.recall(), score.f1()), (Some(0.5), Some(0.5), Some(0.5)));
        assert_eq!(Score::default().precision(), None, "nothing found is not a precision of 0");
        let open = score_steps(&labels, &[finding(3, None, FindingChange::Opened)]);
        assert_eq!((open.true_positive, open.false_positive), (1, 2));
    }

    #[test]
    fn an_attack_is_a_run_of_labels_and_says_when_it_was_found() {
        let labels: Vec<_> = (0..8).map(|n| (hour(n), n == 1 || (3..6).contains(&n))).collect();
        let found = attacks(&labels, &[finding(4, None, FindingChange::Opened)]);
        let seen: Vec<_> = found.iter().map(|a| (a.from, a.to, a.steps, a.found_at)).collect();
        assert_eq!(seen, [(hour(1), hour(1), 1, None), (hour(3), hour(5), 3, Some(hour(4)))]);
    }

    #[test]
    fn only_the_last_word_on_a_finding_counts() {
        let told = [
            finding(1, None, FindingChange::Opened),
            finding(5, None, FindingChange::Opened),
            finding(1, Some(2), FindingChange::Ended),
            finding(5, None, FindingChange::Retracted),
        ];
        let last = last_words(told);
        assert_eq!(last.len(), 1);
        assert_eq!(last[0].end, Some(hour(2)));
    }

    #[test]
    fn a_stay_is_wrong_as_soon_as_an_outing_reaches_into_it() {
        let outings = [(hour(10), hour(12)), (hour(40), hour(41))];
        assert_eq!(check_stay(hour(12), hour(40), &outings), StayVerdict::Right);
        assert_eq!(check_stay(hour(12) - EDGE, hour(40) + EDGE, &outings), StayVerdict::Right);
        assert_eq!(check_stay(hour(12) - EDGE - Millis(1), hour(40), &outings), StayVerdict::Wrong);
        assert_eq!(check_stay(hour(39), hour(42), &outings), StayVerdict::Wrong);
        assert_eq!(check_stay(hour(1), hour(9), &outings), StayVerdict::NotLabelled);
        assert_eq!(check_stay(hour(41), hour(60), &outings), StayVerdict::NotLabelled);
    }

    #[test]
    fn an_outing_lies_between_two_events_of_the_door_with_nobody_inside() {
        let reading = |measure: &str, minute: i64| Reading {
            id: ReadingId::new(format!("{measure}{minute}")),
            device: DeviceId::new("d"),
            observed_at: Instant(0) + Millis::minutes(minute),
            measure: Measure::new(measure),
            value: Value::Flag(true),
            subject: None,
        };
        let readings = [
            reading("door_open", 0),
            reading("motion", 1),
            reading("door_open", 60),
            reading("motion", 70),
            reading("door_open", 100),
            reading("door_open", 101),
        ];
        let readings: Vec<&Reading> = readings.iter().collect();
        let door = Measure::new("door_open");
        let outings = outings_of(&readings, &door, Millis::minutes(2), Millis::minutes(3));
        let minutes: Vec<_> = outings.iter().map(|o| (o.0.0 / 60_000, o.1.0 / 60_000)).collect();
        assert_eq!(minutes, [(0, 60)]);
        assert!(
            outings_of(&readings, &door, Millis::ZERO, Millis::minutes(3)).is_empty(),
            "somebody stirred"
        );
    }

    #[test]
    fn intervals_agree_by_half_their_time() {
        let labelled = [(hour(0), hour(4)), (hour(10), hour(12))];
        let agreed = agreement(&labelled, &[(hour(2), hour(4)), (hour(6), hour(7)), (hour(10), hour(11))]);
        assert_eq!((agreed.labelled, agreed.labelled_found, agreed.found, agreed.found_right), (2, 2, 3, 2));
        assert_eq!((agreed.labelled_hours, agreed.common_hours), (6.0, 3.0));
    }
}
