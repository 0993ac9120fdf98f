//! Articles on their way in and back: previews, publishing, versions, the archive, and the commands
//! for all of it.

use std::fs;
use std::process::Command;

use quoth::corpus::{self, Intent, Loaded, Published, Verdict};
use quoth::document::{Collection, DocumentRef};
use quoth::engine::{Engine, EngineError, Page};
use quoth::extract::{MAX_TITLE_CHARS, Overrides};
use quoth::store::{Action, Actor, Status, Store, StoreError};
use serde_json::Value;

use crate::support::{
    BRIDGE, FERRY, Home, NOW, Opened, SEEDS, WELL, WIRE, add, ask_in, finish, first_quote, models,
    remove, replace,
};

const GUILD: Collection = Collection::Guild(5);
const USER: Actor = Actor::Discord(77);
const RUDDER: &str = "Why is the Thursday ferry to Lundy cancelled?";

fn engine() -> Engine {
    Engine::in_memory(models()).unwrap()
}

fn load(location: &str, markdown: &str) -> Loaded {
    corpus::load_named(location, "article.md", None, markdown.as_bytes()).unwrap()
}

fn publish(engine: &Engine, articles: Vec<(Loaded, Intent)>) -> Vec<Published> {
    engine.publish(GUILD, articles, &USER, NOW).unwrap()
}

fn publish_one(engine: &Engine, location: &str, markdown: &str) -> Published {
    publish(engine, vec![(load(location, markdown), Intent::Judge)]).remove(0)
}

fn number(number: u32) -> DocumentRef {
    DocumentRef {
        collection: GUILD,
        number,
    }
}

fn asked(engine: &Engine, question: &str) -> String {
    first_quote(&ask_in(engine, &[GUILD], question, 3)).to_owned()
}

// Judging.

#[test]
fn a_preview_tells_what_publishing_then_does() {
    let engine = engine();
    let loaded = load("discord:1/ferry.md", FERRY);
    let preview = engine.preview(GUILD, &loaded, Intent::Judge, NOW).unwrap();
    assert_eq!(preview.verdict, Verdict::New);
    let facts = preview.facts.unwrap();
    assert_eq!(facts.metadata.title, "Lundy ferry cancelled");
    assert_eq!((facts.n_words, facts.n_passages), (12, 1));
    assert_eq!(facts.language.code(), "en");
    assert_eq!(engine.count(GUILD).unwrap(), 0);

    let published = publish(&engine, vec![(loaded.clone(), Intent::Judge)]).remove(0);
    assert_eq!(published.verdict, Verdict::New);
    assert_eq!(published.reference, Some(number(1)));
    assert!(asked(&engine, RUDDER).contains("a broken rudder"));

    let again = engine.preview(GUILD, &loaded, Intent::Judge, NOW).unwrap();
    assert_eq!(again.verdict, Verdict::AlreadyLoaded(number(1)));
    let published = publish(&engine, vec![(loaded.clone(), Intent::Judge)]).remove(0);
    assert_eq!(published.verdict, Verdict::AlreadyLoaded(number(1)));
    assert_eq!(published.reference, Some(number(1)));
    assert_eq!(engine.count(GUILD).unwrap(), 1);

    let published = publish(&engine, vec![(loaded, Intent::AsNew)]).remove(0);
    assert_eq!(published.reference, Some(number(2)));
}

#[test]
fn publishing_looks_again_at_what_changed_since_the_preview() {
    let engine = engine();
    let loaded = load("discord:1/ferry.md", FERRY);
    let preview = engine.preview(GUILD, &loaded, Intent::Judge, NOW).unwrap();
    assert_eq!(preview.verdict, Verdict::New);
    publish_one(&engine, "discord:2/ferry.md", FERRY);
    let published = publish(&engine, vec![(loaded, Intent::Judge)]).remove(0);
    assert_eq!(published.verdict, Verdict::AlreadyLoaded(number(1)));
}

