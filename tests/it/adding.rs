//! `quoth add` over folders and archives that change: what is withdrawn, refused and told.

use std::fs;
use std::io::{Cursor, Write};
use std::process::Command;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use quoth::document::Collection;
use quoth::store::Store;
use serde_json::Value;

use crate::support::{BRIDGE, FERRY, Home, SEEDS, WELL, WIRE, finish, root};

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
            home.quoth(&["add", "in", "--prune"]).ended_with(0);
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
        .ended_with(0);
    assert!(
        run.stdout.ends_with("would remove 2: its file is gone\n"),
        "{run:?}"
    );
    let run = home.quoth(&["add", "in", "--prune"]).ended_with(0);
    assert_eq!(run.stdout, "0 added, 1 removed, 2 unchanged\n");
    home.quoth(&["show", "3"]).ended_with(0);
    home.quoth(&["show", "2"]).ended_with(2);
}

// What is refused, and why.

#[test]
fn what_holds_nothing_to_read_is_named_with_the_reason() {
    let home = Home::new();
    home.write("in/a.odt", "text");
    home.write("in/README.md", "About.");
    home.write("empty.zip", zipped(&[("a.png", "x"), ("b/", "")]));
    let report = fs::read(root().join("tests/fixtures/formats/report.docx")).unwrap();
    home.write("report.zip", report);
    home.write("cut.zip", "PK");
    for (path, reason) in [
        (
            "in",
            "`in` holds no article; what is read are files that end in .md, ",
        ),
        (
            "empty.zip",
            "empty.zip` holds no article; what is read are files",
        ),
        (
            "report.zip",
            "report.zip` is a DOCX document, which is not read; name it .docx",
        ),
        (
            "cut.zip",
            "is a damaged archive: it is not a ZIP file or is cut off",
        ),
    ] {
        let run = home.quoth(&["add", path]).ended_with(1);
        assert_eq!(run.stdout, "0 added, 1 skipped\n", "{path}");
        assert!(run.stderr.contains(reason), "{reason}: {run:?}");
        let run = home.quoth(&["add", path, "--dry-run"]).ended_with(1);
        assert!(run.stdout.contains(reason), "{reason}: {run:?}");
    }
    let run = home.quoth(&["add", "absent.md", "--dry-run", "--json"]);
    let shown = run.ended_with(1).json();
    assert_eq!(shown["previews"][0]["verdict"], "skipped", "{shown}");
}

#[test]
fn a_file_is_known_by_its_bytes_whatever_its_name() {
    let home = Home::new();
    let fixture = |name: &str| fs::read(root().join("tests/fixtures/formats").join(name)).unwrap();
    home.write("paper", fixture("report.pdf"));
    home.quoth(&["add", "paper"]).ended_with(0);
    home.write("ferry.zip", zipped(&[("ferry.md", FERRY)]));
    home.write("a.odt", "{\\rtf1 x}");
    home.write("b.docx", zipped(&[("ferry.md", FERRY)]));
    home.write("noext", "text");
    for (file, reason) in [
        (
            "a.odt",
            "is a rich text file, which is not read; save it as .docx",
        ),
        (
            "b.docx",
            "b.docx` is an archive of files and not an article",
        ),
        (
            "noext",
            "noext` has no extension; what is read ends in .md, ",
        ),
    ] {
        let run = home.quoth(&["add", file]).ended_with(1);
        assert!(run.stderr.contains(reason), "{reason}: {run:?}");
    }
    home.quoth(&["replace", "1", "ferry.zip"])
        .refused("ferry.zip` is an archive of files and not an article");
}

#[test]
fn what_is_for_one_article_is_refused_for_an_archive() {
    let home = Home::new();
    home.write("in/z.zip", zipped(&[("ferry.md", FERRY)]));
    for option in [["--title", "T"], ["--url", "https://e.org/"]] {
        let because = format!("`{}` is for one article, and `", option[0]);
        let run = home.quoth(&[&["add", "in"][..], &option].concat());
        let run = run.refused(&because);
        assert!(run.stderr.contains("z.zip` is an archive"), "{run:?}");
    }
    home.quoth(&["add", "in", "--outlet", "Post"]).ended_with(0);
}

#[test]
fn a_day_that_no_article_is_of_is_refused() {
    let home = Home::new();
    let ferry = home.write("ferry.md", FERRY);
    for (day, code) in [
        ("0999-12-31", 2),
        ("1000-01-01", 0),
        ("2199-12-31", 0),
        ("2200-01-01", 2),
    ] {
        let run = home.quoth(&["add", &ferry, "--date", day]).ended_with(code);
        let is_named = run.stderr.contains("not between the years 1000 and 2199");
        assert_eq!(is_named, code == 2, "{run:?}");
    }
}

