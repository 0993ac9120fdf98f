//! The archive: what goes out comes in again, and nothing else.

use proptest::prelude::*;

use super::*;
use crate::store::keys;

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
