//! Answers made to measure: a document seen through a read-mode, and texts
//! that a compressor fits into a budget, as whoever asks has it.

use ctx_model::{
    BlockContent, Budget, Caller, CompressRequest, Content, Hits, Outcome, Output, Passage, Stored,
    ViewRequest,
};

use crate::host::Host;

/// The compressor for a budget that names none: it changes nothing that is
/// seen, but for what the budget takes.
const COMPRESSOR: &str = "markdown";

/// How an answer is wanted. Nothing said: as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    /// A read-mode, for documents.
    pub view: Option<String>,
    /// What the reader has already, for read-modes that compare.
    pub against: Option<String>,
    /// A compressor.
    pub compress: Option<String>,
    /// How much room there is.
    pub budget: Option<Budget>,
    /// What the reader wants to know.
    pub query: Option<String>,
}

impl Shape {
    /// Whether the answer is wanted as it is.
    pub fn is_plain(&self) -> bool {
        self.view.is_none() && !self.compresses()
    }

    fn compresses(&self) -> bool {
        self.compress.is_some() || self.budget.is_some()
    }

    fn request(&self, passages: Vec<Passage>, media_type: Option<String>) -> CompressRequest {
        CompressRequest {
            name: self.compress.clone().unwrap_or_else(|| COMPRESSOR.to_owned()),
            passages,
            budget: self.budget,
            query: self.query.clone(),
            media_type,
        }
    }
}

impl Host {
    /// Returns how the config wants the answers of tools that models read.
    pub fn answer_shape(&self) -> Shape {
        let (compress, budget) = self.authority().config.engine.answers.clone();
        Shape { compress, budget, ..Shape::default() }
    }

    /// Shows a document as it is wanted. Its chunks lie in the text that is
    /// stored, so one that is changed has none.
    pub async fn shape_document(
        &self,
        stored: &mut Stored,
        shape: &Shape,
        caller: &Caller,
    ) -> Outcome<()> {
        if shape.is_plain() {
            return Ok(());
        }
        let Content::Text(text) = &mut stored.document.content else { return Ok(()) };
        let mut text = std::mem::take(text);
        let mut media_type = stored.document.media_type.clone();
        if let Some(name) = &shape.view {
            let file_name = stored.document.id.rsplit('/').next().map(str::to_owned);
            let request = ViewRequest {
                name: name.clone(),
                text,
                media_type,
                file_name,
                against: shape.against.clone(),
                // A compressor after it chooses better than a cut.
                budget: shape.budget.filter(|_| shape.compress.is_none()),
            };
            let view = self.view(request, caller.clone()).await.outcome?;
            (text, media_type) = (view.text, view.media_type);
        }
        if shape.compress.is_some() || (shape.view.is_none() && shape.budget.is_some()) {
            let passages = vec![Passage { text, pinned: false }];
            let request = shape.request(passages, Some(media_type.clone()));
            let kept = self.compress(request, caller.clone()).await.outcome?;
            text = kept.into_iter().next().map(|one| one.text).unwrap_or_default();
        }
        stored.document.content = Content::Text(text);
        stored.document.media_type = media_type;
        stored.chunks.clear();
        Ok(())
    }

    /// Gives each hit the whole passage that it stands for, and fits all of
    /// them into the budget, the best first. A hit whose passage fell to the
    /// budget has no snippet any more.
    pub async fn shape_hits(&self, hits: &mut Hits, shape: &Shape, caller: &Caller) -> Outcome<()> {
        if !shape.compresses() || hits.hits.is_empty() {
            return Ok(());
        }
        let mut passages = Vec::with_capacity(hits.hits.len());
        for hit in &hits.hits {
            let stored =
                self.store.as_ref().and_then(|store| store.document(hit.id).ok().flatten());
            let whole = stored.as_ref().and_then(|stored| match &stored.document.content {
                Content::Text(text) => text.get(hit.span.start as usize..hit.span.end as usize),
                Content::Bytes(_) | Content::Deferred => None,
            });
            let text = whole.unwrap_or(&hit.snippet).to_owned();
            passages.push(Passage { text, pinned: false });
        }
        let kept = self.compress(shape.request(passages, None), caller.clone()).await.outcome?;
        for hit in &mut hits.hits {
            hit.snippet.clear();
        }
        for one in kept {
            if let Some(hit) = hits.hits.get_mut(one.index as usize) {
                hit.snippet = one.text;
            }
        }
        Ok(())
    }

    /// Fits the text of a tool's answer. What is for programs stays as it is.
    pub async fn shape_output(
        &self,
        output: &mut Output,
        shape: &Shape,
        caller: &Caller,
    ) -> Outcome<()> {
        if !shape.compresses() {
            return Ok(());
        }
        let mut texts: Vec<&mut String> = output
            .blocks
            .iter_mut()
            .filter_map(|block| match &mut block.content {
                BlockContent::Text(text) => Some(text),
                _ => None,
            })
            .collect();
        if texts.is_empty() {
            return Ok(());
        }
        let passage = |text: &&mut String| Passage { text: (**text).clone(), pinned: false };
        let passages = texts.iter().map(passage).collect();
        let kept = self.compress(shape.request(passages, None), caller.clone()).await.outcome?;
        for text in &mut texts {
            text.clear();
        }
        for one in kept {
            if let Some(text) = texts.get_mut(one.index as usize) {
                **text = one.text;
            }
        }
        Ok(())
    }
}
