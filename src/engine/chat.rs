//! What a chat needs kept: settings of guilds, answers with their quotes' places, votes.

use super::{Engine, EngineError};
use crate::document::{Collection, DocumentRef};
use crate::store::{
    AnswerId, AnswerRecord, GuildSettings, NewAnswer, PendingFiles, PreviewId, TitleHit,
};

/// How a collection and its questions grew, for a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// Articles by the day they were stored: days since 1970-01-01 and how many, ascending.
    pub articles: Vec<(i32, u64)>,
    /// Questions by day, likewise.
    pub questions: Vec<(i32, u64)>,
}

impl Engine {
    /// The settings of a guild; the default ones if it has none.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn guild_settings(&self, guild: u64) -> Result<GuildSettings, EngineError> {
        Ok(self.store().guild_settings(guild)?)
    }

    /// Stores the settings of a guild.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn set_guild_settings(
        &self,
        guild: u64,
        settings: &GuildSettings,
        now_unix_ms: i64,
    ) -> Result<(), EngineError> {
        Ok(self
            .store()
            .set_guild_settings(guild, settings, now_unix_ms)?)
    }

    /// Stores an answer and names it.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn record_answer(
        &self,
        answer: &NewAnswer,
        now_unix_ms: i64,
    ) -> Result<AnswerId, EngineError> {
        Ok(self.store().record_answer(answer, now_unix_ms)?)
    }

    /// A stored answer, or `None` if it is gone.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn answer(&self, id: AnswerId) -> Result<Option<AnswerRecord>, EngineError> {
        Ok(self.store().answer(id)?)
    }

    /// The answer that a message shows.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn answer_in_message(&self, message: u64) -> Result<Option<AnswerRecord>, EngineError> {
        Ok(self.store().answer_in_message(message)?)
    }

    /// Remembers which message shows an answer.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn set_answer_message(&self, id: AnswerId, message: u64) -> Result<(), EngineError> {
        Ok(self.store().set_answer_message(id, message)?)
    }

    /// Counts a vote on an answer; the last one of a user counts. Returns votes for and against.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn vote(
        &self,
        id: AnswerId,
        user: u64,
        helpful: bool,
        now_unix_ms: i64,
    ) -> Result<(u64, u64), EngineError> {
        let mut store = self.store();
        store.vote(id, user, helpful, now_unix_ms)?;
        Ok(store.votes(id)?)
    }

    /// Questions and votes that are kept of a user.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn kept_of_user(&self, user: u64) -> Result<(u64, u64), EngineError> {
        Ok(self.store().kept_of_user(user)?)
    }

    /// Makes an answer public or private; says whether it was the other before.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn set_answer_private(&self, id: AnswerId, private: bool) -> Result<bool, EngineError> {
        Ok(self.store().set_answer_private(id, private)?)
    }

    /// Deletes what is kept of a user; returns how many questions and votes that were.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn forget_user(&self, user: u64) -> Result<u64, EngineError> {
        Ok(self.store().forget_user(user)?)
    }

    /// Deletes answers and previews that were kept long enough; returns how many.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn expire_answers(&self, now_unix_ms: i64) -> Result<u64, EngineError> {
        let mut store = self.store();
        let n_previews = store.expire_previews(now_unix_ms)?;
        Ok(n_previews + store.expire_answers(now_unix_ms)?)
    }

    /// Keeps files for a yes or a no.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn add_preview(
        &self,
        pending: &PendingFiles,
        now_unix_ms: i64,
    ) -> Result<PreviewId, EngineError> {
        Ok(self.store().add_preview(pending, now_unix_ms)?)
    }

    /// The files of a preview, or `None` if it waits no more.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn pending(
        &self,
        id: PreviewId,
        now_unix_ms: i64,
    ) -> Result<Option<PendingFiles>, EngineError> {
        Ok(self.store().preview(id, now_unix_ms)?)
    }

    /// Ends a preview; says whether it still waited.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn end_preview(&self, id: PreviewId) -> Result<bool, EngineError> {
        Ok(self.store().end_preview(id)?)
    }

    /// Articles whose title holds what was typed; see [`crate::store::Store::titles`].
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn titles(
        &self,
        collections: &[Collection],
        typed: &str,
        limit: usize,
    ) -> Result<Vec<TitleHit>, EngineError> {
        Ok(self.store().titles(collections, typed, limit)?)
    }

    /// The article with exactly this title; see [`crate::store::Store::titled`].
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn titled(
        &self,
        collections: &[Collection],
        title: &str,
    ) -> Result<Option<DocumentRef>, EngineError> {
        Ok(self.store().titled(collections, title)?)
    }

    /// How a guild's collection grew, and how many questions were asked there from `since_day` on.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn growth(&self, guild: u64, since_day: i32) -> Result<Growth, EngineError> {
        let store = self.store();
        Ok(Growth {
            articles: store.articles_by_day(Collection::Guild(guild))?,
            questions: store.questions_by_day(guild, since_day)?,
        })
    }
}
