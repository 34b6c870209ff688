//! People of the street: they take the next step of some case, or another one that the table of moves allows them.

use linli_casework::{
    ActorKind, Case, CaseId, ClimbReason, Command, CommandKind, DoneOutcome, Opening, Origin, PhotoWhen,
    ReporterId, WaitReason, available,
    case::{CallResult, Photo, Satisfied},
    fact::Audience,
};
use linli_model::{AreaId, AreaPath, Fault, IdSeed, Millis};
use linli_notice::{Situation, decide::checker};
use linli_runtime::Installation;
use linli_server::{
    cases::carry::{carry_command, next_case_number, open_case},
    problem::ApiError,
};
use linli_sim::draw::Dice;
use linli_store::{CaseFilter, Change, Idempotency, PageAsk, Reporter};

/// A command somebody has made up their mind about; sent again it is the same one.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub case: CaseId,
    pub version: u32,
    pub command: Command,
    pub who: ActorKind,
    pub mark: String,
}

/// What came of it, in a word.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Done { version: u32 },
    No(String),
}

pub async fn cases(house: &Installation) -> Result<Vec<Case>, Fault> {
    let within = vec![AreaPath(format!("{}/", crate::street::STREET))];
    let filter = CaseFilter::all_within(within, house.state.now());
    let mut cases = house.store.cases(&filter, &PageAsk::first(500)).await?.items;
    cases.sort_by(|a, b| a.number.cmp(&b.number).then(a.id.cmp(&b.id)));
    Ok(cases)
}

/// Looks at the cases and makes up their mind.
pub async fn choose(house: &Installation, n: u64, seed: u64) -> Result<Option<Chosen>, Fault> {
    let mut dice = Dice::child(seed, &format!("person {n}"));
    let mut cases = cases(house).await?;
    if dice.chance(85) {
        cases.retain(|c| c.stage.is_open());
    }
    if cases.is_empty() {
        return Ok(None);
    }
    // Half of them go on with what has gone furthest, so that some cases see their end.
    let furthest = cases.iter().filter(|c| c.stage.is_open()).max_by_key(|c| (c.version, c.id));
    let case = match furthest.filter(|_| dice.chance(50)) {
        Some(case) => case.clone(),
        None => dice.one_of(&cases).clone(),
    };
    let state = &house.state;
    let (areas, roster) = (state.areas().await?, state.roster().await?);
    let situation = Situation {
        now: state.now(),
        seed: IdSeed::of_name("choice"),
        policy: &state.policy,
        classes: &state.classes,
        areas: &areas,
        roster: &roster,
    };
    let user = |user| {
        let posts = roster.candidates.iter().map(|c| c.post.clone()).filter(|p| p.user == user).collect();
        ActorKind::User { user, posts }
    };
    let mut who: Vec<ActorKind> = vec![user(case.owner.user), user(case.owner.user)];
    who.extend(checker(&case, &situation).map(user));
    who.extend(case.reporters.iter().map(|r| ActorKind::Reporter { reporter: *r }));
    who.push(user(dice.one_of(&roster.candidates).post.user));
    let who = dice.one_of(&who).clone();
    let context = state.context(&areas, &roster, IdSeed::of_name("choice"));
    let mut may: Vec<CommandKind> =
        available(&case, &who, &context).iter().filter(|a| a.enabled).map(|a| a.command).collect();
    let onward = |k: &CommandKind| {
        use CommandKind as C;
        [C::Accept, C::ProposeDone, C::Verify, C::Answer, C::Rate, C::ReviewUphold].contains(k)
    };
    if dice.chance(60) && may.iter().any(onward) {
        may.retain(onward);
    }
    if dice.chance(80) {
        may.retain(|k| *k != CommandKind::Withdraw);
    }
    if may.is_empty() {
        return Ok(None);
    }
    let kind = *dice.one_of(&may);
    let mark = format!("〔{n}〕");
    let post = dice.one_of(&roster.candidates).post.id;
    let other = dice.one_of(&cases).id;
    let nobody = ReporterId(uuid::Uuid::nil());
    let call = case.to_call().first().copied().unwrap_or(nobody);
    let command = command(kind, &mark, post, other, call, house, &mut dice);
    Ok(Some(Chosen { case: case.id, version: case.version, command, who, mark }))
}

