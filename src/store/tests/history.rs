//! Versions, the audit log, look-up keys and the archive, at the store's boundary.

use proptest::prelude::*;

use super::*;
use crate::store::{audit, keys};

const USER: Actor = Actor::Discord(7);

fn by_user(now_unix_ms: i64) -> Provenance {
    Provenance::new(USER, now_unix_ms)
}

fn apply_marked(
    store: &mut Store,
    collection: Collection,
    changes: Vec<Change>,
    marks: Vec<Mark>,
) -> Applied {
    let provenance = Provenance {
        marks,
        ..by_user(NOON)
    };
    store.apply_as(collection, changes, &provenance).unwrap()
}

/// A signature that agrees with that of another number in no band.
fn signature(n: u32) -> Signature {
    let mut hashes = [0; SIGNATURE_HASHES];
    for (hash, idx) in hashes.iter_mut().zip(0..) {
        *hash = n * 1_000 + idx;
    }
    Signature(hashes)
}

fn mark(n: u32) -> Mark {
    Mark {
        signature: Some(signature(n)),
        copy_of: None,
    }
}

#[test]
fn a_batch_of_all_kinds_of_changes_is_one_revision() {
    let mut store = Store::in_memory().unwrap();
    let one = number(LIBRARY, 1);
    let restore = |version| Change::Restore {
        reference: one,
        version,
    };
    let changes = vec![
        put(rich_draft()),
        replace(one, draft("b", "b")),
        Change::Remove(one),
        restore(None),
        restore(Some(1)),
    ];
    let applied = store.apply_as(LIBRARY, changes, &by_user(NOON)).unwrap();
    assert_eq!(applied.revision, Revision(1));
    assert_eq!(applied.put.len(), 4);
    let ids = |range: std::ops::RangeInclusive<u64>| range.map(DocumentId).collect::<Vec<_>>();
    assert_eq!(applied.ended, ids(1..=3));
    let document = store.document(DocumentId(4)).unwrap().unwrap();
    assert_eq!(document.text, rich_draft().text);
    assert_eq!(document.metadata, rich_draft().metadata);
    let difference = store.difference(LIBRARY, Revision(0)).unwrap();
    assert_eq!((difference.added, difference.ended), (ids(4..=4), vec![]));
    assert_eq!(store.audit(LIBRARY, 0, 99).unwrap().len(), 5);
}

#[test]
fn a_failed_batch_leaves_no_trace_in_history_and_log() {
    let mut store = Store::in_memory().unwrap();
    apply(&mut store, LIBRARY, vec![put(draft("a", "a"))]);
    let one = number(LIBRARY, 1);
    let changes = vec![
        Change::Remove(one),
        Change::Restore {
            reference: number(LIBRARY, 2),
            version: None,
        },
    ];
    let error = store.apply(LIBRARY, changes, NOON).unwrap_err();
    assert!(matches!(error, StoreError::NoSuchDocument(..)));
    let foreign = Change::Restore {
        reference: number(GUILD, 1),
        version: None,
    };
    assert!(store.apply(LIBRARY, vec![foreign], NOON).is_err());
    assert_eq!(store.history(one).unwrap().len(), 1);
    assert_eq!(store.audit(LIBRARY, 0, 99).unwrap().len(), 1);
    assert_eq!(store.revision(LIBRARY).unwrap(), Revision(1));
}

#[test]
fn history_and_log_are_found_by_index() {
    let store = Store::in_memory().unwrap();
    for sql in [
        rows::HISTORY,
        rows::RESTORABLE,
        rows::AUDIT,
        rows::KEYED,
        rows::WITH_CONTENT,
        rows::HAS_ENDED,
        rows::REMOVED,
    ] {
        let mut statement = store
            .connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let n_parameters = statement.parameter_count();
        let parameters = rusqlite::params_from_iter(vec![0; n_parameters]);
        let plan: Vec<String> = statement
            .query_map(parameters, |row| row.get("detail"))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let scans: Vec<&String> = plan
            .iter()
            .filter(|line| line.starts_with("SCAN") && !line.contains("CONSTANT ROW"))
            .collect();
        // The one scan goes over an index of nothing but versions that ended.
        let allowed = usize::from(sql == rows::HAS_ENDED);
        assert_eq!(scans.len(), allowed, "{sql}: {plan:?}");
    }
}

