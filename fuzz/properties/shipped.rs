//! The shipped catalogue, read once.

use linli_rule::Catalogue;
use std::sync::{Arc, OnceLock};

pub fn catalogue() -> &'static Arc<Catalogue> {
    static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();
    CATALOGUE.get_or_init(|| Arc::new(Catalogue::shipped()))
}
