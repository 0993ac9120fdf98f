//! From a question to the message that answers it.
//!
//! The engine is asked, the answer recorded, and the message rendered in one go on a blocking
//! thread; if that takes less than [`PATIENCE`] the message is the first response, else the asker is
//! told to wait and the response is edited. Where many questions wait, nobody is made to wait for
//! the first sign: see [`HOPELESS`].

use std::time::Duration;

use super::Data;
use super::caller::Caller;
use super::error::{Failure, UserError};
use super::render::answer::{AnswerView, MAX_NEAREST, answer as render_answer};
use super::render::{Citation, Message};
use super::reply::{Deferral, Reply};
use crate::answer::{Answer, Outcome, Quote};
use crate::document::{Collection, Date, Document, DocumentId, DocumentRef, Language, Span};
use crate::engine::{AskOptions, Asking, Before, Engine, EngineError, Found};
use crate::index::{Analyzer, Filter};
use crate::retrieve::{Hit, Query};
use crate::store::{AnswerId, AnswerRecord, Asked, NewAnswer, QuotedPlace, Scope, Verdict, Why};
use crate::text;

/// How long the asker sees nothing; Discord allows 3 s until the first response.
pub(super) const PATIENCE: Duration = Duration::from_millis(1_900);
/// With more than this to wait, the asker is told at once that it takes a while.
pub(super) const HOPELESS: Duration = Duration::from_millis(600);
/// Quotes kept of an answer: the first is shown, the others are behind *More passages*.
pub(super) const KEPT_QUOTES: usize = 8;

/// A question, checked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// As typed.
    pub typed: String,
    /// As searched for.
    pub query: Query,
    /// What it is limited to.
    pub scope: Scope,
    /// Of a follow-up: the answer that it follows.
    pub earlier: Option<AnswerRecord>,
    /// Nobody asked the bot: only an answer is worth a word.
    pub is_overheard: bool,
}

impl Question {
    /// A question without limits.
    ///
    /// # Errors
    /// [`UserError::Question`].
    pub(super) fn parse(typed: &str) -> Result<Question, Failure> {
        Ok(Question::of(Query::parse(typed)?))
    }

    /// A question without limits.
    pub(super) fn of(query: Query) -> Question {
        Question {
            typed: query.text().to_owned(),
            query,
            scope: Scope::default(),
            earlier: None,
            is_overheard: false,
        }
    }

    /// The same question as a follow-up, within the limits of the one before.
    pub(super) fn following(mut self, earlier: AnswerRecord) -> Question {
        self.scope = earlier.answer.scope.clone();
        self.earlier = Some(earlier);
        self
    }

    /// The same question limited to articles of these days, as typed.
    ///
    /// # Errors
    /// [`UserError::Date`], [`UserError::DatesCrossed`].
    pub(super) fn within(
        mut self,
        since: Option<&str>,
        until: Option<&str>,
    ) -> Result<Question, UserError> {
        let (since, until) = (day(since)?, day(until)?);
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            return Err(UserError::DatesCrossed);
        }
        self.scope.since = since.map(Date::days_since_epoch);
        self.scope.until = until.map(Date::days_since_epoch);
        Ok(self)
    }
}

/// A day as it was typed, if one was.
///
/// # Errors
/// [`UserError::Date`].
pub(super) fn day(typed: Option<&str>) -> Result<Option<Date>, UserError> {
    let parsed = |typed: &str| {
        let day = typed.trim().parse();
        day.map_err(|_| UserError::Date(typed.to_owned()))
    };
    typed.map(parsed).transpose()
}

/// Waits for work that makes a message; after [`PATIENCE`], or at once where many wait, the asker is
/// told that it takes a while. The work goes on while that is told.
///
/// # Errors
/// What the work returns; [`Failure`] if the asker cannot be told.
pub(super) async fn timely<T>(
    data: &Data,
    work: impl Future<Output = Result<T, Failure>>,
    reply: &mut Reply,
    deferral: Deferral,
) -> Result<T, Failure> {
    let patience = match data.door.expected() > HOPELESS {
        true => Duration::ZERO,
        false => PATIENCE,
    };
    tokio::pin!(work);
    match tokio::time::timeout(patience, &mut work).await {
        Ok(done) => done,
        Err(_) => {
            let (told, done) = tokio::join!(reply.acknowledge(deferral), work);
            told?;
            done
        }
    }
}

