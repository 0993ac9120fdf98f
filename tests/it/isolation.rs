//! A guild's articles are its own: whatever is done in others, no way of asking shows theirs.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::Config;
use quoth::corpus::{self, Intent, Loaded, Preview, Published, Verdict};
use quoth::document::{Collection, DocumentRef};
use quoth::engine::{AskOptions, Engine, Page};
use quoth::retrieve::{MAX_HITS, Query, System};
use quoth::store::Actor;

use crate::support::{NOW, models};

const COLLECTIONS: [Collection; 4] = [
    Collection::Guild(1),
    Collection::Guild(11),
    Collection::Guild(u64::MAX),
    Collection::Local,
];

/// One operation in one collection; numbers are taken as they come, existing or not.
#[derive(Clone, Debug)]
enum Operation {
    Add(u8),
    /// The same article in two collections, one after the other.
    AddAsIn(usize),
    Replace(u32),
    Remove(u32),
    Restore(u32),
    Reindex,
    Prune,
}

fn operation() -> impl Strategy<Value = (usize, Operation)> {
    let operation = prop_oneof![
        4 => (0u8..6).prop_map(Operation::Add),
        2 => (0usize..4).prop_map(Operation::AddAsIn),
        2 => (1u32..6).prop_map(Operation::Replace),
        2 => (1u32..6).prop_map(Operation::Remove),
        2 => (1u32..6).prop_map(Operation::Restore),
        1 => Just(Operation::Reindex),
        1 => Just(Operation::Prune),
    ];
    (0..COLLECTIONS.len(), operation)
}

/// The word that only the articles of a collection hold.
fn secret(which: usize) -> String {
    format!("zebrafinch{}", ["alpha", "beta", "gamma", "delta"][which])
}

/// An article with the secret of a collection. Those of one `story` share address, title and all but
/// the secret: to a judge that looked at all collections they would be versions of one another.
fn article(which: usize, story: u8, location: &str) -> Loaded {
    let secret = secret(which);
    let text = format!(
        "---\ntitle: Harbour report {story}\nurl: https://example.org/harbour/{story}\n\
         outlet: Harbour Gazette\n---\n\n\
         The harbour master counted {story} ships on Friday and wrote their names into the long book \
         that lies on the table by the window. Nobody may take the book away, because it is the only \
         record of what came in with the tide. The password of the day is {secret}."
    );
    corpus::load_bytes(location, text.as_bytes()).unwrap()
}

struct World {
    engine: Engine,
    n_articles: u32,
}

impl World {
    fn new() -> World {
        World {
            engine: Engine::in_memory(models()).unwrap(),
            n_articles: 0,
        }
    }

    fn publish(&mut self, which: usize, story: u8, location: &str) -> Vec<Published> {
        let articles = vec![(article(which, story, location), Intent::Judge)];
        self.engine
            .publish(
                COLLECTIONS[which],
                articles,
                &Actor::Discord(which as u64),
                NOW,
            )
            .unwrap()
    }

    /// Carries out one operation; everything it says is returned for whoever may read it.
    fn run(&mut self, which: usize, operation: &Operation) -> String {
        let collection = COLLECTIONS[which];
        let actor = Actor::Discord(which as u64);
        let at = |number| DocumentRef { collection, number };
        self.n_articles += 1;
        let location = format!("https://example.org/{}.md", self.n_articles % 5);
        match *operation {
            Operation::Add(story) => format!("{:?}", self.publish(which, story, &location)),
            Operation::AddAsIn(other) => {
                self.publish(other, 9, &location);
                format!("{:?}", self.publish(which, 9, &location))
            }
            Operation::Replace(number) => {
                let loaded = article(which, 7, &location);
                format!("{:?}", self.engine.replace(at(number), loaded, &actor, NOW))
            }
            Operation::Remove(number) => {
                let removed = self.engine.remove(collection, &[at(number)], &actor, NOW);
                // An article of another collection, by the same number.
                let foreign = DocumentRef {
                    collection: COLLECTIONS[(which + 1) % COLLECTIONS.len()],
                    number,
                };
                let refused = self.engine.remove(collection, &[foreign], &actor, NOW);
                assert!(refused.is_err());
                format!("{removed:?}")
            }
            Operation::Restore(number) => {
                format!("{:?}", self.engine.restore(at(number), None, &actor, NOW))
            }
            Operation::Reindex => {
                format!("{:?}", self.engine.reindex(collection, &actor, NOW))
            }
            Operation::Prune => {
                let pruned = self.engine.prune(NOW + 1, &Actor::CommandLine, NOW);
                format!("{pruned:?}")
            }
        }
    }

