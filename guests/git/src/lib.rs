//! The git connector: gives the files of a repository that the host mirrors,
//! each with the commit that last changed it and where a forge shows it. A
//! file's version is its blob, so that one which did not change is not read.

mod forge;
mod history;

use ctx_sdk::files::{self, Entry, Kind, Step, Walk, WalkOptions};
use ctx_sdk::{
    Change, Connector, Content, Document, Error, ErrorKind, OpenError, Page, Result, Scan, Schema,
    SourceInfo, Withheld, media_type,
};
use serde::Deserialize;

use forge::Forge;
use history::{Head, History, Told};

/// The name under which the manifest requests the mirror: that of the setting.
const FOLDER: &str = "url";

/// Where the mirror has the files.
const TREE: &str = "tree/";

/// Larger files are never read: they would not fit the page that the manifest
/// asks for.
const READABLE: u64 = 60 << 20;

struct Git;

#[derive(Deserialize)]
struct Settings {
    url: String,
    #[serde(default)]
    root: String,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default = "max_bytes")]
    max_bytes: u64,
}

fn max_bytes() -> u64 {
    50_000_000
}

impl Connector for Git {
    type Settings = Settings;
    type Scan = RepositoryScan;

    fn describe() -> SourceInfo {
        let globs = || Schema::array(Schema::string());
        SourceInfo::new("Files of a git repository").complete().settings(
            Schema::object()
                .closed()
                .required(
                    "url",
                    Schema::string().describe("https://…, http://…, file://… or a path"),
                )
                .optional(
                    "branch",
                    Schema::string()
                        .describe("By default the one that the repository shows first"),
                )
                .optional(
                    "root",
                    Schema::string().describe("The folder to read; by default all").default("."),
                )
                .optional("include", globs().describe("Globs of files to give; empty means all"))
                .optional(
                    "exclude",
                    globs().describe("Globs of files to leave out, stronger than `include`"),
                )
                .optional(
                    "shallow",
                    Schema::boolean()
                        .describe("Whether the newest commit is enough, which is quick and tells of no earlier changes")
                        .default(true),
                )
                .optional(
                    "cache_dir",
                    Schema::string().describe("Where the mirror is kept; by default in the user's cache"),
                )
                .optional(
                    "max_bytes",
                    Schema::integer().describe("Larger files are skipped").default(max_bytes()),
                ),
        )
    }

    fn open(settings: Settings, since: Option<String>) -> Result<RepositoryScan, OpenError> {
        let head: Head = history::head(FOLDER)?;
        let after = match since.as_deref().map(|since| since.split_once(' ')) {
            None => None,
            Some(Some((commit, path))) if commit == head.commit => Some(path.to_owned()),
            // The files are those of another commit now.
            Some(_) => return Err(OpenError::CheckpointExpired),
        };
        let root = root(&settings.root);
        if root != TREE {
            // Nothing below a folder that is not there would look like the end
            // of all documents.
            files::list(FOLDER, root.trim_end_matches('/')).map_err(|error| {
                if error.kind() != ErrorKind::NotFound {
                    return error;
                }
                let (root, branch) = (&settings.root, &head.branch);
                Error::invalid_input(format!(
                    "there is no folder `{root}` on `{branch}`; mend `root`"
                ))
            })?;
        }
        let options = WalkOptions {
            globs: within(&root, &settings.include, true),
            except: within(&root, &settings.exclude, false),
            ignore_files: false,
            follow_links: false,
        };
        let walk = files::walk(FOLDER, &options, after.as_deref())?;
        let forge = Forge::of(&settings.url, &head.branch);
        let max_bytes = settings.max_bytes.min(READABLE);
        Ok(RepositoryScan {
            walk,
            history: History::new(FOLDER),
            forge,
            head,
            root,
            max_bytes,
            withheld: Withheld::default(),
        })
    }
}

/// Returns where in the mirror the files to read are, with a slash at its end.
fn root(written: &str) -> String {
    let parts: Vec<&str> =
        written.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let mut root = TREE.to_owned();
    for part in parts {
        root.push_str(part);
        root.push('/');
    }
    root
}

