//! The three screens of a report, the neighbours' page between them, and the call-back request.
//!
//! Owns: their HTML. Every screen is a form or a list of links that works without script.
//!
//! Deliberately absent: deciding (which screen comes next, what is allowed); see `report`.

use super::{
    frame::{Draft, Look, call_link, emergency, page, trouble},
    html::{Html, html},
    pictogram::pictogram,
    words as w,
};
use linli_model::{AreaId, Text};

/// One class a resident may choose, as a tile.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    pub(super) code: String,
    pub(super) label: Text,
    pub(super) danger: bool,
}

/// An area as residents choose it.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) id: AreaId,
    /// `田林十二村41号`: enough to know it.
    pub(super) name: String,
    /// Nothing below it: choosing it ends the choice.
    pub(super) is_leaf: bool,
}

/// An open case of the same kind near the place.
#[derive(Clone, Debug)]
pub(super) struct Near {
    pub(super) case: String,
    pub(super) number: String,
    pub(super) class: Text,
    pub(super) place: String,
    pub(super) since: String,
    pub(super) state: &'static str,
    pub(super) reporters: u32,
}

/// What a person typed on the last screen; shown again when something was wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) words: String,
    pub(super) phone: String,
}

fn head(look: &Look, step: &str, title: &str) -> Html {
    let read =
        html!("<button type=\"button\" class=\"read\" data-read hidden>{}</button>", look.say(w::READ_ALOUD));
    html!("<p class=\"step\">{}</p><h1>{}{}</h1>", w::STEP.fill(look.lang, &[step]), title, read)
}

/// Screen 1: a photo or none, and eight tiles; a tile is the button that goes on.
pub(super) fn first(
    look: &Look,
    draft: &Draft,
    place: Option<&str>,
    tiles: &[Tile],
    wrong: Option<&str>,
) -> String {
    let wrong = wrong.map(|m| trouble(m, Some(look.say(w::ERROR_KEPT)))).unwrap_or_default();
    let fixed = place
        .map(|p| html!("<p class=\"fixed\">{}</p>", w::PLACE_FIXED.fill(look.lang, &[p])))
        .unwrap_or_default();
    let kept = if draft.photos.is_empty() {
        Html::empty()
    } else {
        let count = draft.photos.len().to_string();
        html!("<p class=\"kept\" role=\"status\">{}</p>", w::PHOTO_KEPT.fill(look.lang, &[&count]))
    };
    let buttons: Html = tiles
        .iter()
        .map(|t| {
            let chosen = if t.code == draft.class { " chosen" } else { "" };
            let mark = if t.danger {
                html!("<span class=\"danger\">{}</span>", look.say(w::DANGER_TILE))
            } else {
                Html::empty()
            };
            html!(
                "<button class=\"tile{}\" name=\"class\" value=\"{}\">{}<span>{}</span>{}</button>",
                chosen,
                t.code,
                pictogram(&t.code),
                t.label.get(look.lang),
                mark
            )
        })
        .collect();
    let mut carried = draft.clone();
    carried.class = String::new();
    let body = html!(
        "{}<p class=\"draft\" data-draft hidden>{} <a class=\"line\" href=\"/r\">{}</a></p>{}{}\
         <form method=\"post\" action=\"/r\" enctype=\"multipart/form-data\" data-report>{}\
         <label class=\"photo\"><span class=\"photo-title\">{}</span><span class=\"hint\">{}</span>\
         <input type=\"file\" name=\"photo\" accept=\"image/*\"></label>{}\
         <div data-preview></div><fieldset><legend>{}</legend><div class=\"tiles\">{}</div></fieldset></form>",
        head(look, "1", look.say(w::REPORT_TITLE)),
        look.say(w::DRAFT_FOUND),
        look.say(w::DRAFT_GO),
        wrong,
        fixed,
        without_class(&carried),
        look.say(w::PHOTO_LABEL),
        look.say(w::PHOTO_HINT),
        kept,
        look.say(w::WHICH),
        buttons
    );
    page(look, look.say(w::REPORT_TITLE), "report", &body)
}

/// The hidden fields but the class, which the tile's own button sends.
fn without_class(draft: &Draft) -> Html {
    let place = draft.place.as_ref().map_or("", |p| p.as_str());
    html!(
        "<input type=\"hidden\" name=\"k\" value=\"{}\"><input type=\"hidden\" name=\"place\" value=\"{}\">\
         <input type=\"hidden\" name=\"photos\" value=\"{}\">",
        draft.token,
        place,
        draft.photos.join(".")
    )
}

