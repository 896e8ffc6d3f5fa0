//! The RSS connector: entries of an RSS or Atom feed, along its further pages
//! if it has some. A feed that has not changed answers so, and costs nothing;
//! it is a window, so what it no longer shows is not taken to be gone.

mod entry;
mod feed;

use std::collections::{BTreeSet, VecDeque};

use ctx_sdk::{Change, Connector, Error, OpenError, Page, Result, Scan, Schema, SourceInfo, http};
use serde::{Deserialize, Serialize};
use services::settings;

/// Pages of one feed that are followed.
const PAGES: usize = 100;

struct Rss;

#[derive(Deserialize)]
struct Settings {
    feed_url: String,
    #[serde(default, deserialize_with = "settings::number")]
    max_items: Option<u64>,
}

/// How the service knows again what it last gave.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Checkpoint {
    etag: Option<String>,
    last_modified: Option<String>,
}

impl Connector for Rss {
    type Settings = Settings;
    type Scan = Entries;

    fn describe() -> SourceInfo {
        let number = serde_json::json!({ "type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+$" });
        SourceInfo::new("Entries of an RSS or Atom feed").incremental().settings(
            Schema::object()
                .closed()
                .required("feed_url", Schema::string().describe("Where the feed is"))
                .optional(
                    "max_items",
                    Schema::from(number).describe("At most so many entries, the first ones"),
                ),
        )
    }

    fn open(settings: Settings, since: Option<String>) -> Result<Entries, OpenError> {
        if !settings.feed_url.starts_with("https://") && !settings.feed_url.starts_with("http://") {
            return Err(Error::invalid_input(format!(
                "the setting `feed_url` is `{}`, and must begin with `https://`",
                settings.feed_url
            ))
            .into());
        }
        let before = match &since {
            None => Checkpoint::default(),
            Some(text) => serde_json::from_str(text).map_err(|_| OpenError::CheckpointExpired)?,
        };
        Ok(Entries {
            next: Some(settings.feed_url),
            left: settings.max_items.unwrap_or(u64::MAX),
            seen: BTreeSet::new(),
            waiting: VecDeque::new(),
            before,
            now: None,
        })
    }
}

struct Entries {
    /// The page to fetch next.
    next: Option<String>,
    /// How many entries may still be given.
    left: u64,
    /// Pages that were fetched, so that a feed which links in a circle ends.
    seen: BTreeSet<String>,
    waiting: VecDeque<Change>,
    before: Checkpoint,
    /// What the first page said of itself.
    now: Option<Checkpoint>,
}

impl Scan for Entries {
    fn next(&mut self, limit: usize) -> Result<Option<Page>> {
        while self.waiting.is_empty() {
            let Some(url) = self.next.take() else { return Ok(None) };
            self.fetch(&url)?;
        }
        let changes = self.waiting.drain(..limit.min(self.waiting.len())).collect();
        let page = Page::new(changes);
        // Only at its end is all of it known.
        match &self.now {
            Some(now) if self.waiting.is_empty() && self.next.is_none() => {
                Ok(Some(page.checkpoint(serde_json::to_string(now)?)))
            }
            _ => Ok(Some(page)),
        }
    }
}

impl Entries {
    fn fetch(&mut self, url: &str) -> Result<()> {
        let is_first = self.seen.is_empty();
        let before = if is_first { self.before.clone() } else { Checkpoint::default() };
        let asked = services::fetch(url, |url| {
            let mut request = http::get(url).header(
                "accept",
                "application/rss+xml, application/atom+xml, application/xml, text/xml",
            );
            if let Some(etag) = &before.etag {
                request = request.header("if-none-match", etag);
            }
            if let Some(time) = &before.last_modified {
                request = request.header("if-modified-since", time);
            }
            request
        })?;
        if asked.answer.status == 304 {
            return Ok(());
        }
        if !asked.answer.is_ok() {
            return Err(services::refused(&asked, "feed_url"));
        }
        if is_first {
            let header = |name| asked.answer.header(name).map(str::to_owned);
            self.now =
                Some(Checkpoint { etag: header("etag"), last_modified: header("last-modified") });
        }
        let xml = String::from_utf8_lossy(&asked.answer.body);
        let feed = feed::read(&xml).map_err(|error| {
            Error::invalid_input(format!(
                "`{}` is no feed: {}; look at the setting `feed_url`",
                asked.url,
                error.message()
            ))
        })?;
        self.seen.insert(url.to_owned());
        for entry in feed.entries {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            self.waiting.push_back(entry.change(&asked.url));
        }
        let next = feed.next.map(|link| http::join(&asked.url, &link)).transpose()?;
        self.next = next
            .filter(|next| self.left > 0 && self.seen.len() < PAGES && !self.seen.contains(next));
        Ok(())
    }
}

ctx_sdk::export!(connector: Rss);