// What is told.

#[test]
fn an_address_that_is_none_is_refused() {
    let home = Home::new();
    let ferry = home.write("ferry.md", FERRY);
    for url in ["javascript:alert(1)", "not a url", "ftp://e.org/a"] {
        let run = home.quoth(&["add", &ferry, "--url", url]).ended_with(2);
        assert!(run.stderr.contains("--url"), "{run:?}");
    }
    home.quoth(&["add", &ferry, "--url", ""]).ended_with(0);
}

#[test]
fn of_two_articles_of_one_file_the_lower_number_is_meant_every_time() {
    let home = Home::new();
    let (ferry, well) = (home.write("ferry.md", FERRY), home.write("well.md", WELL));
    home.quoth(&["add", &ferry, &well]).ended_with(0);
    home.quoth(&["replace", "2", &ferry]).ended_with(0);
    for outlet in ["Lundy Post", "Moor Gazette", "Coast FM"] {
        let given = ["add", &ferry, "--outlet", outlet];
        home.quoth(&given).ended_with(0);
        let article = home.quoth(&["show", "1", "--json"]).ended_with(0).json();
        assert_eq!(article["outlet"], outlet);
    }
}

#[test]
fn what_was_said_of_an_article_before_is_no_change() {
    let home = Home::new();
    let ferry = home.write("ferry.md", FERRY);
    let given = ["add", &ferry, "--title", "No ferry"];
    assert_eq!(home.quoth(&given).ended_with(0).stdout, "1 added [1]\n");
    let run = home.quoth(&given).ended_with(0);
    assert_eq!(run.stdout, "0 added, 1 unchanged\n");
    // A file that says the same in other bytes.
    let well = home.write("well.md", WELL);
    home.quoth(&["add", &well]).ended_with(0);
    home.write("well.md", format!("{WELL}\n\n"));
    let run = home.quoth(&["add", &well]).ended_with(0);
    assert_eq!(run.stdout, "0 added, 1 unchanged\n");
}

#[test]
fn what_was_given_beside_a_file_outlives_a_change_of_it() {
    let home = Home::new();
    let text = "The ferry to Lundy sails at nine on every day but Thursday.";
    let file = home.write("in/a.txt", text);
    let given = [
        "--outlet",
        "Lundy Post",
        "--date",
        "2024-01-02",
        "--tags",
        "sea",
        "--url",
        "https://e.org/ferry",
    ];
    home.quoth(&[&["add", &file][..], &given].concat())
        .ended_with(0);
    home.write("in/a.txt", text.replace("nine", "ten"));
    let run = home.quoth(&["add", "in"]).ended_with(0);
    assert_eq!(run.stdout, "0 added, 1 replaced\n");
    let kept = "which is kept: outlet, date, url, tags\n";
    assert!(run.stderr.ends_with(kept), "{run:?}");
    let article = home.quoth(&["show", "1", "--json"]).ended_with(0).json();
    assert!(article["text"].as_str().unwrap().contains("at ten"));
    assert_eq!(article["outlet"], "Lundy Post");
    assert_eq!(article["published"], "2024-01-02");
    assert_eq!(article["url"], "https://e.org/ferry");
    assert_eq!(article["tags"][0], "sea");
    // What is given as empty is not kept.
    home.write("in/a.txt", text.replace("nine", "eleven"));
    let run = home.quoth(&["add", "in", "--outlet", ""]).ended_with(0);
    assert!(run.stderr.ends_with(": date, url, tags\n"), "{run:?}");
    let article = home.quoth(&["show", "1", "--json"]).ended_with(0).json();
    assert_eq!(article["outlet"], Value::Null);
    let empty = ["--outlet", "", "--date", "", "--tags", "", "--url", ""];
    let run = home.quoth(&[&["add", &file][..], &empty].concat());
    assert_eq!(run.ended_with(0).stdout, "0 added, 1 replaced\n");
    let article = home.quoth(&["show", "1", "--json"]).ended_with(0).json();
    for field in ["outlet", "published", "url"] {
        assert_eq!(article[field], Value::Null, "{field}");
    }
    assert_eq!(article["tags"], Value::Array(Vec::new()));
}

