//! File locks between processes. The system drops them with their holder, so
//! a killed process leaves none behind.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::StoreError;

/// Held while a source is synced; released when dropped.
#[derive(Debug)]
pub struct SourceLock(#[expect(dead_code, reason = "held for its drop")] pub(crate) FileLock);

/// A locked file.
#[derive(Debug)]
pub(crate) struct FileLock(#[expect(dead_code, reason = "held for its drop")] File);

/// Takes the lock, or returns nothing if another handle has it.
pub(crate) fn try_lock(path: &Path) -> Result<Option<FileLock>, StoreError> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(FileLock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(StoreError::io(path, &error)),
    }
}

/// Takes the lock, and gives up after `patience`.
pub(crate) fn lock(path: &Path, patience: Duration) -> Result<FileLock, StoreError> {
    let file = open(path)?;
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(FileLock(file)),
            Err(TryLockError::Error(error)) => return Err(StoreError::io(path, &error)),
            Err(TryLockError::WouldBlock) if started.elapsed() > patience => {
                return Err(StoreError::Busy { path: path.to_owned() });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| StoreError::io(path, &error))
}
