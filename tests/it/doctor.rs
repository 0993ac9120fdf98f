//! `quoth doctor`: each kind of damage is found, named and mended by the command it names.

use std::fs;

use serde_json::Value;

use crate::support::{Home, Run, copy_folder, run};

/// The lines of a report that tell of a problem, each with what mends it.
fn problems(run: &Run) -> Vec<String> {
    let lines: Vec<&str> = run.stdout.lines().collect();
    let pairs = lines
        .windows(2)
        .filter(|pair| pair[0].starts_with("problem "));
    pairs
        .map(|pair| {
            assert!(pair[1].starts_with("         mend it: "), "{run:#?}");
            format!("{}\n{}", pair[0], pair[1])
        })
        .collect()
}

/// Fails the test unless the report tells of exactly one problem, with these words.
#[track_caller]
fn only_problem(run: Run, words: &[&str]) {
    let run = run.ended_with(1);
    let problems = problems(&run);
    assert_eq!(problems.len(), 1, "{run:#?}");
    for word in words {
        assert!(problems[0].contains(word), "`{word}` is missing: {run:#?}");
    }
}

#[test]
fn a_fresh_installation_is_in_order() {
    let home = Home::new();
    let run = home.quoth(&["doctor"]).ended_with(0);
    assert!(run.stdout.contains("does not exist yet"), "{run:#?}");
    assert!(run.stdout.contains("answer a sample question"), "{run:#?}");
    assert!(!home.path("data").exists(), "looking changes nothing");
}

