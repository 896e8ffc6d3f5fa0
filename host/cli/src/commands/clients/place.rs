//! Where each AI tool keeps its config, and how one sees that it is here.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::args::{Client, Scope};

/// The user's folders, as the tools find them.
#[derive(Debug, Clone)]
pub(crate) struct Homes {
    home: PathBuf,
    /// Of programs with windows: `Application Support` on a Mac.
    windows: PathBuf,
    config: PathBuf,
    claude: Option<PathBuf>,
    codex: Option<PathBuf>,
    path: Option<OsString>,
}

/// A config file of a tool, there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) client: Client,
    pub(crate) scope: Scope,
    pub(crate) path: PathBuf,
}

impl Homes {
    /// Reads the environment. Without a home there are no tools.
    pub(crate) fn from_environment() -> Option<Self> {
        let folder = |name| env::var_os(name).filter(|one| !one.is_empty()).map(PathBuf::from);
        let home = folder("HOME")?;
        let config = folder("XDG_CONFIG_HOME")
            .filter(|path| path.is_absolute())
            .unwrap_or_else(|| home.join(".config"));
        let windows = if cfg!(target_os = "macos") {
            home.join("Library/Application Support")
        } else {
            config.clone()
        };
        Some(Self {
            windows,
            config,
            claude: folder("CLAUDE_CONFIG_DIR"),
            codex: folder("CODEX_HOME"),
            path: env::var_os("PATH"),
            home,
        })
    }

    /// Returns the config of a tool; nothing if it has none of that scope.
    pub(crate) fn place(&self, client: Client, scope: Scope, project: &Path) -> Option<Place> {
        let path = match (client, scope) {
            (Client::ClaudeCode, Scope::Project) => project.join(".mcp.json"),
            (Client::ClaudeCode, Scope::User) => {
                self.claude.as_ref().unwrap_or(&self.home).join(".claude.json")
            }
            (Client::ClaudeDesktop, Scope::Project) => return None,
            (Client::ClaudeDesktop, Scope::User) => {
                self.windows.join("Claude/claude_desktop_config.json")
            }
            (Client::Cursor, Scope::Project) => project.join(".cursor/mcp.json"),
            (Client::Cursor, Scope::User) => self.home.join(".cursor/mcp.json"),
            (Client::Vscode, Scope::Project) => project.join(".vscode/mcp.json"),
            (Client::Vscode, Scope::User) => self.windows.join("Code/User/mcp.json"),
            (Client::Codex, Scope::Project) => project.join(".codex/config.toml"),
            (Client::Codex, Scope::User) => self.codex().join("config.toml"),
            (Client::Zed, Scope::Project) => project.join(".zed/settings.json"),
            (Client::Zed, Scope::User) => self.config.join("zed/settings.json"),
        };
        Some(Place { client, scope, path })
    }

    /// Whether the tool seems to be on this machine: it has made its folder,
    /// or its program is on the path.
    pub(crate) fn has(&self, client: Client) -> bool {
        let (folder, program) = match client {
            Client::ClaudeCode => (self.home.join(".claude"), "claude"),
            Client::ClaudeDesktop => (self.windows.join("Claude"), "claude-desktop"),
            Client::Cursor => (self.home.join(".cursor"), "cursor"),
            Client::Vscode => (self.windows.join("Code"), "code"),
            Client::Codex => (self.codex(), "codex"),
            Client::Zed => (self.config.join("zed"), "zed"),
        };
        folder.is_dir() || self.program(program).is_some()
    }

    /// Finds a program on the path.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        let folders = self.path.as_ref()?;
        env::split_paths(folders).map(|folder| folder.join(name)).find(|path| path.is_file())
    }

    fn codex(&self) -> PathBuf {
        self.codex.clone().unwrap_or_else(|| self.home.join(".codex"))
    }
}

impl Client {
    /// Returns whose config it is, if nobody says: a workspace is a folder, so
    /// the project's, unless the tool has none or reads it only once told to.
    pub(crate) fn usual_scope(self) -> Scope {
        match self {
            Self::ClaudeDesktop | Self::Codex => Scope::User,
            Self::ClaudeCode | Self::Cursor | Self::Vscode | Self::Zed => Scope::Project,
        }
    }
}
