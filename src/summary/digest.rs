//! A digest: the most important of recent articles, one sentence each.

use std::sync::Arc;

use super::SummarySentence;
use super::group::{Pick, Story, events, headline, n_outlets, originals};
use super::terms::Lexicon;
use crate::document::Date;
use crate::neural::Models;
use crate::retrieve::Article;

/// Articles that a digest looks at: the most recent ones.
pub const MAX_DIGEST_ARTICLES: usize = 500;
/// Entries of a digest.
pub const MAX_DIGEST_ENTRIES: usize = 25;

/// What counts beside the logarithm of the number of outlets: that of the number of articles, which is all
/// there is where one outlet tells everything, how much the story shares with the others of the time, and how
/// late in that time it falls. Set by hand.
const ARTICLES_WEIGHT: f32 = 0.5;
const CENTRAL_WEIGHT: f32 = 1.0;
const RECENT_WEIGHT: f32 = 0.1;

/// One story of a digest.
#[derive(Clone, Debug)]
pub struct DigestEntry {
    /// Day of the latest article that tells it.
    pub date: Date,
    /// The opening sentence of its most copied article, of equal ones the latest, or where that leans the best
    /// that stands alone; `also_in` has the other articles that say it.
    pub sentence: SummarySentence,
    /// Outlets that tell it; articles that name none count one each.
    pub n_outlets: usize,
}

/// The `n` most important stories of dated articles, most important first; undated articles have no
/// place. Copies and articles about one event are one story. Empty if no article is dated.
///
/// Of more than [`MAX_DIGEST_ARTICLES`] articles only the latest count, and `n` is cut to
/// [`MAX_DIGEST_ENTRIES`].
pub fn digest(mut articles: Vec<Arc<Article>>, n: usize, models: &Models) -> Vec<DigestEntry> {
    let date = |article: &Arc<Article>| article.document.metadata.published;
    articles.retain(|article| date(article).is_some());
    articles.sort_by_key(|article| (std::cmp::Reverse(date(article)), article.document.id));
    articles.truncate(MAX_DIGEST_ARTICLES);
    let mut lexicon = Lexicon::default();
    let stories: Vec<Story> = originals(articles)
        .into_iter()
        .map(|original| Story::new(original, models, &mut lexicon))
        .collect();
    let event_of = events(&stories);
    let days = || {
        stories
            .iter()
            .filter_map(Story::date)
            .map(Date::days_since_epoch)
    };
    let (first, last) = (days().min().unwrap_or(0), days().max().unwrap_or(0));
    let mut entries: Vec<(f32, DigestEntry)> = (0..stories.len())
        .filter(|number| event_of.get(*number) == Some(number))
        .filter_map(|event| {
            let told: Vec<&Story> = event_of
                .iter()
                .zip(&stories)
                .filter(|(other, _)| **other == event)
                .map(|(_, story)| story)
                .collect();
            let entry = entry(&told)?;
            let central = told
                .iter()
                .map(|story| mean_likeness(story, &stories, &told))
                .fold(0.0, f32::max);
            let age = (entry.date.days_since_epoch() - first) as f32 / (last - first).max(1) as f32;
            let n_articles: usize = told.iter().map(|story| story.n_articles()).sum();
            let importance = (entry.n_outlets as f32).ln()
                + ARTICLES_WEIGHT * (n_articles as f32).ln()
                + CENTRAL_WEIGHT * central
                + RECENT_WEIGHT * age;
            Some((importance, entry))
        })
        .collect();
    // Stable: of equal ones the earlier story comes first.
    entries.sort_by(|a, b| b.0.total_cmp(&a.0));
    entries.truncate(n.min(MAX_DIGEST_ENTRIES));
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// Mean cosine of title and lead with those of other events.
fn mean_likeness(story: &Story, stories: &[Story], told: &[&Story]) -> f32 {
    let id = |story: &Story| story.article.document.id;
    let others = || {
        let is_other = |other: &&Story| told.iter().all(|same| id(same) != id(other));
        stories.iter().filter(is_other)
    };
    let sum: f32 = others().map(|other| other.about.cosine(&story.about)).sum();
    sum / others().count().max(1) as f32
}

/// One event as an entry; `None` if it has no date or no sentence.
fn entry(told: &[&Story]) -> Option<DigestEntry> {
    let dates = told.iter().flat_map(|story| {
        std::iter::once(&story.article)
            .chain(&story.copies)
            .filter_map(|article| article.document.metadata.published)
    });
    Some(DigestEntry {
        date: dates.max()?,
        sentence: headline(told, Pick::Latest)?.0,
        n_outlets: n_outlets(told.iter().flat_map(|story| story.outlets())),
    })
}
