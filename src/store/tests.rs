//! The store at its own boundary.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;

use super::*;
use crate::document::{Block, BlockKind, Date, Span};

mod history;

const LIBRARY: Collection = Collection::Library;
const GUILD: Collection = Collection::Guild(u64::MAX);
const NOON: i64 = 1_742_299_200_000;

fn draft(title: &str, text: &str) -> Draft {
    Draft {
        metadata: Metadata {
            title: title.to_owned(),
            ..Metadata::default()
        },
        language: Language::English,
        text: text.to_owned(),
        blocks: Vec::new(),
    }
}

/// A heading, a paragraph and a list item, in scripts of one to four bytes a character.
fn rich_draft() -> Draft {
    let parts = ["Çay — 茶", "Zażółć «gęślą» jaźń.\0 Пауза 🕊️.", "élan"];
    let kinds = [
        BlockKind::Heading(6),
        BlockKind::Paragraph,
        BlockKind::ListItem,
    ];
    let mut text = String::from("\n");
    let mut blocks = Vec::new();
    for (part, kind) in parts.into_iter().zip(kinds) {
        let start = text.len();
        text.push_str(part);
        blocks.push(Block {
            kind,
            span: Span::new(start, text.len()),
        });
        text.push_str("\n\n");
    }
    Draft {
        metadata: Metadata {
            title: "Ein \"Titel\" für 茶; DROP TABLE document".to_owned(),
            outlet: Some("L'Écho".to_owned()),
            published: Date::from_ymd(1, 1, 1),
            url: Some("https://example.org/?a=1&b=ü".to_owned()),
            tags: vec!["Ünï".to_owned(), String::new(), "a,\"b\"]".to_owned()],
        },
        language: Language::Turkish,
        text,
        blocks,
    }
}

fn source(location: &str, byte: u8) -> Source {
    Source {
        location: location.to_owned(),
        content_hash: ContentHash([byte; 32]),
        size_bytes: 2_400,
        modified_unix_ms: Some(-5),
    }
}

fn put(draft: Draft) -> Change {
    Change::Put(Box::new(NewDocument {
        draft,
        source: None,
        replaces: None,
    }))
}

fn put_from(draft: Draft, source: Source) -> Change {
    Change::Put(Box::new(NewDocument {
        draft,
        source: Some(source),
        replaces: None,
    }))
}

fn replace(reference: DocumentRef, draft: Draft) -> Change {
    Change::Put(Box::new(NewDocument {
        draft,
        source: None,
        replaces: Some(reference),
    }))
}

fn number(collection: Collection, number: u32) -> DocumentRef {
    DocumentRef { collection, number }
}

/// Applies what has to succeed.
fn apply(store: &mut Store, collection: Collection, changes: Vec<Change>) -> Applied {
    store.apply(collection, changes, NOON).unwrap()
}

/// Everything a collection shows, for comparing before and after.
fn contents(store: &Store, collection: Collection) -> (Revision, Vec<Document>, Difference) {
    (
        store.revision(collection).unwrap(),
        store.documents(&store.live(collection).unwrap()).unwrap(),
        store.difference(collection, Revision(0)).unwrap(),
    )
}

#[test]
fn a_document_reads_back_as_it_was_put() {
    let mut store = Store::in_memory().unwrap();
    let drafts = [rich_draft(), draft("Empty", ""), draft("NUL", "a\0b")];
    let applied = apply(&mut store, GUILD, drafts.iter().cloned().map(put).collect());
    assert_eq!(applied.revision, Revision(1));
    assert_eq!(applied.ended, []);
    for ((reference, id), draft) in applied.put.into_iter().zip(drafts) {
        let expected = Document {
            id,
            reference,
            metadata: draft.metadata,
            language: draft.language,
            text: draft.text,
            blocks: draft.blocks,
        };
        assert_eq!(store.document(id).unwrap(), Some(expected));
        assert_eq!(store.resolve(reference).unwrap(), Some(id));
    }
}

