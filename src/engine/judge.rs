//! What storing an article would come to, given what a collection holds.
//!
//! The same judgement makes previews and decides what publishing does. It looks at one collection
//! and at nothing else: what another one holds has no influence and never shows.

use std::path::Path;

use super::{Engine, EngineError};
use crate::corpus::{Duplicate, Intent, Loaded, Overlap, Shingles, Verdict, same_words};
use crate::document::{Collection, Date, Document, DocumentId, DocumentRef, Metadata};
use crate::store::{Signature, Source};

/// Documents whose texts are compared for one article, those of the most alike signatures.
const MAX_COMPARED: usize = 6;
/// Signatures less alike than this are not worth a comparison of texts.
const WORTH_COMPARING: f32 = 0.15;
/// An article with the address of another one is its new version if they share this share of the
/// shorter one's shingles, or the title.
const SAME_ADDRESS_CONTAINMENT: f32 = 0.2;
/// A day this far after now is not a day of publication but a mistake.
const MAX_DAYS_AHEAD: i32 = 2;
const MS_PER_DAY: i64 = 86_400_000;

/// An article with what its judgement needs, computed once.
pub(super) struct Candidate {
    pub(super) loaded: Loaded,
    pub(super) intent: Intent,
    pub(super) shingles: Shingles,
    pub(super) signature: Option<Signature>,
}

impl Candidate {
    pub(super) fn new(loaded: Loaded, intent: Intent) -> Candidate {
        let shingles = Shingles::new(&loaded.draft.text);
        Candidate {
            signature: shingles.signature(),
            loaded,
            intent,
            shingles,
        }
    }
}

/// The outcome of looking at one article.
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    /// Current documents that say nearly the same, the most alike first.
    pub(super) duplicates: Vec<Duplicate>,
    pub(super) warnings: Vec<String>,
    /// The article's metadata, if it is to be stored with other than the draft's.
    pub(super) metadata: Option<Metadata>,
}

impl Judgement {
    fn of(verdict: Verdict) -> Judgement {
        Judgement {
            verdict,
            duplicates: Vec::new(),
            warnings: Vec::new(),
            metadata: None,
        }
    }
}

/// A stored article with all that a judgement compares.
struct Known {
    document: Document,
    source: Option<Source>,
}

impl Engine {
    /// Judges one article against what the collection holds now.
    pub(super) fn judge(
        &self,
        collection: Collection,
        candidate: &Candidate,
        now_unix_ms: i64,
    ) -> Result<Judgement, EngineError> {
        let loaded = &candidate.loaded;
        let mut judgement = match candidate.intent {
            Intent::Replace(reference) => self.judge_replacement(collection, loaded, reference)?,
            Intent::AsNew => self.judge_likeness(collection, candidate, true)?,
            Intent::Judge => match self.judge_origin(collection, loaded)? {
                Some(judgement) => judgement,
                None => self.judge_likeness(collection, candidate, false)?,
            },
        };
        let metadata = judgement
            .metadata
            .as_ref()
            .unwrap_or(&loaded.draft.metadata);
        if judgement.verdict.stores()
            && let Some(date) = metadata.published
            && i64::from(date.days_since_epoch() - MAX_DAYS_AHEAD) > now_unix_ms / MS_PER_DAY
        {
            judgement
                .warnings
                .push(format!("its date `{date}` lies in the future"));
        }
        Ok(judgement)
    }

    fn judge_replacement(
        &self,
        collection: Collection,
        loaded: &Loaded,
        reference: DocumentRef,
    ) -> Result<Judgement, EngineError> {
        let id = match reference.collection == collection {
            true => self.store().resolve(reference)?,
            false => None,
        };
        let Some(known) = id.map(|id| self.known(id)).transpose()?.flatten() else {
            let reason = format!(
                "`{}` cannot replace article `{reference}`: there is none",
                loaded.source.location
            );
            return Ok(Judgement::of(Verdict::Skipped(reason)));
        };
        let judgement = new_version(loaded, &known);
        let metadata = judgement
            .metadata
            .as_ref()
            .unwrap_or(&loaded.draft.metadata);
        let is_same =
            known.document.text == loaded.draft.text && known.document.metadata == *metadata;
        Ok(match is_same {
            true => Judgement::of(Verdict::AlreadyLoaded(reference)),
            false => judgement,
        })
    }