#[test]
fn wire_copies_are_kept_and_linked_whether_in_one_batch_or_in_several() {
    for in_one_batch in [true, false] {
        let engine = engine();
        let mut published = Vec::new();
        let articles = WIRE.iter().enumerate().map(|(n, markdown)| {
            (
                load(&format!("discord:{n}/wire.md"), markdown),
                Intent::Judge,
            )
        });
        if in_one_batch {
            published = publish(&engine, articles.collect());
        } else {
            for article in articles {
                published.extend(publish(&engine, vec![article]));
            }
        }
        for (published, n) in published.iter().zip(1..) {
            assert_eq!(published.verdict, Verdict::New);
            assert_eq!(published.reference, Some(number(n)));
        }
        assert_eq!(published[0].duplicates, []);
        for published in &published[1..] {
            let of: Vec<DocumentRef> = published
                .duplicates
                .iter()
                .map(|duplicate| duplicate.reference)
                .collect();
            assert!(of.contains(&number(1)), "{published:#?}");
            let first = &published.duplicates[0];
            assert!(first.shared > 0.7);
            let shown = published.duplicates.iter().map(ToString::to_string);
            let shown: Vec<String> = shown.collect();
            let expected = "also published by Baltic Wire (#1)".to_owned();
            assert!(shown.contains(&expected), "{shown:?}");
        }
        let summaries = engine.summaries(GUILD, 0, 9).unwrap();
        assert_eq!(summaries[0].copy_of, None);
        assert!(summaries[1..].iter().all(|s| s.copy_of.is_some()));
    }
}

#[test]
fn an_article_with_a_known_address_is_a_new_version() {
    let page = |address: &str, text: &str| {
        let markdown = format!("---\ntitle: Ferry\n---\n\n{text}");
        corpus::load_page(address, Some("text/markdown"), markdown.as_bytes()).unwrap()
    };
    let text = "The ferry to Lundy sails at nine on every day but Thursday, when it stays in port \
                for repairs and the crew paints the hull, as the harbour office said.";
    let engine = engine();
    let at = |address: &str, text: &str| {
        publish(&engine, vec![(page(address, text), Intent::Judge)]).remove(0)
    };
    assert_eq!(at("https://e.org/ferry", text).verdict, Verdict::New);
    assert_eq!(
        at("https://e.org/ferry", text).verdict,
        Verdict::AlreadyLoaded(number(1))
    );
    let longer = format!("{text} Tickets cost nine pounds.");
    assert_eq!(
        at("http://www.e.org/ferry/?utm_source=feed", &longer).verdict,
        Verdict::NewVersion(number(1))
    );
    // Another address, another article, however alike.
    assert_eq!(
        at("https://e.org/other", "A text of its own.").verdict,
        Verdict::New
    );
    assert_eq!(engine.count(GUILD).unwrap(), 2);
    assert!(asked(&engine, "What do tickets for the ferry cost?").contains("nine pounds"));
}

#[test]
fn an_address_that_many_articles_claim_does_not_make_them_versions() {
    let engine = engine();
    let home = |markdown: &str| markdown.replacen("---\n", "---\nurl: https://e.org/\n", 1);
    let first = publish_one(&engine, "a.md", &home(BRIDGE));
    let second = publish_one(&engine, "b.md", &home(SEEDS));
    assert_eq!(
        (first.verdict, second.verdict),
        (Verdict::New, Verdict::New)
    );
    assert_eq!(second.warnings.len(), 1);
    assert!(
        second.warnings[0].contains("it has the address of article 1"),
        "{:?}",
        second.warnings
    );
}

#[test]
fn a_page_that_claims_another_address_does_not_take_its_place() {
    let engine = engine();
    let load = |address: &str, markdown: &str| {
        corpus::load_page(address, Some("text/markdown"), markdown.as_bytes()).unwrap()
    };
    publish(
        &engine,
        vec![(load("https://e.org/bridge", BRIDGE), Intent::Judge)],
    );
    let claim = BRIDGE
        .replacen("---\n", "---\nurl: https://e.org/bridge\n", 1)
        .replace("3.2 million", "3.9 million")
        .replace("Thames Courier", "Elsewhere");
    let published = publish(
        &engine,
        vec![(load("https://elsewhere.org/x", &claim), Intent::Judge)],
    );
    assert_eq!(published[0].verdict, Verdict::New);
    let first = engine.document(number(1)).unwrap().unwrap();
    assert!(first.text.contains("3.2 million"));
}

#[test]
fn articles_of_one_batch_are_judged_against_each_other() {
    let engine = engine();
    let page = |address: &str, text: &str| {
        let markdown = format!("---\ntitle: Ferry\n---\n\n{text}");
        let loaded = corpus::load_page(address, Some("text/markdown"), markdown.as_bytes());
        (loaded.unwrap(), Intent::Judge)
    };
    let published = publish(
        &engine,
        vec![
            page("https://e.org/a", "The ferry sails at nine."),
            page("https://e.org/a", "The ferry sails at ten."),
            page("https://e.org/b", "The ferry sails at ten."),
            (load("c", BRIDGE), Intent::Replace(number(1))),
            (load("d", FERRY), Intent::Replace(number(1))),
        ],
    );
    let verdicts: Vec<&Verdict> = published.iter().map(|p| &p.verdict).collect();
    let version = Verdict::NewVersion(number(1));
    assert_eq!(
        verdicts,
        [
            &Verdict::New,
            &version,
            &Verdict::AlreadyLoaded(number(1)),
            &version,
            &version,
        ]
    );
    assert_eq!(engine.count(GUILD).unwrap(), 1);
    assert_eq!(engine.history(number(1)).unwrap().len(), 4);
}

