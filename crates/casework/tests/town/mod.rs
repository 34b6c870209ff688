//! A small town for the tests: one street, two grids, two committees, and somebody on every post.
#![allow(dead_code)] // each test file takes what it needs

use linli_casework::{
    ActorKind, Calendar, Candidate, Case, CaseId, ClassTable, Command, CommandKind, Context, Decided,
    DoneOutcome, FindingOutcome, Opening, Origin, PromiseKind, ReporterId, Roster, WaitReason, apply,
    case::{CallResult, Satisfied},
    decide, decide_finding, decide_open,
    fact::{Audience, Opened},
    import::ImportedCase,
    owner::tier::ClimbReason,
};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, Evidence, Finding, FindingChange, FindingId, FindingKind,
    IdSeed, Instant, Millis, Post, Refusal, Role, Severity, Subject, SubjectKind, Text, UserId,
};

pub const MONDAY: &str = "2026-11-23T09:00:00+08:00";

pub struct Town {
    pub areas: AreaTree,
    pub roster: Roster,
    pub calendar: Calendar,
    pub classes: ClassTable,
    pub now: Instant,
}

pub fn id<T: From<uuid::Uuid>>(name: &str) -> T {
    IdSeed::of_name("test").id(name)
}

pub fn at(text: &str) -> Instant {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

impl Town {
    pub fn at(now: &str) -> Town {
        let areas = [
            ("s", AreaLevel::Street, None),
            ("g1", AreaLevel::Grid, Some("s")),
            ("g2", AreaLevel::Grid, Some("s")),
            ("r1", AreaLevel::ResidentialArea, Some("g1")),
            ("r2", AreaLevel::ResidentialArea, Some("g2")),
            ("e1", AreaLevel::Estate, Some("r1")),
            ("d1", AreaLevel::Dwelling, Some("e1")),
        ];
        let mut tree = AreaTree::default();
        for (code, level, parent) in areas {
            let id = AreaId::new(code);
            let path = match parent {
                Some(p) => tree.find(&AreaId::new(p)).unwrap().path.child(&id),
                None => AreaPath::root(&id),
            };
            tree.insert(Area { id, level, name: code.to_uppercase(), parent: parent.map(AreaId::new), path });
        }
        let posts = [
            ("desk", Role::DutyDesk, "s"),
            ("desk2", Role::DutyDesk, "s"),
            ("grid1", Role::GridLeader, "g1"),
            ("grid2", Role::GridLeader, "g2"),
            ("cadre_a", Role::Cadre, "r1"),
            ("cadre_b", Role::Cadre, "r1"),
            ("cadre_r2", Role::Cadre, "r2"),
            ("keeper", Role::PropertyStaff, "e1"),
            ("volunteer", Role::Volunteer, "r1"),
        ];
        let candidates = posts
            .iter()
            .map(|(who, role, area)| Candidate {
                post: Post {
                    id: id(who),
                    user: id(who),
                    role: *role,
                    area: AreaId::new(*area),
                    area_path: tree.find(&AreaId::new(*area)).unwrap().path.clone(),
                    valid_from: Instant(0),
                    valid_to: None,
                    skills: Vec::new(),
                },
                on_duty: true,
                away_until: None,
                open_cases: 0,
            })
            .collect();
        Town {
            areas: tree,
            roster: Roster { candidates, ..Roster::default() },
            calendar: Calendar::shipped(),
            classes: ClassTable::shipped(),
            now: at(now),
        }
    }

    pub fn context(&self) -> Context<'_> {
        Context {
            now: self.now,
            seed: IdSeed::of_name("decision"),
            calendar: &self.calendar,
            classes: &self.classes,
            areas: &self.areas,
            roster: &self.roster,
        }
    }

    pub fn user(&self, who: &str) -> ActorKind {
        let user: UserId = id(who);
        let posts =
            self.roster.candidates.iter().map(|c| c.post.clone()).filter(|p| p.user == user).collect();
        ActorKind::User { user, posts }
    }

    /// The post of this person goes off duty, or ends.
    pub fn change_post(&mut self, who: &str, change: impl Fn(&mut Candidate)) {
        let post = id(who);
        self.roster.candidates.iter_mut().filter(|c| c.post.id == post).for_each(change);
    }

    pub fn name_of(&self, user: UserId) -> &'static str {
        ["desk", "desk2", "grid1", "grid2", "cadre_a", "cadre_b", "cadre_r2", "keeper", "volunteer"]
            .into_iter()
            .find(|n| id::<UserId>(n) == user)
            .unwrap_or("nobody")
    }

    pub fn opening(&self, class: &str, area: &str) -> Opening {
        Opening {
            id: id::<CaseId>("case"),
            number: "310104011-20261123-0001".into(),
            class: class.into(),
            title: String::new(),
            text: "说明".into(),
            place: "示例地点".into(),
            area: AreaId::new(area),
            lon: None,
            lat: None,
            severity: None,
            origin: Origin::Report { channel: "web".into(), filed_by: None, order: None },
            subject: None,
            reporters: vec![id::<ReporterId>("reporter")],
            photos: vec![],
        }
    }

    pub fn open(&self, class: &str, area: &str) -> Case {
        let reporter = ActorKind::Reporter { reporter: id("reporter") };
        let decided = decide_open(&self.opening(class, area), &reporter, &self.context()).unwrap();
        folded(None, &decided)
    }

    pub fn give(
        &self,
        case: &mut Case,
        command: Command,
        who: &ActorKind,
    ) -> Result<Vec<&'static str>, Refusal> {
        let decided = decide(case, &command, who, &self.context())?;
        *case = folded(Some(case.clone()), &decided);
        Ok(decided.facts.iter().map(|f| f.fact.code()).collect())
    }
}

