//! Summaries and digests: every sentence a quote, and a clear word where there is none.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::Config;
use quoth::corpus;
use quoth::document::{BlockKind, Collection, Date, Span};
use quoth::engine::{Engine, TopicOptions};
use quoth::eval::{self, SummaryOptions};
use quoth::retrieve::{Article, Query};
use quoth::summary::{
    self, DigestEntry, Length, MAX_DIGEST_ENTRIES, NoSummary, Reason, SummarySentence, TopicSummary,
};
use serde_json::Value;

use crate::support::{
    ARTICLES, BRIDGE, FERRY, Home, SEEDS, TRAM, WIRE, add, engine_with, models, remove,
};

const LOCAL: Collection = Collection::Local;

/// Two reports of one flood that differ in a number, and one from before.
const FLOOD: [&str; 3] = [
    "---
title: River Tamar overflows at Launceston
date: 2024-11-20
outlet: Moor Gazette
---

The river Tamar is rising at Launceston after two days of rain, the weather service said. \
Sandbags are being handed out at the town hall.
",
    "---
title: Flood at Launceston drives families from their homes
date: 2024-11-22
outlet: Moor Gazette
---

The flood of the river Tamar at Launceston drove 40 families from their homes on Friday. \
A rest centre was opened in the grammar school. The mayor, Judith Pascoe, asked for blankets.
",
    "---
title: Tamar flood leaves families homeless
date: 2024-11-23
outlet: Cornish Mercury
---

The flood of the river Tamar at Launceston drove 55 families from their homes, the county said on \
Saturday. Trains to Gunnislake will not run before Wednesday. Sandbags are being handed out at the \
town hall.
",
];

fn unstored(markdown: &str) -> Arc<Article> {
    let draft = corpus::load_bytes("article.md", markdown.as_bytes())
        .unwrap()
        .draft;
    Arc::new(Article::unstored(draft, &models()))
}

fn article(markdown: &str, length: Length) -> Result<Vec<SummarySentence>, NoSummary> {
    let found = summary::article(&unstored(markdown), length, &models());
    for sentence in found.iter().flatten() {
        check(sentence);
    }
    found
}

fn texts(sentences: &[SummarySentence]) -> Vec<&str> {
    sentences.iter().map(SummarySentence::text).collect()
}

/// What Quoth promises of every sentence.
fn check(sentence: &SummarySentence) {
    let document = &sentence.article().document;
    let text = document.text.get(sentence.span().range());
    assert_eq!(text, Some(sentence.text()));
    assert!(!sentence.text().trim().is_empty());
    let mut others: Vec<_> = sentence.also_in().iter().map(|a| a.document.id).collect();
    assert!(!others.contains(&document.id));
    let n = others.len();
    others.sort_unstable();
    others.dedup();
    assert_eq!(others.len(), n, "an article is named twice");
}

fn topic_in(
    engine: &Engine,
    collection: Collection,
    topic: &str,
    change: impl Fn(&mut TopicOptions),
) -> Result<TopicSummary, NoSummary> {
    let mut options = TopicOptions {
        collections: vec![collection],
        since: None,
        until: None,
        only_new: false,
        length: Length::Sentences(8),
    };
    change(&mut options);
    let query = Query::parse(topic).unwrap();
    let found = engine.summarize_topic(&query, &options).unwrap();
    if let Ok(found) = &found {
        found.sentences.iter().for_each(check);
        found.timeline.iter().for_each(|e| check(&e.sentence));
        assert!(found.timeline.is_sorted_by_key(|entry| entry.date));
        for pair in &found.disagreements {
            check(&pair.first);
            check(&pair.second);
            assert!(pair.first_number.slice(pair.first.text()).is_some());
            assert!(pair.second_number.slice(pair.second.text()).is_some());
        }
    }
    found
}

fn topic(engine: &Engine, text: &str) -> Result<TopicSummary, NoSummary> {
    topic_in(engine, LOCAL, text, |_| {})
}

fn digest(engine: &Engine, since: Option<&str>, n: usize) -> Result<Vec<DigestEntry>, NoSummary> {
    let since = since.map(|date| Date::parse(date).unwrap());
    let today = Date::parse("2024-11-30").unwrap();
    let found = engine.digest(&[LOCAL], since, today, n).unwrap();
    for entry in found.iter().flatten() {
        check(&entry.sentence);
    }
    found
}

// One article.

#[test]
fn an_article_that_is_shorter_than_asked_comes_back_whole_and_in_order() {
    let found = article(SEEDS, Length::Sentences(50)).unwrap();
    let article = unstored(SEEDS);
    let spans: Vec<Span> = found.iter().map(SummarySentence::span).collect();
    assert!(spans.is_sorted());
    let headings = article.document.blocks.iter();
    for heading in headings.filter(|block| matches!(block.kind, BlockKind::Heading(_))) {
        assert!(spans.iter().all(|span| !span.overlaps(heading.span)));
    }
    assert_eq!(found.len(), 6);
    assert_eq!(found[0].reason(), Reason::Lead);
}

#[test]
fn lengths_are_kept() {
    for n in 1..=4 {
        assert_eq!(
            article(BRIDGE, Length::Sentences(n)).unwrap().len(),
            n.min(4)
        );
    }
    let n_words = |sentences: &[SummarySentence]| -> usize {
        let count = |text| quoth::text::words(text).count();
        sentences.iter().map(|s| count(s.text())).sum()
    };
    let whole = n_words(&article(BRIDGE, Length::Sentences(9)).unwrap());
    assert_eq!(
        n_words(&article(BRIDGE, Length::Words(500)).unwrap()),
        whole
    );
    let half = n_words(&article(BRIDGE, Length::Words(whole / 2)).unwrap());
    assert!(half.abs_diff(whole / 2) <= 12, "{half} of {whole}");
    assert_eq!(article(BRIDGE, Length::Words(1)).unwrap().len(), 1);
}

