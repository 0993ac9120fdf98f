//! The program as a process: what it prints, where, and how it ends.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;

use serde_json::Value;

use crate::support::{BRIDGE, FERRY, Home, Run, WELL, WIRE, finish, root, run};

const PUTIN: &str = "what did Putin refuse?";
const REPAIR: &str = "How much will the repair of the Marlow bridge cost?";
const RUDDER: &str = "Why is the Thursday ferry to Lundy cancelled?";

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn range(value: &Value) -> std::ops::Range<usize> {
    let [from, to] = value.as_array().unwrap().as_slice() else {
        panic!("not a range: {value}");
    };
    let at = |number: &Value| usize::try_from(number.as_u64().unwrap()).unwrap();
    at(from)..at(to)
}

// Asking.

#[test]
fn a_question_is_answered_with_a_quote_and_its_source() {
    let answer = Home::bundled()
        .quoth(&["ask", "-k", "1", PUTIN])
        .ended_with(0);
    insta::assert_snapshot!(answer.plain(), @r"
      Russian President Vladimir Putin agreed on 18 March 2025 to halt strikes on energy and infrastructure in Ukraine after a telephone call with U.S. President Donald Trump.
    > The White House confirmed the step but noted that Putin did not endorse the broader 30-day ceasefire that Trump had proposed.
      The pause covers energy and infrastructure sites only.
      — Putin agrees to halt energy strikes after call with Trump, Quoth News Desk, 18 March 2025 [L46]
    ");
    assert_eq!(answer.stdout.matches("**").count(), 2);
    assert_eq!(answer.stderr, "");
}

#[test]
fn how_a_misspelled_question_was_understood_is_said() {
    let home = Home::new();
    let typed = "How much will the repair of the Marloww bridge cost?";
    let right = home.quoth(&["ask", REPAIR]).ended_with(0).stdout;
    let run = home.quoth(&["ask", typed]).ended_with(0);
    assert_eq!(run.stdout, format!("Understood as: {REPAIR}\n{right}"));
    let json = home.quoth(&["ask", "--json", typed]).json();
    assert_eq!(json["query"], typed);
    assert_eq!(json["understood"], REPAIR);
}

#[test]
fn words_need_no_quotation_marks() {
    let home = Home::new();
    let quoted = home.quoth(&["ask", REPAIR]).ended_with(0);
    let mut words = vec!["ask"];
    words.extend(REPAIR.split(' '));
    assert_eq!(home.quoth(&words).stdout, quoted.stdout);
}

#[test]
fn a_question_that_nothing_answers_ends_with_1() {
    let home = Home::new();
    let run = home
        .quoth(&["ask", "who painted the Mona Lisa?"])
        .ended_with(1);
    assert!(!run.stdout.is_empty());
    let run = home.quoth(&["ask", "--no-library", REPAIR]).ended_with(1);
    insta::assert_snapshot!(run.stdout, @"Nothing was found in the articles on this.");
}

#[test]
fn the_json_of_an_answer_has_the_promised_keys() {
    let home = Home::new();
    home.quoth(&["add", &home.write("ferry.md", FERRY)])
        .ended_with(0);
    for question in [REPAIR, RUDDER, "who painted the Mona Lisa?"] {
        let answer = home.quoth(&["--json", "ask", question]).json();
        let promised = ["query", "outcome", "confidence", "took_ms", "quotes"];
        assert_eq!(keys(&answer), BTreeSet::from(promised));
        assert_eq!(answer["query"], question);
        let confidence = answer["confidence"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&confidence));
        assert!(answer["took_ms"].as_f64().unwrap() >= 0.0);
        for quote in answer["quotes"].as_array().unwrap() {
            check_quote(quote, &home);
        }
    }
}

