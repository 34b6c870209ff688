//! Claim codes: what lets a reporter follow a case without an account.
//!
//! Invariants
//! - CC1 A code has 15 random symbols of 23 (67 bits) and one check symbol; no two symbols look alike.
//! - CC2 The code itself is stored nowhere. The store keeps its keyed hash, looked up by equality; a code is
//!   therefore never compared symbol by symbol with a stored one.
//! - CC3 The same form token gives the same code: a form sent twice answers with one code.
//!
//! Deliberately absent: how often one may guess (see `limits`).

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Of 0/O, 1/I/L, 2/Z, 5/S, 6/G, 8/B, U/V/W, O/Q at most one each: what is left reads the same on paper,
/// screen and telephone. 23 is a prime, which makes the check symbol exact.
const SYMBOLS: &[u8; 23] = b"23456789ACDEFHJKMNPRTXY";
const RANDOM_SYMBOLS: usize = 15;
const LENGTH: usize = RANDOM_SYMBOLS + 1;

/// A code as its holder has it, without separators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimCode(String);

impl ClaimCode {
    /// The code that belongs to a form token under the installation's secret.
    pub(crate) fn for_token(secret: &[u8], token: &str) -> ClaimCode {
        let bytes = keyed(secret, "claim-code", token.as_bytes());
        // Base conversion of 128 bits: the bias of any symbol is below one in 2^56.
        let mut number = u128::from_be_bytes(bytes[..16].try_into().unwrap_or([0; 16]));
        let mut values = Vec::with_capacity(LENGTH);
        for _ in 0..RANDOM_SYMBOLS {
            values.push((number % 23) as usize);
            number /= 23;
        }
        values.push(check_symbol(&values));
        ClaimCode(values.iter().map(|v| SYMBOLS[*v] as char).collect())
    }

    /// Reads what someone typed: case, spaces and dashes do not matter. `None` is a slip of the pen.
    pub(crate) fn read(typed: &str) -> Option<ClaimCode> {
        let mut values = Vec::with_capacity(LENGTH);
        for c in typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '—' | '_' | '－')) {
            let upper = full_width_to_ascii(c).to_ascii_uppercase();
            values.push(SYMBOLS.iter().position(|s| *s as char == upper)?);
            if values.len() > LENGTH {
                return None;
            }
        }
        let (check, body) = values.split_last()?;
        (body.len() == RANDOM_SYMBOLS && check_symbol(body) == *check)
            .then(|| ClaimCode(values.iter().map(|v| SYMBOLS[*v] as char).collect()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// In four groups of four, as it is shown and put into links.
    pub(crate) fn grouped(&self) -> String {
        let symbols: Vec<char> = self.0.chars().collect();
        symbols.chunks(4).map(|g| g.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }
}

/// Weighted sum in the field of 23: one wrong symbol, or two neighbours exchanged, are always noticed,
/// before anything is looked up.
fn check_symbol(values: &[usize]) -> usize {
    values.iter().enumerate().map(|(i, v)| (i + 1) * v).sum::<usize>() % 23
}

fn full_width_to_ascii(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    }
}

/// HMAC-SHA-256 of `message` for one named use of the secret.
pub(crate) fn keyed(secret: &[u8], usage: &str, message: &[u8]) -> [u8; 32] {
    let mut mac = match <Hmac<Sha256> as Mac>::new_from_slice(secret) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    mac.update(usage.as_bytes());
    mac.update(&[0]);
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"a secret of the installation";

    #[test]
    fn a_code_reads_back_however_it_was_typed() {
        let code = ClaimCode::for_token(SECRET, "a-form-token");
        for typed in [
            code.grouped(),
            code.as_str().to_lowercase(),
            format!("  {} ", code.grouped().replace('-', " ")),
            code.as_str().chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect(),
        ] {
            assert_eq!(ClaimCode::read(&typed), Some(code.clone()), "{typed}");
        }
    }

    #[test]
    fn one_wrong_symbol_is_a_slip_and_not_a_guess() {
        let code = ClaimCode::for_token(SECRET, "a-form-token");
        for at in 0..15 {
            for other in SYMBOLS.iter().filter(|o| **o != code.as_str().as_bytes()[at]) {
                let mut typed = code.as_str().as_bytes().to_vec();
                typed[at] = *other;
                assert_eq!(ClaimCode::read(std::str::from_utf8(&typed).unwrap()), None);
            }
        }
        assert_eq!(ClaimCode::read(""), None);
        assert_eq!(ClaimCode::read(&"2".repeat(400)), None);
        assert_eq!(ClaimCode::read("O0I1-LLLL-0000-1111"), None);
    }

    #[test]
    fn the_same_token_gives_the_same_code_and_another_secret_another() {
        let a = ClaimCode::for_token(SECRET, "t");
        assert_eq!(a, ClaimCode::for_token(SECRET, "t"));
        assert_ne!(a, ClaimCode::for_token(b"another", "t"));
        assert_ne!(a, ClaimCode::for_token(SECRET, "u"));
        assert_eq!(a.grouped().len(), 19);
    }
}
