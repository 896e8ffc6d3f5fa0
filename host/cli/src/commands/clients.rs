//! The configs of AI tools: where each is, how an entry in it looks, and how
//! it is changed without losing anything else. Knows no verb.

mod entry;
mod file;
mod jsonc;
mod place;
mod settings;
mod tables;

pub(crate) use entry::{Server, arguments};
pub(crate) use file::{Written, read, write};
pub(crate) use place::{Homes, Place};
pub(crate) use settings::{Change, Settings};

use crate::args::Client;

impl Client {
    /// Every one, in the order in which they are told.
    pub(crate) const ALL: [Self; 6] =
        [Self::ClaudeCode, Self::ClaudeDesktop, Self::Cursor, Self::Vscode, Self::Codex, Self::Zed];

    /// Returns the name as it is typed.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::ClaudeDesktop => "claude-desktop",
            Self::Cursor => "cursor",
            Self::Vscode => "vscode",
            Self::Codex => "codex",
            Self::Zed => "zed",
        }
    }

    /// Returns the name as its maker writes it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::ClaudeDesktop => "Claude Desktop",
            Self::Cursor => "Cursor",
            Self::Vscode => "VS Code",
            Self::Codex => "Codex",
            Self::Zed => "Zed",
        }
    }

    /// Returns the key below which it keeps its servers.
    pub(crate) fn section(self) -> &'static str {
        match self {
            Self::ClaudeCode | Self::ClaudeDesktop | Self::Cursor => "mcpServers",
            Self::Vscode => "servers",
            Self::Codex => "mcp_servers",
            Self::Zed => "context_servers",
        }
    }
}
