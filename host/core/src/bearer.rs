//! Tokens that the operator hands out: each with a name and scopes, kept as a
//! hash where only the user may read it. The text is shown once and is nowhere
//! afterwards.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::authority::now;
use crate::places::Places;
use crate::private::{private_folder, scratch_name};
use crate::random::hex;

/// What every such token begins with, so that it is known wherever it turns up.
pub const PREFIX: &str = "ctx_";

/// Bytes of randomness in one. So many need no slow hash.
const RANDOM: usize = 24;

/// Bytes of a name.
const LONGEST: usize = 64;

/// A token that was handed out, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    pub name: String,
    pub scopes: Vec<String>,
    /// When it was made, in seconds since 1970.
    pub made: i64,
    /// SHA-256 of its text, in hexadecimal digits.
    hash: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Written {
    tokens: Vec<Bearer>,
}

/// Tokens as they are now, whoever changes them.
pub struct Bearers {
    path: PathBuf,
    read: Mutex<(Stamp, Arc<[Bearer]>)>,
}

/// When the file was last written, and its size.
type Stamp = Option<(SystemTime, u64)>;

impl Bearers {
    pub(crate) fn new(places: &Places) -> Self {
        Self { path: path(places), read: Mutex::new((None, Arc::new([]))) }
    }

    /// Finds a token by its text. One that was removed is not found from then
    /// on.
    pub fn find(&self, text: &str) -> Option<Bearer> {
        let hash = hashed(text);
        // Of what is compared, nobody can choose a part.
        self.all().iter().find(|one| one.hash == hash).cloned()
    }

    /// Whether there are any.
    pub fn is_any(&self) -> bool {
        !self.all().is_empty()
    }

    fn all(&self) -> Arc<[Bearer]> {
        let stamp =
            fs::metadata(&self.path).and_then(|file| Ok((file.modified()?, file.len()))).ok();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.0 != stamp {
            let all = self::read(&self.path).unwrap_or_else(|error| {
                tracing::warn!(%error, "the tokens cannot be read, and open nothing");
                Vec::new()
            });
            *read = (stamp, all.into());
        }
        read.1.clone()
    }
}

/// Lists the tokens, in order of their names.
pub fn list(places: &Places) -> io::Result<Vec<Bearer>> {
    read(&path(places))
}

/// Makes a token and returns its text. Fails if there is one of that name.
pub fn add(places: &Places, name: &str, scopes: &[String]) -> io::Result<String> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > LONGEST || !name.bytes().all(is_plain) {
        return Err(invalid(format!(
            "`{}` is no name: at most {LONGEST} letters, digits, `-`, `_` and `.`",
            name.escape_debug()
        )));
    }
    let mut all = list(places)?;
    if all.iter().any(|one| one.name == name) {
        let error = format!("there is a token `{name}`; remove it first, or take another name");
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, error));
    }
    let text = format!("{PREFIX}{}", hex::<RANDOM>()?);
    let hash = hashed(&text);
    all.push(Bearer { name: name.to_owned(), scopes: scopes.to_vec(), made: now(), hash });
    write(places, all)?;
    Ok(text)
}

/// Removes a token. Returns whether there was one.
pub fn remove(places: &Places, name: &str) -> io::Result<bool> {
    let mut all = list(places)?;
    let count = all.len();
    all.retain(|one| one.name != name);
    let is_gone = all.len() < count;
    if is_gone {
        write(places, all)?;
    }
    Ok(is_gone)
}

fn path(places: &Places) -> PathBuf {
    places.state.join("tokens.json")
}

fn read(path: &std::path::Path) -> io::Result<Vec<Bearer>> {
    match fs::read(path) {
        Ok(bytes) => {
            let written: Written = serde_json::from_slice(&bytes).map_err(|error| {
                invalid(format!("`{}` cannot be read: {error}", path.display()))
            })?;
            Ok(written.tokens)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn write(places: &Places, mut tokens: Vec<Bearer>) -> io::Result<()> {
    private_folder(&places.state).map_err(|error| io::Error::other(error.to_string()))?;
    tokens.sort_by(|a, b| a.name.cmp(&b.name));
    let path = path(places);
    let scratch = path.with_file_name(scratch_name("tokens.json"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let bytes = serde_json::to_vec_pretty(&Written { tokens })?;
    let written = options.open(&scratch).and_then(|mut file| {
        io::Write::write_all(&mut file, &bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&scratch, &path)).inspect_err(|_| {
        drop(fs::remove_file(&scratch));
    })
}

fn hashed(text: &str) -> String {
    ctx_model::Digest(Sha256::digest(text).into()).to_string()
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_token_opens_until_it_is_removed_and_its_text_is_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::below(folder.path());
        let bearers = Bearers::new(&places);
        assert!(!bearers.is_any());
        let text = add(&places, "ci", &["weather".to_owned()]).unwrap();
        assert!(text.starts_with(PREFIX) && text.len() > 40);
        let found = bearers.find(&text).unwrap();
        assert_eq!((found.name.as_str(), found.scopes.len()), ("ci", 1));
        assert!(bearers.find("ctx_other").is_none() && bearers.find("").is_none());
        let kept = fs::read_to_string(path(&places)).unwrap();
        assert!(!kept.contains(&text) && kept.contains("\"ci\""));
        assert_eq!(add(&places, "ci", &[]).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        add(&places, "another", &[]).unwrap();
        assert!(remove(&places, "ci").unwrap() && !remove(&places, "ci").unwrap());
        assert!(bearers.find(&text).is_none());
        assert_eq!(list(&places).unwrap().len(), 1);
    }

    #[test]
    fn only_the_user_may_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places::below(folder.path());
        add(&places, "ci", &[]).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(path(&places)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
        for name in ["", "a b", "../x", &"x".repeat(65)] {
            assert!(add(&places, name, &[]).is_err(), "{name}");
        }
        fs::write(path(&places), "no json").unwrap();
        assert!(add(&places, "next", &[]).is_err());
        assert!(!Bearers::new(&places).is_any());
    }
}
