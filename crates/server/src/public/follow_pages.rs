//! Thank-you, following a report, rating it, saying that it is not solved.
//!
//! Owns: their HTML. Four plain states; the inner stages of a case stay inside.
//!
//! Deliberately absent: names of people. A step says which role did it, and when.

use super::{
    frame::{Look, page, trouble},
    html::{Html, html},
    words::{self as w, Say},
};
use linli_model::{Instant, Text};

/// The four states a reporter sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Received,
    Working,
    /// Answered, and the rating is open.
    Rate,
    /// Nothing is owed any more.
    Done,
}

impl State {
    pub(super) fn code(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Working => "in_progress",
            State::Rate => "please_rate",
            State::Done => "done",
        }
    }
    pub(super) fn word(self) -> Say {
        match self {
            State::Received => w::STATE_RECEIVED,
            State::Working => w::STATE_WORKING,
            State::Rate => w::STATE_RATE,
            State::Done => w::STATE_DONE,
        }
    }
}

/// One line of what was done.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) at: Instant,
    pub(super) when: String,
    pub(super) role: Text,
    pub(super) text: Text,
}

/// A reporter's case, as far as it concerns the reporter.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    pub(super) code: String,
    pub(super) number: String,
    pub(super) class: Text,
    pub(super) place: String,
    pub(super) place_id: String,
    pub(super) state: State,
    /// Who has it now, as a role.
    pub(super) handler: Text,
    pub(super) promised: Option<String>,
    pub(super) promised_at: Option<Instant>,
    pub(super) is_late: bool,
    pub(super) delay: Option<Text>,
    pub(super) answer: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) neighbours: u32,
    pub(super) merged_into: Option<String>,
    pub(super) rated: Option<Face>,
    pub(super) can_rate: bool,
    /// Rated already, and may say more.
    pub(super) can_tell_more: bool,
    pub(super) can_dispute: bool,
    pub(super) until: Option<String>,
    pub(super) version: u32,
}

/// The four faces, best first.
pub(super) use linli_casework::case::Satisfied as Face;

pub(super) fn face_of(code: &str) -> Option<Face> {
    Face::ALL.into_iter().find(|f| f.code() == code)
}

pub(super) fn face_word(face: Face) -> Say {
    match face {
        Face::Satisfied => w::FACE_SATISFIED,
        Face::MostlySatisfied => w::FACE_MOSTLY,
        Face::SoSo => w::FACE_SO_SO,
        Face::Dissatisfied => w::FACE_DISSATISFIED,
    }
}

/// The mouth of a face drawn in a box of 48: the word stands beside it, the drawing is decoration.
fn mouth(face: Face) -> &'static str {
    match face {
        Face::Satisfied => "M14 28q10 12 20 0",
        Face::MostlySatisfied => "M15 30q9 6 18 0",
        Face::SoSo => "M15 32h18",
        Face::Dissatisfied => "M15 35q9-9 18 0",
    }
}

/// What may be wrong with "done", one tap each.
pub(super) const CHIPS: [(&str, Say); 3] =
    [("still_there", w::CHIP_STILL_THERE), ("half_done", w::CHIP_HALF_DONE), ("not_told", w::CHIP_NOT_TOLD)];

/// After sending: number, code, what happens next and by when.
pub(super) fn thanks(look: &Look, case: &Followed, was_sent: bool) -> String {
    let again =
        if was_sent { html!("<p role=\"status\">{}</p>", look.say(w::ALREADY_SENT)) } else { Html::empty() };
    let role = case.handler.get(look.lang);
    let next = match &case.promised {
        Some(due) => w::NEXT_BY.fill(look.lang, &[due, role]),
        None => w::NEXT_ACCEPT.fill(look.lang, &[role]),
    };
    let body = html!(
        "<h1><span><span class=\"tick\" aria-hidden=\"true\">✓</span> {}</span></h1>{}<section class=\"card slip\">\
         <p>{} · {}</p><dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd class=\"code\" data-code>{}</dd><dt>{}</dt><dd>{}</dd></dl>\
         <p class=\"hint\">{}</p></section><p><a class=\"big\" href=\"/f/{}\">{}</a></p>\
         <p><a class=\"big quiet\" href=\"/r?place={}\">{}</a></p>\
         <p><button type=\"button\" class=\"line\" data-print hidden>{}</button></p>",
        look.say(w::THANKS_TITLE),
        again,
        case.class.get(look.lang),
        case.place,
        look.say(w::NUMBER),
        case.number,
        look.say(w::CODE),
        case.code,
        look.say(w::WHAT_NEXT),
        next,
        look.say(w::CODE_KEEP),
        case.code,
        look.say(w::SEE_PROGRESS),
        case.place_id,
        look.say(w::ANOTHER_NEAR),
        look.say(w::SLIP)
    );
    page(look, look.say(w::THANKS_TITLE), "thanks", &body)
}

