//! What the host knows of each file, in pages that are read one after the
//! other: both the walk and the pages come in the order of paths.

use std::collections::VecDeque;

use ctx_sdk::{Error, ErrorKind, Result, files};
use serde::Deserialize;

/// A page is at most this large.
const PAGE: u64 = 16 << 20;

/// Where the mirror stands.
#[derive(Deserialize)]
pub(crate) struct Head {
    pub(crate) commit: String,
    pub(crate) branch: String,
}

/// The commit that last changed a file.
#[derive(Deserialize)]
pub(crate) struct Last {
    pub(crate) commit: String,
    pub(crate) author: String,
    pub(crate) date: i64,
}

/// What is known of a file.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) blob: String,
    pub(crate) last: Option<Last>,
}

#[derive(Deserialize)]
struct Line {
    path: String,
    blob: String,
    last: Option<Last>,
}

/// The pages, as far as they were read.
pub(crate) struct History {
    folder: &'static str,
    page: usize,
    lines: VecDeque<Line>,
    over: bool,
}

/// Reads where the mirror stands.
pub(crate) fn head(folder: &str) -> Result<Head> {
    Ok(serde_json::from_slice(&files::read(folder, "head.json", PAGE)?)?)
}

impl History {
    pub(crate) fn new(folder: &'static str) -> Self {
        Self { folder, page: 0, lines: VecDeque::new(), over: false }
    }

    /// Returns what is known of a file. Files are asked for in order.
    pub(crate) fn of(&mut self, path: &str) -> Result<Option<Told>> {
        loop {
            while self.lines.front().is_some_and(|line| line.path.as_str() < path) {
                self.lines.pop_front();
            }
            match self.lines.front() {
                Some(line) if line.path == path => {
                    let line = self.lines.pop_front();
                    return Ok(line.map(|line| Told { blob: line.blob, last: line.last }));
                }
                Some(_) => return Ok(None),
                None if self.over => return Ok(None),
                None => self.turn()?,
            }
        }
    }

    fn turn(&mut self) -> Result<()> {
        let name = format!("history/{:05}.jsonl", self.page);
        self.page += 1;
        let page = match files::read(self.folder, &name, PAGE) {
            Ok(page) => page,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound) => {
                self.over = true;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for line in page.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line = serde_json::from_slice(line)
                .map_err(|error| Error::internal(format!("`{name}` is broken: {error}")))?;
            self.lines.push_back(line);
        }
        Ok(())
    }
}
