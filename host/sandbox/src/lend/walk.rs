//! A walk over a folder in byte order of its paths, page by page, obeying
//! globs and ignore files.

use std::io;

use globset::{Glob, GlobSet, GlobSetBuilder};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::files::Folder;
use super::files::folder::{Name, Place};
use crate::bindings::ctx::extension::files::{Kind, Step, WalkOptions};

/// Directories nested deeper than this are not entered: no honest tree is, and
/// each costs an open handle.
const DEPTH: usize = 128;

/// Longer patterns are refused, and so are ones that nest deeper: the library
/// that compiles them recurses for each brace, and its stack is the host's.
const PATTERN: usize = 1024;
const NESTED: usize = 8;

/// Patterns that one walk, or one ignore file, may have.
const PATTERNS: usize = 1000;

/// Ignore files larger than this are passed over.
const IGNORE_FILE: u64 = 1 << 20;

/// A walk and where it stands.
pub(super) struct Walk {
    open: Vec<Level>,
    globs: Option<GlobSet>,
    except: GlobSet,
    ignore_files: bool,
    follow_links: bool,
    after: Option<String>,
}

/// One directory that is being walked.
struct Level {
    place: Place,
    /// With a trailing slash, or empty at the top.
    prefix: String,
    /// What is left of it, last first.
    names: Vec<Name>,
    ignore: Option<Gitignore>,
}

/// Why a walk cannot start.
pub(super) enum OpenError {
    Glob(String),
    Io(io::Error),
}

impl Walk {
    pub(super) fn open(
        folder: &Folder,
        options: &WalkOptions,
        after: Option<String>,
    ) -> Result<Self, OpenError> {
        let mut walk = Self {
            open: Vec::new(),
            globs: if options.globs.is_empty() { None } else { Some(globs(&options.globs)?) },
            except: globs(&options.except)?,
            ignore_files: options.ignore_files,
            follow_links: options.follow_links,
            after,
        };
        let top = walk.level(folder.top(), String::new()).map_err(OpenError::Io)?;
        walk.open.push(top);
        Ok(walk)
    }

    /// Goes on by at most `limit` files.
    pub(super) fn steps(&mut self, limit: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        while steps.len() < limit as usize {
            let Some(level) = self.open.last_mut() else { break };
            let Some(name) = level.names.pop() else {
                self.open.pop();
                continue;
            };
            let path = format!("{}{}", level.prefix, name.text);
            let place = level.place.clone();
            if let Some(step) = self.step(&place, &name, path) {
                steps.push(step);
            }
        }
        steps
    }

    fn step(&mut self, place: &Place, name: &Name, path: String) -> Option<Step> {
        if self.is_before(&path, name.is_dir) || self.is_left_out(name, &path) {
            return None;
        }
        if !name.is_whole {
            // A folder may hold what is asked for, whatever it is called.
            let is_meant =
                name.is_dir || self.globs.as_ref().is_none_or(|globs| globs.is_match(&path));
            let is_given = is_meant && (!name.is_link || self.follow_links);
            return is_given.then(|| Step::Unreadable((path, "its name is not UTF-8".to_owned())));
        }
        let mut is_dir = name.is_dir;
        if name.is_link {
            if !self.follow_links {
                return None;
            }
            match place.target(&name.text, path.clone()) {
                Ok(entry) => is_dir = entry.kind == Kind::Directory,
                Err(_) => return None,
            }
        }
        if is_dir {
            // A link to a directory may lead back up; those are not followed.
            if name.is_link || self.open.len() >= DEPTH {
                return None;
            }
            let entered =
                place.enter(&name.text).and_then(|sub| self.level(sub, format!("{path}/")));
            return match entered {
                Ok(level) => {
                    self.open.push(level);
                    None
                }
                Err(error) => Some(Step::Unreadable((path, error.to_string()))),
            };
        }
        if self.globs.as_ref().is_some_and(|globs| !globs.is_match(&path)) {
            return None;
        }
        let found = if name.is_link {
            place.target(&name.text, path.clone())
        } else {
            place.entry(&name.text, path.clone())
        };
        match found {
            Ok(entry) if entry.kind == Kind::File => Some(Step::Found(entry)),
            Ok(_) => None,
            Err(error) => Some(Step::Unreadable((path, error.to_string()))),
        }
    }

    /// Whether a path, or everything below it, was given before.
    fn is_before(&self, path: &str, is_dir: bool) -> bool {
        let Some(after) = &self.after else { return false };
        if is_dir {
            let last = format!("{path}0"); // `0` follows `/` in byte order.
            last.as_bytes() <= after.as_bytes()
        } else {
            path.as_bytes() <= after.as_bytes()
        }
    }

    fn is_left_out(&self, name: &Name, path: &str) -> bool {
        if self.except.is_match(path) {
            return true;
        }
        if !self.ignore_files {
            return false;
        }
        if name.text.starts_with('.') {
            return true;
        }
        // The nearest ignore file that has an opinion decides.
        for level in self.open.iter().rev() {
            let Some(ignore) = &level.ignore else { continue };
            let below = &path[level.prefix.len()..];
            let verdict = ignore.matched(below, name.is_dir);
            if !verdict.is_none() {
                return verdict.is_ignore();
            }
        }
        false
    }

    fn level(&self, place: Place, prefix: String) -> io::Result<Level> {
        let mut names = place.names()?;
        // In byte order of whole paths a directory sorts as its name and `/`.
        names.sort_by_cached_key(|name| {
            let mut key = name.text.clone().into_bytes();
            if name.is_dir {
                key.push(b'/');
            }
            std::cmp::Reverse(key)
        });
        let ignore = if self.ignore_files { ignore_rules(&place, &names) } else { None };
        Ok(Level { place, prefix, names, ignore })
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, OpenError> {
    let mut builder = GlobSetBuilder::new();
    if patterns.len() > PATTERNS {
        return Err(OpenError::Glob(format!("there are more than {PATTERNS} globs")));
    }
    for pattern in patterns {
        if !is_harmless(pattern) {
            return Err(OpenError::Glob("a glob is too long, or nests too deep".to_owned()));
        }
        let glob = Glob::new(pattern).map_err(|error| OpenError::Glob(error.to_string()))?;
        builder.add(glob);
    }
    builder.build().map_err(|error| OpenError::Glob(error.to_string()))
}

/// Whether a stranger's pattern may be compiled.
fn is_harmless(pattern: &str) -> bool {
    pattern.len() <= PATTERN && pattern.matches(['{', '[']).count() <= NESTED
}

fn ignore_rules(place: &Place, names: &[Name]) -> Option<Gitignore> {
    let mut builder = GitignoreBuilder::new("");
    let mut any = false;
    // The later one wins, so `.ignore` can overrule `.gitignore`.
    for file in [".gitignore", ".ignore"] {
        if !names.iter().any(|name| name.text == file && !name.is_dir) {
            continue;
        }
        let Some(text) = place.text(file, IGNORE_FILE) else { continue };
        for line in text.lines().filter(|line| is_harmless(line)).take(PATTERNS) {
            // A line that is no pattern is passed over, as git does.
            any |= builder.add_line(None, line).is_ok();
        }
    }
    if any { builder.build().ok() } else { None }
}

#[cfg(test)]
mod tests;
