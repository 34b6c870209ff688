//! The resident pages over a desk in memory that decides with the real casework.

use super::{
    desk::{Claimed, Declined, Desk, House, Report},
    form, routes,
};
use async_trait::async_trait;
use axum::{Router, body::Body};
use http::{Request, Response, StatusCode, header};
use jiff::tz::TimeZone;
use linli_casework::{
    Actor, ActorKind, Calendar, Candidate, Case, CaseId, ClassTable, Command, Context, DoneOutcome,
    FactRecord, Opening, Origin, Photo, PhotoWhen, ReporterId, Roster, Shot, apply, decide, decide_join,
    decide_open, fact::Audience,
};
use linli_model::{
    Area, AreaId, AreaLevel, AreaPath, AreaTree, Diagnostic, Fault, IdSeed, Instant, Millis, Post, Refusal,
    Role, UserId,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};
use tower::ServiceExt;

fn id<T: From<uuid::Uuid>>(name: &str) -> T {
    IdSeed::of_name("resident tests").id(name)
}

#[derive(Default)]
struct Kept {
    cases: BTreeMap<CaseId, (Case, Vec<FactRecord>)>,
    claims: HashMap<[u8; 32], (CaseId, ReporterId)>,
    phones: Vec<String>,
    tokens: u32,
    now: Instant,
}

struct MemoryDesk {
    kept: Mutex<Kept>,
    areas: Arc<AreaTree>,
    roster: Roster,
    calendar: Calendar,
    classes: Arc<ClassTable>,
}

impl MemoryDesk {
    fn open_town() -> Arc<MemoryDesk> {
        let mut areas = AreaTree::default();
        for (code, level, name, parent) in [
            ("S", AreaLevel::Street, "示范街道", None),
            ("G", AreaLevel::Grid, "第一网格", Some("S")),
            ("R", AreaLevel::ResidentialArea, "十二村居民区", Some("G")),
            ("E", AreaLevel::Estate, "田林十二村", Some("R")),
            ("B10", AreaLevel::Building, "10号楼", Some("E")),
            ("B2", AreaLevel::Building, "2号楼", Some("E")),
            ("D3", AreaLevel::Doorway, "3号", Some("B2")),
            ("D4", AreaLevel::Doorway, "4号", Some("B2")),
            ("D20", AreaLevel::Doorway, "20号", Some("B10")),
            ("H302", AreaLevel::Dwelling, "302室", Some("D3")),
        ] {
            let id = AreaId::new(code);
            let path = match parent {
                Some(p) => areas.find(&AreaId::new(p)).unwrap().path.child(&id),
                None => AreaPath::root(&id),
            };
            areas.insert(Area { id, level, name: name.into(), parent: parent.map(AreaId::new), path });
        }
        let post = |who: &str, role, area: &str| Candidate {
            post: Post {
                id: id(who),
                user: id(who),
                role,
                area: AreaId::new(area),
                area_path: areas.find(&AreaId::new(area)).unwrap().path.clone(),
                valid_from: Instant(0),
                valid_to: None,
                skills: Vec::new(),
            },
            on_duty: true,
            away_until: None,
            open_cases: 0,
        };
        let candidates = vec![
            post("cadre", Role::Cadre, "R"),
            post("volunteer", Role::Volunteer, "R"),
            post("grid", Role::GridLeader, "G"),
            post("desk", Role::DutyDesk, "S"),
        ];
        let now = "2026-11-23T09:00:00+08:00".parse().unwrap();
        Arc::new(MemoryDesk {
            kept: Mutex::new(Kept { now, ..Kept::default() }),
            areas: Arc::new(areas),
            roster: Roster { candidates, ..Roster::default() },
            calendar: Calendar::shipped(),
            classes: Arc::new(ClassTable::shipped()),
        })
    }