/// Whether a quote is what `show` says stands there.
fn check_quote(quote: &Value, home: &Home) {
    let promised = [
        "text", "bold", "span", "context", "document", "also_in", "score",
    ];
    assert_eq!(keys(quote), BTreeSet::from(promised));
    assert_eq!(keys(&quote["context"]), BTreeSet::from(["before", "after"]));
    let promised = ["id", "title", "outlet", "published", "url", "collection"];
    assert_eq!(keys(&quote["document"]), BTreeSet::from(promised));
    let id = quote["document"]["id"].as_str().unwrap();
    let article = home.quoth(&["show", id, "--json"]).ended_with(0).json();
    let (text, quoted) = (
        article["text"].as_str().unwrap(),
        quote["text"].as_str().unwrap(),
    );
    assert_eq!(text.get(range(&quote["span"])), Some(quoted));
    assert!(
        quoted
            .get(range(&quote["bold"]))
            .is_some_and(|bold| !bold.is_empty())
    );
    for side in ["before", "after"] {
        assert!(text.contains(quote["context"][side].as_str().unwrap()));
    }
    for key in promised {
        assert_eq!(article[key], quote["document"][key], "{key}");
    }
}

#[test]
fn the_json_of_an_answer_is_right() {
    let home = Home::new();
    let answer = home
        .quoth(&["ask", REPAIR, "--json", "-k", "1"])
        .ended_with(0)
        .json();
    assert_eq!(answer["outcome"], "answer");
    let quotes = answer["quotes"].as_array().unwrap();
    assert_eq!(quotes.len(), 1);
    assert!(
        quotes[0]["text"]
            .as_str()
            .unwrap()
            .contains("3.2 million pounds")
    );
    insta::assert_snapshot!(quotes[0]["document"], @r#"{"collection":"library","id":"L1","outlet":"Thames Courier","published":"2024-05-02","title":"Marlow bridge closes after cracks are found","url":null}"#);
}

#[test]
fn global_options_stand_before_or_after_the_command() {
    let home = Home::new();
    let without_time = |run: Run| {
        let mut value = run.ended_with(0).json();
        value["took_ms"] = Value::Null;
        value
    };
    let before = without_time(home.quoth(&["--json", "--quiet", "ask", REPAIR]));
    let after = without_time(home.quoth(&["ask", REPAIR, "--json", "--quiet"]));
    assert_eq!(before, after);
    // The option wins over the environment, wherever it stands.
    let other = home.path("other");
    let other = other.to_str().unwrap();
    home.quoth(&["--data-dir", other, "add", &home.write("ferry.md", FERRY)])
        .ended_with(0);
    home.quoth(&["show", "1", "--data-dir", other])
        .ended_with(0);
    home.quoth(&["show", "1"]).ended_with(2);
}

#[test]
fn without_a_data_folder_the_users_own_is_used() {
    let home = Home::new();
    let mut command = home.command(&["list"]);
    command.env_remove("QUOTH_DATA_DIR");
    run(command).ended_with(0);
    assert!(home.path(".local/share/quoth/quoth.db").is_file());
}

#[test]
fn an_explanation_shows_the_decision() {
    let home = Home::new();
    let run = home.quoth(&["ask", "--explain", REPAIR]).ended_with(0);
    for expected in [
        "confidence",
        "BM25 at",
        "coverage",
        "relevance",
        "lead",
        "L1: ",
    ] {
        assert!(run.stdout.contains(expected), "{expected}: {run:#?}");
    }
    let json = home.quoth(&["ask", "--explain", "--json", REPAIR]).json();
    let hits = json["explanation"]["hits"].as_array().unwrap().len();
    assert_eq!(hits, json["quotes"].as_array().unwrap().len());
    assert!(json["explanation"]["hits"][0]["lead"].is_number());
}

#[test]
fn copies_are_named_by_their_ids() {
    let home = Home::new();
    for (name, text) in ["a.md", "b.md", "c.md"].iter().zip(WIRE) {
        home.write(&format!("wire/{name}"), text);
    }
    home.quoth(&["add", "wire"]).ended_with(0);
    let question = "What does Nordwind Air pay for its rival Polarjet?";
    let answer = home.quoth(&["ask", "--json", question]).json();
    let quote = &answer["quotes"][0];
    let mut ids = vec![quote["document"]["id"].as_str().unwrap()];
    ids.extend(
        quote["also_in"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap()),
    );
    ids.sort_unstable();
    assert_eq!(ids, ["1", "2", "3"]);
}

#[test]
fn questions_that_cannot_be_asked_are_refused_with_a_sentence() {
    let home = Home::new();
    let long = "x".repeat(501);
    for (question, because) in [
        ("", "the question is empty"),
        ("   \t ", "the question is empty"),
        ("a", "the question is too short"),
        ("🤔🤔🤔", "the question has no words"),
        ("?!…", "the question has no words"),
        (&long, "the question is too long"),
    ] {
        home.quoth(&["ask", question]).refused(because);
    }
    assert!(
        !home.path("data").exists(),
        "a refused question costs nothing"
    );
}

#[test]
fn strange_questions_are_answered_or_declined() {
    let home = Home::new();
    for question in [
        "AND OR \"((",
        "كم تكلفة الجسر؟",
        "title:* NOT bridge~2",
        "橋はいくらですか",
    ] {
        let run = home.quoth(&["ask", question]);
        assert!(matches!(run.code, Some(0 | 1)), "{run:#?}");
        assert!(!run.stdout.is_empty());
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn one_article_and_a_range_of_days_can_be_asked() {
    let home = Home::new();
    let asked = |options: &[&str]| {
        let mut arguments = vec!["ask", "--json", REPAIR];
        arguments.extend(options);
        home.quoth(&arguments)
    };
    let bridge = "Marlow bridge closes after cracks are found";
    let found = |options: &[&str]| {
        let json = asked(options).json();
        let quotes = json["quotes"].as_array().unwrap();
        quotes
            .iter()
            .any(|quote| quote["document"]["title"] == bridge)
    };
    assert!(found(&["--article", "L1"]));
    assert!(!found(&["--article", "L2"]));
    assert!(found(&["--since", "2024-05-02", "--until", "2024-05-02"]));
    assert!(!found(&["--since", "2024-05-03"]));
    assert!(!found(&["--until", "2024-05-01"]));
    asked(&["--since", "2024-05-03", "--until", "2024-05-02"]).refused("is after");
    asked(&["--article", "L9"]).refused("`L9`");
    asked(&["--article", "L1", "--no-library"]).refused("`L1`");
    asked(&["--article", "twelve"]).refused("`twelve` is not an article id");
    for options in [
        ["--since", "yesterday"],
        ["--until", "2024-02-30"],
        ["-k", "0"],
        ["-k", "21"],
    ] {
        let run = asked(&options).ended_with(2);
        assert!(run.stderr.contains(options[1]), "{run:#?}");
    }
}

// Questions on standard input.

#[test]
fn each_line_of_standard_input_is_a_question() {
    let home = Home::new();
    let input = format!("{REPAIR}\n\n  \r\nzz\nHow many packets of seed may a member take?");
    let run = home
        .quoth_with_input(&["ask", "--json"], input.as_bytes())
        .ended_with(1);
    let mut answers: Vec<Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 3);
    // What cannot be asked has its place, too.
    let refused = answers.remove(1);
    assert_eq!(refused["query"], "zz");
    assert!(run.stderr.contains(refused["error"].as_str().unwrap()));
    for (answer, expected) in answers.iter().zip(["3.2 million pounds", "five packets"]) {
        assert!(
            answer["quotes"][0]["text"]
                .as_str()
                .unwrap()
                .contains(expected)
        );
    }
}

#[test]
fn answers_to_a_pipe_stand_under_their_questions_and_faults_name_their_line() {
    let home = Home::new();
    let input = format!("{REPAIR}\n\n🙂\n  how   many packets of seed may a member take?\n");
    let run = home
        .quoth_with_input(&["ask", "-k", "1"], input.as_bytes())
        .ended_with(1);
    let asked: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("? "))
        .collect();
    let second = "? how many packets of seed may a member take?";
    assert_eq!(asked, [&format!("? {REPAIR}"), second]);
    assert!(run.stdout.contains(&format!("\n\n{second}\n")), "{run:#?}");
    assert_eq!(
        run.stderr,
        "quoth: line 3: the question has no words to search for\n"
    );
}

#[test]
fn the_closest_passages_bear_no_mark_of_an_answer() {
    let home = Home::new();
    let run = home
        .quoth(&["ask", "Which king opened the Marlow bridge?"])
        .ended_with(1);
    assert!(run.stdout.contains("The closest passages:"), "{run:#?}");
    assert!(
        !run.stdout.contains("**") && !run.stdout.contains("> "),
        "{run:#?}"
    );
}

#[test]
fn where_nothing_could_be_found_a_note_says_why() {
    let home = Home::new();
    let run = home.quoth(&["ask", "--no-library", REPAIR]).ended_with(1);
    assert!(run.stderr.contains("there are no articles"), "{run:#?}");
    let late = ["ask", "--since", "2031-01-01", REPAIR];
    let run = home.quoth(&late).ended_with(1);
    assert!(
        run.stderr.contains("only articles of the days given"),
        "{run:#?}"
    );
    let run = home.quoth(&["history"]).ended_with(1);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("", "nothing was changed yet\n")
    );
}

