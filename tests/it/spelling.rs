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
        // Words that only join and ask, however short; they tell that it is English.
        ("wehn did teh ferry stop?", "when did the ferry stop?"),
        ("Waht abuot Marlow?", "what about Marlow?"),
        ("wich ferry", "which ferry"),
        // A last letter that is missing; a sentence before; an apostrophe is no quotation mark.
        (
            "what was the busines of the witnes in irelan?",
            "what was the business of the witness in ireland?",
        ),
        (
            "Hello there! Waht is cancelled?",
            "Hello there! what is cancelled?",
        ),
        (
            "who's the owner of 'Nordwnd Air' and l'Marloww",
            "who's the owner of 'Nordwnd Air' and l'Marlow",
        ),
        // Few words without any that tell the language.
        ("Marloww brdige", "Marlow bridge"),
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
        // It may be `who` or `how`, `there` or `their`; a name; what others call themselves.
        "hwo is ther ferry",
        "is Mr Adn or ADN or \"teh\" there?",
        "wer hat das tehma gewählt und wann ist die wahl",
        // Words that are frequent in another form only.
        "did they collide, allege, summarize and categorize it?",
        "is the attendee a stakeholder?",
        "who is 'Marloww' or ‘Nordwnd’?",
        "is the 'Marloww brdige ferry' or ‘the Marloww’s brdige’ there?",
        // Rare words and abbreviations, and words of other languages.
        "where does hwy 101 end and how many btu does it need?",
        "who drank the broth and the whey on a whim, to and fro?",
        "wer ist doig",
        "unde a murit regele in bucuresti",
        // Not English, so no English word is meant, and none of English articles.
        "wer hat die brigde am sonntag gesehen und warum",
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
fn words_of_one_language_are_not_put_in_questions_of_another() {
    let french = "---\ntitle: La ville\n---\n\nLa ville de Nantes ferme la médiathèque, et la ville le regrette beaucoup.\n";
    let german = "---\ntitle: Windpark\n---\n\nSieben Windräder waren geplant, und der Stadtrat von Görlitz hat sie abgelehnt.\n";
    let engine = engine_with(&[french, german]);
    let question = "wie viele Windräder waren geplant?";
    assert_eq!(understood(&engine, &[LOCAL], question), question);
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

#[test]
fn a_name_is_no_other_word() {
    let about = |text: &str| format!("---\ntitle: News\n---\n\n{text}\n");
    let engine = engine_with(&[
        &about("Ronald Williams raised the barrier and the stores of marten and kuna again."),
        &about("The lipid was given to Credit Suisse in the past, and Beyoncé sang of a prize."),
    ]);
    for question in [
        "did Raisi meet Barnier?",
        "who is Ronaldo and what is Lapid?",
        "where is Kaunas and who is Stoere?",
        "Wer ist Papst?",
    ] {
        assert_eq!(understood(&engine, &[LOCAL], question), question);
    }
    for (question, expected) in [
        ("who won the prise?", "who won the prize?"),
        ("what did credit suise do?", "what did credit Suisse do?"),
        ("when did Rolnald go?", "when did Ronald go?"),
    ] {
        assert_eq!(understood(&engine, &[LOCAL], question), expected);
    }
}

#[test]
fn accents_at_the_end_of_a_word_may_be_left_out() {
    let engine = engine_with(&["---\ntitle: News\n---\n\nThe singer Beyoncé gave a concert.\n"]);
    let mut options = AskOptions::new(vec![LOCAL], 1);
    options.ranking.system = System::Bm25;
    for typed in ["Beyonce", "Beyoncé", "BEYONCÉ"] {
        let query = Query::parse(typed).unwrap();
        let found = engine.search(&query, &options).unwrap();
        assert_eq!(found.hits.len(), 1, "{typed}");
    }
}