/// Where screen 2 stands in the tree.
pub(super) struct PlaceChoice {
    /// The areas above, widest first, to step back to.
    pub(super) above: Vec<Spot>,
    /// The area chosen so far, which itself may be the place.
    pub(super) here: Option<Spot>,
    pub(super) parts: Vec<Spot>,
    /// The place of the last report from this device.
    pub(super) last: Option<Spot>,
}

/// Screen 2: estate, building, door; each list is one tap.
pub(super) fn place(look: &Look, draft: &Draft, choice: &PlaceChoice, danger: bool) -> String {
    let go = |spot: &Spot| {
        let mut next = draft.clone();
        next.place = Some(spot.id.clone());
        next.address("/r/words")
    };
    let deeper = |spot: &Spot| {
        let joined = draft.address("/r/place");
        let joiner = if joined.contains('?') { '&' } else { '?' };
        format!("{joined}{joiner}at={}", spot.id)
    };
    let last = choice.last.as_ref().map(|spot| {
        html!(
            "<section class=\"card\"><p>{} <strong>{}</strong></p><a class=\"big\" href=\"{}\">{}</a></section>",
            look.say(w::PLACE_IS_IT),
            spot.name,
            go(spot),
            look.say(w::PLACE_HERE)
        )
    });
    let crumbs: Html =
        choice.above.iter().map(|spot| html!("<a href=\"{}\">{}</a> › ", deeper(spot), spot.name)).collect();
    let here = choice.here.as_ref().map(|spot| {
        html!(
            "<p class=\"crumbs\"><a href=\"{}\">{}</a> › {}{}</p><a class=\"line whole\" href=\"{}\">{}</a>",
            draft.address("/r/place"),
            look.say(w::PLACE_TOP),
            crumbs,
            spot.name,
            go(spot),
            w::PLACE_WHOLE.fill(look.lang, &[&spot.name])
        )
    });
    let parts: Html = choice
        .parts
        .iter()
        .map(|spot| {
            let next = if spot.is_leaf { go(spot) } else { deeper(spot) };
            html!("<li><a href=\"{}\">{}</a></li>", next, spot.name)
        })
        .collect();
    let list = if choice.parts.is_empty() && choice.here.is_none() {
        html!("<p>{}</p>", look.say(w::PLACE_EMPTY))
    } else if choice.parts.is_empty() {
        Html::empty()
    } else {
        html!("<p>{}</p><ul class=\"spots\">{}</ul>", look.say(w::PLACE_CHOOSE), parts)
    };
    let danger = if danger { emergency(look) } else { Html::empty() };
    let body = html!(
        "{}{}{}{}{}<p><a class=\"line\" href=\"{}\">{}</a></p>",
        danger,
        head(look, "2", look.say(w::PLACE_TITLE)),
        last.unwrap_or_default(),
        here.unwrap_or_default(),
        list,
        draft.address("/r"),
        look.say(w::BACK)
    );
    page(look, look.say(w::PLACE_TITLE), "place", &body)
}

/// Between 2 and 3: what neighbours have reported already. Joining is one tap and gives a code of one's own.
pub(super) fn neighbours(look: &Look, draft: &Draft, near: &[Near], danger: bool) -> String {
    let cards: Html = near
        .iter()
        .map(|n| {
            let count = if n.reporters > 1 {
                let count = n.reporters.to_string();
                html!("<p>{}</p>", w::NEIGHBOURS.fill(look.lang, &[&count]))
            } else {
                Html::empty()
            };
            html!(
                "<li class=\"card\"><p><strong>{}</strong> · {}</p><p class=\"hint\">{} · {}</p>{}\
                 <form method=\"post\" action=\"/r/join\">{}<input type=\"hidden\" name=\"case\" value=\"{}\">\
                 <button class=\"big\">{}</button></form></li>",
                n.class.get(look.lang),
                n.place,
                w::NEAR_SINCE.fill(look.lang, &[&n.since, n.state]),
                n.number,
                count,
                draft.fields(),
                n.case,
                look.say(w::NEAR_JOIN)
            )
        })
        .collect();
    let mut next = draft.clone();
    next.is_new = true;
    let danger = if danger { emergency(look) } else { Html::empty() };
    let body = html!(
        "{}{}<p>{}</p><ul class=\"cards\">{}</ul><p><a class=\"big quiet\" href=\"{}\">{}</a></p>",
        danger,
        head(look, "2", look.say(w::NEAR_TITLE)),
        look.say(w::NEAR_INTRO),
        cards,
        next.address("/r/words"),
        look.say(w::NEAR_NEW)
    );
    page(look, look.say(w::NEAR_TITLE), "near", &body)
}

/// What the last screen repeats, so that everything can be checked before it is sent.
pub(super) struct Chosen<'a> {
    pub(super) class: &'a Text,
    pub(super) place: &'a str,
    pub(super) danger: bool,
}