    fn context(&self, now: Instant) -> Context<'_> {
        Context {
            now,
            seed: IdSeed::of_name("decision"),
            calendar: &self.calendar,
            classes: &self.classes,
            areas: &self.areas,
            roster: &self.roster,
        }
    }

    fn pass(&self, time: Millis) {
        let mut kept = self.kept.lock().unwrap();
        kept.now = kept.now + time;
    }

    fn keep(kept: &mut Kept, facts: Vec<FactRecord>) {
        for fact in facts {
            let before = kept.cases.remove(&fact.case);
            let (case, mut all) = before.map_or((None, Vec::new()), |(c, f)| (Some(c), f));
            let after = apply(case, &fact).unwrap();
            all.push(fact);
            kept.cases.insert(after.id, (after, all));
        }
    }

    fn staff(&self, who: &str, command: Command) {
        let user: UserId = id(who);
        let posts =
            self.roster.candidates.iter().map(|c| c.post.clone()).filter(|p| p.user == user).collect();
        let mut kept = self.kept.lock().unwrap();
        let case = kept.cases.values().next().unwrap().0.clone();
        let now = kept.now;
        let decided = decide(&case, &command, &ActorKind::User { user, posts }, &self.context(now)).unwrap();
        Self::keep(&mut kept, decided.facts);
    }

    /// From the first step to the answer, the only case there is.
    fn handle_and_answer(&self) {
        let photo = Photo {
            blob: "a".repeat(64),
            when: PhotoWhen::After,
            audience: Audience::Internal,
            shot: Shot::default(),
        };
        self.staff("cadre", Command::Accept);
        self.staff(
            "cadre",
            Command::Note {
                text: "内部说明，居民不可见".into(),
                audience: Audience::Internal,
                photos: vec![],
            },
        );
        self.staff("cadre", Command::Start);
        self.staff(
            "cadre",
            Command::ProposeDone {
                outcome: DoneOutcome::Solved,
                text: "修好了".into(),
                photos: vec![photo],
                passed_to: String::new(),
                reporter_agrees: Some(true),
            },
        );
        self.staff("volunteer", Command::Verify { ok: true, text: String::new(), photos: vec![] });
        self.staff("cadre", Command::Answer { text: "已经修好，请放心使用。".into() });
    }

    fn cases(&self) -> usize {
        self.kept.lock().unwrap().cases.len()
    }
}

