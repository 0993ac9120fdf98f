//! `quoth add` over folders and archives that change: what is withdrawn, refused and told.

use std::fs;
use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::{BRIDGE, FERRY, Home, SEEDS, WELL};

/// An archive with these files.
fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // As they are, so that a byte changed in one damages that one alone.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, text) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

// Withdrawing what disappeared.

#[test]
fn a_file_that_was_renamed_and_edited_is_not_withdrawn() {
    let edited = BRIDGE.replace("eleven weeks", "twelve weeks");
    for in_two_runs in [false, true] {
        let home = Home::new();
        home.write("in/a.md", BRIDGE);
        home.write("in/well.md", WELL);
        home.quoth(&["add", "in", "--prune"]).ended_with(0);
        fs::remove_file(home.path("in/a.md")).unwrap();
        if in_two_runs {
            home.write("in/b.md", BRIDGE);
            home.quoth(&["add", "in", "--prune"]).ended_with(1);
        }
        home.write("in/b.md", &edited);
        let dry = home
            .quoth(&["add", "in", "--prune", "--dry-run"])
            .ended_with(0);
        assert!(dry.stdout.contains("→ new version of #1"), "{dry:?}");
        assert!(!dry.stdout.contains("would remove"), "{dry:?}");
        let run = home.quoth(&["add", "in", "--prune"]).ended_with(0);
        assert_eq!(run.stdout, "0 added, 1 replaced, 1 unchanged\n");
        let article = home.quoth(&["show", "1", "--json"]).ended_with(0).json();
        assert!(article["text"].as_str().unwrap().contains("twelve weeks"));
    }
}

#[test]
fn a_file_that_took_over_an_address_keeps_its_article() {
    let at = |text: &str| text.replacen("---\n", "---\nurl: https://e.org/ferry\n", 1);
    let home = Home::new();
    home.write("in/a.md", at(FERRY));
    home.write("in/well.md", WELL);
    home.quoth(&["add", "in", "--prune"]).ended_with(0);
    fs::remove_file(home.path("in/a.md")).unwrap();
    let other = "---\ntitle: Lundy ferry cancelled\n---\n\nIt sails again from Monday on.\n";
    home.write("in/b.md", at(other));
    let run = home.quoth(&["add", "in", "--prune"]).ended_with(0);
    assert_eq!(run.stdout, "0 added, 1 replaced, 1 unchanged\n");
    let article = home.quoth(&["show", "1", "--json"]).ended_with(0).json();
    assert!(article["text"].as_str().unwrap().contains("sails again"));
}

#[test]
fn what_left_an_archive_is_withdrawn_if_the_archive_was_read_whole() {
    let home = Home::new();
    let whole = [("one.md", FERRY), ("two.md", WELL), ("three.md", SEEDS)];
    home.write("in/z.zip", zipped(&whole));
    home.quoth(&["add", "in"]).ended_with(0);

    // Where one file is damaged, another may be missing for that reason.
    let mut damaged = zipped(&[("one.md", FERRY), ("two.md", "Not what it was.")]);
    let at = damaged.windows(8).position(|w| w == b"Not what").unwrap();
    damaged[at] = b'B';
    home.write("in/z.zip", damaged);
    let run = home.quoth(&["add", "in", "--prune"]).ended_with(1);
    assert_eq!(run.stdout, "0 added, 1 unchanged, 1 skipped\n");
    home.write("in/z.zip", "no archive");
    let run = home.quoth(&["add", "in", "--prune"]).ended_with(1);
    assert_eq!(run.stdout, "0 added, 1 skipped\n");

    home.write("in/z.zip", zipped(&[("one.md", FERRY), ("3.md", SEEDS)]));
    let run = home
        .quoth(&["add", "in", "--prune", "--dry-run"])
        .ended_with(1);
    assert!(
        run.stdout.ends_with("would remove 2: its file is gone\n"),
        "{run:?}"
    );
    let run = home.quoth(&["add", "in", "--prune"]).ended_with(1);
    assert_eq!(run.stdout, "0 added, 1 removed, 1 unchanged, 1 skipped\n");
    home.quoth(&["show", "3"]).ended_with(0);
    home.quoth(&["show", "2"]).ended_with(2);
}
