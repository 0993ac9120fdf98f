//! By what a current document is found besides its number: its address, where it came from, and the
//! bands of its near-duplicate signature.
//!
//! All are hashed to 64 bits and kept in one table, `document_key`, so that finding candidates costs
//! the same however large the collection is. The collection is part of what is hashed, and what is
//! found is compared in full afterwards: a key only ever proposes.

use rusqlite::{Connection, params};

use super::{Store, StoreError, rows};
use crate::document::{Collection, DocumentId};

/// Hashes of a signature.
pub const SIGNATURE_HASHES: usize = 32;
/// Hashes that a band takes together, and how many bands there are. A pair of texts that shares a
/// share `s` of its shingles agrees in at least one band with probability `1 − (1 − s³)^10`: 0.74
/// at one half, 0.98 at 0.7, 0.01 at a tenth. Figures in ARCHITECTURE.md.
const BAND_HASHES: usize = 3;
const N_BANDS: usize = 10;
/// Documents looked at for one key: keys that many share belong to boilerplate.
const MAX_PER_KEY: u32 = 32;

/// A near-duplicate signature: for each of [`SIGNATURE_HASHES`] hash functions the least value over
/// the text's shingles (Broder 1997). The caller computes it; the store keeps, compares and finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(pub [u32; SIGNATURE_HASHES]);

impl Signature {
    /// The share of hashes in which two signatures agree, which estimates the share of shingles that
    /// their texts have in common.
    pub fn resemblance(&self, other: &Signature) -> f32 {
        let n_equal = self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count();
        n_equal as f32 / SIGNATURE_HASHES as f32
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Signature> {
        let mut hashes = [0; SIGNATURE_HASHES];
        if bytes.len() != SIGNATURE_HASHES * 4 {
            return None;
        }
        for (hash, bytes) in hashes.iter_mut().zip(bytes.chunks_exact(4)) {
            *hash = u32::from_le_bytes(bytes.try_into().ok()?);
        }
        Some(Signature(hashes))
    }
}

/// A document that may be a near-duplicate, and how much its signature resembles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lookalike {
    /// The document.
    pub id: DocumentId,
    /// As [`Signature::resemblance`] says.
    pub resemblance: f32,
}

impl Store {
    /// Up to `limit` current documents of a collection whose signatures agree with `signature` in some
    /// band, the most alike first, then by id. Flat in the size of the collection.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn lookalikes(
        &self,
        collection: Collection,
        signature: &Signature,
        limit: usize,
    ) -> Result<Vec<Lookalike>, StoreError> {
        let name = collection.to_string();
        let mut ids = Vec::new();
        for key in bands(&name, signature) {
            ids.extend(self.keyed(key)?);
        }
        ids.sort_unstable();
        ids.dedup();
        let mut found = Vec::new();
        for id in ids {
            let bytes: Option<Option<Vec<u8>>> = self.one(rows::SIGNATURE, params![id, name])?;
            let theirs = bytes.flatten().and_then(|b| Signature::from_bytes(&b));
            if let Some(theirs) = theirs {
                found.push(Lookalike {
                    id: DocumentId(rows::natural(id)),
                    resemblance: signature.resemblance(&theirs),
                });
            }
        }
        found.sort_by(|a, b| {
            b.resemblance
                .total_cmp(&a.resemblance)
                .then(a.id.cmp(&b.id))
        });
        found.truncate(limit);
        Ok(found)
    }

    /// The current documents of a collection whose [`Metadata::url`](crate::document::Metadata::url) is
    /// this address, written in whatever way; the oldest first, at most 32.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn with_url(
        &self,
        collection: Collection,
        url: &str,
    ) -> Result<Vec<DocumentId>, StoreError> {
        let plain = plain_url(url);
        self.looked_up(collection, Kind::Url, &plain, rows::URL, |found| {
            plain_url(found) == plain
        })
    }

    /// The current documents of a collection that came from there; the oldest first, at most 32.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn with_location(
        &self,
        collection: Collection,
        location: &str,
    ) -> Result<Vec<DocumentId>, StoreError> {
        self.looked_up(
            collection,
            Kind::Location,
            location,
            rows::LOCATION,
            |found| found == location,
        )
    }

    /// The first current document of a collection that was made from these bytes.
    ///
    /// # Errors
    /// As for all of [`Store`].
    pub fn with_content(
        &self,
        collection: Collection,
        hash: super::ContentHash,
    ) -> Result<Option<DocumentId>, StoreError> {
        let id: Option<i64> = self.one(
            rows::WITH_CONTENT,
            params![hash.0.as_slice(), collection.to_string()],
        )?;
        Ok(id.map(|id| DocumentId(rows::natural(id))))
    }

    fn looked_up(
        &self,
        collection: Collection,
        kind: Kind,
        wanted: &str,
        sql: &str,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<DocumentId>, StoreError> {
        let name = collection.to_string();
        let mut found = Vec::new();
        for id in self.keyed(key(&name, kind, wanted.as_bytes()))? {
            let value: Option<Option<String>> = self.one(sql, params![id, name])?;
            if value.flatten().is_some_and(|value| is_wanted(&value)) {
                found.push(DocumentId(rows::natural(id)));
            }
        }
        Ok(found)
    }

    /// The first documents with that key, in whatever collection.
    fn keyed(&self, key: i64) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.sql(self.connection.prepare_cached(rows::KEYED))?;
        let found = self.sql(statement.query_map(params![key, MAX_PER_KEY], |row| row.get(0)))?;
        self.sql(found.collect())
    }
}

/// What a current document is found by.
pub(super) struct Keyed<'a> {
    pub(super) id: i64,
    pub(super) collection: &'a str,
    pub(super) signature: Option<&'a Signature>,
    pub(super) url: Option<&'a str>,
    pub(super) location: Option<&'a str>,
}

