//! SQuAD files, 1.1 and 2.0, as paragraphs and questions with checked answer positions.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::{EvalError, dataset_name, read_file};
use crate::document::{Block, BlockKind, Draft, Metadata, Span};
use crate::text;

/// Stands in for a missing title: a document needs one, and this one adds no term to the index.
const NO_TITLE: &str = "—";

/// A question-answering dataset.
#[derive(Debug)]
pub(super) struct Dataset {
    pub(super) name: String,
    /// Each different context once, in file order.
    pub(super) paragraphs: Vec<Paragraph>,
    pub(super) questions: Vec<Question>,
    /// Answers whose offset did not fit and which were found elsewhere in their paragraph.
    pub(super) n_answers_moved: usize,
    /// Answers that do not occur in their paragraph at all.
    pub(super) n_answers_lost: usize,
}

#[derive(Debug)]
pub(super) struct Paragraph {
    /// 0-based position among all paragraphs of the file.
    pub(super) position: usize,
    pub(super) draft: Draft,
}

#[derive(Debug, PartialEq)]
pub(super) struct Question {
    pub(super) id: String,
    pub(super) text: String,
    /// Index into [`Dataset::paragraphs`].
    pub(super) paragraph: usize,
    /// Empty if the paragraph does not answer.
    pub(super) golds: Vec<Gold>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Gold {
    pub(super) text: String,
    /// Bytes of the paragraph; `None` if the answer does not occur there.
    pub(super) span: Option<Span>,
}

impl Question {
    pub(super) fn is_answerable(&self) -> bool {
        !self.golds.is_empty()
    }
}

impl Dataset {
    /// Reads a file.
    ///
    /// # Errors
    /// [`EvalError`] if the file cannot be read, is not SQuAD JSON or holds no question.
    pub(super) fn read(path: &Path) -> Result<Dataset, EvalError> {
        let json = read_file(path)?;
        let file: File = serde_json::from_str(&json).map_err(|error| EvalError::Malformed {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        let dataset = Dataset::assemble(dataset_name(path), file);
        if dataset.questions.is_empty() {
            return Err(EvalError::Empty {
                path: path.to_owned(),
                what: "questions",
            });
        }
        Ok(dataset)
    }

    fn assemble(name: String, file: File) -> Dataset {
        let file_title = name.clone();
        let mut dataset = Dataset {
            name,
            paragraphs: Vec::new(),
            questions: Vec::new(),
            n_answers_moved: 0,
            n_answers_lost: 0,
        };
        let mut known: HashMap<String, usize> = HashMap::new();
        let paragraphs = file.data.into_iter().flat_map(|article| {
            // An article called like the file is the whole set, and its name no title.
            let title = if article.title == file_title {
                String::new()
            } else {
                article.title.replace('_', " ")
            };
            article
                .paragraphs
                .into_iter()
                .map(move |paragraph| (title.clone(), paragraph))
        });
        for (position, (title, raw)) in paragraphs.enumerate() {
            let paragraph = *known.entry(raw.context.clone()).or_insert_with(|| {
                dataset.paragraphs.push(Paragraph {
                    position,
                    draft: draft(&title, raw.context.clone()),
                });
                dataset.paragraphs.len() - 1
            });
            for question in raw.qas {
                dataset.push_question(paragraph, &raw.context, question);
            }
        }
        dataset
    }

    fn push_question(&mut self, paragraph: usize, context: &str, raw: RawQuestion) {
        let answers = if raw.is_impossible {
            Vec::new()
        } else {
            raw.answers
        };
        let mut golds: Vec<Gold> = Vec::new();
        for answer in answers {
            if answer.text.trim().is_empty() {
                continue;
            }
            let (span, is_moved) = locate(context, &answer);
            self.n_answers_moved += usize::from(is_moved);
            self.n_answers_lost += usize::from(span.is_none());
            let gold = Gold {
                text: answer.text,
                span,
            };
            if !golds.contains(&gold) {
                golds.push(gold);
            }
        }
        let id = match raw.id {
            serde_json::Value::String(id) if !id.trim().is_empty() => id,
            serde_json::Value::Number(id) => id.to_string(),
            _ => format!("q{}", self.questions.len()),
        };
        self.questions.push(Question {
            id,
            text: raw.question,
            paragraph,
            golds,
        });
    }
}

/// A document of a dataset's text, which stays as it is: offsets count from its first byte.
pub(super) fn draft(title: &str, text: String) -> Draft {
    let title = title.trim();
    Draft {
        metadata: Metadata {
            title: if title.is_empty() { NO_TITLE } else { title }.to_owned(),
            ..Metadata::default()
        },
        language: text::detect(&text),
        blocks: blocks(&text),
        text,
    }
}

/// The structure of a text: one paragraph unless blank lines say otherwise.
fn blocks(text: &str) -> Vec<Block> {
    let has_blank_line = text
        .trim()
        .lines()
        .any(|line| line.chars().all(char::is_whitespace));
    if has_blank_line {
        return text::plain_blocks(text);
    }
    let start = text.len() - text.trim_start().len();
    let span = Span::new(start, start + text.trim().len());
    let paragraph = Block {
        kind: BlockKind::Paragraph,
        span,
    };
    (!span.is_empty())
        .then_some(paragraph)
        .into_iter()
        .collect()
}

/// Where an answer stands in its context, and whether that is not where the file says. Offsets of
/// SQuAD count Unicode scalar values; where the text there is another (files made with UTF-16
/// counts, edited contexts), the nearest occurrence is taken.
fn locate(context: &str, answer: &RawAnswer) -> (Option<Span>, bool) {
    let claimed = answer
        .answer_start
        .and_then(|start| usize::try_from(start).ok())
        .map(|start| {
            context
                .char_indices()
                .nth(start)
                .map_or(context.len(), |(byte, _)| byte)
        });
    let length = answer.text.len();
    if let Some(start) = claimed {
        let span = Span::new(start, start + length);
        if span.slice(context) == Some(answer.text.as_str()) {
            return (Some(span), false);
        }
    }
    let nearest = context
        .match_indices(answer.text.as_str())
        .map(|(start, _)| start)
        .min_by_key(|start| start.abs_diff(claimed.unwrap_or(0)))
        .map(|start| Span::new(start, start + length));
    (nearest, nearest.is_some())
}

#[derive(Deserialize)]
struct File {
    data: Vec<RawArticle>,
}

#[derive(Deserialize)]
struct RawArticle {
    #[serde(default)]
    title: String,
    paragraphs: Vec<RawParagraph>,
}

#[derive(Deserialize)]
struct RawParagraph {
    context: String,
    #[serde(default)]
    qas: Vec<RawQuestion>,
}

#[derive(Deserialize)]
struct RawQuestion {
    #[serde(default)]
    id: serde_json::Value,
    question: String,
    #[serde(default)]
    answers: Vec<RawAnswer>,
    /// Absent in SQuAD 1.1, where every question has an answer.
    #[serde(default)]
    is_impossible: bool,
}

#[derive(Deserialize)]
struct RawAnswer {
    text: String,
    #[serde(default)]
    answer_start: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Dataset {
        Dataset::assemble("test".to_owned(), serde_json::from_str(json).unwrap())
    }

    fn answer(text: &str, answer_start: Option<i64>) -> RawAnswer {
        RawAnswer {
            text: text.to_owned(),
            answer_start,
        }
    }

    #[test]
    fn squad_1_1_has_several_golds_and_no_flag() {
        let dataset = parse(
            r#"{"version": "1.1", "data": [{"title": "Black_Sea", "paragraphs": [{
                "context": "The sea is deep. It is 2,212 m deep.",
                "qas": [{"id": "a1", "question": "How deep?", "answers": [
                    {"answer_start": 23, "text": "2,212 m"},
                    {"answer_start": 23, "text": "2,212 m"},
                    {"answer_start": 23, "text": "2,212 m deep"}]}]}]}]}"#,
        );
        assert_eq!(dataset.paragraphs.len(), 1);
        let draft = &dataset.paragraphs[0].draft;
        assert_eq!(draft.metadata.title, "Black Sea");
        assert_eq!(draft.blocks.len(), 1);
        let question = &dataset.questions[0];
        assert!(question.is_answerable());
        let golds: Vec<_> = question
            .golds
            .iter()
            .map(|gold| gold.span.unwrap().slice(&draft.text).unwrap())
            .collect();
        assert_eq!(golds, ["2,212 m", "2,212 m deep"]);
        assert_eq!((dataset.n_answers_moved, dataset.n_answers_lost), (0, 0));
    }

    #[test]
    fn an_article_named_like_the_file_has_no_title() {
        let dataset = parse(
            r#"{"data": [
                {"title": "test", "paragraphs": [{"context": "Rain fell.", "qas": []}]},
                {"title": "tests", "paragraphs": [{"context": "Hail fell.", "qas": []}]}]}"#,
        );
        let titles: Vec<&str> = dataset
            .paragraphs
            .iter()
            .map(|paragraph| paragraph.draft.metadata.title.as_str())
            .collect();
        assert_eq!(titles, [NO_TITLE, "tests"]);
    }

    #[test]
    fn squad_2_0_has_questions_without_answers() {
        let dataset = parse(
            r#"{"data": [{"paragraphs": [{"context": "Rain fell.", "qas": [
                {"id": 7, "question": "Who?", "is_impossible": true, "answers": [],
                 "plausible_answers": [{"text": "Rain", "answer_start": 0}]},
                {"question": "What fell?", "is_impossible": false,
                 "answers": [{"text": "Rain", "answer_start": 0}]}]}]}]}"#,
        );
        assert!(!dataset.questions[0].is_answerable());
        assert_eq!(dataset.questions[0].id, "7");
        assert!(dataset.questions[1].is_answerable());
        assert_eq!(dataset.questions[1].id, "q1");
        assert_eq!(dataset.paragraphs[0].draft.metadata.title, NO_TITLE);
    }

    #[test]
    fn equal_contexts_are_one_document() {
        let dataset = parse(
            r#"{"data": [{"title": "A", "paragraphs": [
                {"context": "One.", "qas": [{"question": "a?"}]},
                {"context": "Two.", "qas": [{"question": "b?"}]},
                {"context": "One.", "qas": [{"question": "c?"}]},
                {"context": "Six."}]}]}"#,
        );
        let positions: Vec<usize> = dataset.paragraphs.iter().map(|p| p.position).collect();
        assert_eq!(positions, [0, 1, 3]);
        let paragraphs: Vec<usize> = dataset.questions.iter().map(|q| q.paragraph).collect();
        assert_eq!(paragraphs, [0, 1, 0]);
    }

    #[test]
    fn offsets_count_characters() {
        let context = "Zürich – née 😀 Åse";
        assert_eq!(
            locate(context, &answer("née", Some(9))),
            (Some(Span::new(12, 16)), false)
        );
        let (span, is_moved) = locate(context, &answer("Åse", Some(15)));
        assert_eq!(span.and_then(|span| span.slice(context)), Some("Åse"));
        assert!(!is_moved);
    }

    #[test]
    fn a_wrong_offset_leads_to_the_nearest_occurrence() {
        let context = "ab cd ab cd ab";
        let at = |start| locate(context, &answer("ab", start));
        assert_eq!(at(Some(5)), (Some(Span::new(6, 8)), true));
        assert_eq!(at(Some(99)), (Some(Span::new(12, 14)), true));
        assert_eq!(at(Some(-4)), (Some(Span::new(0, 2)), true));
        assert_eq!(at(None), (Some(Span::new(0, 2)), true));
        assert_eq!(locate(context, &answer("xy", Some(3))), (None, false));
        assert_eq!(locate("é", &answer("e", Some(i64::MAX))), (None, false));
    }

    #[test]
    fn blank_lines_separate_blocks() {
        assert_eq!(blocks("One.\nTwo.").len(), 1);
        assert_eq!(blocks("One.\n\nTwo.").len(), 2);
        assert_eq!(blocks("One.\n \t\nTwo.").len(), 2);
        assert_eq!(blocks(" One. \n\n")[0].span, Span::new(1, 5));
        assert!(blocks(" \n ").is_empty());
        assert!(blocks("").is_empty());
    }

    #[test]
    fn malformed_files_are_named_with_the_place() {
        let dir = tempfile::tempdir().unwrap();
        for (json, expected) in [
            ("", "line 1"),
            ("[]", "line 1"),
            ("{\"data\":\n [{\"paragraphs\": 3}]}", "line 2"),
            ("{\"data\": []}", "no questions"),
            (&"[".repeat(100_000), "line 1"),
        ] {
            let path = dir.path().join("bad.json");
            std::fs::write(&path, json).unwrap();
            let error = Dataset::read(&path).unwrap_err().to_string();
            assert!(
                error.contains("bad.json") && error.contains(expected),
                "{error}"
            );
        }
    }
}