#[test]
fn one_sentence_is_its_own_summary() {
    for length in [
        Length::Sentences(1),
        Length::Sentences(5),
        Length::Words(100),
    ] {
        let found = article(FERRY, length).unwrap();
        assert_eq!(
            texts(&found),
            ["The Thursday ferry to Lundy is cancelled because of a broken rudder."]
        );
    }
}

#[test]
fn short_sentences_are_taken_where_there_are_no_others() {
    let found = article(
        "---\ntitle: Notice\n---\n\nShop shut. Back soon.\n",
        Length::Sentences(3),
    );
    assert_eq!(texts(&found.unwrap()), ["Shop shut.", "Back soon."]);
    let found = article(
        "---\ntitle: Notice\n---\n\nShop shut. The shop on Quay Street is closed until Easter.\n",
        Length::Sentences(3),
    );
    assert_eq!(
        texts(&found.unwrap()),
        ["The shop on Quay Street is closed until Easter."]
    );
}

#[test]
fn what_holds_no_sentence_is_said_to_hold_none() {
    for text in [
        "| Club | Played | Points |\n|---|---|---|\n| Leeds | 38 | 71 |\n| Hull | 38 | 66 |\n",
        "Leeds 2 Hull 1\nYork 0 Derby 3\nStoke 1 Luton 1\nFulham 4 Reading 2\n",
        "12 14 16 18\n20 22 24 26\n",
        "## Only\n\n## headings here\n",
        "Too short\n",
    ] {
        let markdown = format!("---\ntitle: Figures\n---\n\n{text}");
        assert_eq!(
            article(&markdown, Length::Sentences(3)).unwrap_err(),
            NoSummary::NoProse,
            "{text:?}"
        );
    }
    let mut empty = corpus::load_bytes("a.md", b"Text.").unwrap().draft;
    empty.text.clear();
    empty.blocks.clear();
    let empty = Arc::new(Article::unstored(empty, &models()));
    assert_eq!(
        summary::article(&empty, Length::Sentences(3), &models()).unwrap_err(),
        NoSummary::Empty
    );
}

#[test]
fn rows_among_prose_are_left_out() {
    let markdown = "---\ntitle: Results\n---\n\nLeeds won the cup on Saturday in front of 40,000 people.\n\n\
        | Club | Points |\n|---|---|\n| Leeds | 71 |\n| Hull | 66 |\n\nThe final is to be played again next year.\n";
    let found = article(markdown, Length::Sentences(9)).unwrap();
    assert!(texts(&found).iter().all(|text| !text.contains("Hull")));
    assert_eq!(found.len(), 2);
}

#[test]
fn a_text_of_two_hundred_thousand_words_is_summarized() {
    let sentences: String = (0..10_000)
        .map(|i| {
            format!(
                "Delegate number {i} of the assembly spoke on harbour dues for ward {} in the long debate today. ",
                i % 97
            )
        })
        .collect();
    assert!(sentences.split_whitespace().count() > 170_000);
    let found = article(
        &format!("---\ntitle: Minutes\n---\n\n{sentences}"),
        Length::Sentences(4),
    );
    // They all say the same, so one says it.
    assert!((1..=4).contains(&found.unwrap().len()));
}

#[test]
fn other_languages_are_summarized_too() {
    for markdown in ARTICLES {
        let found = article(markdown, Length::Sentences(2)).unwrap();
        assert!((1..=2).contains(&found.len()));
    }
    let found = article(TRAM, Length::Sentences(1)).unwrap();
    assert!(found[0].text().contains("Straßenbahnlinie 7"), "{found:?}");
}

#[test]
fn a_sentence_that_leans_brings_the_one_before_or_stays_out() {
    let markdown = "---\ntitle: Harbour master of Padstow retires\n---\n\n\
        Harbour master Elowen Carne retires from the harbour of Padstow in May. \
        She led the harbour of Padstow through the rebuilding of the harbour wall and its harbour lights. \
        A concert is planned. \
        The town band has bought new trumpets for its players.\n";
    for n in 1..=4 {
        let found = article(markdown, Length::Sentences(n)).unwrap();
        let said = texts(&found);
        let position = |word: &str| said.iter().position(|text| text.starts_with(word));
        if let Some(she) = position("She") {
            assert_eq!(position("Harbour master"), Some(she - 1), "{said:?}");
        }
    }
    let found = article(markdown, Length::Sentences(2)).unwrap();
    assert!(texts(&found)[1].starts_with("She led"), "{found:?}");
}

#[test]
fn what_a_sentence_leans_on_is_the_one_right_before_it_or_nothing() {
    let markdown = "---\ntitle: Lifeboat of Newlyn\n---\n\n\
        The lifeboat of Newlyn rescued four anglers from the rocks on Sunday evening.\n\n\
        | Crew | Years |\n|---|---|\n| Ned Hosking | 12 |\n\n\
        He rescued the lifeboat anglers of Newlyn from the rocks before Sunday evening came. \
        A raffle is planned in the village hall for the month of May.\n";
    for n in 1..=3 {
        let found = article(markdown, Length::Sentences(n)).unwrap();
        let said = texts(&found);
        assert!(!said.iter().any(|text| text.starts_with("He ")), "{said:?}");
    }
}