impl Keyed<'_> {
    /// Makes the document findable.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection
            .prepare_cached("INSERT OR IGNORE INTO document_key (key, document) VALUES (?1, ?2)")?;
        for key in self.keys() {
            statement.execute(params![key, self.id])?;
        }
        Ok(())
    }

    /// Makes it unfindable again.
    pub(super) fn delete(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection
            .prepare_cached("DELETE FROM document_key WHERE key = ?1 AND document = ?2")?;
        for key in self.keys() {
            statement.execute(params![key, self.id])?;
        }
        Ok(())
    }

    fn keys(&self) -> Vec<i64> {
        let mut keys = Vec::with_capacity(N_BANDS + 2);
        if let Some(signature) = self.signature {
            keys.extend(bands(self.collection, signature));
        }
        if let Some(url) = self.url {
            keys.push(key(self.collection, Kind::Url, plain_url(url).as_bytes()));
        }
        if let Some(location) = self.location {
            keys.push(key(self.collection, Kind::Location, location.as_bytes()));
        }
        keys
    }
}

/// Makes anew the keys of every current document, as an import has to.
pub(super) fn rebuild(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM document_key", [])?;
    let ids: Vec<i64> = connection
        .prepare("SELECT id FROM document WHERE status = 'current' ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    ids.into_iter().try_for_each(|id| insert_of(connection, id))
}

/// Makes the document of a row findable.
pub(super) fn insert_of(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    with_row(connection, id, |keyed| keyed.insert(connection))
}

/// Makes the document of a row unfindable.
pub(super) fn delete_of(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    with_row(connection, id, |keyed| keyed.delete(connection))
}

fn with_row(
    connection: &Connection,
    id: i64,
    act: impl FnOnce(&Keyed<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    type Found = (String, Option<Vec<u8>>, Option<String>, Option<String>);
    let (collection, signature, url, location): Found = connection
        .prepare_cached(
            "SELECT collection, signature, url, source_location FROM document WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    act(&Keyed {
        id,
        collection: &collection,
        signature: signature.and_then(|b| Signature::from_bytes(&b)).as_ref(),
        url: url.as_deref(),
        location: location.as_deref(),
    })
}

/// What a key is made from; part of the file format.
#[derive(Clone, Copy)]
enum Kind {
    Band(u8),
    Url,
    Location,
}

fn bands(collection: &str, signature: &Signature) -> Vec<i64> {
    signature
        .0
        .chunks_exact(BAND_HASHES)
        .take(N_BANDS)
        .zip(0u8..)
        .map(|(band, idx)| {
            let bytes: Vec<u8> = band.iter().flat_map(|hash| hash.to_le_bytes()).collect();
            key(collection, Kind::Band(idx), &bytes)
        })
        .collect()
}

/// FNV-1a over collection, kind and value, finished as in SplitMix64 so that all bits count.
fn key(collection: &str, kind: Kind, value: &[u8]) -> i64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let kind = match kind {
        Kind::Band(idx) => idx,
        Kind::Url => 254,
        Kind::Location => 255,
    };
    let hash = collection
        .bytes()
        .chain([0, kind])
        .chain(value.iter().copied())
        .fold(OFFSET, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        });
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ (hash >> 31)).cast_signed()
}

/// An address without what two ways of writing the same one differ in: scheme, `www.`, the case of the
/// host, fragment, campaign parameters (`utm_…`), a final slash.
pub fn plain_url(url: &str) -> String {
    let rest = url
        .split_once("://")
        .map_or(url, |(_, rest)| rest)
        .split('#')
        .next()
        .unwrap_or_default();
    let host_len = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(host_len).unwrap_or((rest, ""));
    let host = host.to_lowercase();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("utm_"))
        .collect();
    let mut plain = host.strip_prefix("www.").unwrap_or(&host).to_owned();
    plain.push_str(path.trim_end_matches('/'));
    if !kept.is_empty() {
        plain.push('?');
        plain.push_str(&kept.join("&"));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_writing_one_address_are_one() {
        for url in [
            "https://example.org/a/b",
            "http://www.Example.org/a/b/",
            "https://example.org/a/b#top",
            "https://example.org/a/b?utm_source=x&utm_medium=y",
        ] {
            assert_eq!(plain_url(url), "example.org/a/b", "{url}");
        }
        for url in [
            "https://example.org/a/B",
            "https://example.org/a/b?id=1",
            "https://example.com/a/b",
            "https://example.org/",
            "",
        ] {
            assert_ne!(plain_url(url), "example.org/a/b", "{url}");
        }
        assert_eq!(plain_url("https://e.org/?b=1&utm_x=2&a=3"), "e.org?b=1&a=3");
    }

    #[test]
    fn keys_of_collections_differ() {
        let url = b"example.org/a";
        let one = key("guild-1", Kind::Url, url);
        assert_ne!(one, key("guild-11", Kind::Url, url));
        assert_ne!(one, key("guild-1", Kind::Location, url));
        assert_eq!(one, key("guild-1", Kind::Url, url));
    }

    #[test]
    fn a_signature_reads_back_and_other_lengths_do_not() {
        let mut hashes = [0; SIGNATURE_HASHES];
        for (hash, n) in hashes.iter_mut().zip(7..) {
            *hash = u32::MAX / n;
        }
        let signature = Signature(hashes);
        let bytes = signature.to_bytes();
        assert_eq!(Signature::from_bytes(&bytes), Some(signature));
        assert_eq!(Signature::from_bytes(&bytes[1..]), None);
        assert_eq!(Signature::from_bytes(&[]), None);
    }
}
