//! Loading: what is done about each file, batch by batch.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::report::{DuplicateView, Report, WarningView};
use crate::cli::interrupt::Interrupt;
use crate::cli::{Session, now_unix_ms, progress};
use crate::corpus::{
    self, Found, Intent, Loaded, Original, Planner, Published, Skipped, Step, Verdict,
};
use crate::document::{Collection, DocumentRef};
use crate::engine::{Companions, Engine, EngineError, Writer};
use crate::extract::Overrides;
use crate::store::{Actor, Change, Provenance};

/// Articles stored and indexed in one commit: large enough to amortise it, small enough that an
/// interruption costs little.
const BATCH: usize = 500;

/// One load under way.
pub(super) struct Load<'a, 'b> {
    pub(super) collection: Collection,
    pub(super) overrides: Overrides,
    pub(super) engine: Engine,
    pub(super) writer: Option<Writer>,
    pub(super) planner: Planner,
    pub(super) interrupt: Interrupt,
    /// The file of each name met in this run, for names that stand in for a title.
    pub(super) names: BTreeMap<String, String>,
    /// What a dry run met before.
    pub(super) companions: Companions,
    pub(super) report: Report,
    pub(super) session: &'a mut Session<'b>,
}

/// What to do about one file.
pub(super) enum Plan {
    Store(Box<Loaded>, Intent),
    Unchanged(DocumentRef),
    /// A file at this location that holds what an article was made from under another name.
    Repeated(DocumentRef, String),
    Skip(Skipped),
}

impl Load<'_, '_> {
    pub(super) fn all(&mut self, found: &[Found]) -> anyhow::Result<()> {
        let mut meter =
            progress::Meter::new("adding", self.session.shows_progress(), !self.session.quiet);
        let mut batch: Vec<(Loaded, Intent)> = Vec::new();
        for file in found {
            if self.is_interrupted() {
                break;
            }
            self.plans(file, &mut |load, plan| {
                load.report.count.n_done += 1;
                meter.at(load.report.count);
                match plan {
                    Plan::Store(loaded, intent) => batch.push((*loaded, intent)),
                    Plan::Unchanged(_) => load.report.n_unchanged += 1,
                    Plan::Repeated(reference, location) => load.repeat(reference, &location)?,
                    Plan::Skip(skipped) => load.skip(skipped)?,
                }
                match batch.len() >= BATCH {
                    true => load.store(std::mem::take(&mut batch)),
                    false => Ok(()),
                }
            })?;
        }
        self.store(batch)?;
        meter.finish();
        Ok(())
    }

    /// Whether somebody asked for the end; then it is noted.
    fn is_interrupted(&mut self) -> bool {
        let is_raised = self.interrupt.is_raised();
        self.report.interrupted |= is_raised;
        is_raised
    }

    /// Stores what was fetched, even if nothing else is done any more.
    pub(super) fn pages(&mut self, pages: Vec<Result<Loaded, Skipped>>) -> anyhow::Result<()> {
        let mut articles = Vec::with_capacity(pages.len());
        for page in pages {
            self.report.count.n_done += 1;
            match page {
                Ok(loaded) => articles.push((self.amended(loaded), Intent::Judge)),
                Err(skipped) => self.skip(skipped)?,
            }
        }
        self.store(articles)
    }