#[test]
fn a_collection_that_never_changed_reads_as_empty() {
    let store = Store::in_memory().unwrap();
    assert_eq!(store.revision(GUILD).unwrap(), Revision(0));
    assert_eq!(store.count(GUILD).unwrap(), 0);
    assert_eq!(store.live(GUILD).unwrap(), []);
    assert_eq!(store.summaries(GUILD, 0, 10).unwrap(), []);
    assert_eq!(store.sources(GUILD).unwrap(), []);
    assert_eq!(store.resolve(number(GUILD, 1)).unwrap(), None);
    assert_eq!(store.document(DocumentId(u64::MAX)).unwrap(), None);
    assert_eq!(
        store.difference(GUILD, Revision(0)).unwrap(),
        Difference::default()
    );
}

#[test]
fn numbers_count_from_one_per_collection_and_are_never_reused() {
    let mut store = Store::in_memory().unwrap();
    let first = apply(
        &mut store,
        LIBRARY,
        vec![put(draft("a", "a")), put(draft("b", "b"))],
    );
    let other = apply(&mut store, GUILD, vec![put(draft("c", "c"))]);
    apply(
        &mut store,
        LIBRARY,
        vec![Change::Remove(number(LIBRARY, 2))],
    );
    let last = apply(&mut store, LIBRARY, vec![put(draft("d", "d"))]);

    let numbers: Vec<u32> = [&first, &other, &last]
        .iter()
        .flat_map(|applied| &applied.put)
        .map(|(reference, _)| reference.number)
        .collect();
    assert_eq!(numbers, [1, 2, 1, 3]);
    let ids: Vec<u64> = [first, other, last]
        .iter()
        .flat_map(|applied| &applied.put)
        .map(|(_, id)| id.0)
        .collect();
    assert_eq!(ids, [1, 2, 3, 4]);
}

#[test]
fn a_replacement_keeps_the_number_and_gets_a_new_id() {
    let mut store = Store::in_memory().unwrap();
    let old = apply(&mut store, LIBRARY, vec![put(draft("Old", "before"))]).put[0];
    let applied = apply(
        &mut store,
        LIBRARY,
        vec![replace(old.0, draft("New", "after"))],
    );

    let new = applied.put[0];
    assert_eq!(new.0, old.0);
    assert!(new.1 > old.1);
    assert_eq!(applied.ended, [old.1]);
    assert_eq!(store.document(old.1).unwrap(), None);
    assert_eq!(store.document(new.1).unwrap().unwrap().text, "after");
    assert_eq!(store.resolve(old.0).unwrap(), Some(new.1));
    assert_eq!(store.live(LIBRARY).unwrap(), [new.1]);
    assert_eq!(store.count(LIBRARY).unwrap(), 1);
}

#[test]
fn a_removed_document_is_gone_and_cannot_be_removed_again() {
    let mut store = Store::in_memory().unwrap();
    let (reference, id) = apply(&mut store, LIBRARY, vec![put(draft("a", "a"))]).put[0];
    let applied = apply(&mut store, LIBRARY, vec![Change::Remove(reference)]);

    assert_eq!(applied.ended, [id]);
    assert_eq!(applied.revision, Revision(2));
    assert_eq!(store.document(id).unwrap(), None);
    assert_eq!(store.resolve(reference).unwrap(), None);
    for change in [
        Change::Remove(reference),
        replace(reference, draft("b", "b")),
    ] {
        let error = store.apply(LIBRARY, vec![change], NOON).unwrap_err();
        assert!(matches!(error, StoreError::NoSuchDocument(r) if r == reference));
    }
}

#[test]
fn a_later_step_of_a_batch_sees_the_earlier_ones() {
    let mut store = Store::in_memory().unwrap();
    let first = number(LIBRARY, 1);
    let applied = apply(
        &mut store,
        LIBRARY,
        vec![
            put(draft("a", "a")),
            replace(first, draft("b", "b")),
            Change::Remove(first),
            put(draft("c", "c")),
        ],
    );
    assert_eq!(applied.revision, Revision(1));
    assert_eq!(applied.ended, [applied.put[0].1, applied.put[1].1]);
    let difference = store.difference(LIBRARY, Revision(0)).unwrap();
    assert_eq!(difference.added, [applied.put[2].1]);
    assert_eq!(difference.ended, []);
}

