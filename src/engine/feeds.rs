//! Feeds that collections follow: the store's records behind the engine's door.

use super::{Engine, EngineError};
use crate::document::Collection;
use crate::store::{Actor, FeedId, Followed, FollowedFeed, ItemKey, Seen};

impl Engine {
    /// Follows a feed, which is due at once, and may load that many articles.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn follow_feed(
        &self,
        collection: Collection,
        url: &str,
        title: &str,
        article_limit: u32,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Followed, EngineError> {
        Ok(self
            .store()
            .follow_feed(collection, url, title, article_limit, actor, now_unix_ms)?)
    }

    /// Follows a feed no longer; its articles stay. `None` if the collection follows none of that name.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn unfollow_feed(
        &self,
        collection: Collection,
        id: FeedId,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Option<FollowedFeed>, EngineError> {
        Ok(self
            .store()
            .unfollow_feed(collection, id, actor, now_unix_ms)?)
    }

    /// The feeds of a collection, in the order in which they were added.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn feeds(&self, collection: Collection) -> Result<Vec<FollowedFeed>, EngineError> {
        Ok(self.store().feeds(collection)?)
    }

    /// One feed of a collection.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn feed(
        &self,
        collection: Collection,
        id: FeedId,
    ) -> Result<Option<FollowedFeed>, EngineError> {
        Ok(self.store().feed(collection, id)?)
    }

    /// The feeds of all collections: for the operator, not for a guild.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn all_feeds(&self) -> Result<Vec<FollowedFeed>, EngineError> {
        Ok(self.store().all_feeds()?)
    }

    /// Lets a feed load so many articles in all: [`limit_feed`](crate::store::Store::limit_feed).
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn limit_feed(
        &self,
        collection: Collection,
        id: FeedId,
        article_limit: u32,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Option<FollowedFeed>, EngineError> {
        Ok(self
            .store()
            .limit_feed(collection, id, article_limit, actor, now_unix_ms)?)
    }

    /// Up to `limit` feeds of all collections, or of one, that are due, the one longest due first.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn due_feeds(
        &self,
        of: Option<Collection>,
        now_unix_ms: i64,
        limit: u64,
    ) -> Result<Vec<FollowedFeed>, EngineError> {
        Ok(self.store().due_feeds(of, now_unix_ms, limit)?)
    }

    /// When the next feed of any collection, or of one, is due, if one is followed.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn next_feed_unix_ms(&self, of: Option<Collection>) -> Result<Option<i64>, EngineError> {
        Ok(self.store().next_feed_unix_ms(of)?)
    }

    /// Takes a feed to look at it until some time; `false` if somebody else was first.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn claim_feed(&self, feed: &FollowedFeed, until_unix_ms: i64) -> Result<bool, EngineError> {
        Ok(self.store().claim_feed(feed, until_unix_ms)?)
    }

    /// Records how a look at a feed went.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn record_look(&self, feed: &FollowedFeed) -> Result<(), EngineError> {
        Ok(self.store().record_look(feed)?)
    }

    /// Which items of a feed were met before, in the order of `keys`.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn seen_items(
        &self,
        id: FeedId,
        keys: &[ItemKey],
        now_unix_ms: i64,
    ) -> Result<Vec<Seen>, EngineError> {
        Ok(self.store().seen_items(id, keys, now_unix_ms)?)
    }

    /// Records what became of an item: done with, or failed that often.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn record_item(
        &self,
        id: FeedId,
        key: ItemKey,
        n_failed: Option<u8>,
        now_unix_ms: i64,
    ) -> Result<(), EngineError> {
        Ok(self.store().record_item(id, key, n_failed, now_unix_ms)?)
    }
}
