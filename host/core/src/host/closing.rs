//! The end of a process: what is still in memory is written down.

use super::Host;
use crate::error::HostError;
use crate::install;

impl Host {
    /// Writes down what is still in memory. Called before a process ends.
    pub fn close(&self) -> Result<(), HostError> {
        // Nobody will ask these again here; the next process will.
        let current = self.current();
        for name in self.stale.take().into_keys() {
            if let Some(extension) = current.as_ref().and_then(|all| all.installed.get(&name)) {
                self.descriptions.forget(install::key(extension));
            }
        }
        Ok(self.journal.flush()?)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // What cannot be written now is lost, as after a kill.
        drop(self.close());
    }
}