/// Answers a question by a reply; `private` is what the question says itself.
///
/// # Errors
/// [`Failure`]; nothing was told to the asker then.
pub(super) async fn ask(
    data: &Data,
    caller: &Caller,
    question: Question,
    private: Option<bool>,
    reply: &mut Reply,
) -> Result<(), Failure> {
    data.limits
        .admit(caller.user, caller.guild, data.now_unix_ms())?;
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    let is_public_here = caller.is_public_here(&settings);
    if !is_public_here && !reply.can_be_private() {
        return Err(UserError::ElsewhereOnly {
            channels: settings.channels.clone(),
        }
        .into());
    }
    let is_private = reply.can_be_private()
        && (!is_public_here || private.unwrap_or(settings.private && caller.guild.is_some()));
    if data.log_questions {
        tracing::info!(question = question.typed, "asked");
    }
    let job = Job {
        asked: caller.asked(is_private),
        collections: caller.collections(&settings),
        own: caller.own(),
        question,
        now_unix_ms: data.now_unix_ms(),
    };
    let is_overheard = job.question.is_overheard;
    let work = data.door.ask(move |engine| job.run(engine));
    let (id, message) = match is_overheard {
        // Nobody waits for it, so no sign is given.
        true => work.await?,
        false => timely(data, work, reply, Deferral::of(is_private)).await?,
    };
    if let Some(sent) = reply.send(&message, is_private).await? {
        let remembering = data
            .door
            .quick(move |engine| Ok(engine.set_answer_message(id, sent)?));
        // The asker has the answer; only a reply to it will be no follow-up.
        if let Err(failure) = remembering.await {
            tracing::warn!(%failure, "it is not remembered which message shows an answer");
        }
    }
    metrics::counter!(crate::telemetry::ANSWERS).increment(1);
    Ok(())
}

/// All that answering needs, so that it can run on another thread.
struct Job {
    asked: Asked,
    collections: Vec<Collection>,
    own: Collection,
    question: Question,
    now_unix_ms: i64,
}

impl Job {
    fn run(&self, engine: &Engine) -> Result<(AnswerId, Message), Failure> {
        let question = &self.question;
        let only = match &question.scope.article {
            Some(name) => {
                let found = article(engine, name, &self.collections, self.own)?;
                engine.resolve(found)?
            }
            None => None,
        };
        let Asking {
            found: Found { query, hits },
            answer,
            in_full,
        } = self.best(engine, only)?;
        if question.is_overheard && answer.outcome != Outcome::Answer {
            return Err(UserError::NoAnswer.into());
        }
        let id = engine.record_answer(&self.record(&in_full, &answer), self.now_unix_ms)?;
        let view = AnswerView {
            id,
            outcome: answer.outcome,
            first: answer
                .quotes
                .first()
                .map(|quote| (citation(quote), quote.also_in.len())),
            n_quotes: answer.quotes.len(),
            question: &question.typed,
            asked_as: query.unless_typed(&question.typed),
            shared_by: None,
            nearest: nearest(&hits),
            is_private: self.asked.private,
        };
        Ok((id, render_answer(&view)))
    }

    /// The answer, with the one before it in mind.
    fn best(&self, engine: &Engine, only: Option<DocumentId>) -> Result<Asking, EngineError> {
        let scope = &self.question.scope;
        let options = AskOptions {
            filter: Filter {
                since: scope.since,
                until: scope.until,
                only,
                except: None,
            },
            ..AskOptions::new(self.collections.clone(), KEPT_QUOTES)
        };
        let before = match &self.question.earlier {
            Some(AnswerRecord { answer: record, .. }) => {
                let first = record.quotes.get(..1).unwrap_or_default();
                let quoted = still_there(engine, first, &self.collections)?;
                Some(Before {
                    question: record.asked_as.clone(),
                    quoted: quoted
                        .into_iter()
                        .next()
                        .map(|(article, place)| (article, place.span)),
                })
            }
            None => None,
        };
        engine.search_after(&self.question.query, before.as_ref(), &options)
    }

