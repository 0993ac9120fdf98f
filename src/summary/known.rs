//! What older articles say, so that it is not news.

use std::sync::Arc;

use super::agree::{KNOWN_COSINE, Statement};
use super::outline::Unit;
use super::prose::prose;
use super::terms::{Lexicon, TermsIndex};
use crate::document::{Date, Document};
use crate::retrieve::Article;

/// After these days, "on Monday" is another one.
const WEEK: u32 = 7;

/// The sentences of older articles, by their words: two long articles have a hundred million pairs of
/// sentences, of which few share a word that tells.
#[derive(Default)]
pub(super) struct Known {
    sentences: Vec<Sentence>,
    index: TermsIndex,
}

/// A sentence of an older article.
struct Sentence {
    statement: Statement,
    date: Option<Date>,
}

impl Known {
    /// All sentences of prose in some articles.
    pub(super) fn new(articles: &[Arc<Article>], lexicon: &mut Lexicon) -> Known {
        let mut known = Known::default();
        for article in articles {
            known.read(&article.document, lexicon);
        }
        known
    }

    fn read(&mut self, document: &Document, lexicon: &mut Lexicon) {
        for sentence in prose(&document.text, &document.blocks) {
            let Some(text) = sentence.span.slice(&document.text) else {
                continue;
            };
            let terms = lexicon.terms(text, document.language);
            self.sentences.push(Sentence {
                statement: Statement::new(text, &terms, document.language),
                date: document.metadata.published,
            });
            self.index.push(&terms);
        }
    }

    /// How new a sentence of an article of that day is, from 0 to 1: 1 less its cosine with the nearest
    /// known one. `None` if one of these leaves nothing new in it.
    pub(super) fn novelty(&self, unit: &Unit, date: Option<Date>) -> Option<f32> {
        let mut nearest = 0.0_f32;
        for (number, cosine) in self.index.cosines(&unit.terms) {
            nearest = nearest.max(cosine);
            let sentence = self.sentences.get(number);
            if cosine >= KNOWN_COSINE && sentence.is_some_and(|known| known.makes_old(unit, date)) {
                return None;
            }
        }
        Some((1.0 - nearest).max(0.0))
    }
}

impl Sentence {
    /// Whether it leaves nothing new in a sentence of an article of that day.
    fn makes_old(&self, unit: &Unit, date: Option<Date>) -> bool {
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
