//! Several articles about one topic: what they say together, in what order it happened, and where they
//! disagree.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::group::{Pick, Story, events, headline, originals};
use super::known::Known;
use super::outline::Unit;
use super::prose::takes_up;
use super::select::{Budget, best_first};
use super::terms::Lexicon;
use super::topic_words::TopicWords;
use super::{Length, NoSummary, Reason, SummarySentence, model};
use crate::document::{Date, Language};
use crate::neural::{Models, Vector};
use crate::retrieve::{Article, OnTopic, Query};

mod disagreement;

pub use disagreement::{Disagreement, MAX_DISAGREEMENTS};

/// Entries of a timeline.
pub const MAX_TIMELINE: usize = 20;

/// Best sentences of each article that are weighed against those of the others.
const PER_ARTICLE: usize = 8;
/// Sentences of one article in a summary of several.
const MAX_OF_ONE: usize = 3;
/// A sentence that has none of the topic's words, in an article whose title and lead have none, must be
/// this like the topic.
const MIN_TOPIC_COSINE: f32 = 0.45;
/// What being on the topic, standing in an article on the topic, in an event that many tell of, at the
/// beginning, and being new count beside the model's score, whose own deviation is about 3. Set by hand: there are no
/// references for several articles.
const TOPIC_WEIGHT: f32 = 4.0;
const RELEVANCE_WEIGHT: f32 = 4.0;
const EVENT_WEIGHT: f32 = 1.0;
/// The opening sentence of a news report says what happened.
const LEAD_WEIGHT: f32 = 2.0;
const NEW_WEIGHT: f32 = 2.0;
/// What a sentence loses that opens with something known only by the text before: "The minister", "But the ban".
const OPENING_WEIGHT: f32 = 2.0;
/// An event has a sentence before others have a second if the relevance of its best article is at least this share
/// of the best of all.
const SEAT_SHARE: f32 = 0.75;

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
    let known = older.map(|older| Known::new(older, &mut lexicon));
    let event_of = events(&stories);
    let pool = Pool {
        stories: &stories,
        event_of: &event_of,
        vector: models.embed(query.text()),
        on_topic,
        known: known.as_ref(),
        words: TopicWords::new(query.text(), &stories, &mut lexicon),
    };
    let candidates = pool.candidates();
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
        timeline: pool.timeline(&candidates),
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
    /// The topic's vector.
    vector: Vector,
    words: TopicWords,
    on_topic: &'a [OnTopic],
    known: Option<&'a Known>,
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
    /// Names the topic, or is like it.
    is_on_topic: bool,
    /// Its article names the topic in title or lead.
    is_of_topic: bool,
    reason: Reason,
}

impl Candidate<'_> {
    fn is_near(&self) -> bool {
        self.is_on_topic || self.is_of_topic
    }
}

