//! The frame of every resident page: head, language and elder switches, telephone, complaints.
//!
//! Invariants
//! - PX1 One HTML for everyone: elder mode is an attribute of `<body>` and a layer of the style sheet (same
//!   address, same functions).
//! - PX2 Nothing inline: the policy allows scripts and styles from here only.
//! - PX3 A page is whole without script; a script may only make a step quicker.

use super::{
    html::{Html, html, query},
    words::{self as w, Say},
};
use linli_model::{AreaId, Lang};

/// The policy of these pages. `blob:` is the preview of a photo before it is sent.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// How a page is to look, and what it says about the house.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) lang: Lang,
    pub(super) elder: bool,
    /// The telephone residents may call; none is shown when the installation has not set one.
    pub(super) phone: Option<String>,
    /// Who runs this installation, e.g. the street office.
    pub(super) office: String,
    /// Address of the style sheet, with its content's hash.
    pub(super) style: String,
    /// Address of the script, when the web build is there.
    pub(super) script: Option<String>,
    /// This page's own address, for the two switches.
    pub(super) here: String,
    /// Where a complaint about the office goes: the report page with that class.
    pub(super) complaint: String,
}

impl Look {
    pub(super) fn say(&self, say: Say) -> &'static str {
        say.get(self.lang)
    }
    fn switch(&self, name: &str, value: &str) -> String {
        let joiner = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{joiner}{name}={value}", self.here)
    }
}

/// A whole page. `island` names what the script does on it.
pub(super) fn page(look: &Look, title: &str, island: &str, body: &Html) -> String {
    let (lang, other) = match look.lang {
        Lang::Zh => ("zh-CN", "en"),
        Lang::En => ("en", "zh"),
    };
    let script = look
        .script
        .as_ref()
        .map(|src| html!("<script type=\"module\" src=\"{}\"></script>", src))
        .unwrap_or_default();
    let elder = if look.elder { " data-elder" } else { "" };
    let (elder_word, elder_value) = if look.elder { (w::ELDER_OFF, "0") } else { (w::ELDER_ON, "1") };
    let mut out = html!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"format-detection\" content=\"telephone=no\"><meta name=\"robots\" content=\"noindex\">\
         <title>{} · {}</title><link rel=\"stylesheet\" href=\"{}\"><link rel=\"icon\" href=\"/r/icon.svg\">",
        lang,
        title,
        look.say(w::PRODUCT),
        look.style
    );
    out.push(&script);
    out.push(&html!("</head><body data-island=\"{}\"", island));
    out.write(format_args!("{elder}>"));
    out.push(&html!(
        "<header><a class=\"brand\" href=\"/r\">{}</a><nav><a href=\"/f\">{}</a>\
         <a href=\"{}\" hreflang=\"{}\">{}</a><a class=\"elder\" href=\"{}\">{}</a></nav></header>\n<main>\n",
        look.say(w::PRODUCT),
        look.say(w::FOLLOW_LINK),
        look.switch("lang", other),
        other,
        look.say(w::OTHER_LANGUAGE),
        look.switch("elder", elder_value),
        look.say(elder_word)
    ));
    out.push(body);
    out.push(&html!("\n</main>\n{}</body></html>\n", foot(look)));
    out.into_string()
}

fn foot(look: &Look) -> Html {
    let call = look.phone.as_ref().map(|number| call_link(look, number)).unwrap_or_default();
    html!(
        "<footer>{}<a class=\"line\" href=\"/r/call-back\">{}</a><a class=\"line\" href=\"{}\">{}</a><p>{}</p></footer>",
        call,
        look.say(w::CALL_BACK),
        look.complaint,
        look.say(w::COMPLAIN),
        w::FOOT_NOTE.fill(look.lang, &[&look.office])
    )
}

pub(super) fn call_link(look: &Look, number: &str) -> Html {
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    html!("<a class=\"line call\" href=\"tel:{}\">{}</a>", digits, w::CALL_US.fill(look.lang, &[number]))
}

/// What went wrong and what to do, above the form that is kept.
pub(super) fn trouble(message: &str, kept: Option<&str>) -> Html {
    let kept = kept.map(|k| html!("<p>{}</p>", k)).unwrap_or_default();
    html!("<div class=\"trouble\" role=\"alert\"><p><strong>{}</strong></p>{}</div>", message, kept)
}

/// A page that only says that something did not work, with the telephone and the two ways on.
pub(super) fn error_page(look: &Look, message: &str) -> String {
    let body = html!(
        "<h1>{}</h1>{}<p><a class=\"big\" href=\"/r\">{}</a></p><p><a class=\"line\" href=\"/f\">{}</a></p>",
        look.say(w::ERROR_TITLE),
        trouble(message, None),
        look.say(w::REPORT_LINK),
        look.say(w::FOLLOW_LINK)
    );
    page(look, look.say(w::ERROR_TITLE), "error", &body)
}

/// 110, 119 and 120, first on the page when there is danger.
pub(super) fn emergency(look: &Look) -> Html {
    html!(
        "<aside class=\"emergency\" role=\"note\"><p>{}</p><p class=\"calls\"><a href=\"tel:110\">{}</a>\
         <a href=\"tel:119\">{}</a><a href=\"tel:120\">{}</a></p></aside>",
        look.say(w::EMERGENCY),
        look.say(w::CALL_110),
        look.say(w::CALL_119),
        look.say(w::CALL_120)
    )
}

/// What the steps of a report carry along in the address: nothing here is personal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// The form's token: a report sent twice under one token is one report.
    pub(super) token: String,
    pub(super) class: String,
    pub(super) place: Option<AreaId>,
    /// Ids of photos taken in already.
    pub(super) photos: Vec<String>,
    /// The person has seen the neighbours' reports and says it is another matter.
    pub(super) is_new: bool,
}

impl Draft {
    pub(super) fn address(&self, path: &str) -> String {
        let place = self.place.as_ref().map_or("", |p| p.as_str());
        let photos = self.photos.join(".");
        let pairs = [
            ("k", self.token.as_str()),
            ("class", self.class.as_str()),
            ("place", place),
            ("photos", photos.as_str()),
            ("new", if self.is_new { "1" } else { "" }),
        ];
        format!("{path}{}", query(&pairs))
    }
    /// The same as hidden fields of a form.
    pub(super) fn fields(&self) -> Html {
        let place = self.place.as_ref().map_or("", |p| p.as_str());
        html!(
            "<input type=\"hidden\" name=\"k\" value=\"{}\"><input type=\"hidden\" name=\"class\" value=\"{}\">\
             <input type=\"hidden\" name=\"place\" value=\"{}\"><input type=\"hidden\" name=\"photos\" value=\"{}\">\
             <input type=\"hidden\" name=\"new\" value=\"{}\">",
            self.token,
            self.class,
            place,
            self.photos.join("."),
            if self.is_new { "1" } else { "" }
        )
    }
}
