//! What was asked in a chat and what was answered, so that buttons and follow-ups outlive a restart.
//!
//! A quote is kept as a place in a document, never as text: it is sliced anew each time it is shown.

use rusqlite::{OptionalExtension, Row, ToSql, params};
use serde::{Deserialize, Serialize};

use super::guilds::DEFAULT_RETENTION_DAYS;
use super::{Store, StoreError, rows};
use crate::document::{DocumentId, Span};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Names one stored answer; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnswerId(pub u64);

/// What the asker was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first quote answers.
    Answer,
    /// Nothing answers; nearest passages.
    Closest,
    /// Nothing is about it.
    Nothing,
}

/// Where a question was asked and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The guild; `None` in a direct message.
    pub guild: Option<u64>,
    /// The channel.
    pub channel: u64,
    /// Who asked.
    pub asker: u64,
    /// Whether the asker alone may see the answer.
    pub private: bool,
}

/// What a question was limited to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// First day, as days since 1970-01-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i32>,
    /// Last day, as days since 1970-01-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i32>,
    /// The short name of the one article asked, as its collection's users write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
}

/// One quote of an answer, and why it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotedPlace {
    /// The version quoted.
    pub document: DocumentId,
    /// The quote: bytes of the document's text.
    pub span: Span,
    /// The words that answer: bytes of the document's text, within `span`.
    pub bold: Span,
    /// What spoke for it.
    pub why: Why,
}

/// What spoke for a quote, for people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// The question's terms that passage or title hold.
    pub matched: Vec<String>,
    /// Rank by words, 1-based.
    pub words_rank: Option<u32>,
    /// Rank by meaning, 1-based.
    pub meaning_rank: Option<u32>,
    /// Share of the question's terms held, weighted by rarity, 0 to 1.
    pub coverage: f32,
    /// The reader's span score, if it read the passage.
    pub read: Option<f32>,
    /// Other articles that say the same.
    #[serde(default)]
    pub also_in: u32,
}

/// An answer to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAnswer {
    /// Where and by whom.
    pub asked: Asked,
    /// The question as typed.
    pub question: String,
    /// The question as searched for; differs for a follow-up.
    pub asked_as: String,
    /// What it was limited to.
    pub scope: Scope,
    /// What was told.
    pub verdict: Verdict,
    /// How sure it was, 0 to 1.
    pub confidence: f32,
    /// The quotes, best first.
    pub quotes: Vec<QuotedPlace>,
}

/// A stored answer.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerRecord {
    /// Its name.
    pub id: AnswerId,
    /// When, in milliseconds since 1970-01-01 UTC.
    pub asked_unix_ms: i64,
    /// The message that shows it, if known.
    pub message: Option<u64>,
    /// All else.
    pub answer: NewAnswer,
}

/// `[document, start, end, bold start, bold end, why]`.
type StoredQuote = (u64, usize, usize, usize, usize, Why);

const COLUMNS: &str = "id, asked_at, guild, channel, message, asker, private, question, asked_as, \
                       outcome, confidence, scope, quotes";

impl Store {
    /// Stores an answer and names it.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] or [`StoreError::Full`] if the file cannot be written; else as for
    /// all of [`Store`].
    pub fn record_answer(
        &mut self,
        new: &NewAnswer,
        now_unix_ms: i64,
    ) -> Result<AnswerId, StoreError> {
        let quotes: Vec<StoredQuote> = new
            .quotes
            .iter()
            .map(|quote| {
                let (span, bold) = (quote.span, quote.bold);
                let why = quote.why.clone();
                let document = quote.document.0;
                (document, span.start, span.end, bold.start, bold.end, why)
            })
            .collect();
        let quotes = serde_json::to_string(&quotes).expect("these values always have a JSON form");
        let scope = serde_json::to_string(&new.scope).expect("a scope always has a JSON form");
        let mut statement = self.sql(self.connection.prepare_cached(
            "INSERT INTO answer (asked_at, guild, channel, asker, private, question, asked_as,
                                 outcome, confidence, scope, quotes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING id",
        ))?;
        let id: i64 = self.sql(statement.query_row(
            params![
                now_unix_ms,
                new.asked.guild.map(rows::integer),
                rows::integer(new.asked.channel),
                rows::integer(new.asked.asker),
                new.asked.private,
                new.question,
                new.asked_as,
                verdict_code(new.verdict),
                f64::from(new.confidence),
                scope,
                quotes,
            ],
            |row| row.get(0),
        ))?;
        Ok(AnswerId(rows::natural(id)))
    }