#[test]
fn a_batch_with_an_unknown_reference_changes_nothing() {
    let mut store = Store::in_memory().unwrap();
    apply(&mut store, LIBRARY, vec![put(rich_draft())]);
    apply(&mut store, GUILD, vec![put(draft("g", "g"))]);
    let before = contents(&store, LIBRARY);

    for unknown in [number(LIBRARY, 2), number(LIBRARY, 0), number(GUILD, 1)] {
        for last in [Change::Remove(unknown), replace(unknown, draft("x", "x"))] {
            let changes = vec![
                Change::Remove(number(LIBRARY, 1)),
                Change::Put(Box::new(NewDocument {
                    draft: draft("y", "y"),
                    source: Some(source("y.md", 1)),
                    replaces: None,
                })),
                Change::Remove(number(LIBRARY, 2)),
                last,
            ];
            let error = store.apply(LIBRARY, changes, NOON).unwrap_err();
            assert!(matches!(error, StoreError::NoSuchDocument(r) if r == unknown));
            assert_eq!(contents(&store, LIBRARY), before);
        }
    }
    let next = apply(&mut store, LIBRARY, vec![put(draft("z", "z"))]);
    assert_eq!(next.put, [(number(LIBRARY, 2), DocumentId(3))]);
}

#[test]
fn an_unsound_draft_is_refused_with_its_batch() {
    let mut store = Store::in_memory().unwrap();
    let with_blocks = |blocks: &[(BlockKind, usize, usize)]| Draft {
        blocks: blocks
            .iter()
            .map(|&(kind, start, end)| Block {
                kind,
                span: Span::new(start, end),
            })
            .collect(),
        ..draft("é", "été, été")
    };
    use BlockKind::{Heading, Paragraph};
    let cases = [
        (draft(" \n", "text"), "title"),
        (with_blocks(&[(Paragraph, 0, 1)]), "fit"),
        (with_blocks(&[(Paragraph, 0, 99)]), "fit"),
        (with_blocks(&[(Paragraph, 2, 2)]), "empty"),
        (with_blocks(&[(Paragraph, 3, 2)]), "empty"),
        (
            with_blocks(&[(Paragraph, 0, 5), (Paragraph, 3, 6)]),
            "before",
        ),
        (
            with_blocks(&[(Paragraph, 6, 7), (Paragraph, 0, 5)]),
            "before",
        ),
        (with_blocks(&[(Heading(0), 0, 2)]), "level 0"),
        (with_blocks(&[(Heading(7), 0, 2)]), "level 7"),
    ];
    for (unsound, expected) in cases {
        let changes = vec![put(draft("good", "good")), put(unsound)];
        let error = store.apply(LIBRARY, changes, NOON).unwrap_err();
        assert!(matches!(&error, StoreError::Unsound { reason, .. } if reason.contains(expected)));
        assert_eq!(store.count(LIBRARY).unwrap(), 0);
    }
}

#[test]
fn an_empty_batch_writes_nothing() {
    let mut store = Store::in_memory().unwrap();
    assert_eq!(apply(&mut store, LIBRARY, Vec::new()), Applied::default());
    apply(&mut store, LIBRARY, vec![put(draft("a", "a"))]);
    store
        .connection
        .pragma_update(None, "query_only", true)
        .unwrap();
    let applied = apply(&mut store, LIBRARY, Vec::new());
    assert_eq!(applied.revision, Revision(1));
    assert_eq!((applied.put, applied.ended), (Vec::new(), Vec::new()));
}