#[test]
fn what_is_there_already_is_not_brought_back_again() {
    let home = Home::new();
    home.quoth(&["add", &home.write("ferry.md", FERRY)])
        .ended_with(0);
    home.quoth(&["restore", "1"])
        .refused("article `1` of `local` has no earlier version to bring back");
    home.quoth(&["remove", "1"]).ended_with(0);
    home.quoth(&["restore", "1"]).ended_with(0);
    for arguments in [&["restore", "1"][..], &["restore", "1", "--version", "1"]] {
        home.quoth(arguments)
            .refused("nothing to bring back: version 1 of `1` says what the current one says");
    }
}

#[test]
fn without_retention_what_ends_is_gone_with_the_command() {
    let home = Home::new();
    home.quoth(&["add", &home.write("ferry.md", FERRY)])
        .ended_with(0);
    let mut remove = home.command(&["remove", "1"]);
    remove.env("QUOTH_RETENTION_DAYS", "0");
    run(remove).ended_with(0);
    home.quoth(&["restore", "1"])
        .refused("there is no article `1`");
    let log = home.quoth(&["history"]).ended_with(0);
    assert!(log.stdout.contains("by cli  1 version\n"), "{log:#?}");
    let kept = fs::read(home.path("data/quoth.db")).unwrap();
    assert!(FERRY.contains("rudder"));
    assert!(!String::from_utf8_lossy(&kept).contains("rudder"));
}

