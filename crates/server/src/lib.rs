//! Endpoint behaviour: one file per resource and verb, over the ports; serves the web app.
//!
//! Shape of every endpoint: authorise, load, decide, commit, view.
//!
//! Invariants
//! - SV1 Every endpoint but those of residents, sign-in, set-up, health and readings needs a session; unsafe ones
//!   also the session's CSRF value.
//! - SV2 A person's record, contact or phone leaves the server only with a look in the access log.
//! - SV3 What may be done next comes from `casework::available`; no endpoint decides it again.
//! - SV4 Errors are RFC 9457 problems with a code and a sentence in the language asked for.
//!
//! Deliberately absent: the clock, randomness and task spawning (given by the runtime through [`ports`]).

pub mod admin;
pub mod areas;
pub mod cases;
pub mod chain;
pub mod credentials;
pub mod delivery;
pub mod devices;
mod document;
pub mod duty;
pub mod events;
pub mod findings;
pub mod health;
pub mod inbox;
pub mod indicators;
pub mod labels;
pub mod photos;
pub mod ports;
pub mod problem;
pub mod public;
pub mod pushes;
pub mod quarantine;
pub mod readings;
pub mod resident_desk;
pub mod routing;
pub mod rules;
pub mod session;
pub mod state;
pub mod web;
pub mod who;
pub mod wire;

pub use events::{EventBus, PageEvent};
pub use state::{DemoAccount, Parts, ServerState};

use axum::{Router, extract::DefaultBodyLimit};
use std::sync::Arc;
use tower_http::{compression::CompressionLayer, trace::TraceLayer};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

#[derive(OpenApi)]
#[openapi(info(
    title = "Linli",
    description = "Neighbourhood operations of a sub-district. Fields are snake_case, instants RFC 3339, errors RFC 9457 problems."
))]
struct Document;