#[test]
fn metadata_given_beside_an_article_are_kept_and_make_a_new_version() {
    let engine = engine();
    let given = |overrides: Overrides| {
        let loaded = load("/somewhere/ferry.md", FERRY).amended(overrides);
        publish(&engine, vec![(loaded, Intent::Judge)])
            .remove(0)
            .verdict
    };
    assert_eq!(given(Overrides::default()), Verdict::New);
    let outlet = Overrides {
        outlet: Some("Lundy Post".to_owned()),
        ..Overrides::default()
    };
    let title = Overrides {
        title: Some("No ferry".to_owned()),
        ..Overrides::default()
    };
    let version = Verdict::NewVersion(number(1));
    let same = Verdict::AlreadyLoaded(number(1));
    assert_eq!(given(outlet.clone()), version);
    assert_eq!(given(outlet), same);
    assert_eq!(given(title), version);
    assert_eq!(given(Overrides::default()), same);
    let metadata = engine.document(number(1)).unwrap().unwrap().metadata;
    assert_eq!(metadata.title, "No ferry");
    assert_eq!(metadata.outlet.as_deref(), Some("Lundy Post"));
}

#[test]
fn a_date_in_the_future_is_kept_with_a_warning() {
    let engine = engine();
    let today = "2025-03-18";
    for (date, n_warnings) in [
        (today, 0),
        ("2025-03-20", 0),
        ("2025-03-21", 1),
        ("9999-12-31", 1),
    ] {
        let markdown = format!("---\ntitle: Dated {date}\ndate: {date}\n---\n\nDated {date}.");
        let published = publish_one(&engine, date, &markdown);
        assert_eq!(published.verdict, Verdict::New);
        assert_eq!(
            published.warnings.len(),
            n_warnings,
            "{:?}",
            published.warnings
        );
        assert!(
            published
                .warnings
                .iter()
                .all(|warning| warning.contains(date))
        );
    }
}

#[test]
fn what_is_not_there_cannot_be_replaced() {
    let engine = engine();
    publish_one(&engine, "a", FERRY);
    let foreign = DocumentRef {
        collection: Collection::Local,
        number: 1,
    };
    for missing in [number(2), foreign] {
        let articles = vec![(load("b", WELL), Intent::Replace(missing))];
        let published = publish(&engine, articles).remove(0);
        assert!(
            matches!(published.verdict, Verdict::Skipped(_)),
            "{published:?}"
        );
        assert_eq!(published.reference, None);
    }
    assert_eq!(engine.count(GUILD).unwrap(), 1);
}

// Versions.

