//! Summaries and digests: from a request to the message, for the commands and for the buttons that
//! ask for another length.

use super::Data;
use super::asking::{self, Question, day, timely};
use super::browse::shelf;
use super::caller::Caller;
use super::components::MAX_WORDS_CHARS;
use super::error::{Failure, UserError};
use super::render::Message;
use super::render::summary::{self as view, MAX_SENTENCES, MIN_SENTENCES, Subject};
use super::reply::{Deferral, Reply};
use crate::document::{Collection, Date, DocumentRef};
use crate::engine::{Engine, TopicOptions};
use crate::retrieve::Query;
use crate::store::GuildSettings;
use crate::summary::{Length, NoSummary};

/// Stories of a digest; a message has room for about as many.
const N_STORIES: usize = 10;

/// What is to be summarised.
#[derive(Clone, Debug)]
pub(super) enum Request {
    /// An article by its short name or title.
    Named(String),
    /// An article that a button names.
    Article {
        /// In the library, or the guild's own.
        library: bool,
        /// Its number there.
        number: u32,
    },
    /// What articles of these days say about a topic.
    Topic {
        /// The topic.
        words: String,
        /// First day, in days since 1970-01-01.
        since: Option<i32>,
        /// Last day.
        until: Option<i32>,
    },
    /// The most important recent articles.
    Digest {
        /// First day; a week's articles if there is none.
        since: Option<i32>,
    },
}

impl Request {
    /// A topic within days as they were typed.
    ///
    /// # Errors
    /// [`UserError::Date`], [`UserError::DatesCrossed`]; [`UserError::Other`] if it is no topic or no
    /// button could hold it.
    pub(super) fn topic(
        words: &str,
        since: Option<&str>,
        until: Option<&str>,
    ) -> Result<Request, Failure> {
        let topic = Query::parse(words).map_err(|error| UserError::Other(error.of_topic()))?;
        let question = Question::of(topic).within(since, until)?;
        // Counted once more: characters may come apart where the text is normalised.
        if question.typed.chars().count() > MAX_WORDS_CHARS {
            return Err(UserError::Other(format!(
                "the topic is too long; it may have at most {MAX_WORDS_CHARS} characters"
            ))
            .into());
        }
        Ok(Request::Topic {
            words: question.typed,
            since: question.scope.since,
            until: question.scope.until,
        })
    }

    /// A digest since a day as it was typed.
    ///
    /// # Errors
    /// [`UserError::Date`].
    pub(super) fn digest(since: Option<&str>) -> Result<Request, Failure> {
        Ok(Request::Digest {
            since: day(since)?.map(Date::days_since_epoch),
        })
    }
}

/// Answers with a summary of about `n_sentences`; `private` is what the request says itself.
///
/// # Errors
/// [`Failure`]; nothing was told to the asker then.
pub(super) async fn summarize(
    data: &Data,
    caller: &Caller,
    request: Request,
    n_sentences: u16,
    private: Option<bool>,
    reply: &mut Reply,
) -> Result<(), Failure> {
    data.limits
        .admit(caller.user, caller.guild, data.now_unix_ms())?;
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    let is_private = !caller.is_public_here(&settings)
        || private.unwrap_or(settings.private && caller.guild.is_some());
    let scope = Scope::new(caller, &settings, data.now_unix_ms());
    let n_sentences = n_sentences.clamp(MIN_SENTENCES, MAX_SENTENCES);
    let work = data
        .door
        .ask(move |engine| scope.summarize(engine, &request, n_sentences));
    let message = timely(data, work, reply, Deferral::of(is_private)).await?;
    reply.send(&message, is_private).await?;
    Ok(())
}

