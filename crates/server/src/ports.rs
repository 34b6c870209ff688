//! What the runtime gives: the time and fresh ids.

use linli_model::{IdSeed, Instant};

pub trait Clock: Send + Sync {
    fn now(&self) -> Instant;
}

/// Randomness of the system: seeds of decisions, tokens, secrets.
pub trait Fresh: Send + Sync {
    fn seed(&self) -> IdSeed;
    fn bytes(&self) -> [u8; 32];
}

/// A thing that cannot be guessed, as 43 characters that fit into an address.
pub fn token(fresh: &dyn Fresh) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(fresh.bytes())
}
