//! What to do about each file, given what is known.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::{Found, Loaded, Skipped, digest, extract_from, in_memory, read, source_of};
use crate::document::DocumentRef;
use crate::store::{ContentHash, KnownSource};

/// What to do about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it is the source of this document and has not changed.
    Unchanged(DocumentRef),
    /// It is the source of this document and holds the same bytes, but its modification time or length
    /// on record is another: record the new ones, so that it need not be read next time.
    TouchOnly(DocumentRef),
    /// Store it as a new document.
    New(Box<Loaded>),
    /// Store it in place of this document, whose source it is.
    Changed(DocumentRef, Box<Loaded>),
    /// Nothing: the same bytes were already loaded from elsewhere.
    Duplicate(Original, Found),
    /// Nothing: it is no article. A document made from it earlier stays.
    Skipped(Skipped),
}

/// Where the bytes of a duplicate are already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Original {
    /// In this document.
    Stored(DocumentRef),
    /// In a file of the same run that has no number yet; its location.
    InRun(String),
}

/// Compares the files of one run with the sources of one collection.
///
/// A file whose location, length and modification time are known is taken for unchanged without
/// reading it. Any other is read, and the SHA-256 of its bytes decides; only what is new or changed is
/// parsed. Steps depend on the order of files in one way: the first of equal files is the original.
///
/// Memory grows with the number of sources and files, not with their lengths.
#[derive(Debug)]
pub struct Planner {
    known: HashMap<String, KnownSource>,
    /// The document that holds these bytes now, steps already planned included.
    stored: HashMap<ContentHash, DocumentRef>,
    /// The location of new documents of this run.
    new: HashMap<ContentHash, String>,
    /// Locations met in this run.
    seen: HashSet<String>,
    /// Documents whose bytes or whose next version were met elsewhere in this run.
    elsewhere: HashSet<DocumentRef>,
    /// Archives of which every file was met in this run.
    whole: Vec<PathBuf>,
}

impl Planner {
    /// A planner for one run over a collection with these sources. Of several documents with the same
    /// location or the same bytes, the first counts.
    pub fn new(known: Vec<KnownSource>) -> Planner {
        let mut planner = Planner {
            known: HashMap::with_capacity(known.len()),
            stored: HashMap::with_capacity(known.len()),
            new: HashMap::new(),
            seen: HashSet::new(),
            elsewhere: HashSet::new(),
            whole: Vec::new(),
        };
        for source in known {
            planner
                .stored
                .entry(source.content_hash)
                .or_insert(source.reference);
            planner
                .known
                .entry(source.location.clone())
                .or_insert(source);
        }
        planner
    }

    /// What to do about one file. Reads it if it may have changed.
    ///
    /// A file that took over the bytes of another one, which itself changes later in the same run, is
    /// a duplicate in this run and new in the next.
    pub fn step(&mut self, found: &Found) -> Step {
        self.seen.insert(found.location.clone());
        if let Some(known) = self.known.get(&found.location)
            && found.modified_unix_ms.is_some()
            && found.modified_unix_ms == known.modified_unix_ms
            && found.size_bytes == known.size_bytes
        {
            return Step::Unchanged(known.reference);
        }
        match read(found) {
            Ok(bytes) => self.step_read(found, &bytes),
            Err(skipped) => Step::Skipped(skipped),
        }
    }

    /// The same for bytes at hand, as of [`load_bytes`](super::load_bytes). As they have no
    /// modification time, there is no [`Step::TouchOnly`].
    pub fn step_bytes(&mut self, location: &str, bytes: &[u8]) -> Step {
        self.seen.insert(location.to_owned());
        match self.step_read(&in_memory(location, bytes), bytes) {
            Step::TouchOnly(reference) => Step::Unchanged(reference),
            step => step,
        }
    }

    /// Records that an article of this run holds this document or takes its place, so that it is not
    /// [`missing`](Planner::missing) although the file it was made from is gone.
    pub fn keep(&mut self, reference: DocumentRef) {
        self.elsewhere.insert(reference);
    }

