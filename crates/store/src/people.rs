//! Persons: sealed at rest, masked in lists, opened only with an entry in the access log.

use crate::{Page, PageAsk};
use linli_casework::CaseId;
use linli_model::{AreaId, AreaPath, Fault, Instant, UserId, typed_id};
use serde::{Deserialize, Serialize};

typed_id!(PersonId);

/// A whole record, as it is opened or saved. `Debug` shows no name.
#[derive(Clone, PartialEq)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub id_number: Option<String>,
    pub phone: Option<String>,
    pub dwelling: AreaId,
    pub dwelling_path: AreaPath,
    /// `owner`, `family`, `tenant`, `other`.
    pub residence: String,
    pub registered_here: bool,
    pub contact_name: Option<String>,
    pub contact_phone: Option<String>,
    /// Care populations by consent, e.g. `elder_alone`.
    pub populations: Vec<String>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({} in {})", self.id, self.dwelling)
    }
}

/// What a list may show: 张**.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskedPerson {
    pub id: PersonId,
    pub name_masked: String,
    pub dwelling: AreaId,
    pub dwelling_path: AreaPath,
    pub populations: Vec<String>,
}

/// Why a record is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    pub at: Instant,
    pub user: UserId,
    pub role: String,
    pub person: String,
    pub purpose: String,
    pub case: Option<CaseId>,
    pub reason: String,
}

/// An entry to add; the store gives it its number and its place in the chain.
pub type LookEntry = Look;

#[derive(Clone, Debug, PartialEq)]
pub struct ChainedLook {
    pub seq: u64,
    pub look: Look,
    pub hash: String,
}

/// Whether the chain is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainVerdict {
    pub entries: u64,
    pub broken_at: Option<u64>,
}

#[async_trait::async_trait]
pub trait PeopleStore: Send + Sync {
    /// Opens a record and writes the look in the same transaction (ST5).
    async fn open_person(&self, id: PersonId, look: &Look) -> Result<Option<Person>, Fault>;
    /// By dwelling's path, or by a whole name, phone or identity number.
    async fn people(
        &self,
        within: &[AreaPath],
        asked: Option<&str>,
        page: &PageAsk,
    ) -> Result<Page<MaskedPerson>, Fault>;
    async fn person_place(&self, id: PersonId) -> Result<Option<AreaPath>, Fault>;
    /// Who lives in a dwelling and is in a population: for telling the family contact. Logged like any look.
    async fn care_contact(
        &self,
        dwelling: &AreaId,
        look: &Look,
    ) -> Result<Option<(String, Option<String>)>, Fault>;
    async fn looks(&self, page: &PageAsk) -> Result<Page<ChainedLook>, Fault>;
    async fn verify_looks(&self) -> Result<ChainVerdict, Fault>;
}