/// The field for a code.
pub(super) fn enter(look: &Look, typed: &str, wrong: Option<&str>) -> String {
    let wrong = wrong.map(|m| trouble(m, None)).unwrap_or_default();
    let body = html!(
        "<h1>{}</h1>{}<form method=\"get\" action=\"/f\"><label for=\"code\">{}</label>\
         <input id=\"code\" name=\"code\" class=\"code\" autocomplete=\"off\" autocapitalize=\"characters\" \
         spellcheck=\"false\" maxlength=\"40\" value=\"{}\" aria-describedby=\"code-how\">\
         <p class=\"hint\" id=\"code-how\">{}</p><button class=\"big\">{}</button></form>",
        look.say(w::FOLLOW_TITLE),
        wrong,
        look.say(w::FOLLOW_ENTER),
        typed,
        look.say(w::FOLLOW_FORMAT),
        look.say(w::FOLLOW_GO)
    );
    page(look, look.say(w::FOLLOW_TITLE), "enter", &body)
}

/// The case as its reporter sees it; `said` is what the last tap did.
pub(super) fn follow(look: &Look, case: &Followed, said: Option<&str>, wrong: Option<&str>) -> String {
    let said_nothing = said.is_none();
    let said = said.map(|m| html!("<p class=\"said\" role=\"status\">{}</p>", m)).unwrap_or_default();
    let wrong = wrong.map(|m| trouble(m, None)).unwrap_or_default();
    let mut body = html!(
        "<h1>{} · {}</h1><p class=\"hint\">{} {}</p>{}{}{}",
        case.class.get(look.lang),
        case.place,
        look.say(w::NUMBER),
        case.number,
        said,
        wrong,
        states(look, case)
    );
    body.push(&about(look, case));
    if case.can_rate {
        body.push(&rating(look, case));
    } else if let Some(face) = case.rated {
        if said_nothing {
            let rated = w::RATED.fill(look.lang, &[look.say(face_word(face))]);
            body.push(&html!("<p class=\"said\">{}</p>", rated));
        }
        if face == Face::Dissatisfied && case.state == State::Working {
            body.push(&html!("<p>{}</p>", look.say(w::RATED_UNHAPPY)));
        }
    }
    if case.can_tell_more {
        body.push(&tell_more(look, case));
    }
    if case.can_dispute {
        body.push(&dispute(look, case));
    }
    let steps: Html = case
        .steps
        .iter()
        .map(|s| {
            html!(
                "<li><span class=\"when\">{}</span> <strong>{}</strong> {}</li>",
                s.when,
                s.role.get(look.lang),
                s.text.get(look.lang)
            )
        })
        .collect();
    body.push(&html!("<h2>{}</h2><ol class=\"steps\">{}</ol>", look.say(w::STEPS), steps));
    if let Some(until) = &case.until {
        body.push(&html!("<p class=\"hint\">{}</p>", w::LINK_UNTIL.fill(look.lang, &[until])));
    }
    page(look, look.say(w::FOLLOW_TITLE), "follow", &body)
}

/// 已收到 · 处理中 · 已办结 · 请您评价, with the present one marked in words, not by colour alone.
fn states(look: &Look, case: &Followed) -> Html {
    let last = if case.rated.is_some() { w::STATE_RATED } else { w::STATE_RATE };
    let at = match case.state {
        State::Received => 0,
        State::Working => 1,
        State::Rate => 3,
        State::Done if case.rated.is_some() => 3,
        State::Done => 2,
    };
    let items: Html = [w::STATE_RECEIVED, w::STATE_WORKING, w::STATE_DONE, last]
        .into_iter()
        .enumerate()
        .map(|(i, word)| {
            let mark = match i.cmp(&at) {
                std::cmp::Ordering::Less => html!("<li class=\"past\"><span aria-hidden=\"true\">✓</span> "),
                std::cmp::Ordering::Equal => {
                    html!(
                        "<li class=\"now\" aria-current=\"step\"><span class=\"mark\">{}</span> ",
                        look.say(w::STATE_NOW)
                    )
                }
                std::cmp::Ordering::Greater => html!("<li><span aria-hidden=\"true\">○</span> "),
            };
            html!("{}{}</li>", mark, look.say(word))
        })
        .collect();
    html!("<ol class=\"states\">{}</ol>", items)
}

