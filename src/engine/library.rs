//! The library: articles everyone may be answered from, kept in step with where they come from.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{Engine, EngineError, Writer};
use crate::corpus::{self, Loaded, Original, Planner, Skipped, Step};
use crate::document::{Collection, DocumentRef};
use crate::store::{Actor, Change, KnownSource, NewDocument, Provenance};

/// The articles of `corpus/`, as file name and content, sorted by name.
const BUNDLED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/library.rs"));
/// Changes applied in one batch.
const BATCH: usize = 500;

/// Where the library's articles come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LibrarySource {
    /// The articles compiled into the binary.
    Bundled,
    /// A folder of the operator's.
    Folder(PathBuf),
}

/// What bringing the library up to date did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Articles added or replaced.
    pub n_put: usize,
    /// Articles whose file is gone.
    pub n_removed: usize,
    /// Files that could not be used.
    pub skipped: Vec<Skipped>,
}

impl Engine {
    /// Brings the library in step with its source: new and changed files in, vanished ones out.
    /// Without a difference nothing is written.
    ///
    /// # Errors
    /// [`EngineError`]; a broken file is no error but a line of the report.
    pub fn sync_library(
        &self,
        source: &LibrarySource,
        now_unix_ms: i64,
    ) -> Result<SyncReport, EngineError> {
        self.sync(source, now_unix_ms, None)
    }

    /// Plans without a writer first: usually there is nothing to do. If there is, takes the writer and
    /// plans again, since another process may have done it meanwhile.
    fn sync(
        &self,
        source: &LibrarySource,
        now_unix_ms: i64,
        writer: Option<Writer>,
    ) -> Result<SyncReport, EngineError> {
        let known = self.sources(Collection::Library)?;
        let mut gone: BTreeSet<DocumentRef> = known.iter().map(|k| k.reference).collect();
        let mut planner = Planner::new(known.clone());
        let mut report = SyncReport::default();
        let mut changes = Vec::new();
        let mut touched = Vec::new();
        let steps: Vec<Step> = match source {
            LibrarySource::Bundled => BUNDLED
                .iter()
                .map(|(name, bytes)| planner.step_bytes(&format!("bundled/{name}"), bytes))
                .collect(),
            LibrarySource::Folder(folder) => {
                let (found, skipped) = corpus::find(std::slice::from_ref(folder));
                for skipped in &skipped {
                    keep(&mut gone, &known, &skipped.location);
                }
                report.skipped = skipped;
                if found.is_empty() {
                    // An unmounted or mistyped folder must not empty the library.
                    if let Some(why) = report.skipped.first_mut().filter(|_| !known.is_empty()) {
                        why.reason.push_str(&emptied(known.len()));
                    }
                    return Ok(report);
                }
                let mut steps = Vec::with_capacity(found.len());
                for found in &found {
                    match corpus::unpack(found) {
                        Ok(None) => {
                            let step = planner.step(found);
                            if let Step::TouchOnly(reference) = step {
                                touched.push((reference, found.modified_unix_ms, found.size_bytes));
                            }
                            steps.push(step);
                        }
                        Ok(Some(unpacked)) => match unpacked.files() {
                            Ok(files) => {
                                steps.extend(files.map(|(location, content)| match content {
                                    Ok(bytes) => planner.step_bytes(&location, &bytes),
                                    Err(skipped) => Step::Skipped(skipped),
                                }))
                            }
                            Err(skipped) => steps.push(Step::Skipped(skipped)),
                        },
                        Err(skipped) => steps.push(Step::Skipped(skipped)),
                    }
                }
                steps
            }
        };
        for step in steps {
            match step {
                Step::New(loaded) => changes.push(put(*loaded, None)),
                Step::Changed(reference, loaded) => {
                    gone.remove(&reference);
                    changes.push(put(*loaded, Some(reference)));
                }
                Step::Unchanged(reference) | Step::TouchOnly(reference) => {
                    gone.remove(&reference);
                }
                Step::Duplicate(Original::Stored(reference), _) => {
                    gone.remove(&reference);
                }
                Step::Duplicate(Original::InRun(_), _) => {}
                Step::Skipped(skipped) => {
                    keep(&mut gone, &known, &skipped.location);
                    report.skipped.push(skipped);
                }
            }
        }
        for (reference, modified_unix_ms, size_bytes) in touched {
            self.store()
                .touch_source(reference, modified_unix_ms, size_bytes)?;
        }
        report.n_put = changes.len();
        report.n_removed = gone.len();
        changes.extend(gone.into_iter().map(Change::Remove));
        if !changes.is_empty() {
            let Some(mut writer) = writer else {
                let writer = self.writer(Collection::Library)?;
                return self.sync(source, now_unix_ms, Some(writer));
            };
            while !changes.is_empty() {
                let rest = changes.split_off(changes.len().min(BATCH));
                let batch = std::mem::replace(&mut changes, rest);
                writer.apply_as(batch, &Provenance::new(Actor::Library, now_unix_ms))?;
            }
        }
        Ok(report)
    }
}

/// Takes from `gone` what was made from a file or folder that cannot be read just now: it is there, and
/// may be in the middle of being written.
fn keep(gone: &mut BTreeSet<DocumentRef>, known: &[KnownSource], location: &str) {
    for source in known {
        let within = source.location.strip_prefix(location);
        if within.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            gone.remove(&source.reference);
        }
    }
}

/// What is said of a folder without articles beside the reason.
fn emptied(n_kept: usize) -> String {
    let articles = match n_kept {
        1 => "article loaded before is",
        _ => "articles loaded before are",
    };
    format!("; the {n_kept} {articles} kept, and can be taken out with `quoth remove`")
}

fn put(loaded: Loaded, replaces: Option<DocumentRef>) -> Change {
    Change::Put(Box::new(NewDocument {
        draft: loaded.draft,
        source: Some(loaded.source),
        replaces,
    }))
}
