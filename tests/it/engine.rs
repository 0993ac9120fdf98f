//! The engine at its boundary, over a handful of articles.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Barrier};

use proptest::prelude::*;
use proptest::test_runner::Config;
use quoth::answer::Outcome;
use quoth::document::{Collection, Date, DocumentRef};
use quoth::engine::{AskOptions, Before, Engine, LibrarySource, Progress};
use quoth::index::{self, CollectionIndex, Filter, Reason};
use quoth::retrieve::{Hit, MAX_HITS, Query, System};
use quoth::store::Store;

use crate::support::{
    ARTICLES, BRIDGE, FERRY, NOW, Opened, SEEDS, TRAM, WELL, WIRE, add, ask, ask_in, copy_folder,
    engine_with, files_under, first_quote, lines, models, put, remove, replace,
};

const LOCAL: Collection = Collection::Local;
const REPAIR: &str = "How much will the repair of the Marlow bridge cost?";
const PURCHASE: &str = "What does Nordwind Air pay for its rival Polarjet?";
const RUDDER: &str = "Why is the Thursday ferry to Lundy cancelled?";

/// The hits of a question by words and vectors alone: what can be found at all.
fn search(engine: &Engine, scope: &[Collection], question: &str, filter: Filter) -> Vec<Hit> {
    let mut options = AskOptions::new(scope.to_vec(), MAX_HITS);
    options.ranking.system = System::Hybrid;
    options.filter = filter;
    engine
        .search(&Query::parse(question).unwrap(), &options)
        .unwrap()
        .hits
}

fn titles(hits: &[Hit]) -> Vec<&str> {
    hits.iter()
        .map(|hit| hit.article.document.metadata.title.as_str())
        .collect()
}

#[test]
fn questions_are_answered_by_the_sentence_that_answers() {
    let engine = engine_with(&ARTICLES);
    for (question, expected) in [
        (REPAIR, "the repair would cost 3.2 million pounds"),
        (PURCHASE, "for 410 million euros"),
        (RUDDER, "because of a broken rudder"),
        (
            "How many packets of seed may a member take?",
            "five packets of seed a year",
        ),
        (
            "Which crop is the easiest to save?",
            "beans are the easiest crop",
        ),
    ] {
        let answer = ask(&engine, question);
        assert!(
            first_quote(&answer).contains(expected),
            "{question}: {answer:#?}"
        );
    }
}

#[test]
fn a_quote_does_not_go_on_from_a_row_or_an_item() {
    let question = "How much prize money will she receive?";
    let won = "Ilse Marchetti won the Trieste Open.";
    for (above, before) in [
        (
            "| 1 | Ilse Marchetti |\n|---|---|\n| 3 | Dana Okafor |",
            String::new(),
        ),
        (
            "| 1 | Ilse Marchetti |\n|---|---|\n| 3 | Dana Okafor of Acme Inc. |",
            String::new(),
        ),
        (
            "- Boats longer than 12 m\n- Boats of Dana Okafor.",
            String::new(),
        ),
        (won, format!("{won}\n\n")),
        (&format!("{won}<sup>3</sup>"), format!("{won}³\n\n")),
    ] {
        let text = "She will receive 12,000 euros in prize money.";
        let article =
            format!("---\ntitle: Trieste Open\n---\n\n{above}\n\n{text} The next one is in May.\n");
        let answer = ask(&engine_with(&[&article]), question);
        assert_eq!(first_quote(&answer), format!("{before}{text}"), "{above}");
    }
}