#[test]
fn a_hundred_documents_fit_one_batch_and_come_back_in_the_order_asked() {
    let mut store = Store::in_memory().unwrap();
    let changes = (1..=100)
        .map(|n| put(draft(&format!("title {n}"), &"x".repeat(n))))
        .collect();
    let applied = apply(&mut store, LIBRARY, changes);
    assert_eq!(applied.revision, Revision(1));
    assert_eq!(store.count(LIBRARY).unwrap(), 100);
    apply(
        &mut store,
        LIBRARY,
        vec![Change::Remove(number(LIBRARY, 50))],
    );

    let asked: Vec<DocumentId> = [100, 7, 50, 7, 999, 1].map(DocumentId).to_vec();
    let texts = store.documents(&asked).unwrap();
    let lengths: Vec<usize> = texts.iter().map(|document| document.text.len()).collect();
    assert_eq!(lengths, [100, 7, 7, 1]);
}

#[test]
fn summaries_page_by_number_whatever_the_ids() {
    let mut store = Store::in_memory().unwrap();
    apply(
        &mut store,
        LIBRARY,
        vec![
            put_from(rich_draft(), source("rich.md", 1)),
            put(draft("b", "bb")),
            put(draft("c", "ccc")),
        ],
    );
    apply(
        &mut store,
        LIBRARY,
        vec![replace(number(LIBRARY, 2), draft("b2", "é"))],
    );
    let all = store.summaries(LIBRARY, 0, u64::MAX).unwrap();
    let numbers: Vec<u32> = all.iter().map(|summary| summary.reference.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let rich = rich_draft();
    assert_eq!(
        all[0],
        DocumentSummary {
            id: DocumentId(1),
            reference: number(LIBRARY, 1),
            metadata: rich.metadata,
            language: rich.language,
            size_bytes: rich.text.len() as u64,
            added_unix_ms: NOON,
            source_location: Some("rich.md".to_owned()),
            version: 1,
            copy_of: None,
        }
    );
    assert_eq!(all[1].version, 2);
    assert_eq!((all[1].id, all[1].size_bytes), (DocumentId(4), 2));
    assert_eq!(all[1].source_location, None);

    assert_eq!(store.summaries(LIBRARY, 1, 1).unwrap(), all[1..2]);
    assert_eq!(store.summaries(LIBRARY, 2, 9).unwrap(), all[2..]);
    assert_eq!(store.summaries(LIBRARY, 0, 0).unwrap(), []);
    assert_eq!(store.summaries(LIBRARY, u64::MAX, 9).unwrap(), []);
}

#[test]
fn sources_are_those_of_current_documents_by_location() {
    let mut store = Store::in_memory().unwrap();
    apply(
        &mut store,
        LIBRARY,
        vec![
            put_from(draft("b", "b"), source("b.md", 2)),
            put(draft("typed", "in")),
            put_from(draft("a", "a"), source("a.md", 1)),
            put_from(draft("gone", "gone"), source("0.md", 3)),
            Change::Remove(number(LIBRARY, 4)),
        ],
    );
    let known = |location: &str, n, byte| KnownSource {
        reference: number(LIBRARY, n),
        location: location.to_owned(),
        content_hash: ContentHash([byte; 32]),
        size_bytes: 2_400,
        modified_unix_ms: Some(-5),
    };
    assert_eq!(
        store.sources(LIBRARY).unwrap(),
        [known("a.md", 3, 1), known("b.md", 1, 2)]
    );
}

#[test]
fn touching_a_source_is_no_change_of_the_collection() {
    let mut store = Store::in_memory().unwrap();
    apply(
        &mut store,
        LIBRARY,
        vec![
            put_from(rich_draft(), source("a.md", 1)),
            put(draft("b", "b")),
        ],
    );
    let before = contents(&store, LIBRARY);
    store.touch_source(number(LIBRARY, 1), None, 7).unwrap();
    assert_eq!(contents(&store, LIBRARY), before);
    let known = store.sources(LIBRARY).unwrap().remove(0);
    assert_eq!((known.modified_unix_ms, known.size_bytes), (None, 7));

    for unknown in [number(LIBRARY, 2), number(LIBRARY, 3), number(GUILD, 1)] {
        let error = store.touch_source(unknown, Some(1), 1).unwrap_err();
        assert!(matches!(error, StoreError::NoSuchDocument(r) if r == unknown));
    }
}

#[test]
fn collections_do_not_see_each_other() {
    let mut store = Store::in_memory().unwrap();
    let mine = Collection::Guild(1);
    let theirs = Collection::Guild(12);
    apply(
        &mut store,
        mine,
        vec![put_from(draft("mine", "mine"), source("a.md", 1))],
    );
    let before = contents(&store, mine);
    apply(
        &mut store,
        theirs,
        vec![
            put_from(draft("theirs", "theirs"), source("a.md", 1)),
            put(draft("more", "more")),
        ],
    );
    apply(&mut store, theirs, vec![Change::Remove(number(theirs, 1))]);

    assert_eq!(contents(&store, mine), before);
    assert_eq!(store.count(mine).unwrap(), 1);
    assert_eq!(store.sources(mine).unwrap().len(), 1);
    assert_eq!(store.sources(theirs).unwrap(), []);
    assert_eq!(store.resolve(number(mine, 2)).unwrap(), None);
    assert_eq!(store.summaries(theirs, 0, 9).unwrap().len(), 1);
    let error = store.apply(mine, vec![Change::Remove(number(theirs, 2))], NOON);
    assert!(matches!(error, Err(StoreError::NoSuchDocument(_))));
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

#[test]
fn a_store_reopens_with_everything_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file:ünï?.db");
    let mut store = Store::open(&path).unwrap();
    apply(&mut store, GUILD, vec![put(rich_draft())]);
    apply(&mut store, GUILD, vec![put(draft("b", "b"))]);
    apply(&mut store, GUILD, vec![Change::Remove(number(GUILD, 2))]);
    let before = contents(&store, GUILD);

    // The files as they are on disk now, with the store still open: what a kill leaves behind.
    let killed = folder.path().join("killed.db");
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", path.display());
        fs::copy(from, format!("{}{suffix}", killed.display())).unwrap();
    }
    drop(store);
    for path in [path, killed] {
        let mut store = Store::open(&path).unwrap();
        assert_eq!(contents(&store, GUILD), before);
        let next = apply(&mut store, GUILD, vec![put(draft("c", "c"))]);
        assert_eq!(next.put, [(number(GUILD, 3), DocumentId(3))]);
    }
}

