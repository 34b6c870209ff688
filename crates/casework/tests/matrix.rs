//! Every stage × every command × everybody: where it leads, or the code it is refused with.

mod town;

use linli_casework::{ActorKind, Case, Command, CommandKind, StageCode, decide, moves};
use linli_model::Millis;
use town::{MONDAY, Town, id, reporter, sample};

/// A case of the estate, owned by its property keeper, brought to `stage` by the shortest way.
fn in_stage(town: &mut Town, stage: StageCode) -> Case {
    use CommandKind as C;
    let keeper = town.user("keeper");
    let grid = town.user("grid1");
    let cadre = town.user("cadre_a");
    let done = [(C::Accept, &keeper), (C::ProposeDone, &keeper)];
    let checked = [done[0], done[1], (C::Verify, &grid)];
    let answered = [checked[0], checked[1], checked[2], (C::Answer, &keeper)];
    let me = reporter();
    let mut way: Vec<(C, &ActorKind)> = match stage {
        StageCode::Received => vec![],
        StageCode::Accepted => done[..1].to_vec(),
        StageCode::Working => vec![done[0], (C::Start, &keeper)],
        StageCode::Waiting => vec![done[0], (C::Wait, &keeper)],
        StageCode::ProposedDone => done.to_vec(),
        StageCode::Verified => checked.to_vec(),
        StageCode::PassedOut => vec![(C::PassOut, &keeper)],
        StageCode::Merged => vec![(C::Merge, &keeper)],
        StageCode::Withdrawn => vec![(C::Withdraw, &me)],
        StageCode::Rejected => vec![(C::Reject, &keeper)],
        _ => answered.to_vec(),
    };
    match stage {
        StageCode::Closed => way.push((C::Rate, &me)),
        StageCode::Disputed => way.push((C::Dispute, &me)),
        StageCode::Review => way.extend([(C::Dispute, &me), (C::Accept, &cadre)]),
        _ => {}
    }
    let mut case = town.open("noise.neighbour", "e1");
    for (kind, who) in way {
        town.now = town.now + Millis::minutes(1);
        town.give(&mut case, sample(kind, town.now), who)
            .unwrap_or_else(|e| panic!("{stage:?} {kind:?}: {e}"));
    }
    town.now = town.now + Millis::minutes(1);
    assert_eq!(case.stage.code(), stage);
    case
}

fn outcome(town: &Town, case: &Case, command: &Command, who: &ActorKind) -> String {
    match decide(case, command, who, &town.context()) {
        Err(refusal) => refusal.code,
        Ok(decided) => {
            let after = town::folded(Some(case.clone()), &decided).stage.code();
            let (from, kind) = (case.stage.code(), command.kind());
            let in_table = moves::find(from, kind).is_some_and(|m| m.to.contains(&after));
            assert!(in_table || moves::is_anywhere(kind), "{from:?} {kind:?} led to {after:?}");
            format!("→ {}", after.code())
        }
    }
}

/// The machine as it behaves, beside the table it reads: one line per stage and command, grouped by who meets
/// the same outcome. Owner: the estate's keeper (in a dispute the cadre one level up). Outside: a cadre of
/// another committee. Stranger: who reported something else.
#[test]
fn every_stage_and_command_does_what_the_matrix_says() {
    let mut out = String::new();
    for stage in StageCode::ALL {
        let mut town = Town::at(MONDAY);
        let case = in_stage(&mut town, stage);
        let stranger = ActorKind::Reporter { reporter: id("stranger") };
        let people = [
            ("owner", town.user(town.name_of(case.owner.user))),
            ("keeper", town.user("keeper")),
            ("cadre", town.user("cadre_b")),
            ("grid", town.user("grid1")),
            ("desk", town.user("desk")),
            ("volunteer", town.user("volunteer")),
            ("outside", town.user("cadre_r2")),
            ("reporter", reporter()),
            ("stranger", stranger),
            ("system", ActorKind::System),
        ];
        for kind in CommandKind::ALL {
            let command = sample(kind, town.now);
            let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
            for (name, who) in &people {
                let came = outcome(&town, &case, &command, who);
                match groups.iter_mut().find(|(o, _)| *o == came) {
                    Some((_, names)) => names.push(name),
                    None => groups.push((came, vec![name])),
                }
            }
            let told: Vec<_> = match &groups[..] {
                [(only, _)] => vec![format!("everybody {only}")],
                several => several.iter().map(|(o, names)| format!("{} {o}", names.join(" "))).collect(),
            };
            let kind = serde_json::to_string(&kind).unwrap();
            out.push_str(&format!("{} {}: {}\n", stage.code(), kind.trim_matches('"'), told.join(" · ")));
        }
        out.push('\n');
    }
    insta::assert_snapshot!("matrix", out);
}
