//! The desk behind the resident pages, over the store.

use crate::{
    cases::carry::{as_refusal, carry_command, join_case, next_case_number, open_case, went_on_in},
    photos,
    problem::ApiError,
    public::desk::{Claimed, Declined, Desk, House, Report},
    state::ServerState,
    web,
};
use async_trait::async_trait;
use linli_casework::{
    Actor, ActorKind, Case, CaseId, ClassTable, Command, Fact, FactRecord, Opening, Origin, Photo, PhotoWhen,
    ReporterId, Shot, fact::Audience,
};
use linli_model::{Area, AreaTree, Fault, Instant, Millis};
use linli_store::{CaseFilter, Change, Idempotency, PageAsk, Reporter};
use std::sync::Arc;

/// The most that are shown.
const NEAR_MAX: usize = 5;

pub struct ResidentDesk {
    state: ServerState,
}

impl ResidentDesk {
    pub fn over(state: ServerState) -> Self {
        ResidentDesk { state }
    }

    async fn case_of(&self, reporter: &Reporter) -> Result<Option<Case>, Fault> {
        self.state.store.case(reporter.case).await
    }
}

/// What happened in the case somebody's own was merged into, since they came.
fn since_joining(facts: Vec<FactRecord>, reporter: ReporterId) -> Vec<FactRecord> {
    let joins =
        |f: &FactRecord| matches!(&f.fact, Fact::ReporterJoined { reporter: r, .. } if *r == reporter);
    let came = facts.iter().rev().find(|f| joins(f)).map(|f| f.seq);
    facts.into_iter().filter(|f| came.is_some_and(|seq| f.seq > seq)).collect()
}

fn declined(e: ApiError) -> Declined {
    match e {
        ApiError::Fault(f) => Declined::Fault(f),
        ApiError::Stale => Declined::Stale,
        ApiError::Wrong(mut fields) if !fields.is_empty() => Declined::Wrong(fields.remove(0)),
        other => Declined::Refused(as_refusal(&other)),
    }
}

#[async_trait]
impl Desk for ResidentDesk {
    fn now(&self) -> Instant {
        self.state.now()
    }
    fn house(&self) -> House {
        House { office: self.state.office.clone(), phone: self.state.phone.clone() }
    }
    fn classes(&self) -> Arc<ClassTable> {
        self.state.classes.clone()
    }
    fn secret(&self) -> [u8; 32] {
        self.state.secret
    }
    fn token(&self) -> String {
        hex::encode(&self.state.fresh.bytes()[..16])
    }
    fn script(&self) -> Option<String> {
        web::built("resident", ".js")
    }
    async fn areas(&self) -> Result<Arc<AreaTree>, Fault> {
        self.state.areas().await
    }
    async fn take_photo(&self, bytes: Vec<u8>) -> Result<String, Declined> {
        photos::take(&self.state, bytes, None).await.map_err(declined)
    }

    async fn near(&self, class: &str, area: &Area) -> Result<Vec<Case>, Fault> {
        let areas = self.state.areas().await?;
        let building = areas.find_at_level(&area.id, linli_model::AreaLevel::Building).unwrap_or(area);
        let filter = CaseFilter {
            class: Some(class.to_owned()),
            open_only: true,
            reported: true,
            ..CaseFilter::all_within(areas.reach(&building.id), self.state.now())
        };
        let found = self.state.store.cases(&filter, &PageAsk::first(50)).await?;
        let since = self.state.now() - Millis::days(i64::from(self.state.classes.near.days));
        let shown = |c: &Case| {
            let tile = self.state.classes.find(&c.class).is_some_and(|k| k.tile.is_some());
            let a_report = matches!(&c.origin, Origin::Report { channel, .. } if channel == "web");
            tile && a_report && c.opened_at >= since && c.stage.answer_to_come()
        };
        Ok(found.items.into_iter().filter(shown).take(NEAR_MAX).collect())
    }