#[test]
fn a_question_that_follows_is_asked_of_what_was_quoted_too() {
    let about = |town: &str, day: &str| {
        format!(
            "---\ntitle: {town} bridge closed\n---\n\nThe bridge of {town} was closed because of a crack. It opens again on {day}.\n"
        )
    };
    let articles = [about("Marlow", "4 May"), about("Lund", "9 June")];
    let engine = engine_with(&articles.each_ref().map(String::as_str));
    let options = AskOptions::new(vec![LOCAL], 1);
    let asked = |question: &str, before: Option<&Before>| {
        let query = Query::parse(question).unwrap();
        engine.search_after(&query, before, &options).unwrap()
    };
    for (town, day) in [("Marlow", "4 May"), ("Lund", "9 June")] {
        let first = asked(&format!("Why was the bridge of {town} closed?"), None);
        let hit = &first.found.hits[0];
        assert!(hit.article.document.metadata.title.contains(town));
        // Nothing in the questions says which of the two is meant.
        let before = Before {
            question: "Why was the bridge closed?".to_owned(),
            quoted: Some((Arc::clone(&hit.article), hit.bold)),
        };
        let further = asked("and when does it open again?", Some(&before));
        assert_eq!(further.answer.outcome, Outcome::Answer);
        assert!(first_quote(&further.answer).contains(day), "{town}");
        // What stands alone is asked as it is.
        let other = "Who closed the harbour of Whitby in 2019?";
        assert_eq!(asked(other, Some(&before)).in_full.text(), other);
    }
}

#[test]
fn who_says_the_same_takes_no_confidence_and_who_contradicts_does() {
    let library = "---\ntitle: Library\n---\n\nThe library in Elmstad opens at nine on weekdays. On Sundays it is closed.\n";
    let other = |hour: &str| {
        format!(
            "---\ntitle: New hours\n---\n\nOn weekdays the city library of Elmstad opens at {hour}, the council \
             said. Nobody can borrow a book on Sundays.\n"
        )
    };
    let confidence = |others: &[&str]| {
        let engine = engine_with(&[&ARTICLES[..], &[library], others].concat());
        let answer = ask(&engine, "When does the library open?");
        assert!(
            first_quote(&answer).contains("opens at nine"),
            "{answer:#?}"
        );
        answer.confidence
    };
    let alone = confidence(&[]);
    assert!(confidence(&[&other("nine")]) > alone - 0.05);
    assert!(confidence(&[&other("eleven")]) < alone - 0.05);
}

#[test]
fn articles_of_other_languages_are_found_by_their_own_words() {
    let engine = engine_with(&ARTICLES);
    for (question, expected) in [
        (
            "Wohin fährt die Straßenbahn in Görlitz?",
            "Straßenbahnlinie 7 fährt wieder",
        ),
        (
            "wohin fahrt die strassenbahn nach gorlitz",
            "Straßenbahnlinie 7 fährt wieder",
        ),
        (
            "Qui préside la coopérative de Bozel ?",
            "La coopérative de Bozel rouvre",
        ),
        ("Сколько неясытей в Карелии?", "В Карелии пересчитали сов"),
        ("كم يبلغ عمق البئر؟", "افتتاح بئر جديدة في القرية"),
    ] {
        let hits = search(&engine, &[LOCAL], question, Filter::default());
        assert_eq!(titles(&hits).first(), Some(&expected), "{question}");
        ask(&engine, question);
    }
}

#[test]
fn no_question_is_a_syntax_error() {
    let engine = engine_with(&[BRIDGE, TRAM, WELL]);
    let long = "bridge ".repeat(71) + "xy";
    for question in [
        "AND OR \"((",
        "title:bridge^3 AND NOT (body:* OR \"",
        "bridge\u{0}\u{0}repair\u{0}",
        "مرحبا \u{202e}bridge\u{202c} كم التكلفة",
        "🌉🌉🌉 bridge 🤔",
        "a\u{301}\u{301}\u{301} zalgo b\u{302}\u{323}",
        "'; DROP TABLE document; --",
        "../../etc/passwd %s %n {} \\",
        "0x7fffffff -1 1e309 NaN",
        "the of and a to",
        "橋の修理にはいくらかかりますか",
        "ﬁx the ﬂoor Ⅷ ½",
        "xyz",
        &long,
    ] {
        ask(&engine, question);
    }
    assert_eq!(long.chars().count(), 499);
}

