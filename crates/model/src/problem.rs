//! The three kinds of going wrong: a diagnostic, a refusal, a fault.
//!
//! - [`Diagnostic`]: a person wrote something wrong; says where and what was expected.
//! - [`Refusal`]: the domain says no; a value with a code and a sentence, never a panic.
//! - [`Fault`]: the world failed; knows whether trying again can help.

use crate::text::Text;
use serde::{Deserialize, Serialize};

/// A place in a text: 1-based line and column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub line: u32,
    pub column: u32,
}

/// Something a person wrote that cannot be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// snake_case code, stable across releases.
    pub code: String,
    /// The field as the person knows it, e.g. `rows[12].observed_at`; empty when it is the whole.
    pub field: String,
    pub span: Option<Span>,
    /// What is wrong and what was expected.
    pub message: Text,
    /// What to write instead, where we can tell.
    pub suggestion: Option<Text>,
}

impl Diagnostic {
    pub fn new(code: &str, field: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Diagnostic {
            code: code.to_owned(),
            field: field.into(),
            span: None,
            message: Text::new(zh, en),
            suggestion: None,
        }
    }
    pub fn at(mut self, line: u32, column: u32) -> Self {
        self.span = Some(Span { line, column });
        self
    }
    pub fn suggest(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.suggestion = Some(Text::new(zh, en));
        self
    }
}

/// The domain says no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {}", message.en)]
pub struct Refusal {
    pub code: String,
    pub message: Text,
}

impl Refusal {
    pub fn new(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Refusal { code: code.to_owned(), message: Text::new(zh, en) }
    }
}

/// The world failed. `retry` says whether the same call may succeed later.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    pub what: String,
    pub retry: bool,
    /// snake_case code and sentence for the person who meets it, where there is more to say than "failed".
    pub said: Option<(&'static str, Text)>,
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Fault {
    pub fn passing(what: impl Into<String>) -> Self {
        Fault { what: what.into(), retry: true, said: None, source: None }
    }
    pub fn lasting(what: impl Into<String>) -> Self {
        Fault { what: what.into(), retry: false, said: None, source: None }
    }
    /// What a person is told, with its stable code.
    pub fn saying(mut self, code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.said = Some((code, Text::new(zh, en)));
        self
    }
    /// The code for the wire and the logs: the particular one where there is one.
    pub fn code(&self) -> &'static str {
        match &self.said {
            Some((code, _)) => code,
            None if self.retry => "fault_passing",
            None => "fault_lasting",
        }
    }
    pub fn because(mut self, e: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(e));
        self
    }
}
