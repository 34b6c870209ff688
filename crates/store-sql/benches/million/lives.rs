//! Lives of invented cases, decided like any others: the same from the same seed and number. One in six began with a
//! finding, one in twelve is sent back by the checker, one in twenty-five is disputed by who reported it.

use linli_casework::{
    ActorKind, Calendar, Candidate, Case, CaseId, ClassTable, Command, Context, DoneOutcome, FactRecord,
    Opening, Origin, ReporterId, Roster, apply, case::Satisfied, decide, decide_open, due, fact::Audience,
    timer_at,
};
use linli_model::finding::ParameterUsed;
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, DeviceId, Evidence, EvidenceReading, Finding, FindingChange,
    FindingId, FindingKind, IdSeed, Instant, Measure, Millis, Post, ReadingId, Role, Severity, Subject,
    SubjectKind, Text, UserId, Value,
};

pub const AREAS: u64 = 23;
pub const BUILDINGS: u64 = 80;
pub const CADRES: u64 = 3;
/// The last cases of all are still open.
pub const OPEN_SHARE: u64 = 40;
pub const WHAT: [&str; 12] = [
    "电梯停运",
    "楼道灯不亮",
    "垃圾未清运",
    "水管漏水",
    "噪音扰民",
    "违规停车",
    "门禁损坏",
    "路面破损",
    "宠物伤人",
    "外墙脱落",
    "下水道堵塞",
    "消防通道被占",
];
pub const RARE: [&str; 6] = ["马蜂窝", "井盖缺失", "高空抛物", "燃气异味", "古树倾斜", "围墙裂缝"];
const WORDS: [&str; 16] = [
    "昨晚开始",
    "多次反映",
    "老人出行不便",
    "请尽快处理",
    "已经三天",
    "影响休息",
    "物业答复",
    "现场看过",
    "孩子上学",
    "雨天更严重",
    "邻居也说",
    "楼上住户",
    "门口拥堵",
    "夜间无人",
    "存在隐患",
    "希望答复",
];
pub const ESTATES: [&str; 8] = ["田林", "桂苑", "虹梅", "长青", "东兰", "钦州", "千阳", "文定"];

/// Numbers that look drawn, and are the same every time (splitmix64).
pub struct Draw(pub u64);

impl Draw {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
    pub fn of<'a>(&mut self, some: &[&'a str]) -> &'a str {
        some[self.below(some.len() as u64) as usize]
    }
}

/// A case with all its facts, when the clock must look at it, and the finding it began with, if one did.
#[derive(Clone)]
pub struct Life {
    pub case: Case,
    pub facts: Vec<FactRecord>,
    pub timer_at: Option<Instant>,
    pub finding: Option<Finding>,
}

/// What somebody does next.
#[derive(Clone, Copy)]
enum Step {
    Accept,
    Start,
    Note,
    /// The signal of the finding ends.
    End,
    Done,
    SendBack,
    Verify,
    Answer,
    Content,
    Unhappy,
    Uphold,
    Return,
}

/// The steps of one life; where a case takes one not, it goes on with the next.
fn plan(draw: &mut Draw) -> Vec<Step> {
    use Step::*;
    const HANDLED: [Step; 7] = [Accept, Start, Note, Note, Note, End, Done];
    let mut steps = HANDLED.to_vec();
    if draw.below(12) == 0 {
        steps.push(SendBack);
        steps.extend(HANDLED);
    }
    steps.extend([Verify, Answer]);
    if draw.below(25) > 0 {
        steps.push(Content);
    } else if draw.below(2) == 0 {
        steps.extend([Unhappy, Accept, Uphold]);
    } else {
        steps.extend([Unhappy, Accept, Return]);
        steps.extend(HANDLED);
        steps.extend([Verify, Answer, Content]);
    }
    steps
}

pub struct Town {
    areas: AreaTree,
    roster: Roster,
    calendar: Calendar,
    classes: ClassTable,
    pub codes: Vec<String>,
    pub cases: u64,
}

pub fn id<T: From<uuid::Uuid>>(kind: &str, n: u64) -> T {
    IdSeed::of_name(kind).id(&n.to_string())
}

/// Five years of cases end here.
pub fn end() -> Instant {
    "2026-11-23T09:00:00+08:00".parse().expect("a time")
}

