//! Articles of several outlets: which are copies of one another, and which tell of one event.

use std::sync::Arc;

use super::agree::{Statement, holds};
use super::align::{Gap, gaps};
use super::outline::{Outline, Unit};
use super::terms::{Lexicon, Rarity, Terms};
use super::{Reason, SummarySentence, model, prose, reason};
use crate::document::{Date, Language};
use crate::index::Analyzer;
use crate::neural::Models;
use crate::retrieve::{Article, Shingles};

/// Bytes of an article whose words are compared for copies: outlets cut wire stories at the end.
const COPY_BYTES: usize = 2_000;
/// Sentences of two such articles that are compared.
const MAX_COMPARED: usize = 300;
/// Sentences that tell, with the title, what an article is about.
const N_LEAD: usize = 3;
/// An article this like one of an event in title and lead, and this like all of them in the mean, tells of the
/// event too, if it is of the same time.
const EVENT_COSINE: f32 = 0.25;
const EVENT_MEAN_COSINE: f32 = 0.18;
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
    /// The same, stemmed.
    pub(super) about_stems: Terms,
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
        let about = about.join("\n");
        let analyzer = Analyzer::new(document.language);
        let about_stems = lexicon.stems(&about, document.language, &analyzer);
        let about = lexicon.terms(&about, document.language);
        Story {
            article,
            copies,
            outline,
            about,
            about_stems,
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
    let mut kept: Vec<(Told, Arc<Article>, Vec<Arc<Article>>)> = Vec::new();
    for article in articles {
        let mut told = Told::new(&article);
        let mut original = None;
        for (known, of, copies) in &mut kept {
            if !known.shingles.repeats(&told.shingles) {
                continue;
            }
            known.read(of, &mut lexicon);
            told.read(&article, &mut lexicon);
            if known.is_copied_by(&told) {
                original = Some(copies);
                break;
            }
        }
        match original {
            Some(copies) => copies.push(article),
            None => kept.push((told, article, Vec::new())),
        }
    }
    kept.into_iter()
        .map(|(_, article, copies)| (article, copies))
        .collect()
}

/// What an article says, to be compared with another's.
struct Told {
    shingles: Shingles,
    /// Read when first compared.
    statements: Option<Vec<Statement>>,
}

impl Told {
    fn new(article: &Article) -> Told {
        let text = &article.document.text;
        let end = text.floor_char_boundary(COPY_BYTES);
        Told {
            shingles: Shingles::new(text.get(..end).unwrap_or_default()),
            statements: None,
        }
    }

    fn read(&mut self, article: &Article, lexicon: &mut Lexicon) {
        let (text, language) = (&article.document.text, article.document.language);
        let statement = |sentence: &str| {
            let terms = lexicon.terms(sentence, language);
            Statement::new(sentence, &terms, language)
        };
        self.statements.get_or_insert_with(|| {
            prose::all(text, &article.document.blocks)
                .into_iter()
                .take(MAX_COMPARED)
                .filter_map(|sentence| sentence.span.slice(text))
                .map(statement)
                .collect()
        });
    }

    /// Whether one is the other with sentences, or words in them, added or left out. Where each has another
    /// sentence in the same place, they may say otherwise.
    fn is_copied_by(&self, other: &Told) -> bool {
        let here = self.statements.as_deref().unwrap_or_default();
        let there = other.statements.as_deref().unwrap_or_default();
        !gaps(here, there, Statement::is_copied_by)
            .iter()
            .any(Gap::is_exchange)
    }
}

/// The event each story tells of, by the number of its first story. The most like pairs of the same days are joined
/// first, and with them their events, as long as these are like in the mean: what shares the words of its
/// trade with one story would chain all of a market's days together. Events of which one opens with the
/// opposite of the other stay apart. Words count by their rarity among the stories.
pub(super) fn events(stories: &[Story]) -> Vec<usize> {
    let rarity = Rarity::new(stories.iter().map(|story| &story.about));
    let about: Vec<Terms> = stories
        .iter()
        .map(|story| story.about.by_rarity(&rarity))
        .collect();
    let cosine = |i: usize, j: usize| match (about.get(i), about.get(j)) {
        (Some(a), Some(b)) => a.cosine(b),
        _ => 0.0,
    };
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (i, a) in stories.iter().enumerate() {
        for (j, b) in stories.iter().enumerate().skip(i + 1) {
            if is_same_time(a, b) && a.language() == b.language() {
                let cosine = cosine(i, j);
                if cosine >= EVENT_COSINE {
                    pairs.push((cosine, i, j));
                }
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut members: Vec<Vec<usize>> = (0..stories.len()).map(|story| vec![story]).collect();
    let mut event: Vec<usize> = (0..stories.len()).collect();
    for (_, i, j) in pairs {
        let (Some(&one), Some(&other)) = (event.get(i), event.get(j)) else {
            continue;
        };
        let (low, high) = (one.min(other), one.max(other));
        let (Some(a), Some(b)) = (members.get(low), members.get(high)) else {
            continue;
        };
        if low == high {
            continue;
        }
        let across = || a.iter().flat_map(|i| b.iter().map(move |j| (*i, *j)));
        let mean = across().map(|(i, j)| cosine(i, j)).sum::<f32>() / (a.len() * b.len()) as f32;
        let are_opposite = |(i, j): (usize, usize)| match (stories.get(i), stories.get(j)) {
            (Some(a), Some(b)) => is_opposite(a, b),
            _ => false,
        };
        if mean < EVENT_MEAN_COSINE || across().any(are_opposite) {
            continue;
        }
        let moved = members
            .get_mut(high)
            .map(std::mem::take)
            .unwrap_or_default();
        for story in &moved {
            if let Some(of) = event.get_mut(*story) {
                *of = low;
            }
        }
        if let Some(members) = members.get_mut(low) {
            members.extend(moved);
        }
    }
    event
}

fn is_same_time(a: &Story, b: &Story) -> bool {
    match (a.date(), b.date()) {
        (Some(a), Some(b)) => a.days_since_epoch().abs_diff(b.days_since_epoch()) <= EVENT_DAYS,
        (None, None) => true,
        _ => false,
    }
}

fn is_opposite(a: &Story, b: &Story) -> bool {
    match (a.outline.units.first(), b.outline.units.first()) {
        (Some(a), Some(b)) => a.statement.contradicts(&b.statement),
        _ => false,
    }
}

/// The sentence that stands for an event, with the other articles that say it: from the story that most
/// articles copied, of these the earliest or the latest. `None` if none of them has a sentence.
pub(super) fn headline<'a>(
    told: &[&'a Story],
    of_equal: Pick,
) -> Option<(SummarySentence, &'a Unit)> {
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
    Some((sentence, unit))
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
