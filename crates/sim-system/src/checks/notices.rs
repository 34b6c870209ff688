//! NO1, DL1, DL2: a notice is decided once and kept once; every fact that has to be told was told; each notice that is
//! due went out through every channel, or failed there for good, or is to be tried again later.

use super::{Check, none_of};
use crate::{run::Lived, street};
use linli_casework::{Actor, Candidate, ClassTable, Roster};
use linli_model::{AreaTree, IdSeed};
use linli_notice::{Key, Ledger, Notice, NoticePolicy, Situation, retry::TRIES_MIN};
use linli_sim::run::Difference;
use std::collections::{BTreeMap, BTreeSet};

pub const CHECK: Check = Check {
    name: "notices",
    about: "each notice is decided once, none is missing, and none that is due lies unsent",
    run: check,
    again: None,
};

/// In app and by webhook.
const CHANNELS: [&str; 2] = ["in_app", "webhook"];

fn check(lived: &Lived) -> Result<(), Difference> {
    let mut lines = once(lived);
    lines.extend(told(lived));
    lines.extend(sent(lived));
    none_of(lines)
}

fn say(notice: &Notice) -> String {
    let case = notice.case.map_or_else(String::new, |c| c.to_string());
    format!("{} {} step {} to {:?}", notice.reason, case, notice.step, notice.recipient)
}

fn once(lived: &Lived) -> Vec<String> {
    let mut lines = Vec::new();
    let mut keys: BTreeMap<Key, usize> = BTreeMap::new();
    for notice in &lived.notices {
        *keys.entry(notice.key()).or_default() += 1;
    }
    lines.extend(keys.iter().filter(|(_, n)| **n > 1).map(|(key, n)| format!("told {n} times: {key:?}")));
    for notice in lived.kept.commits.iter().flat_map(|c| &c.notices) {
        if !keys.contains_key(&notice.key()) {
            lines.push(format!("committed and not there: {}", say(notice)));
        }
    }
    let committed: BTreeSet<Key> =
        lived.kept.commits.iter().flat_map(|c| &c.notices).map(Notice::key).collect();
    lines.extend(
        lived
            .notices
            .iter()
            .filter(|n| !committed.contains(&n.key()))
            .map(|n| format!("from nowhere: {}", say(n))),
    );
    lines
}

/// Decides each commit's notices anew from its facts. Who is told may hang on how much everybody had to do just then;
/// that something is told, of which fact, does not.
fn told(lived: &Lived) -> Vec<String> {
    let areas = AreaTree::from_areas(street::areas());
    let candidate = |post| Candidate { post, on_duty: true, away_until: None, open_cases: 0 };
    let roster =
        Roster { candidates: street::posts().into_iter().map(candidate).collect(), ..Roster::default() };
    let (classes, policy) = (ClassTable::shipped(), NoticePolicy::default());
    let mut lines = Vec::new();
    let mut before: Vec<&Notice> = Vec::new();
    for commit in &lived.kept.commits {
        for (case, facts) in &commit.cases {
            let situation = Situation {
                now: commit.at,
                seed: IdSeed::of_name("again"),
                policy: &policy,
                classes: &classes,
                areas: &areas,
                roster: &roster,
            };
            let ledger = Ledger::of(before.iter().copied());
            let wanted = linli_notice::decide(facts, case, &ledger, &situation);
            let brief = |n: &Notice| (n.reason.clone(), n.step);
            // The level above is not told of what it did itself, and who that is hangs on their load.
            let own = |n: &Notice| {
                n.reason.ends_with("_below")
                    && facts.iter().any(|f| f.seq == n.step && f.actor != Actor::System)
            };
            let wanted: BTreeSet<_> = wanted.iter().filter(|n| !own(n)).map(brief).collect();
            let of_case = commit.notices.iter().filter(|n| n.case == Some(case.id));
            let got: BTreeSet<_> = of_case.map(brief).collect();
            for (reason, step) in wanted.difference(&got) {
                lines.push(format!("case {}: nobody was told {reason} of fact {step}", case.number));
            }
        }
        before.extend(&commit.notices);
    }
    lines
}

fn sent(lived: &Lived) -> Vec<String> {
    let mut lines = Vec::new();
    if lived.notices_due > 0 {
        lines.push(format!("{} notices are due and wait", lived.notices_due));
    }
    for notice in &lived.notices {
        let attempts = lived.attempts.get(&notice.id).map_or(&[][..], Vec::as_slice);
        if notice.due_at > lived.now {
            if !attempts.is_empty() {
                lines.push(format!("sent before its time: {}", say(notice)));
            }
            continue;
        }
        for channel in CHANNELS {
            let own: Vec<_> = attempts.iter().filter(|a| a.channel == channel).collect();
            let over = own.iter().any(|a| ["accepted", "delivered", "lasting"].contains(&a.outcome.as_str()));
            let later = attempts.last().is_some_and(|a| a.next_at.is_some_and(|at| at > lived.now));
            if own.is_empty() || !(over || own.len() >= TRIES_MIN || later) {
                let tried: Vec<_> =
                    attempts.iter().map(|a| (a.at, &*a.channel, &*a.outcome, a.next_at)).collect();
                lines.push(format!(
                    "silently unsent by {channel} at {}: {} {tried:?}",
                    lived.now,
                    say(notice)
                ));
            }
        }
        let recorded = attempts.iter().filter(|a| a.channel == "webhook" && a.outcome == "accepted").count();
        let left = lived.kept.left.iter().filter(|(id, _)| *id == notice.id).count();
        if recorded > left {
            lines.push(format!("recorded as sent {recorded} times and sent {left} times: {}", say(notice)));
        }
    }
    for (id, channel) in &lived.kept.left {
        if !lived.notices.iter().any(|n| n.id == *id) {
            lines.push(format!("{channel} sent {id}, which nobody decided"));
        }
    }
    lines
}
