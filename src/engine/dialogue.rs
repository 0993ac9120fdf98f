//! Questions that follow another.
//!
//! Read [`Engine::search_after`] first.

use std::sync::Arc;

use super::{AskOptions, Engine, EngineError, Found};
use crate::answer::{Answer, Outcome};
use crate::document::{DocumentId, Span};
use crate::retrieve::follow_up::{self, Earlier};
use crate::retrieve::{Article, Query};

/// A follow-up is about the article quoted before unless another answers it more surely by this much.
const HOME_ADVANTAGE: f32 = 0.2;

/// What was asked before, and the passage that was quoted first.
#[derive(Clone, Debug)]
pub struct Before {
    /// The question, where it says all that it is about: [`Asking::in_full`].
    pub question: String,
    /// The article and the quote in it, if there was one and the asker may still be answered from it.
    pub quoted: Option<(Arc<Article>, Span)>,
}

/// A question that was asked, as it was understood, and what came of it.
#[derive(Debug)]
pub struct Asking {
    /// What was found.
    pub found: Found,
    /// The answer it makes.
    pub answer: Answer,
    /// The question where it says all that it is about, for whoever did not read what was said before.
    pub in_full: Query,
}

/// A question to ask: of everything, and of a follow-up of the article quoted before as well.
struct Completed {
    query: Query,
    there: Option<(DocumentId, Query)>,
}

impl Engine {
    /// Asks everything in scope and, for a follow-up, the article quoted before: if that answers as
    /// surely as anything, the question was about it.
    ///
    /// # Errors
    /// As [`Engine::search`].
    pub fn search_after(
        &self,
        query: &Query,
        before: Option<&Before>,
        options: &AskOptions,
    ) -> Result<Asking, EngineError> {
        let ask = |query, options: &AskOptions| -> Result<Asking, EngineError> {
            let found = self.search(query, options)?;
            Ok(Asking {
                answer: found.answer(),
                in_full: found.query.clone(),
                found,
            })
        };
        let Completed { query, there } = self.completed(query, before, options)?;
        let everywhere = ask(&query, options)?;
        let Some((document, query)) = there else {
            return Ok(everywhere);
        };
        let mut only_there = options.clone();
        only_there.filter.only = Some(document);
        let there = ask(&query, &only_there)?;
        let is_better = there.answer.outcome == Outcome::Answer
            && (everywhere.answer.outcome != Outcome::Answer
                || there.answer.confidence >= everywhere.answer.confidence - HOME_ADVANTAGE);
        Ok(match is_better {
            // What follows this one has to know what it is about.
            true => Asking {
                in_full: everywhere.in_full,
                ..there
            },
            false => everywhere,
        })
    }

    /// The question, put right and completed if it follows another.
    fn completed(
        &self,
        query: &Query,
        before: Option<&Before>,
        options: &AskOptions,
    ) -> Result<Completed, EngineError> {
        let alone = Completed {
            query: query.clone(),
            there: None,
        };
        let Some(before) = before else {
            return Ok(alone);
        };
        let quoted = before.quoted.as_ref();
        let earlier = Earlier {
            question: &before.question,
            quote: quoted.and_then(|(article, span)| span.slice(&article.document.text)),
            title: quoted.map(|(article, _)| article.document.metadata.title.as_str()),
        };
        let asked = self.understood(query, &options.collections)?;
        let Some(rewritten) = follow_up::rewrite(asked.text(), &earlier) else {
            return Ok(alone);
        };
        let Ok(query) = Query::parse(&rewritten.alone) else {
            return Ok(alone);
        };
        let there = Query::parse(&rewritten.there).ok();
        Ok(Completed {
            query,
            there: quoted.map(|(article, _)| article.document.id).zip(there),
        })
    }
}