pub fn folded(case: Option<Case>, decided: &Decided) -> Case {
    decided.facts.iter().fold(case, apply).unwrap()
}

pub fn reporter() -> ActorKind {
    ActorKind::Reporter { reporter: id("reporter") }
}

/// A case of class `other` as another system tells it: open, without anything besides.
pub fn imported(number: &str, opened_at: &str) -> ImportedCase {
    let case = Town::at(MONDAY).open("other", "e1");
    ImportedCase {
        id: id("imported"),
        opened: Opened {
            number: number.into(),
            class: "other".into(),
            class_version: 1,
            title: "x".into(),
            text: String::new(),
            place: "x".into(),
            area: case.area,
            area_path: case.area_path,
            lon: None,
            lat: None,
            severity: Severity::Info,
            origin: Origin::Imported { system: "other".into(), number: number.into() },
            subject: None,
            reporters: vec![],
            photos: vec![],
            owner: case.owner,
            explanation: case.routing,
        },
        opened_at: at(opened_at),
        due_at: None,
        closed_at: None,
        accepted_at: None,
        dispatched_at: None,
        handled_at: None,
        void: false,
        claimed: None,
        satisfied: None,
        contacted: None,
        reporter: None,
        status: "Open".into(),
        outcome: String::new(),
    }
}

