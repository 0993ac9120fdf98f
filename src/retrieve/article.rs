//! An article as it is ranked, read and quoted.

use crate::document::{
    BlockKind, Collection, Document, DocumentId, DocumentRef, Draft, Passage, Span,
};
use crate::index;
use crate::neural::Models;

/// Sentences before a passage that the reader sees with it.
const SENTENCES_BEFORE: usize = 2;

/// A document cut up for ranking and quoting.
#[derive(Debug)]
pub struct Article {
    /// The document.
    pub document: Document,
    /// Its passages; [`ordinal`](crate::document::PassageId::ordinal) counts them.
    pub passages: Vec<Passage>,
}

impl Article {
    /// Cuts up a document as the index did.
    pub fn new(document: Document, models: &Models) -> Article {
        Article {
            passages: index::passages(&document, models),
            document,
        }
    }

    /// An article that is not stored, for work on a file: its id is 0, which no stored one has.
    pub fn unstored(draft: Draft, models: &Models) -> Article {
        let document = Document {
            id: DocumentId(0),
            reference: DocumentRef {
                collection: Collection::Local,
                number: 0,
            },
            metadata: draft.metadata,
            language: draft.language,
            text: draft.text,
            blocks: draft.blocks,
        };
        Article::new(document, models)
    }

    /// What the reader sees before a passage, up to its start: the last [`SENTENCES_BEFORE`] sentences of
    /// its section that are not in it, or as many as there are.
    pub(super) fn before(&self, ordinal: u32) -> Span {
        let ordinal = ordinal as usize;
        let start = match self.passages.get(ordinal) {
            Some(passage) => passage.span.start,
            None => return Span::default(),
        };
        let headings = self.document.blocks.iter().filter(|block| {
            matches!(block.kind, BlockKind::Heading(_)) && block.span.start <= start
        });
        let section = headings.map(|block| block.span.start).max().unwrap_or(0);
        let earlier = self.passages.get(..ordinal).unwrap_or_default();
        let sentences = earlier
            .iter()
            .rev()
            .flat_map(|passage| passage.sentences.iter().rev())
            .take_while(|sentence| sentence.start >= section);
        let mut before = Span::new(start, start);
        let mut n_left = SENTENCES_BEFORE;
        for sentence in sentences {
            // Passages overlap: a sentence may be in two.
            if sentence.end <= before.start {
                before.start = sentence.start;
                n_left -= 1;
            }
            if n_left == 0 {
                break;
            }
        }
        before
    }

    /// Whether it came from [`Article::unstored`], so that its reference leads nowhere.
    pub fn is_unstored(&self) -> bool {
        self.document.id == DocumentId(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Block, Language, Metadata};

    /// An article of the parts given, each a paragraph, or a heading where it begins with `#`.
    fn article(parts: &[&str]) -> Article {
        let mut text = String::new();
        let mut blocks = Vec::new();
        for part in parts {
            let (kind, part) = match part.strip_prefix('#') {
                Some(heading) => (BlockKind::Heading(2), heading),
                None => (BlockKind::Paragraph, *part),
            };
            let span = Span::new(text.len(), text.len() + part.len());
            blocks.push(Block { kind, span });
            text.push_str(part);
            text.push_str("\n\n");
        }
        let draft = Draft {
            metadata: Metadata::default(),
            language: Language::English,
            text,
            blocks,
        };
        Article::unstored(draft, &Models::bundled(1).unwrap())
    }

    /// What stands before each passage, and the passage.
    fn passages(parts: &[&str]) -> Vec<(String, String)> {
        let article = article(parts);
        let text = |span: Span| span.slice(&article.document.text).unwrap().to_owned();
        let passages = (0u32..).zip(&article.passages);
        passages
            .map(|(ordinal, passage)| (text(article.before(ordinal)), text(passage.span)))
            .collect()
    }

    #[test]
    fn the_reader_sees_the_two_sentences_before_a_passage_of_its_section() {
        let found = passages(&[
            "One is first. Two is next. Three is here.",
            "Four is next. Five is here. Six is late.",
            "#Later",
            "Seven is alone. Eight is last.",
        ]);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (
                    "",
                    "One is first. Two is next. Three is here.\n\nFour is next."
                ),
                (
                    "Two is next. Three is here.\n\n",
                    "Four is next. Five is here. Six is late."
                ),
                ("", "Seven is alone. Eight is last."),
            ]
        );
        // A heading that is a passage has none before it.
        let found = passages(&["#One title", "#Another title"]);
        assert!(found.len() == 2 && found.iter().all(|(before, _)| before.is_empty()));
        // Where two passages share most of their sentences, those of one more are looked at.
        let long = |word: &str| format!("{word} {}.", "is and ".repeat(40));
        let sentences = ["One", "Two", "Three", "Four"].map(long);
        let found = passages(&[&sentences.join(" ")]);
        let last = found.last().unwrap();
        assert!(
            last.1.starts_with("Three") && last.0.starts_with("One"),
            "{found:?}"
        );
    }
}
