//! The outline of a text: its headings, its definitions, its keys or its
//! columns, each with the number of its line.

use crate::chunk::code::{Definition, definition};
use crate::chunk::lexer::{self, Line, Syntax};
use crate::text;

/// Bytes of one line of an outline.
const LONGEST: usize = 200;

/// What kind of text it is, as far as outlines care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Markdown,
    Page,
    Table,
    Json,
    Code,
    Plain,
}

/// Tells the manner of a text by its media type and its file's name.
pub(crate) fn manner(media_type: &str, file_name: Option<&str>) -> Manner {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let suffix = file_name.and_then(|name| name.rsplit_once('.')).map(|(_, suffix)| suffix);
    match essence.as_str() {
        "text/markdown" => Manner::Markdown,
        "text/html" | "application/xhtml+xml" => Manner::Page,
        "text/csv" | "text/tab-separated-values" => Manner::Table,
        "application/json" => Manner::Json,
        "" | "text/plain" | "application/octet-stream" => match suffix.unwrap_or_default() {
            "md" | "markdown" => Manner::Markdown,
            "html" | "htm" => Manner::Page,
            "csv" | "tsv" => Manner::Table,
            "json" => Manner::Json,
            "rs" | "py" | "js" | "ts" | "tsx" | "jsx" | "go" | "java" | "c" | "h" | "cc"
            | "cpp" | "hpp" | "cs" | "rb" | "php" | "swift" | "kt" | "scala" | "lua" | "sh"
            | "sql" => Manner::Code,
            _ => Manner::Plain,
        },
        "text/javascript" | "text/typescript" | "application/javascript" | "application/sql" => {
            Manner::Code
        }
        other if other.starts_with("text/x-") => Manner::Code,
        _ => Manner::Plain,
    }
}

/// Writes the outline of a text.
pub(crate) fn outline(text: &str, manner: Manner, syntax: Syntax) -> String {
    match manner {
        Manner::Markdown => headings(text),
        Manner::Page => page(text),
        Manner::Table => table(text),
        Manner::Json => keys(text),
        Manner::Code => definitions(text, syntax, false),
        Manner::Plain => first_lines(text),
    }
}

/// Writes the signatures of a code: its definitions without their insides, and
/// what is said right above them.
pub(crate) fn signatures(text: &str, manner: Manner, syntax: Syntax) -> String {
    match manner {
        Manner::Code => definitions(text, syntax, true),
        other => outline(text, other, syntax),
    }
}

fn push(made: &mut String, number: usize, indent: usize, line: &str) {
    let line = line.trim();
    let line = &line[..line.floor_char_boundary(LONGEST)];
    made.push_str(&number.to_string());
    made.push_str(": ");
    made.extend(std::iter::repeat_n("  ", indent.min(8)));
    made.push_str(line);
    made.push('\n');
}

fn headings(text: &str) -> String {
    let mut made = String::new();
    let mut fence = None;
    for (number, (_, line)) in (1..).zip(text::lines(text)) {
        let bare = line.trim_end();
        match fence {
            Some(open) if text::closes(bare, open) => fence = None,
            Some(_) => {}
            None => {
                if let Some((level, title)) = text::heading(bare) {
                    push(&mut made, number, level - 1, title);
                }
                fence = text::fence(bare);
            }
        }
    }
    if made.is_empty() { first_lines(text) } else { made }
}

fn page(text: &str) -> String {
    let mut made = String::new();
    let mut number = 1;
    let mut at = 0;
    for unit in crate::chunk::markup::by_tags(text).into_iter().filter(|unit| unit.begins) {
        number += text[at..unit.start].bytes().filter(|byte| *byte == b'\n').count();
        at = unit.start;
        if let Some(title) = unit.crumbs.last() {
            push(&mut made, number, unit.crumbs.len() - 1, title);
        }
    }
    if made.is_empty() { first_lines(text) } else { made }
}

fn table(text: &str) -> String {
    let rows = crate::chunk::data::by_rows(text);
    let mut made = String::new();
    if let Some(first) = rows.first() {
        push(&mut made, 1, 0, &text[first.start..first.end]);
        push(&mut made, 2, 0, &format!("{} rows", rows.len() - 1));
    }
    made
}

/// The keys of the two outermost levels.
fn keys(text: &str) -> String {
    let mut made = String::new();
    let (mut depth, mut number, mut at) = (0_usize, 1, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => number += 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let start = at + 1;
                at = start;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                let behind = bytes.get(at + 1..).unwrap_or_default();
                let next = behind.iter().find(|byte| !byte.is_ascii_whitespace());
                if next == Some(&b':') && (1..=2).contains(&depth) {
                    push(&mut made, number, depth - 1, text.get(start..at).unwrap_or_default());
                }
            }
            _ => {}
        }
        at += 1;
    }
    if made.is_empty() { first_lines(text) } else { made }
}

/// The first line of each paragraph.
fn first_lines(text: &str) -> String {
    let mut made = String::new();
    let mut was_blank = true;
    for (number, (_, line)) in (1..).zip(text::lines(text)) {
        let is_blank = line.trim().is_empty();
        if was_blank && !is_blank {
            push(&mut made, number, 0, line);
        }
        was_blank = is_blank;
    }
    made
}

fn definitions(text: &str, syntax: Syntax, is_whole: bool) -> String {
    let lines = lexer::lines(text, syntax);
    let mut made = String::new();
    // How deep definitions may stand: as deep as what holds them.
    let mut open = 0;
    for (at, line) in lines.iter().enumerate() {
        let bare = &text[line.start..line.end];
        if line.is_blank || line.is_inside || line.is_remark {
            continue;
        }
        open = open.min(line.depth);
        let Some(found) = definition(bare).filter(|_| line.depth <= open) else { continue };
        if found == Definition::Holder {
            open = line.depth + 1;
        }
        if is_whole {
            for above in remarks(&lines[..at]) {
                push(&mut made, above, line.depth, text_of(text, lines[above - 1]));
            }
            whole(text, &lines[at..], at, line.depth, &mut made);
        } else {
            push(&mut made, at + 1, line.depth, bare.trim().trim_end_matches('{'));
        }
    }
    if made.is_empty() { first_lines(text) } else { made }
}

fn text_of(text: &str, line: Line) -> &str {
    &text[line.start..line.end]
}

/// Numbers the lines right above that say something of what follows.
fn remarks(lines: &[Line]) -> Vec<usize> {
    let from = lines.iter().rposition(|line| !line.is_remark).map_or(0, |at| at + 1);
    // A long one is said by its last lines.
    (from.max(lines.len().saturating_sub(4))..lines.len()).map(|at| at + 1).collect()
}

/// Writes a signature, which may go on over lines, up to its insides.
fn whole(text: &str, lines: &[Line], at: usize, depth: usize, made: &mut String) {
    for (more, line) in lines.iter().take(12).enumerate() {
        let bare = text_of(text, *line).trim();
        push(made, at + more + 1, depth, bare.trim_end_matches('{').trim_end());
        let ends = bare.ends_with(['{', ';', ':', '}']);
        let next = lines.get(more + 1);
        if ends || next.is_none_or(|next| next.is_blank || next.depth <= depth) {
            break;
        }
    }
}
