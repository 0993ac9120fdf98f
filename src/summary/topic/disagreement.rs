//! Where articles on one topic disagree.

use super::{Candidate, Pool};
use crate::document::{Date, Span};
use crate::summary::claims::claims;
use crate::summary::{Reason, SummarySentence};

/// Disagreements that are told.
pub const MAX_DISAGREEMENTS: usize = 5;
/// This alike without being the same, they speak of the same thing and can disagree on it.
const STATEMENT_COSINE: f32 = 0.45;
/// This alike, and of one day, they can disagree on a price or a share too.
const PRICE_COSINE: f32 = 0.5;
/// Days between two articles that can disagree: later, what is counted has changed.
const DISAGREEMENT_DAYS: u32 = 1;

/// Two sentences about the same thing with different numbers. Which is right is not decided.
#[derive(Clone, Debug)]
pub struct Disagreement {
    /// A sentence of the summary.
    pub first: SummarySentence,
    /// Its number: bytes of its text.
    pub first_number: Span,
    /// The sentence of another article.
    pub second: SummarySentence,
    /// Its number: bytes of its text.
    pub second_number: Span,
}

impl<'a> Pool<'a> {
    /// Looks for other numbers than those of the summary in articles about the same event.
    pub(super) fn disagreements(
        &self,
        chosen: &[(Candidate<'a>, SummarySentence)],
    ) -> Vec<Disagreement> {
        let mut found: Vec<Disagreement> = Vec::new();
        for (candidate, sentence) in chosen {
            let language = sentence.article().document.language;
            let claimed = claims(sentence.text(), language);
            if claimed.is_empty() {
                continue;
            }
            let date = sentence.article().document.metadata.published;
            let is_near = |other: Option<Date>| match (date, other) {
                (Some(a), Some(b)) => {
                    a.days_since_epoch().abs_diff(b.days_since_epoch()) <= DISAGREEMENT_DAYS
                }
                (a, b) => a == b,
            };
            let others = self.stories.iter().enumerate().filter(|(number, story)| {
                *number != candidate.story
                    && self.event(*number) == self.event(candidate.story)
                    && is_near(story.date())
            });
            for (_, story) in others {
                if found.len() >= MAX_DISAGREEMENTS {
                    return found;
                }
                let other = story
                    .outline
                    .units
                    .iter()
                    .filter(|unit| {
                        unit.terms.cosine(&candidate.unit.terms) >= STATEMENT_COSINE
                            && unit.statement.turns_like(&candidate.unit.statement)
                    })
                    .find_map(|unit| {
                        let second =
                            SummarySentence::new(&story.article, unit.span, Reason::Facts)?;
                        let counter = claims(second.text(), language);
                        let is_one_day = date == story.date()
                            || ![unit, candidate.unit].iter().any(|u| u.statement.has_day());
                        let is_alike =
                            is_one_day && unit.terms.cosine(&candidate.unit.terms) >= PRICE_COSINE;
                        let (one, other) = claimed.conflict(&counter, is_alike)?;
                        Some(Disagreement {
                            first: sentence.clone(),
                            first_number: one.span,
                            second_number: other.span,
                            second,
                        })
                    });
                // One statement is told once, however many tell it otherwise, and a pair only one way round.
                if let Some(other) = other {
                    let is_mirrored = found.iter().any(|known| {
                        known.first.span() == other.second.span()
                            && known.first.article().document.id
                                == other.second.article().document.id
                    });
                    if !is_mirrored {
                        found.push(other);
                    }
                    break;
                }
            }
        }
        found
    }
}