    /// Judges by where the article came from and by its bytes; `None` if these tell nothing.
    fn judge_origin(
        &self,
        collection: Collection,
        loaded: &Loaded,
    ) -> Result<Option<Judgement>, EngineError> {
        let source = &loaded.source;
        if is_lasting(&source.location) {
            let ids = self.store().with_location(collection, &source.location)?;
            if let Some(known) = self.lowest_known(&ids)? {
                return Ok(Some(judge_again(loaded, &known)));
            }
        }
        let id = self.store().with_content(collection, source.content_hash)?;
        let Some(known) = self.first_known(id.as_slice())? else {
            return Ok(None);
        };
        if loaded.overrides.outlet.is_some()
            && loaded.draft.metadata.outlet != known.document.metadata.outlet
        {
            // The same bytes, said to be of somebody else: a copy and not a repetition.
            return Ok(None);
        }
        Ok(Some(judge_again(loaded, &known)))
    }

    /// Judges by address and text.
    fn judge_likeness(
        &self,
        collection: Collection,
        candidate: &Candidate,
        as_new: bool,
    ) -> Result<Judgement, EngineError> {
        let loaded = &candidate.loaded;
        let mut judgement = Judgement::of(Verdict::New);
        if let Some(url) = &loaded.draft.metadata.url
            && !as_new
        {
            let ids = self.store().with_url(collection, url)?;
            if let Some(known) = self.first_known(&ids)? {
                let overlap = overlap(candidate, &known.document);
                if let Some(verdict) = judge_same_address(loaded, &known, overlap) {
                    judgement.verdict = verdict;
                    return Ok(judgement);
                }
                judgement.warnings.push(format!(
                    "it has the address of article {}, {}",
                    known.document.reference,
                    match is_kept_by_file(&known, loaded) {
                        true => "whose own file is still there; both are kept",
                        false => "but neither its title nor its text; both are kept",
                    }
                ));
            }
        }
        let Some(signature) = &candidate.signature else {
            return Ok(judgement);
        };
        let lookalikes = self
            .store()
            .lookalikes(collection, signature, MAX_COMPARED)?;
        let ids: Vec<DocumentId> = lookalikes
            .iter()
            .filter(|lookalike| lookalike.resemblance >= WORTH_COMPARING)
            .map(|lookalike| lookalike.id)
            .collect();
        for id in ids {
            let Some(known) = self.known(id)? else {
                continue;
            };
            let overlap = overlap(candidate, &known.document);
            if !overlap.is_near() {
                continue;
            }
            if !as_new && let Some(verdict) = judge_same_text(loaded, &known) {
                judgement.verdict = verdict;
                judgement.duplicates.clear();
                return Ok(judgement);
            }
            let duplicate = Duplicate::of(
                loaded.draft.metadata.outlet.as_deref(),
                (known.document.reference, &known.document.metadata),
                overlap.containment,
            );
            judgement.duplicates.push(duplicate);
        }
        judgement.duplicates.sort_by(|a, b| {
            b.shared
                .total_cmp(&a.shared)
                .then(a.reference.cmp(&b.reference))
        });
        Ok(judgement)
    }

    fn known(&self, id: DocumentId) -> Result<Option<Known>, EngineError> {
        self.first_known(&[id])
    }

    /// The first of those documents that is still current.
    /// Where several articles came from one file, that of the lowest number is meant, always: the order of
    /// their versions changes with every change.
    fn lowest_known(&self, ids: &[DocumentId]) -> Result<Option<Known>, EngineError> {
        let mut lowest: Option<(u32, DocumentId)> = None;
        for id in ids {
            if let Some(document) = self.store().document(*id)? {
                let number = document.reference.number;
                if lowest.is_none_or(|(known, _)| number < known) {
                    lowest = Some((number, *id));
                }
            }
        }
        let id = lowest.map(|(_, id)| id);
        self.first_known(id.as_slice())
    }

    fn first_known(&self, ids: &[DocumentId]) -> Result<Option<Known>, EngineError> {
        let store = self.store();
        for id in ids {
            if let Some(document) = store.document(*id)? {
                let source = store.source(*id)?;
                return Ok(Some(Known { document, source }));
            }
        }
        Ok(None)
    }
}

/// Judges what comes from where an article came from, or holds the same bytes.
fn judge_again(loaded: &Loaded, known: &Known) -> Judgement {
    let reference = known.document.reference;
    let holds_same = known
        .source
        .as_ref()
        .is_some_and(|source| source.content_hash == loaded.source.content_hash);
    if !holds_same {
        return new_version(loaded, known);
    }
    // What was said of the article before stays, unless it is said anew.
    let mut metadata = known.document.metadata.clone();
    loaded.overrides.apply(&mut metadata, &mut Vec::new());
    if metadata == known.document.metadata {
        return Judgement::of(Verdict::AlreadyLoaded(reference));
    }
    Judgement {
        metadata: Some(metadata),
        ..Judgement::of(Verdict::NewVersion(reference))
    }
}