#[test]
fn processes_that_open_and_write_at_once_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.db");
    let together = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                together.wait();
                let mut store = Store::open(&path).unwrap();
                apply(&mut store, LIBRARY, vec![put(draft("a", "a"))]);
            });
        }
    });
    let store = Store::open(&path).unwrap();
    assert_eq!(store.revision(LIBRARY).unwrap(), Revision(8));
    assert_eq!(
        store.live(LIBRARY).unwrap(),
        (1..=8).map(DocumentId).collect::<Vec<_>>()
    );
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.db");
    let store = Store::open(&path).unwrap();
    store
        .connection
        .pragma_update(None, "user_version", 99)
        .unwrap();
    drop(store);
    let before = fs::read(&path).unwrap();

    let error = Store::open(&path).unwrap_err();
    assert!(matches!(
        error,
        StoreError::Newer {
            found: 99,
            supported,
            ..
        } if supported as usize == schema::latest()
    ));
    assert!(error.to_string().contains("version 99"));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_foreign_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.db");
    let foreign = Connection::open(&other).unwrap();
    foreign
        .execute_batch("CREATE TABLE bookmark (url TEXT)")
        .unwrap();
    drop(foreign);
    let marked = folder.path().join("marked.db");
    let foreign = Connection::open(&marked).unwrap();
    foreign.pragma_update(None, "application_id", 1).unwrap();
    drop(foreign);
    let text = folder.path().join("article.md");
    fs::write(&text, "# Not a database\n".repeat(200)).unwrap();

    for path in [other, marked, text] {
        let before = fs::read(&path).unwrap();
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::NotQuoth { .. }), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()));
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn an_empty_file_becomes_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.db");
    fs::write(&path, "").unwrap();
    assert_eq!(Store::open(&path).unwrap().count(LIBRARY).unwrap(), 0);
}

