//! Threads that serve connections, one for each core, each with an executor of
//! its own. A connection stays on its thread: handing work from one to another
//! would wake a core for each request, and that costs more than a small call.
//!
//! Guests give way after a millisecond of work, so connections on one thread
//! are served in turn, whatever runs there.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::TaskTracker;

/// Threads of the machine's own executor that wait for disks, for each lane.
const BLOCKING: usize = 128;

/// The threads.
pub(crate) struct Lanes {
    lanes: Vec<Lane>,
}

struct Lane {
    connections: mpsc::UnboundedSender<TcpStream>,
    open: Arc<AtomicUsize>,
    over: oneshot::Receiver<()>,
    /// Dropped when the thread may go: work of another thread's connections
    /// may run on it.
    needed: oneshot::Sender<()>,
}

impl Lanes {
    /// Starts a thread for each core, which serves its connections with
    /// `serve`.
    pub(crate) fn start<S, F>(serve: S) -> io::Result<Self>
    where
        S: Fn(tokio::net::TcpStream) -> F + Clone + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let lanes = (0..cores).map(|at| Lane::start(at, serve.clone()));
        Ok(Self { lanes: lanes.collect::<io::Result<_>>()? })
    }

    /// Gives a connection to the thread that has the fewest.
    pub(crate) fn take(&self, connection: TcpStream) {
        let idlest = self.lanes.iter().min_by_key(|lane| lane.open.load(Ordering::Relaxed));
        if let Some(lane) = idlest {
            lane.open.fetch_add(1, Ordering::Relaxed);
            // A thread that is gone has closed its connections.
            drop(lane.connections.send(connection));
        }
    }

    /// Returns how many connections there are.
    pub(crate) fn open(&self) -> usize {
        self.lanes.iter().map(|lane| lane.open.load(Ordering::Relaxed)).sum()
    }

    /// Takes no more connections and waits until all are closed.
    pub(crate) async fn end(self) {
        let mut needed = Vec::new();
        for Lane { connections, over, needed: still, .. } in self.lanes {
            drop(connections);
            needed.push(still);
            // An error says that the thread is gone, which is what is waited for.
            drop(over.await);
        }
    }
}

impl Lane {
    fn start<S, F>(at: usize, serve: S) -> io::Result<Self>
    where
        S: Fn(tokio::net::TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (connections, mut given) = mpsc::unbounded_channel::<TcpStream>();
        let open = Arc::new(AtomicUsize::new(0));
        let (told, over) = oneshot::channel();
        let (needed, released) = oneshot::channel();
        let runtime =
            Builder::new_current_thread().enable_all().max_blocking_threads(BLOCKING).build()?;
        let served = open.clone();
        thread::Builder::new().name(format!("ctx-serve-{at}")).spawn(move || {
            runtime.block_on(async {
                let tasks = TaskTracker::new();
                while let Some(connection) = given.recv().await {
                    let place = Place(served.clone());
                    match tokio::net::TcpStream::from_std(connection) {
                        Ok(connection) => {
                            let serving = serve(connection);
                            tasks.spawn(async move {
                                serving.await;
                                drop(place);
                            });
                        }
                        Err(error) => tracing::warn!(%error, "a connection could not be served"),
                    }
                }
                tasks.close();
                tasks.wait().await;
                let _heard = told.send(());
                // Sessions that began here may serve connections elsewhere.
                drop(released.await);
            });
            // Whatever still waits for a disk must not hold up the end.
            runtime.shutdown_background();
        })?;
        Ok(Self { connections, open, over, needed })
    }
}

/// Counts a connection until it is gone, however that comes about.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