    /// What to do about a file, or about each file of an archive.
    pub(super) fn plans(
        &mut self,
        file: &Found,
        take: &mut dyn FnMut(&mut Self, Plan) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let unpacked = match corpus::unpack(file) {
            Ok(Some(unpacked)) => unpacked,
            Ok(None) => {
                let step = self.planner.step(file);
                let plan = self.plan(step, file, &|| corpus::load(file));
                return take(self, plan);
            }
            Err(skipped) => return take(self, Plan::Skip(skipped)),
        };
        let files = match unpacked.files() {
            Ok(files) => files,
            Err(skipped) => return take(self, Plan::Skip(skipped)),
        };
        // The archive itself was counted as one.
        let n_before = self.report.count.n_total;
        self.report.count.n_total += files.n_named().saturating_sub(1);
        let mut n_files = 0;
        let mut is_whole = true;
        for (location, content) in files {
            if self.is_interrupted() {
                return Ok(());
            }
            n_files += 1;
            let plan = match content {
                Ok(bytes) => {
                    let step = self.planner.step_bytes(&location, &bytes);
                    let within = Found {
                        location: location.clone(),
                        ..file.clone()
                    };
                    self.plan(step, &within, &|| corpus::load_bytes(&location, &bytes))
                }
                Err(skipped) => {
                    // Damaged or beyond a limit: what it was, or what follows it, is not known.
                    is_whole = false;
                    Plan::Skip(skipped)
                }
            };
            take(self, plan)?;
        }
        self.report.count.n_total = n_before + n_files - 1;
        if is_whole {
            self.planner.read_whole(file);
        }
        Ok(())
    }

    /// What to do after a step of the planner. With metadata given, a file that did not change may
    /// still be one of another title.
    fn plan(
        &mut self,
        step: Step,
        file: &Found,
        load: &dyn Fn() -> Result<Loaded, Skipped>,
    ) -> Plan {
        if !self.overrides.is_empty() {
            return match step {
                Step::Skipped(skipped) => Plan::Skip(skipped),
                Step::New(loaded) | Step::Changed(_, loaded) => {
                    Plan::Store(Box::new(self.amended(*loaded)), Intent::Judge)
                }
                Step::Unchanged(_) | Step::TouchOnly(_) | Step::Duplicate(..) => match load() {
                    Ok(loaded) => Plan::Store(Box::new(self.amended(loaded)), Intent::Judge),
                    Err(skipped) => Plan::Skip(skipped),
                },
            };
        }
        match step {
            Step::New(loaded) => Plan::Store(loaded, Intent::Judge),
            Step::Changed(reference, loaded) => Plan::Store(loaded, Intent::Replace(reference)),
            Step::Unchanged(reference) => Plan::Unchanged(reference),
            Step::TouchOnly(reference) => {
                if let Some(writer) = &mut self.writer {
                    // Only saves reading the file again; if it fails, it is read again.
                    let _ = writer.touch(reference, file.modified_unix_ms, file.size_bytes);
                }
                Plan::Unchanged(reference)
            }
            Step::Duplicate(Original::Stored(reference), copy) => {
                Plan::Repeated(reference, copy.location)
            }
            Step::Duplicate(Original::InRun(other), copy) => {
                let location = copy.location;
                let reason = format!("`{location}` holds the same as `{other}`");
                Plan::Skip(Skipped { location, reason })
            }
            Step::Skipped(skipped) => Plan::Skip(skipped),
        }
    }

    pub(super) fn amended(&self, loaded: Loaded) -> Loaded {
        loaded.amended(self.overrides.clone())
    }