#[test]
fn standard_input_without_a_question_is_an_error() {
    let home = Home::new();
    home.quoth_with_input(&["ask"], b"")
        .refused("no question on standard input");
    home.quoth_with_input(&["ask"], b"\n \n")
        .refused("no question on standard input");
}

#[test]
fn a_line_of_ten_megabytes_is_refused_and_the_next_one_answered() {
    let home = Home::new();
    for filler in ["x", "x ", "é"] {
        let mut input = filler.repeat((10 << 20) / filler.len());
        input.push_str(&format!("\n{REPAIR}\n"));
        let run = home
            .quoth_with_input(&["ask"], input.as_bytes())
            .ended_with(1);
        assert!(
            run.stderr.contains("the question is too long"),
            "{}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().count(), 1);
        assert!(run.plain().contains("3.2 million pounds"));
    }
}

#[test]
fn binary_input_is_no_reason_to_stop() {
    let home = Home::new();
    let mut input: Vec<u8> = (0..=255).cycle().take(4096).collect();
    input.extend(b"\xff\xfe\x00\x00\n\xc3\x28 bridge\n");
    input.extend(format!("{REPAIR}\n").bytes());
    let run = home.quoth_with_input(&["ask"], &input).ended_with(1);
    assert!(run.plain().contains("3.2 million pounds"));
}

// Articles.

#[test]
fn articles_are_added_listed_shown_and_removed_across_runs() {
    let home = Home::new();
    let file = home.write("ferry.md", FERRY);
    home.write("folder/deep/well.md", WELL);
    home.write(
        "folder/wire.txt",
        "A plain title\n\nA plain text of one sentence.",
    );
    home.write("folder/README.md", "Not an article.");
    assert_eq!(
        home.quoth(&["add", &file]).ended_with(0).stdout,
        "1 added [1]\n"
    );
    assert_eq!(
        home.quoth(&["add", "folder"]).ended_with(0).stdout,
        "2 added [2 to 3]\n"
    );
    assert_eq!(
        home.quoth(&["list"]).ended_with(0).stdout.lines().count(),
        5
    );
    insta::assert_snapshot!(home.quoth(&["show", "1"]).ended_with(0).stdout, @r"
    Lundy ferry cancelled
    [1]

    The Thursday ferry to Lundy is cancelled because of a broken rudder.
    ");
    assert!(
        home.quoth(&["ask", RUDDER])
            .ended_with(0)
            .plain()
            .contains("a broken rudder")
    );

    let removed = home.quoth(&["remove", "1", "3"]).ended_with(0);
    insta::assert_snapshot!(removed.stdout, @r"
    removed 1: Lundy ferry cancelled
    removed 3: A plain title
    ");
    home.quoth(&["show", "1"])
        .refused("there is no article `1`");
    assert!(!home.quoth(&["ask", RUDDER]).stdout.contains("rudder"));
    let list = home
        .quoth(&["list", "--no-library", "--json"])
        .ended_with(0)
        .json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["id"], "2");
    home.quoth(&["remove", "2"]).ended_with(0);
    let empty = home.quoth(&["list", "--no-library"]).ended_with(1);
    assert_eq!(empty.stdout, "");
    assert!(empty.stderr.contains("no articles"));
    let empty = home
        .quoth(&["list", "--no-library", "--json", "--quiet"])
        .ended_with(1);
    assert_eq!(empty.json(), Value::Array(Vec::new()));
    assert_eq!(empty.stderr, "");
}

#[test]
fn a_listing_stands_in_columns() {
    let home = Home::new();
    home.write("in/ferry.md", FERRY);
    home.write("in/well.md", WELL);
    home.quoth(&["add", "in"]).ended_with(0);
    let list = home.quoth(&["list"]).ended_with(0);
    let lines: Vec<&str> = list.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "    L1  2024-05-02  Marlow bridge closes after cracks are found (Thames Courier)",
            "    L2  2023-03-18  How the seed library in Leeds works (Allotment Monthly)",
            "     1              Lundy ferry cancelled",
            "     2  2022-09-15  افتتاح بئر جديدة في القرية (صوت الواحة)",
        ]
    );
}

