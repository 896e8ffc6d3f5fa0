//! `fs`: the extension's own folder and the granted ones, read-only.
//!
//! A path is in the own folder unless it starts with a granted folder's name
//! and a colon, or `opts.folder` names one. No path of the machine is seen:
//! where scripts expect an absolute one, the own folder is `/extension`.

mod glob;

use std::cell::RefCell;

use mlua::{Lua, Table, Value};

use crate::bindings::ErrorKind;
use crate::bindings::ctx::extension::files::{self, Entry, Kind, Step, Walk, WalkOptions};
use crate::failure::Fault;
use crate::lend::{Arguments, Lent, Module, field_text, field_texts, lent};

use super::require::OWN_FOLDER;

/// What `fs.read` reads unless the script says otherwise.
const LIMIT: u64 = 16 * 1024 * 1024;

/// What the own folder is called in the absolute paths that `fs.list` gives.
const ROOT: &str = "/extension";

/// Steps of a walk that are fetched at once.
const STEPS: u32 = 256;

pub(super) fn install(_: &Lua, _: &Table, module: &Module<'_>) -> mlua::Result<()> {
    module.lend("folders", |_, _| {
        Ok(files::folders().into_iter().filter(|name| name != OWN_FOLDER).collect::<Vec<_>>())
    })?;
    module.lend("read", read)?;
    module.lend("list", list)?;
    module.lend("walk", walk)
}

fn read(lua: &Lua, arguments: &Arguments) -> Lent<mlua::LuaString> {
    let options = arguments.optional_table(2)?;
    let place = Place::of(lua, &arguments.text(lua, 1)?, options.as_ref())?;
    let limit = match &options {
        Some(options) => options.raw_get::<Option<u64>>("limit")?.unwrap_or(LIMIT),
        None => LIMIT,
    };
    match files::read(&place.folder, &place.path, limit) {
        Ok(bytes) => Ok(lua.create_string(bytes)?),
        Err(error) => Err(place.fault(error)),
    }
}

fn list(lua: &Lua, arguments: &Arguments) -> Lent<Table> {
    let shown = arguments.optional_text(lua, 1)?.unwrap_or_default();
    // `fs.list(dir, glob)`, `fs.list(dir, opts)` or `fs.list(dir, glob, opts)`.
    let (pattern, options) = match arguments.value(2) {
        Value::Table(options) => (None, Some(options.clone())),
        _ => (arguments.optional_text(lua, 2)?, arguments.optional_table(3)?),
    };
    let place = Place::of(lua, &shown, options.as_ref())?;
    let entries =
        files::list_directory(&place.folder, &place.path).map_err(|error| place.fault(error))?;
    let table = lua.create_table()?;
    for entry in entries {
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        if pattern.as_deref().is_none_or(|pattern| glob::matches(pattern, name)) {
            let listed = place.entry(lua, &entry)?;
            if place.folder == OWN_FOLDER {
                listed.raw_set("path", format!("{ROOT}/{}", entry.path))?;
            }
            table.raw_push(listed)?;
        }
    }
    Ok(table)
}

