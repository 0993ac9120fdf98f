//! The words of a topic, and how much of it a text names.

use std::collections::{BTreeMap, BTreeSet};

use super::group::Story;
use super::terms::{Lexicon, Rarity, Terms};
use crate::document::Language;
use crate::index::Analyzer;

/// The stems of a topic in each language of its articles, weighted by their rarity among these.
pub(super) struct TopicWords {
    languages: BTreeMap<Language, Vec<(u32, f32)>>,
}

impl TopicWords {
    pub(super) fn new(topic: &str, stories: &[Story], lexicon: &mut Lexicon) -> TopicWords {
        let held: Vec<Terms> = stories
            .iter()
            .map(|story| Terms::union(story.outline.units.iter().map(|unit| &unit.stems)))
            .collect();
        let rarity = Rarity::new(held.iter());
        let languages = stories.iter().map(Story::language);
        let languages = languages
            .collect::<BTreeSet<Language>>()
            .into_iter()
            .map(|language| {
                let stems = lexicon.stems(topic, language, &Analyzer::new(language));
                let words = stems.numbers().map(|stem| (stem, rarity.of(stem)));
                (language, words.collect())
            })
            .collect();
        TopicWords { languages }
    }

    /// Share of the topic's weight that stems hold, 0 to 1.
    pub(super) fn share(&self, language: Language, stems: &Terms) -> f32 {
        let words = self.languages.get(&language).map_or(&[][..], Vec::as_slice);
        let sum = |is: &dyn Fn(u32) -> bool| -> f32 {
            let words = words.iter().filter(|(stem, _)| is(*stem));
            words.map(|(_, weight)| weight).sum()
        };
        sum(&|stem| stems.has(stem)) / sum(&|_| true).max(f32::EPSILON)
    }
}