#[async_trait]
impl Desk for MemoryDesk {
    fn now(&self) -> Instant {
        self.kept.lock().unwrap().now
    }
    fn house(&self) -> House {
        House { office: "示范街道城运中心".into(), phone: Some("021-64700000".into()) }
    }
    fn classes(&self) -> Arc<ClassTable> {
        self.classes.clone()
    }
    fn secret(&self) -> [u8; 32] {
        [7; 32]
    }
    fn token(&self) -> String {
        let mut kept = self.kept.lock().unwrap();
        kept.tokens += 1;
        format!("{:032x}", kept.tokens)
    }
    fn script(&self) -> Option<String> {
        None
    }
    async fn areas(&self) -> Result<Arc<AreaTree>, Fault> {
        Ok(self.areas.clone())
    }
    async fn take_photo(&self, bytes: Vec<u8>) -> Result<String, Declined> {
        if bytes.starts_with(&[0xff, 0xd8]) {
            Ok(format!("{:064x}", bytes.len()))
        } else {
            Err(Declined::Wrong(Diagnostic::new(
                "photo_unreadable",
                "photo",
                "这个文件不是照片",
                "not a photo",
            )))
        }
    }
    async fn near(&self, class: &str, area: &Area) -> Result<Vec<Case>, Fault> {
        let kept = self.kept.lock().unwrap();
        let cases = kept.cases.values().map(|(c, _)| c);
        Ok(cases.filter(|c| c.class == class && c.area == area.id && c.stage.is_open()).cloned().collect())
    }
    async fn open(&self, report: Report, code_hash: [u8; 32]) -> Result<(Case, bool), Declined> {
        let mut kept = self.kept.lock().unwrap();
        if let Some((case, _)) = kept.claims.get(&code_hash) {
            return Ok((kept.cases[case].0.clone(), true));
        }
        let reporter: ReporterId = id(&report.token);
        let photos = report.photos.into_iter();
        let opening = Opening {
            id: id(&report.token),
            number: format!("310104011-20261123-{:04}", kept.cases.len() + 1),
            class: report.class,
            title: String::new(),
            text: report.words,
            place: report.place,
            area: report.area.id,
            lon: None,
            lat: None,
            severity: None,
            origin: Origin::Report { channel: report.channel.into(), filed_by: None, order: None },
            subject: None,
            reporters: vec![reporter],
            photos: photos
                .map(|blob| Photo {
                    blob,
                    when: PhotoWhen::Before,
                    audience: Audience::Internal,
                    shot: Shot::default(),
                })
                .collect(),
        };
        let now = kept.now;
        let decided = decide_open(&opening, &ActorKind::Reporter { reporter }, &self.context(now))?;
        Self::keep(&mut kept, decided.facts);
        kept.claims.insert(code_hash, (opening.id, reporter));
        kept.phones.extend(report.phone);
        Ok((kept.cases[&opening.id].0.clone(), false))
    }
    async fn join(&self, case: CaseId, token: &str, code_hash: [u8; 32]) -> Result<Case, Declined> {
        let mut kept = self.kept.lock().unwrap();
        let now = kept.now;
        let Some((found, _)) = kept.cases.get(&case).cloned() else {
            return Err(Refusal::new("no_case", "没有这件事", "no such case").into());
        };
        let decided = decide_join(&found, id(token), "web", "1-2", &self.context(now))?;
        Self::keep(&mut kept, decided.facts);
        kept.claims.insert(code_hash, (case, id(token)));
        Ok(kept.cases[&case].0.clone())
    }
    async fn find(&self, code_hash: [u8; 32]) -> Result<Option<Claimed>, Fault> {
        let kept = self.kept.lock().unwrap();
        let Some((case, reporter)) = kept.claims.get(&code_hash) else { return Ok(None) };
        let (case, facts) = kept.cases[case].clone();
        let roles = self.roster.candidates.iter().map(|c| (c.post.id, c.post.role)).collect();
        Ok(Some(Claimed { case, reporter: *reporter, facts, roles, merged: None }))
    }
    async fn act(&self, claimed: &Claimed, version: u32, command: Command) -> Result<(), Declined> {
        let mut kept = self.kept.lock().unwrap();
        let case = kept.cases[&claimed.case.id].0.clone();
        if case.version != version {
            return Err(Declined::Stale);
        }
        let now = kept.now;
        let who = ActorKind::Reporter { reporter: claimed.reporter };
        let decided = decide(&case, &command, &who, &self.context(now))?;
        assert!(decided.facts.iter().all(|f| !matches!(f.actor, Actor::User { .. })));
        Self::keep(&mut kept, decided.facts);
        Ok(())
    }
}

struct House1 {
    desk: Arc<MemoryDesk>,
    router: Router,
}

fn house() -> House1 {
    let desk = MemoryDesk::open_town();
    let router = routes(desk.clone(), TimeZone::get("Asia/Shanghai").unwrap());
    House1 { desk, router }
}

struct Page {
    status: StatusCode,
    location: String,
    text: String,
    headers: http::HeaderMap,
}

impl House1 {
    async fn ask(&self, request: Request<Body>) -> Page {
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(axum::body::to_bytes(body, 1 << 24).await.unwrap().to_vec()).unwrap();
        let location = parts.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap()).to_owned();
        Page { status: parts.status, location, text, headers: parts.headers }
    }
    async fn get(&self, address: &str) -> Page {
        self.ask(Request::get(address).body(Body::empty()).unwrap()).await
    }
    async fn post(&self, address: &str, form: &str) -> Page {
        let kind = "application/x-www-form-urlencoded";
        self.ask(
            Request::post(address)
                .header(header::CONTENT_TYPE, kind)
                .body(Body::from(form.to_owned()))
                .unwrap(),
        )
        .await
    }
    async fn multipart(&self, address: &str, fields: &[(&str, &[u8])]) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            let file = if *name == "photo" { "; filename=\"p.jpg\"\r\nContent-Type: image/jpeg" } else { "" };
            body.extend_from_slice(
                format!("--line\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes(),
            );
            body.extend_from_slice(value);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--line--\r\n");
        let kind = "multipart/form-data; boundary=line";
        self.ask(Request::post(address).header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap())
            .await
    }
    /// Reports and gives the address of the thank-you page.
    async fn report(&self, token: &str) -> String {
        let form = format!("k={token}&class=environment.waste&place=D3&words=&phone=");
        let sent = self.post("/r/send", &form).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        sent.location
    }
    /// Reports, and gives the code.
    async fn code(&self, token: &str) -> String {
        self.report(token).await.rsplit('/').next().unwrap().to_owned()
    }
}

