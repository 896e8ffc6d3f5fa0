//! The feed connector: reads a JSON Feed (version 1.1) over HTTP, page by
//! page along `next_url`. A feed is a window, so what it no longer shows is
//! not taken to be gone.

mod item;

use std::collections::{BTreeSet, VecDeque};

use ctx_sdk::{Change, Connector, Error, OpenError, Page, Result, Scan, Schema, SourceInfo, http};
use serde::Deserialize;

use item::Item;

struct Feed;

#[derive(Deserialize)]
struct Settings {
    url: String,
}

impl Connector for Feed {
    type Settings = Settings;
    type Scan = FeedScan;

    fn describe() -> SourceInfo {
        SourceInfo::new("Entries of a JSON Feed").settings(
            Schema::object()
                .closed()
                .required("url", Schema::string().describe("Where the feed's first page is")),
        )
    }

    fn open(settings: Settings, since: Option<String>) -> Result<FeedScan, OpenError> {
        let next = Some(since.unwrap_or(settings.url));
        Ok(FeedScan { next, seen: BTreeSet::new(), waiting: VecDeque::new() })
    }
}

#[derive(Deserialize)]
struct FeedPage {
    #[serde(default)]
    items: Vec<Item>,
    next_url: Option<String>,
}

struct FeedScan {
    /// The page to fetch next.
    next: Option<String>,
    /// Pages that were fetched, so that a feed which links in a circle ends.
    seen: BTreeSet<String>,
    /// Fetched, and not yet given.
    waiting: VecDeque<Change>,
}

impl Scan for FeedScan {
    fn next(&mut self, limit: usize) -> Result<Option<Page>> {
        if self.waiting.is_empty() {
            let Some(url) = self.next.take() else { return Ok(None) };
            self.fetch(url)?;
        }
        let changes = self.waiting.drain(..limit.min(self.waiting.len())).collect();
        let page = Page::new(changes);
        // Only between two pages of the feed is there a place to go on from.
        match &self.next {
            Some(next) if self.waiting.is_empty() => Ok(Some(page.checkpoint(next))),
            _ => Ok(Some(page)),
        }
    }
}

impl FeedScan {
    fn fetch(&mut self, url: String) -> Result<()> {
        let answer = http::get(&url)
            .header("accept", "application/feed+json, application/json")
            .send()?
            .check()?;
        let page: FeedPage = answer.json()?;
        self.waiting.extend(page.items.into_iter().map(item::change));
        self.next = page.next_url.map(|link| http::join(&url, &link)).transpose()?;
        self.seen.insert(url);
        match &self.next {
            Some(next) if self.seen.contains(next) => {
                Err(Error::internal(format!("the feed links in a circle: `{next}` came before")))
            }
            _ => Ok(()),
        }
    }
}

ctx_sdk::export!(connector: Feed);
