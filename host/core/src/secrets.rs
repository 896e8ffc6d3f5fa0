//! Secrets of the user: files that only he may read, one for each name.

use std::fs;
use std::io::{self, Write as _};

use crate::lending::is_secret_name;
use crate::places::Places;

/// Keeps a secret.
pub fn set(places: &Places, name: &str, text: &str) -> io::Result<()> {
    if !is_secret_name(name) {
        return Err(io::Error::other("a name is 1 to 64 of A-Z, a-z, 0-9, `-` and `_`"));
    }
    let folder = places.state.join("secrets");
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder)?;
    let scratch = folder.join(format!(".{name}.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&scratch)?.write_all(text.as_bytes())?;
    fs::rename(&scratch, folder.join(name))
}

/// Lists the names of secrets, in order.
pub fn names(places: &Places) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(places.state.join("secrets")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_secret_name(name))
        .collect();
    names.sort();
    Ok(names)
}

/// Forgets a secret. Returns whether there was one.
pub fn remove(places: &Places, name: &str) -> io::Result<bool> {
    if !is_secret_name(name) {
        return Ok(false);
    }
    match fs::remove_file(places.state.join("secrets").join(name)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
