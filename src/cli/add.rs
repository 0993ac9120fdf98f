//! `quoth add`: files, folders and addresses into the store.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

mod report;

use report::{DuplicateView, Report, WarningView};

use super::interrupt::Interrupt;
use super::{CollectionChoice, Ending, Session, json, now_unix_ms, pages, preview, progress};
use crate::corpus::{
    self, Found, Intent, Loaded, Original, Planner, Preview, Published, Skipped, Step, Verdict,
};
use crate::document::{Collection, Date, DocumentRef};
use crate::engine::{Engine, Writer};
use crate::extract::Overrides;
use crate::store::{Actor, Change, Provenance};

/// Articles stored and indexed in one commit: large enough to amortise it, small enough that an
/// interruption costs little.
const BATCH: usize = 500;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Files, folders that hold some, or addresses
    #[arg(required = true, value_name = "PATH|URL")]
    sources: Vec<PathBuf>,
    #[command(flatten)]
    collection: CollectionChoice,
    #[command(flatten)]
    metadata: MetadataArguments,
    /// Show what would be added, and add nothing
    #[arg(long)]
    dry_run: bool,
    /// Also remove the articles whose file is gone from a folder given
    #[arg(long)]
    prune: bool,
}

/// Metadata given beside an article.
#[derive(Debug, Args)]
pub(super) struct MetadataArguments {
    /// Title, instead of what the article says (one article only)
    #[arg(long)]
    title: Option<String>,
    /// Day of publication (YYYY-MM-DD)
    #[arg(long)]
    date: Option<Date>,
    /// Who published it
    #[arg(long)]
    outlet: Option<String>,
    /// Where the original is (one article only)
    #[arg(long)]
    url: Option<String>,
    /// Keywords, with commas between them
    #[arg(long, value_delimiter = ',')]
    tags: Option<Vec<String>>,
}

impl MetadataArguments {
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            title: self.title.clone(),
            outlet: self.outlet.clone(),
            date: self.date,
            url: self.url.clone(),
            tags: self.tags.clone(),
        }
    }

    /// Refuses for several articles what can be right for one alone.
    fn check(&self, n_articles: usize) -> anyhow::Result<()> {
        for (name, is_given) in [
            ("--title", self.title.is_some()),
            ("--url", self.url.is_some()),
        ] {
            if is_given && n_articles > 1 {
                bail!("`{name}` is for one article, and {n_articles} were found");
            }
        }
        Ok(())
    }
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Ending> {
    let collection = arguments.collection.to_change()?;
    let (addresses, paths) = pages::divide(&arguments.sources);
    let (found, skipped) = corpus::find(&paths);
    arguments.metadata.check(found.len() + addresses.len())?;
    let pages = pages::fetch(&addresses, session)?;
    let n_found = found.len() + pages.len();
    let engine = session.engine()?;
    let mut load = Load {
        collection,
        overrides: arguments.metadata.overrides(),
        // Taken before planning: what is known must not change under the plan.
        writer: match arguments.dry_run {
            true => None,
            false => Some(engine.writer(collection)?),
        },
        planner: Planner::new(engine.sources(collection)?),
        names: BTreeMap::new(),
        report: Report::default(),
        engine,
        session,
    };
    for skipped in skipped {
        load.skip(skipped)?;
    }
    if arguments.dry_run {
        return load.preview(&found, pages, arguments, &paths);
    }
    load.all(&found)?;
    load.pages(pages)?;
    if arguments.prune && !load.report.interrupted {
        load.prune(&paths)?;
    }
    let Load {
        report,
        writer,
        session,
        ..
    } = load;
    // Before the report: what it says is done has to be done.
    drop(writer);
    report::write(&report, n_found, session)?;
    let is_complete = report.skipped.is_empty() && !report.interrupted;
    Ok(match is_complete && n_found > 0 {
        true => Ending::Done,
        false => Ending::Nothing,
    })
}

/// One load under way.
struct Load<'a, 'b> {
    collection: Collection,
    overrides: Overrides,
    engine: Engine,
    writer: Option<Writer>,
    planner: Planner,
    /// The file of each name met in this run, for names that stand in for a title.
    names: BTreeMap<String, String>,
    report: Report,
    session: &'a mut Session<'b>,
}