/// Puts another length in the place of the summary whose button was pressed, where the message is the
/// presser's alone; else shows it to them alone.
///
/// # Errors
/// As [`summarize`].
pub(super) async fn again(
    data: &Data,
    caller: &Caller,
    request: Request,
    n_sentences: u16,
    in_place: bool,
    reply: &mut Reply,
) -> Result<(), Failure> {
    data.limits
        .admit(caller.user, caller.guild, data.now_unix_ms())?;
    let settings = data.guilds.of(caller.guild, &data.door).await?;
    let scope = Scope::new(caller, &settings, data.now_unix_ms());
    let n_sentences = n_sentences.clamp(MIN_SENTENCES, MAX_SENTENCES);
    let work = data
        .door
        .ask(move |engine| scope.summarize(engine, &request, n_sentences));
    let deferral = match in_place {
        true => Deferral::InPlace,
        false => Deferral::of(true),
    };
    let message = timely(data, work, reply, deferral).await?;
    match in_place {
        true => reply.replace(&message).await?,
        false => reply.send(&message, true).await.map(drop)?,
    }
    Ok(())
}

/// What the asker may be told from.
struct Scope {
    collections: Vec<Collection>,
    own: Collection,
    /// Where an article that a button names stands, for the library and for the guild.
    shelves: [Result<Collection, UserError>; 2],
    today: Date,
}

impl Scope {
    fn new(caller: &Caller, settings: &GuildSettings, now_unix_ms: i64) -> Scope {
        Scope {
            collections: caller.collections(settings),
            own: caller.own(),
            shelves: [false, true].map(|library| shelf(caller, settings, library)),
            today: Date::of_unix_ms(now_unix_ms),
        }
    }

    fn summarize(
        &self,
        engine: &Engine,
        request: &Request,
        n_sentences: u16,
    ) -> Result<Message, Failure> {
        match request {
            Request::Named(name) => {
                let reference = asking::article(engine, name, &self.collections, self.own)?;
                article(engine, reference, n_sentences)
            }
            Request::Article { library, number } => {
                let [guild, shared] = &self.shelves;
                let collection = if *library { shared } else { guild }.clone()?;
                let number = *number;
                article(engine, DocumentRef { collection, number }, n_sentences)
            }
            Request::Topic {
                words,
                since,
                until,
            } => {
                let options = TopicOptions {
                    collections: self.collections.clone(),
                    since: since.and_then(Date::from_days_since_epoch),
                    until: until.and_then(Date::from_days_since_epoch),
                    only_new: since.is_some(),
                    length: Length::Sentences(usize::from(n_sentences)),
                };
                let query =
                    Query::parse(words).map_err(|error| UserError::Other(error.of_topic()))?;
                let query = engine.understood(&query, &self.collections)?;
                // As typed: what is understood may be too long for a button.
                let subject = Subject::Topic {
                    words: words.clone(),
                    since: *since,
                    until: *until,
                };
                Ok(match engine.summarize_topic(&query, &options)? {
                    Ok(summary) => view::topic(&summary, query.text(), &subject, n_sentences),
                    Err(reason) => told(reason),
                })
            }
            Request::Digest { since } => {
                let since = since.and_then(Date::from_days_since_epoch);
                Ok(
                    match engine.digest(&self.collections, since, self.today, N_STORIES)? {
                        Ok(entries) => view::digest(&entries, since),
                        Err(reason) => told(reason),
                    },
                )
            }
        }
    }
}

fn article(engine: &Engine, reference: DocumentRef, n_sentences: u16) -> Result<Message, Failure> {
    let unknown = || UserError::Article(reference.to_string());
    let document = engine.document(reference)?.ok_or_else(unknown)?;
    let length = Length::Sentences(usize::from(n_sentences));
    let summary = engine.summarize(document.id, length)?.ok_or_else(unknown)?;
    Ok(match summary {
        Ok(sentences) => view::article(&document, &sentences, n_sentences),
        Err(reason) => told(reason),
    })
}

/// Why there is no summary, as a sentence.
fn told(reason: NoSummary) -> Message {
    let reason = reason.to_string();
    let mut letters = reason.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    Message::text(format!(
        "{}{}.",
        first.unwrap_or_default(),
        letters.as_str()
    ))
}
