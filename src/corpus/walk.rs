//! Finding files: given ones as they are, folders all the way down.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::{Found, Skipped, skipped, unreadable};
use crate::extract;

/// Most files that one call of [`find`] returns.
pub const MAX_FILES: usize = 1_000_000;

/// The articles at `paths`, in the order given, those of a folder in order of name (byte order, each
/// folder where its name stands). At most [`MAX_FILES`]; a file reached twice is found once.
///
/// - A file is taken as given, whatever its name: what it is, its bytes tell when it is read.
/// - A folder is walked to the bottom. What is hidden in it (a leading dot), has an unsupported
///   extension, or is named `README` or `LICENSE` (in any case, with any extension) is no article
///   and is left out without a word. A link in it to a file is followed, one to a folder is not, so
///   that no circle of links is ever walked.
/// - A folder without a single article is skipped with that reason.
/// - What does not exist or cannot be read is skipped with its reason; the rest is found all the same.
pub fn find(paths: &[PathBuf]) -> (Vec<Found>, Vec<Skipped>) {
    find_up_to(paths, MAX_FILES)
}

fn find_up_to(paths: &[PathBuf], max_files: usize) -> (Vec<Found>, Vec<Skipped>) {
    let mut walk = Walk {
        max_files,
        ..Walk::default()
    };
    for path in paths {
        let walked = match resolve(path) {
            Err(error) => {
                walk.skipped.push(unreadable(path, &error));
                true
            }
            Ok((root, metadata)) if metadata.is_dir() => {
                let told = (walk.n_met, walk.skipped.len());
                let walked = walk.folder(root);
                if (walk.n_met, walk.skipped.len()) == told {
                    walk.skipped.push(without_article(path));
                }
                walked
            }
            Ok((path, metadata)) => walk.file(path, &metadata),
        };
        if !walked {
            break;
        }
    }
    (walk.found, walk.skipped)
}

fn without_article(folder: &Path) -> Skipped {
    let location = folder.to_string_lossy();
    let reason = format!(
        "`{location}` holds no article; what is read are files that end in {} or .zip",
        extract::EXTENSIONS
    );
    skipped(&location, &reason)
}

#[derive(Default)]
struct Walk {
    max_files: usize,
    /// Files met, those met twice included.
    n_met: usize,
    found: Vec<Found>,
    skipped: Vec<Skipped>,
    /// Paths and locations found; they differ only in names that are not UTF-8.
    paths: HashSet<PathBuf>,
    locations: HashSet<String>,
}

impl Walk {
    /// Takes one file; `false` if there are too many.
    fn file(&mut self, path: PathBuf, metadata: &Metadata) -> bool {
        self.n_met += 1;
        let location = path.to_string_lossy().into_owned();
        if !metadata.is_file() {
            let reason = format!("`{location}` is neither a file nor a folder");
            self.skipped.push(skipped(&location, &reason));
            return true;
        }
        if self.paths.contains(&path) {
            return true;
        }
        if self.found.len() >= self.max_files {
            let reason = format!(
                "`{location}` and what follows it are above the limit of {} files at once",
                self.max_files
            );
            self.skipped.push(skipped(&location, &reason));
            return false;
        }
        if !self.locations.insert(location.clone()) {
            let reason =
                format!("`{location}` differs from another name only in bytes that are not UTF-8");
            self.skipped.push(skipped(&location, &reason));
            return true;
        }
        self.paths.insert(path.clone());
        self.found.push(Found {
            location,
            path,
            size_bytes: metadata.len(),
            modified_unix_ms: modified_unix_ms(metadata),
        });
        true
    }

    /// Takes all articles under a folder; `false` if there are too many. Without recursion: depth costs
    /// no call stack.
    fn folder(&mut self, root: PathBuf) -> bool {
        let mut open = vec![(root, true)];
        while let Some((path, is_folder)) = open.pop() {
            if is_folder {
                match entries(&path) {
                    Ok(entries) => open.extend(entries),
                    Err(error) => self.skipped.push(unreadable(&path, &error)),
                }
                continue;
            }
            match resolve(&path) {
                Err(error) => self.skipped.push(unreadable(&path, &error)),
                // A link to a folder whose name ends like an article's, or a link to another format.
                Ok((target, metadata)) if metadata.is_dir() || !is_readable(&target) => {}
                Ok((target, metadata)) => {
                    if !self.file(target, &metadata) {
                        return false;
                    }
                }
            }
        }
        true
    }
}

/// The folders and articles in a folder, last name first, each with whether it is a folder.
fn entries(folder: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry: DirEntry = entry?;
        let name = entry.file_name();
        let is_folder = entry.file_type()?.is_dir();
        let path = entry.path();
        if !is_hidden(&name) && (is_folder || (is_readable(&path) && !is_about(&path))) {
            entries.push((path, is_folder));
        }
    }
    entries.sort_unstable_by(|a, b| b.cmp(a));
    Ok(entries)
}

