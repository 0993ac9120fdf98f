//! `quoth add --dry-run`: what a load would do.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::load::{Load, Plan};
use crate::cli::{Ending, json, now_unix_ms, preview, progress};
use crate::corpus::{Found, Intent, Loaded, Preview, Skipped, Verdict};

impl Load<'_, '_> {
    /// Shows what would be done, an article at a time.
    pub(super) fn preview(
        mut self,
        found: &[Found],
        skipped: Vec<Skipped>,
        pages: Vec<Result<Loaded, Skipped>>,
        pruned: Option<&[PathBuf]>,
    ) -> anyhow::Result<Ending> {
        let mut previews = Vec::with_capacity(found.len() + pages.len());
        for skipped in skipped {
            previews.push(self.preview_one("", Plan::Skip(skipped))?);
        }
        // As text, what is shown is progress enough.
        let mut meter = progress::Meter::new(
            "looking at",
            self.session.json && self.session.shows_progress(),
            self.session.json && !self.session.quiet,
        );
        for file in found {
            self.plans(file, &mut |load, plan| {
                load.report.count.n_done += 1;
                meter.at(load.report.count);
                let preview = load.preview_one(&file.location, plan)?;
                previews.push(preview);
                Ok(())
            })?;
        }
        meter.finish();
        for page in pages {
            let plan = match page {
                Ok(loaded) => Plan::Store(Box::new(self.amended(loaded)), Intent::Judge),
                Err(skipped) => Plan::Skip(skipped),
            };
            previews.push(self.preview_one("", plan)?);
        }
        let gone = match pruned {
            Some(paths) => self.gone(paths)?,
            None => BTreeSet::new(),
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
        let is_complete = previews
            .iter()
            .all(|preview| !matches!(preview.verdict, Verdict::Skipped(_)));
        Ok(match is_complete {
            true => Ending::Done,
            false => Ending::Nothing,
        })
    }

    /// Shows what would be done with one article; `location` names one that did not change.
    fn preview_one(&mut self, location: &str, plan: Plan) -> anyhow::Result<Preview> {
        let preview = match plan {
            Plan::Store(loaded, intent) => {
                let mut preview =
                    self.engine
                        .preview(self.collection, &loaded, intent, now_unix_ms())?;
                if preview.verdict.stores() {
                    preview.warnings.extend(self.companions.meet(&loaded));
                    preview.warnings.extend(self.same_name(&preview.location));
                }
                preview
            }
            Plan::Unchanged(reference) => Preview::unchanged(location.to_owned(), reference),
            Plan::Repeated(reference, location) => Preview::unchanged(location, reference),
            Plan::Skip(skipped) => Preview::skipped(skipped),
        };
        self.keep(&preview.verdict);
        if !self.session.json {
            preview::write(&preview, self.session.out)?;
        }
        Ok(preview)
    }
}