#[test]
fn the_markings_of_a_query_language_mean_nothing() {
    let engine = engine_with(&ARTICLES);
    let plain = ask(&engine, "repair Marlow bridge cost");
    for marked in [
        "repair AND +Marlow -bridge cost*",
        "(repair) \"Marlow bridge\" cost^2",
    ] {
        let marked = ask(&engine, marked);
        assert_eq!(
            marked
                .quotes
                .first()
                .map(|quote| quote.article().document.id),
            plain
                .quotes
                .first()
                .map(|quote| quote.article().document.id),
        );
    }
}

#[test]
fn what_no_article_is_about_is_declined() {
    let engine = engine_with(&ARTICLES);
    for question in ["How do I boil an egg?", "Who painted the Mona Lisa?"] {
        let answer = ask(&engine, question);
        assert_ne!(answer.outcome, Outcome::Answer, "{question}: {answer:#?}");
    }
}

#[test]
fn an_empty_collection_has_nothing() {
    let engine = engine_with(&[]);
    for scope in [
        &[][..],
        &[LOCAL],
        &[Collection::Library, Collection::Guild(7)],
    ] {
        let answer = ask_in(&engine, scope, REPAIR, 3);
        assert_eq!(lines(&answer), ["Nothing 00000000"]);
    }
}

#[test]
fn an_added_article_answers_the_next_question() {
    let engine = engine_with(&[BRIDGE]);
    assert!(!first_quote(&ask(&engine, RUDDER)).contains("rudder"));
    add(&engine, LOCAL, &[FERRY]);
    assert!(first_quote(&ask(&engine, RUDDER)).contains("because of a broken rudder"));
}

#[test]
fn a_replaced_article_keeps_its_number_and_loses_its_text() {
    let engine = engine_with(&ARTICLES);
    let before = ask(&engine, REPAIR);
    let name = before.quotes[0].article().document.reference;
    let revised = BRIDGE.replace("3.2 million", "4.7 million");
    assert_eq!(replace(&engine, name, &revised), name);
    let after = ask_in(&engine, &[LOCAL], REPAIR, MAX_HITS);
    assert!(first_quote(&after).contains("4.7 million"));
    assert_eq!(after.quotes[0].article().document.reference, name);
    assert_ne!(
        after.quotes[0].article().document.id,
        before.quotes[0].article().document.id
    );
    assert!(
        after
            .quotes
            .iter()
            .all(|quote| !quote.text().contains("3.2 million"))
    );
    // The answer that was given earlier still quotes what it quoted.
    assert!(first_quote(&before).contains("3.2 million"));
}

#[test]
fn a_removed_article_is_never_quoted_again() {
    let engine = engine_with(&ARTICLES);
    let name = ask(&engine, REPAIR).quotes[0].article().document.reference;
    remove(&engine, name);
    for question in [REPAIR, "Marlow", "suspension bridge hangers", "Priya Nair"] {
        let hits = search(&engine, &[LOCAL], question, Filter::default());
        assert!(
            hits.iter()
                .all(|hit| hit.article.document.reference != name)
        );
        let answer = ask_in(&engine, &[LOCAL], question, MAX_HITS);
        assert!(
            answer
                .quotes
                .iter()
                .all(|quote| !quote.text().contains("Marlow"))
        );
    }
    assert_eq!(engine.document(name).unwrap(), None);
    assert_eq!(engine.count(LOCAL).unwrap(), 9);
    // Its number is not given to another.
    assert!(!add(&engine, LOCAL, &[BRIDGE]).contains(&name));
}

#[test]
fn a_batch_with_an_error_changes_nothing() {
    let engine = engine_with(&[BRIDGE]);
    let absent = DocumentRef {
        collection: LOCAL,
        number: 99,
    };
    let mut writer = engine.writer(LOCAL).unwrap();
    let batch = vec![put(FERRY, None), put(SEEDS, Some(absent))];
    assert!(writer.apply(batch, NOW).is_err());
    drop(writer);
    assert_eq!(engine.count(LOCAL).unwrap(), 1);
    assert!(!first_quote(&ask(&engine, RUDDER)).contains("rudder"));
    // And the engine goes on.
    add(&engine, LOCAL, &[FERRY]);
    assert!(first_quote(&ask(&engine, RUDDER)).contains("rudder"));
}

