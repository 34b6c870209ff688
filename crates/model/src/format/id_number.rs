//! 公民身份号码, GB 11643-1999: 17 digits and a check character (ISO 7064, MOD 11-2).
//!
//! Also accepted: residence permits of Hong Kong, Macao and Taiwan residents (810000, 820000, 830000) and
//! foreigners' permanent residence cards (starting with 9), which share length and check.

use crate::problem::Diagnostic;
use jiff::civil::Date;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [u8; 11] = *b"10X98765432";

/// A checked number in capitals. Its `Debug` is masked, so that it cannot slip into a log.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdNumber(String);

impl IdNumber {
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let folded = super::fold_width(text).trim().to_ascii_uppercase();
        let bytes = folded.as_bytes();
        let wrong = |zh: &str, en: &str| Diagnostic::new("id_number_malformed", "id_number", zh, en);
        if bytes.len() != 18 || !bytes[..17].iter().all(u8::is_ascii_digit) {
            return Err(wrong(
                "应为 18 位身份证号:17 位数字加 1 位校验码",
                "expected 18 characters: 17 digits and a check character",
            ));
        }
        let sum: u32 = bytes[..17].iter().zip(WEIGHTS).map(|(digit, w)| u32::from(digit - b'0') * w).sum();
        if bytes[17] != CHECKS[(sum % 11) as usize] {
            return Err(wrong(
                "身份证号校验码不符,请核对是否抄错",
                "the check character does not match; look for a mistyped digit",
            ));
        }
        let number = IdNumber(folded);
        if number.find_birth_date().is_none() {
            return Err(wrong(
                "身份证号第 7 至 14 位不是有效的出生日期",
                "characters 7 to 14 are not a date of birth",
            ));
        }
        Ok(number)
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    fn find_birth_date(&self) -> Option<Date> {
        let n = |range: std::ops::Range<usize>| self.0[range].parse::<i16>().ok();
        let (year, month, day) = (n(6..10)?, n(10..12)?, n(12..14)?);
        if year < 1850 { None } else { Date::new(year, month as i8, day as i8).ok() }
    }
    pub fn birth_date(&self) -> Date {
        self.find_birth_date().expect("checked when parsed")
    }
    /// Digit 17 is odd for men.
    pub fn is_male(&self) -> bool {
        (self.0.as_bytes()[16] - b'0') % 2 == 1
    }
    /// At most what a screen may show: `310***********002X`.
    pub fn masked(&self) -> String {
        format!("{}***********{}", &self.0[..3], &self.0[14..])
    }
}

impl std::fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdNumber({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_of_the_standard_are_accepted() {
        let first = IdNumber::parse("11010519491231002X").unwrap();
        assert_eq!((first.birth_date().to_string().as_str(), first.is_male()), ("1949-12-31", false));
        let second = IdNumber::parse("440524188001010014").unwrap();
        assert_eq!((second.birth_date().to_string().as_str(), second.is_male()), ("1880-01-01", true));
        assert_eq!(IdNumber::parse(" 11010519491231002x ").unwrap(), first);
    }

    #[test]
    fn one_wrong_digit_anywhere_is_refused() {
        let right = "11010519491231002X";
        for i in 0..17 {
            let mut bytes = right.as_bytes().to_vec();
            bytes[i] = if bytes[i] == b'9' { b'0' } else { bytes[i] + 1 };
            assert!(IdNumber::parse(std::str::from_utf8(&bytes).unwrap()).is_err(), "digit {i}");
        }
    }

    #[test]
    fn nothing_of_the_middle_shows_on_a_screen_or_in_a_log() {
        let number = IdNumber::parse("11010519491231002X").unwrap();
        assert_eq!(number.masked(), "110***********002X");
        assert!(!format!("{number:?}").contains("1949"));
    }
}