#[test]
fn an_article_can_be_brought_back_and_put_away_again() {
    let engine = engine();
    publish_one(&engine, "a", FERRY);
    engine.remove(GUILD, &[number(1)], &USER, NOW + 1).unwrap();
    assert!(!asked(&engine, RUDDER).contains("rudder"));
    let removed = engine.removed(GUILD, Page::first(9)).unwrap();
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].title, "Lundy ferry cancelled");

    let restored = engine.restore(number(1), None, &USER, NOW + 2).unwrap();
    assert_eq!((restored.version, restored.restores), (2, Some(1)));
    assert!(asked(&engine, RUDDER).contains("a broken rudder"));
    assert_eq!(engine.removed(GUILD, Page::first(9)).unwrap(), []);

    engine
        .replace(number(1), load("b", BRIDGE), &USER, NOW + 3)
        .unwrap();
    assert!(!asked(&engine, RUDDER).contains("rudder"));
    engine.restore(number(1), None, &USER, NOW + 4).unwrap();
    assert!(asked(&engine, RUDDER).contains("a broken rudder"));
    // Repeated, it undoes itself.
    engine.restore(number(1), None, &USER, NOW + 5).unwrap();
    assert!(!asked(&engine, RUDDER).contains("rudder"));
    engine.restore(number(1), Some(1), &USER, NOW + 6).unwrap();
    assert!(asked(&engine, RUDDER).contains("a broken rudder"));

    let history = engine.history(number(1)).unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|v| (v.version, v.status, v.restores, v.added_unix_ms - NOW))
        .collect();
    use Status::{Current, Removed, Replaced};
    assert_eq!(
        told,
        [
            (1, Removed, None, 0),
            (2, Replaced, Some(1), 2),
            (3, Replaced, None, 3),
            (4, Replaced, Some(2), 4),
            (5, Replaced, Some(3), 5),
            (6, Current, Some(1), 6),
        ]
    );
    assert!(history.iter().all(|v| v.added_by == USER));
    assert_eq!(history[0].ended_by, Some(USER));
    assert_eq!(history[0].ended_unix_ms, Some(NOW + 1));
    // Ids are never used again.
    assert!(history.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[test]
fn what_cannot_be_brought_back_is_named() {
    let engine = engine();
    publish_one(&engine, "a", FERRY);
    for (reference, version, expected) in [
        (
            number(1),
            None,
            "article `1` of `guild-5` has no earlier version to bring back",
        ),
        (number(1), Some(1), "has no earlier version 1 to bring back"),
    ] {
        let error = engine.restore(reference, version, &USER, NOW).unwrap_err();
        assert!(
            matches!(error, EngineError::Store(StoreError::NoSuchVersion { .. })),
            "{error:?}"
        );
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(engine.history(number(1)).unwrap().len(), 1);
    // What says the same as the current version is as good as none, and what is said beside it is part of it.
    let restore = |version| engine.restore(number(1), version, &USER, NOW + 1);
    engine.remove(GUILD, &[number(1)], &USER, NOW).unwrap();
    assert_eq!(restore(None).unwrap().version, 2);
    for version in [None, Some(1)] {
        let error = restore(version).unwrap_err();
        let is_same = |error: &EngineError| {
            matches!(
                error,
                EngineError::Store(StoreError::SameVersion { version: 1, .. })
            )
        };
        assert!(is_same(&error), "{error:?}");
    }
    assert_eq!(engine.history(number(1)).unwrap().len(), 2);
    let titled = load("a", FERRY).amended(Overrides {
        title: Some("No ferry".to_owned()),
        ..Overrides::default()
    });
    engine.replace(number(1), titled, &USER, NOW).unwrap();
    assert_eq!(restore(None).unwrap().version, 4);
    let error = engine.restore(number(2), None, &USER, NOW).unwrap_err();
    assert_eq!(error.to_string(), "there is no article `2` in `guild-5`");
}

#[test]
fn every_change_is_in_the_audit_log_of_its_collection() {
    let engine = engine();
    publish_one(&engine, "a", FERRY);
    engine
        .replace(number(1), load("b", BRIDGE), &USER, NOW)
        .unwrap();
    engine
        .remove(GUILD, &[number(1)], &Actor::CommandLine, NOW + 1)
        .unwrap();
    engine.restore(number(1), None, &USER, NOW + 2).unwrap();
    engine.reindex(GUILD, &Actor::CommandLine, NOW + 3).unwrap();
    let detail = "library off";
    engine
        .record(GUILD, Action::Settings, &USER, NOW + 4, Some(detail))
        .unwrap();
    add(&engine, Collection::Local, &[WELL]);

    let log = engine.audit(GUILD, Page::first(99)).unwrap();
    let told: Vec<_> = log
        .iter()
        .map(|entry| (entry.action, entry.subject.map(|(r, v)| (r.number, v))))
        .collect();
    assert_eq!(
        told,
        [
            (Action::Settings, None),
            (Action::Reindex, None),
            (Action::Restore, Some((1, 3))),
            (Action::Remove, Some((1, 2))),
            (Action::Replace, Some((1, 2))),
            (Action::Add, Some((1, 1))),
        ]
    );
    assert_eq!(log[0].detail.as_deref(), Some(detail));
    assert_eq!(log[3].actor, Actor::CommandLine);
    assert_eq!(log[3].unix_ms, NOW + 1);
    let second = Page {
        offset: 1,
        limit: 2,
    };
    assert_eq!(engine.audit(GUILD, second).unwrap(), log[1..3]);
    assert_eq!(
        engine
            .audit(Collection::Local, Page::first(9))
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        engine.audit(Collection::Guild(6), Page::first(9)).unwrap(),
        []
    );

    engine.forget_actor(77).unwrap();
    let log = engine.audit(GUILD, Page::first(99)).unwrap();
    assert!(log.iter().all(|entry| entry.actor != USER));
    let history = engine.history(number(1)).unwrap();
    assert!(
        history
            .iter()
            .all(|version| version.added_by == Actor::Unknown)
    );
}

#[test]
fn versions_past_their_retention_are_gone_for_good_and_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let day = 86_400_000;
    let engine = Opened::at(folder.path()).engine;
    publish_one(&engine, "a", FERRY);
    publish_one(&engine, "b", SEEDS);
    engine
        .replace(number(1), load("c", BRIDGE), &USER, NOW)
        .unwrap();
    engine
        .remove(GUILD, &[number(2)], &USER, NOW + day)
        .unwrap();
    assert_eq!(engine.retain(1, &USER, NOW + day).unwrap(), 0);
    assert_eq!(engine.retain(1, &USER, NOW + day + 1).unwrap(), 1);
    assert_eq!(engine.history(number(1)).unwrap().len(), 1);
    assert!(engine.restore(number(1), None, &USER, NOW).is_err());
    assert_eq!(engine.retain(0, &USER, NOW + day + 1).unwrap(), 1);
    assert_eq!(engine.history(number(2)).unwrap(), []);
    assert_eq!(engine.removed(GUILD, Page::first(9)).unwrap(), []);
    // The number stays taken, and what is current is untouched.
    assert_eq!(publish_one(&engine, "d", WELL).reference, Some(number(3)));
    assert_eq!(
        engine
            .document(number(1))
            .unwrap()
            .unwrap()
            .metadata
            .title
            .get(..6),
        Some("Marlow")
    );
    let log = engine.audit(GUILD, Page::first(1)).unwrap();
    assert_eq!(log[0].action, Action::Add);
}

#[test]
fn an_index_from_before_a_pruning_is_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("data");
    let engine = Opened::at(&dir).engine;
    let ferry = add(&engine, GUILD, &[FERRY])[0];
    drop(engine);
    let old = folder.path().join("old");
    crate::support::copy_folder(&dir.join("index"), &old);
    let engine = Opened::at(&dir).engine;
    replace(&engine, ferry, BRIDGE);
    remove(&engine, ferry);
    add(&engine, GUILD, &[SEEDS]);
    engine.prune(NOW + 1, &USER, NOW).unwrap();
    drop(engine);
    fs::remove_dir_all(dir.join("index")).unwrap();
    crate::support::copy_folder(&old, &dir.join("index"));
    let opened = Opened::at(&dir);
    // The old index holds an article of whose end nothing tells any more.
    assert_eq!(opened.engine.n_passages(GUILD).unwrap(), 2);
    assert!(!asked(&opened.engine, RUDDER).contains("rudder"));
}