    /// Stores and indexes one batch.
    fn store(&mut self, batch: Vec<(Loaded, Intent)>) -> anyhow::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let Some(writer) = &mut self.writer else {
            bail!("a dry run stores nothing");
        };
        let n_stored = self.report.added.len() + self.report.replaced.len();
        let published = writer
            .publish(batch, &Actor::CommandLine, now_unix_ms())
            .map_err(|error| kept(error, n_stored))?;
        for one in published {
            self.tell(one)?;
        }
        Ok(())
    }

    fn tell(&mut self, published: Published) -> anyhow::Result<()> {
        let Published {
            location,
            title: _,
            verdict,
            reference,
            duplicates,
            mut warnings,
        } = published;
        self.keep(&verdict);
        match (&verdict, reference) {
            (Verdict::New, Some(reference)) => self.report.added.push(reference.to_string()),
            (Verdict::NewVersion(_), Some(reference)) => {
                self.report.replaced.push(reference.to_string());
            }
            (Verdict::AlreadyLoaded(reference), _)
                if self.planner.is_source(&location, *reference) =>
            {
                self.report.n_unchanged += 1;
                return Ok(());
            }
            (Verdict::AlreadyLoaded(reference), _) => return self.repeat(*reference, &location),
            (Verdict::Skipped(reason), _) => {
                let reason = reason.clone();
                return self.skip(Skipped { location, reason });
            }
            (Verdict::New | Verdict::NewVersion(_), None) => {}
        }
        warnings.extend(self.same_name(&location));
        for warning in warnings {
            self.session
                .note(format_args!("quoth: warning: `{location}`: {warning}"))?;
            self.report.warnings.push(WarningView {
                location: location.clone(),
                warning,
            });
        }
        for duplicate in duplicates {
            self.session
                .note(format_args!("quoth: `{location}`: {duplicate}"))?;
            self.report.duplicates.push(DuplicateView {
                id: reference.map(|id| id.to_string()).unwrap_or_default(),
                of: duplicate.reference.to_string(),
                shared: duplicate.shared,
            });
        }
        Ok(())
    }

    /// Tells of what is loaded already, from elsewhere.
    fn repeat(&mut self, reference: DocumentRef, location: &str) -> anyhow::Result<()> {
        self.report.n_unchanged += 1;
        self.session.note(format_args!(
            "quoth: `{location}` holds what is already loaded as article {reference}"
        ))?;
        Ok(())
    }

    /// An article that this run met anew stays, even if the file it was made from is gone.
    pub(super) fn keep(&mut self, verdict: &Verdict) {
        if let Verdict::NewVersion(reference) | Verdict::AlreadyLoaded(reference) = verdict {
            self.planner.keep(*reference);
        }
    }

    /// A warning if a file of the same name in another folder was stored in this run.
    pub(super) fn same_name(&mut self, location: &str) -> Option<String> {
        let name = Path::new(location)
            .file_name()?
            .to_string_lossy()
            .into_owned();
        match self.names.get(&name) {
            Some(other) => Some(format!("it has the name of `{other}`; both are kept")),
            None => {
                self.names.insert(name, location.to_owned());
                None
            }
        }
    }

    /// Removes the articles whose file is gone from a folder given; not from one that itself is gone
    /// or holds no article, which is rather unmounted or mistyped.
    pub(super) fn prune(&mut self, paths: &[PathBuf]) -> anyhow::Result<()> {
        let gone = self.gone(paths)?;
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let changes = gone.iter().copied().map(Change::Remove).collect();
        writer.apply_as(changes, &Provenance::new(Actor::CommandLine, now_unix_ms()))?;
        self.report.removed = gone.iter().map(ToString::to_string).collect();
        Ok(())
    }

    pub(super) fn gone(&mut self, paths: &[PathBuf]) -> anyhow::Result<BTreeSet<DocumentRef>> {
        let mut gone = BTreeSet::new();
        for path in paths {
            let missing = self.planner.missing(path);
            if missing.is_empty() {
                continue;
            }
            let (found, _) = corpus::find(std::slice::from_ref(path));
            if !found.is_empty() {
                gone.extend(missing);
                continue;
            }
            // That there is nothing was told when the files were looked for.
            let what = match path.exists() {
                true => "holds no article any more",
                false => "is gone",
            };
            let kept = match missing.len() {
                1 => "1 article loaded from it is kept, `quoth remove` takes it out".to_owned(),
                n => format!("{n} articles loaded from it are kept, `quoth remove` takes them out"),
            };
            self.session.note(format_args!(
                "quoth: warning: `{}` {what}; {kept}",
                path.display()
            ))?;
        }
        Ok(gone)
    }

    pub(super) fn skip(&mut self, skipped: Skipped) -> anyhow::Result<()> {
        self.session
            .say(format_args!("quoth: skipped: {}", skipped.reason))?;
        self.report.skipped.push(skipped.into());
        Ok(())
    }
}

/// An error in the middle of a load, with what it did not cost.
fn kept(error: EngineError, n_stored: usize) -> anyhow::Error {
    let error = anyhow::Error::new(error);
    match n_stored {
        0 => error,
        1 => error.context("stopped after 1 article, which is kept"),
        n => error.context(format!("stopped after {n} articles, which are kept")),
    }
}
