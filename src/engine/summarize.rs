//! Summaries: fetching what they are made of.

use super::{Engine, EngineError};
use crate::document::{Collection, Date, DocumentId};
use crate::index::{Candidates, Filter};
use crate::retrieve::{OnTopic, Query, TOPIC_DEPTH, Topic};
use crate::summary::{
    self, DigestEntry, Length, MAX_DIGEST_ARTICLES, NoSummary, SummarySentence, TopicSummary,
};

/// Articles on a topic that are summarised: the most relevant ones.
pub const MAX_TOPIC_ARTICLES: usize = 100;
/// Days that a digest covers unless told otherwise; the newest article's is the last.
const DIGEST_DAYS: i32 = 7;
/// Documents listed at a time.
const PAGE: u64 = 1_000;

/// Which articles a topic is looked for in, and how much is said.
#[derive(Clone, Debug)]
pub struct TopicOptions {
    /// Where to look; an empty list finds nothing.
    pub collections: Vec<Collection>,
    /// Only articles of this day or later; undated ones do not count then.
    pub since: Option<Date>,
    /// Only articles of this day or earlier; undated ones do not count then.
    pub until: Option<Date>,
    /// Leave out what articles from before `since` say already. Without `since` nothing is older.
    pub only_new: bool,
    /// How long.
    pub length: Length,
}

impl Engine {
    /// Summarises one article; `None` if there is no current one of that id.
    ///
    /// # Errors
    /// [`EngineError`] on faults only; an article that cannot be summarised is a [`NoSummary`].
    pub fn summarize(
        &self,
        document: DocumentId,
        length: Length,
    ) -> Result<Option<Result<Vec<SummarySentence>, NoSummary>>, EngineError> {
        let article = self.articles(&[document])?.pop();
        Ok(article.map(|article| summary::article(&article, length, self.models())))
    }

    /// Summarises what the articles say about a topic, or only what is new there. The topic is taken as it is; callers pass what
    /// [`Engine::understood`] makes of it.
    ///
    /// # Errors
    /// As [`Engine::summarize`].
    pub fn summarize_topic(
        &self,
        query: &Query,
        options: &TopicOptions,
    ) -> Result<Result<TopicSummary, NoSummary>, EngineError> {
        let filter = Filter {
            since: options.since.map(Date::days_since_epoch),
            until: options.until.map(Date::days_since_epoch),
            ..Filter::default()
        };
        let found = self.on_topic(query, &options.collections, &filter)?;
        if found.is_empty() && (options.since.is_some() || options.until.is_some()) {
            return Ok(Err(NoSummary::NothingOfTime));
        }
        let older = match options.since.filter(|_| options.only_new) {
            None => None,
            Some(since) => {
                let before = Filter {
                    until: Some(since.days_since_epoch() - 1),
                    ..Filter::default()
                };
                let older = self.on_topic(query, &options.collections, &before)?;
                Some(
                    older
                        .into_iter()
                        .map(|found| found.article)
                        .collect::<Vec<_>>(),
                )
            }
        };
        let models = self.models();
        Ok(summary::topic(
            query,
            &found,
            older.as_deref(),
            options.length,
            models,
        ))
    }

    /// The `n` most important stories of recent articles, most important first. `since` defaults to the
    /// seven days up to the newest article; those dated later than the day after `today`, which is a mistake
    /// or an announcement, are left out unless all are.
    ///
    /// # Errors
    /// As [`Engine::summarize`].
    pub fn digest(
        &self,
        collections: &[Collection],
        since: Option<Date>,
        today: Date,
        n: usize,
    ) -> Result<Result<Vec<DigestEntry>, NoSummary>, EngineError> {
        let mut dated: Vec<(Date, DocumentId)> = Vec::new();
        for collection in collections {
            for offset in (0..).step_by(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
                let page = self.summaries(*collection, offset, PAGE)?;
                let is_last = (page.len() as u64) < PAGE;
                dated.extend(
                    page.into_iter()
                        .filter_map(|found| Some((found.metadata.published?, found.id))),
                );
                if is_last {
                    break;
                }
            }
        }
        // East of here it is tomorrow already.
        let is_past = |(date, _): &(Date, DocumentId)| {
            date.days_since_epoch() <= today.days_since_epoch() + 1
        };
        if dated.iter().any(is_past) {
            dated.retain(is_past);
        }
        let Some(newest) = dated.iter().map(|(date, _)| *date).max() else {
            return Ok(Err(NoSummary::NothingDated));
        };
        let since = since
            .or_else(|| Date::from_days_since_epoch(newest.days_since_epoch() + 1 - DIGEST_DAYS));
        dated.retain(|(date, _)| since.is_none_or(|since| *date >= since));
        dated.sort_by_key(|(date, id)| (std::cmp::Reverse(*date), *id));
        dated.truncate(MAX_DIGEST_ARTICLES);
        let ids: Vec<DocumentId> = dated.into_iter().map(|(_, id)| id).collect();
        let entries = summary::digest(self.articles(&ids)?, n, self.models());
        Ok(if entries.is_empty() {
            Err(NoSummary::NothingRecent)
        } else {
            Ok(entries)
        })
    }

    /// The articles about a topic, best first, at most [`MAX_TOPIC_ARTICLES`].
    fn on_topic(
        &self,
        query: &Query,
        collections: &[Collection],
        filter: &Filter,
    ) -> Result<Vec<OnTopic>, EngineError> {
        let models = self.models();
        let vector = models.embed(query.text());
        let candidates: Vec<Candidates> = collections
            .iter()
            .map(|collection| {
                let snapshot = self.snapshot(*collection)?;
                Ok(snapshot.candidates(query.text(), &vector, filter, TOPIC_DEPTH)?)
            })
            .collect::<Result<_, EngineError>>()?;
        let topic = Topic::new(&candidates);
        let articles = self.articles(&topic.documents(MAX_TOPIC_ARTICLES))?;
        Ok(topic.articles(query, &vector, &articles, models))
    }
}