    async fn open(&self, report: Report, code_hash: [u8; 32]) -> Result<(Case, bool), Declined> {
        let state = &self.state;
        let seed = state.fresh.seed();
        let (id, reporter): (CaseId, ReporterId) = (seed.id_of_day("case", state.now()), seed.id("reporter"));
        let opening = Opening {
            id,
            number: next_case_number(state, &report.area.id).await?,
            class: report.class,
            title: report.words.trim().chars().take(40).collect(),
            text: report.words,
            place: report.place,
            area: report.area.id,
            lon: None,
            lat: None,
            severity: None,
            origin: Origin::Report { channel: report.channel.to_owned(), filed_by: None, order: None },
            subject: None,
            reporters: vec![reporter],
            photos: report
                .photos
                .into_iter()
                .map(|blob| Photo {
                    blob,
                    when: PhotoWhen::Before,
                    audience: Audience::Internal,
                    shot: Shot::default(),
                })
                .collect(),
        };
        let beside = vec![Change::ReporterAdd(Reporter {
            id: reporter,
            case: id,
            channel: report.channel.to_owned(),
            claim_hash: Some(hex::encode(code_hash)),
            name: String::new(),
            phone: report.phone.unwrap_or_default(),
            created_at: state.now(),
        })];
        let key = Idempotency {
            key: format!("report:{}", report.token),
            request: "report".into(),
            body: id.to_string(),
        };
        open_case(state, &opening, &ActorKind::Reporter { reporter }, beside, Some(key))
            .await
            .map_err(declined)
    }

    async fn join(&self, case: CaseId, form_token: &str, code_hash: [u8; 32]) -> Result<Case, Declined> {
        let state = &self.state;
        if let Some(known) = state.store.reporter_by_claim(&hex::encode(code_hash)).await? {
            return self.case_of(&known).await?.ok_or_else(|| declined(ApiError::NotFound));
        }
        let found = state.store.case(case).await?.ok_or_else(|| declined(ApiError::NotFound))?;
        let reporter = Reporter {
            id: state.fresh.seed().id::<ReporterId>("reporter"),
            case,
            channel: "web".to_owned(),
            claim_hash: Some(hex::encode(code_hash)),
            name: String::new(),
            phone: String::new(),
            created_at: state.now(),
        };
        let key =
            Idempotency { key: format!("join:{form_token}"), request: case.to_string(), body: String::new() };
        let joined = join_case(state, &found, Some(reporter), None, Some(key)).await;
        joined.map(|(case, _)| case).map_err(declined)
    }

    async fn find(&self, code_hash: [u8; 32]) -> Result<Option<Claimed>, Fault> {
        let state = &self.state;
        let Some(reporter) = state.store.reporter_by_claim(&hex::encode(code_hash)).await? else {
            return Ok(None);
        };
        let Some(case) = self.case_of(&reporter).await? else { return Ok(None) };
        let mut facts = state.store.facts(case.id).await?;
        let merged = went_on_in(state, &case).await?.pop();
        if let Some(target) = &merged {
            facts.extend(since_joining(state.store.facts(target.id).await?, reporter.id));
        }
        let posts = state.store.posts().await?;
        let acted = |post: &linli_model::Post| {
            facts.iter().any(|f| matches!(f.actor, Actor::User { post: Some(p), .. } if p == post.id))
                || case.owner.post == post.id
        };
        let roles = posts.iter().filter(|p| acted(p)).map(|p| (p.id, p.role)).collect();
        Ok(Some(Claimed { reporter: reporter.id, facts, roles, merged, case }))
    }

    async fn act(&self, claimed: &Claimed, version: u32, command: Command) -> Result<(), Declined> {
        let who = ActorKind::Reporter { reporter: claimed.reporter };
        // A merged case goes on in the other one: there the answer is, and there it is rated.
        let case = claimed.merged.as_ref().unwrap_or(&claimed.case);
        carry_command(&self.state, case.id, &command, version, &who, None).await.map(drop).map_err(declined)
    }
}
