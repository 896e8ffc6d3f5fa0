//! What a native run may have the host do for it while it runs: transforms.
//! The run asks, and whoever waits for the run does it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use ctx_model::{
    CallError, Caller, Chunk, ChunkRequest, CompressRequest, Hits, Kept, Outcome, Refusal, Stored,
    View, ViewRequest,
};
use tokio::sync::{mpsc, oneshot};

use crate::config::Answers;
use crate::host::Host;
use crate::shape::{Shape, Surface};

/// Something to do.
type Work = Box<dyn for<'a> FnOnce(&'a Host, Caller) -> Doing<'a> + Send>;

/// Something that is done, and answered to whoever asked.
type Doing<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Compressors, chunkers and read-modes, for a native run.
#[derive(Clone)]
pub struct Transforms {
    desk: mpsc::Sender<Work>,
    answers: Arc<Answers>,
}

/// Where a run asks.
pub(crate) struct Desk(mpsc::Receiver<Work>);

impl fmt::Debug for Transforms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transforms").finish_non_exhaustive()
    }
}

impl Transforms {
    pub(crate) fn new(answers: Arc<Answers>) -> (Self, Desk) {
        // One at a time: a run waits for what it asks.
        let (desk, asked) = mpsc::channel(1);
        (Self { desk, answers }, Desk(asked))
    }

    /// Has a compressor make passages shorter.
    pub async fn compress(&self, request: CompressRequest) -> Outcome<Vec<Kept>> {
        let work = |tell: oneshot::Sender<_>| -> Work {
            Box::new(|host, caller| {
                Box::pin(async move {
                    drop(tell.send(host.compress(request, caller).await.outcome));
                })
            })
        };
        self.ask(work).await
    }

    /// Has a chunker cut a text.
    pub async fn chunk(&self, request: ChunkRequest) -> Outcome<Vec<Chunk>> {
        let work = |tell: oneshot::Sender<_>| -> Work {
            Box::new(|host, caller| {
                Box::pin(async move { drop(tell.send(host.chunk(request, caller).await.outcome)) })
            })
        };
        self.ask(work).await
    }

    /// Has a read-mode look at a text.
    pub async fn view(&self, request: ViewRequest) -> Outcome<View> {
        let work = |tell: oneshot::Sender<_>| -> Work {
            Box::new(|host, caller| {
                Box::pin(async move { drop(tell.send(host.view(request, caller).await.outcome)) })
            })
        };
        self.ask(work).await
    }

    /// Shows a document as it is asked for, or else as the config wants it.
    pub async fn document(&self, mut stored: Stored, asked: Shape) -> Outcome<Stored> {
        let shape = asked.or(self.answers.of(Surface::Documents));
        if shape.is_plain() {
            return Ok(stored);
        }
        let work = |tell: oneshot::Sender<_>| -> Work {
            Box::new(|host, caller| {
                Box::pin(async move {
                    let shaped = host.shape_document(&mut stored, &shape, &caller).await;
                    drop(tell.send(shaped.map(|()| stored)));
                })
            })
        };
        self.ask(work).await
    }

    /// Shows what a search found as it is asked for, or else as the config
    /// wants it.
    pub async fn hits(&self, mut hits: Hits, asked: Shape) -> Outcome<Hits> {
        let shape = asked.or(self.answers.of(Surface::Search));
        if shape.is_plain() {
            return Ok(hits);
        }
        let work = |tell: oneshot::Sender<_>| -> Work {
            Box::new(|host, caller| {
                Box::pin(async move {
                    let shaped = host.shape_hits(&mut hits, &shape, &caller).await;
                    drop(tell.send(shaped.map(|()| hits)));
                })
            })
        };
        self.ask(work).await
    }

    async fn ask<T>(&self, work: impl FnOnce(oneshot::Sender<Outcome<T>>) -> Work) -> Outcome<T> {
        let nobody = || CallError::Refused(Refusal::NotReady { why: "the run is over".to_owned() });
        let (tell, told) = oneshot::channel();
        self.desk.send(work(tell)).await.map_err(|_| nobody())?;
        told.await.map_err(|_| nobody())?
    }
}

impl Desk {
    /// Waits for a run, and does meanwhile what it asks for.
    pub(crate) async fn attend<T>(
        mut self,
        host: &Host,
        caller: &Caller,
        run: impl Future<Output = T>,
    ) -> T {
        let mut run = std::pin::pin!(run);
        let mut doing: Option<Doing<'_>> = None;
        loop {
            let is_free = doing.is_none();
            let done = async {
                match &mut doing {
                    Some(doing) => doing.await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                ended = &mut run => return ended,
                () = done => doing = None,
                Some(work) = self.0.recv(), if is_free => {
                    doing = Some(work(host, caller.clone()));
                }
            }
        }
    }
}
