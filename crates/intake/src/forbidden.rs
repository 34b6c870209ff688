//! What no reading may carry: a probe's MAC, IMSI or a hash of one (G4), and face features (G9).
//!
//! Owns: recognising them. What follows (no text kept, an incident counted) is [`crate::judge`]'s.
//!
//! Invariants
//! - FB1 A text in which something is recognised is never repeated: a verdict names the kind and the field only.
//!
//! A device's own address (`device`, and `id` of anything but a probe) is not a person's and may look like a MAC.
//! Deliberately absent: certainty. Addresses that a sender hides well are not found; the measures of a probe are
//! counts with bounds, and that is what keeps them out in the end.

use crate::row::Field;
use linli_model::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden {
    MacAddress,
    Imsi,
    /// A hash in a place where only a count belongs.
    AddressHash,
    FaceFeature,
}

impl Forbidden {
    pub fn code(self) -> &'static str {
        match self {
            Forbidden::MacAddress => "forbidden_mac",
            Forbidden::Imsi => "forbidden_imsi",
            Forbidden::AddressHash => "forbidden_address_hash",
            Forbidden::FaceFeature => "forbidden_face_feature",
        }
    }
    pub fn message(self) -> Text {
        match self {
            Forbidden::MacAddress => Text::new(
                "含有设备 MAC 地址。依法不接收、不保存,已记为事件;无线探针只允许上报每点位五分钟以上的人数。",
                "Carries a MAC address. It is refused by law, its text is not kept, and it is recorded as an incident; a wireless probe may send counts per site and at least five minutes only.",
            ),
            Forbidden::Imsi => Text::new(
                "含有手机 IMSI 号。依法不接收、不保存,已记为事件;无线探针只允许上报人数。",
                "Carries an IMSI. It is refused by law, its text is not kept, and it is recorded as an incident; a wireless probe may send counts only.",
            ),
            Forbidden::AddressHash => Text::new(
                "含有疑似 MAC 或 IMSI 的散列值。散列后仍可识别到人,不接收、不保存,已记为事件。",
                "Carries what looks like the hash of a MAC or IMSI. A hash still points at a person: it is refused, its text is not kept, and it is recorded as an incident.",
            ),
            Forbidden::FaceFeature => Text::new(
                "含有人脸特征。本系统不保存、不计算、不接收人脸特征,已记为事件。",
                "Carries face features. They are neither stored, computed nor accepted here; it is recorded as an incident.",
            ),
        }
    }
}

/// How strict to be: a probe (or something unknown) may send less than a lift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    Probe,
    Unknown,
    Ordinary,
}

/// Looks through the fields of a row.
pub fn find_in_fields(fields: &[Field<'_>], strictness: Strictness) -> Option<Forbidden> {
    fields.iter().find_map(|field| {
        let known = crate::row::FIELDS.contains(&field.key.as_ref());
        (if known { None } else { find_in_key(&field.key) }).or_else(|| match field.key.as_ref() {
            // `measure` is a code of the catalogue; one that names a face or an address is a key in disguise.
            "measure" => find_in_key(unquoted(field.raw)),
            "device" | "source" | "observed_at" => None,
            "id" if strictness != Strictness::Probe => None,
            _ if field.raw.starts_with(['{', '[']) => find_in_tangle(field.raw, strictness),
            _ => find_in_text(unquoted(field.raw), strictness),
        })
    })
}

/// Looks through a text that has no fields: a broken row, or a nested value.
pub fn find_in_tangle(text: &str, strictness: Strictness) -> Option<Forbidden> {
    if longest_number_list(text) >= VECTOR_NUMBERS_MIN {
        return Some(Forbidden::FaceFeature);
    }
    let mut inside_quotes = true;
    text.split('"').find_map(|piece| {
        inside_quotes = !inside_quotes;
        let hit = if inside_quotes { find_in_key(piece) } else { None };
        hit.or_else(|| {
            piece.split([',', '{', '}', '[', ']', ' ']).find_map(|t| find_in_text(t.trim(), strictness))
        })
    })
}

/// Looks at a single value: a text without its quotes, or a number's text.
pub fn find_in_text(text: &str, strictness: Strictness) -> Option<Forbidden> {
    if is_mac(text) || text.split([' ', '|', ';', '/', '@']).any(is_mac) {
        return Some(Forbidden::MacAddress);
    }
    if is_imsi(text) && strictness != Strictness::Ordinary {
        return Some(Forbidden::Imsi);
    }
    let bare = text.rsplit(':').next().unwrap_or(text);
    if strictness == Strictness::Probe
        && bare.len() == 12
        && is_hex(bare)
        && bare.bytes().any(|c| !c.is_ascii_digit())
    {
        return Some(Forbidden::MacAddress);
    }
    if strictness != Strictness::Ordinary
        && matches!(bare.len(), 32 | 40 | 56 | 64 | 96 | 128)
        && is_hex(bare)
    {
        return Some(Forbidden::AddressHash);
    }
    if text.len() > BLOB_CHARS_MIN
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"+/=-_\\".contains(&c))
    {
        return Some(Forbidden::FaceFeature);
    }
    None
}

