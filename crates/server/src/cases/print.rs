//! A case on A4, with names of reporters left out.

use super::{seen_by, view::view};
use crate::{labels::say, problem::Answer, state::ServerState, who::Who};
use axum::{
    extract::{Path, State},
    response::Html,
};
use linli_api::{
    Problem,
    case::{CaseView, Redrawn},
};
use linli_model::Text;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn redrawn(v: &CaseView) -> String {
    let said = |r: &Redrawn| {
        let (was, now, since) = (&r.was.label, &r.now.label, &r.since);
        say(&Text::new(
            format!("原{was},今{now}({since} 起)"),
            format!("then {was}, today {now} (since {since})"),
        ))
    };
    v.redrawn.as_ref().map(said).unwrap_or_default()
}

#[utoipa::path(get, path = "/cases/{id}/print", operation_id = "printCase", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, content_type = "text/html"), (status = 404, body = Problem)))]
pub async fn get(State(state): State<ServerState>, who: Who, Path(id): Path<String>) -> Answer<Html<String>> {
    let case = seen_by(&state, &who, &id).await?;
    let v = view(&state, &who, &case).await?;
    let label = |zh: &str, en: &str| say(&Text::new(zh, en));
    let line = |name: String, text: &str| format!("<tr><th>{name}</th><td>{}</td></tr>", escaped(text));
    let local = |at: &str| at.get(..16).unwrap_or(at).replace('T', " ");
    let steps: String = v
        .timeline
        .iter()
        .map(|t| {
            let at =
                t.at.parse::<linli_model::Instant>()
                    .map(|i| state.zone().to_datetime(i.timestamp()).to_string());
            let at = local(&at.unwrap_or_default());
            format!(
                "<tr><td>{at}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                escaped(&t.actor.label),
                escaped(&t.label),
                escaped(&t.text)
            )
        })
        .collect();
    let head = [
        line(label("编号", "Number"), &v.row.number),
        v.order.as_ref().map(|o| line(label("12345 工单", "Order of 12345"), &o.number)).unwrap_or_default(),
        line(label("标题", "Title"), &v.row.title),
        line(label("分类", "Class"), &v.row.class.label),
        line(label("地点", "Place"), &v.row.place),
        line(label("区划变动", "Boundaries"), &redrawn(&v)),
        line(label("阶段", "Stage"), &v.row.stage.label),
        line(label("主责人", "Owner"), &v.row.owner.name),
        line(label("情况", "Description"), &v.text),
        line(label("答复", "Answer"), v.answer.as_deref().unwrap_or("")),
    ]
    .concat();
    // G12: who printed it, and when.
    let mark = format!("{} · {}", escaped(&who.user.name), state.zone().to_datetime(state.now().timestamp()));
    Ok(Html(format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{}</title>\
         <link rel=\"stylesheet\" href=\"/print.css\"></head><body><h1>{}</h1><table class=\"head\">{head}</table>\
         <table class=\"steps\">{steps}</table><footer>{mark}</footer></body></html>",
        escaped(&v.row.number),
        escaped(&v.row.title)
    )))
}
