//! The files connector: gives the files below a folder that the operator
//! names, as text or as bytes that an extractor reads. Bodies are deferred, so
//! that a file which did not change is never read.

use ctx_sdk::files::{self, Entry, Kind, Step, Walk, WalkOptions};
use ctx_sdk::{
    Change, Connector, Content, Document, Error, ErrorKind, OpenError, Page, Result, Scan, Schema,
    SourceInfo, Withheld, media_type,
};
use serde::Deserialize;

/// The name under which the manifest requests the operator's folder.
const FOLDER: &str = "root";

const MIB: u64 = 1024 * 1024;

/// What Context Harness reads of a file at most.
const DEFAULT_MAX: u64 = 50_000_000;

/// More than this is never read, whatever the settings say: it would not fit
/// the page that the manifest asks for.
const READABLE: u64 = 60 * MIB;

struct Files;

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default = "yes")]
    ignore_files: bool,
    #[serde(default)]
    follow_links: bool,
    #[serde(default = "max_bytes")]
    max_bytes: u64,
}

fn yes() -> bool {
    true
}

fn max_bytes() -> u64 {
    DEFAULT_MAX
}

impl Connector for Files {
    type Settings = Settings;
    type Scan = FolderScan;

    fn describe() -> SourceInfo {
        let globs = || Schema::array(Schema::string());
        SourceInfo::new("Text files below a folder")
            .complete()
            .settings(
                Schema::object()
                    .closed()
                    .required("root", Schema::string().describe("The folder to read"))
                    .optional("include", globs().describe("Globs of files to give; empty means all"))
                    .optional("exclude", globs().describe("Globs of files to leave out, stronger than `include`"))
                    .optional(
                        "ignore_files",
                        Schema::boolean()
                            .describe("Whether `.gitignore` and `.ignore` are obeyed and hidden files left out")
                            .default(true),
                    )
                    .optional(
                        "follow_links",
                        Schema::boolean()
                            .describe("Whether links that stay inside the folder are followed")
                            .default(false),
                    )
                    .optional(
                        "max_bytes",
                        Schema::integer().describe("Larger files are skipped").between(1, 1024 * MIB).default(DEFAULT_MAX),
                    ),
            )
    }

    fn open(settings: Settings, since: Option<String>) -> Result<FolderScan, OpenError> {
        let options = WalkOptions {
            globs: settings.include,
            except: settings.exclude,
            ignore_files: settings.ignore_files,
            follow_links: settings.follow_links,
        };
        let walk = files::walk(FOLDER, &options, since.as_deref())?;
        Ok(FolderScan {
            walk,
            max_bytes: settings.max_bytes.min(READABLE),
            withheld: Withheld::default(),
        })
    }
}

struct FolderScan {
    walk: Walk,
    max_bytes: u64,
    withheld: Withheld,
}

impl Scan for FolderScan {
    fn next(&mut self, limit: usize) -> Result<Option<Page>> {
        let steps = self.walk.next(limit)?;
        let Some(last) = steps.last() else { return Ok(None) };
        // Paths come in order, so the last one is a place to go on from.
        let checkpoint = match last {
            Step::Found(entry) => entry.path.clone(),
            Step::Unreadable((path, _)) => path.clone(),
        };
        self.withheld.turn();
        let steps = steps.into_iter();
        let changes = steps.filter_map(|step| change(step, self.max_bytes, &mut self.withheld));
        let changes = changes.collect();
        Ok(Some(Page::new(changes).checkpoint(checkpoint)))
    }

    fn read(&mut self, id: &str) -> Result<Content> {
        self.withheld.check(id)?;
        files::read(FOLDER, id, self.max_bytes).map(Content::Bytes).map_err(|error| {
            match error.kind() {
                // It grew since the walk saw it.
                ErrorKind::InvalidInput => Error::unavailable(error.message()),
                _ => error,
            }
        })
    }
}

/// Says what a step of the walk means to the host. Directories, devices and
/// links that are not followed mean nothing.
fn change(step: Step, max_bytes: u64, withheld: &mut Withheld) -> Option<Change> {
    match step {
        // It may be a folder, and stand for all below it.
        Step::Unreadable((path, why)) => Some(Change::skip(path, why)),
        Step::Found(entry) if !matches!(entry.kind, Kind::File) => None,
        Step::Found(entry) if entry.size > max_bytes => {
            let reason = format!("{} bytes, more than the limit of {max_bytes}", entry.size);
            Some(withheld.withhold(&entry.path, reason))
        }
        Step::Found(entry) => Some(match media_type(&entry.path) {
            Ok(media_type) => document(entry, media_type).into(),
            Err(binary) => withheld.withhold(&entry.path, format!("{binary} is not text")),
        }),
    }
}

fn document(entry: Entry, media_type: &str) -> Document {
    let name = entry.path.rsplit('/').next().unwrap_or_default().to_owned();
    Document {
        version: format!("{}.{:09}-{}", entry.modified, entry.modified_nanoseconds, entry.size),
        title: Some(name),
        // The host knows where the folder is, and completes it.
        uri: Some(format!("file:{}", encode(&entry.path))),
        modified: Some(entry.modified),
        // Written out, because there may be a hundred thousand of them.
        metadata: format!("{{\"size\":{}}}", entry.size),
        ..Document::new(entry.path, media_type, Content::Deferred)
    }
}

/// Encodes a path for a URI; slashes stay.
fn encode(path: &str) -> String {
    path.split('/').map(ctx_sdk::http::encode).collect::<Vec<_>>().join("/")
}

ctx_sdk::export!(connector: Files);

#[cfg(test)]
mod tests;
