//! The sessions that there are: whose they are, who uses them, since when
//! nobody does, and which of them end for that. rmcp keeps the sessions themselves, without a
//! bound, and takes an open stream on which nothing is said for no use.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use rmcp::transport::streamable_http_server::session::SessionId;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use tokio_util::sync::CancellationToken;

use super::owner::Owner;

/// Sessions at once. One that is idle holds some 200 kB of memory; more people
/// than this do not work on one workspace.
pub(crate) const MOST: usize = 256;

/// The sessions and their use.
pub(crate) struct Sessions {
    kept: Arc<LocalSessionManager>,
    idle: Duration,
    table: Mutex<HashMap<SessionId, Entry>>,
}

struct Entry {
    /// Absent as long as nobody was told its name.
    owner: Option<Owner>,
    used: Instant,
    /// Requests that are not answered to their end, and streams.
    open: usize,
}

/// Keeps a session from ending while it is there.
pub(crate) struct Use {
    sessions: Arc<Sessions>,
    id: SessionId,
}

impl Sessions {
    pub(crate) fn new(kept: Arc<LocalSessionManager>, idle: Duration) -> Arc<Self> {
        Arc::new(Self { kept, idle, table: Mutex::default() })
    }

    /// Begins to use a session, if the owner has one that has not been idle for
    /// too long.
    pub(crate) async fn using(
        self: &Arc<Self>,
        id: &SessionId,
        owner: &Owner,
        now: Instant,
    ) -> Option<Use> {
        if !self.kept.sessions.read().await.contains_key(id) {
            self.table().remove(id);
            return None;
        }
        let begun = {
            let mut table = self.table();
            let entry = table.get_mut(id).filter(|entry| entry.owner.as_ref() == Some(owner))?;
            let is_there = !entry.is_over(now, self.idle);
            if is_there {
                entry.open += 1;
            } else {
                table.remove(id);
            }
            is_there
        };
        if begun {
            return Some(Use { sessions: self.clone(), id: id.clone() });
        }
        self.end(id).await;
        None
    }

    /// Takes a new session in, in place of the one that has been idle longest
    /// if they are too many. Returns false, and ends it, if all are in use.
    pub(crate) async fn begun(&self, id: &SessionId, owner: Owner, now: Instant) -> bool {
        self.reconcile(now).await;
        let ended = {
            let mut table = self.table();
            table.insert(id.clone(), Entry { owner: Some(owner), used: now, open: 0 });
            let idlest = table.iter().filter(|(other, entry)| entry.open == 0 && *other != id);
            let idlest = idlest.min_by_key(|(_, entry)| entry.used).map(|(id, _)| id.clone());
            let ended = (table.len() > MOST).then(|| idlest.unwrap_or_else(|| id.clone()));
            if let Some(ended) = &ended {
                table.remove(ended);
            }
            ended
        };
        if let Some(ended) = &ended {
            self.end(ended).await;
        }
        ended.as_ref() != Some(id)
    }

    /// Ends sessions that nobody has used for too long.
    pub(crate) async fn sweep(&self, now: Instant) {
        self.reconcile(now).await;
        let over: Vec<SessionId> = {
            let mut table = self.table();
            table.extract_if(|_, entry| entry.is_over(now, self.idle)).map(|(id, _)| id).collect()
        };
        for id in &over {
            self.end(id).await;
        }
    }

    /// Forgets sessions that ended by themselves, and takes in those whose
    /// client hung up before it was answered.
    async fn reconcile(&self, now: Instant) {
        let kept = self.kept.sessions.read().await;
        let mut table = self.table();
        table.retain(|id, _| kept.contains_key(id));
        for id in kept.keys() {
            table.entry(id.clone()).or_insert(Entry { owner: None, used: now, open: 0 });
        }
    }

