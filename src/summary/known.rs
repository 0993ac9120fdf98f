//! What older articles say, so that it is not news.

use super::agree::Statement;
use super::outline::Unit;
use super::prose::prose;
use super::terms::{Lexicon, Terms};
use crate::document::{Date, Document};

/// After these days, "on Monday" is another one.
const WEEK: u32 = 7;

/// A sentence of an older article.
pub(super) struct Known {
    statement: Statement,
    pub(super) terms: Terms,
    date: Option<Date>,
}

impl Known {
    /// All sentences of prose in an article.
    pub(super) fn all(document: &Document, lexicon: &mut Lexicon) -> Vec<Known> {
        prose(&document.text, &document.blocks)
            .into_iter()
            .filter_map(|sentence| sentence.span.slice(&document.text))
            .map(|text| {
                let terms = lexicon.terms(text, document.language);
                Known {
                    statement: Statement::new(text, &terms, document.language),
                    terms,
                    date: document.metadata.published,
                }
            })
            .collect()
    }

    /// Whether it leaves nothing new in a sentence of an article of that day.
    pub(super) fn makes_old(&self, unit: &Unit, date: Option<Date>) -> bool {
        let is_other_day = || match (self.date, date) {
            (Some(a), Some(b)) => {
                unit.statement.has_day()
                    && a.days_since_epoch().abs_diff(b.days_since_epoch()) >= WEEK
            }
            _ => false,
        };
        unit.statement.is_known_from(&self.statement) && !is_other_day()
    }
}
