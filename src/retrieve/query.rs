//! The question as Quoth will take it.

use crate::text;

/// Characters a question needs at least.
pub const MIN_CHARS: usize = 3;
/// Characters a question may have at most.
pub const MAX_CHARS: usize = 500;

/// A question that is worth searching for: 3 to 500 characters on one line, without control
/// characters, holding at least one letter or digit. Only [`Query::parse`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    text: String,
}

impl Query {
    /// Cleans what a person typed and checks it. No character has a special meaning.
    ///
    /// # Errors
    /// [`QueryError`], worded for the person who asked.
    ///
    /// ```
    /// use quoth::retrieve::Query;
    ///
    /// let query = Query::parse("  what did\n Putin refuse? ")?;
    /// assert_eq!(query.text(), "what did Putin refuse?");
    /// assert!(Query::parse("🤔").is_err());
    /// # Ok::<(), quoth::retrieve::QueryError>(())
    /// ```
    pub fn parse(typed: &str) -> Result<Query, QueryError> {
        let typed = typed.trim();
        // Counted before cleaning, and only as far as needed: the input may be of any size. White
        // space is generous here because runs of it are about to collapse.
        if typed
            .chars()
            .filter(|c| !c.is_whitespace())
            .nth(MAX_CHARS)
            .is_some()
        {
            return Err(QueryError::TooLong);
        }
        let clean = text::normalize(typed);
        let text = clean.split_whitespace().collect::<Vec<_>>().join(" ");
        let n_chars = text.chars().count();
        if n_chars == 0 {
            Err(QueryError::Empty)
        } else if n_chars > MAX_CHARS {
            Err(QueryError::TooLong)
        } else if !text.chars().any(char::is_alphanumeric) {
            Err(QueryError::NoWords)
        } else if n_chars < MIN_CHARS && text.is_ascii() {
            // Two characters can be a question where a character is a word.
            Err(QueryError::TooShort)
        } else {
            Ok(Query { text })
        }
    }

    /// The cleaned question.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The cleaned question if it is not what was typed: how it was understood.
    pub fn unless_typed(&self, typed: &str) -> Option<&str> {
        (self.text != typed).then_some(self.text())
    }
}

/// Why a question was not taken; the text is meant for the person who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Nothing was asked.
    #[error("the question is empty; ask something like `what did Putin refuse?`")]
    Empty,
    /// Too few characters to search for.
    #[error("the question is too short; it needs at least {MIN_CHARS} characters")]
    TooShort,
    /// Too many characters.
    #[error("the question is too long; it may have at most {MAX_CHARS} characters")]
    TooLong,
    /// Only punctuation, emoji or symbols.
    #[error("the question has no words to search for")]
    NoWords,
}

impl QueryError {
    /// The same, where not a question was asked but a topic named.
    pub fn of_topic(self) -> String {
        match self {
            QueryError::Empty | QueryError::NoWords => {
                "the topic has no word to look for; name one, such as `ceasefire talks`".to_owned()
            }
            QueryError::TooShort => {
                format!("the topic is too short; it needs at least {MIN_CHARS} characters")
            }
            QueryError::TooLong => {
                format!("the topic is too long; it may have at most {MAX_CHARS} characters")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bounds_are_exact() {
        let words = |n: usize| "x".repeat(n);
        assert_eq!(Query::parse(""), Err(QueryError::Empty));
        assert_eq!(Query::parse(" \n\u{0} "), Err(QueryError::Empty));
        assert_eq!(
            Query::parse(&words(MIN_CHARS - 1)),
            Err(QueryError::TooShort)
        );
        assert!(Query::parse(&words(MIN_CHARS)).is_ok());
        assert!(Query::parse(&words(MAX_CHARS)).is_ok());
        assert_eq!(
            Query::parse(&words(MAX_CHARS + 1)),
            Err(QueryError::TooLong)
        );
        assert_eq!(
            Query::parse(&"x ".repeat(5_000_000)),
            Err(QueryError::TooLong)
        );
    }

    #[test]
    fn symbols_alone_are_no_question() {
        for typed in ["?!…", "🤔🤔🤔", "\"(( ))\""] {
            assert_eq!(Query::parse(typed), Err(QueryError::NoWords), "{typed:?}");
        }
    }

    #[test]
    fn white_space_and_controls_collapse() {
        let query = Query::parse("AND\u{0} OR \t\"((\r\n x").unwrap();
        assert_eq!(query.text(), "AND OR \"(( x");
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_keeps_its_promises(typed in any::<String>()) {
            if let Ok(query) = Query::parse(&typed) {
                prop_assert!(query.text().chars().count() <= MAX_CHARS);
                prop_assert!(!query.text().contains(['\n', '\0']));
                prop_assert_eq!(Query::parse(query.text()), Ok(query.clone()));
            }
        }
    }
}