fn described() -> OpenApiRouter<ServerState> {
    OpenApiRouter::with_openapi(Document::openapi().merge_from(public::document()))
        .routes(routes!(session::get, session::post, session::delete))
        .routes(routes!(session::change_password))
        .routes(routes!(cases::list::get, cases::file::post))
        .routes(routes!(cases::list::counts))
        .routes(routes!(cases::list::classes))
        .routes(routes!(cases::alike::get))
        .routes(routes!(cases::join::post))
        .routes(routes!(cases::export::get))
        .routes(routes!(cases::view::get))
        .routes(routes!(cases::command::post))
        .routes(routes!(cases::print::get))
        .routes(routes!(cases::clusters::get))
        .merge(roomy(OpenApiRouter::new().routes(routes!(photos::post)), wire::PHOTO_BYTES_MAX))
        .routes(routes!(photos::get))
        .routes(routes!(inbox::list))
        .routes(routes!(inbox::seen))
        .routes(routes!(inbox::all_seen))
        .routes(routes!(pushes::list::get, pushes::send::post))
        .routes(routes!(pushes::send::groups))
        .routes(routes!(pushes::send::preview))
        .routes(routes!(pushes::view::get))
        .routes(routes!(pushes::mine::get))
        .routes(routes!(pushes::answer::post))
        .routes(routes!(delivery::ways::get, delivery::ways::set))
        .routes(routes!(delivery::troubled::list))
        .routes(routes!(delivery::troubled::again))
        .routes(routes!(areas::list))
        .routes(routes!(areas::map))
        .routes(routes!(areas::posts))
        .routes(routes!(devices::list, devices::add))
        .routes(routes!(devices::summary))
        .routes(routes!(devices::classes))
        .routes(routes!(devices::view))
        .routes(routes!(devices::credential))
        .routes(routes!(credentials::list, credentials::add))
        .routes(routes!(credentials::remove))
        .routes(routes!(quarantine::list))
        .routes(routes!(quarantine::resubmit))
        .routes(routes!(quarantine::discard))
        .merge(roomy(OpenApiRouter::new().routes(routes!(readings::post)), wire::READINGS_BYTES_MAX))
        .routes(routes!(admin::setup::post))
        .routes(routes!(admin::users::list, admin::users::add))
        .routes(routes!(admin::users::add_post))
        .routes(routes!(admin::users::roles))
        .routes(routes!(admin::users::set_access))
        .routes(routes!(admin::users::end_post))
        .routes(routes!(admin::persons::search))
        .routes(routes!(admin::persons::open))
        .routes(routes!(admin::access_log::list))
        .routes(routes!(admin::access_log::verify))
        .merge(roomy(OpenApiRouter::new().routes(routes!(admin::imports::post)), wire::TABLE_BYTES_MAX))
        .routes(routes!(admin::imports::errors))
        .routes(routes!(admin::imports::template))
        .routes(routes!(rules::list::list))
        .routes(routes!(rules::set::set, rules::back::list))
        .routes(routes!(rules::back::go))
        .routes(routes!(rules::backtest::begin))
        .routes(routes!(rules::backtest::get, rules::backtest::cancel))
        .routes(routes!(rules::explain::get))
        .routes(routes!(rules::own::list::list))
        .routes(routes!(rules::own::draft::save))
        .routes(routes!(rules::own::stage::change))
        .routes(routes!(rules::own::remove::remove))
        .routes(routes!(rules::own::versions::list))
        .routes(routes!(rules::trace::get))
        .routes(routes!(rules::near::begin))
        .routes(routes!(rules::near::get, rules::near::cancel))
        .routes(routes!(rules::curve::get))
        .routes(routes!(rules::subjects::get))
        .routes(routes!(rules::load::get))
        .routes(routes!(rules::outcomes::get))
        .routes(routes!(rules::resume::ask))
        .routes(routes!(rules::resume::grant))
        .routes(routes!(rules::values::get))
        .routes(routes!(routing::list::list))
        .routes(routes!(routing::check::check))
        .routes(routes!(routing::draft::save))
        .routes(routes!(routing::switch::switch))
        .routes(routes!(routing::replay::run))
        .routes(routes!(routing::tiers::shares))
        .routes(routes!(duty::week::get))
        .routes(routes!(duty::set::post))
        .routes(routes!(findings::get))
        .routes(routes!(indicators::report::get))
        .routes(routes!(indicators::rows::get))
        .routes(routes!(indicators::hotline_group::post))
        .routes(routes!(events::get))
}

/// Endpoints that take more than a JSON body.
fn roomy(router: OpenApiRouter<ServerState>, bytes_max: usize) -> OpenApiRouter<ServerState> {
    router.layer(DefaultBodyLimit::max(bytes_max))
}

/// The API's description, as written to web/openapi.json.
pub fn openapi() -> utoipa::openapi::OpenApi {
    document::finished(OpenApiRouter::new().nest("/api/v1", described()).into_openapi())
}

/// Everything the server answers.
pub fn router(state: ServerState) -> Router {
    let (api, document) = OpenApiRouter::new().nest("/api/v1", described()).split_for_parts();
    let document = serde_json::to_string(&document::finished(document)).expect("the document is plain data");
    let residents =
        public::routes(Arc::new(resident_desk::ResidentDesk::over(state.clone())), state.zone().clone());
    api.route("/api/v1/openapi.json", axum::routing::get(move || async move { web::json_text(document) }))
        .route("/health/live", axum::routing::get(health::live))
        .route("/health/ready", axum::routing::get(health::ready))
        .route("/metrics", axum::routing::get(health::metrics))
        .layer(DefaultBodyLimit::max(wire::JSON_BYTES_MAX))
        .with_state(state.clone())
        .merge(residents)
        .fallback(web::page)
        .layer(axum::middleware::from_fn_with_state(state, web::room))
        .layer(axum::middleware::from_fn(web::secure))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http())
}