// Commands.

fn ids(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect()
}

#[test]
fn a_dry_run_shows_what_would_be_done_and_does_nothing() {
    let home = Home::new();
    home.write("in/ferry.md", FERRY);
    home.quoth(&["add", "in"]).ended_with(0);
    home.write("in/ferry.md", FERRY.replace("rudder", "mast"));
    home.write("in/wire.md", WIRE[0]);
    home.write("in/copy.md", WIRE[0]);
    home.write("in/empty.md", "");
    let run = home.quoth(&["add", "--dry-run", "in"]).ended_with(1);
    let shown = run.stdout.replace(home.path("in").to_str().unwrap(), "");
    insta::assert_snapshot!(shown, @r"
    /copy.md
      Nordwind Air to buy rival Polarjet · Baltic Wire · 2024-06-10
      language en, 56 words, 1 passage
      → new
    /empty.md
      → skipped: article `/empty.md` has no text
    /ferry.md
      Lundy ferry cancelled
      language en, 12 words, 1 passage
      → new version of #1
    /wire.md
      → skipped: `/wire.md` holds the same as `/copy.md`
    ");
    let report = home
        .quoth(&["add", "--dry-run", "in", "--json"])
        .ended_with(1)
        .json();
    let previews = report["previews"].as_array().unwrap();
    let verdicts: Vec<&str> = previews
        .iter()
        .map(|p| p["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["new", "skipped", "new_version", "skipped"]);
    assert_eq!(previews[2]["of"], "1");
    let keys: Vec<&String> = previews[0]["article"].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "date",
            "language",
            "outlet",
            "passages",
            "size_bytes",
            "tags",
            "title",
            "url",
            "words"
        ]
    );
    assert!(home.quoth(&["ask", RUDDER]).plain().contains("rudder"));
    let list = home.quoth(&["list", "--no-library", "--json"]).json();
    assert_eq!(list.as_array().unwrap().len(), 1);
}

#[test]
fn what_was_removed_or_replaced_is_brought_back() {
    let home = Home::new();
    home.quoth(&["add", &home.write("ferry.md", FERRY)])
        .ended_with(0);
    home.quoth(&["remove", "1"]).ended_with(0);
    home.quoth(&["ask", RUDDER]).ended_with(1);
    let run = home.quoth(&["restore", "1"]).ended_with(0);
    assert_eq!(
        run.stdout,
        "restored 1: Lundy ferry cancelled (version 2, with the text of version 1)\n"
    );
    let answer = home.quoth(&["ask", RUDDER]).ended_with(0);
    assert!(answer.plain().contains("a broken rudder"));

    let well = home.write("well.md", WELL);
    let run = home
        .quoth(&["replace", "1", &well, "--title", "A well"])
        .ended_with(0);
    assert_eq!(run.stdout, "replaced 1: A well\n");
    assert!(!home.quoth(&["ask", RUDDER]).plain().contains("rudder"));
    home.quoth(&["replace", "1", &well, "--title", "A well"])
        .ended_with(1);
    home.quoth(&["restore", "1", "--version", "1"])
        .ended_with(0);
    assert!(
        home.quoth(&["ask", RUDDER])
            .plain()
            .contains("a broken rudder")
    );

    let history = home.quoth(&["history", "1"]).ended_with(0);
    assert_eq!(history.stdout.lines().count(), 4);
    assert!(history.stdout.contains("by cli"), "{}", history.stdout);
    let history = home.quoth(&["history", "1", "--json"]).ended_with(0).json();
    let statuses: Vec<&str> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["removed", "replaced", "replaced", "current"]);
    let log = home.quoth(&["history"]).ended_with(0);
    let actions: Vec<&str> = log
        .stdout
        .lines()
        .map(|line| line.split_whitespace().nth(3).unwrap())
        .collect();
    assert_eq!(actions, ["restore", "replace", "restore", "remove", "add"]);
    let log = home
        .quoth(&["history", "-n", "2", "--json"])
        .ended_with(0)
        .json();
    assert_eq!(log.as_array().unwrap().len(), 2);

    home.quoth(&["restore", "9"]).refused("`9`");
    home.quoth(&["restore", "1", "--version", "9"])
        .refused("version 9");
    home.quoth(&["history", "9"]).refused("`9`");
    home.quoth(&["replace", "9", &well]).refused("`9`");
    home.quoth(&["replace", "1", "absent.md"])
        .refused("does not exist");
    home.quoth(&["replace", "1", "library"])
        .refused("is a folder");
    for command in [
        &["restore", "L1"][..],
        &["remove", "L1"],
        &["replace", "L1", &well],
    ] {
        home.quoth(command).refused("the library");
    }
}

