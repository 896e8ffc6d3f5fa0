//! The bill of each call, noted in the journal.

use std::time::SystemTime;

use ctx_model::{Broke, CallError, Caller, Receipt};
use ctx_store::{JournalEntry, JournalWriter};

use crate::catalog::Installed;
use crate::host::Host;

impl Host {
    /// Notes a call in the journal. A journal that cannot be written costs no
    /// call.
    pub(crate) fn bill<T>(
        &self,
        extension: &Installed,
        role: &str,
        name: &str,
        caller: &Caller,
        receipt: &Receipt<T>,
    ) {
        let Some(store) = &self.store else { return };
        let journal = self.journal.get_or_init(|| JournalWriter::start(store.clone()).ok());
        let Some(journal) = journal else { return };
        let (outcome, message) = match &receipt.outcome {
            Ok(_) => ("ok", None),
            Err(error) => (code(error), Some(error.to_string())),
        };
        let usage = receipt.usage;
        journal.record(JournalEntry {
            time: millis(),
            extension: extension.name.to_string(),
            role: role.to_owned(),
            name: name.to_owned(),
            outcome: outcome.to_owned(),
            message,
            fuel: usage.fuel,
            peak_memory: usage.peak_memory,
            wall_us: u64::try_from(usage.wall.as_micros()).unwrap_or(u64::MAX),
            host_calls: usage.host_calls,
            caller: caller.id.clone(),
        });
    }
}

/// The word for how a call ended, as in the journal.
fn code(error: &CallError) -> &'static str {
    match error {
        CallError::Refused(_) => "refused",
        CallError::Failed { failure, .. } => failure.kind.as_str(),
        CallError::Broke { broke: Broke::Limit(limit), .. } => limit.as_str(),
        CallError::Broke { broke: Broke::Trap(_), .. } => "trap",
        CallError::Broke { broke: Broke::Cancelled, .. } => "cancelled",
    }
}

fn millis() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
