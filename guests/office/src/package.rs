//! A ZIP archive, part by part.

use std::io::{Cursor, Read as _};

use ctx_sdk::{Error, Result};
use zip::ZipArchive;

/// A part that unpacks to more is refused: no honest text does.
const PART: u64 = 64 << 20;

/// An archive, open for reading.
pub struct Package(ZipArchive<Cursor<Vec<u8>>>);

impl Package {
    /// Opens an archive.
    ///
    /// # Errors
    ///
    /// The bytes are no archive, or a broken one.
    pub fn open(data: Vec<u8>) -> Result<Self> {
        match ZipArchive::new(Cursor::new(data)) {
            Ok(archive) => Ok(Self(archive)),
            Err(error) => Err(Error::invalid_input(format!("it is no whole archive: {error}"))),
        }
    }

    /// Reads a part as text, if there is one of this name.
    ///
    /// # Errors
    ///
    /// The part cannot be unpacked, or is unreasonably large.
    pub fn part(&mut self, name: &str) -> Result<Option<String>> {
        let wrong = |why: String| Error::invalid_input(format!("its part `{name}` {why}"));
        let part = match self.0.by_name(name) {
            Ok(part) => part,
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(wrong(format!("cannot be read: {error}"))),
        };
        let mut bytes = Vec::new();
        part.take(PART + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| wrong(format!("cannot be unpacked: {error}")))?;
        if bytes.len() as u64 > PART {
            return Err(wrong(format!("unpacks to more than {PART} bytes")));
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
    }

    /// Names the parts in a folder that end so, in the order of the numbers in
    /// their names.
    pub fn numbered(&self, folder: &str, end: &str) -> Vec<String> {
        let names = self.0.file_names().filter_map(Result::ok);
        let mut found: Vec<(u64, String)> = names
            .filter_map(|name| {
                let stem = name.strip_prefix(folder)?.strip_suffix(end)?;
                let digits = stem.trim_start_matches(|c: char| !c.is_ascii_digit());
                Some((digits.parse().ok()?, name.to_string()))
            })
            .collect();
        found.sort();
        found.into_iter().map(|(_, name)| name).collect()
    }
}