#[test]
fn collections_are_named_and_apart() {
    let home = Home::new();
    let ferry = home.write("ferry.md", FERRY);
    home.quoth(&["add", &ferry, "--collection", "guild-7"])
        .ended_with(0);
    home.quoth(&["list", "--no-library"]).ended_with(1);
    let list = home
        .quoth(&["list", "--collection", "guild-7", "--no-library"])
        .ended_with(0);
    assert!(list.stdout.contains("Lundy ferry cancelled"));
    home.quoth(&["show", "1"])
        .refused("there is no article `1`");
    home.quoth(&["show", "1", "--collection", "guild-7"])
        .ended_with(0);
    home.quoth(&["remove", "1"])
        .refused("there is no article `1`");
    home.quoth(&["remove", "1", "--collection", "guild-7"])
        .ended_with(0);
    home.quoth(&["restore", "1", "--collection", "guild-7"])
        .ended_with(0);
    home.quoth(&["add", &ferry, "--collection", "library"])
        .refused("the library follows");
    let run = home
        .quoth(&["add", &ferry, "--collection", "guild-x"])
        .ended_with(2);
    assert!(run.stderr.contains("guild-x"));
}

#[test]
fn metadata_can_be_given_on_the_command_line() {
    let home = Home::new();
    let ferry = home.write("ferry.md", FERRY);
    let well = home.write("well.md", WELL);
    let given = [
        "--date",
        "2024-01-02",
        "--outlet",
        "Post",
        "--tags",
        "sea, ships",
    ];
    let title = ["--title", "No ferry", "--url", "https://e.org/ferry"];
    home.quoth(&[&["add", &ferry, &well][..], &title].concat())
        .refused("`--title` is for one article, and 2 were found");
    home.quoth(&[&["add", &ferry][..], &given, &title].concat())
        .ended_with(0);
    let article = home.quoth(&["show", "1", "--json"]).ended_with(0).json();
    assert_eq!(article["title"], "No ferry");
    assert_eq!(article["published"], "2024-01-02");
    assert_eq!(article["outlet"], "Post");
    assert_eq!(article["url"], "https://e.org/ferry");
    assert_eq!(ids(&article["tags"]), ["sea", "ships"]);
    // The file did not change, and what was said of it stays.
    assert_eq!(
        home.quoth(&["add", &ferry]).ended_with(0).stdout,
        "0 added, 1 unchanged\n"
    );
    let run = home
        .quoth(&["add", &ferry, "--title", "Again a ferry"])
        .ended_with(0);
    assert_eq!(run.stdout, "0 added, 1 replaced\n");
    let article = home.quoth(&["show", "1", "--json"]).ended_with(0).json();
    assert_eq!(article["title"], "Again a ferry");
    assert_eq!(article["outlet"], "Post");
    let run = home
        .quoth(&["add", &ferry, "--date", "tomorrow"])
        .ended_with(2);
    assert!(run.stderr.contains("tomorrow"));
}