impl<'a> Pool<'a> {
    /// The best sentences of every article, best first; ties by story and position. Where no sentence that stands
    /// alone names the topic, others of these articles.
    fn candidates(&self) -> Vec<Candidate<'a>> {
        let found = self.rated(Candidate::is_near);
        match found.is_empty() && self.known.is_none() {
            true => self.rated(|_| true),
            false => found,
        }
    }

    fn rated(&self, is_wanted: impl Fn(&Candidate<'a>) -> bool) -> Vec<Candidate<'a>> {
        let mut found: Vec<Candidate<'a>> = Vec::new();
        // Only where nothing stands alone, an opening sentence that leans.
        let any_alone = self
            .stories
            .iter()
            .any(|story| story.outline.units.iter().any(stands_alone));
        for (number, story) in self.stories.iter().enumerate() {
            let of_event = (RELEVANCE_WEIGHT * self.relevance(story))
                + EVENT_WEIGHT * (self.n_articles_of(number) as f32).ln();
            let rated: Vec<Candidate<'a>> = story
                .outline
                .units
                .iter()
                .enumerate()
                .filter(|(position, unit)| stands_alone(unit) || (*position == 0 && !any_alone))
                .filter_map(|(position, unit)| self.rate(number, position, unit))
                .filter(&is_wanted)
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
    fn rate(&self, story: usize, position: usize, unit: &'a Unit) -> Option<Candidate<'a>> {
        let number = story;
        let story = self.stories.get(number)?;
        let cosine = unit.vector.cosine(&self.vector);
        let share = self.words.share(story.language(), &unit.stems);
        let on_topic = TOPIC_WEIGHT * share.max(cosine);
        let lead = if position == 0 { LEAD_WEIGHT } else { 0.0 };
        let text = unit
            .span
            .slice(&story.article.document.text)
            .unwrap_or_default();
        let opening = match position > 0 && takes_up(text, story.language()) {
            true => OPENING_WEIGHT,
            false => 0.0,
        };
        let base = model::score(&unit.features) + lead - opening;
        let mut candidate = Candidate {
            story: number,
            unit,
            position,
            score: base + on_topic,
            is_telling: position == 0 || share > 0.0,
            is_on_topic: share > 0.0 || cosine >= MIN_TOPIC_COSINE,
            is_of_topic: self.share_of(story) > 0.0,
            reason: if position == 0 {
                Reason::Lead
            } else if on_topic > base {
                Reason::OnTopic
            } else {
                super::reason(unit, position)
            },
        };
        if let Some(known) = self.known {
            candidate.score += NEW_WEIGHT * known.novelty(unit, story.date())?;
            candidate.reason = Reason::New;
        }
        Some(candidate)
    }

    fn is_known(&self, unit: &Unit, story: &Story) -> bool {
        self.known
            .is_some_and(|known| known.novelty(unit, story.date()).is_none())
    }

    fn relevance(&self, story: &Story) -> f32 {
        self.on_topic
            .iter()
            .find(|found| found.article.document.id == story.article.document.id)
            .map_or(0.0, |found| found.relevance)
    }

    /// Share of the topic in title and lead.
    fn share_of(&self, story: &Story) -> f32 {
        self.words.share(story.language(), &story.about_stems)
    }

    /// Whether each event comes before others come again: its best article is about as relevant as any.
    fn has_seat(&self, event: usize) -> bool {
        let relevance_of = |event: Option<usize>| {
            let stories = self.event_of.iter().zip(self.stories);
            stories
                .filter(|(other, _)| event.is_none_or(|event| **other == event))
                .map(|(_, story)| self.relevance(story))
                .fold(0.0, f32::max)
        };
        relevance_of(Some(event)) >= SEAT_SHARE * relevance_of(None)
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
                    || (is_first_round
                        && (!candidate.is_telling
                            || chosen.iter().any(of_event)
                            || !self.has_seat(self.event(candidate.story))))
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

    /// One entry an event: the headline of those stories that are most about the topic, or else the best
    /// sentence of it that is; none if nothing of the event names the topic, or older articles tell it.
    fn timeline(&self, candidates: &[Candidate<'a>]) -> Vec<TimelineEntry> {
        let numbers: BTreeSet<usize> = self.event_of.iter().copied().collect();
        let mut entries: Vec<(usize, TimelineEntry)> = Vec::new();
        for event in numbers {
            let told: Vec<&'a Story> = self
                .event_of
                .iter()
                .zip(self.stories)
                .filter(|(other, _)| **other == event)
                .map(|(_, story)| story)
                .collect();
            let Some(sentence) = self.entry(event, &told, candidates) else {
                continue;
            };
            if let Some(date) = sentence.article().document.metadata.published {
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

    fn entry(
        &self,
        event: usize,
        told: &[&'a Story],
        candidates: &[Candidate<'a>],
    ) -> Option<SummarySentence> {
        let most = told
            .iter()
            .map(|story| self.share_of(story))
            .fold(0.0, f32::max);
        let about: Vec<&'a Story> = told
            .iter()
            .copied()
            .filter(|story| self.share_of(story) >= most)
            .collect();
        let (mut sentence, unit) = match headline(&about, Pick::Earliest) {
            Some((sentence, unit)) if most > 0.0 => (sentence, unit),
            _ => {
                let of_event = |candidate: &&Candidate<'a>| {
                    candidate.is_on_topic && self.event(candidate.story) == event
                };
                let best = candidates.iter().find(of_event)?;
                (self.sentence(best)?, best.unit)
            }
        };
        let of = told
            .iter()
            .find(|story| story.article.document.id == sentence.article().document.id)?;
        if self.is_known(unit, of) {
            return None;
        }
        for story in told {
            story.support(&mut sentence, &unit.statement);
        }
        Some(sentence)
    }
}

fn stands_alone(unit: &Unit) -> bool {
    !unit.leans && !unit.is_torn()
}
