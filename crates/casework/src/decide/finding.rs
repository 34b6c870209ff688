//! From findings to cases: a finding opens a case, joins one, or says that the signal has ended.
//!
//! Invariants
//! - FJ1 What is found again after somebody has said that it is done is a case of its own, with its own promises: the one
//!   that is being checked, or was answered, ends by itself, and an alarm in it would be nobody's.

use super::{Decided, Draft, Opening, decide, decide_open};
use crate::{
    alike::{Nearness, Spot, nearness},
    case::{Case, Origin},
    class::ClassTable,
    command::{ActorKind, Command, Context},
    fact::Fact,
};
use linli_model::{AreaTree, Finding, FindingChange, FindingKind, OwnCode, Refusal, SubjectKind};

/// What a finding makes of casework.
#[derive(Clone, Debug, PartialEq)]
pub enum FindingOutcome {
    /// A new case, with its facts.
    Opens(Decided),
    /// More facts for the case it belongs to.
    Joins(Decided),
    /// The rule cannot tell (silent devices): a notice, no case.
    CoverageOnly,
    /// Nothing to do: an end or a retraction of what has no case, or a repetition.
    Nothing,
}

/// Whether a finding that no case holds yet may join this one, instead of opening a case of its own: a case of the same
/// class about the same subject that somebody still has in hand (FJ1). What an area's own rule found stays apart from all
/// others, both ways: an area's rule that proves itself wrong, or is changed, must not carry the street's finding along.
pub fn may_join(finding: &Finding, case: &Case) -> bool {
    let is_own = |rule: &str| OwnCode::read(rule).is_some();
    let case_is_own = matches!(&case.origin, Origin::Finding { rule, .. } if is_own(rule));
    case.stage.is_in_hand()
        && case.class == finding.case_class
        && case.subject.as_ref() == Some(&finding.subject)
        && case_is_own == is_own(&finding.rule)
}

/// Whether a finding is about a home or a person. Such a one has no position, and joins no report: who reported would
/// read along (DK2).
pub fn is_about_people(finding: &Finding) -> bool {
    matches!(finding.subject.kind, SubjectKind::Dwelling | SubjectKind::Person)
}

/// How near this open report is, if a finding that no case about its subject holds may join it: of its class, or of one
/// its class joins, at the same place or so few metres away as the table says. `at` is where the device of the finding
/// stands, as longitude and latitude, if that is known.
pub fn may_join_report(
    finding: &Finding,
    at: Option<(f64, f64)>,
    case: &Case,
    areas: &AreaTree,
    classes: &ClassTable,
) -> Option<Nearness> {
    let is_own = OwnCode::read(&finding.rule).is_some();
    let reported = matches!(case.origin, Origin::Report { .. });
    if is_about_people(finding)
        || is_own
        || !reported
        || !case.stage.is_in_hand()
        || !joined_by(finding, classes).contains(&case.class.as_str())
    {
        return None;
    }
    let spot = Spot {
        class: &case.class,
        area: &finding.area,
        lon: at.map(|(lon, _)| lon),
        lat: at.map(|(_, lat)| lat),
        subject: Some(&finding.subject),
    };
    nearness(&spot, &Spot::of(case), classes.near.metres, areas)
}

/// The classes of reports a finding may join: only those residents choose from.
pub fn joined_by<'a>(finding: &'a Finding, classes: &'a ClassTable) -> Vec<&'a str> {
    let Some(class) = classes.find(&finding.case_class) else { return Vec::new() };
    let own = [class.code.as_str()].into_iter().filter(|_| class.tile.is_some());
    own.chain(class.joins.iter().map(String::as_str)).collect()
}

/// `existing`: the case that holds this finding, else one it [`may_join`].
/// `opening` is made by the edge for a new case: id, number, place in words, reporters who are owed an answer.
pub fn decide_finding(
    finding: &Finding,
    existing: Option<&Case>,
    opening: impl FnOnce() -> Opening,
    ctx: &Context<'_>,
) -> Result<FindingOutcome, Refusal> {
    if finding.kind == FindingKind::Coverage {
        return Ok(FindingOutcome::CoverageOnly);
    }
    let system = ActorKind::System;
    match (finding.change, existing) {
        (FindingChange::Opened | FindingChange::Amended, Some(case))
            if case.findings.contains(&finding.id) =>
        {
            match finding.end {
                Some(ended_at) if case.signal_ended_at != Some(ended_at) => {
                    let command = Command::SignalEnded { finding: finding.id, ended_at };
                    Ok(FindingOutcome::Joins(decide(case, &command, &system, ctx)?))
                }
                // Late data: it holds after all.
                None if case.signal_ended_at.is_some() => joins(case, finding, &system, ctx),
                _ => Ok(FindingOutcome::Nothing),
            }
        }
        (FindingChange::Opened, Some(case)) if case.stage.is_in_hand() => joins(case, finding, &system, ctx),
        (FindingChange::Opened, _) => {
            let mut opening = opening();
            opening.class = finding.case_class.clone();
            opening.area = finding.area.clone();
            opening.severity = Some(finding.severity);
            opening.subject = Some(finding.subject.clone());
            opening.origin = Origin::Finding { finding: finding.id, rule: finding.rule.clone() };
            Ok(FindingOutcome::Opens(decide_open(&opening, &system, ctx)?))
        }
        (FindingChange::Ended, Some(case)) if case.findings.contains(&finding.id) => {
            let ended_at = finding.end.unwrap_or(finding.decided_at);
            if case.signal_ended_at == Some(ended_at) {
                return Ok(FindingOutcome::Nothing);
            }
            let command = Command::SignalEnded { finding: finding.id, ended_at };
            Ok(FindingOutcome::Joins(decide(case, &command, &system, ctx)?))
        }
        (FindingChange::Retracted, Some(case)) if case.findings.contains(&finding.id) => {
            let command = Command::Retract { finding: finding.id };
            Ok(FindingOutcome::Joins(decide(case, &command, &system, ctx)?))
        }
        _ => Ok(FindingOutcome::Nothing),
    }
}

fn joins(
    case: &Case,
    finding: &Finding,
    system: &ActorKind,
    ctx: &Context<'_>,
) -> Result<FindingOutcome, Refusal> {
    let mut draft = Draft::of(case, system, ctx);
    let (sentence, severity) = (finding.sentence.clone(), Some(finding.severity));
    draft.write(Fact::FindingJoined { finding: finding.id, sentence, severity });
    Ok(FindingOutcome::Joins(draft.decided()))
}