/// Puts globs below the root. Without any, all below it is given.
fn within(root: &str, globs: &[String], all: bool) -> Vec<String> {
    let escaped: String = root
        .chars()
        .flat_map(|c| {
            let special = "*?[]{}!\\".contains(c).then_some('\\');
            special.into_iter().chain([c])
        })
        .collect();
    let below = |glob: &str| format!("{escaped}{glob}");
    if globs.is_empty() && all {
        return vec![below("**")];
    }
    // `*.md` means at any depth, as it does where nothing stands before it.
    let deep = |glob: &String| {
        let glob = glob.trim_start_matches("./");
        if glob.contains('/') { below(glob) } else { below(&format!("**/{glob}")) }
    };
    globs.iter().map(deep).collect()
}

struct RepositoryScan {
    walk: Walk,
    history: History,
    forge: Forge,
    head: Head,
    root: String,
    max_bytes: u64,
    withheld: Withheld,
}

impl Scan for RepositoryScan {
    fn next(&mut self, limit: usize) -> Result<Option<Page>> {
        let steps = self.walk.next(limit)?;
        let Some(last) = steps.last() else { return Ok(None) };
        let checkpoint = match last {
            Step::Found(entry) => entry.path.clone(),
            Step::Unreadable((path, _)) => path.clone(),
        };
        self.withheld.turn();
        let mut changes = Vec::with_capacity(steps.len());
        for step in steps {
            changes.extend(self.change(step)?);
        }
        let checkpoint = format!("{} {checkpoint}", self.head.commit);
        Ok(Some(Page::new(changes).checkpoint(checkpoint)))
    }

    fn read(&mut self, id: &str) -> Result<Content> {
        self.withheld.check(id)?;
        let path = format!("{}{id}", self.root);
        files::read(FOLDER, &path, self.max_bytes).map(Content::Bytes)
    }
}

impl RepositoryScan {
    fn change(&mut self, step: Step) -> Result<Option<Change>> {
        let entry = match step {
            Step::Unreadable((path, why)) => return Ok(Some(Change::skip(path, why))),
            Step::Found(entry) if !matches!(entry.kind, Kind::File) => return Ok(None),
            Step::Found(entry) => entry,
        };
        let Some(id) = entry.path.strip_prefix(&self.root).map(str::to_owned) else {
            return Ok(None);
        };
        if entry.size > self.max_bytes {
            let reason = format!("{} bytes, more than the limit of {}", entry.size, self.max_bytes);
            return Ok(Some(self.withheld.withhold(&id, reason)));
        }
        let media_type = match media_type(&entry.path) {
            Ok(media_type) => media_type,
            Err(binary) => {
                let reason = format!("{binary} is not text");
                return Ok(Some(self.withheld.withhold(&id, reason)));
            }
        };
        let path = entry.path.strip_prefix(TREE).unwrap_or(&entry.path);
        let told = self.history.of(path)?;
        Ok(Some(self.document(id, path, &entry, media_type, told).into()))
    }

    fn document(
        &self,
        id: String,
        path: &str,
        entry: &Entry,
        media_type: &str,
        told: Option<Told>,
    ) -> Document {
        let Told { blob, last } = told.unwrap_or_default();
        let mut document = Document {
            version: blob,
            title: path.rsplit('/').next().map(str::to_owned),
            uri: self.forge.blob(path),
            ..Document::new(id, media_type, Content::Deferred)
        }
        .with_metadata("git_sha", self.head.commit.as_str())
        .with_metadata("repo_url", self.forge.repository.as_str())
        .with_metadata("path", path)
        .with_metadata("size", entry.size);
        if let Some(last) = last {
            document.author = Some(last.author);
            document.modified = Some(last.date);
            document = document.with_metadata("last_commit", last.commit);
        }
        document
    }
}

ctx_sdk::export!(connector: Git);

#[cfg(test)]
mod tests;
