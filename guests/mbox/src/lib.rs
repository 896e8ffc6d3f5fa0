//! The mbox connector: each mail of the mbox files below a folder is a
//! document. A file that has not changed since the last walk is not read
//! again; a full walk tells what is gone.

mod mail;

use std::collections::BTreeMap;

use ctx_sdk::files::{self, Entry, Kind, Step, WalkOptions};
use ctx_sdk::{
    Change, Connector, Content, Error, OpenError, Page, Result, Scan, Schema, SourceInfo,
};
use mail_parser::mailbox::mbox::MessageIterator;
use serde::{Deserialize, Serialize};
use std::io::Cursor;

/// The name under which the manifest requests the operator's folder.
const FOLDER: &str = "root";

/// Larger files do not fit into the memory that the manifest asks for.
const READABLE: u64 = 128 << 20;

/// Bytes of mail that one page gives.
const PAGE: usize = 16 << 20;

struct Mbox;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
}

/// Files that were read to their end: size and time of each.
#[derive(Default, Serialize, Deserialize)]
struct Checkpoint {
    files: BTreeMap<String, (u64, i64, u32)>,
}

impl Connector for Mbox {
    type Settings = Settings;
    type Scan = Boxes;

    fn describe() -> SourceInfo {
        let globs = || Schema::array(Schema::string());
        SourceInfo::new("Mail in mbox files").incremental().complete().settings(
            Schema::object()
                .closed()
                .required("root", Schema::string().describe("The folder with the mbox files"))
                .optional(
                    "include",
                    globs().describe(
                        "Globs of files to read; all that end in `.mbox` or `.mbx` if empty",
                    ),
                )
                .optional("exclude", globs().describe("Globs of files to leave out")),
        )
    }

    fn open(settings: Settings, since: Option<String>) -> Result<Boxes, OpenError> {
        let done = match &since {
            None => Checkpoint::default(),
            Some(text) => serde_json::from_str(text).map_err(|_| OpenError::CheckpointExpired)?,
        };
        let globs = if settings.include.is_empty() {
            vec!["**/*.mbox".to_owned(), "**/*.mbx".to_owned()]
        } else {
            settings.include
        };
        let options = WalkOptions {
            globs,
            except: settings.exclude,
            ignore_files: false,
            follow_links: false,
        };
        let mut walk = files::walk(FOLDER, &options, None)?;
        let (mut entries, mut unread) = (Vec::new(), Vec::new());
        loop {
            let steps = walk.next(1000)?;
            if steps.is_empty() {
                break;
            }
            for step in steps {
                match step {
                    Step::Found(entry) if entry.kind == Kind::File => entries.push(entry),
                    Step::Found(_) => {}
                    Step::Unreadable((path, why)) => unread.push(Change::skip(path, why)),
                }
            }
        }
        // What is gone is remembered no more.
        let mut done = done;
        done.files.retain(|path, _| entries.iter().any(|entry| entry.path == *path));
        entries.retain(|entry| done.files.get(&entry.path) != Some(&stamp(entry)));
        entries.reverse();
        Ok(Boxes { entries, open: None, unread, done, has_told: false })
    }
}

fn stamp(entry: &Entry) -> (u64, i64, u32) {
    (entry.size, entry.modified, entry.modified_nanoseconds)
}

struct Boxes {
    /// Files to read, the next one last.
    entries: Vec<Entry>,
    open: Option<Open>,
    unread: Vec<Change>,
    done: Checkpoint,
    has_told: bool,
}

/// A file that is being read.
struct Open {
    entry: Entry,
    mails: MessageIterator<Cursor<Vec<u8>>>,
    /// Mails without an id of their own are counted.
    count: u64,
}

impl Scan for Boxes {
    fn next(&mut self, limit: usize) -> Result<Option<Page>> {
        let mut changes = std::mem::take(&mut self.unread);
        let mut bytes = 0;
        while changes.len() < limit && bytes < PAGE {
            let Some(open) = &mut self.open else {
                let Some(entry) = self.entries.pop() else { break };
                match Open::file(entry) {
                    Ok(open) => self.open = Some(open),
                    Err((path, error)) => changes.push(Change::skip(path, error.message())),
                }
                continue;
            };
            if let Some(change) = open.next() {
                if let Change::Upsert(document) = &change
                    && let Content::Text(text) = &document.content
                {
                    bytes += text.len();
                }
                changes.push(change);
            } else {
                self.done.files.insert(open.entry.path.clone(), stamp(&open.entry));
                self.open = None;
            }
        }
        let is_over = self.open.is_none() && self.entries.is_empty();
        if changes.is_empty() && is_over && self.has_told {
            return Ok(None);
        }
        self.has_told = is_over;
        let page = Page::new(changes);
        // A file that is half read is read again from its start.
        Ok(Some(page.checkpoint(serde_json::to_string(&self.done)?)))
    }
}

impl Open {
    fn file(entry: Entry) -> Result<Self, (String, Error)> {
        match files::read(FOLDER, &entry.path, READABLE) {
            Ok(bytes) => {
                let mails = MessageIterator::new(Cursor::new(bytes));
                Ok(Self { entry, mails, count: 0 })
            }
            Err(error) => Err((entry.path, error)),
        }
    }

    fn next(&mut self) -> Option<Change> {
        // What is read from memory does not fail.
        let found = self.mails.next()?.ok()?;
        self.count += 1;
        let other = format!("{}#{}", self.entry.path, self.count);
        Some(mail::change(found.contents(), found.internal_date(), &other, &self.entry.path))
    }
}

ctx_sdk::export!(connector: Mbox);