/// Whether a file is an article or an archive of some, by its name.
fn is_readable(path: &Path) -> bool {
    extract::is_supported(path) || extract::is_archive(path)
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Whether a file tells about its folder rather than about the world.
fn is_about(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.to_ascii_lowercase();
    ["readme", "license"].iter().any(|name| {
        stem.strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

/// The canonical path and what it leads to.
fn resolve(path: &Path) -> io::Result<(PathBuf, Metadata)> {
    let path = fs::canonicalize(path)?;
    let metadata = fs::metadata(&path)?;
    Ok((path, metadata))
}

/// Milliseconds since 1970, negative before.
fn modified_unix_ms(metadata: &Metadata) -> Option<i64> {
    let modified = metadata.modified().ok()?;
    match modified.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).ok(),
        Err(before) => i64::try_from(before.duration().as_millis())
            .ok()
            .map(|ms| -ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, write};

    /// A folder with the files named, each holding its own name.
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            create_dir_all(path.parent().unwrap()).unwrap();
            write(path, name).unwrap();
        }
        folder
    }

    /// Names found, relative to the folder.
    fn names(root: &Path, found: &[Found]) -> Vec<String> {
        let root = fs::canonicalize(root).unwrap();
        let name = |found: &Found| {
            found
                .path
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        found.iter().map(name).collect()
    }

    #[test]
    fn folders_are_walked_in_order_and_without_what_is_no_article() {
        let folder = folder(&[
            "b.md",
            "a/z.txt",
            "a/deep/er/c.MD",
            "c.text",
            "B.markdown",
            ".hidden.md",
            ".git/x.md",
            "image.png",
            "README.md",
            "readme.de.txt",
            "LICENSE-MIT.txt",
            "readmes.md",
            "noext",
        ]);
        let (found, skipped) = find(&[folder.path().to_owned()]);
        assert_eq!(skipped, []);
        assert_eq!(
            names(folder.path(), &found),
            [
                "B.markdown",
                "a/deep/er/c.MD",
                "a/z.txt",
                "b.md",
                "c.text",
                "readmes.md"
            ]
        );
        let first = found.first().unwrap();
        assert_eq!(first.size_bytes, 10);
        assert!(first.modified_unix_ms.unwrap() > 1_500_000_000_000);
        assert_eq!(first.location, first.path.to_str().unwrap());
    }

    #[test]
    fn files_are_taken_as_given_and_once() {
        let folder = folder(&["README.md", ".hidden.txt", "a.md", "x.exe", "noext"]);
        let at = |name: &str| folder.path().join(name);
        let (found, skipped) = find(&[
            at("README.md"),
            at(".hidden.txt"),
            at("./a.md"),
            at("a.md"),
            at("x.exe"),
            at("noext"),
            at("gone.md"),
            folder.path().to_owned(),
        ]);
        assert_eq!(
            names(folder.path(), &found),
            ["README.md", ".hidden.txt", "a.md", "x.exe", "noext"]
        );
        assert_eq!(skipped.len(), 1, "{skipped:?}");
        assert!(skipped[0].reason.ends_with("gone.md` does not exist"));
    }

    #[test]
    fn a_folder_without_articles_is_skipped_with_that_reason() {
        let folder = folder(&["a/x.odt", "a/README.md", "b/c.md", "b/d/x.rtf"]);
        let at = |name: &str| folder.path().join(name);
        for (paths, n_found, n_skipped) in [
            (vec![at("a")], 0, 1),
            (vec![at("")], 1, 0),
            (vec![at("b"), at("b"), at("b/c.md")], 1, 0),
            (vec![at("b"), at("b/d")], 1, 1),
        ] {
            let (found, skipped) = find(&paths);
            assert_eq!(
                (found.len(), skipped.len()),
                (n_found, n_skipped),
                "{paths:?}"
            );
            if let Some(skipped) = skipped.first() {
                let expected = "holds no article; what is read are files that end in .md, ";
                assert!(skipped.reason.contains(expected), "{}", skipped.reason);
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_followed_and_links_to_folders_are_not() {
        use std::os::unix::fs::symlink;
        let folder = folder(&["real/a.md"]);
        let at = |name: &str| folder.path().join(name);
        symlink(at("real"), at("circle.md")).unwrap();
        symlink(at("."), at("real/up")).unwrap();
        symlink(at("real/a.md"), at("b.md")).unwrap();
        symlink(at("nowhere.md"), at("broken.md")).unwrap();
        let (found, skipped) = find(&[folder.path().to_owned()]);
        assert_eq!(names(folder.path(), &found), ["real/a.md"]);
        assert_eq!(skipped.len(), 1);
        assert!(skipped[0].reason.ends_with("broken.md` does not exist"));
    }

    #[test]
    fn the_number_of_files_is_bounded() {
        let folder = folder(&["a.md", "b.md", "c.md"]);
        let paths = [folder.path().to_owned()];
        let (found, skipped) = find_up_to(&paths, 3);
        assert_eq!((found.len(), skipped.len()), (3, 0));
        let (found, skipped) = find_up_to(&paths, 2);
        assert_eq!((found.len(), skipped.len()), (2, 1));
        assert!(skipped[0].reason.contains("limit of 2 files"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_not_utf8_do_not_hide_each_other() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        for name in [&b"\xFF.md"[..], b"\xFE.md"] {
            write(folder.path().join(OsStr::from_bytes(name)), "x").unwrap();
        }
        let (found, skipped) = find(&[folder.path().to_owned()]);
        assert_eq!((found.len(), skipped.len()), (1, 1));
    }
}