#[test]
fn a_folder_given_again_withdraws_what_disappeared_if_asked_to() {
    let home = Home::new();
    home.write("in/ferry.md", FERRY);
    home.write("in/well.md", WELL);
    home.write("other/seeds.md", SEEDS);
    home.quoth(&["add", "in", "other"]).ended_with(0);
    fs::remove_file(home.path("in/ferry.md")).unwrap();
    fs::remove_file(home.path("other/seeds.md")).unwrap();
    assert_eq!(
        home.quoth(&["add", "in"]).ended_with(0).stdout,
        "0 added, 1 unchanged\n"
    );
    let run = home
        .quoth(&["add", "in", "--prune", "--dry-run"])
        .ended_with(0);
    assert!(
        run.stdout.ends_with("would remove 1: its file is gone\n"),
        "{run:?}"
    );
    let run = home.quoth(&["add", "in", "--prune"]).ended_with(0);
    assert_eq!(run.stdout, "0 added, 1 removed, 1 unchanged\n");

    // A folder that is empty or gone is rather unmounted than meant.
    for gone in [false, true] {
        if gone {
            fs::remove_dir_all(home.path("other")).unwrap();
        }
        let run = home.quoth(&["add", "in", "other", "--prune"]).ended_with(1);
        let what = match gone {
            true => "`other` is gone",
            false => "`other` holds no article any more",
        };
        let kept = format!("{what}; 1 article loaded from it is kept");
        assert!(run.stderr.contains(&kept), "{run:?}");
        assert_eq!(run.stdout, "0 added, 1 unchanged, 1 skipped\n");
    }
    home.quoth(&["show", "3"]).ended_with(0);
}

#[test]
fn odd_input_is_accepted_with_a_warning_that_names_it() {
    let home = Home::new();
    let long = "word ".repeat(60);
    let title = home.write("in/title.md", format!("---\ntitle: {long}\n---\n\nLong."));
    let future = home.write("in/future.md", "---\ndate: 9999-12-31\n---\n\nLater.");
    home.write("in/a/report.txt", "The first report has a text of its own.");
    let second = home.write(
        "in/b/report.txt",
        "And so has the second one, on other matters.",
    );
    let run = home.quoth(&["add", "in"]).ended_with(0);
    assert_eq!(run.stdout, "4 added [1 to 4]\n");
    for (file, warning) in [
        (
            &title,
            format!("title cut to {MAX_TITLE_CHARS} characters, the limit"),
        ),
        (
            &future,
            "date ignored: `9999-12-31` is not between the years".to_owned(),
        ),
        (&second, "both are kept".to_owned()),
    ] {
        let line = run.stderr.lines().find(|line| line.contains(file.as_str()));
        assert!(
            line.is_some_and(|line| line.contains(&warning)),
            "{warning}: {run:?}"
        );
    }
    assert_eq!(run.stderr.lines().count(), 3, "{run:?}");
}

#[test]
fn indexes_are_built_anew_on_request() {
    let home = Home::new();
    home.quoth(&["add", &home.write("ferry.md", FERRY)])
        .ended_with(0);
    let run = home.quoth(&["reindex"]).ended_with(0);
    assert_eq!(
        run.stdout,
        "library: 2 articles indexed\nlocal: 1 article indexed\n"
    );
    let run = home
        .quoth(&["reindex", "--collection", "local"])
        .ended_with(0);
    assert_eq!(run.stdout, "local: 1 article indexed\n");
    assert!(
        home.quoth(&["ask", RUDDER])
            .ended_with(0)
            .plain()
            .contains("rudder")
    );
}

