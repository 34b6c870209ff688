//! Residents, without an account: report, follow, rate, dispute; as pages and as JSON.
//!
//! Owns: `/r…`, `/f…` and `/api/v1/public/…`. Pages are HTML of this server, whole without script.
//!
//! Invariants
//! - PO1 A report can be made with a photo or without, with no word typed, in three screens.
//! - PO2 A claim code opens exactly one reporter's view of one case; wrong codes are rate-limited (`limits`).
//! - PO3 A form sent twice is one report (`desk`, DK1).
//! - PO4 What a page and its JSON twin do is the same function of the same desk.
//!
//! Deliberately absent: accounts, captchas, photos of others, names of those who handle a case.

mod claim;
pub mod desk;
mod follow;
mod follow_pages;
mod form;
mod frame;
mod html;
mod json;
mod limits;
mod pictogram;
mod places;
mod report_pages;
mod steps;
mod view;
mod visit;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use json::document;
pub(crate) use limits::{Allowance, Limit};
pub(crate) use visit::address;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    response::IntoResponse,
    routing::{get, post},
};
use desk::Desk;
use frame::Look;
use http::header;
use jiff::tz::TimeZone;
use linli_model::Lang;
use sha2::{Digest, Sha256};
use std::sync::Arc;

const STYLE: &str = include_str!("resident.css");
const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" height=\"32\" rx=\"7\" \
    fill=\"#0b57b7\"/><path d=\"M6 17L16 8l10 9M9 15v10h14V15\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2.6\" \
    stroke-linejoin=\"round\" stroke-linecap=\"round\"/></svg>";

/// The class of complaints about how people were treated.
const COMPLAINT: &str = "service.complaint";

/// What all resident endpoints share.
pub(crate) struct Rooms {
    desk: Arc<dyn Desk>,
    zone: TimeZone,
    wrong_codes: Limit,
    reports: Limit,
    photos: Limit,
    style_address: String,
}

impl Rooms {
    fn look(&self, lang: Lang, elder: bool, here: String) -> Look {
        let house = self.desk.house();
        Look {
            lang,
            elder,
            phone: house.phone,
            office: house.office,
            style: self.style_address.clone(),
            script: self.desk.script(),
            here,
            complaint: format!("/r?class={COMPLAINT}"),
        }
    }
}

/// A fresh claim code from randomness, in groups, for who is given one at the window or on the phone.
pub fn claim_code(random: &[u8; 32]) -> String {
    claim::ClaimCode::for_token(random, "given by staff").grouped()
}

/// What the store keeps of a code, and looks it up by (CC2). What is no code has the hash of what was typed.
pub fn claim_hash(secret: &[u8], code: &str) -> String {
    let read = claim::ClaimCode::read(code);
    let code = read.as_ref().map_or(code, |c| c.as_str());
    hex::encode(claim::keyed(secret, "claim-lookup", code.as_bytes()))
}

/// The resident endpoints over a desk; merged into the server's router.
pub fn routes(desk: Arc<dyn Desk>, zone: TimeZone) -> Router {
    let style_address = format!("/r/style-{}.css", hex::encode(&Sha256::digest(STYLE.as_bytes())[..6]));
    let rooms = Arc::new(Rooms {
        desk,
        zone,
        wrong_codes: Limit::of(limits::WRONG_CODES),
        reports: Limit::of(limits::REPORTS),
        photos: Limit::of(limits::PHOTOS),
        style_address: style_address.clone(),
    });
    Router::new()
        .route("/r", get(steps::first).post(steps::photo_and_class))
        .route("/r/", get(steps::first))
        .route("/r/place", get(steps::place))
        .route("/r/words", get(steps::words))
        .route("/r/send", post(steps::send))
        .route("/r/join", post(steps::join))
        .route("/r/thanks/{code}", get(follow::thanks))
        .route("/r/call-back", get(steps::call_back).post(steps::send_call_back))
        .route("/f", get(follow::enter))
        .route("/f/", get(follow::enter))
        .route("/f/{code}", get(follow::show))
        .route("/f/{code}/rate", get(follow::back_to_show).post(follow::rate))
        .route("/f/{code}/dispute", get(follow::back_to_show).post(follow::dispute))
        .route("/api/v1/public/classes", get(json::classes))
        .route("/api/v1/public/places", get(json::places))
        .route("/api/v1/public/reports", post(json::report))
        .route("/api/v1/public/reports/{code}", get(json::show))
        .route("/api/v1/public/reports/{code}/rating", post(json::rate))
        .route("/api/v1/public/reports/{code}/dispute", post(json::dispute))
        .route(&style_address, get(style))
        .route("/r/icon.svg", get(icon))
        .layer(DefaultBodyLimit::max(form::BODY_BYTES_MAX))
        .with_state(rooms)
}

async fn style() -> impl IntoResponse {
    let forever = "public, max-age=31536000, immutable";
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, forever)], STYLE)
}

async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")], ICON)
}
