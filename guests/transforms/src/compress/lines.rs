//! What prose and Markdown have in common: code in fences stays as it is, and
//! of blank lines that follow each other one is left.

use super::fences::{closes, fence};
use super::runs::Runs;

/// Where in a text somebody is, line by line.
pub(crate) struct Lines {
    fence: Option<(u8, usize)>,
    was_blank: bool,
}

impl Lines {
    /// Begins a text, which begins with no blank line.
    pub(crate) fn new() -> Self {
        Self { fence: None, was_blank: true }
    }

    /// Writes a line that stands in a fence; any other is left to the caller.
    #[inline]
    pub(crate) fn code<'a>(&mut self, line: &'a str, bare: &str, into: &mut Runs<'a>) -> bool {
        let Some(open) = self.fence else { return false };
        into.keep(line);
        self.was_blank = false;
        if closes(bare, open) {
            self.fence = None;
        }
        true
    }

    /// Writes a blank line if it is the first of several; any other is left to
    /// the caller.
    #[inline]
    pub(crate) fn blank(&mut self, bare: &str, ended: bool, into: &mut Runs<'_>) -> bool {
        self.fence = fence(bare);
        let is_blank = bare.is_empty();
        if is_blank && !self.was_blank && ended {
            into.sign("\n");
        }
        self.was_blank = is_blank;
        is_blank
    }

    /// Whether a line that is neither has blanks that mean something: it opens
    /// a fence, is indented code or the row of a table.
    #[inline]
    pub(crate) fn stays(&self, bare: &str) -> bool {
        self.fence.is_some() || is_columns(bare)
    }
}

/// Whether a line is indented code or a row of a table.
pub(crate) fn is_columns(line: &str) -> bool {
    line.starts_with("    ")
        || line.starts_with('\t')
        || line.trim_start().starts_with('|')
        || line.trim_end().ends_with('|')
}
