//! Random batches against a model of what a collection should be.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// A step of the property test; numbers are taken modulo what exists, and a bit beyond.
#[derive(Clone, Debug)]
enum Step {
    Put,
    Replace(u32),
    Remove(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Put),
        2 => (1_u32..12).prop_map(Step::Replace),
        2 => (1_u32..12).prop_map(Step::Remove),
    ]
}

/// What a collection should be: current ids by number, and the set of them at every revision.
#[derive(Clone)]
struct Model {
    current: BTreeMap<u32, DocumentId>,
    last_number: u32,
    history: Vec<BTreeSet<DocumentId>>,
}

impl Model {
    fn new() -> Model {
        Model {
            current: BTreeMap::new(),
            last_number: 0,
            history: vec![BTreeSet::new()],
        }
    }

    /// Plays a batch whose new ids begin at `next_id`; `None` if the store has to refuse it.
    fn play(&mut self, steps: &[Step], next_id: u64) -> Option<Applied> {
        let mut applied = Applied::default();
        let mut current = self.current.clone();
        let mut last_number = self.last_number;
        for step in steps {
            let put_number = match *step {
                Step::Put => {
                    last_number += 1;
                    Some(last_number)
                }
                Step::Replace(n) => {
                    applied.ended.push(current.remove(&n)?);
                    Some(n)
                }
                Step::Remove(n) => {
                    applied.ended.push(current.remove(&n)?);
                    None
                }
            };
            if let Some(n) = put_number {
                let id = DocumentId(next_id + applied.put.len() as u64);
                current.insert(n, id);
                applied.put.push((number(LIBRARY, n), id));
            }
        }
        if !steps.is_empty() {
            self.history.push(current.values().copied().collect());
        }
        applied.ended.sort_unstable();
        applied.revision = self.revision();
        (self.current, self.last_number) = (current, last_number);
        Some(applied)
    }

    fn revision(&self) -> Revision {
        Revision(self.history.len() as u64 - 1)
    }

    fn check(&self, store: &Store, collection: Collection) {
        let now = self.history.last().unwrap();
        let sorted: Vec<DocumentId> = now.iter().copied().collect();
        assert_eq!(store.revision(collection).unwrap(), self.revision());
        assert_eq!(store.live(collection).unwrap(), sorted);
        assert_eq!(store.count(collection).unwrap(), sorted.len() as u64);
        for n in 1..=self.last_number + 1 {
            let found = store.resolve(number(collection, n)).unwrap();
            assert_eq!(found, self.current.get(&n).copied());
        }
        for (since, then) in self.history.iter().enumerate() {
            let expected = Difference {
                until: self.revision(),
                added: now.difference(then).copied().collect(),
                ended: then.difference(now).copied().collect(),
            };
            let found = store.difference(collection, Revision(since as u64));
            assert_eq!(found.unwrap(), expected, "since {since}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_batches_agree_with_a_simple_model(
        batches in prop::collection::vec(
            (any::<bool>(), prop::collection::vec(step(), 0..5)),
            0..14,
        ),
    ) {
        let mut store = Store::in_memory().unwrap();
        let mut models = [Model::new(), Model::new()];
        let collections = [LIBRARY, GUILD];
        let mut next_id = 1;
        for (which, steps) in batches {
            let which = usize::from(which);
            let collection = collections[which];
            let changes = steps.iter().map(|step| match *step {
                Step::Put => put(draft("new", "new")),
                Step::Replace(n) => replace(number(collection, n), draft("again", "again")),
                Step::Remove(n) => Change::Remove(number(collection, n)),
            });
            let outcome = store.apply(collection, changes.collect(), NOON);
            match models[which].play(&steps, next_id) {
                Some(mut expected) => {
                    next_id += expected.put.len() as u64;
                    for (reference, _) in &mut expected.put {
                        reference.collection = collection;
                    }
                    prop_assert_eq!(outcome.unwrap(), expected);
                }
                None => {
                    prop_assert!(matches!(outcome, Err(StoreError::NoSuchDocument(_))));
                }
            }
        }
        for (model, collection) in models.iter().zip(collections) {
            model.check(&store, collection);
        }
    }
}