#[test]
fn dates_bound_what_is_asked() {
    let engine = engine_with(&ARTICLES);
    let day = |date: &str| Some(Date::parse(date).unwrap().days_since_epoch());
    for (since, until, expected) in [
        (None, None, true),
        (day("2024-05-02"), day("2024-05-02"), true),
        (day("2024-05-03"), None, false),
        (None, day("2024-05-01"), false),
        (day("2025-01-01"), day("2024-01-01"), false),
    ] {
        let filter = Filter {
            since,
            until,
            ..Filter::default()
        };
        let hits = search(&engine, &[LOCAL], REPAIR, filter);
        let found = titles(&hits).contains(&"Marlow bridge closes after cracks are found");
        assert_eq!(found, expected, "{since:?} {until:?}");
        for hit in &hits {
            let published = hit.article.document.metadata.published;
            let published = published.map(Date::days_since_epoch);
            assert!(filter.admits(hit.article.document.id, published));
        }
    }
}

#[test]
fn an_undated_article_is_outside_every_range() {
    let engine = engine_with(&ARTICLES);
    let filter = Filter {
        since: Some(i32::MIN),
        ..Filter::default()
    };
    let hits = search(&engine, &[LOCAL], RUDDER, filter);
    assert!(!titles(&hits).contains(&"Lundy ferry cancelled"));
}

#[test]
fn one_article_can_be_asked_or_left_out() {
    let engine = engine_with(&ARTICLES);
    let bridge = ask(&engine, REPAIR).quotes[0].article().document.id;
    let of = |filter| search(&engine, &[LOCAL], "What does the ferry cost?", filter);
    let only = of(Filter {
        only: Some(bridge),
        ..Filter::default()
    });
    assert!(!only.is_empty() && only.iter().all(|hit| hit.article.document.id == bridge));
    let except = of(Filter {
        except: Some(bridge),
        ..Filter::default()
    });
    assert!(!except.is_empty() && except.iter().all(|hit| hit.article.document.id != bridge));
}

#[test]
fn copies_of_a_wire_story_are_one_quote() {
    let engine = engine_with(&ARTICLES);
    for question in [PURCHASE, "Who said no pilot would lose a job?"] {
        let answer = ask_in(&engine, &[LOCAL], question, MAX_HITS);
        let copies: Vec<_> = answer
            .quotes
            .iter()
            .filter(|quote| quote.article().document.text.contains("Polarjet"))
            .collect();
        assert_eq!(copies.len(), 1, "{question}: {:#?}", lines(&answer));
        assert_eq!(copies[0].also_in.len(), 2, "{question}");
        let names = engine.references(&copies[0].also_in).unwrap();
        assert_eq!(names.len(), 2);
    }
}

#[test]
fn a_copy_that_was_removed_is_not_named() {
    let engine = engine_with(&[WIRE[0]]);
    let copy = add(&engine, LOCAL, &[WIRE[1]])[0];
    assert_eq!(ask(&engine, PURCHASE).quotes[0].also_in.len(), 1);
    remove(&engine, copy);
    assert_eq!(ask(&engine, PURCHASE).quotes[0].also_in.len(), 0);
}

#[test]
fn copies_in_a_collection_that_is_not_asked_are_not_named() {
    let engine = engine_with(&[WIRE[0]]);
    add(&engine, Collection::Guild(1), &[WIRE[1]]);
    assert_eq!(ask(&engine, PURCHASE).quotes[0].also_in, []);
    let both = ask_in(&engine, &[LOCAL, Collection::Guild(1)], PURCHASE, 3);
    assert_eq!(both.quotes[0].also_in.len(), 1);
}