#[test]
fn a_used_installation_is_in_order_and_says_so_line_by_line() {
    let home = Home::new();
    home.write(
        "own.md",
        "# Own\n\nThe mill at Cookham grinds on Fridays.\n",
    );
    home.quoth(&["add", "own.md"]).ended_with(0);
    let run = home.quoth(&["doctor"]).ended_with(0);
    assert!(
        run.stdout.lines().all(|line| line.starts_with("ok       ")),
        "{run:#?}"
    );
    for expected in [
        "settings: all can be used",
        "bot: `DISCORD_TOKEN` is not set",
        "MiB are free",
        "models: the built-in ones",
        "store: sound; schema version",
        "index of local: up to date, 1 passage",
        "index of library: up to date",
        "library` holds 2 files",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {run:#?}");
    }
    let report = home.quoth(&["doctor", "--json"]).ended_with(0).json();
    assert_eq!(report["ok"], true);
    let checks = report["checks"].as_array().unwrap();
    assert_eq!(checks.len(), run.stdout.lines().count());
    assert!(checks.iter().all(|check| check["fix"] == Value::Null));
}

#[test]
fn settings_that_are_wrong_are_named() {
    let home = Home::new();
    let doctor = |name: &str, value: &str| {
        let mut command = home.command(&["doctor"]);
        command.env(name, value);
        run(command)
    };
    only_problem(
        doctor("QUOTH_THREAD", "1"),
        &["`QUOTH_THREAD` is no setting", "call it `QUOTH_THREADS`"],
    );
    let unknown = doctor("QUOTH_WEATHER_REPORT", "1");
    assert!(!unknown.stdout.contains("all can be used"), "{unknown:#?}");
    only_problem(unknown, &["take it out"]);
    only_problem(doctor("QUOTH_LOG", "verbose"), &["`QUOTH_LOG`", "`debug`"]);
    only_problem(
        doctor("QUOTH_THREADS", "many"),
        &["`QUOTH_THREADS` is `many`"],
    );
    only_problem(
        doctor("QUOTH_FETCH_PORTS", "x"),
        &["`QUOTH_FETCH_PORTS` is `x`"],
    );
    only_problem(
        doctor("DISCORD_TOKEN", "secret"),
        &["`DISCORD_TOKEN`", "three parts"],
    );

    home.write(".env", "QUOTH_THREADS=1\nthis line is none\n");
    only_problem(
        home.quoth(&["doctor"]),
        &["the file `.env`", "NAME=value`: line 2", "NAME=value"],
    );
    home.quoth(&["list"]).refused("the file `.env`");
}

#[cfg(unix)]
#[test]
fn a_token_that_others_can_read_is_a_problem_that_chmod_mends() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let token = "MTAwMDAwMDAwMDAwMDAwMDAw.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789";
    let path = home.write(".env", format!("DISCORD_TOKEN={token}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let run = home.quoth(&["doctor"]);
    assert!(!run.stdout.contains(token), "{run:#?}");
    only_problem(run, &["other users", "chmod 600 .env"]);
    home.shell("chmod 600 .env").ended_with(0);
    let run = home.quoth(&["doctor"]).ended_with(0);
    assert!(
        run.stdout.contains("bot: its token has the form of one"),
        "{run:#?}"
    );
}

#[test]
fn an_index_that_is_missing_damaged_or_behind_is_mended_by_the_command_named() {
    let home = Home::new();
    home.write("a.md", "# A\n\nThe mill at Cookham grinds on Fridays.\n");
    home.quoth(&["add", "a.md"]).ended_with(0);
    let index = home.path("data/index/local");
    let earlier = home.path("earlier");
    copy_folder(&index, &earlier);
    home.write(
        "b.md",
        "# B\n\nThe ferry at Marlow leaves every twenty minutes.\n",
    );
    home.quoth(&["add", "b.md"]).ended_with(0);
    let fix = "quoth reindex --collection local";

    fs::remove_dir_all(&index).unwrap();
    only_problem(home.quoth(&["doctor"]), &["index of local: missing", fix]);
    copy_folder(&earlier, &index);
    only_problem(home.quoth(&["doctor"]), &["1 change behind", fix]);
    // Looking mends nothing by itself.
    only_problem(home.quoth(&["doctor"]), &["1 change behind", fix]);
    let arguments: Vec<&str> = fix.split(' ').skip(1).collect();
    home.quoth(&arguments).ended_with(0);
    home.quoth(&["doctor"]).ended_with(0);
    fs::write(index.join("vectors"), "nonsense").unwrap();
    only_problem(home.quoth(&["doctor"]), &["index of local: damaged", fix]);
    home.quoth(&arguments).ended_with(0);
    home.quoth(&["doctor"]).ended_with(0);
}

#[test]
fn a_store_that_is_damaged_or_of_another_program_is_named() {
    let home = Home::new();
    let long = "The mill at Cookham grinds on Fridays. ".repeat(2_000);
    home.write("a.md", format!("# A\n\n{long}\n"));
    home.quoth(&["add", "a.md"]).ended_with(0);
    let path = home.path("data/quoth.db");
    // What is still in the journal of the last process belongs to the file.
    let _ = fs::remove_file(home.path("data/quoth.db-wal"));
    let sound = fs::read(&path).unwrap();
    let mut damaged = sound.clone();
    for page in damaged.chunks_mut(4_096).skip(2) {
        page[..64].fill(0xa5);
    }
    fs::write(&path, damaged).unwrap();
    only_problem(home.quoth(&["doctor"]), &["store: ", "quoth import"]);
    fs::write(&path, "# Not a database\n".repeat(500)).unwrap();
    only_problem(
        home.quoth(&["doctor"]),
        &["is not a store of Quoth", "quoth import"],
    );
}

/// Once an empty file was called sound, and the next command lost what an archive could have brought back.
#[test]
fn a_store_that_is_empty_while_there_are_indexes_is_named() {
    let home = Home::new();
    let empty = |home: &Home| {
        for name in ["data/quoth.db-wal", "data/quoth.db-shm"] {
            let _ = fs::remove_file(home.path(name));
        }
        fs::write(home.path("data/quoth.db"), "").unwrap();
    };
    // The library is read again from its folder, and its index may be in the making.
    home.quoth(&["ask", "who repaired the bridge?"]);
    empty(&home);
    fs::create_dir(home.path("data/index/library.new")).unwrap();
    home.quoth(&["doctor"]).ended_with(0);
    home.write("a.md", "# A\n\nThe mill at Cookham grinds on Fridays.\n");
    home.quoth(&["add", "a.md"]).ended_with(0);
    empty(&home);
    let expected = ["store: empty", "quoth import"];
    only_problem(home.quoth(&["doctor"]), &expected);
    fs::remove_file(home.path("data/quoth.db")).unwrap();
    only_problem(home.quoth(&["doctor"]), &expected);
}

/// Once only their names were looked at.
#[cfg(unix)]
#[test]
fn a_file_of_the_library_that_cannot_be_read_is_named() {
    let home = Home::new();
    home.shell("chmod 0 library/seeds.md").ended_with(0);
    // Root reads it all the same.
    if fs::read(home.path("library/seeds.md")).is_err() {
        only_problem(
            home.quoth(&["doctor"]),
            &["library: ", "seeds.md` cannot be read", "let this user"],
        );
    }
}

#[test]
fn a_data_directory_that_is_none_is_named() {
    let home = Home::new();
    home.write("data", "a file");
    only_problem(
        home.quoth(&["doctor"]),
        &["is not a folder", "QUOTH_DATA_DIR"],
    );
}

/// Once the advice for each of them was to read an archive back, which loses what is newer.
#[test]
fn a_store_that_is_sound_but_not_for_this_program_is_left_where_it_is() {
    let home = Home::new();
    home.quoth(&["list"]).ended_with(0);
    let path = home.path("data/quoth.db");
    let run = home.quoth(&["doctor"]).ended_with(0);
    assert!(run.stdout.contains("store: sound"));
    let raise = |version: u32| {
        // Where SQLite keeps `user_version` in the header of a file.
        let mut bytes = fs::read(&path).unwrap();
        bytes[60..64].copy_from_slice(&version.to_be_bytes());
        let _ = fs::remove_file(home.path("data/quoth.db-wal"));
        fs::write(&path, bytes).unwrap();
    };
    raise(99);
    let run = home.quoth(&["doctor"]);
    assert!(!run.stdout.contains("import"), "{run:#?}");
    only_problem(
        run,
        &["schema version 99", "install a Quoth at least as new"],
    );

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let run = home.quoth(&["doctor"]);
    assert!(!run.stdout.contains("import"), "{run:#?}");
    only_problem(run, &["cannot be opened", "is a folder: move it away"]);
}

#[test]
fn a_library_folder_without_articles_is_named() {
    let home = Home::new();
    let doctor = |folder: &str| {
        let mut command = home.command(&["doctor"]);
        command.env("QUOTH_LIBRARY", home.path(folder));
        run(command)
    };
    doctor("library").ended_with(0);
    only_problem(doctor("absent"), &["library: ", "absent", "QUOTH_LIBRARY"]);
    fs::create_dir(home.path("empty")).unwrap();
    only_problem(
        doctor("empty"),
        &["empty` holds no article", "QUOTH_LIBRARY"],
    );
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named() {
    let home = Home::new();
    home.write("file", "");
    let doctor = |dir: &str| home.quoth(&["doctor", "--data-dir", dir]);
    doctor("not/there/yet").ended_with(0);
    assert!(!home.path("not").exists());
    only_problem(
        doctor("file/data"),
        &["data directory: ", "cannot be created", "QUOTH_DATA_DIR"],
    );
    #[cfg(target_os = "linux")]
    only_problem(
        doctor("/proc/quoth/data"),
        &["data directory: ", "cannot be created", "QUOTH_DATA_DIR"],
    );
}

#[test]
fn models_that_were_altered_are_named() {
    let home = Home::new();
    let models = home.path("models");
    copy_folder(&crate::support::root().join("models"), &models);
    let doctor = || {
        let mut command = home.command(&["doctor"]);
        command.env("QUOTH_MODEL_DIR", &models);
        run(command)
    };
    doctor().ended_with(0);
    let tokenizer = fs::read_to_string(models.join("tokenizer.json")).unwrap();
    fs::write(models.join("tokenizer.json"), tokenizer + " ").unwrap();
    only_problem(doctor(), &["models: ", "tokenizer.json", "QUOTH_MODEL_DIR"]);
}

/// A store in which `guild-7` follows a feed.
fn with_feed(home: &Home) -> (quoth::store::Store, quoth::store::FollowedFeed) {
    home.quoth(&["list"]).ended_with(0);
    let mut store = quoth::store::Store::open(&home.path("data/quoth.db")).unwrap();
    let followed = store.follow_feed(
        quoth::document::Collection::Guild(7),
        "https://gone.example/feed",
        "",
        1,
        &quoth::store::Actor::CommandLine,
        0,
    );
    let quoth::store::Followed::New(feed) = followed.unwrap() else {
        panic!("not followed");
    };
    (store, feed)
}

#[test]
fn a_feed_that_fails_is_named_with_what_to_do() {
    let home = Home::new();
    let (mut store, mut feed) = with_feed(&home);
    feed.fault = Some("it is gone for good (status 410)".to_owned());
    feed.n_failed = 1;
    feed.next_unix_ms = None;
    store.record_look(&feed).unwrap();
    only_problem(
        home.quoth(&["doctor"]),
        &[
            "feed 1 of guild-7: `https://gone.example/feed`: it is gone",
            "`quoth feed remove 1 --collection guild-7` gives it up",
        ],
    );
    home.quoth(&["feed", "remove", "1", "--collection", "guild-7"])
        .ended_with(0);
    home.quoth(&["doctor"]).ended_with(0);
}

#[test]
fn a_feed_at_its_limit_or_never_looked_at_is_told_as_that() {
    let home = Home::new();
    let (mut store, mut feed) = with_feed(&home);
    let run = home.quoth(&["doctor"]).ended_with(0);
    assert!(
        run.stdout.contains("feeds: 1 not looked at yet"),
        "{run:#?}"
    );
    feed.looked_unix_ms = Some(1);
    store.record_look(&feed).unwrap();
    let run = home.quoth(&["doctor"]).ended_with(0);
    assert!(run.stdout.contains("feeds: 1 answers\n"), "{run:#?}");
    feed.n_loaded = 1;
    feed.fault = Some("it has loaded 1 article, its limit".to_owned());
    store.record_look(&feed).unwrap();
    let run = home.quoth(&["doctor"]);
    assert!(!run.stdout.contains("feed run"), "{run:#?}");
    only_problem(
        run,
        &["`quoth feed add 'https://gone.example/feed' --limit N --collection guild-7`"],
    );
}