/// What to do about one file.
enum Plan {
    Store(Box<Loaded>, Intent),
    Unchanged(DocumentRef),
    Skip(Skipped),
}

impl Load<'_, '_> {
    fn all(&mut self, found: &[Found]) -> anyhow::Result<()> {
        let interrupt = Interrupt::listen();
        let mut meter = progress::Meter::new(
            found.len(),
            "adding",
            self.session.shows_progress(),
            !self.session.quiet,
        );
        let mut batch: Vec<(Loaded, Intent)> = Vec::new();
        for (idx, file) in found.iter().enumerate() {
            if interrupt.is_raised() {
                self.report.interrupted = true;
                break;
            }
            self.plans(file, &mut |load, plan| {
                match plan {
                    Plan::Store(loaded, intent) => batch.push((*loaded, intent)),
                    Plan::Unchanged(_) => load.report.n_unchanged += 1,
                    Plan::Skip(skipped) => load.skip(skipped)?,
                }
                match batch.len() >= BATCH {
                    true => load.store(std::mem::take(&mut batch)),
                    false => Ok(()),
                }
            })?;
            meter.at(idx + 1);
        }
        self.store(batch)?;
        meter.finish();
        Ok(())
    }

    /// Stores what was fetched.
    fn pages(&mut self, pages: Vec<Result<Loaded, Skipped>>) -> anyhow::Result<()> {
        let mut articles = Vec::with_capacity(pages.len());
        for page in pages {
            match page {
                Ok(loaded) => articles.push((self.amended(loaded), Intent::Judge)),
                Err(skipped) => self.skip(skipped)?,
            }
        }
        if self.report.interrupted {
            return Ok(());
        }
        self.store(articles)
    }

    /// What to do about a file, or about each file of an archive.
    fn plans(
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
        for (location, content) in files {
            let plan = match content {
                Ok(bytes) => {
                    let step = self.planner.step_bytes(&location, &bytes);
                    let within = Found {
                        location: location.clone(),
                        ..file.clone()
                    };
                    self.plan(step, &within, &|| corpus::load_bytes(&location, &bytes))
                }
                Err(skipped) => Plan::Skip(skipped),
            };
            take(self, plan)?;
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
            Step::Duplicate(original, copy) => Plan::Skip(repeated(original, copy)),
            Step::Skipped(skipped) => Plan::Skip(skipped),
        }
    }

