//! Broken rules: what the bot did that Discord refuses, or that this project forbids itself.

use std::fmt;

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule's short name, such as `content-length`.
    pub rule: &'static str,
    /// What broke it: the request, the field, the number.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

/// Something wrong in a request body: where, Discord's code for it, and the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub rule: &'static str,
    /// `embeds.0.title`; empty for the body as a whole.
    pub at: String,
    pub sentence: String,
}

impl Problem {
    pub fn new(rule: &'static str, at: impl Into<String>, sentence: impl Into<String>) -> Problem {
        Problem {
            rule,
            at: at.into(),
            sentence: sentence.into(),
        }
    }
}