const TOKEN: &str = "00000000000000000000000000000abc";
const PHOTO: &[u8] = b"\xff\xd8 a photo";

#[tokio::test]
async fn a_report_is_made_in_three_screens_without_script_or_a_typed_word() {
    let house = house();
    let first = house.get("/r").await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.text.matches("class=\"tile\"").count(), 8);
    assert!(!first.text.contains("<script"), "no script without a web build, and never inline");
    let posted = house
        .multipart(
            "/r",
            &[
                ("k", TOKEN.as_bytes()),
                ("place", b""),
                ("photos", b""),
                ("photo", PHOTO),
                ("class", b"environment.waste"),
            ],
        )
        .await;
    assert_eq!(posted.status, StatusCode::SEE_OTHER);
    assert!(posted.location.starts_with("/r/place?k="), "{}", posted.location);
    let place = house.get(&posted.location).await;
    let (two, ten) = (place.text.find("2号楼").unwrap(), place.text.find("20号").unwrap());
    assert!(two < ten, "in the order people count, and a building with one door is that door");
    let doors = house.get(&format!("{}&at=B2", posted.location)).await;
    assert!(doors.text.contains("3号") && doors.text.contains("4号") && !doors.text.contains("302室"));
    let words = house
        .get(&posted.location.replace("/r/place", "/r/words").replace("&photos", "&place=D3&photos"))
        .await;
    assert_eq!(words.status, StatusCode::OK);
    assert!(words.text.contains("田林十二村3号") && words.text.contains("照片已收到"));
    let location = house.report(TOKEN).await;
    let thanks = house.get(&location).await;
    assert!(thanks.text.contains("310104011-20261123-0001") && thanks.text.contains("居委干部"));
    assert!(thanks.text.contains("11月"), "the promised date: {}", thanks.text);
}

#[tokio::test]
async fn a_form_sent_twice_is_one_report_with_one_code() {
    let house = house();
    let first = house.report(TOKEN).await;
    let second = house.report(TOKEN).await;
    assert_eq!(second, format!("{first}?again=1"));
    assert_eq!(house.desk.cases(), 1);
    assert!(house.get(&second).await.text.contains("没有重复登记"));
}