#[test]
fn a_quotation_is_taken_whole_or_not_at_all() {
    let markdown = "---\ntitle: Quarry of Delabole closes\n---\n\n\
        The slate quarry of Delabole closes in June after six hundred years of work. \
        Owner Jory Hicks said: \u{201c}The slate quarry of Delabole has paid its way for a long time. \
        In the last years the slate quarry of Delabole has lost money.\u{201d} \
        The union wants talks about the slate quarry and its workers. \
        Ninety workers lose their jobs at the quarry.\n";
    for n in 1..=5 {
        let found = article(markdown, Length::Sentences(n)).unwrap();
        let said = texts(&found).join(" ");
        let count = |mark: char| said.chars().filter(|c| *c == mark).count();
        assert_eq!(count('\u{201c}'), count('\u{201d}'), "{said}");
    }
}

#[test]
fn no_sentence_is_given_twice() {
    // As newspapers set it: each paragraph of a quotation opens it again, only the last one closes it.
    let markdown = "---\ntitle: Roof\n---\n\n\
        Nurse Kim Oda told the inquiry in Bude that the ward was always full.\n\n\
        \"We had two beds for nine children,\" she said.\n\n\"I cried every night.\n\n\
        \"Then in May the roof fell in. Nobody had checked it for years,\" she said.\n";
    for n in 1..=8 {
        let found = article(markdown, Length::Sentences(n)).unwrap();
        let spans: BTreeSet<Span> = found.iter().map(SummarySentence::span).collect();
        assert_eq!(spans.len(), found.len(), "{:?}", texts(&found));
    }
    assert_eq!(article(markdown, Length::Sentences(5)).unwrap().len(), 5);
}

#[test]
fn what_the_page_says_of_itself_is_no_sentence_of_the_article() {
    let markdown = "---\ntitle: Storm\n---\n\nSubscribe to our newsletter for daily updates!\n\n\
        Photo: Anna Kim / Coastal Post\n\nA storm with gusts of 130 km/h hit Bude on Friday. \
        Here is what to know about it:\n\nFollow us on Facebook and Twitter.\n";
    let found = article(markdown, Length::Sentences(5)).unwrap();
    assert_eq!(
        texts(&found),
        ["A storm with gusts of 130 km/h hit Bude on Friday."]
    );
}

#[test]
fn rows_of_two_columns_are_no_sentences() {
    let markdown = "---\ntitle: Tides\n---\n\n\
        The tide tables of Bude harbour for the first week of March were printed today.\n\n\
        | The day of the month | The height of the water |\n|---|---|\n| Monday the first of March | high and rising |\n";
    let found = article(markdown, Length::Sentences(5)).unwrap();
    assert_eq!(
        texts(&found),
        ["The tide tables of Bude harbour for the first week of March were printed today."]
    );
}

proptest! {
    #![proptest_config(Config::with_cases(24))]

    #[test]
    fn every_sentence_is_a_slice_in_text_order(
        text in "([A-Zé][a-zß]{0,6}( [a-z]{1,7}){3,9}[.!?] |漢字東京雨天。|\n\n|It was so again today\\. |\"[a-z]{2,5} ok go on\\.\" ){1,40}",
        n in 1_usize..12,
        is_words in any::<bool>(),
    ) {
        let Ok(loaded) = corpus::load_bytes("a.txt", text.as_bytes()) else { return Ok(()) };
        let article = Arc::new(Article::unstored(loaded.draft, &models()));
        let length = if is_words { Length::Words(n * 9) } else { Length::Sentences(n) };
        if let Ok(found) = summary::article(&article, length, &models()) {
            prop_assert!(!found.is_empty());
            if !is_words {
                prop_assert!(found.len() <= n);
            }
            let mut end = 0;
            for sentence in &found {
                check(sentence);
                prop_assert!(sentence.span().start >= end);
                end = sentence.span().end;
            }
        }
    }
}

// Topics.

#[test]
fn copies_are_one_story_and_are_named() {
    let engine = engine_with(&[&WIRE[..], &[BRIDGE, FERRY]].concat());
    let found = topic(&engine, "takeover of Polarjet by Nordwind").unwrap();
    assert_eq!((found.n_articles, found.n_copies), (3, 2));
    let said = texts(&found.sentences);
    assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len());
    assert!(said.len() <= 4, "{said:?}");
    for sentence in &found.sentences {
        assert_eq!(
            sentence.article().document.metadata.title,
            "Nordwind Air to buy rival Polarjet"
        );
        assert_eq!(sentence.also_in().len(), 2);
    }
    assert_eq!(found.timeline.len(), 1);
    assert_eq!(found.timeline[0].n_articles, 3);
    assert_eq!(found.timeline[0].date.to_string(), "2024-06-10");
}

#[test]
fn sources_that_disagree_are_set_side_by_side() {
    let engine = engine_with(&[&FLOOD[..], &[BRIDGE]].concat());
    let found = topic(&engine, "flood at Launceston").unwrap();
    assert_eq!(found.n_articles, 3);
    let pairs: Vec<BTreeSet<&str>> = found
        .disagreements
        .iter()
        .map(|pair| {
            let one = pair.first_number.slice(pair.first.text()).unwrap();
            let other = pair.second_number.slice(pair.second.text()).unwrap();
            BTreeSet::from([one, other])
        })
        .collect();
    assert_eq!(
        pairs.first(),
        Some(&BTreeSet::from(["40", "55"])),
        "{found:#?}"
    );
}

