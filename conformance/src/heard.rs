//! What guests say in the log. A probe that got at what it must not have says
//! so there: its answer does not reach anybody if the run ends as refused.

use std::sync::{Arc, Mutex, PoisonError};

use ctx_model::{Log, LogLine};

/// Stands in everything that no probe may see.
pub(crate) const MARKER: &str = "crown-jewels";

/// The first words of a probe that got out.
const GOT_OUT: &str = "got out: ";

/// Lines that should not have been.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// Returns and forgets what was said.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Log for Heard {
    fn write(&self, line: &LogLine<'_>) {
        let is_told = line.message.contains(MARKER)
            || line.fields.iter().any(|(_, value)| value.contains(MARKER));
        let said = if line.message.starts_with(GOT_OUT) {
            line.message.to_owned()
        } else if is_told {
            "a log line holds what nobody may see".to_owned()
        } else {
            return;
        };
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() < 8 {
            lines.push(said);
        }
    }
}
