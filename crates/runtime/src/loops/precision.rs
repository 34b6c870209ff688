//! Looks at what came of the cases of each street rule: a rule that suspects somebody and was wrong too often goes out of
//! force, of any other its owner is told (G6; decided by `linli_indicator::precision`).
//!
//! Looked at twice, nothing comes of it: what is suspended is not judged, and a notice is written once a version.

use crate::Installation;
use linli_indicator::precision::{Outcomes, Verdict, judge};
use linli_model::{Fault, Post, RegistryChange, RuleStanding, SuspensionStep, Text, standings};
use linli_server::rules::{
    past,
    precision::{cases, notice, owners, sentence},
    resume::SUSPENSIONS,
};
use linli_store::{Change, Commit, CommitError, Guard};
use std::sync::Arc;

pub async fn turn(house: Arc<Installation>) -> Result<bool, Fault> {
    let state = &house.state;
    let reached = house.store.checkpoint(SUSPENSIONS).await?.position;
    for standing in standings(&past::registry(&*house.store).await?) {
        let Ok(plan) = linli_rule::check(&standing.text, &state.catalogue) else { continue };
        if standing.suspended {
            continue;
        }
        let outcomes = Outcomes::of(&cases(state, &standing).await?);
        let verdict = judge(outcomes, plan.suspects);
        if !matches!(verdict, Verdict::Suspend | Verdict::Poor) {
            continue;
        }
        let owners = owners(state).await?;
        let changes = follows(&house, &standing, &plan.name, (outcomes, verdict), &owners).await?;
        if changes.is_empty() {
            continue;
        }
        let now = house.clock.now();
        let (guards, changes) = match verdict {
            Verdict::Suspend => {
                let passed =
                    Change::CheckpointSet { name: SUSPENSIONS.into(), position: reached + 1, snapshot: None };
                (vec![Guard::Checkpoint(SUSPENSIONS.into(), reached)], [changes, vec![passed]].concat())
            }
            _ => (Vec::new(), changes),
        };
        match house.store.commit(Commit { at: now, guards, changes, idempotency: None }).await {
            Ok(_) => {}
            // Somebody was quicker: the next turn sees what stands now.
            Err(CommitError::Stale(_)) => return Ok(false),
            Err(e) => return Err(Fault::passing(e.to_string())),
        }
        if verdict == Verdict::Suspend {
            tracing::warn!(
                rule = standing.rule,
                n = outcomes.n,
                confirmed = outcomes.confirmed,
                "a rule was suspended"
            );
            (state.devices_changed)();
            // The next one is guarded by where the steps stand now.
            return Ok(true);
        }
    }
    Ok(false)
}

async fn follows(
    house: &Installation,
    standing: &RuleStanding,
    name: &Text,
    (outcomes, verdict): (Outcomes, Verdict),
    owners: &[Post],
) -> Result<Vec<Change>, Fault> {
    let now = house.clock.now();
    let said = sentence(outcomes);
    let (reason, title, more) = match verdict {
        Verdict::Suspend => (
            "rule_suspended",
            Text::new(format!("规则已自动停用:{}", name.zh), format!("A rule suspended itself: {}", name.en)),
            Text::new(
                "它不再报出;已开的案件照常办理。恢复须写明理由,并由另一位负责人同意。",
                "It tells nothing more; open cases go on. It comes back with a reason, when another who answers for it agrees.",
            ),
        ),
        _ => (
            "rule_poor",
            Text::new(format!("规则误报过多:{}", name.zh), format!("A rule is wrong too often: {}", name.en)),
            Text::new(
                "它不会自动停用;请检查门限和设备。",
                "It is not suspended by itself; please look at its numbers and devices.",
            ),
        ),
    };
    let body = Text::new(format!("{}{}", said.zh, more.zh), format!("{} {}", said.en, more.en));
    let notices = owners.iter().map(|p| notice(standing, p, (reason, title.clone()), body.clone(), now));
    let mut changes: Vec<Change> = notices.map(Change::NoticeAdd).collect();
    if verdict == Verdict::Suspend {
        let users = house.state.users().await?;
        let told = owners.iter().filter_map(|p| users.get(&p.user)).map(|u| u.name.clone()).collect();
        let step = SuspensionStep::Suspended {
            n: outcomes.n,
            confirmed: outcomes.confirmed,
            upper_permille: (outcomes.upper() * 1_000.0).round() as u16,
            told,
        };
        let change =
            RegistryChange::RuleSuspension { rule: standing.rule.clone(), version: standing.version, step };
        changes.push(Change::Registry { effective_at: now, change: Box::new(change) });
    }
    Ok(changes)
}