#[test]
fn what_is_new_leaves_out_what_older_articles_say() {
    let engine = engine_with(&FLOOD);
    let since = |date: &str, only_new: bool| {
        let date = Date::parse(date).unwrap();
        topic_in(&engine, LOCAL, "flood at Launceston", move |options| {
            options.since = Some(date);
            options.only_new = only_new;
        })
    };
    let all = since("2024-11-23", false).unwrap();
    assert!(
        texts(&all.sentences)
            .iter()
            .any(|text| text.starts_with("Sandbags"))
    );
    let new = since("2024-11-23", true).unwrap();
    assert!(
        texts(&new.sentences)
            .iter()
            .all(|text| !text.starts_with("Sandbags"))
    );
    assert!(
        texts(&new.sentences)
            .iter()
            .any(|text| text.contains("Gunnislake"))
    );
    assert!(
        new.sentences
            .iter()
            .all(|sentence| sentence.reason() == Reason::New)
    );

    // The same again on the next day is not news.
    let again = FLOOD[2].replace("2024-11-23", "2024-11-24");
    add(&engine, LOCAL, &[&again]);
    assert_eq!(
        since("2024-11-24", true).unwrap_err(),
        NoSummary::NothingNew
    );
    assert_eq!(
        since("2024-12-24", true).unwrap_err(),
        NoSummary::NothingOfTime
    );
}

#[test]
fn a_number_that_changed_is_news_and_its_article_no_copy() {
    let later = FLOOD[2]
        .replace("2024-11-23", "2024-11-24")
        .replace("55 families", "70 families");
    let engine = engine_with(&FLOOD);
    add(&engine, LOCAL, &[&later]);
    let new = topic_in(&engine, LOCAL, "flood at Launceston", |options| {
        options.since = Some(Date::parse("2024-11-24").unwrap());
        options.only_new = true;
    })
    .unwrap();
    let said = texts(&new.sentences);
    assert!(said.iter().any(|text| text.contains("70 families")));
    // The rest of it stood in the report of the day before.
    assert!(!said.iter().any(|text| text.contains("Gunnislake")));

    let all = topic(&engine, "flood at Launceston").unwrap();
    assert_eq!((all.n_articles, all.n_copies), (4, 0));
}

#[test]
fn a_source_is_cited_for_no_other_number_and_no_pair_disagrees_twice() {
    let engine = engine_with(&FLOOD);
    let found = topic(&engine, "flood at Launceston").unwrap();
    let families: Vec<&SummarySentence> = found
        .sentences
        .iter()
        .filter(|sentence| sentence.text().contains("families"))
        .collect();
    assert!(!families.is_empty());
    for sentence in families {
        assert!(sentence.also_in().is_empty(), "{sentence:?}");
    }
    let pairs: Vec<BTreeSet<&str>> = found
        .disagreements
        .iter()
        .map(|pair| BTreeSet::from([pair.first.text(), pair.second.text()]))
        .collect();
    assert_eq!(pairs.iter().collect::<BTreeSet<_>>().len(), pairs.len());
}

/// Two reports of one vote, alike but for what was voted, with the same sentences behind.
fn votes() -> [String; 2] {
    let report = |outlet: &str, what: &str| {
        format!(
            "---\ntitle: Looe council votes on harbour wall\ndate: 2025-03-04\noutlet: {outlet}\n---\n\n\
             The Looe council {what} the new harbour wall by 12 votes to 5 on Monday. \
             The wall would be 90 metres long and keep the spring tides out of the lower town. \
             The vote came after four hours of debate in the town hall of Looe. \
             Fishermen fear for the quay and for the road to the market.\n"
        )
    };
    [
        report("Moor Gazette", "approved"),
        report("Cornish Mercury", "rejected"),
    ]
}

#[test]
fn reports_that_say_the_opposite_are_both_told_and_not_cited_for_each_other() {
    let votes = votes();
    let engine = engine_with(&[&votes[0], &votes[1]]);
    let found = topic(&engine, "harbour wall of Looe").unwrap();
    assert_eq!((found.n_articles, found.n_copies), (2, 0));
    for word in ["approved", "rejected"] {
        let told = found.sentences.iter().find(|s| s.text().contains(word));
        assert!(told.is_some_and(|s| s.also_in().is_empty()), "{found:#?}");
    }
    // What both say stands once and names both.
    let debate: Vec<&SummarySentence> = found
        .sentences
        .iter()
        .filter(|s| s.text().contains("four hours"))
        .collect();
    assert_eq!(debate.len(), 1);
    assert_eq!(debate[0].also_in().len(), 1);

    let entries = digest(&engine, None, 10).unwrap();
    let said: BTreeSet<&str> = entries.iter().map(|e| e.sentence.text()).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(entries.iter().all(|entry| entry.n_outlets == 1));
}

#[test]
fn what_was_reversed_is_news() {
    let [before, after] = votes();
    let after = after.replace("2025-03-04", "2025-03-08");
    let engine = engine_with(&[&before, &after]);
    let new = topic_in(&engine, LOCAL, "harbour wall of Looe", |options| {
        options.since = Some(Date::parse("2025-03-06").unwrap());
        options.only_new = true;
    })
    .unwrap();
    let said = texts(&new.sentences);
    assert!(said.iter().any(|text| text.contains("rejected")));
    assert!(!said.iter().any(|text| text.contains("four hours")));
}

#[test]
fn a_sentence_in_the_place_of_another_makes_no_copy() {
    let [report, _] = votes();
    let other = report.replace("Moor Gazette", "Cornish Mercury").replace(
        "Fishermen fear for the quay and for the road to the market.",
        "Nobody objected.",
    );
    let longer = report.replace("Moor Gazette", "Coast FM").replace(
        "to the market.\n",
        "to the market. The mayor was not there.\n",
    );
    let engine = engine_with(&[&report, &other, &longer]);
    let found = topic(&engine, "harbour wall of Looe").unwrap();
    assert_eq!((found.n_articles, found.n_copies), (3, 1));
}