/// A list of this many numbers is a feature vector, not a reading.
const VECTOR_NUMBERS_MIN: usize = 16;
/// A text of base64 letters of this length is a picture or a template, not a code.
const BLOB_CHARS_MIN: usize = 512;

fn find_in_key(key: &str) -> Option<Forbidden> {
    if key.contains("人脸") || key.contains("特征值") {
        return Some(Forbidden::FaceFeature);
    }
    let words = words(key);
    let any = |wanted: &[&str]| words.iter().any(|w| wanted.contains(&w.as_str()));
    let joined = words.concat();
    let face = |w: &String| w.starts_with("face") && !w.starts_with("facet");
    if words.iter().any(face)
        || any(&["embedding", "embeddings"])
        || ["feature", "features", "featurevector"].contains(&joined.as_str())
    {
        return Some(Forbidden::FaceFeature);
    }
    if any(&["imsi", "imei"]) {
        return Some(Forbidden::Imsi);
    }
    let mac =
        any(&["mac", "macs", "bssid", "macaddr", "macaddress", "clientmac", "stamac", "srcmac", "phonemac"]);
    if any(&["machash", "hashmac", "macmd5", "macsha1", "macsha256"])
        || (mac && any(&["hash", "hashed", "md5", "sha1", "sha256", "masked"]))
    {
        return Some(Forbidden::AddressHash);
    }
    mac.then_some(Forbidden::MacAddress)
}

/// `clientMac`, `client_mac` and `Client-MAC` are all `client`, `mac`.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in key.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower_before) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase();
    }
    words.retain(|w| !w.is_empty());
    words
}

fn unquoted(raw: &str) -> &str {
    raw.strip_prefix('"').map_or(raw, |r| r.strip_suffix('"').unwrap_or(r))
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_hexdigit())
}

/// `a4:5e:60:c1:22:0f`, `A4-5E-60-C1-22-0F` or `a45e.60c1.220f`, also behind a prefix like `key:`.
fn is_mac(text: &str) -> bool {
    let octets = |sep: char| {
        let groups: Vec<&str> = text.split(sep).collect();
        let last = groups.len().saturating_sub(6);
        // Exactly six, or six behind one prefix: eight groups are an EUI-64, the address of a device.
        (groups.len() == 6 || (groups.len() == 7 && !is_hex(groups[0])))
            && groups[last..].iter().all(|g| g.len() == 2 && is_hex(g))
    };
    let cisco = || {
        let bare = text.rsplit(':').next().unwrap_or(text);
        let groups: Vec<&str> = bare.split('.').collect();
        groups.len() == 3 && groups.iter().all(|g| g.len() == 4 && is_hex(g))
    };
    (text.len() >= 14 && text.len() <= 80) && (octets(':') || octets('-') || cisco())
}

/// Fifteen digits that begin with a mobile country code of China or its neighbours' roaming phones.
fn is_imsi(text: &str) -> bool {
    let bare = text.rsplit(':').next().unwrap_or(text);
    let bare = bare.strip_suffix(".0").unwrap_or(bare);
    bare.len() == 15
        && bare.bytes().all(|c| c.is_ascii_digit())
        && ["460", "461", "454", "455", "466"].iter().any(|mcc| bare.starts_with(mcc))
}