#[test]
fn a_listing_has_the_promised_keys() {
    let home = Home::new();
    let list = home.quoth(&["list", "--json"]).ended_with(0).json();
    let promised = [
        "id",
        "title",
        "outlet",
        "published",
        "url",
        "collection",
        "tags",
        "language",
        "size_bytes",
        "source",
    ];
    for article in list.as_array().unwrap() {
        assert_eq!(keys(article), BTreeSet::from(promised));
    }
    assert_eq!(list[0]["published"], "2024-05-02");
    assert_eq!(
        list[0]["source"],
        home.path("library/bridge.md").to_str().unwrap()
    );
}

#[test]
fn a_broken_article_is_skipped_with_its_path_and_reason() {
    let home = Home::new();
    let paths = [
        (
            home.write(
                "in/binary.md",
                b"\x00\x01\x02\x03\xff\xfe\x89PNG".repeat(50),
            ),
            "binary",
        ),
        (home.write("in/empty.md", ""), "no text"),
        (
            home.write(
                "in/utf8.txt",
                [b"text \xc3\x28\xa0\xa1 ".repeat(90), vec![0xff; 900]].concat(),
            ),
            "",
        ),
        (home.write("photo.jpg", "not one"), "extension `jpg`"),
        (
            home.path("absent.md").to_str().unwrap().to_owned(),
            "does not exist",
        ),
    ];
    home.write("in/ferry.md", FERRY);
    let run = home
        .quoth(&["add", "in", &paths[3].0, &paths[4].0])
        .ended_with(1);
    assert_eq!(run.stdout, "1 added, 5 skipped [1]\n");
    assert_eq!(run.stderr.lines().count(), 5, "{run:#?}");
    for (path, reason) in &paths {
        let line = run.stderr.lines().find(|line| line.contains(path.as_str()));
        let line = line.unwrap_or_else(|| panic!("{path} is missing: {run:#?}"));
        assert!(line.contains(reason), "{line}");
    }
    assert!(
        home.quoth(&["ask", RUDDER])
            .ended_with(0)
            .plain()
            .contains("a broken rudder")
    );
    let report = home.quoth(&["add", "in", "--json"]).ended_with(1).json();
    assert_eq!(
        keys(&report),
        BTreeSet::from([
            "added",
            "duplicates",
            "interrupted",
            "n_unchanged",
            "removed",
            "replaced",
            "skipped",
            "warnings"
        ])
    );
    assert_eq!(report["n_unchanged"], 1);
    assert_eq!(report["skipped"].as_array().unwrap().len(), 3);
}

