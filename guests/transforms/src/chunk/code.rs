//! Units of code: definitions with what is said above them, and of one that is
//! too large its own in turn, below its first line.

use super::lexer::{Line, Syntax, lines};
use super::pack::{Unit, crumb};

/// How deep it goes for smaller units.
const DEEPEST: usize = 8;

/// Words that stand in front of a definition's own.
const BEFORE: [&str; 29] = [
    "pub",
    "export",
    "default",
    "async",
    "static",
    "public",
    "private",
    "protected",
    "abstract",
    "final",
    "override",
    "const",
    "unsafe",
    "extern",
    "inline",
    "virtual",
    "local",
    "open",
    "internal",
    "sealed",
    "data",
    "suspend",
    "declare",
    "readonly",
    "partial",
    "create",
    "or",
    "replace",
    "temporary",
];

/// Words that begin a definition; the first ones hold others.
const DEFINES: [&str; 29] = [
    "class",
    "struct",
    "enum",
    "trait",
    "impl",
    "interface",
    "mod",
    "module",
    "namespace",
    "object",
    "protocol",
    "extension",
    "union",
    "record",
    "defmodule",
    "fn",
    "func",
    "fun",
    "function",
    "def",
    "defp",
    "type",
    "macro_rules!",
    "sub",
    "proc",
    "table",
    "view",
    "procedure",
    "trigger",
];
const HOLDING: usize = 15;

/// Words that begin a statement, whatever follows them.
const STATEMENTS: [&str; 18] = [
    "if", "for", "while", "switch", "catch", "else", "do", "return", "try", "match", "loop",
    "with", "case", "foreach", "when", "unless", "using", "await",
];

/// What a line defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Definition {
    /// Something that holds other definitions.
    Holder,
    /// Something whose insides are statements.
    Body,
}

/// Says whether a line defines something.
pub(crate) fn definition(line: &str) -> Option<Definition> {
    let line = line.trim();
    let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '!'));
    let mut first = words.next().unwrap_or_default();
    // `pub(crate)` has a word in brackets.
    while BEFORE.contains(&first.to_ascii_lowercase().as_str())
        || matches!(first, "" | "crate" | "super" | "in" | "self" | "C")
    {
        first = words.next()?;
    }
    let lower = first.to_ascii_lowercase();
    if let Some(at) = DEFINES.iter().position(|word| *word == first || *word == lower) {
        // `type` and its like may be names of something else.
        let rest = &line[line.find(first)? + first.len()..];
        let is_named = rest.starts_with(char::is_whitespace) || rest.starts_with(['<', '(']);
        let kind = if at < HOLDING { Definition::Holder } else { Definition::Body };
        return (is_named && !rest.trim_start().starts_with(['=', ':', ','])).then_some(kind);
    }
    let is_function = line.ends_with('{')
        && line.contains('(')
        && line.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '~')
        && !STATEMENTS.contains(&first);
    is_function.then_some(Definition::Body)
}

/// Definitions and what stands between them.
pub(crate) fn by_definitions(text: &str, syntax: Syntax, target: usize) -> Vec<Unit> {
    let lines = lines(text, syntax);
    let mut units = Vec::new();
    let mut reader = Reader { text, target, units: &mut units };
    reader.read(&lines, 0, &[]);
    units
}

struct Reader<'a> {
    text: &'a str,
    target: usize,
    units: &'a mut Vec<Unit>,
}

impl Reader<'_> {
    fn read(&mut self, lines: &[Line], deep: usize, crumbs: &[String]) {
        let depth = lines.iter().filter(|line| !line.is_blank).map(|line| line.depth).min();
        let depth = depth.unwrap_or_default();
        let mut from = 0;
        for at in 1..lines.len() {
            if self.begins(lines, at, depth) {
                self.one(&lines[from..at], depth, deep, crumbs);
                from = at;
            }
        }
        if from < lines.len() {
            self.one(&lines[from..], depth, deep, crumbs);
        }
    }

    /// Whether something new begins in this line.
    fn begins(&self, lines: &[Line], at: usize, depth: usize) -> bool {
        let (line, before) = (lines[at], lines[at - 1]);
        if line.depth != depth || line.is_blank || line.is_inside {
            return false;
        }
        if before.is_remark && !before.is_blank {
            return false;
        }
        let defines = definition(&self.text[line.start..line.end]).is_some();
        before.is_blank || before.depth > depth || defines || line.is_remark
    }

    fn one(&mut self, lines: &[Line], depth: usize, deep: usize, crumbs: &[String]) {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return };
        let (start, end) = (first.start, last.end);
        let inner = lines.iter().position(|line| !line.is_blank && line.depth > depth);
        let fits = end - start <= self.target;
        let Some(inner) = inner.filter(|inner| !fits && deep < DEEPEST && *inner > 0) else {
            self.units.push(Unit { start, end, begins: false, crumbs: crumbs.to_vec() });
            return;
        };
        let (head, body) = lines.split_at(inner);
        let begun = head.iter().rev().find(|line| !line.is_blank && !line.is_remark);
        let mut below = crumbs.to_vec();
        if let Some(line) = begun {
            below.push(crumb(
                self.text[line.start..line.end].trim().trim_end_matches('{').trim_end(),
            ));
        }
        let (start, end) = (head[0].start, body[0].start);
        self.units.push(Unit { start, end, begins: false, crumbs: crumbs.to_vec() });
        self.read(body, deep + 1, &below);
    }
}