#[test]
fn at_most_k_quotes_are_returned_and_fewer_are_a_prefix_of_more() {
    let engine = engine_with(&ARTICLES);
    let all = ask_in(&engine, &[LOCAL], PURCHASE, MAX_HITS);
    assert!(all.quotes.len() > 2);
    for k in [1, 2, all.quotes.len(), MAX_HITS + 1, usize::MAX] {
        let some = ask_in(&engine, &[LOCAL], PURCHASE, k);
        assert_eq!(some.quotes.len(), k.min(all.quotes.len()));
        for (few, many) in lines(&some).iter().zip(lines(&all)).skip(1) {
            assert_eq!(*few, many);
        }
    }
}

#[test]
fn the_same_question_has_the_same_answer_however_the_articles_came_in() {
    let one_batch = engine_with(&ARTICLES);
    let one_by_one = engine_with(&[]);
    for article in ARTICLES {
        add(&one_by_one, LOCAL, &[article]);
    }
    for question in [
        REPAIR,
        PURCHASE,
        RUDDER,
        "What happened on Thursday?",
        "Wer dankte?",
    ] {
        let first = lines(&ask(&one_batch, question));
        assert_eq!(first, lines(&ask(&one_batch, question)), "{question}");
        assert_eq!(first, lines(&ask(&one_by_one, question)), "{question}");
    }
}

#[test]
fn clones_of_an_engine_answer_at_once() {
    let engine = engine_with(&ARTICLES);
    let expected = lines(&ask(&engine, REPAIR));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let engine = engine.clone();
                scope.spawn(move || lines(&ask(&engine, REPAIR)))
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
    });
}

// Isolation.

#[test]
fn collections_do_not_see_each_other() {
    let engine = engine_with(&[BRIDGE]);
    add(&engine, Collection::Guild(1), &[FERRY]);
    add(&engine, Collection::Guild(2), &[SEEDS]);
    for (collection, own) in [
        (LOCAL, "Marlow bridge closes after cracks are found"),
        (Collection::Guild(1), "Lundy ferry cancelled"),
        (Collection::Guild(2), "How the seed library in Leeds works"),
    ] {
        for question in [
            REPAIR,
            RUDDER,
            "How many packets of seed may a member take?",
        ] {
            let answer = ask_in(&engine, &[collection], question, MAX_HITS);
            for quote in &answer.quotes {
                assert_eq!(quote.article().document.metadata.title, own);
            }
            let hits = search(&engine, &[collection], question, Filter::default());
            assert!(titles(&hits).iter().all(|title| *title == own));
        }
        // Each counts from 1: a number of one is not a number of another.
        let first = DocumentRef {
            collection,
            number: 1,
        };
        assert_eq!(engine.document(first).unwrap().unwrap().metadata.title, own);
    }
}

const COLLECTIONS: [Collection; 3] = [LOCAL, Collection::Guild(1), Collection::Guild(2)];

#[derive(Clone, Copy, Debug)]
enum Operation {
    Put(usize),
    Replace(usize, usize),
    Remove(usize, usize),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => (0..3usize).prop_map(Operation::Put),
        1 => (0..3usize, any::<usize>()).prop_map(|(c, at)| Operation::Replace(c, at)),
        1 => (0..3usize, any::<usize>()).prop_map(|(c, at)| Operation::Remove(c, at)),
    ]
}

/// An article whose words are those of every other one, but for a mark.
fn marked(mark: usize) -> String {
    format!("# Vault {mark}\n\nThe key of the vault is kept by warden number{mark} in the cellar.")
}

