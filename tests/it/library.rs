//! The library follows its folder, and loses nothing by a folder that is not in order for a moment.

use std::fs;
use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{BRIDGE, FERRY, Home};

/// The ids of the library's articles.
fn ids(home: &Home) -> Vec<String> {
    let run = home.quoth(&["list", "--json"]);
    let list = run.json();
    list.as_array()
        .unwrap()
        .iter()
        .map(|article| article["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Once the article was withdrawn, and came back under another number.
#[test]
fn a_file_that_is_broken_for_a_moment_keeps_its_article() {
    let home = Home::new();
    assert_eq!(ids(&home), ["L1", "L2"]);
    home.write("library/bridge.md", [0u8; 64]);
    let run = home.quoth(&["show", "L1"]).ended_with(0);
    assert!(run.stderr.contains("bridge.md"), "{run:#?}");
    home.write("library/bridge.md", BRIDGE.replace("3.2", "4.7"));
    assert_eq!(ids(&home), ["L1", "L2"]);
    let run = home.quoth(&["show", "L1"]).ended_with(0);
    assert!(run.stdout.contains("4.7 million"), "{run:#?}");
}

#[test]
fn an_archive_that_is_broken_for_a_moment_keeps_its_articles() {
    let home = Home::new();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("ferry.md", SimpleFileOptions::default())
        .unwrap();
    zip.write_all(FERRY.as_bytes()).unwrap();
    let whole = zip.finish().unwrap().into_inner();
    home.write("library/more.zip", &whole);
    assert_eq!(ids(&home), ["L1", "L2", "L3"]);
    home.write("library/more.zip", &whole[..40]);
    assert_eq!(ids(&home), ["L1", "L2", "L3"]);
    home.write("library/more.zip", whole);
    assert_eq!(ids(&home), ["L1", "L2", "L3"]);
}

#[test]
fn an_emptied_folder_is_told_and_its_articles_can_be_taken_out() {
    let home = Home::new();
    home.quoth(&["add", &home.write("ferry.md", FERRY)])
        .ended_with(0);
    home.quoth(&["remove", "L1"])
        .refused("belongs to the library");
    for name in ["bridge.md", "seeds.md"] {
        fs::remove_file(home.path("library").join(name)).unwrap();
    }
    let run = home.quoth(&["show", "L1"]).ended_with(0);
    assert!(
        run.stderr.contains("holds no article")
            && run
                .stderr
                .contains("; the 2 articles loaded before are kept"),
        "{run:#?}"
    );
    home.quoth(&["remove", "L1", "1"])
        .refused("`1` is not of the library");
    let run = home.quoth(&["remove", "L1"]).ended_with(0);
    assert!(run.stdout.starts_with("removed L1: "), "{run:#?}");
    let run = home.quoth(&["remove", "L2"]).ended_with(0);
    assert!(run.stderr.contains("the 1 article loaded before is kept"));
    let run = home.quoth(&["list"]).ended_with(0);
    assert!(!run.stderr.contains("kept"), "{run:#?}");
    assert_eq!(ids(&home), ["1"]);
}
