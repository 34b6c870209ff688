//! Phone numbers: mobile `1[3-9]` and 9 digits, Shanghai landline `021-` and 8 digits, service short codes.

use crate::problem::Diagnostic;

const SHORT_CODES: [&str; 4] = ["110", "119", "120", "12345"];

/// A checked number in its canonical form: `13800000000`, `021-64000000`, `12345`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let folded = super::fold_width(text);
        let mut digits: String = folded.chars().filter(|c| c.is_ascii_digit()).collect();
        let odd = folded.chars().any(|c| !(c.is_ascii_digit() || matches!(c, ' ' | '-' | '+' | '(' | ')')));
        if let Some(rest) = digits.strip_prefix("86").filter(|rest| rest.len() == 11) {
            digits = rest.to_owned();
        }
        let bytes = digits.as_bytes();
        let mobile = bytes.len() == 11 && bytes[0] == b'1' && (b'3'..=b'9').contains(&bytes[1]);
        let landline = bytes.len() == 11 && digits.starts_with("021") && (b'2'..=b'8').contains(&bytes[3]);
        let local = bytes.len() == 8 && (b'2'..=b'8').contains(&bytes[0]);
        match () {
            _ if odd => {}
            _ if mobile || SHORT_CODES.contains(&digits.as_str()) => return Ok(Phone(digits)),
            _ if landline => return Ok(Phone(format!("021-{}", &digits[3..]))),
            _ if local => return Ok(Phone(format!("021-{digits}"))),
            _ => {}
        }
        Err(Diagnostic::new(
            "phone_malformed",
            "phone",
            "应为 11 位手机号,或上海固定电话(021-8 位数字)",
            "expected an 11-digit mobile number or a Shanghai landline (021- and 8 digits)",
        ))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// `138****0000`.
    pub fn masked(&self) -> String {
        let keep = 4.min(self.0.len());
        let head = if self.0.len() >= 11 { &self.0[..3] } else { "" };
        format!("{head}****{}", &self.0[self.0.len() - keep..])
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_people_write_a_number_come_to_one_form() {
        for (written, canonical) in [
            ("13800000000", "13800000000"),
            ("+86 138 0000 0000", "13800000000"),
            ("138-0000-0000", "13800000000"),
            ("021-64000000", "021-64000000"),
            ("(021)64000000", "021-64000000"),
            ("64000000", "021-64000000"),
            ("12345", "12345"),
        ] {
            assert_eq!(Phone::parse(written).map(|p| p.as_str().to_owned()).ok().as_deref(), Some(canonical));
        }
        for wrong in ["", "12800000000", "1380000000", "138000000000", "abc", "13800000000转2", "123456"] {
            assert!(Phone::parse(wrong).is_err(), "{wrong}");
        }
    }
}