    fn record(&self, in_full: &Query, answer: &Answer) -> NewAnswer {
        NewAnswer {
            asked: self.asked,
            question: self.question.typed.clone(),
            asked_as: in_full.text().to_owned(),
            scope: self.question.scope.clone(),
            verdict: match answer.outcome {
                Outcome::Answer => Verdict::Answer,
                Outcome::Closest => Verdict::Closest,
                Outcome::Nothing => Verdict::Nothing,
            },
            confidence: answer.confidence,
            quotes: answer
                .quotes
                .iter()
                .map(|quote| place(quote, in_full.text()))
                .collect(),
        }
    }
}

/// The article of a short name or a whole title, if it is one of those the asker may be answered
/// from.
///
/// # Errors
/// [`UserError::Article`] otherwise, whatever the reason.
pub(super) fn article(
    engine: &Engine,
    name: &str,
    collections: &[Collection],
    own: Collection,
) -> Result<DocumentRef, Failure> {
    let unknown = || Failure::User(UserError::Article(name.to_owned()));
    if let Ok(reference) = DocumentRef::parse(name, own) {
        return match engine.resolve(reference)? {
            Some(_) if collections.contains(&reference.collection) => Ok(reference),
            _ => Err(unknown()),
        };
    }
    engine.titled(collections, name)?.ok_or_else(unknown)
}

fn citation(quote: &Quote) -> Citation<'_> {
    let bold = quote.bold();
    let base = quote.span().start;
    Citation {
        document: &quote.article().document,
        span: quote.span(),
        bold: Span::new(bold.start + base, bold.end + base),
    }
}

fn place(quote: &Quote, asked_as: &str) -> QuotedPlace {
    let citation = citation(quote);
    let evidence = &quote.evidence;
    QuotedPlace {
        document: citation.document.id,
        span: citation.span,
        bold: citation.bold,
        why: Why {
            matched: as_typed(asked_as, &evidence.matched, citation.document.language),
            words_rank: evidence.lexical_rank,
            meaning_rank: evidence.dense_rank,
            coverage: evidence.coverage,
            read: evidence.reading.map(|reading| reading.span_score),
            also_in: u32::try_from(quote.also_in.len()).unwrap_or(u32::MAX),
        },
    }
}

/// The words of a question that became some of these terms in a language: `refuse` for `refus`.
fn as_typed(question: &str, terms: &[String], language: Language) -> Vec<String> {
    let analyzer = Analyzer::new(language);
    let mut typed: Vec<String> = Vec::new();
    for word in text::words(question).filter_map(|word| word.slice(question)) {
        let is_meant = analyzer.terms(word).iter().any(|term| terms.contains(term));
        if is_meant && !typed.iter().any(|known| known == word) {
            typed.push(word.to_owned());
        }
    }
    typed
}

/// The first articles of a ranking, each once.
fn nearest(hits: &[Hit]) -> Vec<&Document> {
    let mut found: Vec<&Document> = Vec::new();
    for hit in hits {
        let document = &hit.article.document;
        if found.len() < MAX_NEAREST && !found.iter().any(|known| known.id == document.id) {
            found.push(document);
        }
    }
    found
}

/// As [`Engine::articles`], for one quote of a stored answer: its document, if it is still current
/// and the asker may still be answered from it.
///
/// # Errors
/// [`EngineError`] on faults.
pub(super) fn still_there(
    engine: &Engine,
    places: &[QuotedPlace],
    collections: &[Collection],
) -> Result<Vec<(std::sync::Arc<crate::retrieve::Article>, QuotedPlace)>, EngineError> {
    let ids: Vec<_> = places.iter().map(|place| place.document).collect();
    let articles = engine.articles(&ids)?;
    Ok(places
        .iter()
        .filter_map(|place| {
            let article = articles.iter().find(|a| a.document.id == place.document)?;
            let is_allowed = collections.contains(&article.document.reference.collection);
            is_allowed.then(|| (std::sync::Arc::clone(article), place.clone()))
        })
        .collect())
}
