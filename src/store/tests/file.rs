//! Opening, locking, full disks and damage: what a store makes of the file it is given.

use std::collections::BTreeMap;
use std::fs;

use super::*;

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

#[test]
fn what_is_deleted_for_good_is_gone_from_the_file_and_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quoth.db");
    let mut store = Store::open(&path).unwrap();
    let secret = "The Zyxomma is seen at dusk. ".repeat(400);
    apply(
        &mut store,
        GUILD,
        vec![put(draft("kept", "kept")), put(draft("a", &secret))],
    );
    apply(&mut store, GUILD, vec![Change::Remove(number(GUILD, 2))]);
    let holds = |word: &str| {
        ["", "-wal"].iter().any(|suffix| {
            let bytes = fs::read(format!("{}{suffix}", path.display())).unwrap_or_default();
            bytes
                .windows(word.len())
                .any(|window| window == word.as_bytes())
        })
    };
    assert!(holds("Zyxomma"));
    assert_eq!(store.prune(i64::MAX).unwrap(), BTreeMap::from([(GUILD, 1)]));
    assert!(!holds("Zyxomma") && holds("kept"));
}

#[cfg(unix)]
#[test]
fn a_new_file_is_its_owners_alone_and_one_that_is_there_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (new, old) = (folder.path().join("new.db"), folder.path().join("old.db"));
    fs::write(&old, "").unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).unwrap();
    let _stores = [&new, &old].map(|path| Store::open(path).unwrap());
    assert_eq!((mode(&new), mode(&old)), (0o600, 0o640));
    assert_eq!(mode(&folder.path().join("new.db-wal")), 0o600);
}
