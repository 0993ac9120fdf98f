//! What goes wrong around the program: other processes, other files, no room.

use std::fs::{self, File};

use crate::support::{BRIDGE, FERRY, Home, WELL, finish};

const REPAIR: &str = "How much will the repair of the Marlow bridge cost?";
const RUDDER: &str = "Why is the Thursday ferry to Lundy cancelled?";

#[test]
fn processes_make_one_data_folder_at_once() {
    let home = Home::new();
    let all = [(); 4].map(|()| home.start(&["ask", REPAIR]));
    for run in all.map(finish) {
        let run = run.ended_with(0);
        assert!(run.plain().contains("3.2 million pounds"));
        assert_eq!(run.stderr, "");
    }
    // Each article once, although all of them met an empty library.
    let list = home.quoth(&["list", "--json"]).ended_with(0).json();
    assert_eq!(list.as_array().unwrap().len(), 2);
}

#[test]
fn questions_are_answered_while_articles_are_added() {
    let home = Home::new();
    home.quoth(&["list"]).ended_with(0);
    for number in 0..40 {
        let text = FERRY.replace("Thursday", &format!("number {number}"));
        home.write(&format!("in/{number}.md"), text);
    }
    let adding = [home.start(&["add", "in"]), home.start(&["add", "in"])];
    let asking = [(); 3].map(|()| home.start(&["ask", REPAIR]));
    for run in asking.map(finish) {
        assert!(run.ended_with(0).plain().contains("3.2 million pounds"));
    }
    for run in adding.map(finish) {
        assert!(matches!(run.code, Some(0 | 1)), "{run:#?}");
    }
    // Each article once, although two processes met it as new.
    let list = home
        .quoth(&["list", "--no-library", "--json"])
        .ended_with(0)
        .json();
    assert_eq!(list.as_array().unwrap().len(), 40);
    let run = home
        .quoth(&["ask", "Why is the number 17 ferry to Lundy cancelled?"])
        .ended_with(0);
    assert!(run.plain().contains("because of a broken rudder"));
}

#[test]
fn questions_are_answered_while_another_process_has_the_lock() {
    let home = Home::new();
    let expected = home.quoth(&["ask", REPAIR]).ended_with(0);
    let lock = File::options()
        .write(true)
        .open(home.path("data/lock"))
        .unwrap();
    lock.lock().unwrap();
    let run = home.quoth(&["ask", REPAIR]).ended_with(0);
    assert_eq!(run.stdout, expected.stdout);
    assert_eq!(run.stderr, "");
    home.quoth(&["list"]).ended_with(0);
    home.quoth(&["show", "L1"]).ended_with(0);
}

#[test]
fn a_data_folder_that_is_a_file_is_named() {
    let home = Home::new();
    let path = home.write("data", "a file");
    home.quoth(&["ask", REPAIR]).refused(&path);
    assert_eq!(fs::read(&path).unwrap(), b"a file");
    home.quoth(&["list", "--data-dir", "/dev/null/quoth"])
        .refused("/dev/null/quoth");
}

#[test]
fn files_of_others_are_left_as_they_are() {
    for content in [
        &b"garbage"[..],
        &[0xa5; 8192],
        b"SQLite format 3\0 and then garbage",
    ] {
        let home = Home::new();
        let path = home.write("data/quoth.db", content);
        home.quoth(&["ask", REPAIR]).refused(&path);
        assert_eq!(fs::read(&path).unwrap(), content);
    }
}

#[test]
fn a_damaged_store_is_named_and_kept() {
    let home = Home::new();
    home.quoth(&["list"]).ended_with(0);
    let path = home.path("data/quoth.db");
    let mut bytes = fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    for byte in bytes.iter_mut().skip(4096) {
        *byte = 0xa5;
    }
    fs::write(&path, &bytes).unwrap();
    home.quoth(&["ask", REPAIR]).refused(path.to_str().unwrap());
    assert_eq!(fs::metadata(&path).unwrap().len(), bytes.len() as u64);
    bytes.truncate(half);
    fs::write(&path, &bytes).unwrap();
    home.quoth(&["ask", REPAIR]).refused(path.to_str().unwrap());
}

#[test]
fn a_damaged_index_is_mended_with_a_note() {
    let home = Home::new();
    let expected = home.quoth(&["ask", REPAIR]).ended_with(0);
    fs::write(home.path("data/index/library/vectors"), "garbage").unwrap();
    let run = home.quoth(&["ask", REPAIR]).ended_with(0);
    assert_eq!(run.stdout, expected.stdout);
    assert_eq!(run.stderr.lines().count(), 1, "{run:#?}");
    assert!(
        run.stderr.contains("rebuilding the index of `library`"),
        "{run:#?}"
    );
    assert_eq!(home.quoth(&["ask", REPAIR]).ended_with(0).stderr, "");
    fs::write(home.path("data/index/library/vectors"), "garbage").unwrap();
    assert_eq!(
        home.quoth(&["ask", "--quiet", REPAIR]).ended_with(0).stderr,
        ""
    );
}