impl Town {
    pub fn new(cases: u64) -> Town {
        let mut areas = AreaTree::default();
        let mut candidates = Vec::new();
        let mut add = |code: String, level, parent: Option<&AreaPath>| -> AreaPath {
            let id = AreaId::new(&code);
            let path = parent.map_or_else(|| AreaPath::root(&id), |p| p.child(&id));
            let parent = parent.and_then(|p| p.ids().next_back());
            areas.insert(Area { id, level, name: code, parent, path: path.clone() });
            path
        };
        let mut post = |n: u64, role, path: &AreaPath| {
            let post = Post {
                id: id("post", n),
                user: id("user", n),
                role,
                area: path.ids().next_back().expect("a path has an end"),
                area_path: path.clone(),
                valid_from: Instant(0),
                valid_to: None,
                skills: Vec::new(),
            };
            candidates.push(Candidate { post, on_duty: true, away_until: None, open_cases: 0 });
        };
        let street = add("s".into(), AreaLevel::Street, None);
        post(900, Role::DutyDesk, &street);
        post(901, Role::DutyDesk, &street);
        for a in 0..AREAS {
            let grid = add(format!("g{a}"), AreaLevel::Grid, Some(&street));
            post(800 + a, Role::GridLeader, &grid);
            let area = add(format!("r{a}"), AreaLevel::ResidentialArea, Some(&grid));
            for c in 0..CADRES {
                post(a * CADRES + c, Role::Cadre, &area);
            }
            let estate = add(format!("e{a}"), AreaLevel::Estate, Some(&area));
            post(700 + a, Role::PropertyStaff, &estate);
            for b in 0..BUILDINGS {
                add(format!("b{a}-{b}"), AreaLevel::Building, Some(&estate));
            }
        }
        let classes = ClassTable::shipped();
        let codes = classes.classes.iter().map(|c| c.code.clone()).collect();
        let roster = Roster { candidates, ..Roster::default() };
        Town { areas, roster, calendar: Calendar::shipped(), classes, codes, cases }
    }

    pub fn path(&self, code: &str) -> AreaPath {
        self.areas.find(&AreaId::new(code)).expect("a place of the town").path.clone()
    }

    fn actor(&self, user: UserId) -> ActorKind {
        let posts = self.roster.candidates.iter().map(|c| c.post.clone()).filter(|p| p.user == user);
        ActorKind::User { user, posts: posts.collect() }
    }

    fn opening(&self, n: u64, draw: &mut Draw) -> Opening {
        let (area, building) = (draw.below(AREAS), draw.below(BUILDINGS));
        let what = if draw.below(5_000) == 0 { draw.of(&RARE) } else { draw.of(&WHAT) };
        let estate = ESTATES[(area % ESTATES.len() as u64) as usize];
        let place = format!("{estate}{}村{}号", area + 1, building + 1);
        let said: Vec<&str> = (0..3 + draw.below(4)).map(|_| draw.of(&WORDS)).collect();
        Opening {
            id: self.case_id(n),
            number: format!("310104011-{:08}-{:04}", 20_220_000 + n / 10_000, n % 10_000),
            class: self.codes[draw.below(self.codes.len() as u64) as usize].clone(),
            title: what.into(),
            text: format!("{place}{}室,{what},{}", 101 + draw.below(1_800), said.join(",")),
            place,
            area: AreaId::new(format!("b{area}-{building}")),
            lon: Some(121.42 + draw.below(10_000) as f64 / 1e6),
            lat: Some(31.17 + draw.below(10_000) as f64 / 1e6),
            severity: None,
            origin: Origin::Report { channel: "web".into(), filed_by: None, order: None },
            subject: None,
            reporters: vec![id::<ReporterId>("reporter", n)],
            photos: vec![],
        }
    }

    /// Not long after the n-th case begins.
    fn about(&self, n: u64) -> Instant {
        let years = i128::from(Millis::days(5 * 365).0);
        end() - Millis(((self.cases - n) as i128 * years / i128::from(self.cases)) as i64)
    }

    pub fn case_id(&self, n: u64) -> CaseId {
        IdSeed::of_name("case").id_of_day(&n.to_string(), self.about(n))
    }