#[test]
fn a_timeline_of_what_is_new_has_nothing_old() {
    let report = |date: &str, first: &str| {
        format!(
            "---\ntitle: Ferry of Fowey\ndate: {date}\n---\n\n{first} The ferry of Fowey carries 310 passengers.\n"
        )
    };
    let ran = "The ferry of Fowey ran aground in thick fog, the coastguard said.";
    let fees = "The ferry of Fowey asks a tenth more from May.";
    let engine = engine_with(&[
        &report("2025-03-04", ran),
        &report("2025-03-11", ran),
        &report("2025-03-25", fees),
    ]);
    let new = topic_in(&engine, LOCAL, "ferry of Fowey", |options| {
        options.since = Some(Date::parse("2025-03-10").unwrap());
        options.only_new = true;
    })
    .unwrap();
    let told: Vec<&str> = new
        .timeline
        .iter()
        .map(|entry| entry.sentence.text())
        .collect();
    assert_eq!(told, [fees]);
}

#[test]
fn monday_is_another_day_in_another_week() {
    let report = |date: &str| {
        format!(
            "---\ntitle: Ferry of Fowey\ndate: {date}\n---\n\nThe ferry of Fowey ran aground on Monday in thick fog.\n"
        )
    };
    let engine = engine_with(&[&report("2025-03-04"), &report("2025-03-18")]);
    let since = |day: &str| {
        topic_in(&engine, LOCAL, "ferry of Fowey", |options| {
            options.since = Some(Date::parse(day).unwrap());
            options.only_new = true;
        })
    };
    assert_eq!(since("2025-03-10").unwrap().sentences.len(), 1);
    add(&engine, LOCAL, &[&report("2025-03-20")]);
    assert_eq!(since("2025-03-20").unwrap_err(), NoSummary::NothingNew);
}

#[test]
fn a_name_of_two_words_is_not_each_of_them() {
    let engine = engine_with(&[
        "---\ntitle: Wales win Six Nations\n---\n\nWales won the Six Nations in Cardiff on Saturday.\n",
        "---\ntitle: Italy lose\n---\n\nItaly lost all five games of the Six Nations this year.\n",
        "---\ntitle: Film\n---\n\nThe film about two nations at war entered the charts at number six.\n",
    ]);
    let found = topic(&engine, "Six Nations").unwrap();
    assert_eq!(found.n_articles, 2);
    let found = topic(&engine, "nations at war").unwrap();
    assert!(
        texts(&found.sentences)
            .iter()
            .any(|text| text.starts_with("The film"))
    );
}

#[test]
fn reports_of_one_trade_are_not_one_event() {
    // Each shares the words of its trade with the next, and none with the others.
    let chain = [
        (
            "Aldo",
            "Aldo said its net profit rose in the first quarter on steel.",
        ),
        (
            "Brun",
            "Brun said its net profit rose in the first quarter as farmers repaid loans.",
        ),
        (
            "Cole",
            "As farmers repaid loans, deposits at Cole grew for a second spring.",
        ),
        (
            "Dorn",
            "At Dorn deposits grew for a second spring, while savers queued in Porto.",
        ),
    ];
    let articles: Vec<String> = chain
        .iter()
        .map(|(title, text)| format!("---\ntitle: {title}\ndate: 2025-04-08\n---\n\n{text}\n"))
        .collect();
    let articles: Vec<&str> = articles.iter().map(String::as_str).collect();
    let entries = digest(&engine_with(&articles), None, 10).unwrap();
    assert!(entries.len() > 1, "{entries:?}");
}

#[test]
fn counts_of_different_things_are_no_disagreement() {
    let engine = engine_with(&[
        "---\ntitle: Flood in Fowey\ndate: 2025-03-22\n---\n\n\
         The flood in Fowey damaged 12 houses on Church Street on Friday. \
         The school of Fowey has 120 pupils.\n",
        "---\ntitle: Fowey flood\ndate: 2025-03-23\n---\n\n\
         The flood in Fowey damaged 40 houses on Mill Street on Friday. \
         In 2016 a flood in Fowey damaged 75 houses. \
         The school of Fowey has a hundred and twenty pupils.\n",
    ]);
    let found = topic(&engine, "flood in Fowey").unwrap();
    assert!(found.disagreements.is_empty(), "{:#?}", found.disagreements);
}

#[test]
fn an_article_that_mentions_a_topic_is_not_about_it() {
    let engine = engine_with(&[
        "---\ntitle: Strike at Fowey port\n---\n\nDockers at Fowey port began a strike on Monday over pay. \
         The port of Fowey handles clay.\n",
        "---\ntitle: Sommer strikes back\n---\n\nIn the chess final in Fowey, Tom Sommer beat Lea Winter on \
         Tuesday. Sommer won with the black pieces.\n",
    ]);
    let found = topic(&engine, "strike at Fowey port").unwrap();
    assert_eq!(found.n_articles, 1);
}

#[test]
fn a_topic_of_function_words_is_none() {
    let engine = engine_with(&[BRIDGE, FERRY]);
    assert_eq!(topic(&engine, "the").unwrap_err(), NoSummary::NoTopic);
}

#[test]
fn a_topic_that_no_article_touches_has_no_summary() {
    let engine = engine_with(&ARTICLES);
    for text in ["gardening on the moon", "🌉 xyzzy plugh"] {
        assert_eq!(
            topic(&engine, text).unwrap_err(),
            NoSummary::NothingOnTopic,
            "{text}"
        );
    }
    let empty = engine_with(&[]);
    assert_eq!(
        topic(&empty, "bridge").unwrap_err(),
        NoSummary::NothingOnTopic
    );
    let none = topic_in(&engine, LOCAL, "Marlow bridge", |o| o.collections.clear());
    assert_eq!(none.unwrap_err(), NoSummary::NothingOnTopic);
}

