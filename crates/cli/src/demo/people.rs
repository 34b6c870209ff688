//! The people of the story: they report, accept, handle, verify, answer and rate, through the same recipe as the
//! endpoints. What came in during the last day is left for whoever watches.

use linli_casework::{
    ActorKind, Case, Command, DoneOutcome, Opening, Origin, Photo, ReporterId, Stage, case::Satisfied,
};
use linli_model::{IdSeed, Instant, Millis, UserId};
use linli_notice::{Situation, decide::checker};
use linli_runtime::Installation;
use linli_server::cases::carry::{carry_command, next_case_number, open_case};
use linli_store::{CaseFilter, Change, PageAsk, Reporter};
use linli_twin::reports::{Report, ReportChannel};
use std::sync::Arc;

/// What is newer than this when the story meets the present is left as it is.
const LEFT_FOR_THE_WATCHER: Millis = Millis::hours(30);
/// The elder's case of the story's second week may be older than that and is left all the same.
const ELDER_LEFT: Millis = Millis::hours(54);

fn class_of(topic: &str) -> &'static str {
    match topic {
        "noise" => "noise.neighbour",
        "water" | "leak" => "water.leak",
        "lift" => "facility.lift",
        "parking" => "traffic.parking",
        "waste" => "environment.waste",
        "fire_lane" | "ebike" => "fire.hazard",
        "light" => "facility.public",
        _ => "other",
    }
}

/// Somebody reports; what could not be filed is said and the story goes on.
pub(super) async fn report(house: &Arc<Installation>, report: &Report) {
    let seed = IdSeed::of_name(&format!("demo report {} {}", report.at.millis(), report.place));
    let reporter: ReporterId = seed.id("reporter");
    let channel = match report.channel {
        ReportChannel::Resident => "web",
        ReportChannel::Window => "window",
        ReportChannel::Phone | ReportChannel::Hotline => "phone",
    };
    let Ok(number) = next_case_number(&house.state, &report.area).await else { return };
    let opening = Opening {
        id: seed.id_of_day("case", report.at),
        number,
        class: class_of(&report.topic).to_owned(),
        title: report.text.zh.chars().take(40).collect(),
        text: report.text.zh.clone(),
        place: report.place.clone(),
        area: report.area.clone(),
        lon: Some(report.lon),
        lat: Some(report.lat),
        severity: None,
        origin: Origin::Report { channel: channel.to_owned(), filed_by: None, order: None },
        subject: None,
        reporters: vec![reporter],
        photos: Vec::<Photo>::new(),
    };
    let beside = vec![Change::ReporterAdd(Reporter {
        id: reporter,
        case: opening.id,
        channel: channel.to_owned(),
        claim_hash: None,
        name: report.reporter_name.clone().unwrap_or_default(),
        phone: report.reporter_phone.clone().unwrap_or_default(),
        created_at: report.at,
    })];
    if let Err(e) = open_case(&house.state, &opening, &ActorKind::Reporter { reporter }, beside, None).await {
        tracing::warn!(?e, "a report of the story was not taken");
    }
}

/// Everybody takes the next step of what is theirs, if it has lain long enough.
pub(super) async fn act(house: &Arc<Installation>, present: Instant) {
    let now = house.state.now();
    let Ok(areas) = house.state.areas().await else { return };
    let within = areas.iter().filter(|a| a.parent.is_none()).map(|a| a.path.clone()).collect();
    let filter = CaseFilter { open_only: true, ..CaseFilter::all_within(within, now) };
    let Ok(page) = house.store.cases(&filter, &PageAsk::first(500)).await else { return };
    for case in page.items {
        let left = if case.class == "care.elder_not_out" { ELDER_LEFT } else { LEFT_FOR_THE_WATCHER };
        if case.opened_at > present - left || case.updated_at > now - Millis::minutes(40) {
            continue;
        }
        step(house, case).await;
    }
}

async fn step(house: &Arc<Installation>, case: Case) {
    let Some((who, command)) = next(house, &case).await else { return };
    if let Err(e) = carry_command(&house.state, case.id, &command, case.version, &who, None).await {
        tracing::debug!(?e, number = %case.number, "a person of the story could not act");
    }
}

async fn user(house: &Installation, user: UserId) -> Option<ActorKind> {
    Some(ActorKind::User { user, posts: house.store.posts_of(user).await.ok()? })
}

/// The same case has the same people in a mood each time.
fn mood(case: &Case) -> u8 {
    // The last byte is drawn; the first ones are the day's.
    case.id.0.as_bytes()[15]
}

async fn next(house: &Arc<Installation>, case: &Case) -> Option<(ActorKind, Command)> {
    let text = |t: &str| t.to_owned();
    let owner = user(house, case.owner.user).await?;
    let class = house.state.classes.of(case);
    let phrase = class.phrases.first().map_or_else(|| text("已处理"), |p| p.zh.clone());
    match case.stage {
        Stage::Received | Stage::Disputed => Some((owner, Command::Accept)),
        Stage::Accepted | Stage::Working => {
            let outcome = if class.after_photo { DoneOutcome::Explained } else { DoneOutcome::Solved };
            Some((
                owner,
                Command::ProposeDone {
                    outcome,
                    text: phrase,
                    photos: Vec::new(),
                    passed_to: String::new(),
                    reporter_agrees: Some(true),
                },
            ))
        }
        Stage::ProposedDone => {
            let (areas, roster) = (house.state.areas().await.ok()?, house.state.roster().await.ok()?);
            let situation = Situation {
                now: house.state.now(),
                seed: IdSeed::of_name("demo"),
                policy: &house.state.policy,
                classes: &house.state.classes,
                areas: &areas,
                roster: &roster,
            };
            let who = user(house, checker(case, &situation)?).await?;
            Some((who, Command::Verify { ok: true, text: text("现场核实无误"), photos: Vec::new() }))
        }
        Stage::Verified => {
            Some((owner, Command::Answer { text: format!("您好,您反映的问题已处理:{phrase}。") }))
        }
        Stage::Answered { .. } if !mood(case).is_multiple_of(3) => {
            let reporter = *case.reporters.first()?;
            let unhappy = mood(case) % 11 == 1;
            let satisfied = match mood(case) % 4 {
                _ if unhappy => Satisfied::Dissatisfied,
                0 | 1 => Satisfied::Satisfied,
                2 => Satisfied::MostlySatisfied,
                _ => Satisfied::SoSo,
            };
            let rate = Command::Rate {
                solved: Some(!unhappy),
                satisfied,
                treated_well: Some(true),
                words: String::new(),
            };
            Some((ActorKind::Reporter { reporter }, rate))
        }
        Stage::Review => Some((owner, Command::ReviewUphold { text: text("复核属实,已向居民当面说明") })),
        _ => None,
    }
}
