//! What a folder held when somebody looked through it: small files as they
//! were, and the sums of large ones. An extension's own folder is lent this
//! way, because what it may do was decided by what it held then.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use cap_std::fs::{Dir, Metadata};

use super::folder::{Name, ReadError, entry, not_a_file, read};
use crate::bindings::ctx::extension::files::{Entry, Kind};

/// A larger file is read again and held against its sum.
const SMALL: usize = 64 * 1024;

/// Bytes of small files that are kept of one folder.
const KEPT: usize = 1 << 20;

/// What a folder held.
#[derive(Debug, Default)]
pub struct Contents {
    /// By path from the folder, without a slash at the end.
    held: BTreeMap<String, Held>,
    kept: usize,
}

#[derive(Debug)]
struct Held {
    entry: Entry,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Kept(Arc<[u8]>),
    Sum(blake3::Hash),
    /// It is no file.
    Absent,
}

impl Contents {
    /// Takes down a file and what was read of it.
    pub fn file(&mut self, path: &str, metadata: &Metadata, bytes: &[u8]) {
        let body = if bytes.len() <= SMALL && self.kept + bytes.len() <= KEPT {
            self.kept += bytes.len();
            Body::Kept(bytes.into())
        } else {
            Body::Sum(blake3::hash(bytes))
        };
        let found = entry(path.to_owned(), metadata);
        let entry = Entry { kind: Kind::File, size: bytes.len() as u64, ..found };
        self.held.insert(path.to_owned(), Held { entry, body });
    }

    /// Takes down a directory or a link.
    pub fn other(&mut self, path: &str, metadata: &Metadata) {
        let entry = entry(path.to_owned(), metadata);
        self.held.insert(path.to_owned(), Held { entry, body: Body::Absent });
    }

    pub(super) fn read(&self, dir: &Dir, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let resolved = self.resolve(dir, path).map_err(ReadError::Io)?;
        let Some(held) = self.held.get(&resolved) else { return Err(ReadError::Io(not_a_file())) };
        let size = held.entry.size;
        match &held.body {
            Body::Absent => Err(ReadError::Io(not_a_file())),
            Body::Kept(_) | Body::Sum(_) if size > limit => Err(ReadError::TooLarge(size)),
            Body::Kept(bytes) => Ok(bytes.to_vec()),
            Body::Sum(sum) => match read(dir, &resolved, size) {
                Ok(bytes) if blake3::hash(&bytes) == *sum => Ok(bytes),
                _ => Err(ReadError::Io(changed(path))),
            },
        }
    }

    /// Lists one directory. Paths begin with `prefix`, as they were asked for.
    pub(super) fn list(&self, dir: &Dir, path: &str, prefix: &str) -> io::Result<Vec<Entry>> {
        let resolved = self.resolve(dir, path)?;
        let is_directory = match self.held.get(&resolved) {
            Some(held) => held.entry.kind == Kind::Directory,
            None => resolved.is_empty(),
        };
        if !is_directory {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let below = if resolved.is_empty() { resolved } else { format!("{resolved}/") };
        let mut entries: Vec<Entry> = self
            .below(&below)
            .map(|(name, held)| Entry { path: format!("{prefix}{name}"), ..held.entry.clone() })
            .collect();
        entries.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        Ok(entries)
    }

    pub(super) fn names(&self, prefix: &str) -> Vec<Name> {
        self.below(prefix)
            .map(|(name, held)| Name {
                text: name.to_owned(),
                is_dir: held.entry.kind == Kind::Directory,
                is_link: held.entry.kind == Kind::Link,
                is_whole: true,
            })
            .collect()
    }

    /// Returns what lies at a path. Links are not followed: a walk gives what
    /// they lead to where it lies.
    pub(super) fn entry(&self, at: &str, path: String) -> io::Result<Entry> {
        match self.held.get(at) {
            Some(held) if held.entry.kind != Kind::Link => Ok(Entry { path, ..held.entry.clone() }),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Returns a file that was kept.
    pub(super) fn kept(&self, path: &str) -> Option<&[u8]> {
        match &self.held.get(path)?.body {
            Body::Kept(bytes) => Some(bytes),
            Body::Sum(_) | Body::Absent => None,
        }
    }

    /// Everything right below a directory, by its last name.
    fn below<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Held)> {
        self.held
            .range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded))
            .take_while(move |(path, _)| path.starts_with(prefix))
            .map(move |(path, held)| (&path[prefix.len()..], held))
            .filter(|(name, _)| !name.is_empty() && !name.contains('/'))
    }

    /// Returns the path of what a guest asks for, as it was taken down; empty
    /// for the folder itself.
    fn resolve(&self, dir: &Dir, path: &str) -> io::Result<String> {
        let words = |path: &str| {
            let parts: Vec<&str> =
                path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
            parts.join("/")
        };
        let plain = words(path);
        match self.held.get(&plain).map(|held| held.entry.kind) {
            Some(Kind::File) if path.ends_with('/') => {
                return Err(io::ErrorKind::NotADirectory.into());
            }
            Some(Kind::File | Kind::Directory) => return Ok(plain),
            None if plain.is_empty() => return Ok(plain),
            Some(Kind::Link | Kind::Other) | None => {}
        }
        // A link, or behind one. Whatever it leads to is held against what was
        // there, so a link that was turned around since gives nothing new.
        let real = dir.canonicalize(path)?;
        let real = words(real.to_str().unwrap_or_default());
        if real.is_empty() || self.held.contains_key(&real) {
            Ok(real)
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }
}

fn changed(path: &str) -> io::Error {
    io::Error::other(format!(
        "`{path}` has changed since the extension was installed; put back what was there, or let \
         the host load the extension anew"
    ))
}

#[cfg(test)]
mod tests;
