//! While an index is built anew, whoever asks is answered from the old one, never from a part.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use quoth::document::Collection;
use quoth::engine::{AskOptions, Engine, Progress};
use quoth::retrieve::{MAX_HITS, Query, System};
use quoth::store::Actor;

use crate::support::{
    ARTICLES, BRIDGE, FERRY, Home, NOW, Opened, WELL, add, copy_folder, files_under, models, remove,
};

const LOCAL: Collection = Collection::Local;
const REPAIR: &str = "How much will the repair of the Marlow bridge cost?";
const ME: Actor = Actor::CommandLine;

/// The numbers of the articles found, best first.
fn found(engine: &Engine) -> Vec<u32> {
    let mut options = AskOptions::new(vec![LOCAL], MAX_HITS);
    options.ranking.system = System::Hybrid;
    let hits = engine.search(&Query::parse(REPAIR).unwrap(), &options);
    hits.unwrap()
        .hits
        .iter()
        .map(|hit| hit.article.document.reference.number)
        .collect()
}

fn data_folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    add(&Opened::at(dir.path()).engine, LOCAL, &ARTICLES);
    dir
}

/// What lies in the folder of the indexes.
fn indexes(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir.join("index"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn is_rebuilding(step: &Progress) -> bool {
    matches!(step, Progress::Rebuilding { .. })
}

/// An engine that carries something out whenever it reports.
fn engine_that(dir: &Path, on_progress: impl Fn() + Send + Sync + 'static) -> Engine {
    Engine::open(dir, models(), Arc::new(move |_| on_progress())).unwrap()
}

#[test]
fn another_process_that_asks_during_a_rebuild_is_answered_from_the_old_index() {
    let dir = data_folder();
    let expected = found(&Opened::at(dir.path()).engine);
    let path = dir.path().to_owned();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&seen);
    let engine = engine_that(dir.path(), move || {
        // Opened anew each time: it holds no view of its own yet.
        heard.lock().unwrap().push(found(&Opened::at(&path).engine));
    });
    engine.reindex(LOCAL, &ME, NOW).unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.len() >= 2, "at its beginning and at its end");
    for seen in seen.iter() {
        assert_eq!(*seen, expected);
    }
    assert_eq!(found(&engine), expected);
    assert_eq!(indexes(dir.path()), ["local"]);
}

/// Once the articles added after it were lost from the index, which was then built once more.
#[test]
fn an_engine_goes_on_writing_after_another_process_built_its_index_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, theirs) = (Opened::at(dir.path()), Opened::at(dir.path()));
    add(&ours.engine, LOCAL, &[BRIDGE]);
    theirs.engine.reindex(LOCAL, &ME, NOW).unwrap();
    add(&ours.engine, LOCAL, &[FERRY]);
    let name = add(&ours.engine, LOCAL, &[WELL])[0];
    assert_eq!(ours.progress(), []);
    let third = Opened::at(dir.path());
    assert_eq!(third.engine.n_passages(LOCAL).unwrap(), 3);
    assert_eq!(third.progress(), []);
    theirs.engine.reindex(LOCAL, &ME, NOW).unwrap();
    remove(&ours.engine, name);
    assert_eq!(theirs.engine.n_passages(LOCAL).unwrap(), 2);
}

#[test]
fn what_a_killed_rebuild_left_is_thrown_away_beside_a_sound_index() {
    let dir = data_folder();
    let expected = found(&Opened::at(dir.path()).engine);
    let index = dir.path().join("index");
    for left in ["local.new", "local.old"] {
        copy_folder(&index.join("local"), &index.join(left));
    }
    let opened = Opened::at(dir.path());
    assert_eq!(found(&opened.engine), expected);
    add(&opened.engine, LOCAL, &[FERRY]);
    assert_eq!(opened.progress(), []);
    assert_eq!(indexes(dir.path()), ["local"]);
}

#[test]
fn a_rebuild_that_was_killed_before_its_last_step_is_gone_on_with() {
    let dir = data_folder();
    let expected = found(&Opened::at(dir.path()).engine);
    let index = dir.path().join("index");
    // Between the two renames.
    fs::rename(index.join("local"), index.join("local.new")).unwrap();
    fs::create_dir(index.join("local.old")).unwrap();
    let opened = Opened::at(dir.path());
    assert_eq!(found(&opened.engine), expected);
    let indexed = opened.progress();
    assert_eq!(indexed.len(), 1, "nothing is indexed twice: {indexed:?}");
    assert!(is_rebuilding(&indexed[0]));
    assert_eq!(indexes(dir.path()), ["local"]);
}

#[test]
fn what_a_killed_rebuild_left_of_an_earlier_state_is_not_used() {
    let dir = data_folder();
    let index = dir.path().join("index");
    copy_folder(&index.join("local"), &dir.path().join("earlier"));
    let opened = Opened::at(dir.path());
    add(&opened.engine, LOCAL, &[FERRY]);
    let expected = found(&opened.engine);
    drop(opened);
    fs::rename(dir.path().join("earlier"), index.join("local.new")).unwrap();
    for file in files_under(&index.join("local")) {
        fs::write(file, "garbage").unwrap();
    }
    let opened = Opened::at(dir.path());
    assert_eq!(found(&opened.engine), expected);
    assert!(opened.progress().iter().any(is_rebuilding));
    assert_eq!(indexes(dir.path()), ["local"]);
}

/// As on a full disk: the index cannot be written, while the one there goes on answering.
#[cfg(target_os = "linux")]
#[test]
fn a_rebuild_without_room_keeps_the_index_there_and_says_so() {
    let home = Home::new();
    // Enough that the index needs a longer file than looking at the store does.
    let sentence = "The lighthouse keeper wrote down the height of the tide at noon. ";
    home.write("big.md", format!("# Tides\n\n{}", sentence.repeat(3_000)));
    home.write("bridge.md", BRIDGE);
    home.quoth(&["add", "big.md", "bridge.md"]).ended_with(0);
    let answer = home.quoth(&["ask", "--no-library", REPAIR]).ended_with(0);
    let run = home.shell("trap '' XFSZ; ulimit -f 128; \"$QUOTH\" reindex --collection local");
    run.refused("the index of `local` was not built anew, and the one before stays");
    assert_eq!(indexes(&home.path("data")), ["library", "local"]);
    let again = home.quoth(&["ask", "--no-library", REPAIR]).ended_with(0);
    assert_eq!(again.stdout, answer.stdout);
    assert_eq!(again.stderr, "");
}
