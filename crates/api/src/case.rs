//! Cases: list, view, commands, filing on behalf.

use crate::page::Coded;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// The filter of the case list; the same for list, counts and export.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct CaseQuery {
    /// `to_accept`, `mine`, `due_soon`, `overdue`, `returned`, `all`.
    pub tab: Option<String>,
    /// Words of number, title, text or place.
    pub q: Option<String>,
    pub class: Option<String>,
    pub stage: Option<String>,
    /// In this area, whatever is inside it included.
    pub area: Option<String>,
    /// At exactly this area.
    pub at: Option<String>,
    /// Only those on which somebody still has to work: open, and not yet answered.
    pub open: Option<bool>,
    /// `concentrated`, `call_back`, `root_cause`.
    pub mark: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<u32>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseRow {
    pub id: String,
    pub number: String,
    pub title: String,
    pub class: Coded,
    pub place: String,
    pub area: Coded,
    pub stage: Coded,
    pub severity: Coded,
    pub owner: OwnerView,
    /// Those of the owner, of this round.
    pub promises: Vec<PromiseView>,
    pub reporters_count: u32,
    /// What it is looked for by besides its stage: `concentrated`, `call_back`, `root_cause`.
    pub marks: Vec<Coded>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub opened_at: String,
    pub updated_at: String,
    pub version: u32,
}

