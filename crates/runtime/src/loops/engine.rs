//! The engine loop: log → findings → cases → notices, committed with the position (RT2).
//!
//! A batch of entries is stepped once; what it found is then decided and committed, and decided anew when somebody
//! changed a case in between. The engines' snapshot is written beside it now and then: it only shortens the start.

use super::restart::replay_to_checkpoint;
use crate::{Installation, engines::Engines};
use linli_casework::{
    Case, CaseId, Decided, FindingOutcome, Opening, Origin, ReporterId,
    decide::{is_about_people, joined_by, may_join_report},
    decide_finding, may_join,
};
use linli_model::{
    DeviceId, Diagnostic, Fault, Finding, FindingChange, FindingKind, IdSeed, Instant, LogEntry, OwnCode,
    Position, QuarantineReason, Quarantined, Reading, Role, SubjectKind, Text, UserId,
};
use linli_notice::{Notice, NoticeId, Recipient};
use linli_server::{
    cases::carry::{Carried, consequences, next_case_number, tell},
    public::{claim_code, claim_hash, desk::place_name},
};
use linli_store::{
    CaseFilter, Change, Commit, CommitError, Guard, Look, PageAsk, QuarantineItem, Reporter,
    devices::DeviceSeen,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

pub(super) const CHECKPOINT: &str = "engine";
pub(super) const SNAPSHOT: &str = "engine_snapshot";
pub(super) const ENTRIES_MAX: usize = 256;
const TRIES_MAX: u32 = 20;
/// How many open reports of a class in a residential area are looked at, the newest.
const REPORTS_MAX: u32 = 500;

/// What a batch of entries came to, to be committed with its last position.
#[derive(Default)]
struct Batch {
    findings: Vec<Finding>,
    quarantined: Vec<QuarantineItem>,
    seen: HashMap<DeviceId, (Instant, Option<f64>)>,
}

pub async fn run(house: Arc<Installation>) {
    while !house.stop.is_cancelled() {
        if let Err(fault) = follow(&house).await {
            tracing::error!(%fault, "the engine loop failed and starts again from its checkpoint");
            metrics::counter!("linli_loop_faults_total", "loop" => "engine").increment(1);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

async fn follow(house: &Arc<Installation>) -> Result<(), Fault> {
    let mut follower = Follower::from_checkpoint(house).await?;
    let mut appended = house.log.appended();
    while !house.stop.is_cancelled() {
        if !follower.turn(house).await? {
            tokio::select! {
                changed = appended.changed() => if changed.is_err() { return Ok(()) },
                () = house.stop.cancelled() => {}
            }
        }
    }
    Ok(())
}

/// The engines, and how far they have followed the log. After a turn that failed it is of no use any more: the next
/// one starts from the checkpoint.
pub struct Follower {
    engines: Engines,
    at: Position,
    snapshot_at: Position,
}

impl Follower {
    pub async fn from_checkpoint(house: &Installation) -> Result<Follower, Fault> {
        let (engines, at) = replay_to_checkpoint(house).await?;
        Ok(Follower { engines, at, snapshot_at: at })
    }

    /// One batch of the log; says whether there was one.
    pub async fn turn(&mut self, house: &Arc<Installation>) -> Result<bool, Fault> {
        let entries = house.log.read(self.at, ENTRIES_MAX).await?;
        let Some(last) = entries.last().map(|(p, _)| *p) else { return Ok(false) };
        let areas = house.state.areas().await?;
        let mut batch = Batch::default();
        for (position, entry) in &entries {
            self.engines.step(entry, &areas, &mut batch.findings);
            batch.note(*position, entry, &self.engines);
            batch.note_conflicts(*position, entry, self.engines.take_conflicts());
        }
        let snapshot = (last >= self.snapshot_at + house.snapshot_every).then(|| self.engines.snapshot());
        if snapshot.is_some() {
            self.snapshot_at = last;
        }
        commit(house, &batch, self.at, last, snapshot).await?;
        self.at = last;
        metrics::gauge!("linli_log_behind").set((house.log.last().await? - last) as f64);
        for (what, n) in self.engines.counted() {
            metrics::counter!("linli_engine_total", "what" => what).absolute(n);
        }
        Ok(true)
    }
}

impl Batch {
    fn note(&mut self, position: Position, entry: &LogEntry, engines: &Engines) {
        let LogEntry::Readings(batch) = entry else { return };
        for reading in &batch.readings {
            let battery =
                (reading.measure.as_str() == "battery_pct").then(|| reading.value.number()).flatten();
            let at = engines.event_time(reading, batch.received_at).min(batch.received_at);
            let seen = self.seen.entry(reading.device.clone()).or_insert((at, battery));
            seen.0 = seen.0.max(at);
            seen.1 = battery.or(seen.1);
        }
        self.quarantined.extend(batch.quarantined.iter().map(|row| QuarantineItem {
            id: format!("{position}-{}", row.row),
            source: batch.source.clone(),
            received_at: batch.received_at,
            row: row.clone(),
        }));
    }
}

impl Batch {
    /// What came under an id that was taken: kept in the log, heard by no rule, shown to a person.
    fn note_conflicts(&mut self, position: Position, entry: &LogEntry, conflicts: Vec<Reading>) {
        let LogEntry::Readings(batch) = entry else { return };
        self.quarantined.extend(conflicts.into_iter().zip(1..).map(|(reading, n)| QuarantineItem {
            id: format!("{position}-taken-{n}"),
            source: batch.source.clone(),
            received_at: batch.received_at,
            row: Quarantined {
                row: n,
                raw: serde_json::to_string(&reading).unwrap_or_default(),
                reason: QuarantineReason::ConflictingDuplicate,
                diagnostic: Diagnostic::new(
                    "conflicting_duplicate",
                    "id",
                    format!("编号 {} 已用于另一条内容不同的读数;如果都有效,请换一个编号", reading.id),
                    format!("the id {} was used for another reading with other content; give it an id of its own if both hold", reading.id),
                ),
            },
        }));
    }
}

/// Decides and commits; decides anew when a case was changed in between.
async fn commit(
    house: &Arc<Installation>,
    batch: &Batch,
    from: Position,
    to: Position,
    snapshot: Option<Vec<u8>>,
) -> Result<(), Fault> {
    for _ in 0..TRIES_MAX {
        let mut decided = Decision::default();
        for finding in &batch.findings {
            decided.take(house, finding).await?;
        }
        let mut changes = std::mem::take(&mut decided.changes);
        changes.extend(batch.quarantined.iter().cloned().map(Change::QuarantineAdd));
        let seen = batch.seen.iter().map(|(device, (at, battery_pct))| DeviceSeen {
            device: device.clone(),
            at: *at,
            battery_pct: *battery_pct,
        });
        changes.push(Change::DevicesSeen(seen.collect()));
        changes.push(Change::CheckpointSet { name: CHECKPOINT.into(), position: to, snapshot: None });
        if let Some(snapshot) = snapshot.clone() {
            changes.push(Change::CheckpointSet {
                name: SNAPSHOT.into(),
                position: to,
                snapshot: Some(snapshot),
            });
        }
        let mut guards = vec![Guard::Checkpoint(CHECKPOINT.into(), from)];
        guards.extend(decided.seen_at.iter().map(|(case, version)| Guard::CaseVersion(*case, *version)));
        let commit = Commit { at: house.clock.now(), guards, changes, idempotency: None };
        match house.store.commit(commit).await {
            Ok(_) => {
                for (case, notices) in &decided.told {
                    tell(&house.state, case, notices);
                }
                linli_server::chain::told(&batch.findings, house.clock.now());
                metrics::counter!("linli_findings_total").increment(batch.findings.len() as u64);
                return Ok(());
            }
            Err(CommitError::Stale(what)) if what.starts_with("Checkpoint") => {
                return Err(Fault::passing("another engine has passed this position"));
            }
            Err(CommitError::Stale(_)) => {}
            Err(CommitError::Conflict(refusal)) => return Err(Fault::lasting(refusal.message.en)),
            Err(CommitError::Fault(fault)) => return Err(fault),
        }
    }
    Err(Fault::passing("cases kept changing while findings were decided"))
}

/// The decisions of one batch; later findings see the cases earlier ones made.
#[derive(Default)]
struct Decision {
    cases: BTreeMap<CaseId, Case>,
    /// Versions of stored cases as they were read; guards of the commit.
    seen_at: BTreeMap<CaseId, u32>,
    changes: Vec<Change>,
    told: Vec<(Case, Vec<Notice>)>,
}

impl Decision {
    async fn take(&mut self, house: &Arc<Installation>, finding: &Finding) -> Result<(), Fault> {
        if OwnCode::read(&finding.rule).is_some_and(|own| own.shadow) {
            // Kept to be counted; it opens no case, joins none and is told to nobody.
            self.changes.push(Change::FindingSet { finding: Box::new(finding.clone()), case: None });
            return Ok(());
        }
        let state = &house.state;
        let existing = self.existing(house, finding).await?;
        let told = format!("{}/{:?}/{}", finding.id, finding.change, finding.decided_at.millis());
        let seed = IdSeed::of_name(&told);
        // Late data disproved it, its case was closed or answered, and now it holds after all: that is a case of its own.
        let past =
            |c: &Case| !c.stage.is_open() || !c.stage.is_in_hand() && !c.findings.contains(&finding.id);
        let returns = |c: &Case| finding.change == FindingChange::Opened && past(c);
        let (existing, id) = match existing {
            Some(closed) if returns(&closed) => {
                (None, IdSeed::of_name(&told).id_of_day::<CaseId>("case", finding.start))
            }
            other => (other, IdSeed::of_name(&finding.id.to_string()).id_of_day("case", finding.start)),
        };
        let opens = existing.is_none() && finding.kind == FindingKind::Signal && finding.end.is_none();
        let (areas, roster) = (state.areas().await?, state.roster().await?);
        let (mut opening, reporter) = opening(house, finding, id, opens).await?;
        opening.place = place_name(&areas, &finding.area);
        let context = state.context(&areas, &roster, seed);
        let holds = |c: &&Case| c.findings.contains(&finding.id);
        let mut case_of_finding = existing.as_ref().filter(holds).map(|c| c.id);
        match decide_finding(finding, existing.as_ref(), || opening, &context) {
            Ok(FindingOutcome::Opens(decided)) => {
                case_of_finding = Some(id);
                self.put(house, None, decided, seed).await?;
                self.changes.extend(reporter.map(Change::ReporterAdd));
            }
            Ok(FindingOutcome::Joins(decided)) => {
                case_of_finding = existing.as_ref().map(|c| c.id);
                self.put(house, existing.as_ref(), decided, seed).await?;
            }
            Ok(FindingOutcome::CoverageOnly) => {
                self.changes.extend(coverage(house, finding).await?.map(Change::NoticeAdd))
            }
            Ok(FindingOutcome::Nothing) => {}
            Err(refusal) => {
                // Nobody on duty, or a class nobody knows: the finding is kept and said aloud, not lost.
                tracing::error!(finding = %finding.id, rule = %finding.rule, %refusal, "a finding could not become a case");
                metrics::counter!("linli_findings_without_case_total").increment(1);
            }
        }
        let case = case_of_finding.filter(|_| finding.kind == FindingKind::Signal);
        self.changes.push(Change::FindingSet { finding: Box::new(finding.clone()), case });
        Ok(())
    }

    /// The case that holds this finding; only where none does, the newest open one it may join.
    async fn existing(
        &mut self,
        house: &Arc<Installation>,
        finding: &Finding,
    ) -> Result<Option<Case>, Fault> {
        if let Some(case) = self.cases.values().find(|c| c.findings.contains(&finding.id)) {
            return Ok(Some(case.clone()));
        }
        if let Some(holding) = house.store.case_of_finding(finding.id).await? {
            return Ok(Some(self.newest(holding)));
        }
        if let Some(case) = self.cases.values().find(|c| may_join(finding, c)) {
            return Ok(Some(case.clone()));
        }
        // What the batch has changed is looked at above, as it is by now.
        let found = house.store.open_cases_about(&finding.case_class, &finding.subject).await?;
        let found = found.into_iter().find(|c| !self.cases.contains_key(&c.id) && may_join(finding, c));
        match found {
            Some(case) => Ok(Some(self.newest(case))),
            None => self.open_report(house, finding).await,
        }
    }

    /// The nearest open report of the matter in the residential area, where people said it before the sensor did; of
    /// those equally near the newest.
    async fn open_report(
        &mut self,
        house: &Arc<Installation>,
        finding: &Finding,
    ) -> Result<Option<Case>, Fault> {
        let (state, areas) = (&house.state, house.state.areas().await?);
        let classes = joined_by(finding, &state.classes);
        if classes.is_empty() || is_about_people(finding) {
            return Ok(None);
        }
        let at = position(house, finding).await?;
        let near = |c: &Case| may_join_report(finding, at, c, &areas, &state.classes);
        let of_batch = self.cases.values().filter_map(|c| Some((near(c)?, Reverse(c.opened_at), c.clone())));
        let mut found: Vec<_> = of_batch.collect();
        let around = areas.partition_of(&finding.area_path).and_then(|(id, _)| areas.today(&id));
        let around = around.map_or_else(|| vec![finding.area_path.clone()], |a| areas.reach(&a.id));
        for class in classes {
            let filter = CaseFilter {
                class: Some(class.to_owned()),
                open_only: true,
                reported: true,
                ..CaseFilter::all_within(around.clone(), house.clock.now())
            };
            let listed = house.store.cases(&filter, &PageAsk::first(REPORTS_MAX)).await?.items;
            // What the batch has changed is looked at above, as it is by now.
            let stored = listed.into_iter().filter(|c| !self.cases.contains_key(&c.id));
            found.extend(stored.filter_map(|c| Some((near(&c)?, Reverse(c.opened_at), c))));
        }
        let nearest = found.into_iter().min_by_key(|(near, opened, _)| (*near, *opened));
        Ok(nearest.map(|(_, _, case)| self.newest(case)))
    }

    /// A stored case as this batch has it by now; its version is guarded from here on.
    fn newest(&mut self, stored: Case) -> Case {
        if let Some(newer) = self.cases.get(&stored.id) {
            return newer.clone();
        }
        self.seen_at.insert(stored.id, stored.version);
        stored
    }

    async fn put(
        &mut self,
        house: &Arc<Installation>,
        before: Option<&Case>,
        decided: Decided,
        seed: IdSeed,
    ) -> Result<(), Fault> {
        let Carried { case, notices, changes } = consequences(&house.state, before, decided, seed).await?;
        self.changes.extend(changes);
        self.told.push((case.clone(), notices));
        self.cases.insert(case.id, case);
        Ok(())
    }
}

/// Where the finding's device stands: the one it is about, else the one that sent the newest evidence.
async fn position(house: &Installation, finding: &Finding) -> Result<Option<(f64, f64)>, Fault> {
    let device = match finding.subject.kind {
        SubjectKind::Device => Some(DeviceId::new(finding.subject.id.as_str())),
        _ => finding.evidence.readings.last().map(|reading| reading.device.clone()),
    };
    let Some(device) = device else { return Ok(None) };
    let found = house.store.device(&device).await?;
    Ok(found.and_then(|record| record.device.lon.zip(record.device.lat)))
}

/// What a new case is opened with. For care the family contact is owed an answer; looking them up is logged.
async fn opening(
    house: &Arc<Installation>,
    finding: &Finding,
    id: CaseId,
    opens: bool,
) -> Result<(Opening, Option<Reporter>), Fault> {
    let state = &house.state;
    let mut reporter = None;
    if opens && finding.subject.kind == SubjectKind::Dwelling && finding.case_class.starts_with("care.") {
        let look = Look {
            at: house.clock.now(),
            user: UserId(uuid::Uuid::nil()),
            role: "system".to_owned(),
            person: finding.subject.to_string(),
            purpose: "care_visit".to_owned(),
            case: Some(id),
            reason: finding.rule.clone(),
        };
        if let Some((name, phone)) = house.store.care_contact(&finding.area, &look).await? {
            let mut bytes = [0u8; 32];
            bytes[..16].copy_from_slice(id.0.as_bytes());
            bytes[16..].copy_from_slice(&state.secret[..16]);
            let code = claim_code(&bytes);
            reporter = Some(Reporter {
                id: IdSeed::of_name(&id.to_string()).id::<ReporterId>("family"),
                case: id,
                channel: "family".to_owned(),
                claim_hash: Some(claim_hash(&state.secret, &code)),
                name,
                phone: phone.unwrap_or_default(),
                created_at: house.clock.now(),
            });
        }
    }
    let at = if opens && !is_about_people(finding) { position(house, finding).await? } else { None };
    let number = if opens { next_case_number(state, &finding.area).await? } else { String::new() };
    let opening = Opening {
        id,
        number,
        class: finding.case_class.clone(),
        title: finding.sentence.zh.chars().take(60).collect(),
        text: finding.sentence.zh.clone(),
        place: String::new(),
        area: finding.area.clone(),
        lon: at.map(|(lon, _)| lon),
        lat: at.map(|(_, lat)| lat),
        severity: Some(finding.severity),
        origin: Origin::Finding { finding: finding.id, rule: finding.rule.clone() },
        subject: Some(finding.subject.clone()),
        reporters: reporter.iter().map(|r| r.id).collect(),
        photos: Vec::new(),
    };
    Ok((opening, reporter))
}

/// A rule that cannot tell raises a notice to who looks after devices, else to the desk; it opens no case.
async fn coverage(house: &Arc<Installation>, finding: &Finding) -> Result<Option<Notice>, Fault> {
    if finding.end.is_some() {
        return Ok(None);
    }
    let now = house.clock.now();
    let (roster, areas) = (house.state.roster().await?, house.state.areas().await?);
    let of_role = |role: Role| {
        roster
            .candidates
            .iter()
            .find(|c| {
                c.post.role == role && areas.covers((&c.post.area, &c.post.area_path), &finding.area_path)
            })
            .map(|c| c.post.user)
    };
    let Some(user) = of_role(Role::DeviceAdmin).or_else(|| of_role(Role::DutyDesk)) else { return Ok(None) };
    let step = u32::from_be_bytes(finding.id.0.as_bytes()[..4].try_into().unwrap_or_default());
    let title = Text::new("规则无法判断:设备没有数据", "A rule cannot tell: devices are silent");
    Ok(Some(Notice {
        id: IdSeed::of_name(&finding.id.to_string()).id::<NoticeId>("coverage"),
        case: None,
        push: None,
        reason: "coverage".to_owned(),
        recipient: Recipient::User(user),
        step,
        title,
        body: finding.sentence.clone(),
        severity: finding.severity,
        due_at: house.state.policy.earliest(now, linli_model::Severity::Info, 0),
        channel: "in_app".to_owned(),
        created_at: now,
    }))
}
