//! The verb that lists what is stored.

use ctx_model::DocumentId;
use ctx_store::DocumentRow;

use crate::error::HostError;
use crate::host::Host;

impl Host {
    /// Lists documents in the order of their ids, from after one of them.
    pub fn documents(
        &self,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Vec<DocumentRow>, HostError> {
        Ok(self.store()?.list_documents(after, limit)?)
    }
}
