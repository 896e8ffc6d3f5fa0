//! `docs/reference/wit.md`: the contract with its comments, for people who do
//! not read WIT.

use std::fmt::Write as _;

use anyhow::Result;

use crate::project::Project;
use crate::wit::{self, Item, Kind};

/// Files in the order in which they are understood.
const FILES: [&str; 25] = [
    "worlds",
    "types",
    "asking",
    "source",
    "tools",
    "agents",
    "resources",
    "completion",
    "extraction",
    "embedding",
    "compression",
    "chunking",
    "viewing",
    "roles",
    "script",
    "log",
    "tokens",
    "settings",
    "caller",
    "changed",
    "env",
    "files",
    "context",
    "kv",
    "secrets",
];

const BEFORE: &str = "\
# The contract

<!-- Written by `cargo xtask docs` from wit/; do not edit. -->

What an extension and the host say to each other, as [the WIT files](../../wit/README.md) have it.
";

pub(super) fn render(project: &Project) -> Result<String> {
    let mut text = BEFORE.to_owned();
    for file in FILES {
        for item in wit::parse(&project.read(&format!("wit/{file}.wit"))?) {
            if matches!(item.kind, Kind::World | Kind::Interface) {
                top(&item, &mut text);
            }
        }
    }
    Ok(text)
}

// Writing to a string cannot fail, here and below.
fn top(item: &Item, text: &mut String) {
    let _ = write!(text, "\n## {} `{}`\n\n{}", capital(item.kind.word()), item.name, prose(item));
    if item.kind == Kind::World {
        let _ = writeln!(text);
        for port in &item.items {
            let _ = writeln!(text, "- `{}`", port.text);
        }
        return;
    }
    for inner in item.items.iter().filter(|inner| inner.kind != Kind::Use) {
        let _ = write!(text, "\n### `{}`\n\n{}", title(inner), prose(inner));
        parts(inner, text);
    }
}

fn title(item: &Item) -> String {
    match item.kind {
        Kind::Func | Kind::Type => item.text.clone(),
        kind => format!("{} {}", kind.word(), item.name),
    }
}

/// Lists fields, cases, flags or methods.
fn parts(item: &Item, text: &mut String) {
    if item.items.is_empty() {
        return;
    }
    let _ = writeln!(text);
    for part in &item.items {
        let _ = write!(text, "- `{}`", part.text);
        if part.docs.is_empty() {
            let _ = writeln!(text);
        } else {
            let _ = writeln!(text, ": {}", part.docs.join(" ").trim());
        }
    }
}

/// Returns the comment in paragraphs.
fn prose(item: &Item) -> String {
    let paragraphs = item.docs.join("\n");
    let mut text = String::new();
    for paragraph in paragraphs.split("\n\n") {
        let _ = writeln!(text, "{}{}", if text.is_empty() { "" } else { "\n" }, paragraph.trim());
    }
    text
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