/// An area that was taken over.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Redrawn {
    pub was: Coded,
    pub now: Coded,
    /// The day, like `2026-12-01`.
    pub since: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnerView {
    pub id: String,
    pub name: String,
    pub role: Coded,
    pub area: Coded,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PromiseView {
    pub kind: String,
    pub label: String,
    pub due_at: String,
    /// `open`, `kept`, `broken`, `void`.
    pub state: String,
    /// `fine`, `due_soon`, `overdue` for open ones; the same words for all languages.
    pub tone: String,
    pub paused: bool,
    /// Counted into a year whose swap days are not published.
    pub provisional: bool,
    pub round: u32,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseCounts {
    /// How many cases each tab holds. All cases are counted up to 1,000; 1,001 means that there are more.
    pub tabs: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseView {
    #[serde(flatten)]
    pub row: CaseRow,
    pub text: String,
    pub round: u32,
    /// Boundaries were redrawn since it was reported: where it was, and who has that ground today.
    pub redrawn: Option<Redrawn>,
    pub origin: Coded,
    pub outcome: Option<Coded>,
    pub answer: Option<String>,
    /// Why this owner.
    pub routing: String,
    /// More time asked for and not decided on.
    pub extension: Option<ExtensionView>,
    /// What co-handlers were asked to do.
    pub tasks: Vec<TaskView>,
    /// How long each step took, oldest first.
    pub steps: Vec<StepView>,
    pub available_actions: Vec<ActionView>,
    pub timeline: Vec<TimelineRow>,
    pub photos: Vec<PhotoView>,
    /// What a rule found, where one did.
    pub evidence: Option<EvidenceView>,
    pub reporters: Vec<ReporterView>,
    pub ratings: Vec<RatingView>,
    /// Phrases a handler can tap.
    pub phrases: Vec<String>,
    /// Of the person to call, for those who handle the case; each showing is logged.
    pub contact: Option<ContactView>,
    /// Other cases at the same place in the last 90 days, those first that may be the same matter.
    pub nearby: Vec<NearbyCase>,
    /// Cases it belongs with: the one that looks for its cause, or the times it happened.
    pub links: Vec<LinkView>,
    /// The case it goes on in, where it was merged.
    pub merged_into: Option<LinkView>,
    /// To whom it was passed on, where it is not ours.
    pub passed_to: Option<String>,
    /// What it is to the city's hotline, where it came from there.
    pub order: Option<OrderView>,
    /// How it was closed, in words.
    pub closed_how: Option<Coded>,
    /// The class's place among 大类, 小类 and 子类, the widest first.
    pub class_levels: Vec<String>,
    /// The version of the class table it began with, and ends under.
    pub class_version: u32,
}

/// Another case, and what this one has to do with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LinkView {
    pub id: String,
    pub number: String,
    pub how: Coded,
}

/// Where something is about to be filed, to see what is known there already.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct AlikeQuery {
    pub class: Option<String>,
    pub area: String,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
}

/// Joining a case instead of filing it anew; without a reporter it is one's own note.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinCase {
    /// `window`, `phone`, `cadre`, `patrol`, `volunteer`, `police`.
    pub channel: String,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub reporter: Option<ReporterContact>,
    #[serde(default)]
    pub photos: Vec<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExtensionView {
    pub amount: u32,
    /// What the amount counts: working days, urgent hours …
    pub unit: String,
    pub reason: String,
    pub asked_at: String,
    pub asked_by: String,
    /// Who was told; any officer of that level may decide.
    pub decider: OwnerView,
    pub decide_by: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TaskView {
    pub task: u32,
    pub holder: OwnerView,
    /// Why this holder.
    pub routing: String,
    pub text: String,
    /// `asked`, `accepted`, `done`, `refused`, `dropped`.
    pub state: Coded,
    /// What was done, or why it was refused or dropped.
    pub words: String,
    pub asked_at: String,
    pub promise: Option<PromiseView>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepView {
    pub stage: Coded,
    /// Who had it: role and area, no name.
    pub role: Coded,
    pub area: Coded,
    pub from: String,
    /// None for the step of now.
    pub to: Option<String>,
    pub minutes: u64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactView {
    pub phone: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NearbyCase {
    pub id: String,
    pub number: String,
    pub title: String,
    pub place: String,
    pub stage: Coded,
    pub opened_at: String,
    pub reporters_count: u32,
    /// Why it may be the same matter; none where it only lies near.
    pub alike: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActionView {
    pub code: String,
    pub label: String,
    pub enabled: bool,
    pub reason: Option<String>,
    /// What is wanted before this may be said, in words.
    pub hint: Option<String>,
    pub fields: Vec<FieldView>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldView {
    pub name: String,
    /// `text`, `number`, `choice`, `flag`, `instant`, `photos`, `area`, `post`, `case`, `reporter`.
    pub kind: String,
    pub label: String,
    pub required: bool,
    pub choices: Vec<Coded>,
    /// Asked only where another field has this value.
    pub only_with: Option<OnlyWith>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OnlyWith {
    pub field: String,
    pub value: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineRow {
    pub seq: u32,
    pub at: String,
    pub actor: ActorView,
    pub kind: String,
    pub label: String,
    pub text: String,
    pub photos: Vec<PhotoView>,
    /// `internal` or `reporter`.
    pub audience: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActorView {
    pub label: String,
    /// `user`, `reporter`, `system`.
    pub kind: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PhotoView {
    pub id: String,
    /// `before` or `after`.
    pub when: String,
    pub url: String,
    pub thumb_url: String,
    /// For a photo of the result: what its camera says of when and where, or that it says nothing.
    pub proof: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EvidenceView {
    pub finding: String,
    pub rule: String,
    pub rule_version: u32,
    pub sentence: String,
    pub start: String,
    pub end: Option<String>,
    pub deadline: Option<String>,
    pub parameters: Vec<ParameterView>,
    pub steps: Vec<String>,
    pub readings: Vec<EvidencePoint>,
    pub readings_total: u64,
    /// Readings about a person or dwelling show days, not minutes (G13).
    pub by_day: bool,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ParameterView {
    pub name: String,
    pub value: f64,
    pub unit: String,
    pub set_by: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EvidencePoint {
    pub at: String,
    pub device: String,
    pub measure: String,
    pub value: Option<f64>,
    pub text: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReporterView {
    pub id: String,
    /// The number this reporter was given.
    pub number: String,
    /// Until when this reporter was promised, where it is not the case's own promise.
    pub promised_by: Option<String>,
    /// What was heard of them since the answer, in words.
    pub heard: Option<String>,
    pub channel: String,
    pub name: String,
    pub phone: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RatingView {
    pub at: String,
    pub satisfied: Coded,
    pub solved: Option<bool>,
    pub treated_well: Option<bool>,
    pub words: String,
    /// Said on the phone and written down by staff.
    pub by_call: bool,
}

/// A command with the version the person saw; further fields depend on the command (see `available_actions`).
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct CommandRequest {
    pub command: String,
    pub version: u32,
    #[serde(flatten)]
    pub fields: serde_json::Map<String, serde_json::Value>,
}

/// A report filed by staff for somebody at the window or on the phone, or by a cadre on the way.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileCase {
    #[serde(default)]
    pub class: Option<String>,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub place: String,
    pub area: String,
    #[serde(default)]
    pub lon: Option<f64>,
    #[serde(default)]
    pub lat: Option<f64>,
    /// `window`, `phone`, `cadre`, `patrol`, `volunteer`, `police`; with an order `hotline_12345`.
    pub channel: String,
    #[serde(default)]
    pub reporter: Option<ReporterContact>,
    #[serde(default)]
    pub photos: Vec<String>,
    /// What it is to the city's hotline, where it came from there; needed then, and only then.
    #[serde(default)]
    pub order: Option<OrderFiled>,
}

/// An order of the hotline 12345: filed once, whoever files it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrderFiled {
    /// Its number there: 4 to 40 letters, digits or "-".
    pub number: String,
    /// When the hotline gave it (RFC 3339); its time runs since then.
    pub received_at: String,
    /// A class with `order`, which sets its limits.
    pub kind: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderView {
    pub number: String,
    pub received_at: String,
    pub kind: Coded,
}

#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReporterContact {
    pub name: String,
    pub phone: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseFiled {
    pub id: String,
    pub number: String,
    /// Given to the reporter to follow the case; shown once.
    pub claim_code: Option<String>,
    pub promised_by: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PhotoTaken {
    pub id: String,
    pub thumb_url: String,
}

/// A class of cases, for choosing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClassView {
    pub code: String,
    pub label: String,
    pub tile: Option<u8>,
    pub danger: bool,
    /// Its place among 大类, 小类 and 子类, the widest first; empty where it has none.
    pub levels: Vec<String>,
    /// Its place among the hotline's levels.
    pub hotline: Vec<String>,
    /// A kind of order of the hotline, which sets the limits of such an order.
    pub order: bool,
    pub standard_code: Option<String>,
    /// A local extension (080 to 999).
    pub is_local: bool,
}

/// What is open in one building, or at one area in which no building is named.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MapCluster {
    pub area: Coded,
    /// None where the area is no more.
    pub level: Option<Coded>,
    /// Everything inside the area is counted (`area` of the list); else what lies at exactly this area (`at`).
    pub whole: bool,
    pub open: u64,
    pub worst: Coded,
    pub overdue: u64,
    pub to_accept: u64,
}

/// All of a filter on which somebody still has to work (as with `open`): nothing is cut.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MapClusters {
    pub clusters: Vec<MapCluster>,
    /// The sum over the clusters.
    pub open: u64,
}
