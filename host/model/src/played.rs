//! A world that is played instead of met: HTTP exchanges whole, as they are
//! recorded and given again, time that passes only by sleeping, and who hears
//! of the files that a run is given.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// A request of a guest, with its body and what the host adds to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpRequest {
    pub method: String,
    pub url: String,
    /// Names in lower case. What is no text is left out.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// An answer, with its body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Who answers a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// The play, with this.
    Here(HttpAnswer),
    /// The play, and it knows no answer.
    Nowhere,
    /// The network, and the exchange is listened to.
    Network,
}

/// Stands between guests and the network, once a grant was checked.
pub trait Exchanges: Send + Sync {
    /// Whether any request may go on to the network.
    fn uses_network(&self) -> bool;
    /// Says who answers.
    fn answer(&self, request: &HttpRequest) -> Answered;
    /// Hears what the network said: an answer, or why there is none.
    fn heard(&self, request: &HttpRequest, answer: Result<&HttpAnswer, &str>);
}

/// Something in a folder that was lent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LentFile {
    /// The folder, as the extension knows it.
    pub folder: String,
    /// From the folder, with forward slashes.
    pub path: String,
    pub is_directory: bool,
    pub size: u64,
    /// Seconds since the epoch, and nanoseconds of the second.
    pub modified: (i64, u32),
}

/// Hears which files a run is given.
pub trait FilesHeard: Send + Sync {
    /// It was told that this is there.
    fn listed(&self, file: LentFile);
    /// It was given the bytes of a file.
    fn read(&self, folder: &str, path: &str, bytes: &[u8]);
}

/// Time that stands still until a guest sleeps, and then goes on by as much.
pub struct PlayedTime {
    /// Seconds since the epoch at which a run begins.
    now: AtomicI64,
    /// The seed of everything random.
    seed: u64,
    /// Whether sleeping takes as long as it says: a far end that asks for
    /// patience means it.
    waits: bool,
    /// Nanoseconds.
    slept: AtomicU64,
}

impl PlayedTime {
    /// Begins at a time.
    pub fn new(now: i64, seed: u64, waits: bool) -> Self {
        Self { now: AtomicI64::new(now), seed, waits, slept: AtomicU64::new(0) }
    }

    /// Begins anew, at another time.
    pub fn begin(&self, now: i64) {
        self.now.store(now, Ordering::Relaxed);
        self.slept.store(0, Ordering::Relaxed);
    }

    /// Returns the time since the epoch.
    pub fn now(&self) -> Duration {
        let began = u64::try_from(self.now.load(Ordering::Relaxed)).unwrap_or(0);
        Duration::from_secs(began).saturating_add(self.slept())
    }

    /// Returns how long guests have slept since it began.
    pub fn slept(&self) -> Duration {
        Duration::from_nanos(self.slept.load(Ordering::Relaxed))
    }

    /// Goes on until so much has been slept, if it is not that late yet.
    pub fn reach(&self, slept: Duration) {
        let slept = u64::try_from(slept.as_nanos()).unwrap_or(u64::MAX);
        self.slept.fetch_max(slept, Ordering::Relaxed);
    }

    /// Returns the seed of everything random.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether sleeping takes as long as it says.
    pub fn waits(&self) -> bool {
        self.waits
    }
}

impl fmt::Debug for PlayedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlayedTime").field("now", &self.now()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::PlayedTime;

    #[test]
    fn time_goes_on_by_what_was_slept_and_never_back() {
        let time = PlayedTime::new(100, 7, false);
        time.reach(Duration::from_secs(5));
        time.reach(Duration::from_secs(3));
        assert_eq!((time.now(), time.slept()), (Duration::from_secs(105), Duration::from_secs(5)));
        time.begin(200);
        assert_eq!(time.now(), Duration::from_secs(200));
    }
}