#[test]
fn a_path_that_cannot_be_opened_gives_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [
        file.join("q.db"),
        folder.path().join("missing").join("q.db"),
        folder.path().to_owned(),
    ] {
        let error = Store::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            format!("the store `{}` cannot be opened or created", path.display())
        );
    }
}

#[test]
fn a_store_that_cannot_be_written_says_so_and_still_reads() {
    let mut store = Store::in_memory().unwrap();
    apply(
        &mut store,
        LIBRARY,
        vec![put_from(rich_draft(), source("a", 1))],
    );
    let before = contents(&store, LIBRARY);
    store
        .connection
        .pragma_update(None, "query_only", true)
        .unwrap();
    let put_error = store.apply(LIBRARY, vec![put(draft("b", "b"))], NOON);
    assert!(matches!(put_error, Err(StoreError::ReadOnly { .. })));
    let touch_error = store.touch_source(number(LIBRARY, 1), None, 1);
    assert!(matches!(touch_error, Err(StoreError::ReadOnly { .. })));
    assert_eq!(contents(&store, LIBRARY), before);
}

#[test]
fn a_full_disk_loses_nothing_and_room_heals_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("q.db")).unwrap();
    apply(&mut store, LIBRARY, vec![put(rich_draft())]);
    let before = contents(&store, LIBRARY);
    let limit = |store: &Store, n_pages: i64| {
        store
            .connection
            .pragma_update_and_check(None, "max_page_count", n_pages, |_| Ok(()))
            .unwrap();
    };
    limit(&store, 20);
    let large = || {
        vec![
            put(draft("small", "s")),
            put(draft("large", &"x".repeat(200_000))),
        ]
    };
    let error = store.apply(LIBRARY, large(), NOON).unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert_eq!(contents(&store, LIBRARY), before);
    limit(&store, 1_000_000);
    assert_eq!(apply(&mut store, LIBRARY, large()).revision, Revision(2));
}

#[test]
fn a_file_locked_by_another_process_is_busy_to_write_but_not_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.db");
    let mut store = Store::open(&path).unwrap();
    apply(&mut store, LIBRARY, vec![put(draft("a", "a"))]);
    let other = Store::open(&path).unwrap();
    other.connection.execute_batch("BEGIN IMMEDIATE").unwrap();

    store
        .connection
        .busy_timeout(std::time::Duration::ZERO)
        .unwrap();
    let error = store.apply(LIBRARY, vec![put(draft("b", "b"))], NOON);
    assert!(matches!(error, Err(StoreError::Busy { .. })));
    assert_eq!(store.count(LIBRARY).unwrap(), 1);
    assert!(Store::open(&path).is_ok());
    other.connection.execute_batch("ROLLBACK").unwrap();
    apply(&mut store, LIBRARY, vec![put(draft("b", "b"))]);
}

#[test]
fn ids_are_found_by_index_without_reading_the_documents() {
    let store = Store::in_memory().unwrap();
    for (sql, bounds) in [
        (rows::COUNT, "(collection=?)"),
        (rows::LIVE, "(collection=?)"),
        (rows::RESOLVE, "(collection=? AND number=?)"),
        (rows::ADDED_SINCE, "(collection=? AND added_revision>?)"),
        (rows::ENDED_SINCE, "(collection=? AND ended_revision>?)"),
    ] {
        let mut statement = store
            .connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let n_parameters = statement.parameter_count();
        let parameters = rusqlite::params_from_iter(vec![0; n_parameters]);
        let plan: String = statement
            .query_row(parameters, |row| row.get("detail"))
            .unwrap();
        assert!(plan.starts_with("SEARCH"), "{plan}");
        assert!(plan.contains("COVERING INDEX"), "{plan}");
        assert!(plan.ends_with(bounds), "{plan}");
    }
}