proptest! {
    #![proptest_config(Config { cases: 12, failure_persistence: None, ..Config::default() })]

    /// After any sequence of changes, a question finds the live articles of its scope and no others.
    #[test]
    fn no_sequence_of_changes_mixes_collections(
        operations in proptest::collection::vec(operation(), 1..10)
    ) {
        let engine = engine_with(&[]);
        let mut live: [Vec<(DocumentRef, usize)>; 3] = Default::default();
        for (mark, operation) in operations.into_iter().enumerate() {
            match operation {
                Operation::Put(to) => {
                    let name = add(&engine, COLLECTIONS[to], &[&marked(mark)])[0];
                    live[to].push((name, mark));
                }
                Operation::Replace(of, at) if !live[of].is_empty() => {
                    let at = at % live[of].len();
                    replace(&engine, live[of][at].0, &marked(mark));
                    live[of][at].1 = mark;
                }
                Operation::Remove(of, at) if !live[of].is_empty() => {
                    let at = at % live[of].len();
                    remove(&engine, live[of].remove(at).0);
                }
                Operation::Replace(..) | Operation::Remove(..) => {}
            }
            let question = "Who keeps the key of the vault?";
            for (collection, live) in COLLECTIONS.into_iter().zip(&live) {
                let mut found: Vec<String> =
                    search(&engine, &[collection], question, Filter::default())
                        .iter()
                        .flat_map(|hit| {
                            let also = engine.references(&hit.also_in).unwrap();
                            also.into_iter().chain([hit.article.document.reference])
                        })
                        .map(|name| engine.document(name).unwrap().unwrap().text)
                        .collect();
                found.sort();
                let mut expected: Vec<String> = live
                    .iter()
                    .map(|(_, mark)| marked(*mark).lines().last().unwrap().to_owned())
                    .collect();
                expected.sort();
                prop_assert_eq!(found, expected);
            }
        }
        for (collection, live) in COLLECTIONS.into_iter().zip(&live) {
            let answer = ask_in(&engine, &[collection], "Who keeps the key of the vault?", 20);
            for quote in &answer.quotes {
                let name = quote.article().document.reference;
                prop_assert!(live.iter().any(|(live, _)| *live == name));
            }
        }
    }
}

// On disk.

/// A data folder that holds all articles, indexed.
fn data_folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let opened = Opened::at(dir.path());
    // Two commits, and one document that ended: more kinds of files.
    add(&opened.engine, LOCAL, &ARTICLES[..6]);
    let more = add(&opened.engine, LOCAL, &ARTICLES[6..]);
    replace(&opened.engine, more[0], TRAM);
    dir
}

fn rebuilding(progress: &[Progress]) -> Option<Reason> {
    progress.iter().find_map(|step| match step {
        Progress::Rebuilding { collection, reason } => {
            assert_eq!(*collection, LOCAL);
            Some(reason.clone())
        }
        Progress::Indexed { .. } => None,
    })
}

/// What both kinds of list find for questions about several articles, one line a hit.
fn found(engine: &Engine) -> Vec<String> {
    let mut lines = Vec::new();
    for question in [REPAIR, RUDDER, "كم يبلغ عمق البئر؟"] {
        for hit in search(engine, &[LOCAL], question, Filter::default()) {
            let (id, evidence) = (hit.article.document.id, hit.evidence);
            lines.push(format!(
                "{id:?} {} {:?} {:?} {:08x}",
                hit.ordinal,
                evidence.lexical_rank,
                evidence.dense_rank,
                hit.score.to_bits()
            ));
        }
    }
    lines
}

/// Opens the folder, checks that the index is whole, and returns why it was rebuilt.
fn check_reopened(dir: &Path, expected: &[String]) -> Option<Reason> {
    let opened = Opened::at(dir);
    assert_eq!(found(&opened.engine), expected);
    assert_eq!(opened.engine.n_passages(LOCAL).unwrap(), 11);
    rebuilding(&opened.progress())
}

/// What is found as long as nothing is wrong.
fn expected(dir: &Path) -> Vec<String> {
    let opened = Opened::at(dir);
    let lines = found(&opened.engine);
    assert!(lines.len() > 20, "{lines:#?}");
    assert_eq!(opened.progress(), []);
    lines
}

/// The files that answers depend on; the rest are marks of who has the index open, and the list of
/// files to tidy up, where a wrong name costs disk space only.
fn index_files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut files = files_under(&dir.join("index/local"));
    files.retain(|path| {
        path.extension().is_none_or(|extension| extension != "lock")
            && !path.ends_with(".managed.json")
    });
    assert!(files.len() > 5, "{files:?}");
    files
}

