//! The journal as the verbs use it: one writer, started when it is first
//! needed. A journal that cannot be written costs no call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use ctx_model::{Log, LogLine, Progress, shortened};
use ctx_store::{JournalEntry, JournalWriter, LoggedLine, Store, StoreError};

use crate::bill::millis;

/// Bytes of a line that are kept.
const LINE: usize = 4096;

/// Bytes of a field's name that are kept, and of its value.
const FIELD: usize = 256;

/// Fields of a line that are kept.
const FIELDS: usize = 16;

/// Where entries and lines go; nowhere without a workspace.
pub(crate) struct Journal {
    store: Option<Arc<Store>>,
    writer: OnceLock<Option<JournalWriter>>,
    /// What was lost when it was last told.
    told: AtomicU64,
}

impl Journal {
    pub(crate) fn new(store: Option<Arc<Store>>) -> Self {
        Self { store, writer: OnceLock::new(), told: AtomicU64::new(0) }
    }

    fn writer(&self) -> Option<&JournalWriter> {
        let store = self.store.as_ref()?;
        self.writer.get_or_init(|| JournalWriter::start(store.clone()).ok()).as_ref()
    }

    pub(crate) fn record(&self, entry: JournalEntry) {
        if let Some(writer) = self.writer() {
            writer.record(entry);
            self.tell_lost(writer);
        }
    }

    /// Waits until all that was recorded is written.
    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        match self.writer.get() {
            Some(Some(writer)) => {
                let flushed = writer.flush();
                self.tell_lost(writer);
                flushed
            }
            Some(None) | None => Ok(()),
        }
    }

    /// Says that something could not be written, each time that it is more.
    fn tell_lost(&self, writer: &JournalWriter) {
        let lost = writer.lost();
        if self.told.swap(lost, Ordering::Relaxed) != lost {
            tracing::warn!(lost, "the journal could not be written; is the disk full?");
        }
    }

    fn log(&self, line: &LogLine<'_>) {
        let Some(writer) = self.writer() else { return };
        let kept = |text: &str, most| shortened(text.to_owned(), most);
        writer.log(LoggedLine {
            number: 0,
            time: millis(),
            extension: line.extension.to_string(),
            request: line.caller.request().map(str::to_owned),
            level: line.level,
            message: kept(line.message, LINE),
            fields: line
                .fields
                .iter()
                .take(FIELDS)
                .map(|(name, value)| (kept(name, FIELD), kept(value, FIELD)))
                .collect(),
        });
    }
}

/// What extensions say: shown by the shell, and kept beside the journal.
pub(crate) struct Told {
    pub(crate) shown: Arc<dyn Log>,
    pub(crate) journal: Arc<Journal>,
}

impl Log for Told {
    fn write(&self, line: &LogLine<'_>) {
        self.shown.write(line);
        self.journal.log(line);
    }

    fn progress(&self, progress: &Progress<'_>) {
        self.shown.progress(progress);
    }

    fn changed(&self, extension: &ctx_model::ExtensionName, what: &ctx_model::Outdated) {
        self.shown.changed(extension, what);
    }
}