    /// Everything that a member of a collection can be shown.
    fn shown(&self, which: usize) -> String {
        let (engine, collection) = (&self.engine, COLLECTIONS[which]);
        let mut shown = Vec::new();
        for question in [
            "What is the password of the day?",
            "What did the harbour master count on Friday?",
            &secret((which + 1) % COLLECTIONS.len()),
        ] {
            for system in [System::Hybrid, System::Full] {
                let mut options = AskOptions::new(vec![collection], MAX_HITS);
                options.ranking.system = system;
                let query = Query::parse(question).unwrap();
                let answer = engine.ask(&query, &options).unwrap();
                for quote in &answer.quotes {
                    let document = &quote.article().document;
                    assert_eq!(document.reference.collection, collection);
                    shown.push(format!("{} {document:?}", quote.text()));
                    let copies = engine.references(&quote.also_in).unwrap();
                    assert!(copies.iter().all(|copy| copy.collection == collection));
                }
            }
        }
        // Nor is a word put right as only another collection writes it.
        for other in (0..COLLECTIONS.len()).filter(|other| *other != which) {
            let mut typed = secret(other);
            typed.pop();
            let options = AskOptions::new(vec![collection], 1);
            let found = engine.search(&Query::parse(&typed).unwrap(), &options);
            shown.push(found.unwrap().query.text().to_owned());
        }
        let page = Page::first(u64::MAX);
        let summaries = engine.summaries(collection, 0, u64::MAX).unwrap();
        for summary in &summaries {
            assert_eq!(summary.reference.collection, collection);
            let id = engine.resolve(summary.reference).unwrap();
            assert_eq!(id, Some(summary.id));
            shown.push(format!("{:?}", engine.document(summary.reference).unwrap()));
            shown.push(format!("{:?}", engine.history(summary.reference).unwrap()));
        }
        let audit = engine.audit(collection, page).unwrap();
        assert!(audit.iter().all(|entry| entry.collection == collection));
        let own = Actor::Discord(which as u64);
        let known = [own, Actor::CommandLine];
        assert!(audit.iter().all(|entry| known.contains(&entry.actor)));
        shown.push(format!("{summaries:?}"));
        shown.push(format!("{:?}", engine.removed(collection, page).unwrap()));
        shown.push(format!("{:?}", engine.sources(collection).unwrap()));
        shown.join("\n")
    }
}

proptest! {
    #![proptest_config(Config { cases: 16, ..Config::default() })]
    #[test]
    fn nothing_of_another_collection_is_ever_shown(
        operations in prop::collection::vec(operation(), 1..14),
    ) {
        let mut world = World::new();
        for (which, operation) in &operations {
            let said = world.run(*which, operation);
            for other in (0..COLLECTIONS.len()).filter(|other| other != which) {
                prop_assert!(!said.contains(&secret(other)), "{operation:?} said {said}");
            }
        }
        for which in 0..COLLECTIONS.len() {
            let shown = world.shown(which);
            for other in (0..COLLECTIONS.len()).filter(|other| *other != which) {
                prop_assert!(!shown.contains(&secret(other)), "{which} is shown {shown}");
            }
        }
    }
}

#[test]
fn a_preview_does_not_know_what_others_have_loaded() {
    let mut world = World::new();
    world.publish(0, 3, "https://example.org/a.md");
    let preview = |which: usize| -> Preview {
        let loaded = article(0, 3, "https://example.org/a.md");
        let collection = COLLECTIONS[which];
        let engine = &world.engine;
        engine
            .preview(collection, &loaded, Intent::Judge, NOW)
            .unwrap()
    };
    assert!(matches!(preview(0).verdict, Verdict::AlreadyLoaded(_)));
    for which in 1..COLLECTIONS.len() {
        let preview = preview(which);
        assert_eq!(preview.verdict, Verdict::New);
        assert_eq!(preview.duplicates, []);
        assert!(preview.warnings.is_empty());
    }
}

#[test]
fn numbers_of_collections_are_counted_apart() {
    let mut world = World::new();
    let mut numbers: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for (n, which) in [0, 1, 0, 2, 1, 0].into_iter().enumerate() {
        let location = format!("https://example.org/{n}.md");
        let published = world.publish(which, n as u8, &location);
        let number = published[0].reference.unwrap().number;
        numbers.entry(which).or_default().push(number);
    }
    let expected = BTreeMap::from([(0, vec![1, 2, 3]), (1, vec![1, 2]), (2, vec![1])]);
    assert_eq!(numbers, expected);
}