    /// Takes a session out at once; what it has under way need not be waited
    /// for.
    async fn end(&self, id: &SessionId) {
        let ended = self.kept.sessions.write().await.remove(id);
        if let Some(session) = ended {
            tokio::spawn(async move { drop(session.close().await) });
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<SessionId, Entry>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_over(&self, now: Instant, idle: Duration) -> bool {
        self.open == 0 && now.saturating_duration_since(self.used) >= idle
    }
}

/// Ends idle sessions, until the server stops or is gone.
pub(crate) async fn watch(sessions: Weak<Sessions>, idle: Duration, shutdown: CancellationToken) {
    // A session may be idle for a quarter longer than it should.
    let tick = (idle / 4).max(Duration::from_millis(1));
    let watching = async {
        loop {
            tokio::time::sleep(tick).await;
            let Some(sessions) = sessions.upgrade() else { break };
            sessions.sweep(Instant::now()).await;
        }
    };
    tokio::select! {
        () = watching => {}
        () = shutdown.cancelled() => {}
    }
}

impl Use {
    /// Lasts as long as an answer does that is not there yet.
    pub(crate) fn until_read(self, body: Body) -> Body {
        if http_body::Body::size_hint(&body).exact().is_some() {
            return body;
        }
        Body::new(Used { body, _use: self })
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        if let Some(entry) = self.sessions.table().get_mut(&self.id) {
            entry.open = entry.open.saturating_sub(1);
            entry.used = Instant::now();
        }
    }
}

/// A body that keeps a session in use.
struct Used {
    body: Body,
    _use: Use,
}

impl http_body::Body for Used {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use rmcp::transport::streamable_http_server::session::SessionManager as _;

    use super::*;

    const IDLE: Duration = Duration::from_mins(5);

    fn sessions() -> Arc<Sessions> {
        Sessions::new(Arc::default(), IDLE)
    }

    /// Opens a session that nobody speaks to.
    async fn open(sessions: &Sessions, now: Instant) -> (SessionId, bool) {
        let (id, _transport) = sessions.kept.create_session().await.unwrap();
        let is_in = sessions.begun(&id, Owner::default(), now).await;
        (id, is_in)
    }

    async fn has(sessions: &Sessions, id: &SessionId) -> bool {
        sessions.kept.has_session(id).await.unwrap()
    }

    #[tokio::test]
    async fn the_session_that_was_idle_longest_makes_room() {
        let (sessions, begin) = (sessions(), Instant::now());
        let mut ids = Vec::new();
        for at in 0..MOST {
            let at = u64::try_from(at).unwrap();
            ids.push(open(&sessions, begin + Duration::from_millis(at)).await.0);
        }
        // The first is in use, and so the second goes.
        let _use = sessions.using(&ids[0], &Owner::default(), begin).await.unwrap();
        let (new, is_in) = open(&sessions, begin + Duration::from_secs(1)).await;
        assert!(is_in && has(&sessions, &new).await);
        assert!(has(&sessions, &ids[0]).await && !has(&sessions, &ids[1]).await);
        assert_eq!(sessions.kept.sessions.read().await.len(), MOST);
        assert_eq!(sessions.table().len(), MOST);
    }

    #[tokio::test]
    async fn none_begins_while_all_are_in_use() {
        let (sessions, now) = (sessions(), Instant::now());
        let mut uses = Vec::new();
        for _ in 0..MOST {
            let (id, _) = open(&sessions, now).await;
            uses.push(sessions.using(&id, &Owner::default(), now).await.unwrap());
        }
        let (refused, is_in) = open(&sessions, now).await;
        assert!(!is_in && !has(&sessions, &refused).await);
        uses.pop();
        assert!(open(&sessions, now).await.1);
    }

    #[tokio::test]
    async fn a_session_ends_once_nobody_uses_it_for_long() {
        let (sessions, begin) = (sessions(), Instant::now());
        let (used, _) = open(&sessions, begin).await;
        let (idle, _) = open(&sessions, begin).await;
        let (asked, _) = open(&sessions, begin).await;
        let stream = sessions.using(&used, &Owner::default(), begin).await.unwrap();
        let late = begin + 2 * IDLE;
        assert!(sessions.using(&asked, &Owner::default(), late).await.is_none());
        assert!(!has(&sessions, &asked).await);
        sessions.sweep(begin + IDLE / 2).await;
        assert!(has(&sessions, &idle).await);
        sessions.sweep(late).await;
        assert!(has(&sessions, &used).await && !has(&sessions, &idle).await);
        // The time begins when the stream ends.
        drop(stream);
        sessions.sweep(Instant::now()).await;
        assert!(has(&sessions, &used).await);
        sessions.sweep(Instant::now() + IDLE).await;
        assert!(!has(&sessions, &used).await);
        assert!(sessions.table().is_empty());
    }

    #[tokio::test]
    async fn a_session_that_was_never_answered_ends_too() {
        let (sessions, now) = (sessions(), Instant::now());
        let (id, _transport) = sessions.kept.create_session().await.unwrap();
        sessions.sweep(now).await;
        assert!(has(&sessions, &id).await);
        sessions.sweep(now + IDLE).await;
        assert!(!has(&sessions, &id).await);
    }

    #[tokio::test]
    async fn a_session_is_there_for_whoever_began_it() {
        let (sessions, now) = (sessions(), Instant::now());
        let (ada, bob) = (Owner::named("token:ada"), Owner::named("token:bob"));
        let (id, _transport) = sessions.kept.create_session().await.unwrap();
        // Nobody was told of it yet.
        sessions.sweep(now).await;
        assert!(sessions.using(&id, &ada, now).await.is_none());
        assert!(sessions.begun(&id, ada.clone(), now).await);
        for other in [&bob, &Owner::default()] {
            assert!(sessions.using(&id, other, now).await.is_none());
        }
        assert!(sessions.using(&id, &ada, now).await.is_some());
        // Others do not end it, however late they come.
        assert!(sessions.using(&id, &bob, now + 2 * IDLE).await.is_none());
        assert!(has(&sessions, &id).await);
    }

    #[tokio::test]
    async fn ids_that_are_made_up_are_not_remembered() {
        let sessions = sessions();
        assert!(sessions.using(&"gone".into(), &Owner::default(), Instant::now()).await.is_none());
        assert!(sessions.table().is_empty());
    }

    #[tokio::test]
    async fn the_watch_ends_with_the_server() {
        let sessions = sessions();
        let shutdown = CancellationToken::new();
        shutdown.cancel();
        watch(Arc::downgrade(&sessions), IDLE, shutdown).await;
        let weak = Arc::downgrade(&sessions);
        drop(sessions);
        watch(weak, Duration::ZERO, CancellationToken::new()).await;
    }
}
