//! Units of web pages and of mail, as they are written.

use super::pack::{Unit, crumb};
use crate::text;

/// Tags in front of which a page may be cut.
const BLOCKS: [&str; 26] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "form",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "section",
    "table",
    "tbody",
    "tr",
    "ul",
    "head",
];

/// Bytes that are looked through for the end of a heading.
const HEADING: usize = 512;

/// Tags whose insides are left whole, as far as they fit.
const WHOLE: [&str; 4] = ["script", "style", "pre", "textarea"];

/// Blocks of a page, below its headings.
pub(crate) fn by_tags(text: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut start = 0;
    let mut begins = false;
    let mut at = 0;
    // Tags that nothing closes any more, so that nobody looks for it again.
    let mut open: Vec<String> = Vec::new();
    while let Some(found) = text[at..].find('<').map(|found| at + found) {
        let rest = &text[found..];
        if let Some(inside) = rest.strip_prefix("<!--") {
            at = inside.find("-->").map_or(text.len(), |end| found + 4 + end + 3);
            continue;
        }
        let name = rest[1..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = rest[1..=name].to_ascii_lowercase();
        let heading = heading(&name);
        if heading.is_some() || BLOCKS.contains(&name.as_str()) || WHOLE.contains(&name.as_str()) {
            if found > start {
                let crumbs = above.iter().map(|(_, title)| title.clone()).collect();
                units.push(Unit { start, end: found, begins, crumbs });
            }
            (start, begins) = (found, heading.is_some());
        }
        at = found + 1;
        if let Some(level) = heading {
            let near = &rest[..rest.floor_char_boundary(HEADING)];
            let end = find(near, &format!("</{name}")).unwrap_or(near.len());
            above.retain(|(other, _)| *other < level);
            above.push((level, crumb(&bare(&near[..end]))));
        } else if WHOLE.contains(&name.as_str()) && !open.contains(&name) {
            match find(rest, &format!("</{name}")) {
                Some(length) => at = found + length.max(1),
                None => open.push(name),
            }
        }
    }
    if start < text.len() {
        let crumbs = above.into_iter().map(|(_, title)| title).collect();
        units.push(Unit { start, end: text.len(), begins, crumbs });
    }
    units
}

/// Finds a sign of ASCII, whatever its case.
fn find(text: &str, sign: &str) -> Option<usize> {
    let (bytes, sign) = (text.as_bytes(), sign.as_bytes());
    bytes.windows(sign.len()).position(|window| window.eq_ignore_ascii_case(sign))
}

fn heading(name: &str) -> Option<usize> {
    let level = name.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some(level)
}

/// Takes the tags out of a short text.
fn bare(text: &str) -> String {
    let mut made = String::new();
    let mut is_tag = false;
    for c in text.chars().take(2000) {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            c if !is_tag => made.push(c),
            _ => {}
        }
    }
    made.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The head of a mail, its parts and their paragraphs, below its subject.
pub(crate) fn by_mail(text: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut crumbs: Vec<String> = Vec::new();
    let mut boundaries: Vec<String> = Vec::new();
    let (mut start, mut begins, mut is_head, mut was_blank) = (0, false, true, false);
    for (at, line) in text::lines(text) {
        let bare = line.trim_end();
        let is_boundary =
            !is_head && boundaries.iter().any(|boundary| bare.trim_end_matches("--") == boundary);
        let cuts = is_boundary || (!is_head && was_blank && !bare.is_empty());
        if cuts && at > start {
            units.push(Unit { start, end: at, begins, crumbs: crumbs.clone() });
            (start, begins) = (at, is_boundary);
        }
        if is_head {
            if let Some((name, value)) = bare.split_once(':')
                && name.eq_ignore_ascii_case("subject")
                && crumbs.is_empty()
            {
                crumbs.push(crumb(value));
            }
            if let Some(boundary) = boundary(bare) {
                boundaries.push(format!("--{boundary}"));
            }
            if bare.is_empty() {
                is_head = false;
                units.push(Unit { start, end: at + line.len(), begins, crumbs: crumbs.clone() });
                (start, begins) = (at + line.len(), true);
            }
        }
        // A part has a head of its own.
        is_head = is_head || is_boundary;
        was_blank = bare.is_empty();
    }
    if start < text.len() {
        units.push(Unit { start, end: text.len(), begins, crumbs });
    }
    units
}

fn boundary(line: &str) -> Option<&str> {
    let at = find(line, "boundary=")?;
    let value = line[at + "boundary=".len()..].trim_start_matches('"');
    let end = value.find(['"', ';']).unwrap_or(value.len());
    Some(&value[..end]).filter(|value| !value.is_empty())
}
