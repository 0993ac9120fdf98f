//! The store at its own boundary.

use super::*;
use crate::document::{Block, BlockKind, Date, Span};

mod archive;
mod file;
mod history;
mod model;
mod plans;

const LIBRARY: Collection = Collection::Library;
const GUILD: Collection = Collection::Guild(u64::MAX);
const NOON: i64 = 1_742_299_200_000;
const USER: Actor = Actor::Discord(7);

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