#[test]
fn lookalikes_are_current_documents_of_the_same_collection() {
    let mut store = Store::in_memory().unwrap();
    let some = |n: u32| put(draft(&format!("t{n}"), "text"));
    for collection in [LIBRARY, GUILD] {
        apply_marked(
            &mut store,
            collection,
            vec![some(1), some(2), some(3)],
            vec![mark(1), mark(2), Mark::default()],
        );
    }
    let found = |store: &Store, collection, n| -> Vec<u64> {
        let found = store.lookalikes(collection, &signature(n), 9).unwrap();
        found.iter().map(|lookalike| lookalike.id.0).collect()
    };
    assert_eq!(found(&store, LIBRARY, 1), [1]);
    assert_eq!(found(&store, GUILD, 1), [4]);
    assert_eq!(found(&store, GUILD, 9), [0; 0]);

    // One band in common is enough, and the more have in common, the earlier they come.
    let mut partly = signature(1);
    partly.0[3..].copy_from_slice(&signature(2).0[3..]);
    let lookalikes = store.lookalikes(LIBRARY, &partly, 9).unwrap();
    let told: Vec<(u64, f32)> = lookalikes
        .iter()
        .map(|lookalike| (lookalike.id.0, lookalike.resemblance))
        .collect();
    assert_eq!(told, [(2, 29.0 / 32.0), (1, 3.0 / 32.0)]);
    assert_eq!(
        store.lookalikes(LIBRARY, &partly, 1).unwrap(),
        lookalikes[..1]
    );

    let one = number(LIBRARY, 1);
    apply(&mut store, LIBRARY, vec![Change::Remove(one)]);
    assert_eq!(found(&store, LIBRARY, 1), [0; 0]);
    let restore = Change::Restore {
        reference: one,
        version: None,
    };
    apply(&mut store, LIBRARY, vec![restore]);
    assert_eq!(found(&store, LIBRARY, 1), [7]);
}

#[test]
fn documents_are_found_by_address_location_and_content() {
    let mut store = Store::in_memory().unwrap();
    let mut with_url = rich_draft();
    with_url.metadata.url = Some("https://example.org/a/".to_owned());
    apply(
        &mut store,
        GUILD,
        vec![put_from(with_url.clone(), source("/in/a.md", 1))],
    );
    apply(
        &mut store,
        LIBRARY,
        vec![put_from(with_url, source("/in/a.md", 1))],
    );
    let one = vec![DocumentId(1)];
    assert_eq!(
        store.with_url(GUILD, "http://www.example.org/a").unwrap(),
        one
    );
    assert_eq!(store.with_url(GUILD, "https://example.org/b").unwrap(), []);
    assert_eq!(store.with_location(GUILD, "/in/a.md").unwrap(), one);
    assert_eq!(store.with_location(GUILD, "/in/A.md").unwrap(), []);
    let content = |byte| store.with_content(GUILD, ContentHash([byte; 32])).unwrap();
    assert_eq!(content(1), Some(DocumentId(1)));
    assert_eq!(content(2), None);
    assert_eq!(
        store.source(DocumentId(1)).unwrap(),
        Some(source("/in/a.md", 1))
    );
    apply(&mut store, GUILD, vec![Change::Remove(number(GUILD, 1))]);
    assert_eq!(store.with_url(GUILD, "https://example.org/a").unwrap(), []);
    assert_eq!(store.with_location(GUILD, "/in/a.md").unwrap(), []);
    assert_eq!(
        store.with_content(GUILD, ContentHash([1; 32])).unwrap(),
        None
    );
    // What ended leaves no key behind.
    let n_keys: i64 = store
        .connection
        .query_row("SELECT count(*) FROM document_key", [], |row| row.get(0))
        .unwrap();
    assert_eq!(n_keys, 2);
}