#[test]
fn a_damaged_row_is_named_and_can_be_removed() {
    for (column, value, expected) in [
        ("blocks", "'[[0,0,1]]'", "does not fit"),
        ("blocks", "'[[0,0,99]]'", "does not fit"),
        ("blocks", "'[[0,3,5],[0,0,2]]'", "begins before"),
        ("blocks", "'[[0,3,3]]'", "empty"),
        ("blocks", "'[[0,5,3]]'", "empty"),
        ("blocks", "'[[9,0,2]]'", "kind of block is 9"),
        ("blocks", "'[[0,-1,2]]'", "triples"),
        ("blocks", "'[['", "triples"),
        ("tags", "'{}'", "list of strings"),
        ("published", "9999999", "day 9999999"),
        ("published", "99999999999", "99999999999"),
        ("text", "CAST(x'ff41' AS TEXT)", "utf-8"),
    ] {
        let mut store = Store::in_memory().unwrap();
        apply(
            &mut store,
            LIBRARY,
            vec![
                put(draft("a", "a")),
                put(draft("b", "été")),
                put(draft("c", "c")),
            ],
        );
        store
            .connection
            .execute(
                &format!("UPDATE document SET {column} = {value} WHERE id = 2"),
                [],
            )
            .unwrap();

        let error = store.documents(&[1, 2, 3].map(DocumentId)).unwrap_err();
        let StoreError::Damaged {
            part,
            document,
            reason,
            ..
        } = error
        else {
            panic!("{error:?}");
        };
        assert_eq!(part, "article `L2` of `library`");
        assert_eq!(document, Some(DocumentId(2)));
        assert!(reason.contains(expected), "{reason}");

        assert!(store.document(DocumentId(1)).unwrap().is_some());
        apply(
            &mut store,
            LIBRARY,
            vec![Change::Remove(number(LIBRARY, 2))],
        );
        assert_eq!(
            store.documents(&[1, 2, 3].map(DocumentId)).unwrap().len(),
            2
        );
    }
}

#[test]
fn a_damaged_source_is_named() {
    let mut store = Store::in_memory().unwrap();
    apply(
        &mut store,
        LIBRARY,
        vec![put_from(draft("a", "a"), source("a.md", 1))],
    );
    let tampered = "UPDATE document SET content_hash = x'00'";
    store.connection.execute(tampered, []).unwrap();
    let error = store.sources(LIBRARY).unwrap_err();
    assert!(matches!(
        error,
        StoreError::Damaged {
            document: Some(DocumentId(1)),
            ..
        }
    ));
}

#[test]
fn a_file_with_overwritten_pages_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("q.db");
    let mut store = Store::open(&path).unwrap();
    let many = (0..200).map(|n| put(draft(&format!("title {n}"), &"x".repeat(2_400))));
    apply(&mut store, LIBRARY, many.collect());
    drop(store);
    let sound = fs::read(&path).unwrap();
    let page = 4_096;
    let mut n_damaged = 0;
    for first in (page..sound.len()).step_by(page * 16) {
        let mut bytes = sound.clone();
        let last = (first + page * 16).min(bytes.len());
        bytes[first..last].fill(0xa5);
        fs::write(&path, &bytes).unwrap();
        let outcome = Store::open(&path).and_then(|store| {
            store.sources(LIBRARY)?;
            store.documents(&store.live(LIBRARY)?)
        });
        match outcome {
            Ok(documents) => assert!(documents.iter().all(|d| d.text.len() == 2_400)),
            Err(StoreError::Damaged { .. }) => n_damaged += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(n_damaged > 0);
}

/// A step of the property test; numbers are taken modulo what exists, and a bit beyond.
#[derive(Clone, Debug)]
enum Step {
    Put,
    Replace(u32),
    Remove(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Put),
        2 => (1_u32..12).prop_map(Step::Replace),
        2 => (1_u32..12).prop_map(Step::Remove),
    ]
}