#[test]
fn an_engine_opened_again_answers_the_same() {
    let dir = data_folder();
    let before = expected(dir.path());
    assert_eq!(check_reopened(dir.path(), &before), None);
    let opened = Opened::at(dir.path());
    assert!(first_quote(&ask(&opened.engine, REPAIR)).contains("3.2 million pounds"));
    assert_eq!(opened.engine.count(LOCAL).unwrap(), 10);
}

#[test]
fn a_missing_index_is_built_anew() {
    let dir = data_folder();
    let before = expected(dir.path());
    for name in [
        "index",
        "index/local",
        "index/local/terms",
        "index/local/vectors",
    ] {
        let path = dir.path().join(name);
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        assert!(check_reopened(dir.path(), &before).is_some(), "{name}");
        assert_eq!(check_reopened(dir.path(), &before), None, "{name}");
    }
}

/// The ways a file goes bad, each with what it is called.
fn damages(sound: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut damages = vec![
        ("emptied".to_owned(), Vec::new()),
        ("cut in half".to_owned(), sound[..sound.len() / 2].to_vec()),
        ("overwritten".to_owned(), vec![b'x'; sound.len()]),
    ];
    for at in [0, sound.len() / 2, sound.len().saturating_sub(1)] {
        let mut bytes = sound.to_vec();
        // White space at the end of a file means nothing.
        if let Some(byte) = bytes.get_mut(at).filter(|byte| !byte.is_ascii_whitespace()) {
            *byte ^= 0xff;
        }
        damages.push((format!("with byte {at} flipped"), bytes));
    }
    damages.retain(|(_, bytes)| bytes != sound);
    damages
}

#[test]
fn no_damage_to_an_index_goes_unnoticed() {
    let dir = data_folder();
    let models = models();
    let mut unnoticed = Vec::new();
    for file in index_files(dir.path()) {
        let sound = fs::read(&file).unwrap();
        for (what, bytes) in damages(&sound) {
            fs::write(&file, bytes).unwrap();
            // Not writable: nothing is changed by looking.
            let opened = CollectionIndex::open(&dir.path().join("index/local"), &models, false);
            let what = format!("{} {what}", file.display());
            match opened {
                Ok(index::Opened::Unusable(Reason::Damaged(_))) => {}
                Ok(index::Opened::Unusable(reason)) => {
                    unnoticed.push(format!("{what}: {reason:?}"))
                }
                Ok(index::Opened::Ready(_)) => unnoticed.push(format!("{what}: ready")),
                Err(error) => unnoticed.push(format!("{what}: {error}")),
            }
        }
        fs::write(&file, sound).unwrap();
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}

#[test]
fn a_damaged_index_is_built_anew() {
    let dir = data_folder();
    let before = expected(dir.path());
    for name in ["vectors", "terms/meta.json", "terms/.managed.json"] {
        let path = dir.path().join("index/local").join(name);
        let mut bytes = fs::read(&path).unwrap();
        bytes[0] ^= 0xff;
        fs::write(&path, bytes).unwrap();
        let reason = check_reopened(dir.path(), &before);
        assert!(
            matches!(reason, Some(Reason::Damaged(_))),
            "{name}: {reason:?}"
        );
        assert_eq!(check_reopened(dir.path(), &before), None, "{name}");
    }
}

#[test]
fn an_index_of_other_models_is_built_anew() {
    let dir = data_folder();
    let before = expected(dir.path());
    let meta = dir.path().join("index/local/terms/meta.json");
    let stamp = models().embedding_stamp.clone();
    let text = fs::read_to_string(&meta).unwrap();
    assert!(text.contains(&stamp));
    fs::write(&meta, text.replace(&stamp, "0123456789abcdef")).unwrap();
    assert_eq!(check_reopened(dir.path(), &before), Some(Reason::Outdated));
    assert_eq!(check_reopened(dir.path(), &before), None);
}

#[test]
fn an_index_behind_its_store_catches_up_before_it_answers() {
    let dir = data_folder();
    let before = expected(dir.path());
    let bridge = DocumentRef {
        collection: LOCAL,
        number: 1,
    };
    // What another program, or a kill between the two commits, leaves behind.
    let mut store = Store::open(&dir.path().join("quoth.db")).unwrap();
    let revised = BRIDGE.replace("3.2 million", "4.7 million");
    store
        .apply(LOCAL, vec![put(&revised, Some(bridge))], NOW)
        .unwrap();
    drop(store);
    let opened = Opened::at(dir.path());
    let answer = ask_in(&opened.engine, &[LOCAL], REPAIR, MAX_HITS);
    assert!(first_quote(&answer).contains("4.7 million"));
    assert!(
        answer
            .quotes
            .iter()
            .all(|quote| !quote.text().contains("3.2 million"))
    );
    let caught_up = Progress::Indexed {
        collection: LOCAL,
        done: 1,
        total: 1,
    };
    assert_eq!(opened.progress(), [caught_up]);
    assert_eq!(opened.engine.n_passages(LOCAL).unwrap(), 11);
    assert_ne!(found(&opened.engine), before);
}

#[test]
fn an_open_engine_sees_what_another_one_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, theirs) = (Opened::at(dir.path()), Opened::at(dir.path()));
    add(&ours.engine, LOCAL, &[BRIDGE]);
    assert!(first_quote(&ask(&theirs.engine, REPAIR)).contains("3.2 million"));
    let name = add(&theirs.engine, LOCAL, &[FERRY])[0];
    assert!(first_quote(&ask(&ours.engine, RUDDER)).contains("rudder"));
    remove(&ours.engine, name);
    assert!(!first_quote(&ask(&theirs.engine, RUDDER)).contains("rudder"));
    for opened in [ours, theirs] {
        assert_eq!(rebuilding(&opened.progress()), None);
    }
}