    /// The answer of that name, or `None` if there is none or it was deleted.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn answer(&self, id: AnswerId) -> Result<Option<AnswerRecord>, StoreError> {
        self.one_answer("id = ?1", rows::integer(id.0))
    }

    /// The answer that a message shows.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn answer_in_message(&self, message: u64) -> Result<Option<AnswerRecord>, StoreError> {
        self.one_answer("message = ?1", rows::integer(message))
    }

    /// Remembers which message shows an answer; of an answer that is gone, nothing.
    ///
    /// # Errors
    /// As [`Store::record_answer`].
    pub fn set_answer_message(&mut self, id: AnswerId, message: u64) -> Result<(), StoreError> {
        self.change(
            "UPDATE answer SET message = ?2 WHERE id = ?1",
            params![rows::integer(id.0), rows::integer(message)],
        )?;
        Ok(())
    }

    /// Makes an answer public or private; says whether it was the other before, so that of two
    /// requests one counts.
    ///
    /// # Errors
    /// As [`Store::record_answer`].
    pub fn set_answer_private(&mut self, id: AnswerId, private: bool) -> Result<bool, StoreError> {
        let n_changed = self.change(
            "UPDATE answer SET private = ?2 WHERE id = ?1 AND private <> ?2",
            params![rows::integer(id.0), private],
        )?;
        Ok(n_changed > 0)
    }

    /// Counts a vote; a second one of the same user takes the place of the first.
    ///
    /// # Errors
    /// As [`Store::record_answer`].
    pub fn vote(
        &mut self,
        id: AnswerId,
        user: u64,
        helpful: bool,
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        self.change(
            "INSERT OR REPLACE INTO vote (answer, user, helpful, voted_at)
             SELECT id, ?2, ?3, ?4 FROM answer WHERE id = ?1",
            params![
                rows::integer(id.0),
                rows::integer(user),
                helpful,
                now_unix_ms
            ],
        )?;
        Ok(())
    }

    /// Votes for and against an answer.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn votes(&self, id: AnswerId) -> Result<(u64, u64), StoreError> {
        let count = |helpful: bool| -> Result<u64, StoreError> {
            let n: Option<i64> = self.one(
                "SELECT count(*) FROM vote WHERE answer = ?1 AND helpful = ?2",
                params![rows::integer(id.0), helpful],
            )?;
            Ok(rows::natural(n.unwrap_or(0)))
        };
        Ok((count(true)?, count(false)?))
    }

    /// Deletes what a user asked and voted, everywhere; returns how many rows that were.
    ///
    /// # Errors
    /// As [`Store::record_answer`].
    pub fn forget_user(&mut self, user: u64) -> Result<u64, StoreError> {
        let user = rows::integer(user);
        let n_votes = self.change("DELETE FROM vote WHERE user = ?1", params![user])?;
        let n_answers = self.change("DELETE FROM answer WHERE asker = ?1", params![user])?;
        let n_previews = self.change("DELETE FROM preview WHERE user = ?1", params![user])?;
        Ok(n_votes + n_answers + n_previews)
    }

    /// How many questions and votes of a user are kept.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn kept_of_user(&self, user: u64) -> Result<(u64, u64), StoreError> {
        let count = |sql| -> Result<u64, StoreError> {
            let n: Option<i64> = self.one(sql, params![rows::integer(user)])?;
            Ok(rows::natural(n.unwrap_or(0)))
        };
        Ok((
            count("SELECT count(*) FROM answer WHERE asker = ?1")?,
            count("SELECT count(*) FROM vote WHERE user = ?1")?,
        ))
    }

    /// Deletes answers that are older than their guild keeps them, or than
    /// [`DEFAULT_RETENTION_DAYS`] where no guild says so; returns how many.
    ///
    /// # Errors
    /// As [`Store::record_answer`].
    pub fn expire_answers(&mut self, now_unix_ms: i64) -> Result<u64, StoreError> {
        self.change(
            "DELETE FROM answer WHERE asked_at < ?1 - ?2 * coalesce(
                 (SELECT retention_days FROM guild WHERE guild.id = answer.guild), ?3)",
            params![now_unix_ms, DAY_MS, DEFAULT_RETENTION_DAYS],
        )
    }

    /// Questions asked in a guild a day: days since 1970-01-01 and how many, ascending, days without
    /// a question left out, `since_day` and later only.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn questions_by_day(
        &self,
        guild: u64,
        since_day: i32,
    ) -> Result<Vec<(i32, u64)>, StoreError> {
        self.days(
            "SELECT asked_at / ?3 AS day, count(*) FROM answer
             WHERE guild = ?1 AND asked_at >= ?2 * ?3 GROUP BY day ORDER BY day",
            params![rows::integer(guild), since_day, DAY_MS],
        )
    }

    /// Current articles of a collection by the day they were first stored, as
    /// [`Store::questions_by_day`].
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn articles_by_day(
        &self,
        collection: crate::document::Collection,
    ) -> Result<Vec<(i32, u64)>, StoreError> {
        self.days(
            "SELECT added_at / ?2 AS day, count(*) FROM document
             WHERE collection = ?1 AND status = 'current' GROUP BY day ORDER BY day",
            params![collection.to_string(), DAY_MS],
        )
    }

    fn days(&self, sql: &str, arguments: &[&dyn ToSql]) -> Result<Vec<(i32, u64)>, StoreError> {
        let mut statement = self.sql(self.connection.prepare_cached(sql))?;
        let days = self.sql(statement.query_map(arguments, |row| {
            Ok((row.get(0)?, rows::natural(row.get(1)?)))
        }))?;
        self.sql(days.collect())
    }

    fn one_answer(&self, filter: &str, value: i64) -> Result<Option<AnswerRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM answer WHERE {filter} ORDER BY id DESC LIMIT 1");
        let mut statement = self.sql(self.connection.prepare_cached(&sql))?;
        let found = self.sql(
            statement
                .query_row([value], |row| Ok(record(row)))
                .optional(),
        )?;
        match found {
            None => Ok(None),
            Some(read) => read
                .map(Some)
                .map_err(|reason| self.damaged("a row of `answer`".to_owned(), reason)),
        }
    }

    fn change(&self, sql: &str, arguments: &[&dyn ToSql]) -> Result<u64, StoreError> {
        let mut statement = self.sql(self.connection.prepare_cached(sql))?;
        Ok(self.sql(statement.execute(arguments))? as u64)
    }
}