/// One plausible command of each kind.
pub fn sample(kind: CommandKind, now: Instant) -> Command {
    let text = || "说明".to_owned();
    match kind {
        CommandKind::Accept => Command::Accept,
        CommandKind::Start => Command::Start,
        CommandKind::Note => Command::Note { text: text(), audience: Audience::Internal, photos: vec![] },
        CommandKind::Wait => {
            Command::Wait { reason: WaitReason::Material, until: now + Millis::days(2), text: text() }
        }
        CommandKind::Resume => Command::Resume,
        CommandKind::ProposeDone => Command::ProposeDone {
            outcome: DoneOutcome::Explained,
            text: text(),
            photos: vec![],
            passed_to: text(),
            reporter_agrees: None,
        },
        CommandKind::Verify => Command::Verify { ok: true, text: text(), photos: vec![] },
        CommandKind::Answer => Command::Answer { text: text() },
        CommandKind::Rate => Command::Rate {
            solved: Some(true),
            satisfied: Satisfied::Satisfied,
            treated_well: None,
            words: String::new(),
        },
        CommandKind::Dispute => Command::Dispute { reason: "still_there".into(), words: String::new() },
        CommandKind::ReviewReturn => Command::ReviewReturn { text: text() },
        CommandKind::ReviewUphold => Command::ReviewUphold { text: text() },
        CommandKind::PassUp => Command::PassUp { code: ClimbReason::Other, reason: text() },
        CommandKind::PassDown => Command::PassDown { to: AreaId::new("e1"), reason: text() },
        CommandKind::PassOut => {
            Command::PassOut { to: "区水务".into(), reason: text(), until: now + Millis::days(5) }
        }
        CommandKind::ComeBack => Command::ComeBack { text: text() },
        CommandKind::Reassign => Command::Reassign { to: id("cadre_b"), reason: text() },
        CommandKind::Merge => Command::Merge { into: id("other case"), reason: text() },
        CommandKind::Unmerge => Command::Unmerge { reason: text() },
        CommandKind::CallBack => Command::CallBack {
            reporter: id("reporter"),
            result: CallResult::Reached,
            satisfied: Some(Satisfied::Satisfied),
            solved: Some(true),
            treated_well: None,
            words: text(),
        },
        CommandKind::Withdraw => Command::Withdraw { reason: text() },
        CommandKind::Reject => Command::Reject { reason: text() },
        CommandKind::AskExclusion => Command::AskExclusion { reason: text() },
        CommandKind::GrantExclusion => Command::GrantExclusion { text: text() },
        CommandKind::RefuseExclusion => Command::RefuseExclusion { text: text() },
        CommandKind::AskExtension => Command::AskExtension { amount: 1, reason: text() },
        CommandKind::GrantExtension => Command::GrantExtension { text: String::new() },
        CommandKind::RefuseExtension => Command::RefuseExtension { reason: text() },
        CommandKind::Invite => {
            Command::Invite { to_post: Some(id("cadre_r2")), to_area: None, task: text(), days: 1 }
        }
        CommandKind::AcceptTask => Command::AcceptTask { task: 1 },
        CommandKind::DoTask => Command::DoTask { task: 1, text: text(), photos: vec![] },
        CommandKind::RefuseTask => Command::RefuseTask { task: 1, reason: text() },
        CommandKind::DropTask => Command::DropTask { task: 1, reason: text() },
        CommandKind::Climb => Command::Climb { why: ClimbReason::TimePassed },
        CommandKind::Reroute => Command::Reroute,
        CommandKind::WakeUp => Command::WakeUp,
        CommandKind::Warn => Command::Warn { promise: PromiseKind::Complete, percent: 50 },
        CommandKind::MarkBroken => Command::MarkBroken { promise: PromiseKind::Complete },
        CommandKind::Recount => Command::Recount { promise: PromiseKind::Complete },
        CommandKind::CloseSilent => Command::CloseSilent,
        CommandKind::AnswerUndelivered => Command::AnswerUndelivered { reporter: id("reporter") },
        CommandKind::SignalEnded => Command::SignalEnded { finding: id("finding"), ended_at: now },
        CommandKind::Retract => Command::Retract { finding: id("finding") },
    }
}

pub fn finding(change: FindingChange, kind: FindingKind) -> Finding {
    Finding {
        id: id::<FindingId>("finding"),
        kind,
        change,
        rule: "elder_not_out".into(),
        rule_version: 1,
        subject: Subject::new(SubjectKind::Dwelling, "d1"),
        area: AreaId::new("d1"),
        area_path: linli_model::AreaPath("s/g1/r1/e1/d1/".into()),
        severity: Severity::Urgent,
        start: at(MONDAY) - Millis::days(3),
        end: None,
        decided_at: at(MONDAY),
        sentence: Text::new("三天未出门", "not out for three days"),
        case_class: "care.elder_not_out".into(),
        evidence: Evidence::default(),
    }
}

pub fn opened_by_finding(town: &Town) -> Case {
    let outcome = decide_finding(
        &finding(FindingChange::Opened, FindingKind::Signal),
        None,
        || town.opening("care.elder_not_out", "d1"),
        &town.context(),
    );
    match outcome.unwrap() {
        FindingOutcome::Opens(decided) => folded(None, &decided),
        other => panic!("{other:?}"),
    }
}