#[test]
fn an_unchanged_file_is_left_and_a_changed_one_replaced_under_its_id() {
    let home = Home::new();
    home.write("in/ferry.md", FERRY);
    home.write("in/well.md", WELL);
    home.quoth(&["add", "in"]).ended_with(0);
    assert_eq!(
        home.quoth(&["add", "in"]).ended_with(0).stdout,
        "0 added, 2 unchanged\n"
    );
    home.write(
        "in/ferry.md",
        FERRY.replace("broken rudder", "lost propeller"),
    );
    let run = home.quoth(&["add", "in"]).ended_with(0);
    assert_eq!(run.stdout, "0 added, 1 replaced, 1 unchanged\n");
    let answer = home.quoth(&["ask", "--json", RUDDER]).ended_with(0).json();
    assert_eq!(answer["quotes"][0]["document"]["id"], "1");
    assert!(
        answer["quotes"][0]["text"]
            .as_str()
            .unwrap()
            .contains("a lost propeller")
    );
    assert!(!answer.to_string().contains("rudder"));
}

#[test]
fn a_copy_of_an_article_is_told_of_with_its_path() {
    let home = Home::new();
    home.quoth(&["add", &home.write("well.md", WELL)])
        .ended_with(0);
    let copy = home.write("copy.md", WELL);
    let run = home.quoth(&["add", &copy]).ended_with(0);
    assert_eq!(run.stdout, "0 added, 1 unchanged\n");
    assert!(
        run.stderr.contains("already loaded as article 1"),
        "{run:#?}"
    );
    assert!(run.stderr.contains(&copy), "{run:#?}");
}

#[test]
fn what_is_not_there_cannot_be_removed() {
    let home = Home::new();
    home.quoth(&["add", &home.write("ferry.md", FERRY)])
        .ended_with(0);
    home.quoth(&["remove", "99"])
        .refused("there is no article `99`; nothing was removed");
    home.quoth(&["remove", "1", "99"])
        .refused("there is no article `99`");
    home.quoth(&["show", "1"]).ended_with(0);
    home.quoth(&["remove", "L1"])
        .refused("belongs to the library");
    home.quoth(&["remove", "one"])
        .refused("`one` is not an article id");
    home.quoth(&["remove", "1", "1"]).ended_with(0);
    home.quoth(&["remove", "1"])
        .refused("there is no article `1`");
}

