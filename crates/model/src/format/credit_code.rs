//! 统一社会信用代码, GB 32100-2015: 18 characters of 0-9 and A-Z without I, O, S, V, Z; weights 3^i mod 31.

use crate::problem::Diagnostic;

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

fn rank(c: u8) -> Option<u32> {
    ALPHABET.iter().position(|a| *a == c).map(|i| i as u32)
}

/// A checked code in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreditCode(String);

impl CreditCode {
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let folded = super::fold_width(text).trim().to_ascii_uppercase();
        let wrong = |zh: &str, en: &str| Diagnostic::new("credit_code_malformed", "credit_code", zh, en);
        let ranks: Option<Vec<u32>> = folded.bytes().map(rank).collect();
        let ranks = match ranks {
            Some(ranks) if ranks.len() == 18 => ranks,
            _ => {
                return Err(wrong(
                    "应为 18 位统一社会信用代码,不含 I、O、S、V、Z",
                    "expected 18 characters of 0-9 and A-Z without I, O, S, V, Z",
                ));
            }
        };
        let mut weight = 1;
        let mut sum = 0;
        for r in &ranks[..17] {
            sum += r * weight;
            weight = weight * 3 % 31;
        }
        if ranks[17] != (31 - sum % 31) % 31 {
            return Err(wrong("统一社会信用代码校验码不符", "the check character does not match"));
        }
        Ok(CreditCode(folded))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_accepted_and_its_neighbours_are_not() {
        assert!(CreditCode::parse("91350100M000100Y43").is_ok());
        assert!(CreditCode::parse("91350100M000100Y44").is_err());
        assert!(CreditCode::parse("91350100I000100Y43").is_err());
        assert!(CreditCode::parse("91350100M000100Y4").is_err());
    }
}
