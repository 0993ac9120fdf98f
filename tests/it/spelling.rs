//! Misspelled words of a question, and those that only look so.

use quoth::document::Collection;
use quoth::engine::{AskOptions, Engine};
use quoth::retrieve::{MAX_CHARS, Query, System};

use crate::support::{ARTICLES, BRIDGE, FERRY, SEEDS, add, engine_with, models, remove};

const LOCAL: Collection = Collection::Local;
const LIBRARY: Collection = Collection::Library;

/// The question as it is understood, whoever asks.
fn understood(engine: &Engine, scope: &[Collection], question: &str) -> String {
    let query = Query::parse(question).unwrap();
    let mut options = AskOptions::new(scope.to_vec(), 1);
    options.ranking.system = System::Hybrid;
    let found = engine.search(&query, &options).unwrap();
    assert_eq!(engine.understood(&query, scope).unwrap(), found.query);
    found.query.text().to_owned()
}

#[test]
fn a_slip_is_put_right_as_the_articles_write_the_word() {
    let engine = engine_with(&ARTICLES);
    for (question, expected) in [
        (
            "what does nordwnd air pay for Polarjte?",
            "what does Nordwind air pay for Polarjet?",
        ),
        // Two neighbours swapped, one letter exchanged, one doubled; a possessive goes with its word.
        (
            "which hnagers of the Marloww bridge?",
            "which hangers of the Marlow bridge?",
        ),
        ("the Whitlok's beans", "the Whitlock's beans"),
        // Two slips in a long word.
        (
            "Where is the Strassenbanlinie?",
            "Where is the Straßenbahnlinie?",
        ),
        // The form that is most like what was typed.
        ("how many pakets of seed", "how many packets of seed"),
        // A word that English has and no article.
        (
            "which team was embarassed by the ferry?",
            "which team was embarrassed by the ferry?",
        ),
        ("whcih ferry is cancelled?", "which ferry is cancelled?"),
        // One that sounds alike is likelier than what an article has.
        (
            "who is the autor of the deal?",
            "who is the author of the deal?",
        ),
    ] {
        assert_eq!(understood(&engine, &[LOCAL], question), expected);
    }
}

#[test]
fn what_may_be_meant_as_it_is_typed_stays() {
    let engine = engine_with(&ARTICLES);
    for question in [
        // Frequent words of English that no article holds, and their inflections.
        "who queued for the oscars with notebooks?",
        "why couldnt the smacking stop?",
        // Names that nothing is like; one that is like an English word.
        "what is Zubrovia?",
        "who is Mr Harrisson?",
        // The first letter counts, short words and words with digits stay.
        "where is the Tarlow bridge?",
        "what does Nair and Röh say of the A380x?",
        // The last letter makes another name; a letter in place of another makes another word.
        "who is Marta Ozolo?",
        "is biden in the lorry with the vegans?",
        // The stems are alike, the words are not.
        "what did the inspectress say?",
        "who is \"Marloww\" and what is “Nordwnd”?",
        "YOURE THE OSCARS",
        // Not English, so no English word is meant.
        "wer hat die wahll am sonntag gewonnen",
    ] {
        assert_eq!(understood(&engine, &[LOCAL], question), question);
    }
    assert_eq!(
        understood(&engine_with(&[]), &[LOCAL], "Marloww bridge"),
        "Marloww bridge"
    );
}

#[test]
fn only_words_of_articles_in_scope_are_offered() {
    let engine = Engine::in_memory(models()).unwrap();
    add(&engine, LIBRARY, &[FERRY, SEEDS]);
    let bridge = add(&engine, LOCAL, &[BRIDGE]).remove(0);
    let question = "Lunndy or Marloww or Whitlok?";
    for (scope, expected) in [
        (vec![], question),
        (vec![LOCAL], "Lunndy or Marlow or Whitlok?"),
        (vec![LIBRARY], "Lundy or Marloww or Whitlock?"),
        (vec![LIBRARY, LOCAL], "Lundy or Marlow or Whitlock?"),
    ] {
        assert_eq!(understood(&engine, &scope, question), expected);
    }
    // A word that only an article that is gone had is no help, wherever it may still stand.
    remove(&engine, bridge);
    assert_eq!(understood(&engine, &[LOCAL], question), question);
}

#[test]
fn of_many_misspelled_words_the_first_four_are_put_right() {
    let engine = engine_with(&ARTICLES);
    let question = "marloww ".repeat(5);
    let expected = "Marlow Marlow Marlow Marlow marloww";
    assert_eq!(understood(&engine, &[LOCAL], &question), expected);
    // Put right it may be as long as a question may be, and no longer.
    for (end, is_right) in [("1", true), ("11", false)] {
        let typed = format!("nordwnd {}{end}", "1 ".repeat(245));
        let right = typed.replace("nordwnd", "Nordwind");
        assert_eq!(right.chars().count() <= MAX_CHARS, is_right);
        let expected = if is_right { &right } else { &typed };
        assert_eq!(understood(&engine, &[LOCAL], &typed), *expected);
    }
    // A question as long as may be, of words as long as may be.
    let question = ["polarjett".repeat(10), "polarjett".repeat(45)].join(" ");
    assert_eq!(understood(&engine, &[LOCAL], &question), question);
}

#[test]
fn a_word_that_only_removed_articles_have_hides_no_other() {
    let engine = engine_with(&[]);
    let about = |harbour: &str| {
        format!(
            "---\ntitle: News\n---\n\nThe harbour of {harbour} was closed on Friday by the master.\n"
        )
    };
    let names = ["Fenwock", "Fenwock", "Fenwock", "Fenwick"].map(about);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut added = add(&engine, LOCAL, &names);
    let question = "when was the harbour of Fenwck closed?";
    let right = |harbour: &str| question.replace("Fenwck", harbour);
    assert_eq!(understood(&engine, &[LOCAL], question), right("Fenwock"));
    added.pop();
    for article in added {
        remove(&engine, article);
    }
    assert_eq!(understood(&engine, &[LOCAL], question), right("Fenwick"));
}