fn command(
    kind: CommandKind,
    mark: &str,
    post: linli_model::PostId,
    other: CaseId,
    call: ReporterId,
    house: &Installation,
    dice: &mut Dice,
) -> Command {
    let text = || mark.to_owned();
    let later = house.state.now() + Millis::hours(dice.between(1, 60));
    let after = || {
        vec![Photo {
            blob: "after".to_owned(),
            when: PhotoWhen::After,
            audience: Audience::Internal,
            shot: Default::default(),
        }]
    };
    match kind {
        CommandKind::Accept => Command::Accept,
        CommandKind::Start => Command::Start,
        CommandKind::Note => Command::Note {
            text: text(),
            audience: *dice.one_of(&[Audience::Internal, Audience::Reporter]),
            photos: vec![],
        },
        CommandKind::Wait => {
            Command::Wait { reason: *dice.one_of(&WaitReason::ALL), until: later, text: text() }
        }
        CommandKind::Resume => Command::Resume,
        CommandKind::ProposeDone => Command::ProposeDone {
            outcome: *dice.one_of(&DoneOutcome::ALL),
            text: text(),
            photos: after(),
            passed_to: text(),
            reporter_agrees: Some(true),
        },
        CommandKind::Verify => Command::Verify { ok: dice.chance(75), text: text(), photos: vec![] },
        CommandKind::Answer => Command::Answer { text: text() },
        CommandKind::Rate => Command::Rate {
            solved: Some(dice.chance(80)),
            satisfied: *dice.one_of(&Satisfied::ALL),
            treated_well: None,
            words: text(),
        },
        CommandKind::Dispute => Command::Dispute { reason: "still_there".to_owned(), words: text() },
        CommandKind::ReviewReturn => Command::ReviewReturn { text: text() },
        CommandKind::ReviewUphold => Command::ReviewUphold { text: text() },
        CommandKind::PassUp => Command::PassUp { code: *dice.one_of(&ClimbReason::BY_HAND), reason: text() },
        CommandKind::AskExtension => {
            Command::AskExtension { amount: dice.between(1, 4) as u32, reason: text() }
        }
        CommandKind::GrantExtension => Command::GrantExtension { text: text() },
        CommandKind::RefuseExtension => Command::RefuseExtension { reason: text() },
        CommandKind::Invite => Command::Invite {
            to_post: Some(post),
            to_area: None,
            task: text(),
            days: dice.between(1, 5) as u32,
        },
        CommandKind::AcceptTask => Command::AcceptTask { task: dice.between(1, 3) as u32 },
        CommandKind::DoTask => {
            Command::DoTask { task: dice.between(1, 3) as u32, text: text(), photos: vec![] }
        }
        CommandKind::RefuseTask => Command::RefuseTask { task: dice.between(1, 3) as u32, reason: text() },
        CommandKind::DropTask => Command::DropTask { task: dice.between(1, 3) as u32, reason: text() },
        CommandKind::PassDown => {
            Command::PassDown { to: AreaId::new(*dice.one_of(&["G", "P", "E"])), reason: text() }
        }
        CommandKind::PassOut => Command::PassOut { to: "water".to_owned(), reason: text(), until: later },
        CommandKind::ComeBack => Command::ComeBack { text: text() },
        CommandKind::Reassign => Command::Reassign { to: post, reason: text() },
        CommandKind::Merge => Command::Merge { into: other, reason: text() },
        CommandKind::Unmerge => Command::Unmerge { reason: text() },
        CommandKind::CallBack => {
            let result = *dice.one_of(&CallResult::ALL);
            let reached = result == CallResult::Reached;
            Command::CallBack {
                reporter: call,
                result,
                satisfied: reached.then(|| *dice.one_of(&Satisfied::ALL)),
                solved: reached.then(|| dice.chance(80)),
                treated_well: None,
                words: text(),
            }
        }
        CommandKind::Withdraw => Command::Withdraw { reason: text() },
        _ => Command::Reject { reason: text() },
    }
}

/// Gives the command, under its key.
pub async fn give(house: &Installation, chosen: &Chosen) -> Result<Outcome, Fault> {
    let key = Idempotency {
        key: format!("person {}", chosen.mark),
        request: format!("{:?}", chosen.command),
        body: chosen.case.to_string(),
    };
    let given =
        carry_command(&house.state, chosen.case, &chosen.command, chosen.version, &chosen.who, Some(key));
    answer(given.await.map(|case| case.version))
}

/// Somebody reports something; sent again it is the same report.
pub async fn report(house: &Installation, n: u64, seed: u64) -> Result<Outcome, Fault> {
    let mut dice = Dice::child(seed, &format!("report {n}"));
    let ids = IdSeed::of_name(&format!("report {seed} {n}"));
    let reporter: ReporterId = ids.id("reporter");
    let area = AreaId::new(*dice.one_of(&["1", "2", "B1", "E", "P", "lot"]));
    let state = &house.state;
    let channel = (*dice.one_of(&["web", "window", "phone"])).to_owned();
    let opening = Opening {
        id: ids.id("case"),
        number: next_case_number(state, &area).await?,
        class: dice.one_of(&state.classes.classes).code.clone(),
        title: format!("report {n}"),
        text: format!("〔{n}〕"),
        place: area.to_string(),
        area,
        lon: None,
        lat: None,
        severity: None,
        origin: Origin::Report { channel: channel.clone(), filed_by: None, order: None },
        subject: None,
        reporters: vec![reporter],
        photos: Vec::new(),
    };
    let beside = vec![Change::ReporterAdd(Reporter {
        id: reporter,
        case: opening.id,
        channel,
        claim_hash: None,
        name: "somebody".to_owned(),
        phone: "13800000000".to_owned(),
        created_at: state.now(),
    })];
    let key = Idempotency {
        key: format!("report {n}"),
        request: "report".to_owned(),
        body: opening.id.to_string(),
    };
    let who = ActorKind::Reporter { reporter };
    answer(open_case(state, &opening, &who, beside, Some(key)).await.map(|(case, _)| case.version))
}

fn answer(given: Result<u32, ApiError>) -> Result<Outcome, Fault> {
    match given {
        Ok(version) => Ok(Outcome::Done { version }),
        Err(ApiError::Fault(fault)) => Err(fault),
        Err(ApiError::Refused(r) | ApiError::Forbidden(r) | ApiError::Conflict(r)) => {
            Ok(Outcome::No(r.code.to_string()))
        }
        Err(ApiError::Stale) => Ok(Outcome::No("stale".to_owned())),
        Err(ApiError::Wrong(d)) => Ok(Outcome::No(d.first().map_or("wrong", |d| &d.code).to_owned())),
        Err(other) => Ok(Outcome::No(format!("{other:?}"))),
    }
}