    /// Whether this document was made from what is at this location.
    pub fn is_source(&self, location: &str, reference: DocumentRef) -> bool {
        let known = self.known.get(location);
        known.is_some_and(|known| known.reference == reference)
    }

    /// Records that every file of an archive was met: what was made from another one is gone.
    pub fn read_whole(&mut self, archive: &Found) {
        self.whole.push(PathBuf::from(&archive.location));
    }

    /// The documents whose source lies under `folder` (or is that file) and is gone: not met in this
    /// run and no longer there. Ascending by number.
    ///
    /// A file that is there but was not met is not gone: it may lie behind the limit of files or in a
    /// folder that cannot be read. A document whose bytes were met elsewhere in this run is not gone
    /// either, nor one that was [kept](Planner::keep): its file was moved, and nothing else holds the
    /// article. What lies in an archive is gone if the archive is, or was [read whole](Planner::read_whole)
    /// without it. If `folder` itself does not
    /// exist, everything under it is gone; the caller decides whether to believe that.
    pub fn missing(&self, folder: &Path) -> Vec<DocumentRef> {
        let folder = std::fs::canonicalize(folder)
            .or_else(|_| std::path::absolute(folder))
            .unwrap_or_else(|_| folder.to_owned());
        let is_gone = |source: &&KnownSource| {
            let path = Path::new(&source.location);
            path.starts_with(&folder)
                && !self.seen.contains(&source.location)
                && !self.elsewhere.contains(&source.reference)
                && (matches!(path.try_exists(), Ok(false))
                    || self.whole.iter().any(|archive| path.starts_with(archive)))
        };
        let mut missing: Vec<DocumentRef> = self
            .known
            .values()
            .filter(is_gone)
            .map(|source| source.reference)
            .collect();
        missing.sort_unstable();
        missing
    }

    fn step_read(&mut self, found: &Found, bytes: &[u8]) -> Step {
        let hash = digest(bytes);
        let known = self.known.get(&found.location);
        let before = known.map(|known| (known.reference, known.content_hash));
        match before {
            Some((reference, known_hash)) if known_hash == hash => {
                return Step::TouchOnly(reference);
            }
            Some(_) => {}
            None => {
                if let Some(original) = self.original(hash) {
                    return Step::Duplicate(original, found.clone());
                }
            }
        }
        let source = source_of(found, hash, bytes.len());
        match extract_from(&found.path, bytes, source) {
            Err(skipped) => Step::Skipped(skipped),
            Ok(loaded) => self.accept(before, loaded),
        }
    }

    /// The document or file that holds these bytes already, noted as not gone.
    fn original(&mut self, hash: ContentHash) -> Option<Original> {
        if let Some(&reference) = self.stored.get(&hash) {
            self.elsewhere.insert(reference);
            return Some(Original::Stored(reference));
        }
        self.new.get(&hash).cloned().map(Original::InRun)
    }