#[test]
fn a_library_brought_up_to_date_twice_at_once_is_not_doubled() {
    let dir = tempfile::tempdir().unwrap();
    let both = [Opened::at(dir.path()), Opened::at(dir.path())];
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        for opened in &both {
            scope.spawn(|| {
                start.wait();
                opened
                    .engine
                    .sync_library(&LibrarySource::Bundled, NOW)
                    .unwrap();
            });
        }
    });
    let alone = Engine::in_memory(models()).unwrap();
    alone.sync_library(&LibrarySource::Bundled, NOW).unwrap();
    for opened in both {
        assert_eq!(
            opened.engine.count(Collection::Library).unwrap(),
            alone.count(Collection::Library).unwrap()
        );
    }
}

#[test]
fn an_index_ahead_of_its_store_is_built_anew() {
    let dir = data_folder();
    let before = expected(dir.path());
    let backup = tempfile::tempdir().unwrap();
    copy_folder(dir.path(), backup.path());
    let opened = Opened::at(dir.path());
    add(&opened.engine, LOCAL, &[FERRY]);
    drop(opened);
    // The store is put back from the copy made before, the index is not.
    for file in files_under(dir.path()) {
        if file.parent() == Some(dir.path()) {
            fs::remove_file(file).unwrap();
        }
    }
    fs::copy(backup.path().join("quoth.db"), dir.path().join("quoth.db")).unwrap();
    assert_eq!(check_reopened(dir.path(), &before), Some(Reason::Outdated));
}

#[test]
fn an_index_can_be_read_while_its_lock_is_held_elsewhere() {
    let dir = data_folder();
    let before = expected(dir.path());
    let lock = fs::File::options()
        .write(true)
        .open(dir.path().join("lock"))
        .unwrap();
    lock.lock().unwrap();
    let opened = Opened::at(dir.path());
    assert_eq!(found(&opened.engine), before);
    // Behind a store whose writer is still at work: the view before its change, at once.
    let mut store = Store::open(&dir.path().join("quoth.db")).unwrap();
    store.apply(LOCAL, vec![put(SEEDS, None)], NOW).unwrap();
    assert_eq!(found(&opened.engine), before);
    assert_eq!(opened.progress(), []);
}
