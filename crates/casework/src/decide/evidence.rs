//! What a class wants to see before something counts as done: photo, note, the reporter's word.
//!
//! Invariants
//! - EV1 A photo that says it is older than the work, or was taken elsewhere, proves nothing and is refused in words.
//! - EV2 A photo that says nothing is taken and marked; the class decides whether a sentence must stand beside it.
//! - EV3 What a class does not ask for is not asked for (国办函: no work photos that are not needed).

use crate::{
    case::{Case, Photo, PhotoWhen, Shot},
    class::Class,
    stage::DoneOutcome,
};
use linli_model::{Instant, Millis, Refusal, Text};

/// How far a phone's clock may be behind ours.
const CLOCK_SLACK: Millis = Millis::minutes(10);

/// How a photo stands as proof of the present work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// After it was accepted, and near the place.
    Proven,
    /// The camera said too little.
    Unproven,
    /// Older than the work.
    TooEarly,
    /// Taken elsewhere, so many metres away.
    Elsewhere(u32),
}

/// From when on a photo shows the result: since it was accepted in this round.
pub fn work_began(case: &Case) -> Instant {
    case.accepted_at.unwrap_or(case.opened_at)
}

pub fn proof(shot: &Shot, began: Instant, near_m: Option<u32>) -> Proof {
    if shot.taken_at.is_some_and(|at| at + CLOCK_SLACK < began) {
        return Proof::TooEarly;
    }
    match (shot.metres, near_m) {
        (Some(metres), Some(most)) if metres > most => Proof::Elsewhere(metres),
        (None, Some(_)) => Proof::Unproven,
        _ if shot.taken_at.is_none() => Proof::Unproven,
        _ => Proof::Proven,
    }
}

/// What a handler claims, before it is written down.
pub(super) struct Claim<'a> {
    pub outcome: DoneOutcome,
    pub text: &'a str,
    pub photos: &'a [Photo],
    pub passed_to: &'a str,
    pub reporter_agrees: Option<bool>,
}

pub(super) fn check(case: &Case, class: &Class, claim: &Claim<'_>) -> Result<(), Refusal> {
    let said = !claim.text.trim().is_empty();
    if claim.outcome == DoneOutcome::NotOurs && claim.passed_to.trim().is_empty() {
        return Err(Refusal::new("passed_to_missing", "请写明已转交给谁", "say to whom it was passed on"));
    }
    if class.after_photo && claim.outcome == DoneOutcome::Solved {
        photographed(case, class, claim, said)?;
    }
    if class.visit_note && !said {
        return Err(Refusal::new(
            "visit_note_missing",
            format!("“{}”类案件须写明联系或走访情况", class.label.zh),
            format!("a case of class \"{}\" needs a note of the call or visit", class.label.en),
        ));
    }
    if asks_for_word(case, class)
        && claim.outcome == DoneOutcome::Solved
        && claim.reporter_agrees != Some(true)
    {
        return Err(Refusal::new(
            "reporter_word_missing",
            format!("“{}”类案件须反映人当面或电话认可才算解决;未认可请选其他结果", class.label.zh),
            format!(
                "a case of class \"{}\" is solved when the reporter says so; otherwise choose another outcome",
                class.label.en
            ),
        ));
    }
    if !said && claim.photos.is_empty() {
        return Err(Refusal::new(
            "text_missing",
            "请写一句处置情况,或附照片",
            "say in a sentence what was done, or add a photo",
        ));
    }
    Ok(())
}

/// Whether this case wants the reporter's word: there has to be somebody who reported it.
pub(crate) fn asks_for_word(case: &Case, class: &Class) -> bool {
    class.reporter_word && case.still_here().any(|r| !case.is_contact(r))
}

fn photographed(case: &Case, class: &Class, claim: &Claim<'_>, said: bool) -> Result<(), Refusal> {
    let brought = claim.photos.iter().filter(|p| p.when == PhotoWhen::After);
    let proofs: Vec<Proof> =
        case.proof().chain(brought).map(|p| proof(&p.shot, work_began(case), class.photo_near_m)).collect();
    if proofs.contains(&Proof::Proven) {
        return Ok(());
    }
    if proofs.contains(&Proof::Unproven) {
        if class.unproven_note && !said {
            return Err(Refusal::new(
                "unproven_note_missing",
                "照片没有拍摄时间或地点,请写明何时所拍、谁在场",
                "the photo does not say when or where it was taken; write when, and who was there",
            ));
        }
        return Ok(());
    }
    Err(match proofs.first() {
        None => Refusal::new(
            "after_photo_missing",
            format!("“{}”类案件办结须有处置后照片", class.label.zh),
            format!("a case of class \"{}\" needs a photo of the result", class.label.en),
        ),
        Some(Proof::Elsewhere(metres)) => Refusal::new(
            "after_photo_elsewhere",
            format!("照片拍摄地点距现场 {metres} 米,请在现场拍摄"),
            format!("the photo was taken {metres} m from the place; take it there"),
        ),
        Some(_) => Refusal::new(
            "after_photo_too_early",
            "照片拍摄于受理之前,不能说明处置结果",
            "the photo is older than the work; it does not show the result",
        ),
    })
}

/// What the class wants, in words, for who is about to say that it is done.
pub fn wanted(case: &Case, class: &Class) -> Text {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    if let Some(closing) = &class.closing {
        zh.push(closing.zh.clone());
        en.push(closing.en.clone());
    }
    match (class.after_photo, class.photo_near_m) {
        (true, Some(metres)) => {
            zh.push(format!("已解决须附受理后在现场 {metres} 米内拍的照片"));
            en.push(format!("solved needs a photo taken after acceptance, within {metres} m"));
        }
        (true, None) => {
            zh.push("已解决须附受理后拍的照片".into());
            en.push("solved needs a photo taken after acceptance".into());
        }
        (false, _) => {
            zh.push("不要求拍照".into());
            en.push("no photo is asked for".into());
        }
    }
    if class.visit_note {
        zh.push("须写明联系或走访情况".into());
        en.push("a note of the call or visit is needed".into());
    }
    if asks_for_word(case, class) {
        zh.push("已解决须反映人认可".into());
        en.push("solved needs the reporter's word".into());
    }
    Text::new(zh.join(";"), en.join("; "))
}
