//! Articles of several outlets: which are copies of one another, and which tell of one event.

use std::sync::Arc;

use super::agree::{Statement, holds};
use super::align::{Gap, gaps};
use super::outline::Outline;
use super::terms::{Lexicon, Terms};
use super::{Reason, SummarySentence, model, prose, reason};
use crate::document::{Date, Language};
use crate::neural::Models;
use crate::retrieve::{Article, Shingles};

/// Bytes of an article that are compared for copies: outlets cut wire stories at the end.
const COPY_BYTES: usize = 2_000;
/// Sentences that tell, with the title, what an article is about.
const N_LEAD: usize = 3;
/// Two articles this alike in title and lead tell of one event, if they are of the same time.
const EVENT_COSINE: f32 = 0.25;
/// Days between two articles of one event.
const EVENT_DAYS: u32 = 7;

/// An article with its copies and its sentences.
pub(super) struct Story {
    pub(super) article: Arc<Article>,
    /// Its copies, in the order of [`originals`].
    pub(super) copies: Vec<Arc<Article>>,
    pub(super) outline: Outline,
    /// Title and lead.
    pub(super) about: Terms,
}

impl Story {
    pub(super) fn new(
        (article, copies): (Arc<Article>, Vec<Arc<Article>>),
        models: &Models,
        lexicon: &mut Lexicon,
    ) -> Story {
        let document = &article.document;
        let outline = Outline::new(document, models, lexicon);
        let lead = outline
            .units
            .iter()
            .take(N_LEAD)
            .filter_map(|unit| unit.span.slice(&document.text));
        let about: Vec<&str> = std::iter::once(document.metadata.title.as_str())
            .chain(lead)
            .collect();
        let about = lexicon.terms(&about.join("\n"), document.language);
        Story {
            article,
            copies,
            outline,
            about,
        }
    }

    /// Notes at a sentence of another story, or of this one, the articles of this story that say it too.
    pub(super) fn support(&self, sentence: &mut SummarySentence, statement: &Statement) {
        let document = &self.article.document;
        let said = self
            .outline
            .units
            .iter()
            .find(|unit| statement.is_said_by(&unit.statement))
            .and_then(|unit| unit.span.slice(&document.text));
        let Some(said) = said else {
            return;
        };
        sentence.note(&self.article);
        for copy in &self.copies {
            if holds(&copy.document, said) {
                sentence.note(copy);
            }
        }
    }

    pub(super) fn date(&self) -> Option<Date> {
        self.article.document.metadata.published
    }

    pub(super) fn language(&self) -> Language {
        self.article.document.language
    }

    /// The article and its copies.
    pub(super) fn n_articles(&self) -> usize {
        1 + self.copies.len()
    }

    /// Different outlets among the article and its copies; those without a name count one each.
    pub(super) fn outlets(&self) -> impl Iterator<Item = Option<&str>> {
        std::iter::once(&self.article)
            .chain(&self.copies)
            .map(|article| article.document.metadata.outlet.as_deref())
    }
}

/// How many outlets a list of names stands for; those without a name count one each.
pub(super) fn n_outlets<'a>(names: impl Iterator<Item = Option<&'a str>>) -> usize {
    let (mut known, mut n_nameless) = (std::collections::BTreeSet::new(), 0);
    for name in names {
        match name {
            Some(name) => {
                known.insert(name);
            }
            None => n_nameless += 1,
        }
    }
    known.len() + n_nameless
}

/// Collapses near copies into the earliest of them (undated ones last, then by id), ordered so. What was
/// brought up to date or turned round, with another sentence, number or word in the place of one, is no copy.
pub(super) fn originals(mut articles: Vec<Arc<Article>>) -> Vec<(Arc<Article>, Vec<Arc<Article>>)> {
    articles.sort_by_key(|article| {
        let document = &article.document;
        let date = document.metadata.published;
        (date.is_none(), date, document.id)
    });
    articles.dedup_by_key(|article| article.document.id);
    let mut lexicon = Lexicon::default();
    let mut kept: Vec<(Beginning, Arc<Article>, Vec<Arc<Article>>)> = Vec::new();
    for article in articles {
        let beginning = Beginning::of(&article, &mut lexicon);
        match kept
            .iter_mut()
            .find(|(known, ..)| known.is_copied_by(&beginning))
        {
            Some((.., copies)) => copies.push(article),
            None => kept.push((beginning, article, Vec::new())),
        }
    }
    kept.into_iter()
        .map(|(_, article, copies)| (article, copies))
        .collect()
}

/// What an article's first [`COPY_BYTES`] say, to be compared with another's.
struct Beginning {
    shingles: Shingles,
    statements: Vec<Statement>,
    /// The article goes on behind them.
    is_cut: bool,
}