#[test]
fn every_change_can_be_told_as_json() {
    let home = Home::new();
    let ferry = home.write("ferry.md", FERRY);
    home.write("well.md", WELL);
    home.quoth(&["add", &ferry]).ended_with(0);
    let json = |arguments: &[&str]| {
        let run = home.quoth(&[arguments, &["--json"]].concat());
        run.ended_with(0).json()
    };
    let replaced = json(&["replace", "1", "well.md"]);
    assert_eq!(
        (&replaced["id"], &replaced["replaced"]),
        (&"1".into(), &true.into())
    );
    let removed = json(&["remove", "1"]);
    assert_eq!(
        (&removed[0]["id"], &removed[0]["status"]),
        (&"1".into(), &"removed".into())
    );
    let restored = json(&["restore", "1"]);
    assert_eq!(
        (&restored["version"], &restored["restores"]),
        (&3.into(), &2.into())
    );
    let reindexed = json(&["reindex", "--collection", "local"]);
    assert_eq!(reindexed[0]["n_articles"], 1);
    let exported = json(&["export", "all.jsonl"]);
    let imported = json(&["--data-dir", "other", "import", "all.jsonl"]);
    assert_eq!(exported, imported);
    assert_eq!(exported["n_articles"], 3);
}

#[test]
fn a_dry_run_compares_what_it_would_add() {
    let home = Home::new();
    for (name, text) in ["in/1.md", "in/2.md", "in/3.md"].into_iter().zip(WIRE) {
        home.write(name, text);
    }
    let at = |text: &str| text.replacen("---\n", "---\nurl: https://e.org/\n", 1);
    home.write("in/4.md", at(FERRY));
    home.write("in/a/4.md", at(WELL));
    let run = home.quoth(&["add", "in", "--dry-run"]).ended_with(0);
    assert_eq!(run.stdout.matches("→ new\n").count(), 5, "{run:?}");
    let warnings: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.contains("warning: "))
        .collect();
    let first = home.path("in/1.md");
    let near = format!("  warning: nearly the same as `{}`", first.display());
    let fourth = home.path("in/4.md");
    let address = format!("  warning: it has the address of `{}`", fourth.display());
    let name = format!(
        "  warning: it has the name of `{}`; both are kept",
        fourth.display()
    );
    assert_eq!(warnings, [&near, &near, &address, &name]);
}

#[test]
fn another_outlet_is_named_and_the_same_one_is_not() {
    let home = Home::new();
    home.write("1.md", WIRE[0]);
    home.write("2.md", WIRE[1]);
    home.write(
        "3.md",
        WIRE[0].replacen("Nordwind Air to buy", "Purchase of", 1),
    );
    home.quoth(&["add", "1.md"]).ended_with(0);
    let run = home.quoth(&["add", "2.md"]).ended_with(0);
    assert!(
        run.stderr.contains("also published by Baltic Wire (#1)"),
        "{run:?}"
    );
    let run = home.quoth(&["add", "3.md"]).ended_with(0);
    let same = "nearly the same as #1: Nordwind Air to buy rival Polarjet";
    assert!(run.stderr.contains(same), "{run:?}");
}

#[cfg(unix)]
#[test]
fn the_name_of_a_file_does_nothing_to_the_terminal() {
    let home = Home::new();
    home.write("in/a\u{1b}[31m\nb.md", "bad\0file");
    let run = home.quoth(&["add", "in"]).ended_with(1);
    assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    assert!(run.stderr.contains("/in/a\\u{1b}[31m\\nb.md`"), "{run:?}");
    let run = home.quoth(&["add", "in", "--dry-run"]).ended_with(1);
    assert_eq!(run.stdout.lines().count(), 2, "{run:?}");
    assert!(!run.stdout.contains('\u{1b}'), "{run:?}");
}

// Interruption.

#[cfg(unix)]
#[test]
fn an_interruption_is_heeded_within_an_archive() {
    let home = Home::new();
    home.quoth(&["list"]).ended_with(0);
    let n_files = 3_000;
    let files: Vec<(String, String)> = (0..n_files)
        .map(|n| {
            (
                format!("{n}.md"),
                FERRY.replace("Thursday", &format!("number {n}")),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
    home.write("in/a.zip", zipped(&files));
    home.write("in/b.md", WELL);
    let adding = home.start(&["add", "in"]);
    let store = Store::open(&home.path("data/quoth.db")).unwrap();
    while store.count(Collection::Local).unwrap() == 0 {
        std::thread::yield_now();
    }
    let pid = adding.id().to_string();
    let killed = Command::new("kill").args(["-INT", &pid]).status();
    assert!(killed.unwrap().success());
    let run = finish(adding).ended_with(1);
    let n_done = store.count(Collection::Local).unwrap();
    assert!(n_done < n_files);
    let told = format!(
        "quoth: interrupted: {n_done} of at least {} articles are done and kept",
        n_files + 1
    );
    assert!(run.stderr.contains(&told), "{}", run.stderr);
    let run = home.quoth(&["add", "in"]).ended_with(0);
    let told = format!("{} added", n_files + 1 - n_done);
    assert!(run.stdout.starts_with(&told), "{}", run.stdout);
}