#[test]
fn the_detail_of_an_entry_is_bounded() {
    let mut store = Store::in_memory().unwrap();
    for n_chars in [audit::MAX_DETAIL_CHARS, audit::MAX_DETAIL_CHARS + 1] {
        let detail = "é".repeat(n_chars);
        store
            .record(GUILD, Action::Settings, &USER, NOON, Some(&detail))
            .unwrap();
        let entry = store.audit(GUILD, 0, 1).unwrap().remove(0);
        let kept = entry.detail.unwrap().chars().count();
        assert_eq!(kept, audit::MAX_DETAIL_CHARS);
    }
}

#[test]
fn a_store_of_the_first_schema_gets_versions_and_keeps_its_texts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.db");
    let connection = Connection::open(&path).unwrap();
    let first = include_str!("../migrations/1_documents.sql");
    connection
        .execute_batch(&format!(
            "{first}
             PRAGMA application_id = {}; PRAGMA user_version = 1;
             INSERT INTO collection VALUES ('local', 3, 3);
             INSERT INTO document (collection, number, status, added_revision, ended_revision,
                 added_at, ended_at, title, tags, language, blocks, text)
             VALUES ('local', 1, 'replaced', 1, 2, 5, 6, 'a', '[]', 'en', '[]', 'old'),
                    ('local', 2, 'removed', 1, 3, 5, 7, 'b', '[]', 'en', '[]', 'gone'),
                    ('local', 1, 'current', 2, NULL, 6, NULL, 'a', '[]', 'en', '[]', 'new');",
            i32::from_be_bytes(*b"Quth")
        ))
        .unwrap();
    drop(connection);

    let mut store = Store::open(&path).unwrap();
    let local = Collection::Local;
    let told = |store: &Store, n| -> Vec<(u32, Status, Actor)> {
        let history = store.history(number(local, n)).unwrap();
        history
            .into_iter()
            .map(|v| (v.version, v.status, v.added_by))
            .collect()
    };
    let unknown = Actor::Unknown;
    assert_eq!(
        told(&store, 1),
        [
            (1, Status::Replaced, unknown.clone()),
            (2, Status::Current, unknown.clone())
        ]
    );
    assert_eq!(told(&store, 2), [(1, Status::Removed, unknown)]);
    let text = |store: &Store, n| {
        let id = store.resolve(number(local, n)).unwrap().unwrap();
        store.document(id).unwrap().unwrap().text
    };
    assert_eq!(text(&store, 1), "new");
    let restore = Change::Restore {
        reference: number(local, 2),
        version: None,
    };
    let applied = store.apply(local, vec![restore], NOON).unwrap();
    assert_eq!(applied.put, [(number(local, 2), DocumentId(4))]);
    assert_eq!(text(&store, 2), "gone");
}

// The archive.

fn exported(store: &Store) -> Vec<u8> {
    let mut archive = Vec::new();
    store.export(&mut archive).unwrap();
    archive
}

fn imported(mut archive: &[u8]) -> Result<Store, ArchiveError> {
    let mut store = Store::in_memory().unwrap();
    store.import(&mut archive, &USER, NOON)?;
    Ok(store)
}

/// A store with something in every column.
fn full_store() -> Store {
    let mut store = Store::in_memory().unwrap();
    apply_marked(
        &mut store,
        GUILD,
        vec![
            put_from(rich_draft(), source("https://example.org/\"a\"", 3)),
            put(draft("NUL", "a\0b\u{2028}\n")),
            put(draft("c", "")),
        ],
        vec![mark(1), mark(2)],
    );
    apply(
        &mut store,
        GUILD,
        vec![
            replace(number(GUILD, 2), draft("d", "d")),
            Change::Remove(number(GUILD, 3)),
        ],
    );
    apply(&mut store, LIBRARY, vec![put(rich_draft())]);
    store
}

