//! Compiled code on disk: keyed by content and engine, written by rename,
//! mapped on the next start.
//!
//! Compiled code is machine code, so nothing is loaded that this installation
//! did not write: the folder belongs to the user alone, and each entry carries
//! a seal made with a key that is kept elsewhere.

use std::hash::{Hash as _, Hasher};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, OpenOptions};
use thiserror::Error;
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

/// All entries together; beyond it the oldest are removed.
const CAPACITY: u64 = 1 << 30;

/// Why there is no cache.
#[derive(Debug, Error)]
pub enum CodeCacheError {
    #[error("the cache folder `{path}` cannot be opened: {error}")]
    Io { path: String, error: io::Error },
    /// Somebody else could plant machine code in it.
    #[error("the cache folder `{path}` can be written by others")]
    Exposed { path: String },
}

/// Compiled code, by content.
#[derive(Debug)]
pub struct CodeCache {
    dir: Dir,
    seal: [u8; 32],
    damaged: Mutex<Vec<String>>,
}

/// The name of an entry.
pub(crate) struct Key(String);

/// What code becomes when it is loaded.
pub(crate) trait Compiled: Sized {
    /// Maps code out of a file.
    ///
    /// # Safety
    ///
    /// The engine, or one like it, has compiled what is in the file.
    #[expect(unsafe_code, reason = "it is said where machine code is loaded")]
    unsafe fn mapped(engine: &Engine, path: &Path) -> wasmtime::Result<Self>;

    /// Loads code out of memory.
    ///
    /// # Safety
    ///
    /// The engine, or one like it, has compiled it.
    #[expect(unsafe_code, reason = "it is said where machine code is loaded")]
    unsafe fn loaded(engine: &Engine, code: &[u8]) -> wasmtime::Result<Self>;
}

#[expect(unsafe_code, reason = "whoever calls it knows where the code is from")]
impl Compiled for Component {
    unsafe fn mapped(engine: &Engine, path: &Path) -> wasmtime::Result<Self> {
        // SAFETY: whoever calls it says so.
        unsafe { Self::deserialize_file(engine, path) }
    }

    unsafe fn loaded(engine: &Engine, code: &[u8]) -> wasmtime::Result<Self> {
        // SAFETY: whoever calls it says so.
        unsafe { Self::deserialize(engine, code) }
    }
}

#[expect(unsafe_code, reason = "whoever calls it knows where the code is from")]
impl Compiled for Module {
    unsafe fn mapped(engine: &Engine, path: &Path) -> wasmtime::Result<Self> {
        // SAFETY: whoever calls it says so.
        unsafe { Self::deserialize_file(engine, path) }
    }

    unsafe fn loaded(engine: &Engine, code: &[u8]) -> wasmtime::Result<Self> {
        // SAFETY: whoever calls it says so.
        unsafe { Self::deserialize(engine, code) }
    }
}

/// What is known of an entry without loading it.
enum Entry {
    Absent,
    Damaged,
    Whole(File, Vec<u8>),
}

impl CodeCache {
    /// Opens a cache in a folder that only the user may write. `seal` is this
    /// installation's own key.
    pub fn open(path: &Path, seal: [u8; 32]) -> Result<Self, CodeCacheError> {
        let failed = |error| CodeCacheError::Io { path: path.display().to_string(), error };
        let dir = Dir::open_ambient_dir(path, ambient_authority()).map_err(failed)?;
        #[cfg(unix)]
        {
            use cap_std::fs::MetadataExt as _;
            let metadata = dir.dir_metadata().map_err(failed)?;
            let own = rustix::process::geteuid().as_raw();
            if metadata.uid() != own || metadata.mode() & 0o022 != 0 {
                return Err(CodeCacheError::Exposed { path: path.display().to_string() });
            }
        }
        Ok(Self { dir, seal, damaged: Mutex::default() })
    }