#[tokio::test]
async fn what_is_no_photo_is_said_and_the_rest_is_kept() {
    let house = house();
    let page = house
        .multipart(
            "/r",
            &[
                ("k", TOKEN.as_bytes()),
                ("place", b"D3"),
                ("photos", b""),
                ("photo", b"GIF, perhaps"),
                ("class", b"noise.neighbour"),
            ],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("这个文件不是照片") && page.text.contains("田林十二村3号"));
    assert!(page.text.contains("tile chosen\" name=\"class\" value=\"noise.neighbour\""));
    assert!(page.text.contains(TOKEN));
    let large = vec![0xff; form::PHOTO_BYTES_MAX + 1];
    let page =
        house.multipart("/r", &[("k", TOKEN.as_bytes()), ("photo", &large), ("class", b"other")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("20 MB") && page.text.contains("chosen\" name=\"class\" value=\"other\""));
}

#[tokio::test]
async fn a_wrong_telephone_number_is_said_with_everything_typed_kept() {
    let house = house();
    let form = format!("k={TOKEN}&class=other&place=D3&words=%E6%BC%8F%3Cb%3E&phone=123");
    let page = house.post("/r/send", &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("漏&lt;b&gt;") && page.text.contains("value=\"123\""));
    assert_eq!(house.desk.cases(), 0);
}

#[tokio::test]
async fn a_missing_step_leads_to_the_screen_that_asks_for_it() {
    let house = house();
    assert!(house.get("/r/words?k=x").await.location.starts_with("/r?"));
    assert!(house.get("/r/words?class=other").await.location.starts_with("/r/place?"));
    assert!(house.get("/r/words?class=other&place=nowhere").await.location.starts_with("/r/place?"));
    assert_eq!(
        house.multipart("/r", &[("k", TOKEN.as_bytes())]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(house.post("/r", "class=other").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn neighbours_join_instead_of_reporting_again() {
    let house = house();
    let mine = house.code(TOKEN).await;
    let near = house.get("/r/words?class=environment.waste&place=D3").await;
    assert!(near.text.contains("是不是同一件事"));
    let case = house.desk.kept.lock().unwrap().cases.keys().next().unwrap().to_string();
    let other = "00000000000000000000000000000def";
    let joined =
        house.post("/r/join", &format!("k={other}&class=environment.waste&place=D3&case={case}")).await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER);
    assert!(!joined.location.contains(&mine), "a code of one's own");
    let elsewhere =
        house.post("/r/join", &format!("k={other}&class=noise.neighbour&place=D3&case={case}")).await;
    assert!(elsewhere.location.starts_with("/r/words"), "an id alone opens nothing: {}", elsewhere.location);
    assert_eq!(house.desk.cases(), 1);
    assert!(house.get(&format!("/f/{mine}")).await.text.contains("您和另外 1 位邻居"));
    let new = house.get("/r/words?class=environment.waste&place=D3&new=1").await;
    assert!(new.text.contains("补充说明"), "another matter goes on");
}

#[tokio::test]
async fn following_shows_roles_and_times_and_nothing_internal() {
    let house = house();
    let code = house.code(TOKEN).await;
    let before = house.get(&format!("/f/{code}")).await.text;
    assert!(before.contains("aria-current=\"step\"") && !before.contains("name=\"face\""));
    house.desk.handle_and_answer();
    let page = house.get(&format!("/f/{code}")).await.text;
    assert!(
        page.contains("已经修好，请放心使用。") && page.contains("志愿者") && page.contains("name=\"face\"")
    );
    assert!(!page.contains("内部说明"), "internal notes stay inside");
}

#[tokio::test]
async fn looking_rates_nothing_and_one_tap_does() {
    let house = house();
    let code = house.code(TOKEN).await;
    house.desk.handle_and_answer();
    for _ in 0..2 {
        house.get(&format!("/f/{code}")).await;
        assert_eq!(house.get(&format!("/f/{code}/rate?face=satisfied")).await.status, StatusCode::SEE_OTHER);
    }
    assert!(house.get(&format!("/f/{code}")).await.text.contains("name=\"face\""), "still to be rated");
    let rated = house.post(&format!("/f/{code}/rate"), "face=satisfied").await;
    assert_eq!(rated.location, format!("/f/{code}?done=rated"));
    let page = house.get(&rated.location).await.text;
    assert!(page.contains("谢谢，已记下：满意") && page.contains("问题解决了吗"));
    let more =
        house.post(&format!("/f/{code}/rate"), "face=satisfied&solved=yes&treated_well=yes&words=ok").await;
    assert_eq!(more.status, StatusCode::SEE_OTHER, "{}", more.text);
}

#[tokio::test]
async fn not_solved_reopens_with_one_of_three_chips() {
    let house = house();
    let code = house.code(TOKEN).await;
    assert_eq!(
        house.post(&format!("/f/{code}/dispute"), "chip=still_there").await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nothing is answered yet"
    );
    house.desk.handle_and_answer();
    assert_eq!(
        house.post(&format!("/f/{code}/dispute"), "chip=nonsense").await.status,
        StatusCode::BAD_REQUEST
    );
    let sent = house.post(&format!("/f/{code}/dispute"), "chip=still_there").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let page = house.get(&sent.location).await.text;
    assert!(page.contains("已退回") && page.contains("处理中"));
}

#[tokio::test]
async fn a_page_that_is_no_longer_true_says_so() {
    let house = house();
    let code = house.code(TOKEN).await;
    house.desk.handle_and_answer();
    let page = house.post(&format!("/f/{code}/rate"), "face=satisfied&version=1").await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(page.text.contains("刚才有人更新了进度"));
}

#[tokio::test]
async fn codes_guessed_at_speed_are_stopped_and_a_slip_is_not_a_guess() {
    let house = house();
    let mine = house.code(TOKEN).await;
    for _ in 0..30 {
        assert_eq!(house.get("/f/2222-2222-2222-2223").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut refused = 0;
    for n in 0..30u32 {
        let guess = super::claim::ClaimCode::for_token(b"somebody's guess", &n.to_string()).grouped();
        let page = house.get(&format!("/f/{guess}")).await;
        assert!(matches!(page.status, StatusCode::NOT_FOUND | StatusCode::TOO_MANY_REQUESTS));
        if page.status == StatusCode::TOO_MANY_REQUESTS {
            refused += 1;
            assert!(page.headers.contains_key(header::RETRY_AFTER));
        }
    }
    assert_eq!(refused, 20);
    assert_eq!(
        house.get(&format!("/f/{mine}")).await.status,
        StatusCode::TOO_MANY_REQUESTS,
        "right or wrong"
    );
    house.desk.pass(Millis::minutes(11));
    assert_eq!(house.get(&format!("/f/{mine}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_ends_ninety_days_after_closing() {
    let house = house();
    let code = house.code(TOKEN).await;
    house.desk.handle_and_answer();
    house.post(&format!("/f/{code}/rate"), "face=satisfied&solved=yes").await;
    house.desk.pass(Millis::days(89));
    assert_eq!(house.get(&format!("/f/{code}")).await.status, StatusCode::OK);
    house.desk.pass(Millis::days(2));
    assert_eq!(house.get(&format!("/f/{code}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_complaint_goes_above_those_it_may_be_about() {
    let house = house();
    assert!(house.get("/r?class=service.complaint").await.text.contains("value=\"service.complaint\""));
    let sent =
        house.post("/r/send", &format!("k={TOKEN}&class=service.complaint&place=D3&words=&phone=")).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let kept = house.desk.kept.lock().unwrap();
    let case = &kept.cases.values().next().unwrap().0;
    assert_eq!((case.owner.role, case.place.as_str()), (Role::GridLeader, "田林十二村3号"));
}

#[tokio::test]
async fn nobody_reports_at_a_dwelling_or_a_whole_grid() {
    let house = house();
    for place in ["H302", "G", "S"] {
        let step = house.get(&format!("/r/words?class=other&place={place}")).await;
        assert!(step.location.starts_with("/r/place?"), "{place}");
    }
}

#[tokio::test]
async fn danger_shows_the_emergency_numbers_before_anything_else() {
    let house = house();
    for step in ["/r/place?class=fire.hazard", "/r/words?class=fire.hazard&place=D3"] {
        let page = house.get(step).await.text;
        let (strip, title) = (page.find("tel:119").unwrap(), page.find("<h1>").unwrap());
        assert!(strip < title, "{step}");
    }
    assert!(!house.get("/r/place?class=other").await.text.contains("tel:119"));
}

#[tokio::test]
async fn a_call_back_needs_a_number_and_nothing_else() {
    let house = house();
    let wrong = house.post("/r/call-back", &format!("k={TOKEN}&phone=&place=E")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sent = house.post("/r/call-back", &format!("k={TOKEN}&phone=138+1234+5678&place=E")).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    assert_eq!(house.desk.kept.lock().unwrap().phones, ["13812345678"]);
}

#[tokio::test]
async fn every_page_is_there_in_both_languages_and_in_elder_mode_under_one_policy() {
    let house = house();
    let code = house.code(TOKEN).await;
    let follow = format!("/f/{code}");
    for address in
        ["/r", "/r/place?class=other", "/r/words?class=other&place=D3", "/r/call-back", "/f", &follow]
    {
        let joiner = if address.contains('?') { '&' } else { '?' };
        let zh = house.get(address).await;
        assert!(zh.text.contains("lang=\"zh-CN\"") && zh.text.contains("长辈版") && zh.text.contains("投诉"));
        assert!(zh.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'none'"));
        assert!(!zh.text.contains("style=\"") && !zh.text.contains("onclick"), "nothing inline");
        let en = house.get(&format!("{address}{joiner}lang=en")).await;
        assert!(en.text.contains("lang=\"en\"") && en.text.contains("Complaints"), "{address}");
        assert!(en.headers[header::SET_COOKIE].to_str().unwrap().starts_with("linli_lang=en"));
        let elder = house.get(&format!("{address}{joiner}elder=1")).await;
        assert!(elder.text.contains("data-elder") && elder.text.contains("标准版"), "{address}");
    }
}

#[tokio::test]
async fn the_json_twins_do_the_same() {
    let house = house();
    let send = |key: &str, body: &str| {
        Request::post("/api/v1/public/reports")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    let body = r#"{"class":"environment.waste","area":"D3","text":"满了"}"#;
    let filed = house.ask(send(TOKEN, body)).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.text);
    let again = house.ask(send(TOKEN, body)).await;
    assert_eq!((again.status, again.text.clone()), (StatusCode::OK, filed.text.clone()));
    let code = serde_json::from_str::<serde_json::Value>(&filed.text).unwrap()["claim_code"]
        .as_str()
        .unwrap()
        .to_owned();
    let address = format!("/api/v1/public/reports/{code}");
    assert!(house.get(&address).await.text.contains("\"state\":\"received\""));
    house.desk.handle_and_answer();
    let rate = Request::post(format!("{address}/rating"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(r#"{"satisfied":"satisfied","solved":true}"#))
        .unwrap();
    assert!(house.ask(rate).await.text.contains("\"can_rate\":false"));
    for (body, code) in [
        (r#"{"class":"nothing","area":"D3"}"#, "class_unknown"),
        (r#"{"class":"other","area":"nowhere"}"#, "area_unknown"),
        (r#"{"class":"other","area":"D3","phone":"1"}"#, "phone_malformed"),
        (r#"{"class":"other","#, "body_malformed"),
    ] {
        let refused = house.ask(send("", body)).await;
        assert!(refused.status.is_client_error() && refused.text.contains(code), "{}", refused.text);
        assert_eq!(refused.headers[header::CONTENT_TYPE], "application/problem+json");
    }
    let places = house.get("/api/v1/public/places").await.text;
    assert!(places.contains("田林十二村") && !places.contains("302室"), "dwellings are not public");
    assert!(house.get("/api/v1/public/classes").await.text.contains("environment.waste"));
}

#[tokio::test]
async fn a_multipart_body_cut_short_is_not_half_a_report() {
    let house = house();
    let body = format!(
        "--line\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\n{TOKEN}\r\n--line\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"p\"\r\n\r\n\u{fffd}"
    );
    let kind = "multipart/form-data; boundary=line";
    let page = house
        .ask(Request::post("/r").header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap())
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text.contains("没有传完整"));
}

#[test]
fn a_code_given_by_staff_is_found_like_any_other() {
    let code = super::claim_code(&[3; 32]);
    assert_eq!(code.len(), 19);
    let hash = super::claim_hash(&[7; 32], &code);
    assert_eq!(
        hash,
        super::claim_hash(&[7; 32], &code.to_lowercase().replace('-', " ")),
        "however it is typed"
    );
    assert_ne!(hash, super::claim_hash(&[8; 32], &code));
    assert_eq!(hash.len(), 64);
}
