//! Several articles about one topic: what they say together, in what order it happened, and where they
//! disagree.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::agree::Statement;
use super::claims::{Claims, claims};
use super::group::{Pick, Story, events, headline, originals};
use super::outline::Unit;
use super::select::{Budget, best_first};
use super::terms::{Lexicon, Terms};
use super::{Length, NoSummary, Reason, SummarySentence, model};
use crate::document::{Date, Language, Span};
use crate::neural::{Models, Vector};
use crate::retrieve::{Article, OnTopic, Query};

/// Entries of a timeline.
pub const MAX_TIMELINE: usize = 20;
/// Disagreements that are told.
pub const MAX_DISAGREEMENTS: usize = 5;

/// Best sentences of each article that are weighed against those of the others.
const PER_ARTICLE: usize = 8;
/// Sentences of one article in a summary of several.
const MAX_OF_ONE: usize = 3;
/// This alike without being the same, they speak of the same thing and can disagree on it.
const STATEMENT_COSINE: f32 = 0.45;
/// A sentence that has none of the topic's words, in an article whose title and lead have none, must be
/// this like the topic.
const MIN_TOPIC_COSINE: f32 = 0.45;
/// What being on the topic, standing in an article on the topic, in an event that many tell of, at the
/// beginning, and being new count beside the model's score, whose own deviation is about 3. Set by hand: there are no
/// references for several articles.
const TOPIC_WEIGHT: f32 = 4.0;
const RELEVANCE_WEIGHT: f32 = 1.0;
const EVENT_WEIGHT: f32 = 1.0;
/// The opening sentence of a news report says what happened.
const LEAD_WEIGHT: f32 = 2.0;
const NEW_WEIGHT: f32 = 2.0;

/// What several articles say about a topic.
#[derive(Clone, Debug)]
pub struct TopicSummary {
    /// By date of the article (undated last), then document, then place in it. Never empty.
    pub sentences: Vec<SummarySentence>,
    /// One entry an event, by date; of more than [`MAX_TIMELINE`] those that most articles tell of.
    /// Undated articles have no place here.
    pub timeline: Vec<TimelineEntry>,
    /// Statements in which two articles give different numbers, at most [`MAX_DISAGREEMENTS`].
    pub disagreements: Vec<Disagreement>,
    /// Articles on the topic, copies included.
    pub n_articles: usize,
    /// Of these, near copies of others.
    pub n_copies: usize,
}

/// One event.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// Day of the article that its sentence is from.
    pub date: Date,
    /// The opening sentence of its most copied article, or where that leans on something the best
    /// one that stands alone; `also_in` has the other articles.
    pub sentence: SummarySentence,
    /// Articles that tell of it, copies included.
    pub n_articles: usize,
}

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

/// Summarises the articles on a topic. With `older` articles, only what these do not say counts.
///
/// Near copies are one story, and what several say stands once, with the others in
/// [`SummarySentence::also_in`]. Each event has its best sentence before any has a second. Sentences
/// that lean on others are left out. Quadratic in the number of articles, which is bounded.
///
/// # Errors
/// [`NoSummary::NothingOnTopic`] without articles, [`NoSummary::NoTopic`] if the topic has only function
/// words, [`NoSummary::NoProse`] if the articles hold no sentence, [`NoSummary::NothingNew`] if `older` ones
/// say all of it.
pub fn topic(
    query: &Query,
    on_topic: &[OnTopic],
    older: Option<&[Arc<Article>]>,
    length: Length,
    models: &Models,
) -> Result<TopicSummary, NoSummary> {
    if on_topic.is_empty() {
        return Err(NoSummary::NothingOnTopic);
    }
    let mut lexicon = Lexicon::default();
    let languages = on_topic.iter().map(|found| found.article.document.language);
    if languages
        .collect::<BTreeSet<Language>>()
        .into_iter()
        .all(|language| lexicon.terms(query.text(), language).len() == 0)
    {
        return Err(NoSummary::NoTopic);
    }
    let articles = on_topic.iter().map(|found| Arc::clone(&found.article));
    let stories: Vec<Story> = originals(articles.collect())
        .into_iter()
        .map(|original| Story::new(original, models, &mut lexicon))
        .collect();
    let known: Option<Vec<(Statement, Terms)>> = older.map(|older| {
        older
            .iter()
            .flat_map(|article| {
                super::prose::prose(&article.document.text, &article.document.blocks)
                    .into_iter()
                    .filter_map(|sentence| sentence.span.slice(&article.document.text))
                    .map(|text| (text, article.document.language))
                    .collect::<Vec<_>>()
            })
            .map(|(text, language)| {
                let terms = lexicon.terms(text, language);
                (Statement::new(text, &terms, language), terms)
            })
            .collect()
    });
    let event_of = events(&stories);
    let pool = Pool {
        stories: &stories,
        event_of: &event_of,
        query: (models.embed(query.text()), query.text()),
        on_topic,
        known: known.as_deref(),
    };
    let candidates = pool.candidates(&mut lexicon);
    if candidates.is_empty() {
        return Err(match known {
            Some(_) if stories.iter().any(|story| !story.outline.units.is_empty()) => {
                NoSummary::NothingNew
            }
            _ => NoSummary::NoProse,
        });
    }
    let sentences = pool.choose(&candidates, length);
    let n_articles = stories.iter().map(Story::n_articles).sum();
    Ok(TopicSummary {
        timeline: pool.timeline(),
        disagreements: pool.disagreements(&sentences),
        sentences: sentences
            .into_iter()
            .map(|(_, sentence)| sentence)
            .collect(),
        n_articles,
        n_copies: n_articles - stories.len(),
    })
}