#[test]
fn an_archive_restores_everything() {
    let store = full_store();
    let archive = exported(&store);
    let copy = imported(&archive).unwrap();
    assert_eq!(exported(&copy), archive);
    for collection in [GUILD, LIBRARY] {
        assert_eq!(contents(&copy, collection), contents(&store, collection));
        assert_eq!(
            copy.sources(collection).unwrap(),
            store.sources(collection).unwrap()
        );
        for n in 1..5 {
            let reference = number(collection, n);
            assert_eq!(
                copy.history(reference).unwrap(),
                store.history(reference).unwrap()
            );
        }
    }
    // What is derived is there, what tells of the import is the only difference of the logs.
    assert_eq!(copy.lookalikes(GUILD, &signature(1), 9).unwrap().len(), 1);
    let log = copy.audit(GUILD, 0, 99).unwrap();
    assert_eq!(log[0].action, Action::Import);
    assert_eq!(log[1..], store.audit(GUILD, 0, 99).unwrap());
}

#[test]
fn ids_and_numbers_are_not_used_again_after_an_import() {
    let mut store = full_store();
    apply(&mut store, GUILD, vec![put(draft("last", "last"))]);
    apply(&mut store, GUILD, vec![Change::Remove(number(GUILD, 4))]);
    let next_of = |store: &mut Store| apply(store, GUILD, vec![put(draft("n", "n"))]).put;
    store.prune(i64::MAX).unwrap();
    let mut copy = imported(&exported(&store)).unwrap();
    assert_eq!(next_of(&mut copy), next_of(&mut store));
}

#[test]
fn an_archive_is_read_into_an_empty_store_only() {
    let archive = exported(&full_store());
    let mut store = full_store();
    let error = store
        .import(&mut archive.as_slice(), &USER, NOON)
        .unwrap_err();
    assert!(matches!(error, ArchiveError::NotEmpty { .. }), "{error}");
    assert_eq!(exported(&store), archive);
    let mut empty = Store::in_memory().unwrap();
    let nothing = exported(&empty);
    let archived = empty.import(&mut nothing.as_slice(), &USER, NOON).unwrap();
    let n_lines = nothing.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(archived.n_versions, 0);
    assert_eq!(archived.n_lines, n_lines as u64);
    empty.import(&mut archive.as_slice(), &USER, NOON).unwrap();
}

#[test]
fn damage_is_named_by_its_line_and_nothing_is_imported() {
    let archive = exported(&full_store());
    let lines: Vec<&[u8]> = archive.split_inclusive(|byte| *byte == b'\n').collect();
    let n = lines.len();
    assert!(n > 12);
    let line_of = |archive: &[u8]| -> Option<u64> {
        let mut store = Store::in_memory().unwrap();
        let mut read = archive;
        let error = store.import(&mut read, &USER, NOON).unwrap_err();
        assert_eq!(store.collections().unwrap(), []);
        assert_eq!(store.audit(GUILD, 0, 9).unwrap(), []);
        // A store that refused an archive still takes a sound one.
        match error {
            ArchiveError::Damaged { line, .. } => Some(line),
            ArchiveError::NotAnArchive => Some(1),
            _ => None,
        }
    };
    for at in 0..n {
        // Left out, doubled, moved.
        let without: Vec<&[u8]> = [&lines[..at], &lines[at + 1..]].concat();
        assert_eq!(
            line_of(&without.concat()),
            Some(at as u64 + 1),
            "without {at}"
        );
        let doubled: Vec<&[u8]> = [&lines[..=at], &lines[at..]].concat();
        assert_eq!(
            line_of(&doubled.concat()),
            Some(at as u64 + 2),
            "doubled {at}"
        );
    }
    assert_eq!(
        line_of(&[&archive[..], b"more"].concat()),
        Some(n as u64 + 1)
    );
    assert_eq!(line_of(b""), Some(1));
    assert_eq!(line_of(b"# An article\n"), Some(1));
    // One byte changed, anywhere: the line it stands in, or the next one if the line's end is hit.
    let mut at = 0;
    for (idx, line) in lines.iter().enumerate() {
        for offset in (0..line.len()).step_by(7) {
            let mut damaged = archive.clone();
            damaged[at + offset] ^= 0x01;
            assert_eq!(
                line_of(&damaged),
                Some(idx as u64 + 1),
                "line {idx} byte {offset}"
            );
        }
        at += line.len();
    }
}

