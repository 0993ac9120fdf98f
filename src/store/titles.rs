//! Finding articles by their titles while somebody types.
//!
//! An index that holds number and title alone (`document_title`) is scanned, newest article first,
//! so that neither texts nor other collections are read. Measured over 100,000 articles: see
//! ARCHITECTURE.md, Figures.

use rusqlite::{ToSql, params_from_iter};

use super::{Store, StoreError};
use crate::document::{Collection, DocumentRef};

/// Words of what was typed that are looked at; more narrow nothing down.
const MAX_WORDS: usize = 6;
/// Titles looked at for each one returned: enough to find one that begins with what was typed.
const CANDIDATES: usize = 8;

/// An article whose title holds what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TitleHit {
    /// The short name.
    pub reference: DocumentRef,
    /// The title.
    pub title: String,
}

impl Store {
    /// Up to `limit` current articles of those collections whose title holds every word typed, as a
    /// part of any word, capitals aside (of ASCII letters). Titles that begin with what was typed
    /// come first, then titles with a word that does, then the rest; newest first among equals.
    /// Nothing typed lists the newest. Linear in the articles of the collections if few match.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn titles(
        &self,
        collections: &[Collection],
        typed: &str,
        limit: usize,
    ) -> Result<Vec<TitleHit>, StoreError> {
        let patterns: Vec<String> = typed
            .split_whitespace()
            .take(MAX_WORDS)
            .map(like_pattern)
            .collect();
        let mut sql = "SELECT number, title FROM document
             WHERE collection = ?1 AND status = 'current'"
            .to_owned();
        for position in 0..patterns.len() {
            sql.push_str(&format!(" AND title LIKE ?{} ESCAPE '\\'", position + 3));
        }
        sql.push_str(" ORDER BY number DESC LIMIT ?2");
        let mut found = Vec::new();
        for collection in collections {
            let name = collection.to_string();
            let depth = limit.saturating_mul(CANDIDATES) as i64;
            let mut arguments: Vec<&dyn ToSql> = vec![&name, &depth];
            arguments.extend(patterns.iter().map(|pattern| pattern as &dyn ToSql));
            let mut statement = self.sql(self.connection.prepare_cached(&sql))?;
            let rows = self.sql(statement.query_map(params_from_iter(arguments), |row| {
                Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))
            }))?;
            for row in rows {
                let (number, title) = self.sql(row)?;
                let reference = DocumentRef {
                    collection: *collection,
                    number,
                };
                found.push(TitleHit { reference, title });
            }
        }
        let typed = typed.trim().to_lowercase();
        // Stable: newest first among equals, collections in the order given.
        found.sort_by_key(|hit| distance(&hit.title.to_lowercase(), &typed));
        found.truncate(limit);
        Ok(found)
    }
}

impl Store {
    /// The newest current article of the first of those collections that has one with this title,
    /// capitals aside. Linear in the articles of the collections, over the index alone.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn titled(
        &self,
        collections: &[Collection],
        title: &str,
    ) -> Result<Option<DocumentRef>, StoreError> {
        let wanted = title.trim().to_lowercase();
        let mut statement = self.sql(self.connection.prepare_cached(
            "SELECT number, title FROM document
             WHERE collection = ?1 AND status = 'current' ORDER BY number DESC",
        ))?;
        for collection in collections {
            let mut rows = self.sql(statement.query([collection.to_string()]))?;
            while let Some(row) = self.sql(rows.next())? {
                let title: String = self.sql(row.get(1))?;
                // Compared here: SQLite knows the capitals of ASCII alone.
                if title.to_lowercase() == wanted {
                    return Ok(Some(DocumentRef {
                        collection: *collection,
                        number: self.sql(row.get(0))?,
                    }));
                }
            }
        }
        Ok(None)
    }
}

/// 0 for a title that begins with what was typed, 1 for a word that does, 2 for the rest.
fn distance(title: &str, typed: &str) -> u8 {
    if title.starts_with(typed) {
        0
    } else if title.split_whitespace().any(|word| word.starts_with(typed)) {
        1
    } else {
        2
    }
}

fn like_pattern(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in word.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Draft, Language, Metadata};
    use crate::store::{Change, NewDocument};

    fn store(titles: &[(Collection, &str)]) -> Store {
        let mut store = Store::in_memory().unwrap();
        for (collection, title) in titles {
            let draft = Draft {
                metadata: Metadata {
                    title: (*title).to_owned(),
                    ..Metadata::default()
                },
                language: Language::English,
                text: "Text.".to_owned(),
                blocks: Vec::new(),
            };
            let new = NewDocument {
                draft,
                source: None,
                replaces: None,
            };
            let change = Change::Put(Box::new(new));
            store.apply(*collection, vec![change], 1).unwrap();
        }
        store
    }

    fn found(store: &Store, collections: &[Collection], typed: &str) -> Vec<String> {
        let hits = store.titles(collections, typed, 3).unwrap();
        hits.into_iter().map(|hit| hit.title).collect()
    }

    #[test]
    fn titles_are_found_by_any_part_and_the_nearest_come_first() {
        let guild = Collection::Guild(1);
        let store = store(&[
            (guild, "Bridge closes"),
            (guild, "A footbridge opens"),
            (guild, "The bridge opens"),
            (Collection::Guild(2), "Bridge of another guild"),
            (Collection::Library, "Bridge collapses in Baltimore"),
        ]);
        let both = [guild, Collection::Library];
        assert_eq!(
            found(&store, &both, "BRIDGE"),
            [
                "Bridge closes",
                "Bridge collapses in Baltimore",
                "The bridge opens"
            ]
        );
        assert_eq!(
            found(&store, &both, "opens bridge"),
            ["The bridge opens", "A footbridge opens"]
        );
        assert_eq!(
            found(&store, &[guild], ""),
            ["The bridge opens", "A footbridge opens", "Bridge closes"]
        );
        assert!(found(&store, &[], "bridge").is_empty());
    }

    #[test]
    fn a_whole_title_is_found_however_many_newer_ones_hold_its_words() {
        let guild = Collection::Guild(1);
        let mut titles = vec![
            (guild, "Über Talks"),
            (guild, "Talks end"),
            (guild, "100 %"),
        ];
        titles.resize(40, (guild, "Talks end in Geneva"));
        titles.push((Collection::Library, "Talks end"));
        let store = store(&titles);
        let both = [guild, Collection::Library];
        for (collections, typed, expected) in [
            (&both[..], " talks END ", Some((guild, 2))),
            (&both[1..], "Talks end", Some((Collection::Library, 1))),
            (&both[..], "Talks end in Geneva", Some((guild, 40))),
            (&both[..], "über talks", Some((guild, 1))),
            (&both[..], "Talks", None),
            (&both[..], "%", None),
            (&both[..], "", None),
        ] {
            let expected = expected.map(|(collection, number)| DocumentRef { collection, number });
            assert_eq!(
                store.titled(collections, typed).unwrap(),
                expected,
                "{typed}"
            );
        }
    }

    #[test]
    fn what_was_typed_is_no_pattern() {
        let guild = Collection::Guild(1);
        let store = store(&[(guild, "100 % sure"), (guild, "one_two"), (guild, "a\\b")]);
        assert_eq!(found(&store, &[guild], "%"), ["100 % sure"]);
        assert_eq!(found(&store, &[guild], "_"), ["one_two"]);
        assert_eq!(found(&store, &[guild], "\\"), ["a\\b"]);
        assert!(found(&store, &[guild], "'; DROP TABLE document; --").is_empty());
    }
}
