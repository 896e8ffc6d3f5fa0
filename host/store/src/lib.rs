//! What must survive: documents, checkpoints, keys and values, the journal,
//! grants and trust. `SQLite` holds the truth; the tantivy index beside it may
//! be deleted at any time. No other crate names either of the two.

mod database;
mod documents;
mod error;
mod finder;
mod foreign;
mod identity;
mod index;
mod journal;
mod kv;
mod ledger;
mod listing;
mod locks;
mod names;
mod reading;
mod search;
mod sources;
mod state;
mod store;
mod vectors;
mod whose;

pub use documents::{Applied, CheckpointWrite, DocumentWrite, Known, PageWrite};
pub use error::{SearchError, StoreError};
pub use finder::{Findable, Finder};
pub use foreign::{ForeignDatabase, ForeignDocument, ForeignSkip};
pub use identity::{document_id, format_id, parse_id};
pub use index::IndexState;
pub use journal::{JournalEntry, JournalFilter, JournalWriter, LoggedFilter, LoggedLine, Runs};
pub use kv::{MAX_KEY, MAX_VALUE, QUOTA};
pub use ledger::{LoggedTransaction, StateCommit, StateDocument};
pub use listing::DocumentRow;
pub use locks::SourceLock;
pub use reading::DocumentStamp;
pub use search::Fusion;
pub use sources::{Finished, SourceRow};
pub use state::{Binding, ConformanceRow, GrantRow, StateStore, TrustRow};
pub use store::{Store, StoreStats};
pub use vectors::{MOST_DIMS, Meaning, Model, PendingChunk, VectorStats};