#[test]
fn everything_survives_the_way_through_an_archive() {
    let home = Home::new();
    home.write("in/ferry.md", FERRY);
    home.write("in/well.md", WELL);
    home.quoth(&["add", "in"]).ended_with(0);
    home.quoth(&["remove", "2"]).ended_with(0);
    home.quoth(&["add", "in/ferry.md", "--collection", "guild-7"])
        .ended_with(0);
    home.quoth(&["export", "all.jsonl"]).ended_with(0);
    let archive = fs::read(home.path("all.jsonl")).unwrap();
    assert_eq!(
        home.quoth(&["export", "-"]).ended_with(0).stdout.as_bytes(),
        archive
    );

    let other = ["--data-dir", "other"];
    let with = |arguments: &[&str]| home.quoth(&[&other[..], arguments].concat());
    let run = with(&["import", "all.jsonl"]).ended_with(0);
    assert_eq!(run.stdout, "imported 4 articles in 5 versions\n");
    assert_eq!(
        with(&["export", "-"]).ended_with(0).stdout.as_bytes(),
        archive
    );
    let answer = with(&["ask", RUDDER]).ended_with(0);
    assert!(answer.plain().contains("a broken rudder"));
    with(&["restore", "2"]).ended_with(0);
    with(&["import", "all.jsonl"]).refused("holds articles already");
    home.quoth(&["import", "all.jsonl"])
        .refused("holds articles already");

    // An archive is overwritten by the next one, another file never.
    home.quoth(&["export", "all.jsonl"]).ended_with(0);
    home.quoth(&["export", "in/ferry.md"])
        .refused("is not an archive");
    assert_eq!(
        fs::read(home.path("in/ferry.md")).unwrap(),
        FERRY.as_bytes()
    );
    home.quoth(&["export", "absent/all.jsonl"])
        .refused("absent/all.jsonl");
    home.quoth(&["--data-dir", "nothing", "export", "-"])
        .refused("nothing` holds nothing to export");
    home.quoth(&["--data-dir", "third", "import", "absent.jsonl"])
        .refused("absent.jsonl");
}

#[test]
fn a_damaged_archive_is_refused_with_its_line_and_nothing_is_imported() {
    let home = Home::new();
    home.quoth(&["add", &home.write("ferry.md", FERRY)])
        .ended_with(0);
    home.quoth(&["export", "all.jsonl"]).ended_with(0);
    let archive = fs::read_to_string(home.path("all.jsonl")).unwrap();
    let line = 1 + archive
        .lines()
        .position(|line| line.contains("rudder"))
        .unwrap();
    home.write(
        "changed.jsonl",
        archive.replace("broken rudder", "broken rubber"),
    );
    home.write("cut.jsonl", archive.get(..archive.len() - 30).unwrap());
    home.write("article.jsonl", FERRY);
    for (file, because) in [
        (
            "changed.jsonl",
            format!("line {line} of the archive is damaged"),
        ),
        (
            "cut.jsonl",
            format!("line {} of the archive is damaged", archive.lines().count()),
        ),
        (
            "article.jsonl",
            "is not the beginning of an archive".to_owned(),
        ),
    ] {
        home.quoth(&["--data-dir", "other", "import", file])
            .refused(&because);
    }
    home.quoth(&["--data-dir", "other", "import", "all.jsonl"])
        .ended_with(0);
}

#[cfg(unix)]
#[test]
fn an_interrupted_load_keeps_what_is_done_and_goes_on_where_it_stopped() {
    let home = Home::new();
    home.quoth(&["list"]).ended_with(0);
    let n_files = 3_000;
    for n in 0..n_files {
        let text = FERRY.replace("Thursday", &format!("number {n}"));
        home.write(&format!("in/{n}.md"), text);
    }
    let adding = home.start(&["add", "in"]);
    let store = Store::open(&home.path("data/quoth.db")).unwrap();
    // The first batch is in, and there are more to come.
    while store.count(Collection::Local).unwrap() == 0 {
        std::thread::yield_now();
    }
    let pid = adding.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let run = finish(adding).ended_with(1);
    let n_done = store.count(Collection::Local).unwrap();
    assert!(n_done < n_files);
    let told = format!("quoth: interrupted: {n_done} of {n_files} articles are done and kept");
    assert!(run.stderr.contains(&told), "{}", run.stderr);
    let run = home.quoth(&["add", "in"]).ended_with(0);
    let told = format!("{} added, {n_done} unchanged", n_files - n_done);
    assert!(run.stdout.starts_with(&told), "{}", run.stdout);
    assert_eq!(store.count(Collection::Local).unwrap(), n_files);
}