impl Beginning {
    fn of(article: &Article, lexicon: &mut Lexicon) -> Self {
        let text = &article.document.text;
        let language = article.document.language;
        let end = text.floor_char_boundary(COPY_BYTES);
        let beginning = text.get(..end).unwrap_or_default();
        Self {
            shingles: Shingles::new(beginning),
            statements: prose::all(text, &article.document.blocks)
                .into_iter()
                .take_while(|sentence| sentence.span.end <= end)
                .filter_map(|sentence| sentence.span.slice(text))
                .map(|sentence| {
                    Statement::new(sentence, &lexicon.terms(sentence, language), language)
                })
                .collect(),
            is_cut: end < text.len(),
        }
    }

    /// Whether one is the other with sentences, or words in them, added or left out. Where each has another
    /// sentence in the same place, they may say otherwise.
    fn is_copied_by(&self, other: &Self) -> bool {
        if !self.shingles.repeats(&other.shingles) {
            return false;
        }
        let (here, there) = (&self.statements, &other.statements);
        // Where an article was cut, its next sentence is missing.
        let is_cut_off = |gap: &Gap| {
            (self.is_cut || other.is_cut)
                && gap.here.end == here.len()
                && gap.there.end == there.len()
        };
        gaps(here, there, Statement::is_copied_by)
            .iter()
            .all(|gap| !gap.is_exchange() || is_cut_off(gap))
    }
}

/// The event each story tells of, by number: stories that share their lead's words, directly or over
/// others, are of the same days and do not open with the opposite of one another. Numbers count in the order of the stories.
pub(super) fn events(stories: &[Story]) -> Vec<usize> {
    let mut event: Vec<usize> = (0..stories.len()).collect();
    for (i, a) in stories.iter().enumerate() {
        for (j, b) in stories.iter().enumerate().skip(i + 1) {
            let (Some(&one), Some(&other)) = (event.get(i), event.get(j)) else {
                continue;
            };
            if one != other && is_one_event(a, b) {
                let (low, high) = (one.min(other), one.max(other));
                for known in event.iter_mut().filter(|known| **known == high) {
                    *known = low;
                }
            }
        }
    }
    event
}

fn is_one_event(a: &Story, b: &Story) -> bool {
    let is_same_time = match (a.date(), b.date()) {
        (Some(a), Some(b)) => a.days_since_epoch().abs_diff(b.days_since_epoch()) <= EVENT_DAYS,
        (None, None) => true,
        _ => false,
    };
    let opening = |story: &'_ Story| {
        story
            .outline
            .units
            .first()
            .map(|unit| unit.statement.clone())
    };
    let is_contradicted = || match (opening(a), opening(b)) {
        (Some(a), Some(b)) => a.contradicts(&b),
        _ => false,
    };
    is_same_time
        && a.language() == b.language()
        && a.about.cosine(&b.about) >= EVENT_COSINE
        && !is_contradicted()
}

/// The sentence that stands for an event, with the other articles that say it: from the story that most
/// articles copied, of these the earliest or the latest. `None` if none of them has a sentence.
pub(super) fn headline(told: &[&Story], of_equal: Pick) -> Option<SummarySentence> {
    let best = told
        .iter()
        .filter(|story| !story.outline.units.is_empty())
        .reduce(|best, other| {
            let is_better = match of_equal {
                Pick::Earliest => other.n_articles() > best.n_articles(),
                Pick::Latest => other.n_articles() >= best.n_articles(),
            };
            if is_better { other } else { best }
        })?;
    let (position, reason) = opening(&best.outline)?;
    let unit = best.outline.units.get(position)?;
    let mut sentence = SummarySentence::new(&best.article, unit.span, reason)?;
    for story in told {
        story.support(&mut sentence, &unit.statement);
    }
    Some(sentence)
}

/// Which of the stories that as many articles copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    Earliest,
    Latest,
}

/// The opening sentence, which in news says what happened; where it leans on something, the best of
/// those that stand alone.
fn opening(outline: &Outline) -> Option<(usize, Reason)> {
    let first = outline.units.first()?;
    if !first.leans && !first.is_torn() {
        return Some((0, Reason::Lead));
    }
    let (position, unit) = outline
        .units
        .iter()
        .enumerate()
        .filter(|(_, unit)| !unit.leans && !unit.is_torn())
        .max_by(|a, b| {
            let (x, y) = (model::score(&a.1.features), model::score(&b.1.features));
            x.total_cmp(&y).then(b.0.cmp(&a.0))
        })
        .unwrap_or((0, first));
    Some((position, reason(unit, position)))
}