#[test]
fn the_library_follows_its_folder() {
    let home = Home::new();
    home.quoth(&["list"]).ended_with(0);
    home.write("library/ferry.md", FERRY);
    fs::remove_file(home.path("library/seeds.md")).unwrap();
    home.write(
        "library/bridge.md",
        BRIDGE.replace("3.2 million", "41.7 million"),
    );
    let list = home.quoth(&["list", "--json"]).ended_with(0).json();
    let ids: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["L1", "L3"]);
    assert!(
        home.quoth(&["ask", REPAIR])
            .ended_with(0)
            .plain()
            .contains("41.7 million")
    );
    home.write("library/broken.md", [0u8; 64]);
    let run = home.quoth(&["ask", REPAIR]).ended_with(0);
    assert!(run.stderr.contains("broken.md"), "{run:#?}");
}

#[test]
fn an_empty_library_folder_does_not_empty_the_library() {
    let home = Home::new();
    home.quoth(&["list"]).ended_with(0);
    for name in ["bridge.md", "seeds.md"] {
        fs::remove_file(home.path("library").join(name)).unwrap();
    }
    home.quoth(&["ask", REPAIR]).ended_with(0);
    fs::remove_dir(home.path("library")).unwrap();
    let run = home.quoth(&["ask", REPAIR]).ended_with(0);
    assert!(run.stderr.contains("does not exist"), "{run:#?}");
}

