//! Addresses as people write them: 田林十二村41号302室, XX路XX弄XX号XX室, with 支弄, 甲/乙, 临.
//!
//! Invariants
//! - AD1 Folding is idempotent, and 十二村 = 12村 = 12村 come to the same key.
//! - AD2 The number (号) names a doorway, not a building.
//! - AD3 What cannot be told apart is left in `rest`, never dropped: an unmatched address is normal and is
//!   linked by hand.

/// The parts found, as folded text; numbers in Arabic digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressParts {
    /// Road or estate name: `田林12村`, `钦州路`.
    pub place: Option<String>,
    /// 弄
    pub lane: Option<String>,
    /// 支弄
    pub side_lane: Option<String>,
    /// 号 / 门栋, e.g. `41`, `41甲`, `临3`.
    pub door: Option<String>,
    /// 室
    pub room: Option<String>,
    pub rest: String,
}

fn digit(c: char) -> Option<u32> {
    "零一二三四五六七八九".chars().position(|d| d == c).map(|i| i as u32).or(match c {
        '〇' => Some(0),
        '两' => Some(2),
        _ => None,
    })
}

/// A Chinese number below ten thousand, e.g. 十二 = 12, 一百零三 = 103, 三〇二 = 302.
fn chinese_number(text: &[char]) -> Option<u32> {
    let positional = text.len() > 1 && text.iter().all(|c| digit(*c).is_some());
    if positional {
        return text.iter().try_fold(0u32, |n, c| n.checked_mul(10)?.checked_add(digit(*c)?));
    }
    let (mut total, mut current) = (0, None);
    for c in text {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            _ => {
                current = Some(digit(*c)?);
                continue;
            }
        };
        total += current.take().unwrap_or(1) * unit;
    }
    Some(total + current.unwrap_or(0))
}

/// What a number may stand before; elsewhere (三林路, 五角场) Chinese numerals are part of a name.
const COUNTED: &str = "村弄号室楼栋幢层单支街坊区门";

/// The written form all comparisons use: half width, no spaces, capitals, Arabic numbers where counted.
pub fn folded(text: &str) -> String {
    let chars: Vec<char> =
        super::fold_width(text).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
    let mut out = String::new();
    let mut i = 0;
    while i < chars.len() {
        let end = chars[i..]
            .iter()
            .position(|c| digit(*c).is_none() && !"十百千".contains(*c))
            .map_or(chars.len(), |n| i + n);
        let counted = end > i && chars.get(end).is_some_and(|c| COUNTED.contains(*c));
        match chinese_number(&chars[i..end]).filter(|_| counted) {
            Some(number) => {
                out.push_str(&number.to_string());
                i = end;
            }
            None => {
                out.push(chars[i]);
                i += 1;
            }
        }
    }
    out
}

/// Cuts a folded address into its parts.
pub fn parse(text: &str) -> AddressParts {
    let mut rest = folded(text);
    let mut parts = AddressParts::default();
    if let Some((head, tail)) =
        split_after(&rest, &["村", "路", "街", "道", "坊", "苑", "园", "城", "小区", "公寓"])
    {
        parts.place = Some(head);
        rest = tail;
    }
    if let Some((number, tail)) = counted(&rest, "弄").filter(|(n, _)| !n.ends_with('支')) {
        parts.lane = Some(number);
        rest = tail;
    }
    if let Some((number, tail)) = counted(&rest, "支弄") {
        parts.side_lane = Some(number);
        rest = tail;
    }
    if let Some((number, tail)) = counted(&rest, "号") {
        parts.door = Some(number);
        rest = tail;
        for unit in ["楼", "栋"] {
            rest = rest.strip_prefix(unit).map(str::to_owned).unwrap_or(rest);
        }
    }
    let room = rest.strip_suffix('室').unwrap_or(&rest);
    if !room.is_empty() && room.len() <= 8 && room.chars().all(|c| c.is_ascii_alphanumeric()) {
        parts.room = Some(room.to_owned());
        rest = String::new();
    }
    parts.rest = rest;
    parts
}

/// Splits behind the last of `ends` that is followed by a number or by nothing.
fn split_after(text: &str, ends: &[&str]) -> Option<(String, String)> {
    let at = ends
        .iter()
        .flat_map(|end| text.match_indices(end).map(move |(i, m)| i + m.len()))
        .filter(|i| text[*i..].chars().next().is_none_or(|c| c.is_ascii_digit() || c == '临'))
        .max()?;
    Some((text[..at].to_owned(), text[at..].to_owned()))
}

/// A number with its suffix at the start: `41号…` → (`41`, `…`); 甲, 乙, 临 and a hyphen belong to it.
fn counted(text: &str, suffix: &str) -> Option<(String, String)> {
    let (number, tail) = text.split_once(suffix)?;
    let fits = !number.is_empty()
        && number.chars().any(|c| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_alphanumeric() || "甲乙丙丁临-支".contains(c));
    fits.then(|| (number.to_owned(), tail.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estate_names_fold_to_one_form_whatever_numerals_are_used() {
        for text in
            ["田林十二村41号302室", "田林12村41号302室", "田林12村 41号302室", "田林十二村四十一号三〇二室"]
        {
            assert_eq!(folded(text), "田林12村41号302室", "{text}");
            assert_eq!(folded(&folded(text)), folded(text));
        }
        assert_eq!(folded("三林路5弄"), "三林路5弄", "a numeral inside a name stays");
    }

    #[test]
    fn parts_are_found_and_the_rest_is_kept() {
        let show = |text: &str| {
            let p = parse(text);
            let s = |o: Option<String>| o.unwrap_or_else(|| "-".into());
            format!("{} {} {} {} {} {}", s(p.place), s(p.lane), s(p.side_lane), s(p.door), s(p.room), p.rest)
        };
        assert_eq!(show("田林十二村41号302室"), "田林12村 - - 41 302 ");
        assert_eq!(show("钦州路100弄5支弄12号甲"), "钦州路 100 5 12 - 甲");
        assert_eq!(show("钦州路100弄12甲号1502"), "钦州路 100 - 12甲 1502 ");
        assert_eq!(show("柳州路临3号"), "柳州路 - - 临3 - ");
        assert_eq!(show("菜场门口"), "- - - - - 菜场门口");
    }
}
