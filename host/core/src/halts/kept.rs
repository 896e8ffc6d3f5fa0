//! Halts as files: `NAME.disabled`, whose presence is all it says, and
//! `NAME.paused`, which says until when and why.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ctx_model::{Digest, ExtensionName};
use serde::{Deserialize, Serialize};

use crate::private::scratch_name;

const DISABLED: &str = ".disabled";
const PAUSED: &str = ".paused";

/// Bytes of a file that is one of these.
const LARGEST: u64 = 4096;

/// A pause of one version of an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) digest: Digest,
    /// Milliseconds since the epoch.
    until: u64,
    /// No clock that was set back makes a pause longer than this.
    length: Duration,
    pub(super) failures: u32,
    /// Pauses before this one, without a sound run in between.
    pub(super) pauses: u32,
    pub(super) why: String,
}

/// The same as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    digest: String,
    until_ms: u64,
    length_ms: u64,
    failures: u32,
    pauses: u32,
    why: String,
}

impl Kept {
    pub(super) fn new(
        digest: Digest,
        length: Duration,
        failures: u32,
        pauses: u32,
        why: String,
    ) -> Self {
        let until = millis(SystemTime::now()).saturating_add(in_millis(length));
        Self { digest, until, length, failures, pauses, why }
    }

    /// Returns how much of it is left.
    pub(super) fn left(&self, now: SystemTime) -> Duration {
        Duration::from_millis(self.until.saturating_sub(millis(now))).min(self.length)
    }
}

/// Returns when the folder was last changed, if there is one.
pub(super) fn stamp(folder: &Path) -> Option<SystemTime> {
    fs::metadata(folder).ok()?.modified().ok()
}

/// Reads everything. What nobody could have written says nothing.
pub(super) fn read(folder: &Path) -> (Vec<ExtensionName>, Vec<(ExtensionName, Kept)>) {
    let (mut disabled, mut paused) = (Vec::new(), Vec::new());
    let Ok(entries) = fs::read_dir(folder) else { return (disabled, paused) };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if let Some(name) = name.strip_suffix(DISABLED) {
            disabled.extend(ExtensionName::new(name));
        } else if let Some(name) = name.strip_suffix(PAUSED)
            && let Ok(name) = ExtensionName::new(name)
            && entry.metadata().is_ok_and(|file| file.len() <= LARGEST)
            && let Some(kept) = fs::read(entry.path()).ok().as_deref().and_then(parse)
        {
            paused.push((name, kept));
        }
    }
    (disabled, paused)
}

/// Writes a pause down. Returns whether that went well: one that cannot be
/// written holds in this process.
pub(super) fn write(folder: &Path, name: &ExtensionName, kept: &Kept) -> bool {
    let Kept { digest, until, length, failures, pauses, why } = kept;
    let written = Written {
        digest: digest.to_string(),
        until_ms: *until,
        length_ms: in_millis(*length),
        failures: *failures,
        pauses: *pauses,
        why: why.clone(),
    };
    let Ok(text) = serde_json::to_vec(&written) else { return false };
    put(folder, &format!("{name}{PAUSED}"), &text).is_ok()
}

/// Takes a pause away. What cannot be taken away ends by itself.
pub(super) fn forget(folder: &Path, name: &ExtensionName) {
    drop(fs::remove_file(folder.join(format!("{name}{PAUSED}"))));
}

pub(super) fn disable(folder: &Path, name: &ExtensionName) -> io::Result<()> {
    put(folder, &format!("{name}{DISABLED}"), b"")
}

pub(super) fn enable(folder: &Path, name: &ExtensionName) -> io::Result<()> {
    for end in [DISABLED, PAUSED] {
        match fs::remove_file(folder.join(format!("{name}{end}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Puts a file into its place whole, so that nobody reads half of it.
fn put(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let scratch = folder.join(scratch_name(name));
    fs::write(&scratch, text)?;
    fs::rename(&scratch, folder.join(name))
}

fn parse(text: &[u8]) -> Option<Kept> {
    let Written { digest, until_ms, length_ms, failures, pauses, why } =
        serde_json::from_slice(text).ok()?;
    let digest = Digest::from_hex(&digest)?;
    let length = Duration::from_millis(length_ms).min(super::LONGEST);
    Some(Kept { digest, until: until_ms, length, failures, pauses, why })
}

fn millis(time: SystemTime) -> u64 {
    in_millis(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn in_millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
