//! An extension as one file: a tar of nothing but plain files, in the order of
//! their names, without times, owners or modes of its own. The same files give
//! the same bytes on every machine.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::contained::is_contained;

/// Bytes that an archive may hold, and files.
pub const LARGEST: u64 = 64 << 20;
const MOST_FILES: usize = 10_000;

const BLOCK: usize = 512;

/// What of an author's folder is for the author alone.
const LEFT_OUT: [&str; 4] = ["target", "node_modules", "Cargo.lock", "src"];

/// The files of an extension, by path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Reads the folder of an extension. A link is refused and named: what it
/// leads to is not the same on every machine. What is hidden, and what a
/// component was built from, stays behind.
pub fn gather(folder: &Path) -> Result<Files, (PathBuf, io::Error)> {
    let mut files = Files::new();
    let mut size = 0;
    add(folder, "", &mut files, &mut size)?;
    Ok(files)
}

fn add(
    folder: &Path,
    prefix: &str,
    files: &mut Files,
    size: &mut u64,
) -> Result<(), (PathBuf, io::Error)> {
    let wrong = |path: &Path, why: &str| Err((path.to_owned(), io::Error::other(why.to_owned())));
    let at = |error: io::Error| (folder.to_owned(), error);
    let is_component = folder.join("component.wasm").is_file();
    for entry in fs::read_dir(folder).map_err(at)? {
        let entry = entry.map_err(at)?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            return wrong(&path, "its name is not text");
        };
        if name.starts_with('.') || (is_component && LEFT_OUT.contains(&name.as_str())) {
            continue;
        }
        let kind = entry.file_type().map_err(at)?;
        let shown = format!("{prefix}{name}");
        if kind.is_symlink() {
            return wrong(&path, "it is a link, and an archive has none");
        } else if kind.is_dir() {
            add(&path, &format!("{shown}/"), files, size)?;
        } else if kind.is_file() {
            if shown.len() > 100 {
                return wrong(&path, "its path is longer than 100 bytes");
            }
            let bytes = fs::read(&path).map_err(|error| (path.clone(), error))?;
            *size += bytes.len() as u64;
            files.insert(shown, bytes);
            if *size > LARGEST || files.len() > MOST_FILES {
                return wrong(folder, "it holds more than an extension may");
            }
        } else {
            return wrong(&path, "it is neither a file nor a folder");
        }
    }
    Ok(())
}

/// Writes files as an archive.
pub fn write(files: &Files) -> Vec<u8> {
    let mut archive = Vec::new();
    for (path, bytes) in files {
        archive.extend_from_slice(&header(path, bytes.len()));
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    archive
}

fn header(path: &str, size: usize) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, path.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// Reads an archive. Whatever `ctx pack` would not have written is refused:
/// links, paths that lead out, two files of one name.
pub fn read(archive: &[u8]) -> Result<Files, String> {
    let mut files = Files::new();
    let mut rest = archive;
    loop {
        let (head, body) = rest.split_at_checked(BLOCK).ok_or("it ends too early")?;
        if head.iter().all(|byte| *byte == 0) {
            break;
        }
        let path = text(&head[..100])?;
        is_contained(path).map_err(|why| format!("`{path}` leads out of it: {why}"))?;
        let normal = Path::new(path).components().map(|one| one.as_os_str().to_string_lossy());
        if normal.collect::<Vec<_>>().join("/") != path {
            return Err(format!("`{path}` is not written plainly"));
        }
        let size = text(&head[124..136])?;
        let size = usize::from_str_radix(size, 8).map_err(|_| format!("`{path}` has no size"))?;
        if head[156] != b'0' {
            return Err(format!("`{path}` is no plain file"));
        }
        let (bytes, _) =
            body.split_at_checked(size).ok_or_else(|| format!("`{path}` is cut short"))?;
        if header(path, size) != *head {
            return Err(format!("`{path}` was not packed by `ctx pack`"));
        }
        if files.insert(path.to_owned(), bytes.to_vec()).is_some() {
            return Err(format!("`{path}` is in it twice"));
        }
        if files.len() > MOST_FILES {
            return Err(format!("it holds more than {MOST_FILES} files"));
        }
        rest = body.get(size.next_multiple_of(BLOCK)..).ok_or("it ends too early")?;
    }
    Ok(files)
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    std::str::from_utf8(&bytes[..end]).map_err(|_| "a name in it is not text".to_owned())
}

/// Returns the digest of an archive, in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn files() -> Files {
        let one = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
        Files::from([one("connector.lua", "connector = {}"), one("pages/a.json", "")])
    }

    #[test]
    fn the_same_files_give_the_same_bytes_in_whatever_order_they_were_made() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "other"] {
            let folder = folder.path().join(name);
            fs::create_dir_all(folder.join("pages")).unwrap();
            let mut names = vec![("connector.lua", "connector = {}"), ("pages/a.json", "")];
            if name == "other" {
                names.reverse();
            }
            for (path, text) in names {
                fs::write(folder.join(path), text).unwrap();
            }
            fs::write(folder.join(".hidden"), name).unwrap();
            assert_eq!(gather(&folder).unwrap(), files());
        }
        // Pinned: another machine must come to the same.
        assert_eq!(&digest(&write(&files()))[..16], "21ca65c0848389f1");
        assert_eq!(read(&write(&files())).unwrap(), files());
    }

    #[test]
    fn a_link_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("x.lua")).unwrap();
        let (path, error) = gather(folder.path()).unwrap_err();
        assert_eq!(path, folder.path().join("x.lua"));
        assert!(error.to_string().contains("it is a link"));
    }

    #[test]
    fn what_was_not_packed_here_is_refused() {
        let archive = write(&files());
        let changed = |at: usize, bytes: &[u8]| {
            let mut archive = archive.clone();
            archive[at..at + bytes.len()].copy_from_slice(bytes);
            read(&archive).unwrap_err()
        };
        assert!(changed(0, b"../evil.lua\0\0").contains("it goes up by `..`"));
        assert!(changed(0, b"/etc/evil.lua").contains("it is absolute"));
        assert!(changed(156, b"2").contains("is no plain file"));
        assert!(changed(136, b"00000000001").contains("not packed"));
        assert!(changed(124, b"77777777777").contains("is cut short"));
        assert!(read(&archive[..600]).unwrap_err().contains("too early"));
        let mut twice = archive[..1024].to_vec();
        twice.extend_from_slice(&archive);
        assert!(read(&twice).unwrap_err().contains("twice"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes: Vec<u8>, at in 0_usize..1500, byte: u8) {
            drop(read(&bytes));
            let mut archive = write(&files());
            archive[at] = byte;
            if let Ok(read) = read(&archive) {
                // Bytes between two files alone may differ.
                proptest::prop_assert!(read.keys().eq(files().keys()));
            }
        }
    }
}
