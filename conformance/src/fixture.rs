//! A fixture host: a scratch folder with a workspace, a config that the suite
//! writes and trusts, frozen time and seeded chance. Nothing of the operator
//! is in it but compiled code, which is only faster.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ctx_core::{Host, HostError, HostOptions, OpenError, Places};
use ctx_model::{Clock, Role};
use tempfile::TempDir;
use thiserror::Error;
use toml::Table;

use crate::repository::Sampled;

/// What the clock of a fixture says: 2026-01-01T00:00:00Z.
pub(crate) const NOW: i64 = 1_767_225_600;

const SEED: u64 = 42;

/// The folder that a fixture lends where an extension asks for one.
pub(crate) const SAMPLE: &str = "sample";

/// Files of that folder.
const FILES: &[(&str, &str)] = &[
    ("a.md", "# A title\n\nSome words.\n\n## A part\n\nMore words.\n"),
    ("b.txt", "A plain text of one line.\n"),
    ("deeper/c.md", "# Deeper\n\nAs deep as it goes.\n"),
];

/// Files of a folder cannot all have been written now, or no two fixtures
/// would be alike.
const WRITTEN: Duration = Duration::from_secs(1_760_000_000);

/// Why a fixture could not be set up. This blames the suite or the machine,
/// never an extension.
#[derive(Debug, Error)]
pub(crate) enum FixtureError {
    #[error("the scratch folder cannot be used: {0}")]
    Io(#[from] io::Error),
    #[error("the config of the fixture cannot be written: {0}")]
    Config(#[from] toml::ser::Error),
    #[error("the fixture host does not start: {0}")]
    Open(#[from] OpenError),
    #[error("the fixture host failed: {0}")]
    Host(#[from] HostError),
}

/// What is put under test.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A file or a folder, with what lies beside it.
    Path(&'a Path),
    /// A component that a binary carries.
    Component { name: &'a str, bytes: &'a [u8] },
    /// A folder with the manifest of a component that a binary carries.
    Folder { path: &'a Path, component: &'a [u8] },
    /// The script of a folder of a registry, which goes by the folder's name.
    Script { folder: &'a Path, script: &'a str },
    /// A script that somebody names outright, without a manifest.
    Entry { path: &'a Path, role: Role },
}

/// A scratch workspace and the places around it.
pub(crate) struct Fixture {
    scratch: TempDir,
    /// Whose compiled code to share.
    code: Option<Places>,
    opened: u32,
}

impl Fixture {
    /// Makes an empty workspace.
    pub(crate) fn new(code: Option<&Places>) -> Result<Self, FixtureError> {
        let scratch = tempfile::Builder::new().prefix("ctx-conformance-").tempdir()?;
        let fixture = Self { scratch, code: code.cloned(), opened: 0 };
        ctx_core::init(&fixture.workspace())?;
        for (path, text) in FILES {
            fixture.write(&format!("{SAMPLE}/{path}"), text.as_bytes())?;
        }
        Ok(fixture)
    }

    /// Returns the folder of the project.
    pub(crate) fn workspace(&self) -> PathBuf {
        self.scratch.path().join("workspace")
    }

    /// Writes a file of the workspace, as old as all others.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FixtureError> {
        let path = self.workspace().join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, bytes)?;
        fs::File::options()
            .write(true)
            .open(&path)?
            .set_modified(SystemTime::UNIX_EPOCH + WRITTEN)?;
        Ok(())
    }

    /// Keeps a secret in the state of the user that there is not.
    pub(crate) fn keep_secret(&self, name: &str, text: &str) -> Result<(), FixtureError> {
        let secrets = Places::below(self.scratch.path()).state.join("secrets");
        fs::create_dir_all(&secrets)?;
        Ok(fs::write(secrets.join(name), text)?)
    }

    /// Names places of their own below the scratch folder.
    pub(crate) fn place(&self, name: &str) -> Places {
        Places::below(&self.scratch.path().join(name))
    }

    /// Takes everything out of the extensions folder but what has one of these
    /// names.
    pub(crate) fn empty_extensions(&self, but: &[&str]) -> Result<(), FixtureError> {
        for entry in fs::read_dir(self.workspace().join(".ctx/extensions"))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            if but.contains(&stem) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Puts a file into the extensions folder.
    pub(crate) fn install(&self, path: &str, bytes: &[u8]) -> Result<(), FixtureError> {
        self.write(&format!(".ctx/extensions/{path}"), bytes)
    }

    /// Puts what is under test into the extensions folder, under its own name.
    pub(crate) fn drop_in(&self, subject: Subject<'_>) -> Result<(), FixtureError> {
        match subject {
            Subject::Component { name, bytes } => self.install(&format!("{name}.wasm"), bytes),
            Subject::Entry { .. } => Ok(()),
            Subject::Folder { path, component } => {
                self.drop_in(Subject::Path(path))?;
                fs::write(self.place_of(path)?.1.join("component.wasm"), component)?;
                Ok(())
            }
            Subject::Script { folder, script } => {
                let (path, into) = self.place_of(folder)?;
                fs::copy(path.join(script), into.with_added_extension("lua"))?;
                Ok(())
            }
            Subject::Path(path) => {
                let (path, into) = self.place_of(path)?;
                if path.is_dir() {
                    copy_folder(&path, &into)?;
                    return Ok(());
                }
                fs::copy(&path, &into)?;
                let sidecar = path.with_extension("toml");
                if sidecar.is_file() {
                    fs::copy(sidecar, into.with_extension("toml"))?;
                }
                let provider = path.with_extension("provider.json");
                if provider.is_file() {
                    fs::copy(provider, into.with_extension("provider.json"))?;
                }
                Ok(())
            }
        }
    }

    /// Returns where something is, and where it goes in the extensions folder.
    fn place_of(&self, path: &Path) -> Result<(PathBuf, PathBuf), FixtureError> {
        let path = std::path::absolute(path)?;
        let name = path.file_name().ok_or_else(|| io::Error::other("it has no name"))?;
        let into = self.workspace().join(".ctx/extensions").join(name);
        Ok((path, into))
    }

    /// Opens a host that has never seen these extensions. The config is the
    /// operator's word, in a workspace where there is no operator.
    pub(crate) fn open(&mut self, config: &Table) -> Result<Host, FixtureError> {
        self.open_by(config, |options| options)
    }

    /// The same, with other options.
    pub(crate) fn open_by(
        &mut self,
        config: &Table,
        with: impl FnOnce(HostOptions) -> HostOptions,
    ) -> Result<Host, FixtureError> {
        let path = self.workspace().join(".ctx/config.toml");
        fs::write(path, toml::to_string(config)?)?;
        self.opened += 1;
        let mut places = Places::below(self.scratch.path());
        // Descriptions are kept in the cache, and the suite wants to ask.
        places.cache = self.scratch.path().join(format!("cache-{}", self.opened));
        let host = Host::open(with(HostOptions {
            clock: Clock::Frozen { now: NOW, seed: SEED },
            on_demand: true,
            code: self.code.clone(),
            checkout: Some(Arc::new(Sampled(FILES))),
            ..HostOptions::new(self.workspace(), places)
        }))?;
        host.trust()?;
        Ok(host)
    }
}

fn copy_folder(from: &Path, into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, into.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), &to)?;
        } else {
            // A link is part of what an extension is, wherever it leads.
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, &to)?;
        }
    }
    Ok(())
}