/// Everything there is to choose from.
struct Pool<'a> {
    stories: &'a [Story],
    event_of: &'a [usize],
    query: (Vector, &'a str),
    on_topic: &'a [OnTopic],
    known: Option<&'a [(Statement, Terms)]>,
}

/// A sentence that may be chosen.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    story: usize,
    unit: &'a Unit,
    position: usize,
    score: f32,
    /// May stand for its event: it opens the article or names the topic itself.
    is_telling: bool,
    reason: Reason,
}

impl<'a> Pool<'a> {
    /// The best sentences of every article, best first; ties by story and position.
    fn candidates(&self, lexicon: &mut Lexicon) -> Vec<Candidate<'a>> {
        let mut found: Vec<Candidate<'a>> = Vec::new();
        // Only where nothing stands alone, an opening sentence that leans.
        let any_alone = self
            .stories
            .iter()
            .any(|story| story.outline.units.iter().any(stands_alone));
        for (number, story) in self.stories.iter().enumerate() {
            let query = lexicon.terms(self.query.1, story.language());
            let relevance = self
                .on_topic
                .iter()
                .find(|found| found.article.document.id == story.article.document.id)
                .map_or(0.0, |found| found.relevance);
            let of_event = (RELEVANCE_WEIGHT * relevance)
                + EVENT_WEIGHT * (self.n_articles_of(number) as f32).ln();
            let rated: Vec<Candidate<'a>> = story
                .outline
                .units
                .iter()
                .enumerate()
                .filter(|(position, unit)| stands_alone(unit) || (*position == 0 && !any_alone))
                .filter_map(|(position, unit)| self.rate(number, position, unit, &query))
                .map(|candidate| Candidate {
                    score: candidate.score + of_event,
                    ..candidate
                })
                .collect();
            let scores: Vec<f32> = rated.iter().map(|candidate| candidate.score).collect();
            let best = best_first(&scores).into_iter().take(PER_ARTICLE);
            found.extend(best.filter_map(|i| rated.get(i).copied()));
        }
        found.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then((a.story, a.position).cmp(&(b.story, b.position)))
        });
        found
    }

    /// A sentence by itself, `None` if older articles say it.
    fn rate(
        &self,
        story: usize,
        position: usize,
        unit: &'a Unit,
        query: &Terms,
    ) -> Option<Candidate<'a>> {
        let about = &self.stories.get(story)?.about;
        let cosine = unit.vector.cosine(&self.query.0);
        let share = query.share_in(&unit.terms);
        if share <= 0.0 && query.share_in(about) <= 0.0 && cosine < MIN_TOPIC_COSINE {
            return None;
        }
        let on_topic = TOPIC_WEIGHT * share.max(cosine);
        let lead = if position == 0 { LEAD_WEIGHT } else { 0.0 };
        let base = model::score(&unit.features) + lead;
        let mut candidate = Candidate {
            story,
            unit,
            position,
            score: base + on_topic,
            is_telling: position == 0 || share > 0.0,
            reason: if position == 0 {
                Reason::Lead
            } else if on_topic > base {
                Reason::OnTopic
            } else {
                super::reason(unit, position)
            },
        };
        if let Some(known) = self.known {
            let nearest = known
                .iter()
                .map(|(_, terms)| terms.cosine(&unit.terms))
                .fold(0.0, f32::max);
            let is_known = |(older, _): &(Statement, Terms)| unit.statement.is_known_from(older);
            if known.iter().any(is_known) {
                return None;
            }
            candidate.score += NEW_WEIGHT * (1.0 - nearest);
            candidate.reason = Reason::New;
        }
        Some(candidate)
    }

    fn event(&self, story: usize) -> usize {
        self.event_of.get(story).copied().unwrap_or(story)
    }

    /// Articles of the event a story belongs to.
    fn n_articles_of(&self, story: usize) -> usize {
        let event = self.event(story);
        let of_event = self.event_of.iter().zip(self.stories);
        of_event
            .filter(|(other, _)| **other == event)
            .map(|(_, story)| story.n_articles())
            .sum()
    }

    /// Fills the length: first of each event the best sentence that can stand for it, then the others.
    fn choose(
        &self,
        candidates: &[Candidate<'a>],
        length: Length,
    ) -> Vec<(Candidate<'a>, SummarySentence)> {
        let mut budget = Budget::new(length);
        let mut chosen: Vec<(Candidate<'a>, SummarySentence)> = Vec::new();
        for is_first_round in [true, false] {
            for candidate in candidates {
                let is_taken = |(known, _): &(Candidate<'a>, SummarySentence)| {
                    known.story == candidate.story && known.position == candidate.position
                };
                let of_event = |(known, _): &(Candidate<'a>, SummarySentence)| {
                    self.event(known.story) == self.event(candidate.story)
                };
                let of_article = chosen.iter().filter(|(c, _)| c.story == candidate.story);
                if budget.is_full()
                    || of_article.count() >= MAX_OF_ONE
                    || chosen.iter().any(is_taken)
                    || (is_first_round && (!candidate.is_telling || chosen.iter().any(of_event)))
                {
                    continue;
                }
                // What is cited for it is found at the end.
                let is_said = |(known, _): &(Candidate<'a>, SummarySentence)| {
                    known.unit.statement.repeats(&candidate.unit.statement)
                };
                if chosen.iter().any(is_said) {
                    continue;
                }
                // One sentence there is always room for.
                let fits = budget.takes(1, candidate.unit.n_words) || chosen.is_empty();
                if let Some(sentence) = self.sentence(candidate).filter(|_| fits) {
                    chosen.push((*candidate, sentence));
                }
            }
        }
        for (candidate, sentence) in &mut chosen {
            for story in self.stories {
                story.support(sentence, &candidate.unit.statement);
            }
        }
        chosen.sort_by_key(|(candidate, sentence)| {
            let document = &sentence.article().document;
            let date = document.metadata.published;
            (date.is_none(), date, document.id, candidate.position)
        });
        chosen
    }

    fn sentence(&self, candidate: &Candidate<'a>) -> Option<SummarySentence> {
        let story = self.stories.get(candidate.story)?;
        SummarySentence::new(&story.article, candidate.unit.span, candidate.reason)
    }

    /// One entry an event: the headline sentence of the story that most articles copied.
    fn timeline(&self) -> Vec<TimelineEntry> {
        let numbers: BTreeSet<usize> = self.event_of.iter().copied().collect();
        let mut entries: Vec<(usize, TimelineEntry)> = Vec::new();
        for event in numbers {
            let told: Vec<&Story> = self
                .event_of
                .iter()
                .zip(self.stories)
                .filter(|(other, _)| **other == event)
                .map(|(_, story)| story)
                .collect();
            let sentence = headline(&told, Pick::Earliest);
            let date = |sentence: &SummarySentence| sentence.article().document.metadata.published;
            if let Some((date, sentence)) = sentence.and_then(|s| Some((date(&s)?, s))) {
                let n_articles = told.iter().map(|story| story.n_articles()).sum();
                let entry = TimelineEntry {
                    date,
                    sentence,
                    n_articles,
                };
                entries.push((event, entry));
            }
        }
        // Stable: among events that as many tell of, the earlier one comes first.
        entries.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.n_articles));
        entries.truncate(MAX_TIMELINE);
        entries.sort_by_key(|(event, entry)| (entry.date, *event));
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Looks for other numbers than those of the summary in articles about the same event.
    fn disagreements(&self, chosen: &[(Candidate<'a>, SummarySentence)]) -> Vec<Disagreement> {
        let mut found: Vec<Disagreement> = Vec::new();
        for (candidate, sentence) in chosen {
            let language = sentence.article().document.language;
            let claimed = claims(sentence.text(), language);
            if claimed.is_empty() {
                continue;
            }
            let others = self.stories.iter().enumerate().filter(|(number, _)| {
                *number != candidate.story && self.event(*number) == self.event(candidate.story)
            });
            for (_, story) in others {
                if found.len() >= MAX_DISAGREEMENTS {
                    return found;
                }
                let other = story
                    .outline
                    .units
                    .iter()
                    .filter(|unit| unit.terms.cosine(&candidate.unit.terms) >= STATEMENT_COSINE)
                    .find_map(|unit| disagreement(sentence, &claimed, story, unit, language));
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

fn stands_alone(unit: &Unit) -> bool {
    !unit.leans && !unit.is_torn()
}

fn disagreement(
    first: &SummarySentence,
    claimed: &Claims,
    story: &Story,
    unit: &Unit,
    language: Language,
) -> Option<Disagreement> {
    let second = SummarySentence::new(&story.article, unit.span, Reason::Facts)?;
    let counter = claims(second.text(), language);
    let (one, other) = claimed.conflict(&counter)?;
    Some(Disagreement {
        first: first.clone(),
        first_number: one.span,
        second_number: other.span,
        second,
    })
}