    /// The n-th life; none where its opening is refused.
    pub fn life(&self, n: u64) -> Option<Life> {
        let mut draw = Draw(n.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let is_open = n + self.cases / OPEN_SHARE >= self.cases;
        let mut now = self.about(n) - Millis::minutes(draw.below(30) as i64);
        let mut opening = self.opening(n, &mut draw);
        let mut opener = ActorKind::Reporter { reporter: opening.reporters[0] };
        let mut finding = (draw.below(6) == 0).then(|| self.finding(n, &opening, now));
        if let Some(found) = &finding {
            opener = ActorKind::System;
            opening.origin = Origin::Finding { finding: found.id, rule: found.rule.clone() };
            (opening.subject, opening.severity) = (Some(found.subject.clone()), Some(found.severity));
            opening.reporters = vec![];
        }
        let mut facts = decide_open(&opening, &opener, &self.context(now, n)).ok()?.facts;
        let mut case = facts.iter().fold(None, apply)?;
        let mut steps = plan(&mut draw);
        if is_open {
            steps.truncate(draw.below(6) as usize);
        }
        for step in steps {
            now = now + Millis::minutes(if is_open { 7 } else { 20 + draw.below(200) as i64 });
            if let (Step::End, Some(found)) = (step, &mut finding) {
                (found.end, found.change) = (Some(now), FindingChange::Ended);
            }
            let Some((command, who)) = self.step(step, &case, finding.as_ref(), &mut draw) else { continue };
            let Ok(decided) = decide(&case, &command, &who, &self.context(now, n)) else { continue };
            case = decided.facts.iter().fold(Some(case), apply)?;
            facts.extend(decided.facts);
        }
        if !is_open {
            case = self.left_to_the_clock(case, n, &mut facts)?;
        }
        let timer_at = timer_at(&case, &self.classes, &self.roster.tiers);
        Some(Life { case, facts, timer_at, finding })
    }

    /// What is open still ends by itself: silence closes it.
    fn left_to_the_clock(&self, mut case: Case, n: u64, facts: &mut Vec<FactRecord>) -> Option<Case> {
        while case.stage.is_open()
            && let Some(now) = timer_at(&case, &self.classes, &self.roster.tiers).filter(|at| *at <= end())
        {
            let before = case.version;
            for command in due(&case, &self.context(now, n)) {
                let Ok(decided) = decide(&case, &command, &ActorKind::System, &self.context(now, n)) else {
                    continue;
                };
                case = decided.facts.iter().fold(Some(case), apply)?;
                facts.extend(decided.facts);
            }
            if case.version == before {
                break;
            }
        }
        Some(case)
    }

    fn finding(&self, n: u64, opening: &Opening, now: Instant) -> Finding {
        let area = self.areas.find(&opening.area).expect("a place of the town");
        let device = DeviceId::new(format!("d-{}", n % 4_000));
        let reading = |k: u64| EvidenceReading {
            id: ReadingId::new(format!("reading-{n}-{k}")),
            device: device.clone(),
            measure: Measure::new("pressure"),
            observed_at: now - Millis::minutes(2 * (8 - k) as i64),
            value: Value::Number(0.08 + k as f64 / 1_000.0),
        };
        Finding {
            id: id::<FindingId>("finding", n),
            kind: FindingKind::Signal,
            change: FindingChange::Opened,
            rule: "low_pressure".into(),
            rule_version: 1,
            subject: Subject::new(SubjectKind::Device, device.as_str()),
            area: area.id.clone(),
            area_path: area.path.clone(),
            severity: Severity::Attention,
            start: now,
            end: None,
            decided_at: now,
            sentence: Text::new(
                "水压低于 0.12 兆帕已 10 分钟",
                "water pressure below 0.12 MPa for 10 minutes",
            ),
            case_class: opening.class.clone(),
            evidence: Evidence {
                readings: (0..8).map(reading).collect(),
                readings_total: 8,
                parameters: vec![ParameterUsed {
                    name: "floor".into(),
                    value: 0.12,
                    unit: "MPa".into(),
                    set_by: "template".into(),
                }],
                ..Evidence::default()
            },
        }
    }

    /// The case with one note more by its owner; none where it takes none.
    pub fn noted(&self, case: &Case) -> Option<(Case, Vec<FactRecord>, Option<Instant>)> {
        let text = WORDS[case.version as usize % WORDS.len()].to_owned();
        let note = Command::Note { text, audience: Audience::Internal, photos: vec![] };
        let owner = self.actor(case.owner.user);
        let decided = decide(case, &note, &owner, &self.context(end(), u64::from(case.version))).ok()?;
        let after = decided.facts.iter().fold(Some(case.clone()), apply)?;
        let timer = timer_at(&after, &self.classes, &self.roster.tiers);
        Some((after, decided.facts, timer))
    }

    fn step(
        &self,
        step: Step,
        case: &Case,
        finding: Option<&Finding>,
        draw: &mut Draw,
    ) -> Option<(Command, ActorKind)> {
        let text = draw.of(&WORDS).to_owned();
        let owner = self.actor(case.owner.user);
        let checker = self.actor(id("user", 900));
        let rate =
            |satisfied| Command::Rate { solved: None, satisfied, treated_well: None, words: String::new() };
        let reporter = || Some(ActorKind::Reporter { reporter: *case.reporters.first()? });
        Some(match step {
            Step::Accept => (Command::Accept, owner),
            Step::Start => (Command::Start, owner),
            Step::Note => (Command::Note { text, audience: Audience::Internal, photos: vec![] }, owner),
            Step::End => {
                let found = finding?;
                (Command::SignalEnded { finding: found.id, ended_at: found.end? }, ActorKind::System)
            }
            Step::Done => {
                let (outcome, passed_to) = (DoneOutcome::Explained, String::new());
                let done =
                    Command::ProposeDone { outcome, text, photos: vec![], passed_to, reporter_agrees: None };
                (done, owner)
            }
            Step::SendBack => (Command::Verify { ok: false, text, photos: vec![] }, checker),
            Step::Verify => (Command::Verify { ok: true, text, photos: vec![] }, checker),
            Step::Answer => (Command::Answer { text }, owner),
            Step::Content => (rate(Satisfied::Satisfied), reporter()?),
            Step::Unhappy => (rate(Satisfied::Dissatisfied), reporter()?),
            Step::Uphold => (Command::ReviewUphold { text }, owner),
            Step::Return => (Command::ReviewReturn { text }, owner),
        })
    }

    fn context(&self, now: Instant, n: u64) -> Context<'_> {
        Context {
            now,
            seed: IdSeed::of_name("decision").child(&n.to_string()),
            calendar: &self.calendar,
            classes: &self.classes,
            areas: &self.areas,
            roster: &self.roster,
        }
    }
}
