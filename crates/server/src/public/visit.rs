//! Who comes in: language, elder mode, the address they come from, and what their device remembers.
//!
//! Invariants
//! - VS1 The address of a visitor is the connection's, unless the connection is from this machine (a proxy in
//!   front): then it is the last entry of `X-Forwarded-For`, the one that proxy wrote itself.

use super::{
    Rooms,
    frame::{Look, POLICY},
    words as w,
};
use axum::{
    extract::{ConnectInfo, FromRequestParts, Query},
    response::{Html as HtmlBody, IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts};
use linli_model::{AreaId, Lang};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

const YEAR_SECS: u32 = 365 * 86_400;

/// One request of a resident.
pub(crate) struct Visit {
    pub(super) look: Look,
    pub(super) address: IpAddr,
    /// The place of the last report from this device.
    pub(super) last_place: Option<AreaId>,
    cookies: Vec<String>,
}

impl FromRequestParts<Arc<Rooms>> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Infallible> {
        let query = pairs(&parts.uri);
        let asked = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let mut cookies = Vec::new();
        let lang = asked("lang").and_then(lang_of);
        if let Some(lang) = lang {
            cookies.push(cookie("linli_lang", if lang == Lang::En { "en" } else { "zh" }));
        }
        let elder = asked("elder").map(|v| v == "1");
        if let Some(elder) = elder {
            cookies.push(cookie("linli_elder", if elder { "1" } else { "0" }));
        }
        let kept = |name: &str| kept_cookie(&parts.headers, name);
        let lang = lang.or_else(|| kept("linli_lang").as_deref().and_then(lang_of)).unwrap_or_default();
        let elder = elder.unwrap_or_else(|| kept("linli_elder").as_deref() == Some("1"));
        let here = here(parts.uri.path(), &query);
        Ok(Visit {
            look: rooms.look(lang, elder, here),
            address: address(&parts.headers, parts.extensions.get::<ConnectInfo<SocketAddr>>()),
            last_place: kept("linli_place").map(AreaId::new),
            cookies,
        })
    }
}

impl Visit {
    pub(super) fn lang(&self) -> Lang {
        self.look.lang
    }

    pub(super) fn remember_place(&mut self, place: &AreaId) {
        let id = place.as_str();
        if id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
            self.cookies.push(cookie("linli_place", id));
        }
    }

    pub(super) fn page(self, status: StatusCode, html: String) -> Response {
        self.dress((status, HtmlBody(html)).into_response())
    }

    pub(super) fn see_other(self, address: &str) -> Response {
        let location = HeaderValue::from_str(address).unwrap_or_else(|_| HeaderValue::from_static("/r"));
        self.dress((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
    }

    pub(super) fn too_often(self, retry_after_secs: i64) -> Response {
        let minutes = (retry_after_secs.max(1) as u64).div_ceil(60).to_string();
        let message = w::ERROR_TOO_OFTEN.fill(self.look.lang, &[&minutes]);
        let html = super::frame::error_page(&self.look, &message);
        let mut response = self.page(StatusCode::TOO_MANY_REQUESTS, html);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_secs.max(1)));
        response
    }

    fn dress(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        for cookie in &self.cookies {
            if let Ok(value) = HeaderValue::from_str(cookie) {
                headers.append(header::SET_COOKIE, value);
            }
        }
        // A page that carries a code or what somebody typed is nobody else's, on shared devices too.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

fn lang_of(text: &str) -> Option<Lang> {
    match text {
        "zh" | "zh-CN" => Some(Lang::Zh),
        "en" => Some(Lang::En),
        _ => None,
    }
}

fn cookie(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; Max-Age={YEAR_SECS}; SameSite=Lax")
}

fn kept_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v.to_owned())
}

/// The page's own address without the two switches.
fn here(path: &str, query: &[(String, String)]) -> String {
    let rest: Vec<(&str, &str)> = query
        .iter()
        .filter(|(n, _)| n != "lang" && n != "elder")
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    format!("{path}{}", super::html::query(&rest))
}

/// The pairs of an address; what is no query is none.
pub(super) fn pairs(uri: &Uri) -> Vec<(String, String)> {
    Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default()
}

/// See VS1.
pub(crate) fn address(headers: &HeaderMap, peer: Option<&ConnectInfo<SocketAddr>>) -> IpAddr {
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |c| c.0.ip());
    if !peer.is_loopback() {
        return peer;
    }
    headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .filter_map(|entry| entry.trim().parse().ok())
        .next_back()
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_on_this_machine_is_believed_about_addresses() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "1.1.1.1, 203.0.113.9".parse().unwrap());
        let from = |text: &str| ConnectInfo(SocketAddr::new(text.parse().unwrap(), 1));
        assert_eq!(address(&headers, Some(&from("127.0.0.1"))), "203.0.113.9".parse::<IpAddr>().unwrap());
        assert_eq!(address(&headers, Some(&from("198.51.100.1"))), "198.51.100.1".parse::<IpAddr>().unwrap());
        assert_eq!(address(&HeaderMap::new(), Some(&from("::1"))), "::1".parse::<IpAddr>().unwrap());
    }

    #[test]
    fn the_switches_do_not_pile_up_in_the_address() {
        let query = pairs(&Uri::from_static("/r?k=1&lang=en&place=%E7%94%B0&elder=1"));
        assert_eq!(here("/r", &query), "/r?k=1&place=%E7%94%B0");
    }
}