// Streams, colours, settings.

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::new();
    let sentence = "The river rose by another hand's breadth during the night.\n\n";
    home.write("long.md", sentence.repeat(5_000));
    home.quoth(&["add", "long.md"]).ended_with(0);
    for arguments in [
        &["list"][..],
        &["show", "1"],
        &["show", "1", "--json"],
        &["ask", REPAIR],
    ] {
        let mut gone_at_once = home.start(arguments);
        drop(gone_at_once.stdout.take());
        let run = finish(gone_at_once).ended_with(0);
        assert_eq!(run.stderr, "");

        let mut gone_after_a_byte = home.start(arguments);
        let mut stdout = gone_after_a_byte.stdout.take().unwrap();
        let mut byte = [0];
        stdout.read_exact(&mut byte).unwrap();
        drop(stdout);
        let run = finish(gone_after_a_byte).ended_with(0);
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn a_pipe_gets_no_escape_codes() {
    let home = Home::new();
    let plain = home.quoth(&["ask", REPAIR]).ended_with(0);
    let mut command = home.command(&["ask", REPAIR]);
    command.env("NO_COLOR", "1").env("TERM", "xterm-256color");
    let no_color = run(command).ended_with(0);
    assert_eq!(plain.stdout, no_color.stdout);
    home.write(
        "escape.md",
        "# Escape\n\nThe \u{1b}[31mred\u{1b}[0m balloon \u{7}belongs to Mathilda.",
    );
    home.quoth(&["add", "escape.md"]).ended_with(0);
    let question = "Whom does the balloon belong to?";
    for arguments in [
        &["ask", question][..],
        &["ask", "--explain", question],
        &["list"],
        &["show", "1"],
    ] {
        let run = home.quoth(arguments);
        assert!(
            !run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'),
            "{run:#?}"
        );
    }
}

#[test]
fn quiet_silences_notes_but_not_results() {
    let home = Home::new();
    let run = home.quoth(&["--quiet", "ask", REPAIR]).ended_with(0);
    assert!(run.plain().contains("3.2 million pounds"));
    assert_eq!(run.stderr, "");
}

#[cfg(unix)]
#[test]
fn an_altered_model_is_refused_by_name() {
    let home = Home::new();
    for name in ["reader.onnx", "static.safetensors", "SHA256SUMS"] {
        fs::create_dir_all(home.path("models")).unwrap();
        let link = home.path("models").join(name);
        std::os::unix::fs::symlink(root().join("models").join(name), link).unwrap();
    }
    let mut tokenizer = fs::read(root().join("models/tokenizer.json")).unwrap();
    let with_models = || {
        let mut command = home.command(&["ask", REPAIR]);
        command.env("QUOTH_MODEL_DIR", home.path("models"));
        run(command)
    };
    let path = home.path("models/tokenizer.json");
    with_models().refused(path.to_str().unwrap());
    home.write("models/tokenizer.json", &tokenizer);
    let expected = with_models().ended_with(0);
    assert_eq!(expected.stdout, home.quoth(&["ask", REPAIR]).stdout);
    tokenizer.push(b'\n');
    home.write("models/tokenizer.json", &tokenizer);
    let run = with_models().refused(path.to_str().unwrap());
    assert!(run.stderr.contains("checksum"), "{run:#?}");
}

#[test]
fn settings_that_cannot_be_used_are_named_and_secrets_are_not_shown() {
    let home = Home::new();
    let mut command = home.command(&["list"]);
    command.env("QUOTH_THREADS", "many");
    run(command).refused("`QUOTH_THREADS` is `many`");
    home.write(".env", "QUOTH_THREADS=2\nthis is the secret hunter2\n");
    let run = home.quoth(&["list"]).refused("`.env`");
    assert!(!run.stderr.contains("hunter2"), "{run:#?}");
    assert!(run.stderr.contains("line 2"), "{run:#?}");
    home.write(".env", "\u{feff}QUOTH_THREADS=2\n");
    home.quoth(&["list"]).ended_with(0);
}

#[test]
fn help_mentions_every_command_and_no_value() {
    let home = Home::new();
    let commands = ["ask", "add", "list", "show", "remove", "eval"];
    let run = home.quoth(&["--help"]).ended_with(0);
    for command in commands {
        assert!(
            run.stdout.contains(&format!("\n  {command} ")),
            "{command}: {run:#?}"
        );
        let help = home.quoth(&[command, "--help"]).ended_with(0);
        assert!(help.stdout.contains("--data-dir"), "{help:#?}");
        let folder = home.path("");
        assert!(!help.stdout.contains(folder.to_str().unwrap()), "{help:#?}");
    }
    assert_eq!(run.stderr, "");
    assert!(
        home.quoth(&["--version"])
            .ended_with(0)
            .stdout
            .starts_with("quoth ")
    );
    assert!(home.quoth(&[]).ended_with(2).stderr.contains("Usage"));
    assert!(
        home.quoth(&["answer"])
            .ended_with(2)
            .stderr
            .contains("answer")
    );
}

#[test]
fn the_shipped_library_has_no_folder_to_change() {
    let home = Home::bundled();
    let article = home.write("a.md", "# A\n\nThe mill at Cookham grinds on Fridays.\n");
    for arguments in [
        &["remove", "L46"][..],
        &["restore", "L46"],
        &["replace", "L46", &article],
        &["add", &article, "--collection", "library"],
    ] {
        let run = home.quoth(arguments).refused("QUOTH_LIBRARY");
        assert!(!run.stderr.contains("follows its folder"), "{run:#?}");
    }
    home.quoth(&["remove", "L46"]).refused("`--no-library`");
}

#[test]
fn a_document_of_the_shipped_library_is_shown_with_its_source() {
    let home = Home::bundled();
    let list = home.quoth(&["list", "--json"]).ended_with(0).json();
    assert!(list.as_array().unwrap().len() >= 40);
    for article in list.as_array().unwrap() {
        assert!(article["id"].as_str().unwrap().starts_with('L'));
        assert_eq!(article["collection"], "library");
    }
}