fn longest_number_list(text: &str) -> usize {
    let (mut longest, mut here) = (0, 0);
    for piece in text.split(',') {
        let number = piece.trim().trim_start_matches(|c| !matches!(c, '0'..='9' | '-'));
        let number = number.trim_end_matches([']', '}', ' ']);
        here = if number.parse::<f64>().is_ok() && !piece.contains('"') { here + 1 } else { 0 };
        longest = longest.max(here);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::fields;

    fn verdict(row: &str, strictness: Strictness) -> Option<Forbidden> {
        find_in_fields(&fields(row).0, strictness)
    }

    #[test]
    fn addresses_are_found_in_every_usual_spelling() {
        for text in ["a4:5e:60:c1:22:0f", "A4-5E-60-C1-22-0F", "a45e.60c1.220f", "key:a4:5e:60:c1:22:0f"] {
            for strictness in [Strictness::Probe, Strictness::Unknown, Strictness::Ordinary] {
                let row = format!(r#"{{"subject":"{text}"}}"#);
                assert_eq!(verdict(&row, strictness), Some(Forbidden::MacAddress), "{text} {strictness:?}");
            }
        }
        assert_eq!(verdict(r#"{"value":"a45e60c1220f"}"#, Strictness::Probe), Some(Forbidden::MacAddress));
        assert_eq!(verdict(r#"{"value":460001234567890}"#, Strictness::Probe), Some(Forbidden::Imsi));
        let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        assert_eq!(
            verdict(&format!(r#"{{"id":"{hash}"}}"#), Strictness::Probe),
            Some(Forbidden::AddressHash)
        );
        assert_eq!(
            verdict(&format!(r#"{{"id":"{hash}"}}"#), Strictness::Ordinary),
            None,
            "an id of a lift's reading"
        );
    }

    #[test]
    fn names_of_fields_give_them_away_also_deep_inside() {
        assert_eq!(
            verdict(r#"{"extra":{"clientMac":"x"}}"#, Strictness::Ordinary),
            Some(Forbidden::MacAddress)
        );
        assert_eq!(verdict(r#"{"mac_md5":"x"}"#, Strictness::Ordinary), Some(Forbidden::AddressHash));
        assert_eq!(verdict(r#"{"face_score":0.9}"#, Strictness::Ordinary), Some(Forbidden::FaceFeature));
        assert_eq!(verdict(r#"{"人脸特征":"x"}"#, Strictness::Ordinary), Some(Forbidden::FaceFeature));
        assert_eq!(
            verdict(r#"{"measure":"face_match"}"#, Strictness::Ordinary),
            Some(Forbidden::FaceFeature)
        );
        let vector = format!(r#"{{"value":[{}]}}"#, vec!["0.12"; 16].join(","));
        assert_eq!(verdict(&vector, Strictness::Ordinary), Some(Forbidden::FaceFeature));
    }

    #[test]
    fn what_is_nobodys_address_passes() {
        for row in [
            r#"{"device":"a4:5e:60:c1:22:0f","id":"a4:5e:60:c1:22:0f-17"}"#,
            r#"{"value":12,"measure":"probe_count"}"#,
            r#"{"subject":"dwelling:310104011012-E1-B41-D1-302"}"#,
            r#"{"observed_at":"2026-11-23T08:30:00+08:00"}"#,
            r#"{"value":"24:7f:00:aa:bb:cc:dd:ee"}"#,
            r#"{"measure":"surface_temperature_c"}"#,
        ] {
            assert_eq!(verdict(row, Strictness::Unknown), None, "{row}");
        }
        let short = format!(r#"{{"value":[{}]}}"#, vec!["0.12"; 15].join(","));
        assert_eq!(verdict(&short, Strictness::Ordinary), None);
    }

    #[test]
    fn a_broken_row_is_looked_through_as_well() {
        assert_eq!(
            find_in_tangle(r#"{"device":"p","mac":"a4:5e"#, Strictness::Unknown),
            Some(Forbidden::MacAddress)
        );
        assert_eq!(
            find_in_tangle("p1,a4:5e:60:c1:22:0f,3", Strictness::Unknown),
            Some(Forbidden::MacAddress)
        );
        assert_eq!(find_in_tangle(r#"{"device":"p","value":1"#, Strictness::Unknown), None);
    }
}