    /// Names the entry of these bytes under this engine.
    pub(crate) fn key(engine: &Engine, bytes: &[u8]) -> Key {
        let mut hasher = Blake(blake3::Hasher::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        hasher.0.update(bytes);
        Key(hasher.0.finalize().to_hex().to_string())
    }

    /// Names the entry of something that was made of several parts. No other
    /// parts have that name, and no component has.
    pub(crate) fn key_of(engine: &Engine, parts: &[&[u8]]) -> Key {
        let mut hasher = Blake(blake3::Hasher::new());
        engine.precompile_compatibility_hash().hash(&mut hasher);
        for part in parts {
            hasher.0.update(&(part.len() as u64).to_le_bytes());
            hasher.0.update(part);
        }
        Key(hasher.0.finalize().to_hex().to_string())
    }

    /// Loads an entry, if there is a whole one. A damaged one is removed.
    pub(crate) fn get<C: Compiled>(&self, engine: &Engine, key: &Key) -> Option<C> {
        match self.entry(key) {
            Entry::Absent => None,
            Entry::Damaged => {
                self.discard(key);
                None
            }
            Entry::Whole(file, code) => {
                let compiled = map(engine, &file, &code);
                if compiled.is_none() {
                    self.discard(key);
                }
                compiled
            }
        }
    }

    /// Writes an entry and loads it. Nothing comes back if the disk is full or
    /// not writable.
    pub(crate) fn put<C: Compiled>(&self, engine: &Engine, key: &Key, code: &[u8]) -> Option<C> {
        self.prune(code.len() as u64);
        self.write(key, code).ok()?;
        self.get(engine, key)
    }

    /// Returns and forgets the names of entries that were found damaged.
    pub(crate) fn take_damaged(&self) -> Vec<String> {
        std::mem::take(&mut self.damaged.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn entry(&self, key: &Key) -> Entry {
        let Ok(mut file) = self.dir.open(key.code()) else { return Entry::Absent };
        let (mut code, mut seal) = (Vec::new(), [0; 32]);
        let sealed = self.dir.open(key.seal()).and_then(|mut file| file.read_exact(&mut seal));
        if sealed.is_err() || file.read_to_end(&mut code).is_err() {
            return Entry::Damaged;
        }
        // The comparison of `blake3::Hash` takes the same time for all inputs.
        if self.sealed(key, &code) == blake3::Hash::from_bytes(seal) {
            Entry::Whole(file, code)
        } else {
            Entry::Damaged
        }
    }

    fn sealed(&self, key: &Key, code: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.seal);
        hasher.update(key.0.as_bytes());
        hasher.update(code);
        hasher.finalize()
    }

    fn write(&self, key: &Key, code: &[u8]) -> io::Result<()> {
        // The seal first: code without one counts as damaged.
        self.write_by_rename(&key.seal(), self.sealed(key, code).as_bytes())?;
        self.write_by_rename(&key.code(), code)
    }

    fn write_by_rename(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        // Several hosts of one process may compile the same thing at once.
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        let turn = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let scratch = format!("{name}.{}-{turn}", std::process::id());
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use cap_std::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let written = self
            .dir
            .open_with(&scratch, &options)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| self.dir.rename(&scratch, &self.dir, name));
        if written.is_err() {
            // Best effort: what is left is swept as the oldest entry.
            drop(self.dir.remove_file(&scratch));
        }
        written
    }

    fn discard(&self, key: &Key) {
        drop(self.dir.remove_file(key.code()));
        drop(self.dir.remove_file(key.seal()));
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).push(key.0.clone());
    }

    /// Makes room for a new entry.
    fn prune(&self, size: u64) {
        let Ok(entries) = self.dir.entries() else { return };
        let mut files: Vec<_> = entries
            .flatten()
            .filter_map(|entry| {
                let metadata = entry.metadata().ok()?;
                Some((metadata.modified().ok()?, metadata.len(), entry.file_name()))
            })
            .collect();
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        files.sort_by_key(|(modified, ..)| *modified);
        for (_, length, name) in files {
            if total + size <= CAPACITY {
                break;
            }
            total -= length;
            drop(self.dir.remove_file(name));
        }
    }
}

impl Key {
    fn code(&self) -> String {
        format!("{}.code", self.0)
    }

    fn seal(&self) -> String {
        format!("{}.seal", self.0)
    }
}

/// Maps the code where the system can name an open file, so that nothing can
/// come between the check and the use; else loads the checked bytes.
#[expect(unsafe_code, reason = "the one place where machine code is loaded")]
fn map<C: Compiled>(engine: &Engine, file: &File, code: &[u8]) -> Option<C> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd as _;
        use std::path::PathBuf;

        let open = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        // SAFETY: the bytes of this very file were found to carry our seal,
        // and nobody but this user can write to it.
        if let Ok(compiled) = unsafe { C::mapped(engine, &open) } {
            return Some(compiled);
        }
    }
    let _ = file;
    // SAFETY: these bytes were found to carry our seal.
    unsafe { C::loaded(engine, code) }.ok()
}

/// Loads code that this process made, and that is not on disk.
#[expect(unsafe_code, reason = "the other place where machine code is loaded")]
pub(crate) fn own_code(engine: &Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: this very process compiled it; what was replaced in it is the
    // memory of a guest, which may be anything.
    unsafe { Component::deserialize(engine, code) }.ok()
}

/// Lets the engine's settings be hashed with a hash that is the same in every
/// process.
struct Blake(blake3::Hasher);

impl Hasher for Blake {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}
