//! A JSON Feed of several hundred entries in pages, served on loopback for as
//! long as the demo runs.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

/// Entries on one page.
const PAGE: usize = 50;

/// A client that says nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(10);

const WORDS: [&str; 24] = [
    "lock", "barge", "towpath", "keeper", "gate", "sluice", "winding", "aqueduct", "mooring",
    "bridge", "basin", "tunnel", "cargo", "coal", "horse", "rope", "lantern", "weir", "reed",
    "flood", "bank", "ferry", "toll", "granary",
];

/// The entry that is written anew by `edit`.
pub(super) const EDITED: usize = 137;

/// A word that only the edited entry has.
pub(super) const RARE: &str = "kingfisher";

/// A feed that is being served. Dropping it ends that.
pub(super) struct Feed {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
}

struct Shared {
    entries: usize,
    is_edited: AtomicBool,
    is_over: AtomicBool,
    requests: AtomicUsize,
}

impl Feed {
    /// Serves a feed on a port of the machine's own choice.
    pub(super) fn serve(entries: usize) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            entries,
            is_edited: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            requests: AtomicUsize::new(0),
        });
        let serving = shared.clone();
        let server = thread::spawn(move || {
            for client in listener.incoming() {
                if serving.is_over.load(Ordering::SeqCst) {
                    return;
                }
                // A client that hangs up is none of the feed's business.
                drop(client.and_then(|client| serving.answer(client, address)));
            }
        });
        Ok(Self { address, shared, server: Some(server) })
    }

    /// Returns scheme, host and port, as a grant names them.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns where the first page is.
    pub(super) fn url(&self) -> String {
        format!("{}/feed.json?page=1", self.origin())
    }

    /// Writes one entry anew, as an author would.
    pub(super) fn edit(&self) {
        self.shared.is_edited.store(true, Ordering::SeqCst);
    }

    /// Returns how many pages were fetched so far.
    pub(super) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The server waits for a client; this is the last one.
        drop(TcpStream::connect(self.address));
        if let Some(server) = self.server.take() {
            drop(server.join());
        }
    }
}

impl Shared {
    /// Answers one request and closes.
    fn answer(&self, mut client: TcpStream, address: SocketAddr) -> io::Result<()> {
        client.set_read_timeout(Some(PATIENCE))?;
        client.set_write_timeout(Some(PATIENCE))?;
        let mut lines = BufReader::new(client.try_clone()?).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        for line in lines {
            if line?.is_empty() {
                break;
            }
        }
        self.requests.fetch_add(1, Ordering::SeqCst);
        let page = request
            .strip_prefix("GET /feed.json?page=")
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|page| page.parse::<usize>().ok())
            .and_then(|page| self.page(page, address));
        let (status, body) = match page {
            Some(page) => ("200 OK", page.to_string()),
            None => ("404 Not Found", json!({"error": "there is no such page"}).to_string()),
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/feed+json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        client.write_all(head.as_bytes())?;
        client.write_all(body.as_bytes())?;
        client.flush()
    }

    fn page(&self, page: usize, address: SocketAddr) -> Option<Value> {
        let first = page.checked_sub(1)? * PAGE + 1;
        if first > self.entries {
            return None;
        }
        let last = (first + PAGE - 1).min(self.entries);
        let items: Vec<Value> = (first..=last).map(|number| self.entry(number)).collect();
        let mut feed = json!({
            "version": "https://jsonfeed.org/version/1.1",
            "title": "The canal almanac",
            "items": items,
        });
        if last < self.entries {
            feed["next_url"] = format!("http://{address}/feed.json?page={}", page + 1).into();
        }
        Some(feed)
    }

    /// Writes an entry. The same number always gives the same one, until it is
    /// edited.
    fn entry(&self, number: usize) -> Value {
        let is_edited = number == EDITED && self.is_edited.load(Ordering::SeqCst);
        let (day, hour) = (number % 28 + 1, number % 24);
        let mut text = format!("Entry {number} of the almanac.");
        for at in 0..40 {
            // A walk through the words that differs from entry to entry.
            let word = WORDS[(number * 7 + at * (number % 5 + 3)) % WORDS.len()];
            let _ = write!(text, " {word}");
        }
        if is_edited {
            let _ = write!(text, ". A {RARE} was seen.");
        }
        let year = if is_edited { 2026 } else { 2025 };
        json!({
            "id": format!("almanac-{number}"),
            "title": format!("Lock {number}: {}", WORDS[number % WORDS.len()]),
            "content_text": text,
            "url": format!("https://almanac.example/{number}"),
            "date_published": format!("2024-03-{day:02}T{hour:02}:00:00Z"),
            "date_modified": format!("{year}-04-{day:02}T{hour:02}:00:00Z"),
            "authors": [{"name": "The keeper"}],
            "tags": [WORDS[number % 5]],
        })
    }
}
