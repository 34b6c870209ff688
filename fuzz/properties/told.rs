//! What is wrong is always told in both languages.

use linli_model::Diagnostic;

pub fn check(wrong: &[Diagnostic]) {
    for d in wrong {
        let suggestion = d.suggestion.iter();
        for text in suggestion.chain([&d.message]) {
            assert!(!text.zh.trim().is_empty() && !text.en.trim().is_empty(), "in one language only: {d:?}");
        }
        assert!(!d.code.is_empty(), "without a code: {d:?}");
    }
}
