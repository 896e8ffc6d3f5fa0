//! The Hacker News connector: the stories of a list, such as the top ones, and
//! later what came to it and what changed of it. Deleted and dead stories are
//! told by the service, and removed.

mod item;

use std::collections::{BTreeSet, VecDeque};

use ctx_sdk::{Change, Connector, Error, OpenError, Page, Result, Scan, Schema, SourceInfo, http};
use serde::{Deserialize, Serialize};
use services::settings;

use item::Item;

const SERVICE: &str = "https://hacker-news.firebaseio.com/v0";

/// Each story costs a request, so that a page is a few.
const PAGE: usize = 20;

/// What the service lists at most.
const LISTED: u64 = 500;

/// Comments of one story that are read.
const COMMENTS: usize = 20;

/// Stories that a checkpoint remembers, to notice what becomes of them.
const REMEMBERED: usize = 2000;

const LISTS: [&str; 6] = ["top", "new", "best", "ask", "show", "job"];

struct HackerNews;

#[derive(Deserialize)]
struct Settings {
    #[serde(default = "top")]
    feed: String,
    #[serde(default, deserialize_with = "settings::number")]
    max_items: Option<u64>,
    #[serde(default, deserialize_with = "settings::truth")]
    fetch_comments: bool,
}

fn top() -> String {
    "top".to_owned()
}

/// Where a walk ended: the stories that were given so far.
#[derive(Default, Serialize, Deserialize)]
struct Checkpoint {
    given: BTreeSet<u64>,
}

impl Connector for HackerNews {
    type Settings = Settings;
    type Scan = Stories;

    fn describe() -> SourceInfo {
        SourceInfo::new("Stories of Hacker News").incremental().settings(
            Schema::object()
                .closed()
                .optional(
                    "feed",
                    Schema::string()
                        .describe(
                            "The list: top, new, best, ask, show or job; `topstories` means top",
                        )
                        .default("top"),
                )
                .optional(
                    "max_items",
                    number().describe("At most so many stories of the list").default(100),
                )
                .optional(
                    "fetch_comments",
                    truth()
                        .describe("Whether the first comments of a story are a part of it")
                        .default(false),
                ),
        )
    }

    fn open(settings: Settings, since: Option<String>) -> Result<Stories, OpenError> {
        let list = settings.feed.trim().to_ascii_lowercase();
        let list = list.strip_suffix("stories").unwrap_or(&list).to_owned();
        if !LISTS.contains(&list.as_str()) {
            return Err(Error::invalid_input(format!(
                "the setting `feed` is `{}`, and must be one of {}",
                settings.feed,
                LISTS.join(", ")
            ))
            .into());
        }
        let before = match &since {
            None => None,
            Some(text) => {
                Some(serde_json::from_str(text).map_err(|_| OpenError::CheckpointExpired)?)
            }
        };
        Ok(Stories {
            list,
            most: settings.max_items.unwrap_or(100).min(LISTED),
            comments: settings.fetch_comments,
            is_known: before.is_some(),
            given: before.unwrap_or_default(),
            left: None,
        })
    }
}

/// A schema of a number, which may be written as a string.
fn number() -> Schema {
    Schema::from(
        serde_json::json!({ "type": ["integer", "string"], "minimum": 1, "pattern": "^[0-9]+$" }),
    )
}

fn truth() -> Schema {
    Schema::from(serde_json::json!({ "type": ["boolean", "string"] }))
}

struct Stories {
    list: String,
    most: u64,
    comments: bool,
    /// Whether an earlier walk has given what is remembered.
    is_known: bool,
    given: Checkpoint,
    /// Stories to read; nothing before the list was.
    left: Option<VecDeque<u64>>,
}

#[derive(Deserialize)]
struct Updates {
    #[serde(default)]
    items: Vec<u64>,
}

impl Scan for Stories {
    fn next(&mut self, limit: usize) -> Result<Option<Page>> {
        if self.left.is_none() {
            self.left = Some(self.wanted()?);
        }
        let Some(left) = &mut self.left else { return Ok(None) };
        if left.is_empty() {
            return Ok(None);
        }
        let now: Vec<u64> = left.drain(..limit.min(PAGE).min(left.len())).collect();
        let mut changes = Vec::new();
        for id in now {
            changes.extend(self.change(id)?);
        }
        while self.given.given.len() > REMEMBERED {
            self.given.given.pop_first();
        }
        Ok(Some(Page::new(changes).checkpoint(serde_json::to_string(&self.given)?)))
    }
}

impl Stories {
    /// Says which stories are to be read: at first those of the list, later
    /// those that came to it, and those given before that changed.
    fn wanted(&self) -> Result<VecDeque<u64>> {
        let listed: Vec<u64> =
            get(&format!("{SERVICE}/{}stories.json", self.list))?.unwrap_or_default();
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let listed = listed.into_iter().take(most);
        if !self.is_known {
            return Ok(listed.collect());
        }
        let given = &self.given.given;
        let updates: Option<Updates> = get(&format!("{SERVICE}/updates.json"))?;
        let changed = updates.map(|updates| updates.items).unwrap_or_default();
        let changed = changed.into_iter().filter(|id| given.contains(id));
        Ok(listed.filter(|id| !given.contains(id)).chain(changed).collect())
    }

    fn change(&mut self, id: u64) -> Result<Option<Change>> {
        let item: Option<Item> = get(&format!("{SERVICE}/item/{id}.json"))?;
        let Some(item) = item.filter(Item::is_there) else {
            // One that was never given need not be taken away.
            return Ok(self.given.given.remove(&id).then(|| Change::Remove(id.to_string())));
        };
        let mut comments = Vec::new();
        if self.comments {
            for id in item.kids.iter().take(COMMENTS) {
                let comment: Option<Item> = get(&format!("{SERVICE}/item/{id}.json"))?;
                comments.extend(comment.filter(Item::is_there));
            }
        }
        self.given.given.insert(id);
        Ok(Some(item.document(id, &comments).into()))
    }
}

/// Asks the service. What is not there is `null`, and no error.
fn get<T: serde::de::DeserializeOwned>(url: &str) -> Result<Option<T>> {
    let asked = services::fetch(url, |url| http::get(url))?;
    if !asked.answer.is_ok() {
        return Err(services::refused(&asked, "feed"));
    }
    asked.answer.json()
}

ctx_sdk::export!(connector: HackerNews);
