//! The term index of a collection: BM25 over titles, headings and bodies of passages.

use std::io;
use std::ops::Bound;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tantivy::collector::TopDocs;
use tantivy::directory::{MmapDirectory, RamDirectory};
use tantivy::query::{BooleanQuery, ConstScoreQuery, Occur, Query, RangeQuery, TermQuery};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{
    Directory, Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument,
    TantivyError, Term,
};

use super::{Filter, IndexError, Lookalike, Position, Prepared, Ranked};
use crate::document::{DocumentId, Language, PassageId};
use crate::text;

/// Memory of the writer before it flushes a segment, in bytes. One thread: analysis and embedding
/// run beside it and cost far more, and one thread makes the segments repeatable.
const WRITER_BYTES: usize = 48 << 20;
/// Candidates are cut a little deeper than asked, so that ties at the cut are broken by id and not
/// by where a passage lies in the files.
const TIE_MARGIN: usize = 10;

/// Terms with one first letter that are compared with a misspelled word, in all segments and fields together: bounds
/// what one question costs, whatever was loaded.
const MAX_WALKED: usize = 200_000;

#[derive(Clone, Copy)]
struct Fields {
    document: Field,
    ordinal: Field,
    day: Field,
    title: Field,
    heading: Field,
    body: Field,
}

impl Fields {
    fn schema() -> (Schema, Fields) {
        let mut schema = Schema::builder();
        let text = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_index_option(IndexRecordOption::WithFreqs),
        );
        let fields = Fields {
            document: schema.add_u64_field("document", FAST | INDEXED),
            ordinal: schema.add_u64_field("ordinal", FAST),
            day: schema.add_i64_field("day", FAST | INDEXED),
            title: schema.add_text_field("title", text.clone()),
            heading: schema.add_text_field("heading", text.clone()),
            body: schema.add_text_field("body", text),
        };
        (schema.build(), fields)
    }
}

/// What a commit says of itself.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    /// Counts the commits of this index from 1.
    pub(super) commit: u64,
    pub(super) position: Position,
    pub(super) stamp: String,
    pub(super) n_passages: usize,
    languages: Vec<String>,
}

impl State {
    pub(super) fn new(
        commit: u64,
        position: Position,
        stamp: &str,
        n_passages: usize,
        languages: &[Language],
    ) -> State {
        State {
            commit,
            position,
            stamp: stamp.to_owned(),
            n_passages,
            languages: languages.iter().map(|l| l.code().to_owned()).collect(),
        }
    }

    pub(super) fn languages(&self) -> Vec<Language> {
        self.languages
            .iter()
            .map(|code| Language::from_code(code))
            .collect()
    }
}

