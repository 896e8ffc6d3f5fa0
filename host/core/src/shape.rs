//! Answers made to measure: a document seen through a read-mode, and texts
//! that a compressor fits into a budget, as whoever asks has it.

use ctx_model::{
    BlockContent, Budget, Caller, CompressRequest, Content, Hits, Outcome, Output, Passage, Stored,
    View, ViewRequest,
};

use crate::config::Wanted;
use crate::host::Host;

/// The compressor for a budget that names none: it changes nothing that is
/// seen, but for what the budget takes.
pub(crate) const COMPRESSOR: &str = "markdown";

/// How an answer is wanted. Nothing said: as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    /// A read-mode.
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

/// What the config can say a shape for, where the caller says none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// Answers of tools that models read.
    Answers,
    /// What a search finds.
    Search,
    /// Documents that are read.
    Documents,
}

impl Shape {
    /// Whether the answer is wanted as it is.
    pub fn is_plain(&self) -> bool {
        self.view.is_none() && !self.compresses()
    }

    fn compresses(&self) -> bool {
        self.compress.is_some() || self.budget.is_some()
    }

    /// Returns the shape, or the config's if it says nothing.
    pub(crate) fn or(self, wanted: &Wanted) -> Self {
        if !self.is_plain() {
            return self;
        }
        let Wanted { view, compress, budget } = wanted.clone();
        Self { view, compress, budget, ..self }
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
    /// Returns how the caller wants the answer of a tool, or how the config
    /// wants it if the caller says nothing.
    pub fn answer_shape(&self, asked: Shape) -> Shape {
        self.shape(Surface::Answers, asked)
    }

    /// The same for what a search finds.
    pub fn search_shape(&self, asked: Shape) -> Shape {
        self.shape(Surface::Search, asked)
    }

    /// The same for a document that is read.
    pub fn document_shape(&self, asked: Shape) -> Shape {
        self.shape(Surface::Documents, asked)
    }

    fn shape(&self, surface: Surface, asked: Shape) -> Shape {
        if asked.is_plain() {
            asked.or(self.authority().config.engine.answers.of(surface))
        } else {
            asked
        }
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
        if shape.view.is_some() {
            let file_name = file_name(&stored.document.id);
            // A compressor after it chooses better than a cut.
            let budget = shape.budget.filter(|_| shape.compress.is_none());
            let seen = self.seen(shape, text, media_type, file_name, budget, caller).await?;
            (text, media_type) = (seen.text, seen.media_type);
        }
        if shape.compress.is_some() || (shape.view.is_none() && shape.budget.is_some()) {
            let passages = vec![Passage { text, pinned: false }];
            let request = shape.request(passages, Some(media_type.clone()));
            let path = stored.document.uri.as_deref().unwrap_or(&stored.document.id);
            let kept = self.compress_from(Some(path), request, caller.clone()).await.outcome?;
            text = kept.into_iter().next().map(|one| one.text).unwrap_or_default();
        }
        stored.document.content = Content::Text(text);
        stored.document.media_type = media_type;
        stored.chunks.clear();
        Ok(())
    }

    /// Gives each hit the whole passage that it stands for, or a view of its
    /// document, and fits all of them into the budget, the best first. A hit
    /// whose passage fell to the budget has no snippet any more.
    pub async fn shape_hits(&self, hits: &mut Hits, shape: &Shape, caller: &Caller) -> Outcome<()> {
        if shape.is_plain() || hits.hits.is_empty() {
            return Ok(());
        }
        let mut passages = Vec::with_capacity(hits.hits.len());
        for hit in &hits.hits {
            let stored =
                self.store.as_ref().and_then(|store| store.document(hit.id).ok().flatten());
            let whole = stored.as_ref().and_then(|stored| match &stored.document.content {
                Content::Text(text) => Some(text),
                Content::Bytes(_) | Content::Deferred => None,
            });
            let text = if let (Some(_), Some(stored), Some(whole)) = (&shape.view, &stored, whole) {
                let (media_type, name) = (stored.document.media_type.clone(), &hit.document_id);
                let seen =
                    self.seen(shape, whole.clone(), media_type, file_name(name), None, caller);
                seen.await?.text
            } else {
                let span = hit.span.start as usize..hit.span.end as usize;
                let passage = whole.and_then(|whole| whole.get(span));
                passage.unwrap_or(&hit.snippet).to_owned()
            };
            passages.push(Passage { text, pinned: false });
        }
        if !shape.compresses() {
            for (hit, seen) in hits.hits.iter_mut().zip(passages) {
                hit.snippet = seen.text;
            }
            return Ok(());
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
        if shape.is_plain() {
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
        if shape.view.is_some() {
            for text in &mut texts {
                let (media_type, whole) = (said(text), std::mem::take(*text));
                **text = self.seen(shape, whole, media_type, None, None, caller).await?.text;
            }
        }
        if !shape.compresses() {
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

    /// Looks at a text through the read-mode that is wanted.
    async fn seen(
        &self,
        shape: &Shape,
        text: String,
        media_type: String,
        file_name: Option<String>,
        budget: Option<Budget>,
        caller: &Caller,
    ) -> Outcome<View> {
        let name = shape.view.clone().unwrap_or_default();
        let against = shape.against.clone();
        let request = ViewRequest { name, text, media_type, file_name, against, budget };
        self.view(request, caller.clone()).await.outcome
    }
}

fn file_name(id: &str) -> Option<String> {
    id.rsplit('/').next().map(str::to_owned)
}

/// Returns what the text of a tool's answer is: nobody says, and models are
/// written Markdown.
fn said(text: &str) -> String {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if is_json { "application/json" } else { "text/markdown" }.to_owned()
}