fn about(look: &Look, case: &Followed) -> Html {
    let mut out = Html::empty();
    if let Some(answer) = &case.answer {
        out.push(&html!(
            "<section class=\"card\"><h2>{}</h2><p>{}</p></section>",
            look.say(w::ANSWER),
            answer
        ));
    } else if let Some(due) = &case.promised {
        let say = if case.is_late { w::PROMISE_LATE } else { w::PROMISE };
        out.push(&html!("<p>{} · {}</p>", say.fill(look.lang, &[due]), case.handler.get(look.lang)));
    } else if case.state < State::Rate {
        out.push(&html!("<p>{}</p>", w::NEXT_ACCEPT.fill(look.lang, &[case.handler.get(look.lang)])));
    }
    if let Some(reason) = &case.delay {
        out.push(&html!("<p>{}</p>", w::DELAY.fill(look.lang, &[reason.get(look.lang)])));
    }
    if let Some(number) = &case.merged_into {
        out.push(&html!("<p>{}</p>", w::MERGED.fill(look.lang, &[number])));
    }
    if case.neighbours > 0 {
        let count = case.neighbours.to_string();
        out.push(&html!("<p>{}</p>", w::SHARED.fill(look.lang, &[&count])));
    }
    out
}

fn rating(look: &Look, case: &Followed) -> Html {
    let faces: Html = Face::ALL
        .into_iter()
        .map(|face| {
            html!(
                "<button class=\"face\" name=\"face\" value=\"{}\"><svg viewBox=\"0 0 48 48\" aria-hidden=\"true\">\
                 <circle cx=\"24\" cy=\"24\" r=\"21\"/><circle class=\"eye\" cx=\"17\" cy=\"19\" r=\"2.5\"/>\
                 <circle class=\"eye\" cx=\"31\" cy=\"19\" r=\"2.5\"/><path d=\"{}\"/></svg>{}</button>",
                face.code(),
                mouth(face),
                look.say(face_word(face))
            )
        })
        .collect();
    html!(
        "<section class=\"card\"><h2>{}</h2><form method=\"post\" action=\"/f/{}/rate\" class=\"faces\" data-send>\
         <input type=\"hidden\" name=\"version\" value=\"{}\">{}</form><p class=\"hint\">{}</p></section>",
        look.say(w::RATE_TITLE),
        case.code,
        case.version,
        faces,
        look.say(w::RATING_PRIVATE)
    )
}

/// After the tap: solved? treated well? in your words. All optional; the face is sent along unchanged.
fn tell_more(look: &Look, case: &Followed) -> Html {
    let Some(face) = case.rated else { return Html::empty() };
    let question = |name: &str, say: Say| {
        html!(
            "<p id=\"ask-{}\">{}</p><div class=\"choice\" role=\"radiogroup\" aria-labelledby=\"ask-{}\">\
             <label><input type=\"radio\" name=\"{}\" value=\"yes\"> {}</label>\
             <label><input type=\"radio\" name=\"{}\" value=\"no\"> {}</label></div>",
            name,
            look.say(say),
            name,
            name,
            look.say(w::YES),
            name,
            look.say(w::NO)
        )
    };
    html!(
        "<section class=\"card\"><h2>{}</h2><form method=\"post\" action=\"/f/{}/rate\" data-send>\
         <input type=\"hidden\" name=\"version\" value=\"{}\"><input type=\"hidden\" name=\"face\" value=\"{}\">{}{}\
         <label for=\"words\">{}</label><textarea id=\"words\" name=\"words\" rows=\"2\" maxlength=\"1000\"></textarea>\
         <button class=\"big quiet\">{}</button></form></section>",
        look.say(w::MORE_TITLE),
        case.code,
        case.version,
        face.code(),
        question("solved", w::MORE_SOLVED),
        question("treated_well", w::MORE_TREATED),
        look.say(w::MORE_WORDS),
        look.say(w::MORE_SEND)
    )
}

fn dispute(look: &Look, case: &Followed) -> Html {
    let chips: Html = CHIPS
        .into_iter()
        .map(|(code, say)| {
            html!("<button class=\"chip\" name=\"chip\" value=\"{}\">{}</button>", code, look.say(say))
        })
        .collect();
    html!(
        "<details class=\"card\"><summary class=\"big quiet\">{}</summary><p>{}</p>\
         <form method=\"post\" action=\"/f/{}/dispute\" data-send><input type=\"hidden\" name=\"version\" value=\"{}\">\
         {}</form></details>",
        look.say(w::NOT_SOLVED),
        look.say(w::DISPUTE_TITLE),
        case.code,
        case.version,
        chips
    )
}