#[test]
fn dates_bound_a_topic() {
    let engine = engine_with(&FLOOD);
    for (since, until, expected) in [
        (None, None, 3),
        (Some("2024-11-22"), None, 2),
        (Some("2024-11-22"), Some("2024-11-22"), 1),
        (None, Some("2024-11-20"), 1),
    ] {
        let day = |text: Option<&str>| text.map(|text| Date::parse(text).unwrap());
        let found = topic_in(&engine, LOCAL, "Tamar at Launceston", |options| {
            options.since = day(since);
            options.until = day(until);
        });
        assert_eq!(found.unwrap().n_articles, expected, "{since:?} {until:?}");
    }
}

#[test]
fn one_collection_says_nothing_of_another() {
    let engine = engine_with(&[BRIDGE]);
    let guild = Collection::Guild(7);
    add(&engine, guild, &FLOOD);
    assert!(topic_in(&engine, guild, "Tamar flood", |_| {}).is_ok());
    assert_eq!(
        topic(&engine, "Tamar flood").unwrap_err(),
        NoSummary::NothingOnTopic
    );
    let entries = digest(&engine, None, 10).unwrap();
    assert_eq!(entries.len(), 1);
}

#[test]
fn a_removed_article_is_in_no_summary() {
    let engine = engine_with(&[]);
    let references = add(&engine, LOCAL, &[BRIDGE]);
    assert!(topic(&engine, "Marlow bridge").is_ok());
    let id = engine.resolve(references[0]).unwrap().unwrap();
    remove(&engine, references[0]);
    assert_eq!(
        topic(&engine, "Marlow bridge").unwrap_err(),
        NoSummary::NothingOnTopic
    );
    assert!(
        engine
            .summarize(id, Length::Sentences(2))
            .unwrap()
            .is_none()
    );
    assert_eq!(
        digest(&engine, None, 5).unwrap_err(),
        NoSummary::NothingDated
    );
}

#[test]
fn the_same_articles_give_the_same_summary() {
    let run = || {
        let engine = engine_with(&[&FLOOD[..], &WIRE[..]].concat());
        let found = topic(&engine, "Launceston flood").unwrap();
        let spans: Vec<_> = found
            .sentences
            .iter()
            .map(|s| (s.span(), s.reason()))
            .collect();
        let entries = digest(&engine, Some("2024-01-01"), 9).unwrap();
        let dates: Vec<_> = entries
            .iter()
            .map(|e| (e.date, e.sentence.span()))
            .collect();
        (spans, dates)
    };
    assert_eq!(run(), run());
}

// The digest.

#[test]
fn a_digest_merges_copies_and_counts_their_outlets() {
    let engine = engine_with(&[&WIRE[..], &FLOOD[..], &[FERRY]].concat());
    let entries = digest(&engine, Some("2024-06-01"), 10).unwrap();
    let shown: Vec<(usize, String, &str)> = entries
        .iter()
        .map(|entry| {
            let title = &entry.sentence.article().document.metadata.title;
            (entry.n_outlets, entry.date.to_string(), title.as_str())
        })
        .collect();
    assert_eq!(
        shown[0],
        (
            3,
            "2024-06-11".to_owned(),
            "Nordwind Air to buy rival Polarjet"
        )
    );
    assert_eq!(entries[0].sentence.also_in().len(), 2);
    // The ferry has no date.
    assert!(shown.iter().all(|(.., title)| !title.contains("Lundy")));
    assert_eq!(digest(&engine, Some("2024-06-01"), 1).unwrap().len(), 1);
    // By default the days before the newest article count, which leaves the takeover out.
    let recent = digest(&engine, None, 10).unwrap();
    assert!(
        recent
            .iter()
            .all(|entry| entry.date >= Date::parse("2024-11-16").unwrap())
    );
    assert_eq!(
        digest(&engine, Some("2025-01-01"), 10).unwrap_err(),
        NoSummary::NothingRecent
    );
}

#[test]
fn an_article_dated_in_the_future_hides_no_other() {
    let later = SEEDS.replace("2023-03-18", "2099-01-01");
    let engine = engine_with(&FLOOD);
    add(&engine, LOCAL, &[&later]);
    let entries = digest(&engine, None, 10).unwrap();
    let said: Vec<&str> = entries.iter().map(|entry| entry.sentence.text()).collect();
    assert!(said.iter().any(|text| text.contains("Tamar")), "{said:?}");
    // Nor does it stand among what happened, unless nothing else has a date.
    assert!(
        entries
            .iter()
            .all(|entry| entry.date.to_string() != "2099-01-01")
    );
    let only = engine_with(&[&later]);
    assert_eq!(digest(&only, None, 10).unwrap().len(), 1);
}

#[test]
fn a_digest_covers_seven_days() {
    let on = |day: &str| BRIDGE.replace("2024-05-02", day);
    for (day, is_within) in [("2023-03-12", true), ("2023-03-11", false)] {
        let entries = digest(&engine_with(&[SEEDS, &on(day)]), None, 10).unwrap();
        let has_bridge = entries.iter().any(|entry| entry.date.to_string() == day);
        assert_eq!(has_bridge, is_within, "{day}");
    }
}

#[test]
fn articles_without_dates_have_no_digest() {
    let engine = engine_with(&[FERRY]);
    assert_eq!(
        digest(&engine, None, 10).unwrap_err(),
        NoSummary::NothingDated
    );
}