/// Returns a function that gives the next entry of a walk, or nil.
fn walk(lua: &Lua, arguments: &Arguments) -> Lent<mlua::Function> {
    let shown = arguments.optional_text(lua, 1)?.unwrap_or_default();
    let options = arguments.optional_table(2)?;
    let place = Place::of(lua, &shown, options.as_ref())?;
    let (mut walk_options, mut after) = (
        WalkOptions { globs: vec![], except: vec![], ignore_files: true, follow_links: false },
        None,
    );
    if let Some(options) = &options {
        walk_options.globs = field_texts(lua, options, "include")?.unwrap_or_default();
        walk_options.except = field_texts(lua, options, "exclude")?.unwrap_or_default();
        walk_options.ignore_files =
            options.raw_get::<Option<bool>>("ignore_files")?.unwrap_or(true);
        walk_options.follow_links =
            options.raw_get::<Option<bool>>("follow_links")?.unwrap_or(false);
        after = field_text(lua, options, "after")?;
    }
    if !place.path.is_empty() {
        // The host walks whole folders; a part of one is a matter of globs.
        let below = format!("{}/", place.path);
        walk_options.globs = match walk_options.globs.as_slice() {
            [] => vec![format!("{below}**")],
            some => some.iter().map(|glob| format!("{below}{glob}")).collect(),
        };
    }
    let walk = files::open_walk(&place.folder, &walk_options, after.as_deref())
        .map_err(|error| place.fault(error))?;
    let state = RefCell::new((walk, Vec::new().into_iter()));
    let step = lent(lua, "fs.walk".to_owned(), move |lua, _| {
        let mut state = state.borrow_mut();
        let (walk, steps): &mut (Walk, std::vec::IntoIter<Step>) = &mut state;
        if steps.len() == 0 {
            *steps = walk.next(STEPS).map_err(|error| place.fault(error))?.into_iter();
        }
        Ok(match steps.next() {
            None => Value::Nil,
            Some(Step::Found(entry)) => Value::Table(place.entry(lua, &entry)?),
            Some(Step::Unreadable((path, why))) => {
                let table = lua.create_table()?;
                table.raw_set("path", place.shown(&path))?;
                table.raw_set("unreadable", why)?;
                Value::Table(table)
            }
        })
    })?;
    Ok(step)
}

/// A path in a lent folder.
struct Place {
    folder: String,
    path: String,
    /// What the script puts in front of a path of this folder.
    prefix: String,
}

impl Place {
    fn of(lua: &Lua, shown: &str, options: Option<&Table>) -> Lent<Self> {
        let folder = match options {
            Some(options) => field_text(lua, options, "folder")?,
            None => None,
        };
        let (folder, path) = match folder {
            Some(folder) => (folder, shown),
            None => match shown.split_once(':') {
                Some((folder, path)) if files::folders().iter().any(|name| name == folder) => {
                    (folder.to_owned(), path)
                }
                _ => (OWN_FOLDER.to_owned(), shown),
            },
        };
        let prefix = if folder == OWN_FOLDER { String::new() } else { format!("{folder}:") };
        let path = match path.strip_prefix(ROOT) {
            Some(below) if folder == OWN_FOLDER && below.starts_with('/') => &below[1..],
            Some("") if folder == OWN_FOLDER => "",
            _ => path,
        };
        let path = path.trim_end_matches('/');
        let path = path.strip_prefix("./").unwrap_or(path);
        let path = if path == "." { "" } else { path };
        Ok(Self { folder, path: path.to_owned(), prefix })
    }

    fn shown(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    fn entry(&self, lua: &Lua, entry: &Entry) -> mlua::Result<Table> {
        let table = lua.create_table_with_capacity(0, 6)?;
        table.raw_set("path", self.shown(&entry.path))?;
        table.raw_set("name", entry.path.rsplit('/').next().unwrap_or_default())?;
        table.raw_set("size", entry.size)?;
        table.raw_set("modified", entry.modified)?;
        table.raw_set("modified_nanoseconds", entry.modified_nanoseconds)?;
        let kind = match entry.kind {
            Kind::File => "file",
            Kind::Directory => "directory",
            Kind::Link => "link",
            Kind::Other => "other",
        };
        table.raw_set("kind", kind)?;
        Ok(table)
    }

    fn fault(&self, error: files::Error) -> Fault {
        let shown = self.shown(&self.path);
        let no_folder = || files::folders().iter().all(|name| name != OWN_FOLDER);
        match error {
            files::Error::Denied if self.folder == OWN_FOLDER && no_folder() => Fault::of(
                ErrorKind::Denied,
                format!("{shown}: this extension has no folder of its own to read"),
            ),
            files::Error::Denied if self.folder == OWN_FOLDER => {
                Fault::of(ErrorKind::Denied, format!("path escapes sandbox: {shown}"))
            }
            files::Error::Denied => Fault::of(
                ErrorKind::Denied,
                format!(
                    "{shown}: the folder `{}` is not granted, or the path leaves it",
                    self.folder
                ),
            ),
            files::Error::NotFound => Fault::new(format!("{shown}: No such file or directory")),
            files::Error::TooLarge(size) => {
                Fault::new(format!("{shown}: {size} bytes is more than the limit"))
            }
            files::Error::Other(why) => Fault::new(format!("{shown}: {why}")),
        }
    }
}