/// What the last commit in `dir` says of itself, without opening the index; `None` if nothing does.
///
/// # Errors
/// The file system's, unless there is no such file.
pub(super) fn last_state(dir: &Path) -> io::Result<Option<State>> {
    /// The part of tantivy's list of segments that is ours.
    #[derive(Deserialize)]
    struct Meta {
        payload: Option<String>,
    }
    let bytes = match std::fs::read(dir.join("meta.json")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let meta: Option<Meta> = serde_json::from_slice(&bytes).ok();
    let payload = meta.and_then(|meta| meta.payload);
    Ok(payload.and_then(|payload| serde_json::from_str(&payload).ok()))
}

pub(super) struct LexicalIndex {
    index: Index,
    reader: IndexReader,
    writer: Option<IndexWriter>,
    fields: Fields,
}

impl LexicalIndex {
    pub(super) fn create(dir: &Path) -> Result<LexicalIndex, IndexError> {
        let directory = MmapDirectory::open(dir).map_err(engine)?;
        LexicalIndex::create_in(directory)
    }

    pub(super) fn in_memory() -> Result<LexicalIndex, IndexError> {
        LexicalIndex::create_in(RamDirectory::create())
    }

    fn create_in(directory: impl Directory) -> Result<LexicalIndex, IndexError> {
        let (schema, fields) = Fields::schema();
        let index =
            Index::create(directory, schema, tantivy::IndexSettings::default()).map_err(engine)?;
        LexicalIndex::assemble(index, fields)
    }

    /// Opens what [`LexicalIndex::create`] made. Files are checked byte for byte if they are no
    /// larger than `full_check_bytes` together.
    pub(super) fn open(
        dir: &Path,
        full_check_bytes: u64,
    ) -> Result<(LexicalIndex, State), IndexError> {
        let (schema, fields) = Fields::schema();
        let index = Index::open_in_dir(dir).map_err(engine)?;
        if index.schema() != schema {
            return Err(IndexError::Engine("the fields differ".to_owned()));
        }
        let size: u64 = std::fs::read_dir(dir)
            .map_err(|error| IndexError::io(dir, error))?
            .filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()))
            .sum();
        if size <= full_check_bytes {
            let damaged = index.validate_checksum().map_err(engine)?;
            if let Some(file) = damaged.iter().next() {
                return Err(IndexError::Engine(format!(
                    "`{}` is damaged",
                    file.display()
                )));
            }
        }
        let payload = index.load_metas().map_err(engine)?.payload;
        let state = serde_json::from_str(&payload.unwrap_or_default())
            .map_err(|_| IndexError::Engine("its last write was cut off".to_owned()))?;
        Ok((LexicalIndex::assemble(index, fields)?, state))
    }

    fn assemble(index: Index, fields: Fields) -> Result<LexicalIndex, IndexError> {
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(engine)?;
        Ok(LexicalIndex {
            index,
            reader,
            writer: None,
            fields,
        })
    }

    pub(super) fn reader(&self) -> Reader {
        Reader {
            searcher: self.reader.searcher(),
            fields: self.fields,
        }
    }

    pub(super) fn commit(
        &mut self,
        ended: &[DocumentId],
        added: &[Prepared],
        state: &State,
    ) -> Result<(), IndexError> {
        let result = self.try_commit(ended, added, state);
        if result.is_err() {
            // Dropping the writer forgets what it had taken in but not committed.
            self.writer = None;
        }
        result.map_err(engine)
    }

    fn try_commit(
        &mut self,
        ended: &[DocumentId],
        added: &[Prepared],
        state: &State,
    ) -> Result<(), TantivyError> {
        let fields = self.fields;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let writer = self.index.writer_with_num_threads(1, WRITER_BYTES)?;
                // What a killed process wrote and never made known goes: a file of deletions is named
                // for its commit, and the same commit made again would find the name taken.
                writer.garbage_collect_files().wait()?;
                self.writer.insert(writer)
            }
        };
        for id in ended {
            writer.delete_term(Term::from_field_u64(fields.document, id.0));
        }
        for document in added {
            for (passage, ordinal) in document.passages.iter().zip(0u64..) {
                let mut entry = TantivyDocument::default();
                entry.add_u64(fields.document, document.id.0);
                entry.add_u64(fields.ordinal, ordinal);
                if let Some(day) = document.day {
                    entry.add_i64(fields.day, i64::from(day));
                }
                entry.add_pre_tokenized_text(fields.title, tokens(&passage.title));
                entry.add_pre_tokenized_text(fields.heading, tokens(&passage.heading));
                entry.add_pre_tokenized_text(fields.body, tokens(&passage.body));
                writer.add_document(entry)?;
            }
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&serde_json::to_string(state)?);
        commit.commit()?;
        self.reader.reload()
    }

    /// Waits for merges and lets go of the writer.
    pub(super) fn rest(&mut self) {
        if let Some(writer) = self.writer.take() {
            // A merge that fails leaves its segments as they were: nothing is lost.
            let _ = writer.wait_merging_threads();
            let _ = self.reader.reload();
        }
    }
}

fn tokens(terms: &[String]) -> PreTokenizedString {
    PreTokenizedString {
        text: String::new(),
        tokens: terms
            .iter()
            .enumerate()
            .map(|(position, term)| Token {
                offset_from: 0,
                offset_to: 0,
                position,
                text: term.clone(),
                position_length: 1,
            })
            .collect(),
    }
}

/// A view of one commit.
#[derive(Clone)]
pub(super) struct Reader {
    searcher: Searcher,
    fields: Fields,
}