#[test]
fn a_digest_has_at_most_its_bound() {
    let letters = |i: usize, salt: usize| -> String {
        let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
        (0..6)
            .map(|at| letter((i + 3) * (at + salt) * (at + 7) + i))
            .collect()
    };
    let articles: Vec<String> = (0..MAX_DIGEST_ENTRIES + 2)
        .map(|i| {
            let [a, b, c, d] = [1, 5, 11, 17].map(|salt| letters(i, salt));
            let day = i % 27 + 1;
            format!(
                "---\ntitle: {a} {b}\ndate: 2024-03-{day:02}\n---\n\nThe {c} {d} met {a} at {b}.\n"
            )
        })
        .collect();
    let articles: Vec<&str> = articles.iter().map(String::as_str).collect();
    let engine = engine_with(&articles);
    let n = |n| digest(&engine, Some("2024-01-01"), n).unwrap().len();
    assert_eq!(n(MAX_DIGEST_ENTRIES), MAX_DIGEST_ENTRIES);
    assert_eq!(n(MAX_DIGEST_ENTRIES + 1), MAX_DIGEST_ENTRIES);
}

// The program.

fn keys(value: &Value) -> BTreeSet<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn an_article_is_summarized_by_id_and_by_path() {
    let home = Home::new();
    let by_id = home
        .quoth(&["summarize", "L1", "--sentences", "2"])
        .ended_with(0);
    insta::assert_snapshot!(by_id.stdout, @"
    > The suspension bridge at Marlow was closed to all traffic on Thursday after inspectors found cracks in two hangers.
    > Engineer Priya Nair said the repair would cost 3.2 million pounds and take eleven weeks.
      — Marlow bridge closes after cracks are found, Thames Courier, 2 May 2024 [L1]
    ");
    let file = home.write("in/bridge.md", BRIDGE);
    let by_path = home
        .quoth(&["summarize", &file, "--sentences", "2"])
        .ended_with(0);
    assert_eq!(by_path.stdout, by_id.stdout.replace(" [L1]", ""));
    let json = home
        .quoth(&["--json", "summarize", "L1"])
        .ended_with(0)
        .json();
    let promised = [
        "query",
        "outcome",
        "reason",
        "sentences",
        "timeline",
        "disagreements",
        "n_articles",
        "n_copies",
        "took_ms",
    ];
    assert_eq!(keys(&json), BTreeSet::from(promised));
    let text = home.quoth(&["--json", "show", "L1"]).json()["text"].clone();
    for sentence in json["sentences"].as_array().unwrap() {
        let promised = ["text", "span", "reason", "document", "also_in"];
        assert_eq!(keys(sentence), BTreeSet::from(promised));
        let at = |i: usize| usize::try_from(sentence["span"][i].as_u64().unwrap()).unwrap();
        assert_eq!(
            text.as_str().unwrap().get(at(0)..at(1)),
            sentence["text"].as_str()
        );
        assert_eq!(sentence["document"]["id"], "L1");
    }
    let json = home
        .quoth(&["--json", "summarize", &file])
        .ended_with(0)
        .json();
    assert_eq!(json["sentences"][0]["document"]["id"], Value::Null);
}

#[test]
fn a_topic_is_summarized_with_numbered_sources() {
    let home = Home::new();
    for (name, text) in FLOOD.iter().enumerate() {
        home.write(&format!("in/{name}.md"), text);
    }
    home.quoth(&["add", "in"]).ended_with(0);
    let run = home
        .quoth(&[
            "summarize",
            "--topic",
            "flood at Launceston",
            "--sentences",
            "3",
        ])
        .ended_with(0);
    insta::assert_snapshot!(run.stdout, @"
    > The river Tamar is rising at Launceston after two days of rain, the weather service said. [1]
    > The flood of the river Tamar at Launceston drove 40 families from their homes on Friday. [2]
    > The flood of the river Tamar at Launceston drove 55 families from their homes, the county said on Saturday. [3]

    The sources disagree:
      > The flood of the river Tamar at Launceston drove **40** families from their homes on Friday. [2]
      > The flood of the river Tamar at Launceston drove **55** families from their homes, the county said on Saturday. [3]

      [1] River Tamar overflows at Launceston, Moor Gazette, 20 November 2024 [1]
      [2] Flood at Launceston drives families from their homes, Moor Gazette, 22 November 2024 [2]
      [3] Tamar flood leaves families homeless, Cornish Mercury, 23 November 2024 [3]
    ");
    let run = home
        .quoth(&["summarize", "--topic", "flood at Launceston", "--json"])
        .ended_with(0);
    let json = run.json();
    assert_eq!(json["query"], "flood at Launceston");
    assert_eq!(json["n_articles"], 3);
    assert!(!json["disagreements"].as_array().unwrap().is_empty());
    let typed = "flood at Launcestn";
    let run = home.quoth(&["summarize", "--topic", typed]).ended_with(0);
    assert!(
        run.stdout
            .starts_with("Understood as: flood at Launceston\n>")
    );
    let run = home
        .quoth(&["summarize", "--topic", typed, "--json"])
        .ended_with(0);
    assert_eq!(run.json()["query"], typed);
    assert_eq!(run.json()["understood"], "flood at Launceston");
    let digest = home.quoth(&["digest", "-n", "2"]).ended_with(0);
    insta::assert_snapshot!(digest.stdout, @"
    > The flood of the river Tamar at Launceston drove 55 families from their homes, the county said on Saturday.
      — Tamar flood leaves families homeless, Cornish Mercury, 23 November 2024 [3] · in 2 outlets
    ");
    let json = home.quoth(&["digest", "--json"]).ended_with(0).json();
    assert_eq!(
        keys(&json),
        BTreeSet::from(["outcome", "reason", "entries", "took_ms"])
    );
}

#[test]
fn nothing_to_summarize_ends_with_1_and_a_sentence() {
    let home = Home::new();
    let run = home
        .quoth(&["summarize", "--topic", "submarine volcanoes"])
        .ended_with(1);
    insta::assert_snapshot!(run.stdout, @"No article is about this topic.");
    let scores = home.write(
        "scores.txt",
        "Leeds 2 Hull 1\nYork 0 Derby 3\nStoke 1 Luton 1\n",
    );
    let run = home.quoth(&["summarize", &scores]).ended_with(1);
    insta::assert_snapshot!(run.stdout, @"The article has no sentences to summarize, only rows, numbers or headings.");
    let json = home
        .quoth(&["summarize", &scores, "--json"])
        .ended_with(1)
        .json();
    assert_eq!(json["outcome"], "nothing");
    let run = home
        .quoth(&["digest", "--since", "2030-01-01"])
        .ended_with(1);
    insta::assert_snapshot!(run.stdout, @"No dated article falls into this time.");
}

#[test]
fn wrong_arguments_are_refused() {
    let home = Home::new();
    home.quoth(&["summarize", "L9"])
        .refused("there is no article `L9`");
    home.quoth(&["summarize", "absent.md"])
        .refused("`absent.md`");
    home.quoth(&["summarize", "library"])
        .refused("holds 2 articles");
    home.quoth(&["summarize", "L1", "--since", "2024-01-01"])
        .refused("are for a `--topic`");
    home.quoth(&["summarize", "--topic", "bridge", "--new"])
        .refused("needs `--since DATE`");
    home.quoth(&["summarize", "--topic", "x"])
        .refused("too short");
    home.quoth(&[
        "summarize",
        "--topic",
        "bridge",
        "--since",
        "2024-02-01",
        "--until",
        "2024-01-01",
    ])
    .refused("is after");
    for arguments in [
        &["summarize"][..],
        &["summarize", "L1", "--topic", "bridge"],
        &["summarize", "L1", "--sentences", "0"],
        &["summarize", "L1", "--sentences", "101"],
        &["summarize", "L1", "--words", "5001"],
        &["summarize", "L1", "--words", "5", "--sentences", "5"],
        &["digest", "-n", "26"],
    ] {
        let run = home.quoth(arguments).ended_with(2);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
    home.quoth(&["summarize", "L1", "--sentences", "100"])
        .ended_with(0);
    home.quoth(&["summarize", "L1", "--words", "5000"])
        .ended_with(0);
}

// Measuring.

fn pairs() -> String {
    let row = |text: &str, summary: &str| {
        let row = serde_json::json!({"title": "Marlow bridge", "text": text, "summary": summary});
        format!("{row}\n")
    };
    let text = "The bridge at Marlow was closed on Thursday. Buses go by way of Cookham. \
        Cracks were found in the hangers of the bridge at Marlow.";
    row(text, "The bridge at Marlow was closed on Thursday.")
        + &row(
            text,
            "Cracks were found in the hangers of the bridge at Marlow.The bridge at Marlow was closed on Thursday.",
        )
}

#[test]
fn systems_are_measured_at_the_references_length() {
    let home = Home::new();
    let file = home.write("pairs.jsonl", pairs());
    let json = home
        .quoth(&["--json", "eval", "summaries", &file])
        .ended_with(0)
        .json();
    assert_eq!(json["dataset"], "pairs");
    assert_eq!(json["n_articles"], 2);
    let systems = &json["systems"];
    assert_eq!(
        keys(systems),
        BTreeSet::from(["lead", "random", "centrality", "ours"])
    );
    for (_, scores) in systems.as_object().unwrap() {
        for key in ["rouge1", "rouge2", "rougeLsum"] {
            assert!((0.0..=1.0).contains(&scores[key].as_f64().unwrap()));
        }
    }
    // The first reference is the lead, the second the two sentences on the bridge.
    assert!(systems["lead"]["rouge1"].as_f64().unwrap() < 1.0);
    assert_eq!(
        home.quoth(&["eval", "summaries", &file])
            .ended_with(0)
            .stdout
            .lines()
            .count(),
        7
    );
}

#[test]
fn a_compressed_file_measures_like_a_plain_one() {
    use std::io::Write;
    let home = Home::new();
    let plain = home.write("pairs.jsonl", pairs());
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(pairs().as_bytes()).unwrap();
    let packed = home.write("pairs.jsonl.gz", encoder.finish().unwrap());
    let measure = |path: &str| {
        eval::summaries(
            path.as_ref(),
            &SummaryOptions::default(),
            &models(),
            &|_, _| {},
        )
        .unwrap()
    };
    assert_eq!(measure(&plain), measure(&packed));
}

#[test]
fn malformed_summary_files_are_named_with_the_line() {
    let home = Home::new();
    for (name, content, because) in [
        (
            "a.jsonl",
            &b"{\"text\": \"A.\", \"summary\": \"A.\"}\n{\"text\": 3}\n"[..],
            "line 2",
        ),
        ("b.jsonl", b"", "no summaries"),
        ("c.jsonl.gz", b"\x1f\x8b\x08 broken", "c.jsonl.gz"),
        ("d.jsonl", b"\xff\xfe", "UTF-8"),
    ] {
        let file = home.write(name, content);
        home.quoth(&["eval", "summaries", &file]).refused(because);
    }
}
