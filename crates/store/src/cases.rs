//! Cases, their facts, reporters, findings and photos.

use crate::{Page, PageAsk};
use linli_casework::{Case, CaseId, FactRecord, ReporterId};
use linli_model::{AreaId, AreaPath, Extent, Fault, Finding, FindingId, Instant, PostId, Subject, UserId};
use std::collections::BTreeMap;

/// The tabs of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tab {
    /// 待受理
    ToAccept,
    /// 我的待办
    Mine,
    /// 即将超时
    DueSoon,
    /// 已超时
    Overdue,
    /// 退回: came back from a check, a dispute or outside
    Returned,
    /// 全部
    All,
}

impl Tab {
    pub const ALL: [Tab; 6] = [Tab::ToAccept, Tab::Mine, Tab::DueSoon, Tab::Overdue, Tab::Returned, Tab::All];
    pub fn code(self) -> &'static str {
        match self {
            Tab::ToAccept => "to_accept",
            Tab::Mine => "mine",
            Tab::DueSoon => "due_soon",
            Tab::Overdue => "overdue",
            Tab::Returned => "returned",
            Tab::All => "all",
        }
    }
    pub fn find(code: &str) -> Option<Tab> {
        Tab::ALL.into_iter().find(|t| t.code() == code)
    }
}

/// What a case is looked for by besides its stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// 集中诉求
    Concentrated,
    /// 待回访: somebody without a page is still to be called
    CallBack,
    /// 根源问题
    RootCause,
}

impl Mark {
    pub const ALL: [Mark; 3] = [Mark::Concentrated, Mark::CallBack, Mark::RootCause];
    pub fn code(self) -> &'static str {
        match self {
            Mark::Concentrated => "concentrated",
            Mark::CallBack => "call_back",
            Mark::RootCause => "root_cause",
        }
    }
    pub fn find(code: &str) -> Option<Mark> {
        Mark::ALL.into_iter().find(|m| m.code() == code)
    }
    pub fn of(case: &Case) -> Vec<Mark> {
        let has = |mark: &Mark| match mark {
            Mark::Concentrated => case.concentrated_at.is_some(),
            Mark::CallBack => !case.to_call().is_empty(),
            Mark::RootCause => case.class == linli_casework::decide::ROOT_CAUSE,
        };
        Mark::ALL.into_iter().filter(has).collect()
    }
}

/// Which cases: all conditions hold together. `within` empty means none at all (ST4).
#[derive(Clone, Debug)]
pub struct CaseFilter {
    pub within: Vec<AreaPath>,
    /// Also cases this user owns or helps with, wherever they lie.
    pub me: Option<UserId>,
    pub tab: Tab,
    pub class: Option<String>,
    pub stage: Option<String>,
    /// In one of these: a place, and what it took over. Empty: anywhere.
    pub areas: Vec<Extent>,
    /// At exactly one of these, not further inside them. Empty: anywhere.
    pub at: Vec<AreaPath>,
    pub text: Option<String>,
    pub open_only: bool,
    /// Not those that were answered and only wait for what is said of it.
    pub unanswered: bool,
    pub mark: Option<Mark>,
    /// Only those that began with somebody's report, not with a finding or in another system.
    pub reported: bool,
    pub opened_since: Option<Instant>,
    pub now: Instant,
}

impl CaseFilter {
    pub fn all_within(within: Vec<AreaPath>, now: Instant) -> Self {
        CaseFilter {
            within,
            me: None,
            tab: Tab::All,
            class: None,
            stage: None,
            areas: Vec::new(),
            at: Vec::new(),
            text: None,
            open_only: false,
            unanswered: false,
            mark: None,
            reported: false,
            opened_since: None,
            now,
        }
    }
}

/// Someone who is owed an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reporter {
    pub id: ReporterId,
    pub case: CaseId,
    pub channel: String,
    /// Keyed hash of the claim code, hex; none for who has no code.
    pub claim_hash: Option<String>,
    /// Sealed at rest.
    pub name: String,
    pub phone: String,
    pub created_at: Instant,
}