/// Screen 3: words and telephone, both optional, and the button.
pub(super) fn last(
    look: &Look,
    draft: &Draft,
    chosen: &Chosen<'_>,
    typed: &Typed,
    wrong: Option<&str>,
) -> String {
    let wrong = wrong.map(|m| trouble(m, Some(look.say(w::ERROR_KEPT)))).unwrap_or_default();
    let count = draft.photos.len().to_string();
    let photos = if draft.photos.is_empty() {
        Html::empty()
    } else {
        html!("<br>{}", w::PHOTO_KEPT.fill(look.lang, &[&count]))
    };
    let mut placeless = draft.clone();
    placeless.place = None;
    placeless.is_new = false;
    let danger = if chosen.danger { emergency(look) } else { Html::empty() };
    let mut body = html!(
        "{}{}{}<section class=\"card\"><p>{}<br><strong>{}</strong> <a href=\"{}\">{}</a><br><strong>{}</strong> \
         <a href=\"{}\">{}</a>{}</p></section>",
        danger,
        head(look, "3", look.say(w::WORDS_TITLE)),
        wrong,
        look.say(w::YOUR_REPORT),
        chosen.class.get(look.lang),
        draft.address("/r"),
        look.say(w::CHANGE),
        chosen.place,
        placeless.address("/r/place"),
        look.say(w::CHANGE),
        photos
    );
    body.push(&html!(
        "<form method=\"post\" action=\"/r/send\" data-send>{}<label for=\"words\">{}</label>\
         <textarea id=\"words\" name=\"words\" rows=\"3\" maxlength=\"1000\" placeholder=\"{}\">{}</textarea>\
         <label for=\"phone\">{}</label><input id=\"phone\" name=\"phone\" type=\"tel\" autocomplete=\"tel\" \
         value=\"{}\" aria-describedby=\"phone-why\"><p class=\"hint\" id=\"phone-why\">{}</p>\
         <button class=\"big\">{}</button></form>{}",
        draft.fields(),
        look.say(w::WORDS_LABEL),
        look.say(w::WORDS_PLACEHOLDER),
        typed.words,
        look.say(w::PHONE_LABEL),
        typed.phone,
        look.say(w::PHONE_PURPOSE),
        look.say(w::SEND),
        beside(look)
    ));
    page(look, look.say(w::WORDS_TITLE), "words", &body)
}

/// In elder mode the telephone and the call-back request stand beside the button, not only at the foot.
fn beside(look: &Look) -> Html {
    if !look.elder {
        return Html::empty();
    }
    let call = look.phone.as_ref().map(|n| call_link(look, n)).unwrap_or_default();
    html!("<p>{}<a class=\"line\" href=\"/r/call-back\">{}</a></p>", call, look.say(w::CALL_BACK))
}

/// 请人帮我报: a number and an estate, nothing else.
pub(super) fn call_back(
    look: &Look,
    token: &str,
    estates: &[Spot],
    chosen: Option<&AreaId>,
    phone: &str,
    wrong: Option<&str>,
) -> String {
    let wrong = wrong.map(|m| trouble(m, Some(look.say(w::ERROR_KEPT)))).unwrap_or_default();
    let options: Html = estates
        .iter()
        .map(|e| {
            let selected =
                if Some(&e.id) == chosen || estates.len() == 1 { html!(" selected") } else { Html::empty() };
            html!("<option value=\"{}\"{}>{}</option>", e.id.as_str(), selected, e.name)
        })
        .collect();
    let call = look.phone.as_ref().map(|n| call_link(look, n)).unwrap_or_default();
    let body = html!(
        "<h1>{}</h1>{}<p>{}</p>{}<form method=\"post\" action=\"/r/call-back\" data-send>\
         <input type=\"hidden\" name=\"k\" value=\"{}\"><label for=\"phone\">{}</label>\
         <input id=\"phone\" name=\"phone\" type=\"tel\" autocomplete=\"tel\" required value=\"{}\" aria-describedby=\"phone-why\">\
         <p class=\"hint\" id=\"phone-why\">{}</p><label for=\"place\">{}</label>\
         <select id=\"place\" name=\"place\" required>{}</select><button class=\"big\">{}</button></form>",
        look.say(w::CALL_BACK_TITLE),
        wrong,
        look.say(w::CALL_BACK_INTRO),
        call,
        token,
        look.say(w::CALL_BACK_PHONE),
        phone,
        look.say(w::PHONE_PURPOSE),
        look.say(w::CALL_BACK_PLACE),
        options,
        look.say(w::CALL_BACK_SEND)
    );
    page(look, look.say(w::CALL_BACK_TITLE), "call-back", &body)
}
