//! `${NAME}` in the settings of scripts: found, and filled in once. What is
//! filled in is not looked through again, so a variable that names itself is
//! only text.

use std::collections::BTreeSet;

use toml::{Table, Value};

/// A piece of a text.
enum Piece<'a> {
    Plain(&'a str),
    Variable { name: &'a str, default: &'a str },
}

/// Returns settings with their variables filled in. One that is not set is
/// empty, unless `${NAME:-default}` says otherwise.
pub(crate) fn filled(settings: &Table, get: &dyn Fn(&str) -> Option<String>) -> Table {
    settings.iter().map(|(key, value)| (key.clone(), fill(value, get))).collect()
}

/// Names the variables that settings name, each with whether it has a default.
pub(crate) fn named(settings: &Table) -> BTreeSet<(String, bool)> {
    let mut names = BTreeSet::new();
    for value in settings.values() {
        find(value, &mut names);
    }
    names
}

fn fill(value: &Value, get: &dyn Fn(&str) -> Option<String>) -> Value {
    match value {
        Value::String(text) => Value::String(fill_text(text, get)),
        Value::Array(all) => Value::Array(all.iter().map(|one| fill(one, get)).collect()),
        Value::Table(table) => Value::Table(filled(table, get)),
        other => other.clone(),
    }
}

fn fill_text(text: &str, get: &dyn Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => filled.push_str(plain),
            Piece::Variable { name, default } => {
                let value = get(name).filter(|value| !value.is_empty() || default.is_empty());
                filled.push_str(&value.unwrap_or_else(|| default.to_owned()));
            }
        }
    }
    filled
}

fn find(value: &Value, names: &mut BTreeSet<(String, bool)>) {
    match value {
        Value::String(text) => names.extend(pieces(text).filter_map(|piece| match piece {
            Piece::Variable { name, default } => Some((name.to_owned(), !default.is_empty())),
            Piece::Plain(_) => None,
        })),
        Value::Array(all) => all.iter().for_each(|one| find(one, names)),
        Value::Table(table) => table.values().for_each(|one| find(one, names)),
        _ => {}
    }
}

/// Cuts a text at its variables. One that is never closed is text.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    let mut waiting = None;
    std::iter::from_fn(move || {
        if let Some(variable) = waiting.take() {
            return Some(variable);
        }
        if rest.is_empty() {
            return None;
        }
        let cut = rest
            .find("${")
            .and_then(|start| Some((start, start + 2 + rest[start + 2..].find('}')?)));
        let Some((start, end)) = cut else { return Some(Piece::Plain(std::mem::take(&mut rest))) };
        let (plain, inside) = (&rest[..start], &rest[start + 2..end]);
        rest = &rest[end + 1..];
        let (name, default) = inside.split_once(":-").unwrap_or((inside, ""));
        waiting = Some(Piece::Variable { name, default });
        Some(Piece::Plain(plain))
    })
}

#[cfg(test)]
mod tests;
