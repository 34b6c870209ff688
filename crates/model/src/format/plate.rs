//! 机动车号牌, GA 36: province character, office letter, and five characters (six for new energy).

use crate::problem::Diagnostic;

const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
const SUFFIXES: &str = "警学挂港澳领";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlateKind {
    Ordinary,
    /// Small new-energy cars have a letter first, large ones last.
    NewEnergy,
    /// Ends in 警, 学, 挂, 港, 澳 or 领.
    Special,
    /// 使馆
    Embassy,
    /// Armed police.
    ArmedPolice,
}

/// A checked plate in capitals, without separators.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plate(String);

fn serial(c: char) -> bool {
    c.is_ascii_digit() || (c.is_ascii_uppercase() && c != 'I' && c != 'O')
}

fn kind_of(plate: &str) -> Option<PlateKind> {
    let chars: Vec<char> = plate.chars().collect();
    if let Some(rest) = plate.strip_prefix("WJ") {
        let rest: Vec<char> = rest.chars().collect();
        let body = if rest.first().is_some_and(|c| PROVINCES.contains(*c)) { &rest[1..] } else { &rest[..] };
        return ((5..=6).contains(&body.len()) && body.iter().all(|c| serial(*c)))
            .then_some(PlateKind::ArmedPolice);
    }
    if plate.ends_with("使") || plate.starts_with('使') {
        let digits = plate.chars().filter(|c| c.is_ascii_digit()).count();
        return (digits == 6 && chars.len() == 7).then_some(PlateKind::Embassy);
    }
    let (province, office, rest) = (chars.first()?, chars.get(1)?, chars.get(2..)?);
    if !PROVINCES.contains(*province) || !office.is_ascii_uppercase() || *office == 'I' {
        return None;
    }
    match rest {
        [.., last] if rest.len() == 5 && SUFFIXES.contains(*last) => {
            rest[..4].iter().all(|c| serial(*c)).then_some(PlateKind::Special)
        }
        _ if rest.len() == 5 => rest.iter().all(|c| serial(*c)).then_some(PlateKind::Ordinary),
        [first, second, tail @ ..] if rest.len() == 6 => {
            let digits = |part: &[char]| part.iter().all(char::is_ascii_digit);
            let small = first.is_ascii_uppercase() && serial(*first) && serial(*second) && digits(tail);
            let large = digits(&rest[..5]) && rest[5].is_ascii_uppercase() && serial(rest[5]);
            (small || large).then_some(PlateKind::NewEnergy)
        }
        _ => None,
    }
}

impl Plate {
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let plate: String = super::fold_width(text)
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '·' | '•'))
            .flat_map(char::to_uppercase)
            .collect();
        match kind_of(&plate) {
            Some(_) => Ok(Plate(plate)),
            None => Err(Diagnostic::new(
                "plate_malformed",
                "plate",
                "应为车牌号,如 沪A12345 或新能源 沪AD12345",
                "expected a plate like 沪A12345, or 沪AD12345 for new energy",
            )),
        }
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    pub fn kind(&self) -> PlateKind {
        kind_of(&self.0).expect("checked when parsed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_are_told_by_kind_and_odd_ones_refused() {
        use PlateKind::*;
        for (text, kind) in [
            ("沪A12345", Some(Ordinary)),
            ("沪a·1234B", Some(Ordinary)),
            ("沪AD12345", Some(NewEnergy)),
            ("沪A12345D", Some(NewEnergy)),
            ("沪A1234警", Some(Special)),
            ("粤Z1234港", Some(Special)),
            ("使123456", Some(Embassy)),
            ("WJ沪12345", Some(ArmedPolice)),
            ("沪AI2345", None),
            ("沪A1234", None),
            ("沪A1D2345", None),
            ("X A12345", None),
        ] {
            assert_eq!(Plate::parse(text).ok().map(|p| p.kind()), kind, "{text}");
        }
    }
}
