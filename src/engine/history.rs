//! Changes of single articles by name, what was changed by whom, and how to take it back.

use super::{Engine, EngineError};
use crate::corpus::{Intent, Loaded, Published};
use crate::document::{Collection, DocumentRef};
use crate::store::{Action, Actor, AuditEntry, Change, Provenance, StoreError, Version};

const MS_PER_DAY: i64 = 86_400_000;

/// Which entries of a long list are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Entries left out at the beginning.
    pub offset: u64,
    /// Most entries returned.
    pub limit: u64,
}

impl Page {
    /// The first entries.
    pub fn first(limit: u64) -> Page {
        Page { offset: 0, limit }
    }
}

impl Engine {
    /// The versions of an article, ascending, whether it is current or removed; empty if there never
    /// was one or all are pruned.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn history(&self, reference: DocumentRef) -> Result<Vec<Version>, EngineError> {
        Ok(self.store().history(reference)?)
    }

    /// The articles that were removed and not brought back, the last removed first.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn removed(&self, collection: Collection, page: Page) -> Result<Vec<Version>, EngineError> {
        Ok(self.store().removed(collection, page.offset, page.limit)?)
    }

    /// The audit log of a collection, the last change first.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn audit(
        &self,
        collection: Collection,
        page: Page,
    ) -> Result<Vec<AuditEntry>, EngineError> {
        Ok(self.store().audit(collection, page.offset, page.limit)?)
    }

    /// Puts an article in place of another one, whose number it takes over.
    ///
    /// # Errors
    /// As [`Engine::publish`]. That there is no such article is a verdict and no error.
    pub fn replace(
        &self,
        reference: DocumentRef,
        loaded: Loaded,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Published, EngineError> {
        let articles = vec![(loaded, Intent::Replace(reference))];
        let mut published = self.publish(reference.collection, articles, actor, now_unix_ms)?;
        Ok(published.remove(0))
    }

    /// Withdraws articles of one collection, all or none, and tells which versions that were.
    ///
    /// # Errors
    /// [`StoreError::NoSuchDocument`] for the first that is not current or of another collection;
    /// else as [`Engine::writer`] and [`Writer::apply`](super::Writer::apply).
    pub fn remove(
        &self,
        collection: Collection,
        references: &[DocumentRef],
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Vec<Version>, EngineError> {
        let mut writer = self.writer(collection)?;
        let changes = references.iter().copied().map(Change::Remove).collect();
        writer.apply_as(changes, &Provenance::new(actor.clone(), now_unix_ms))?;
        self.last_versions(references)
    }

    /// Brings an article back: a removed one, or an earlier version in place of the current one. The
    /// version is the one given, or the last that is not current: so it undoes a removal or a
    /// replacement, and undoes itself when repeated. Tells which version there is now.
    ///
    /// # Errors
    /// [`StoreError::NoSuchVersion`] if there is none to bring back, [`StoreError::SameVersion`] if the current one says the
    /// same; else as [`Engine::writer`] and [`Writer::apply`](super::Writer::apply).
    pub fn restore(
        &self,
        reference: DocumentRef,
        version: Option<u32>,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<Version, EngineError> {
        let mut writer = self.writer(reference.collection)?;
        let changes = vec![Change::Restore { reference, version }];
        writer.apply_as(changes, &Provenance::new(actor.clone(), now_unix_ms))?;
        let mut versions = self.last_versions(&[reference])?;
        versions
            .pop()
            .ok_or(EngineError::Store(StoreError::NoSuchDocument(reference)))
    }

    fn last_versions(&self, references: &[DocumentRef]) -> Result<Vec<Version>, EngineError> {
        let store = self.store();
        let mut versions = Vec::with_capacity(references.len());
        for reference in references {
            versions.extend(store.history(*reference)?.pop());
        }
        Ok(versions)
    }

    /// Builds the index of a collection anew from the store, and tells how many documents it holds.
    ///
    /// # Errors
    /// As [`Engine::writer`] and [`Writer::apply`](super::Writer::apply).
    pub fn reindex(
        &self,
        collection: Collection,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<u64, EngineError> {
        let mut writer = self.writer(collection)?;
        writer.rebuild()?;
        drop(writer);
        let mut store = self.store();
        store.record(collection, Action::Reindex, actor, now_unix_ms, None)?;
        Ok(store.count(collection)?)
    }

    /// Deletes for good the versions of all collections that ended before a time, and returns how many.
    ///
    /// # Errors
    /// As [`Engine::writer`].
    pub fn prune(
        &self,
        ended_before_unix_ms: i64,
        actor: &Actor,
        now_unix_ms: i64,
    ) -> Result<u64, EngineError> {
        for collection in self.collections()? {
            // An index learns of an end from the version that ended: first all have to know.
            drop(self.writer(collection)?);
        }
        let _lease = self.inner.gate.acquire()?;
        let mut store = self.store();
        let pruned = store.prune(ended_before_unix_ms)?;
        for (collection, n_pruned) in &pruned {
            let detail = match n_pruned {
                1 => "1 version".to_owned(),
                n => format!("{n} versions"),
            };
            store.record(
                *collection,
                Action::Prune,
                actor,
                now_unix_ms,
                Some(&detail),
            )?;
        }
        Ok(pruned.values().sum())
    }

    /// [`Engine::prune`] of what ended more than so many days ago, with 0 of all that ended; where there is none, nothing is waited
    /// for. Returns how many versions were deleted.
    ///
    /// # Errors
    /// As [`Engine::prune`].
    pub fn retain(&self, days: u32, actor: &Actor, now_unix_ms: i64) -> Result<u64, EngineError> {
        let ended_before = match days {
            0 => i64::MAX,
            days => now_unix_ms - i64::from(days) * MS_PER_DAY,
        };
        // Bound to a name: the store must not stay locked while it is pruned.
        let has_ended = self.store().has_ended_before(ended_before)?;
        match has_ended {
            true => self.prune(ended_before, actor, now_unix_ms),
            false => Ok(0),
        }
    }

    /// The collections that were ever changed, in order.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn collections(&self) -> Result<Vec<Collection>, EngineError> {
        Ok(self.store().collections()?)
    }

    /// Records what is no change of an article: a setting, a feed.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn record(
        &self,
        collection: Collection,
        action: Action,
        actor: &Actor,
        now_unix_ms: i64,
        detail: Option<&str>,
    ) -> Result<(), EngineError> {
        Ok(self
            .store()
            .record(collection, action, actor, now_unix_ms, detail)?)
    }

    /// Records everything a Discord user did to articles as done by nobody known; returns how many
    /// records that were.
    ///
    /// # Errors
    /// [`EngineError::Store`].
    pub fn forget_actor(&self, user: u64) -> Result<u64, EngineError> {
        Ok(self.store().forget_actor(user)?)
    }
}