/// Writes lines with sound checksums.
fn forged(lines: &[String]) -> Vec<u8> {
    let mut crc = crc32fast::Hasher::new();
    let mut archive = String::new();
    for body in lines {
        crc.update(body.as_bytes());
        let crc = crc.clone().finalize();
        archive.push_str(&format!("{{\"crc32\":\"{crc:08x}\",{body}}}\n"));
    }
    archive.into_bytes()
}

#[test]
fn a_forged_archive_is_refused_whatever_it_says() {
    let schema = schema::latest();
    let header = |format: i64, schema: usize| {
        format!("\"archive\":{{\"format\":{format},\"schema\":{schema}}}")
    };
    let end = |n: usize| format!("\"end\":{{\"lines\":{n}}}");
    let with = |body: &str| forged(&[header(1, schema), body.to_owned(), end(3)]);
    let collection = "\"collection\":{\"name\":\"local\",\"revision\":1,\"next_number\":2,\
                      \"pruned_revision\":0}";
    assert!(imported(&with(collection)).is_ok());
    for (body, expected) in [
        ("\"sqlite_schema\":{\"name\":\"x\"}", "there is no table"),
        (
            "\"document_key\":{\"key\":1,\"document\":1}",
            "there is no table",
        ),
        (
            "\"collection\":{\"name\":\"a\",\"x\\\") --\":1}",
            "has no column",
        ),
        ("\"collection\":{\"name\":\"a\"}", "NOT NULL"),
        ("\"collection\":{\"name\":[1]}", "a list"),
        ("\"collection\":{\"name\":1e99}", "no 64-bit integer"),
        ("\"audit\":{\"id\":{\"hex\":\"0\"}}", "not hexadecimal"),
        ("\"audit\":{\"id\":{\"hex\":\"é0\"}}", "not hexadecimal"),
        ("\"audit\":{\"id\":{\"real\":\"x\"}}", "neither a blob"),
        ("\"audit\":1", "invalid type"),
        ("", "it is empty"),
    ] {
        let error = imported(&with(body)).unwrap_err();
        let ArchiveError::Damaged { line: 2, reason } = &error else {
            panic!("{body}: {error:?}");
        };
        assert!(reason.contains(expected), "{body}: {reason}");
    }
    // An article whose blocks do not fit its text, and one of a collection that is not there.
    let document = |blocks: &str, of: &str| {
        format!(
            "\"document\":{{\"id\":1,\"collection\":\"{of}\",\"number\":1,\"version\":1,\
             \"added_revision\":1,\"added_at\":0,\"added_by\":\"cli\",\"title\":\"t\",\"tags\":\"[]\",\
             \"language\":\"en\",\"blocks\":\"{blocks}\",\"text\":\"text\"}}"
        )
    };
    let lines =
        |document: String| forged(&[header(1, schema), collection.to_owned(), document, end(4)]);
    assert!(imported(&lines(document("[[0,0,4]]", "local"))).is_ok());
    let error = imported(&lines(document("[[0,0,5]]", "local"))).unwrap_err();
    assert!(error.to_string().contains("line 3"), "{error}");
    assert!(
        error.to_string().contains("does not fit its text"),
        "{error}"
    );
    let error = imported(&lines(document("[]", "guild-1"))).unwrap_err();
    assert!(
        error.to_string().contains("refer to rows that are missing"),
        "{error}"
    );

    for (format, version) in [(2, schema), (1, schema + 1)] {
        let error = imported(&forged(&[header(format, version), end(2)])).unwrap_err();
        assert!(matches!(error, ArchiveError::Newer { .. }), "{error:?}");
    }
    let error = imported(&forged(&[header(1, 0), end(2)])).unwrap_err();
    assert!(matches!(error, ArchiveError::NotAnArchive), "{error:?}");
}