impl Reader {
    /// The best `depth` passages by the sum of the BM25 scores of each term in each field
    /// (Robertson and Zaragoza 2009, k1 = 1.2, b = 0.75), over statistics of this collection.
    pub(super) fn search(
        &self,
        terms: &[String],
        filter: &Filter,
        depth: usize,
    ) -> Result<Vec<Ranked>, IndexError> {
        if terms.is_empty() || depth == 0 {
            return Ok(Vec::new());
        }
        let fields = self.fields;
        let matching = terms.iter().flat_map(|term| {
            [fields.body, fields.title, fields.heading].map(|field| -> Box<dyn Query> {
                let term = Term::from_field_text(field, term);
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
            })
        });
        let query = self.filtered(BooleanQuery::union(matching.collect()), filter);
        let collector = TopDocs::with_limit(depth + TIE_MARGIN).order_by_score();
        let found = self.searcher.search(&*query, &collector).map_err(engine)?;
        let mut columns = Vec::new();
        for segment in self.searcher.segment_readers() {
            let fast = segment.fast_fields();
            columns.push((
                fast.u64("document").map_err(engine)?,
                fast.u64("ordinal").map_err(engine)?,
            ));
        }
        let mut ranked: Vec<Ranked> = found
            .into_iter()
            .filter_map(|(score, address)| {
                let (documents, ordinals) = columns.get(address.segment_ord as usize)?;
                let passage = PassageId {
                    document: DocumentId(documents.first(address.doc_id)?),
                    ordinal: u32::try_from(ordinals.first(address.doc_id)?).ok()?,
                };
                Some(Ranked { passage, score })
            })
            .collect();
        ranked.sort_unstable_by(Ranked::best_first);
        ranked.truncate(depth);
        Ok(ranked)
    }

    /// Whether some passage holds the term. Those of documents that ended count until their segment is merged.
    pub(super) fn holds(&self, term: &str) -> Result<bool, IndexError> {
        let fields = self.fields;
        for field in [fields.body, fields.title, fields.heading] {
            let term = Term::from_field_text(field, term);
            if self.searcher.doc_freq(&term).map_err(engine)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The terms that begin like `term` and lie at most `max_edits` from it, with the number of passages that
    /// hold each in text, title or heading; one may occur several times. Looks at [`MAX_WALKED`] terms at most.
    pub(super) fn like(&self, term: &str, max_edits: usize) -> Result<Vec<Lookalike>, IndexError> {
        let Some(first) = term.chars().next() else {
            return Ok(Vec::new());
        };
        let first = first.to_string();
        let fields = self.fields;
        let mut found = Vec::new();
        let mut n_left = MAX_WALKED;
        for segment in self.searcher.segment_readers() {
            for field in [fields.body, fields.title, fields.heading] {
                let inverted = segment.inverted_index(field).map_err(engine)?;
                let mut terms = inverted
                    .terms()
                    .range()
                    .ge(&first)
                    .into_stream()
                    .map_err(engine)?;
                while n_left > 0 && terms.advance() {
                    n_left -= 1;
                    let Some(known) = std::str::from_utf8(terms.key()).ok() else {
                        continue;
                    };
                    if !known.starts_with(&first) {
                        break;
                    }
                    if let Some(n_edits) = text::edit_distance(term, known, max_edits) {
                        found.push(Lookalike {
                            term: known.to_owned(),
                            n_edits,
                            sounds_alike: text::consonants(term) == text::consonants(known),
                            n_passages: terms.value().doc_freq.into(),
                        });
                    }
                }
            }
        }
        Ok(found)
    }

    /// `matching` where `filter` admits it; a query without a filter stays a plain union of terms,
    /// which the engine can cut short.
    fn filtered(&self, matching: BooleanQuery, filter: &Filter) -> Box<dyn Query> {
        let fields = self.fields;
        let document = |id: DocumentId| -> Box<dyn Query> {
            let term = Term::from_field_u64(fields.document, id.0);
            Box::new(TermQuery::new(term, IndexRecordOption::Basic))
        };
        let unscored = |query: Box<dyn Query>| -> Box<dyn Query> {
            Box::new(ConstScoreQuery::new(query, 0.0))
        };
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        if filter.since.is_some() || filter.until.is_some() {
            let bound = |day: Option<i32>| {
                day.map_or(Bound::Unbounded, |day| {
                    Bound::Included(Term::from_field_i64(fields.day, i64::from(day)))
                })
            };
            let range = RangeQuery::new(bound(filter.since), bound(filter.until));
            clauses.push((Occur::Must, unscored(Box::new(range))));
        }
        if let Some(only) = filter.only {
            clauses.push((Occur::Must, unscored(document(only))));
        }
        if let Some(except) = filter.except {
            clauses.push((Occur::MustNot, document(except)));
        }
        if clauses.is_empty() {
            return Box::new(matching);
        }
        clauses.push((Occur::Must, Box::new(matching)));
        Box::new(BooleanQuery::new(clauses))
    }
}

fn engine(error: impl std::fmt::Display) -> IndexError {
    IndexError::engine(error)
}