fn record(row: &Row<'_>) -> Result<AnswerRecord, String> {
    let id = |position| -> Result<Option<u64>, String> {
        Ok(rows::column::<Option<i64>>(row, position)?.map(rows::natural))
    };
    let quotes: Vec<StoredQuote> = serde_json::from_str(&rows::column::<String>(row, 12)?)
        .map_err(|error| format!("its quotes cannot be read: {error}"))?;
    Ok(AnswerRecord {
        id: AnswerId(id(0)?.unwrap_or(0)),
        asked_unix_ms: rows::column(row, 1)?,
        message: id(4)?,
        answer: NewAnswer {
            asked: Asked {
                guild: id(2)?,
                channel: id(3)?.unwrap_or(0),
                asker: id(5)?.unwrap_or(0),
                private: rows::column(row, 6)?,
            },
            question: rows::column(row, 7)?,
            asked_as: rows::column(row, 8)?,
            scope: serde_json::from_str(&rows::column::<String>(row, 11)?)
                .map_err(|error| format!("its scope cannot be read: {error}"))?,
            verdict: verdict(rows::column(row, 9)?)?,
            confidence: rows::column::<f64>(row, 10)? as f32,
            quotes: quotes
                .into_iter()
                .map(
                    |(document, start, end, bold_start, bold_end, why)| QuotedPlace {
                        document: DocumentId(document),
                        span: Span::new(start, end),
                        bold: Span::new(bold_start, bold_end),
                        why,
                    },
                )
                .collect(),
        },
    })
}

/// The stored form of a verdict: codes are added, never changed.
fn verdict_code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Nothing => 0,
        Verdict::Closest => 1,
        Verdict::Answer => 2,
    }
}

fn verdict(code: u8) -> Result<Verdict, String> {
    match code {
        0 => Ok(Verdict::Nothing),
        1 => Ok(Verdict::Closest),
        2 => Ok(Verdict::Answer),
        _ => Err(format!("no verdict is {code}")),
    }
}

#[cfg(test)]
mod tests;
