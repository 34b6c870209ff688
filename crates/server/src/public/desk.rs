//! What the resident pages ask of the house behind them.
//!
//! Owns: the [`Desk`] port, so that the pages are tested with any desk and know nothing of tables.
//!
//! Invariants
//! - DK1 A report under a token that was used already gives the same case and the same code; nothing is opened twice.
//! - DK2 What is near is only ever a resident's report, open, of a class residents choose: a finding about
//!   somebody's home is never shown to neighbours.
//! - DK3 A contact goes to the sealed column of its reporter and nowhere else.

use super::form::Sent;
use async_trait::async_trait;
use linli_casework::{Case, CaseId, ClassTable, Command, FactRecord, ReporterId};
use linli_model::{Area, AreaId, AreaLevel, AreaTree, Diagnostic, Fault, Instant, PostId, Refusal, Role};
use std::{collections::BTreeMap, sync::Arc};

/// What the pages say about who runs them.
#[derive(Clone, Debug, Default)]
pub struct House {
    pub office: String,
    pub phone: Option<String>,
}

/// A report as it was sent, checked in form only.
#[derive(Clone, Debug)]
pub struct Report {
    pub token: String,
    pub class: String,
    pub area: Area,
    pub place: String,
    pub words: String,
    pub phone: Option<String>,
    pub photos: Vec<String>,
    pub channel: &'static str,
}

/// A case and one of its reporters.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub case: Case,
    pub reporter: ReporterId,
    /// Of the case, and since they came along of the one it was merged into.
    pub facts: Vec<FactRecord>,
    /// The roles of the posts that acted; a step says the role and never the name.
    pub roles: BTreeMap<PostId, Role>,
    /// Where the case was merged into, if it was.
    pub merged: Option<Case>,
}

impl Claimed {
    /// The case in which the matter is handled now.
    pub fn goes_on(&self) -> &Case {
        self.merged.as_ref().unwrap_or(&self.case)
    }
}

/// Why the house did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Declined {
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("{}", .0.message.en)]
    Wrong(Diagnostic),
    /// Somebody changed the case in between.
    #[error("the case has changed meanwhile")]
    Stale,
    #[error("{0}")]
    Fault(#[from] Fault),
}

#[async_trait]
pub trait Desk: Send + Sync {
    fn now(&self) -> Instant;
    fn house(&self) -> House;
    fn classes(&self) -> Arc<ClassTable>;
    /// The key of claim codes; from the installation's keyring.
    fn secret(&self) -> [u8; 32];
    /// A fresh form token: 32 hexadecimal digits of randomness.
    fn token(&self) -> String;
    /// The script of these pages in the web build, if it is there.
    fn script(&self) -> Option<String>;
    async fn areas(&self) -> Result<Arc<AreaTree>, Fault>;
    async fn take_photo(&self, bytes: Vec<u8>) -> Result<String, Declined>;
    /// Open reports of this class at this place or in the same building, newest first.
    async fn near(&self, class: &str, area: &Area) -> Result<Vec<Case>, Fault>;
    /// Opens the case with its reporter; gives the case, and whether the token had been used before.
    async fn open(&self, report: Report, code_hash: [u8; 32]) -> Result<(Case, bool), Declined>;
    /// Adds a reporter to an open case that [`Desk::near`] may show.
    async fn join(&self, case: CaseId, token: &str, code_hash: [u8; 32]) -> Result<Case, Declined>;
    async fn find(&self, code_hash: [u8; 32]) -> Result<Option<Claimed>, Fault>;
    async fn act(&self, claimed: &Claimed, version: u32, command: Command) -> Result<(), Declined>;
}

/// A report from what a form sent; the area is looked up, the words are counted.
pub(super) fn report_of(sent: &Sent, area: Area, place: String) -> Report {
    Report {
        token: sent.get("k").to_owned(),
        class: sent.get("class").to_owned(),
        area,
        place,
        words: sent.get("words").to_owned(),
        phone: super::form::phone_number(sent.get("phone")),
        photos: photo_ids(sent.get("photos")),
        channel: "web",
    }
}

/// A place residents may name: an estate, a building, a door; never a dwelling, never a whole grid.
pub(super) fn find_place<'a>(areas: &'a AreaTree, id: &AreaId) -> Option<&'a Area> {
    areas.find(id).filter(|a| (AreaLevel::Estate..=AreaLevel::Doorway).contains(&a.level))
}

/// Where a report is opened: at its place; a complaint about how people were treated one tier above the
/// committee, so that nobody gets the complaint about themselves.
pub(super) fn opening_area<'a>(areas: &'a AreaTree, place: &'a Area, class: &str) -> &'a Area {
    if class != super::COMPLAINT {
        return place;
    }
    areas.upward(&place.id).find(|a| a.level < AreaLevel::ResidentialArea).unwrap_or(place)
}

/// The ids a form carries along, separated by dots; only what can be an id is kept.
pub(super) fn photo_ids(text: &str) -> Vec<String> {
    text.split('.')
        .filter(|id| {
            !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        .take(super::form::PHOTOS_MAX)
        .map(str::to_owned)
        .collect()
}

/// `田林十二村41号`: an area as residents say it, from the estate down.
pub fn place_name(areas: &AreaTree, id: &AreaId) -> String {
    let mut parts: Vec<&Area> = areas.upward(id).take_while(|a| a.level >= AreaLevel::Estate).collect();
    if parts.is_empty() {
        return areas.find(id).map(|a| a.name.clone()).unwrap_or_default();
    }
    parts.reverse();
    // The building's own number says nothing to who stands before a door with another one.
    if parts.iter().any(|a| a.level == AreaLevel::Doorway) {
        parts.retain(|a| a.level != AreaLevel::Building);
    }
    let mut name = String::new();
    for part in parts {
        if part.name.starts_with(&name) {
            name.clone_from(&part.name);
        } else {
            name.push_str(&part.name);
        }
    }
    name
}
