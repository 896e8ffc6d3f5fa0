//! Who cuts a document's text into chunks: the chunker that the config names
//! for its source or its type, one that is for it, or the host itself. What a chunker cannot
//! cut, the host does, so that nothing is lost.

use ctx_model::{Budget, Caller, Chunk, ChunkRequest, Content, Receipt, Role};

use super::extract::{Read, Reading};
use crate::decoding::essence;

/// Types that the host cuts itself, unless the config or an extension that the
/// operator installed says otherwise: most documents are of these, and a call
/// for each would be felt.
const OWN: [&str; 3] = ["", "text/plain", "text/markdown"];

/// What the config says for the host's own.
const NATIVE: &str = "native";

impl Reading<'_> {
    /// Has a chunker cut a text, if one is to. A text that is one chunk anyhow
    /// is not worth a call.
    pub(super) async fn cut(&mut self, read: &mut Read, target: usize) -> Option<Vec<Chunk>> {
        let Content::Text(text) = &mut read.document.content else { return None };
        if text.len() <= target / 2 {
            return None;
        }
        let essence = essence(&read.text_type);
        let (extension, name) = match self.engine.chunker(self.source, &essence) {
            Some(NATIVE) => return None,
            Some(name) => self.catalog.transform(Role::Chunker, name)?,
            None => {
                let (extension, info) = self.catalog.chunker(&essence)?;
                let is_bundled = extension.layer == ctx_model::Layer::Bundled;
                if is_bundled && OWN.contains(&essence.as_str()) {
                    return None;
                }
                (extension, info)
            }
        };
        let (extension, name) = (extension.clone(), name.name.clone());
        let request = ChunkRequest {
            name,
            text: std::mem::take(text),
            media_type: essence,
            file_name: Some(super::extract::file_name(&read.document)),
            budget: Budget::Bytes(u32::try_from(target).unwrap_or(u32::MAX)),
            overlap: 0,
        };
        let caller: Caller = self.caller.clone();
        let (text, Receipt { outcome, usage }) =
            Box::pin(self.host.chunk_by(&extension, request, caller)).await;
        read.document.content = Content::Text(text);
        self.spent.add(usage);
        // Why it failed stands in the journal; the host's own chunks are as
        // good as what there was before there were chunkers.
        outcome.ok()
    }
}