#[test]
fn an_index_that_is_a_file_is_named_or_mended() {
    let home = Home::new();
    home.quoth(&["list"]).ended_with(0);
    fs::remove_dir_all(home.path("data/index")).unwrap();
    let path = home.write("data/index", "a file");
    home.quoth(&["ask", REPAIR]).refused(&path);
}

/// A process may not make a file longer than so many blocks: as on a full disk, writes fail in the
/// middle, here of the store, there of the index.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing() {
    let sentence = "The lighthouse keeper wrote down the height of the tide at noon. ";
    let mut n_refused = 0;
    for blocks in [0, 16, 64, 256, 1024] {
        let home = Home::new();
        home.quoth(&["add", &home.write("ferry.md", FERRY)])
            .ended_with(0);
        home.write("big.md", format!("# Tides\n\n{}", sentence.repeat(3_000)));
        home.write("well.md", WELL);
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; \"$QUOTH\" add big.md well.md");
        let run = home.shell(&script);
        if run.code == Some(0) {
            home.quoth(&["show", "3"]).ended_with(0);
        } else {
            run.refused("quoth: ");
            n_refused += 1;
        }
        // What was there answers, and the same command works once there is room.
        let answer = home.quoth(&["ask", RUDDER]).ended_with(0);
        assert!(
            answer.plain().contains("because of a broken rudder"),
            "{blocks}"
        );
        home.quoth(&["add", "big.md", "well.md"]).ended_with(0);
        let list = home
            .quoth(&["list", "--no-library", "--json"])
            .ended_with(0)
            .json();
        assert_eq!(list.as_array().unwrap().len(), 3, "{blocks}");
    }
    assert!(n_refused > 0, "the limit did not bite");
}

/// The limit that falls into the second batch depends on the unit in which the shell counts.
#[cfg(target_os = "linux")]
#[test]
fn a_load_that_a_full_disk_stops_says_what_is_kept() {
    for blocks in [1_000, 1_500, 2_000, 3_000] {
        let home = Home::new();
        for number in 0..1_200 {
            home.write(
                &format!("in/{number}.md"),
                format!("# Tide {number}\n\nThe keeper wrote down the height of tide {number}.\n"),
            );
        }
        let run = home.shell(&format!(
            "trap '' XFSZ; ulimit -f {blocks}; \"$QUOTH\" add in"
        ));
        let Some((_, told)) = run.stderr.split_once("stopped after ") else {
            continue;
        };
        let n_kept: usize = told.split(' ').next().unwrap().parse().unwrap();
        assert!(
            told.contains("articles, which are kept: the disk"),
            "{told}"
        );
        let list = home.quoth(&["list", "--no-library", "--json"]).json();
        assert!(n_kept >= 500 && list.as_array().unwrap().len() >= n_kept);
        return;
    }
    panic!("no limit fell into the second batch");
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_written_are_an_error() {
    let home = Home::new();
    home.quoth(&["list"]).ended_with(0);
    for command in [
        "list",
        "show L1",
        "ask what did Putin refuse",
        "list --json",
    ] {
        home.shell(&format!("\"$QUOTH\" {command} > /dev/full"))
            .refused("No space left on device");
    }
}

#[test]
fn a_process_that_was_killed_leaves_a_data_folder_that_works() {
    let home = Home::new();
    home.quoth(&["list"]).ended_with(0);
    for number in 0..60 {
        let text = BRIDGE.replace("Marlow", &format!("Marlow {number}"));
        home.write(&format!("in/{number}.md"), text);
    }
    let mut adding = home.start(&["add", "in"]);
    // Wherever it is by then: at the store, at the index, or before both.
    adding.kill().unwrap();
    adding.wait().unwrap();
    assert!(
        home.quoth(&["ask", REPAIR])
            .ended_with(0)
            .plain()
            .contains("3.2 million pounds")
    );
    home.quoth(&["add", "in"]).ended_with(0);
    let list = home
        .quoth(&["list", "--no-library", "--json"])
        .ended_with(0)
        .json();
    assert_eq!(list.as_array().unwrap().len(), 60);
}

/// Once failed for ever: the file that a commit had written before it was cut off stood in the way of
/// the same commit made again.
#[test]
fn a_commit_that_was_cut_off_is_made_again() {
    let home = Home::new();
    for (name, markdown) in [("a.md", BRIDGE), ("b.md", FERRY), ("c.md", WELL)] {
        home.write(&format!("in/{name}"), markdown);
    }
    home.quoth(&["add", "in"]).ended_with(0);
    let metas: Vec<_> = crate::support::files_under(&home.path("data/index/local"))
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name == "meta.json"))
        .map(|path| (fs::read(&path).unwrap(), path))
        .collect();
    assert!(!metas.is_empty());
    home.quoth(&["remove", "2"]).ended_with(0);
    // As if the process had been killed just before the commit was made known.
    for (content, path) in metas {
        fs::write(path, content).unwrap();
    }
    let run = home.quoth(&["ask", "--no-library", RUDDER]);
    assert!(!run.plain().contains("broken rudder"), "{run:#?}");
    assert_ne!(run.code, Some(2), "{run:#?}");
    home.quoth(&["add", &home.write("d.md", FERRY)])
        .ended_with(0);
}