    /// Records which document holds which bytes from now on.
    fn accept(&mut self, before: Option<(DocumentRef, ContentHash)>, loaded: Loaded) -> Step {
        let hash = loaded.source.content_hash;
        let Some((reference, known_hash)) = before else {
            self.new.insert(hash, loaded.source.location.clone());
            return Step::New(Box::new(loaded));
        };
        if self.stored.get(&known_hash) == Some(&reference) {
            self.stored.remove(&known_hash);
        }
        self.stored.entry(hash).or_insert(reference);
        if let Some(known) = self.known.get_mut(&loaded.source.location) {
            known.content_hash = hash;
            known.size_bytes = loaded.source.size_bytes;
            known.modified_unix_ms = loaded.source.modified_unix_ms;
        }
        Step::Changed(reference, Box::new(loaded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::find;
    use crate::document::Collection;
    use std::fs;

    /// A folder of files and the sources recorded from earlier runs.
    struct World {
        folder: tempfile::TempDir,
        known: Vec<KnownSource>,
    }

    impl World {
        fn new(files: &[(&str, &str)]) -> World {
            let mut world = World {
                folder: tempfile::tempdir().unwrap(),
                known: Vec::new(),
            };
            for (name, text) in files {
                world.write(name, text);
            }
            world
        }

        fn at(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        /// Writes a file with a modification time that no earlier one had.
        fn write(&mut self, name: &str, text: &str) {
            fs::write(self.at(name), text).unwrap();
        }

        /// One run over the folder: what was done, as `name step`, recorded as the store would.
        fn run(&mut self) -> Vec<String> {
            let (planner, log) = self.planned();
            drop(planner);
            log
        }

        fn planned(&mut self) -> (Planner, Vec<String>) {
            let mut planner = Planner::new(self.known.clone());
            let (found, skipped) = find(&[self.folder.path().to_owned()]);
            assert_eq!(skipped, []);
            let mut log = Vec::new();
            for found in found {
                let step = planner.step(&found);
                let name = found.path.file_name().unwrap().to_str().unwrap().to_owned();
                log.push(format!("{name} {}", self.record(step, &found)));
            }
            (planner, log)
        }

        fn record(&mut self, step: Step, found: &Found) -> String {
            match step {
                Step::Unchanged(reference) => format!("unchanged {reference}"),
                Step::TouchOnly(reference) => {
                    let source = self.source_mut(reference);
                    source.modified_unix_ms = found.modified_unix_ms;
                    source.size_bytes = found.size_bytes;
                    format!("touch {reference}")
                }
                Step::New(loaded) => {
                    let number = u32::try_from(self.known.len()).unwrap() + 1;
                    self.known.push(known(number, *loaded));
                    format!("new {number}")
                }
                Step::Changed(reference, loaded) => {
                    *self.source_mut(reference) = known(reference.number, *loaded);
                    format!("changed {reference}")
                }
                Step::Duplicate(Original::Stored(reference), _) => format!("duplicate {reference}"),
                Step::Duplicate(Original::InRun(location), _) => {
                    let name = Path::new(&location).file_name().unwrap();
                    format!("duplicate of {}", name.to_str().unwrap())
                }
                Step::Skipped(skipped) => format!("skipped: {}", skipped.reason),
            }
        }

        fn source_mut(&mut self, reference: DocumentRef) -> &mut KnownSource {
            let mut sources = self.known.iter_mut();
            sources.find(|known| known.reference == reference).unwrap()
        }
    }

    fn reference(number: u32) -> DocumentRef {
        DocumentRef {
            collection: Collection::Local,
            number,
        }
    }

    fn known(number: u32, loaded: Loaded) -> KnownSource {
        KnownSource {
            reference: reference(number),
            location: loaded.source.location,
            content_hash: loaded.source.content_hash,
            size_bytes: loaded.source.size_bytes,
            modified_unix_ms: loaded.source.modified_unix_ms,
        }
    }

    #[test]
    fn a_second_run_finds_everything_unchanged() {
        let mut world = World::new(&[("a.md", "One."), ("b.txt", "Two.")]);
        assert_eq!(world.run(), ["a.md new 1", "b.txt new 2"]);
        assert_eq!(world.run(), ["a.md unchanged 1", "b.txt unchanged 2"]);
    }

    #[test]
    fn an_unchanged_file_is_not_read() {
        let mut world = World::new(&[("a.md", "One.")]);
        world.run();
        let mut planner = Planner::new(world.known.clone());
        let found = find(&[world.at("a.md")]).0.remove(0);
        fs::remove_file(world.at("a.md")).unwrap();
        assert_eq!(planner.step(&found), Step::Unchanged(reference(1)));
    }

    #[test]
    fn only_other_bytes_are_a_change() {
        let mut world = World::new(&[("a.md", "One."), ("b.md", "Two.")]);
        world.run();
        world.known[0].modified_unix_ms = Some(5);
        world.write("b.md", "Two, and more.");
        assert_eq!(world.run(), ["a.md touch 1", "b.md changed 2"]);
        assert_eq!(world.run(), ["a.md unchanged 1", "b.md unchanged 2"]);
    }

    #[test]
    fn without_a_modification_time_the_bytes_decide() {
        let mut world = World::new(&[("a.md", "One.")]);
        world.run();
        world.known[0].modified_unix_ms = None;
        let mut found = find(&[world.at("a.md")]).0.remove(0);
        found.modified_unix_ms = None;
        let step = Planner::new(world.known.clone()).step(&found);
        assert_eq!(step, Step::TouchOnly(reference(1)));
    }

    #[test]
    fn the_same_bytes_are_loaded_once() {
        let mut world = World::new(&[("a.md", "One."), ("b.md", "One.")]);
        assert_eq!(world.run(), ["a.md new 1", "b.md duplicate of a.md"]);
        assert_eq!(world.run(), ["a.md unchanged 1", "b.md duplicate 1"]);
    }

    #[test]
    fn bytes_given_up_by_a_changed_file_are_new_elsewhere() {
        let mut world = World::new(&[("a.md", "One.")]);
        world.run();
        world.write("a.md", "Two, now.");
        world.write("b.md", "One.");
        assert_eq!(world.run(), ["a.md changed 1", "b.md new 2"]);
    }

    #[test]
    fn bytes_taken_over_by_a_changed_file_are_a_duplicate_elsewhere() {
        let mut world = World::new(&[("a.md", "One.")]);
        world.run();
        world.write("a.md", "Two, now.");
        world.write("b.md", "Two, now.");
        assert_eq!(world.run(), ["a.md changed 1", "b.md duplicate 1"]);
    }

    #[test]
    fn a_broken_file_is_skipped_and_its_document_stays() {
        let mut world = World::new(&[("a.md", "One."), ("b.md", "Two.")]);
        world.run();
        world.write("a.md", "bad\0file");
        let (planner, log) = world.planned();
        assert!(
            log[0].ends_with("a.md` is not text but binary data"),
            "{log:?}"
        );
        assert_eq!(log[1], "b.md unchanged 2");
        assert_eq!(planner.missing(world.folder.path()), []);
    }

    #[test]
    fn files_that_are_gone_are_missing_under_their_folder_only() {
        let mut world = World::new(&[("a.md", "One."), ("b.md", "Two."), ("c.md", "Three.")]);
        world.run();
        fs::remove_file(world.at("a.md")).unwrap();
        fs::remove_file(world.at("c.md")).unwrap();
        let (planner, _) = world.planned();
        assert_eq!(
            planner.missing(world.folder.path()),
            [reference(1), reference(3)]
        );
        assert_eq!(planner.missing(&world.at("elsewhere")), []);
        assert_eq!(planner.missing(&world.at("c.md")), [reference(3)]);
    }

    #[test]
    fn a_file_that_moved_is_not_missing() {
        let mut world = World::new(&[("a.md", "One.")]);
        world.run();
        fs::rename(world.at("a.md"), world.at("b.md")).unwrap();
        let (planner, log) = world.planned();
        assert_eq!(log, ["b.md duplicate 1"]);
        assert_eq!(planner.missing(world.folder.path()), []);
    }

    #[test]
    fn a_file_that_is_there_but_was_not_met_is_not_missing() {
        let mut world = World::new(&[("a.md", "One.")]);
        world.run();
        let planner = Planner::new(world.known.clone());
        assert_eq!(planner.missing(world.folder.path()), []);
    }

    #[test]
    fn bytes_are_planned_like_files() {
        let mut planner = Planner::new(Vec::new());
        let Step::New(loaded) = planner.step_bytes("bundled/a.md", b"One.") else {
            panic!("not new");
        };
        let again = Step::Duplicate(
            Original::InRun("bundled/a.md".to_owned()),
            in_memory("bundled/b.md", b"One."),
        );
        assert_eq!(planner.step_bytes("bundled/b.md", b"One."), again);

        let mut planner = Planner::new(vec![known(7, *loaded)]);
        let step = planner.step_bytes("bundled/a.md", b"One.");
        assert_eq!(step, Step::Unchanged(reference(7)));
        let step = planner.step_bytes("bundled/a.md", b"Other.");
        assert!(matches!(step, Step::Changed(of, _) if of == reference(7)));
        assert!(matches!(
            planner.step_bytes("bundled/c.md", b""),
            Step::Skipped(_)
        ));
    }
}