/// What is known of a photo beside its bytes; the evidence is protected and never leaves with the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoMeta {
    /// Hash of the clean picture.
    pub id: String,
    pub thumb: String,
    pub case: Option<CaseId>,
    /// None for a resident's.
    pub uploader: Option<UserId>,
    pub taken_at: Option<Instant>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub original_hash: String,
    pub created_at: Instant,
}

/// Open cases of one class about one subject that are looked at. Findings join, so there are more only where people
/// opened them.
pub const OPEN_ABOUT_MAX: u32 = 64;

/// How far the cases of a list are counted; a count of one more means that there are more.
pub const COUNTED_MAX: u64 = 1_000;

#[async_trait::async_trait]
pub trait CaseStore: Send + Sync {
    async fn case(&self, id: CaseId) -> Result<Option<Case>, Fault>;
    /// In the order of opening, newest first.
    async fn cases(&self, filter: &CaseFilter, page: &PageAsk) -> Result<Page<Case>, Fault>;
    /// How many each tab holds; of all, at most [`COUNTED_MAX`] and one.
    async fn case_counts(&self, filter: &CaseFilter) -> Result<BTreeMap<Tab, u64>, Fault>;
    async fn facts(&self, case: CaseId) -> Result<Vec<FactRecord>, Fault>;
    /// The open cases of a class about a subject, newest first; at most [`OPEN_ABOUT_MAX`].
    async fn open_cases_about(&self, class: &str, subject: &Subject) -> Result<Vec<Case>, Fault>;
    async fn case_of_finding(&self, finding: FindingId) -> Result<Option<Case>, Fault>;
    /// Cases that facts were written to since then, the oldest change first.
    async fn cases_changed_since(&self, since: Instant, limit: u32) -> Result<Vec<Case>, Fault>;
    /// Cases with a finding of this rule that were opened since then, newest first.
    async fn cases_of_rule(&self, rule: &str, since: Instant, limit: u32) -> Result<Vec<Case>, Fault>;
    /// Cases the clock must look at.
    async fn cases_due(&self, now: Instant, limit: u32) -> Result<Vec<Case>, Fault>;
    /// Urgent and alarming cases that nobody has accepted, the oldest first: those behind the case that was opened then
    /// with this id.
    async fn cases_not_taken(
        &self,
        behind: Option<(Instant, CaseId)>,
        limit: u32,
    ) -> Result<Vec<Case>, Fault>;
    async fn finding(&self, id: FindingId) -> Result<Option<Finding>, Fault>;
    async fn findings_of_case(&self, case: CaseId) -> Result<Vec<Finding>, Fault>;
    async fn reporter_by_claim(&self, claim_hash: &str) -> Result<Option<Reporter>, Fault>;
    async fn reporters(&self, case: CaseId) -> Result<Vec<Reporter>, Fault>;
    /// Those of these ids, whichever case their rows are kept with.
    async fn reporters_of(&self, ids: &[ReporterId]) -> Result<Vec<Reporter>, Fault>;
    async fn photo(&self, id: &str) -> Result<Option<PhotoMeta>, Fault>;
    /// Open cases whose owner's post has ended, or whose owner may sign in no more.
    async fn cases_without_owner(&self, now: Instant, limit: u32) -> Result<Vec<Case>, Fault>;
    /// How many cases within these areas that were closed in `[from, to)` each area's posts solved.
    async fn solved_by_area(
        &self,
        within: &[AreaPath],
        from: Instant,
        to: Instant,
    ) -> Result<Vec<(AreaId, u64)>, Fault>;
    /// How cases within these areas that were opened in `[from, to)` began, and when they closed; oldest first.
    async fn openings(
        &self,
        within: &[AreaPath],
        from: Instant,
        to: Instant,
        limit: u32,
    ) -> Result<Vec<(FactRecord, Option<Instant>)>, Fault>;
    /// How many open cases each post owns.
    async fn load_by_post(&self) -> Result<BTreeMap<PostId, u32>, Fault>;
}