/// The new version of an article. What was known of it, perhaps because it was given beside the text
/// before, stays where what it is made from states nothing instead, with a warning.
fn new_version(loaded: &Loaded, known: &Known) -> Judgement {
    let mut judgement = Judgement::of(Verdict::NewVersion(known.document.reference));
    let is_same_source = known
        .source
        .as_ref()
        .is_some_and(|source| source.location == loaded.source.location);
    if !is_same_source {
        return judgement;
    }
    let (before, given) = (&known.document.metadata, &loaded.overrides);
    let mut metadata = loaded.draft.metadata.clone();
    let mut kept = Vec::new();
    if metadata.outlet.is_none() && given.outlet.is_none() && before.outlet.is_some() {
        metadata.outlet.clone_from(&before.outlet);
        kept.push("outlet");
    }
    if metadata.published.is_none() && given.date.is_none() && before.published.is_some() {
        metadata.published = before.published;
        kept.push("date");
    }
    if metadata.url.is_none() && given.url.is_none() && before.url.is_some() {
        metadata.url.clone_from(&before.url);
        kept.push("url");
    }
    if metadata.tags.is_empty() && given.tags.is_none() && !before.tags.is_empty() {
        metadata.tags.clone_from(&before.tags);
        kept.push("tags");
    }
    if !kept.is_empty() {
        judgement.warnings.push(format!(
            "the new text does not state what the one before had, which is kept: {}",
            kept.join(", ")
        ));
        judgement.metadata = Some(metadata);
    }
    judgement
}

/// Judges an article with the address of another one; `None` if they are two articles all the same.
fn judge_same_address(loaded: &Loaded, known: &Known, overlap: Overlap) -> Option<Verdict> {
    let document = &known.document;
    let draft = &loaded.draft;
    if draft.text == document.text && draft.metadata == document.metadata {
        return Some(Verdict::AlreadyLoaded(document.reference));
    }
    let is_version = overlap.containment >= SAME_ADDRESS_CONTAINMENT
        || same_words(&draft.metadata.title, &document.metadata.title);
    (is_version && !is_kept_by_file(known, loaded))
        .then_some(Verdict::NewVersion(document.reference))
}

/// Judges an article with nearly the text of another one; `None` if it is somebody else's copy.
fn judge_same_text(loaded: &Loaded, known: &Known) -> Option<Verdict> {
    let (ours, theirs) = (&loaded.draft.metadata, &known.document.metadata);
    if !agree(ours.outlet.as_deref(), theirs.outlet.as_deref(), same_words) {
        return None;
    }
    if loaded.draft.text == known.document.text {
        let adds_nothing = ours
            .published
            .is_none_or(|_| ours.published == theirs.published)
            && same_words(&ours.title, &theirs.title);
        if adds_nothing {
            return Some(Verdict::AlreadyLoaded(known.document.reference));
        }
    }
    let is_version = ours.outlet.is_some() == theirs.outlet.is_some()
        && same_words(&ours.title, &theirs.title)
        && agree(ours.published, theirs.published, |a: Date, b| a == b)
        && !is_kept_by_file(known, loaded);
    is_version.then_some(Verdict::NewVersion(known.document.reference))
}

/// Whether two values say nothing against each other.
fn agree<T>(a: Option<T>, b: Option<T>, same: impl Fn(T, T) -> bool) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        _ => true,
    }
}

fn overlap(candidate: &Candidate, document: &Document) -> Overlap {
    candidate.shingles.overlap(&Shingles::new(&document.text))
}

/// Whether a signature is alike enough to another for their texts to be compared.
pub(super) fn is_worth_comparing(a: &Signature, b: &Signature) -> bool {
    a.resemblance(b) >= WORTH_COMPARING
}

/// Whether the article that is known is made from another file than the new one, which is still
/// there: the two would take each other's place at every load of their folder.
fn is_kept_by_file(known: &Known, loaded: &Loaded) -> bool {
    known.source.as_ref().is_some_and(|source| {
        let path = Path::new(&source.location);
        source.location != loaded.source.location
            && path.is_absolute()
            && !matches!(path.try_exists(), Ok(false))
    })
}

/// Whether a location names the same thing at every load: a path or an address, and not the name of
/// an attachment.
fn is_lasting(location: &str) -> bool {
    Path::new(location).is_absolute()
        || location.starts_with("https://")
        || location.starts_with("http://")
}
