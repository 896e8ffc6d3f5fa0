//! What a walk has given and the host has not taken yet.
//!
//! Changes and checkpoints, in order. Pages are cut so that a checkpoint always
//! stands behind its changes: nothing the host stores can come after it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem;
use std::time::{Duration, Instant};

use mlua::{Lua, Table, Value};

use crate::bindings::Content;
use crate::bindings::exports::ctx::extension::source::{Change, Page};
use crate::convert;
use crate::failure::Fault;
use crate::lend::lent;

use super::item;

/// Bytes of content that close a page.
const BYTES: usize = 1024 * 1024;

/// How old a page grows. A source may cost a request for each document, and a
/// page that is not whole by its deadline is lost, with its checkpoint: the
/// next walk would be stopped at the same place.
const AGE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Queue {
    changes: VecDeque<Change>,
    /// Each with the number of changes before it, counted from the front.
    checkpoints: VecDeque<(usize, String)>,
    /// Bytes of all changes.
    bytes: usize,
    /// Changes that close a page.
    pub(super) limit: usize,
    pub(super) total: Option<u64>,
    touched: bool,
    /// When the host asked for the page that is being filled.
    begun: Option<Instant>,
}

thread_local! {
    /// The queue of the walk that is being resumed.
    static CURRENT: RefCell<Option<Queue>> = const { RefCell::new(None) };
}

/// Makes a walk's queue the current one, or takes it back.
pub(super) fn exchange(queue: &RefCell<Queue>) {
    CURRENT.with_borrow_mut(|current| match current.take() {
        None => *current = Some(queue.take()),
        Some(taken) => drop(queue.replace(taken)),
    });
}

/// Acts on the current queue, if a walk is going on.
pub(super) fn with_current<T>(act: impl FnOnce(&mut Queue) -> T) -> Option<T> {
    CURRENT.with_borrow_mut(|current| current.as_mut().map(act))
}

impl Queue {
    /// Begins a page of at most so many changes. What the host does between
    /// two pages is not the walk's time.
    pub(super) fn begin_page(&mut self, limit: usize) {
        (self.limit, self.begun) = (limit, Some(Instant::now()));
    }

    pub(super) fn push(&mut self, change: Change) {
        self.bytes += size(&change);
        self.changes.push_back(change);
        self.touched = true;
    }

    pub(super) fn push_checkpoint(&mut self, checkpoint: String) {
        let place = self.changes.len();
        // Of two at one place the later one holds.
        if self.checkpoints.back().is_some_and(|(before, _)| *before == place) {
            self.checkpoints.pop_back();
        }
        self.checkpoints.push_back((place, checkpoint));
        self.touched = true;
    }

    /// Whether nothing was ever given.
    pub(super) fn is_untouched(&self) -> bool {
        !self.touched
    }

    /// Whether a page is complete.
    pub(super) fn is_full(&self) -> bool {
        let is_old = || self.begun.is_some_and(|begun| begun.elapsed() >= AGE);
        self.changes.len() >= self.limit || self.bytes >= BYTES || is_old()
    }

    /// How many changes fit before the page is full, at least one.
    pub(super) fn room(&self, limit: usize) -> usize {
        limit.saturating_sub(self.changes.len()).max(1)
    }

    /// Returns a page if there is enough for one.
    pub(super) fn full_page(&mut self, limit: usize) -> Option<Page> {
        if self.is_full() { self.last_page(limit) } else { None }
    }

    /// Returns a page of what there is, or nothing.
    pub(super) fn last_page(&mut self, limit: usize) -> Option<Page> {
        if self.changes.is_empty() && self.checkpoints.is_empty() {
            return None;
        }
        let mut count = self.changes.len().min(limit);
        let mut checkpoint = None;
        // The last checkpoint that this page reaches, and no change after it.
        while let Some((place, _)) = self.checkpoints.front() {
            if *place > count {
                break;
            }
            checkpoint = self.checkpoints.pop_front();
        }
        if let Some((place, _)) = &checkpoint {
            count = *place;
        }
        for (place, _) in &mut self.checkpoints {
            *place -= count;
        }
        let changes: Vec<Change> = if count == self.changes.len() {
            mem::take(&mut self.changes).into()
        } else {
            self.changes.drain(..count).collect()
        };
        self.bytes = self.changes.iter().map(size).sum();
        let checkpoint = checkpoint.map(|(_, checkpoint)| checkpoint);
        Some(Page { changes, checkpoint, total: self.total })
    }
}

fn size(change: &Change) -> usize {
    match change {
        Change::Upsert(document) => {
            let content = match &document.content {
                Content::Text(text) => text.len(),
                Content::Bytes(bytes) => bytes.len(),
                Content::Deferred => 0,
            };
            content + document.metadata.len() + document.id.len()
        }
        Change::Remove(id) => id.len(),
        Change::Skip(skipped) => skipped.reason.len(),
    }
}

/// Lends `push` and its kin to `prelude/connector.lua`.
#[expect(unsafe_code, reason = "`push` is a C function: a scan calls it for each document")]
pub(crate) fn install(lua: &Lua, host: &Table) -> mlua::Result<()> {
    host.raw_set("push", unsafe { lua.create_c_function(item::push)? })?;
    let checkpoint = lent(lua, "ctx.checkpoint".to_owned(), |lua, arguments| {
        let json = convert::encode(lua, arguments.value(1))?;
        with_current(|queue| queue.push_checkpoint(json))
            .ok_or_else(|| Fault::new("no scan is going on"))
    })?;
    host.raw_set("push_checkpoint", checkpoint)?;
    let total = lent(lua, "ctx.total".to_owned(), |lua, arguments| {
        let total = match arguments.value(1) {
            Value::Nil => None,
            _ => u64::try_from(arguments.integer(lua, 1)?).ok(),
        };
        with_current(|queue| queue.total = total);
        Ok(())
    })?;
    host.raw_set("push_total", total)?;
    let emitted = lua.create_function(|_, ()| {
        Ok(with_current(|queue| !queue.is_untouched()).unwrap_or_default())
    })?;
    host.raw_set("has_emitted", emitted)
}

#[cfg(test)]
mod tests;