    fn amended(&self, loaded: Loaded) -> Loaded {
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
        let published = writer.publish(batch, &Actor::CommandLine, now_unix_ms())?;
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
        match (&verdict, reference) {
            (Verdict::New, Some(reference)) => self.report.added.push(reference.to_string()),
            (Verdict::NewVersion(_), Some(reference)) => {
                self.report.replaced.push(reference.to_string());
            }
            (Verdict::AlreadyLoaded(reference), _) if pages::is_address(&location) => {
                self.report.n_unchanged += 1;
                return Ok(self.session.note(format_args!(
                    "quoth: `{location}` holds what is already loaded as article {reference}"
                ))?);
            }
            (Verdict::AlreadyLoaded(reference), _) => {
                let reason =
                    format!("`{location}` holds what is already loaded as article {reference}");
                return self.skip(Skipped { location, reason });
            }
            (Verdict::Skipped(reason), _) => {
                let reason = reason.clone();
                return self.skip(Skipped { location, reason });
            }
            (Verdict::New | Verdict::NewVersion(_), None) => {}
        }
        if let Some(other) = self.same_name(&location) {
            warnings.push(format!("it has the name of `{other}`; both are kept"));
        }
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

    /// A file of the same name in another folder that was stored in this run, if there is one.
    fn same_name(&mut self, location: &str) -> Option<String> {
        let name = Path::new(location)
            .file_name()?
            .to_string_lossy()
            .into_owned();
        match self.names.get(&name) {
            Some(other) => Some(other.clone()),
            None => {
                self.names.insert(name, location.to_owned());
                None
            }
        }
    }

    /// Removes the articles whose file is gone from a folder given; not from one that itself is gone
    /// or holds no article, which is rather unmounted or mistyped.
    fn prune(&mut self, paths: &[PathBuf]) -> anyhow::Result<()> {
        let gone = self.gone(paths)?;
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let changes = gone.iter().copied().map(Change::Remove).collect();
        writer.apply_as(changes, &Provenance::new(Actor::CommandLine, now_unix_ms()))?;
        self.report.removed = gone.iter().map(ToString::to_string).collect();
        Ok(())
    }

    fn gone(&mut self, paths: &[PathBuf]) -> anyhow::Result<BTreeSet<DocumentRef>> {
        let mut gone = BTreeSet::new();
        for path in paths {
            let missing = self.planner.missing(path);
            if missing.is_empty() {
                continue;
            }
            let (found, _) = corpus::find(std::slice::from_ref(path));
            if found.is_empty() {
                let location = path.to_string_lossy().into_owned();
                let reason = format!(
                    "`{location}` holds no article; the {} loaded from there are kept, \
                     `quoth remove` removes them",
                    missing.len()
                );
                self.skip(Skipped { location, reason })?;
                continue;
            }
            gone.extend(missing);
        }
        Ok(gone)
    }

    fn skip(&mut self, skipped: Skipped) -> anyhow::Result<()> {
        writeln!(self.session.err, "quoth: skipped: {}", skipped.reason)?;
        self.report.skipped.push(skipped.into());
        Ok(())
    }

    /// Shows what would be done, an article at a time.
    fn preview(
        mut self,
        found: &[Found],
        pages: Vec<Result<Loaded, Skipped>>,
        arguments: &Arguments,
        paths: &[PathBuf],
    ) -> anyhow::Result<Ending> {
        let n_found = found.len() + pages.len();
        let mut previews = Vec::with_capacity(n_found);
        for file in found {
            self.plans(file, &mut |load, plan| {
                let preview = load.preview_one(&file.location, plan)?;
                previews.push(preview);
                Ok(())
            })?;
        }
        for page in pages {
            let plan = match page {
                Ok(loaded) => Plan::Store(Box::new(self.amended(loaded)), Intent::Judge),
                Err(skipped) => Plan::Skip(skipped),
            };
            previews.push(self.preview_one("", plan)?);
        }
        let gone = match arguments.prune {
            true => self.gone(paths)?,
            false => BTreeSet::new(),
        };
        if self.session.json {
            let view = json::DryRunView::new(&previews, &gone);
            serde_json::to_writer(&mut *self.session.out, &view)?;
            writeln!(self.session.out)?;
        } else {
            for reference in &gone {
                writeln!(
                    self.session.out,
                    "would remove {reference}: its file is gone"
                )?;
            }
        }
        let is_complete = self.report.skipped.is_empty()
            && !previews
                .iter()
                .any(|preview| matches!(preview.verdict, Verdict::Skipped(_)));
        Ok(match is_complete && n_found > 0 {
            true => Ending::Done,
            false => Ending::Nothing,
        })
    }

    /// Shows what would be done with one article; `location` names one that did not change.
    fn preview_one(&mut self, location: &str, plan: Plan) -> anyhow::Result<Preview> {
        let preview = match plan {
            Plan::Store(loaded, intent) => {
                self.engine
                    .preview(self.collection, &loaded, intent, now_unix_ms())?
            }
            Plan::Unchanged(reference) => Preview::unchanged(location.to_owned(), reference),
            Plan::Skip(skipped) => Preview::skipped(skipped),
        };
        if !self.session.json {
            preview::write(&preview, self.session.out)?;
        }
        Ok(preview)
    }
}

fn repeated(original: Original, copy: Found) -> Skipped {
    let location = copy.location;
    let reason = match original {
        Original::Stored(reference) => {
            format!("`{location}` holds what is already loaded as article {reference}")
        }
        Original::InRun(other) => format!("`{location}` holds the same as `{other}`"),
    };
    Skipped { location, reason }
}