#[test]
fn an_archive_of_an_older_schema_is_brought_up_to_date() {
    let archive = forged(&[
        "\"archive\":{\"format\":1,\"schema\":1}".to_owned(),
        "\"collection\":{\"name\":\"local\",\"revision\":1,\"next_number\":2}".to_owned(),
        "\"document\":{\"id\":5,\"collection\":\"local\",\"number\":1,\"status\":\"current\",\
         \"added_revision\":1,\"added_at\":0,\"title\":\"t\",\"tags\":\"[]\",\"language\":\"en\",\
         \"url\":\"https://e.org/\",\"blocks\":\"[]\",\"text\":\"text\"}"
            .to_owned(),
        "\"end\":{\"lines\":4}".to_owned(),
    ]);
    let store = imported(&archive).unwrap();
    let history = store.history(number(Collection::Local, 1)).unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!((history[0].version, history[0].id), (1, DocumentId(5)));
    let found = store.with_url(Collection::Local, "https://e.org").unwrap();
    assert_eq!(found, [DocumentId(5)]);
}

#[test]
fn the_keys_of_an_import_are_those_of_the_original() {
    let store = full_store();
    let copy = imported(&exported(&store)).unwrap();
    let keys = |store: &Store| -> Vec<(i64, i64)> {
        store
            .connection
            .prepare("SELECT key, document FROM document_key")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    };
    assert_eq!(keys(&copy), keys(&store));
    assert!(!keys(&store).is_empty());
    assert_ne!(keys::plain_url("https://a.org/b"), "");
}

/// A change of the property test.
#[derive(Clone, Debug)]
enum Edit {
    Put(String),
    Replace(u32, String),
    Remove(u32),
    Restore(u32),
    Prune,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => any::<String>().prop_map(Edit::Put),
        2 => (1_u32..6, any::<String>()).prop_map(|(n, text)| Edit::Replace(n, text)),
        2 => (1_u32..6).prop_map(Edit::Remove),
        2 => (1_u32..6).prop_map(Edit::Restore),
        1 => Just(Edit::Prune),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn export_import_export_gives_the_same_bytes(
        edits in prop::collection::vec((any::<bool>(), edit()), 0..16),
    ) {
        let mut store = Store::in_memory().unwrap();
        for ((in_guild, edit), now) in edits.into_iter().zip(NOON..) {
            let collection = if in_guild { GUILD } else { LIBRARY };
            let at = |n| number(collection, n);
            let change = match edit {
                Edit::Put(text) => put_from(draft("title", &text), source(&text, 1)),
                Edit::Replace(n, text) => replace(at(n), draft("title", &text)),
                Edit::Remove(n) => Change::Remove(at(n)),
                Edit::Restore(n) => Change::Restore { reference: at(n), version: None },
                Edit::Prune => {
                    store.prune(now).unwrap();
                    continue;
                }
            };
            // What is refused changes nothing, which is checked elsewhere.
            let _ = store.apply_as(collection, vec![change], &by_user(now));
        }
        let archive = exported(&store);
        let copy = imported(&archive).unwrap();
        prop_assert_eq!(exported(&copy), archive);
    }
}
