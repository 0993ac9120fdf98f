//! Versions, the audit log and look-up keys, at the store's boundary.

use super::*;
use crate::store::audit;

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

#[test]
fn a_difference_from_the_future_says_so() {
    let mut store = Store::in_memory().unwrap();
    apply(&mut store, LIBRARY, vec![put(draft("a", "a"))]);
    for since in [2, u64::MAX] {
        let difference = store.difference(LIBRARY, Revision(since)).unwrap();
        assert_eq!(difference.until, Revision(1));
        assert_eq!((difference.added, difference.ended), (vec![], vec![]));
    }
}
