//! Markdown: links lead somewhere, one sentence stands on a line, and words
//! that belittle the reader are absent.

use super::{Broken, find};
use crate::tree::File;

/// Words that help nobody. Built from parts, so that the rule can be written
/// down.
const IDLE: [&str; 2] = [concat!("sim", "ply"), concat!("ju", "st")];

/// Written by a program, from comments that follow other rules.
const GENERATED: &str = "docs/reference/";

/// Shortened words that end no sentence.
const ABBREVIATIONS: [&str; 5] = ["e.g.", "i.e.", "etc.", "vs.", "no."];

pub(super) fn check(files: &[File]) -> Vec<Broken> {
    let mut broken = Vec::new();
    for file in files.iter().filter(|file| file.is("md")) {
        for (at, line) in prose(file.text()) {
            links(files, file, at, &line, &mut broken);
            if !file.path.starts_with(GENERATED) {
                style(file, at, &without_code(&line), &mut broken);
            }
        }
    }
    broken
}

/// Lists the lines outside of code blocks, counted from one.
fn prose(text: &str) -> Vec<(usize, String)> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            lines.push((at + 1, line.to_owned()));
        }
    }
    lines
}

/// Blanks what stands in backticks.
fn without_code(line: &str) -> String {
    let pieces = line.split('`').enumerate();
    pieces.map(|(at, piece)| if at % 2 == 0 { piece } else { "code" }).collect()
}

fn style(file: &File, line: usize, text: &str, broken: &mut Vec<Broken>) {
    let words = text.split(|c: char| !c.is_alphanumeric());
    for word in words.filter(|word| IDLE.contains(&word.to_lowercase().as_str())) {
        broken.push(Broken::line(&file.path, line, format!("`{word}` helps nobody")));
    }
    if !text.starts_with('|') && holds_two_sentences(text) {
        broken.push(Broken::line(&file.path, line, "each sentence has a line of its own"));
    }
}

/// Whether a sentence ends before the end of the line.
fn holds_two_sentences(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).any(|pair| {
        let ends = pair[0].trim_end_matches([')', '"', '*']).ends_with(['.', '!', '?']);
        let begins = pair[1].chars().next().is_some_and(char::is_uppercase);
        // The number of a list is no sentence.
        let is_number = pair[0].trim_end_matches('.').chars().all(|c| c.is_ascii_digit());
        ends && begins && !is_number && !ABBREVIATIONS.contains(&pair[0])
    })
}

fn links(files: &[File], file: &File, line: usize, text: &str, broken: &mut Vec<Broken>) {
    for target in targets(text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let path =
            if path.is_empty() { Some(file.path.clone()) } else { resolve(&file.path, path) };
        let found = path.as_deref().and_then(|path| find(files, path));
        let is_folder = path.as_deref().is_some_and(|path| {
            let folder = format!("{}/", path.trim_end_matches('/'));
            files.iter().any(|file| file.path.starts_with(&folder))
        });
        let leads_somewhere = match found {
            Some(_) if anchor.is_empty() => true,
            Some(found) => prose(found.text()).iter().any(|(_, line)| heading(line) == anchor),
            None => anchor.is_empty() && is_folder,
        };
        if !leads_somewhere {
            broken.push(Broken::line(
                &file.path,
                line,
                format!("the link `{target}` leads nowhere"),
            ));
        }
    }
}

/// Finds what stands in `](…)`.
fn targets(line: &str) -> Vec<&str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect()
}

/// Resolves a link against the file that it stands in.
fn resolve(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Returns the anchor that a heading gets, or nothing for other lines.
fn heading(line: &str) -> String {
    let text = line.trim_start_matches('#');
    if text.len() == line.len() {
        return String::new();
    }
    text.trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_with_its_line() {
        for (text, is_broken) in [
            ("One sentence.", false),
            ("One sentence. Another.", true),
            ("Is it? It is.", true),
            ("1. The first of a list.", false),
            ("It is in `a.b`, e.g. Here.", false),
            ("(In brackets.) Then more.", true),
        ] {
            assert_eq!(holds_two_sentences(text), is_broken, "{text}");
        }
    }

    #[test]
    fn a_link_starts_where_its_file_stands() {
        let to = |link| resolve("docs/guides/a.md", link);
        assert_eq!(to("b.md").as_deref(), Some("docs/guides/b.md"));
        assert_eq!(to("../../README.md").as_deref(), Some("README.md"));
        assert_eq!(to("../../../outside.md"), None);
    }

    #[test]
    fn a_heading_is_its_own_anchor() {
        assert_eq!(heading("## A denial ends the run"), "a-denial-ends-the-run");
        assert_eq!(heading("### `fs`, for folders"), "fs-for-folders");
        assert_eq!(heading("no heading"), "");
    }

    #[test]
    fn code_is_not_prose() {
        assert_eq!(prose("a\n```sh\nb\n```\nc").len(), 2);
        assert_eq!(without_code("say `this` and `that`"), "say code and code");
    }
}