/// What a collection should be: current ids by number, and the set of them at every revision.
#[derive(Clone)]
struct Model {
    current: BTreeMap<u32, DocumentId>,
    last_number: u32,
    history: Vec<BTreeSet<DocumentId>>,
}

impl Model {
    fn new() -> Model {
        Model {
            current: BTreeMap::new(),
            last_number: 0,
            history: vec![BTreeSet::new()],
        }
    }

    /// Plays a batch whose new ids begin at `next_id`; `None` if the store has to refuse it.
    fn play(&mut self, steps: &[Step], next_id: u64) -> Option<Applied> {
        let mut applied = Applied::default();
        let mut current = self.current.clone();
        let mut last_number = self.last_number;
        for step in steps {
            let put_number = match *step {
                Step::Put => {
                    last_number += 1;
                    Some(last_number)
                }
                Step::Replace(n) => {
                    applied.ended.push(current.remove(&n)?);
                    Some(n)
                }
                Step::Remove(n) => {
                    applied.ended.push(current.remove(&n)?);
                    None
                }
            };
            if let Some(n) = put_number {
                let id = DocumentId(next_id + applied.put.len() as u64);
                current.insert(n, id);
                applied.put.push((number(LIBRARY, n), id));
            }
        }
        if !steps.is_empty() {
            self.history.push(current.values().copied().collect());
        }
        applied.ended.sort_unstable();
        applied.revision = self.revision();
        (self.current, self.last_number) = (current, last_number);
        Some(applied)
    }

    fn revision(&self) -> Revision {
        Revision(self.history.len() as u64 - 1)
    }

    fn check(&self, store: &Store, collection: Collection) {
        let now = self.history.last().unwrap();
        let sorted: Vec<DocumentId> = now.iter().copied().collect();
        assert_eq!(store.revision(collection).unwrap(), self.revision());
        assert_eq!(store.live(collection).unwrap(), sorted);
        assert_eq!(store.count(collection).unwrap(), sorted.len() as u64);
        for n in 1..=self.last_number + 1 {
            let found = store.resolve(number(collection, n)).unwrap();
            assert_eq!(found, self.current.get(&n).copied());
        }
        for (since, then) in self.history.iter().enumerate() {
            let expected = Difference {
                until: self.revision(),
                added: now.difference(then).copied().collect(),
                ended: then.difference(now).copied().collect(),
            };
            let found = store.difference(collection, Revision(since as u64));
            assert_eq!(found.unwrap(), expected, "since {since}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_batches_agree_with_a_simple_model(
        batches in prop::collection::vec(
            (any::<bool>(), prop::collection::vec(step(), 0..5)),
            0..14,
        ),
    ) {
        let mut store = Store::in_memory().unwrap();
        let mut models = [Model::new(), Model::new()];
        let collections = [LIBRARY, GUILD];
        let mut next_id = 1;
        for (which, steps) in batches {
            let which = usize::from(which);
            let collection = collections[which];
            let changes = steps.iter().map(|step| match *step {
                Step::Put => put(draft("new", "new")),
                Step::Replace(n) => replace(number(collection, n), draft("again", "again")),
                Step::Remove(n) => Change::Remove(number(collection, n)),
            });
            let outcome = store.apply(collection, changes.collect(), NOON);
            match models[which].play(&steps, next_id) {
                Some(mut expected) => {
                    next_id += expected.put.len() as u64;
                    for (reference, _) in &mut expected.put {
                        reference.collection = collection;
                    }
                    prop_assert_eq!(outcome.unwrap(), expected);
                }
                None => {
                    prop_assert!(matches!(outcome, Err(StoreError::NoSuchDocument(_))));
                }
            }
        }
        for (model, collection) in models.iter().zip(collections) {
            model.check(&store, collection);
        }
    }
}
