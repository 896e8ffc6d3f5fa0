//! What stands at the top of a `SKILL.md`: the part of YAML that authors of
//! skills write, which is keys, texts, numbers, lists, and one mapping in
//! another. What is beyond that is said to be, and never guessed at.

use serde_json::{Map, Value};

/// Reads the lines between the two `---`.
pub(super) fn parse(text: &str) -> Result<Map<String, Value>, String> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return Err("has no frontmatter: its first line is not `---`".to_owned());
    }
    let lines: Vec<&str> = lines.collect();
    let end = lines.iter().position(|line| line.trim_end() == "---");
    let end = end.ok_or("has a frontmatter that is not closed by `---`")?;
    let mut rest = lines[..end].iter().copied().filter(|line| !is_empty(line)).peekable();
    let all = mapping(&mut rest, 0)?;
    match rest.next() {
        None => Ok(all),
        Some(line) => Err(format!("has a line in its frontmatter that is none: `{line}`")),
    }
}

fn is_empty(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

type Lines<'a, I> = std::iter::Peekable<I>;

fn mapping<'a, I: Iterator<Item = &'a str>>(
    lines: &mut Lines<'a, I>,
    depth: usize,
) -> Result<Map<String, Value>, String> {
    let mut all = Map::new();
    let Some(own) = lines.peek().map(|line| indent(line)) else { return Ok(all) };
    while let Some(line) = lines.next_if(|line| indent(line) == own && !is_item(line)) {
        let (key, value) =
            line.split_once(':').ok_or_else(|| format!("has no key in `{}`", line.trim()))?;
        let key = unquoted(key.trim());
        let value = value.trim();
        let is_deeper =
            lines.peek().is_some_and(|next| indent(next) > own || is_item_of(next, own));
        let value = match value {
            "" if is_deeper => nested(lines, own, depth)?,
            "|" | ">" | "|-" | ">-" if is_deeper => block(lines, own, value),
            _ => scalar(value)?,
        };
        if all.insert(key.clone(), value).is_some() {
            return Err(format!("says `{key}` twice"));
        }
    }
    Ok(all)
}

fn nested<'a, I: Iterator<Item = &'a str>>(
    lines: &mut Lines<'a, I>,
    own: usize,
    depth: usize,
) -> Result<Value, String> {
    if lines.peek().is_some_and(|line| is_item(line)) {
        let mut list = Vec::new();
        while let Some(line) = lines.next_if(|line| is_item(line) && indent(line) >= own) {
            list.push(scalar(line.trim_start()[1..].trim())?);
        }
        return Ok(list.into());
    }
    if depth > 3 {
        return Err("has a frontmatter that is too deep".to_owned());
    }
    mapping(lines, depth + 1).map(Value::Object)
}

/// A text over several lines, folded or as it stands.
fn block<'a, I: Iterator<Item = &'a str>>(
    lines: &mut Lines<'a, I>,
    own: usize,
    style: &str,
) -> Value {
    let mut text = Vec::new();
    while let Some(line) = lines.next_if(|line| indent(line) > own) {
        text.push(line.trim());
    }
    let mut text = text.join(if style.starts_with('|') { "\n" } else { " " });
    if !style.ends_with('-') {
        text.push('\n');
    }
    text.into()
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    line == "-" || line.starts_with("- ")
}

fn is_item_of(line: &str, own: usize) -> bool {
    is_item(line) && indent(line) >= own
}

fn scalar(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" => return Ok(Value::Null),
        "true" => return Ok(true.into()),
        "false" => return Ok(false.into()),
        _ => {}
    }
    if let Some(inside) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        let parts = inside.split(',').map(str::trim).filter(|part| !part.is_empty());
        return parts.map(scalar).collect::<Result<Vec<Value>, _>>().map(Value::Array);
    }
    if text.starts_with(['{', '&', '*', '!', '[']) {
        return Err(format!("has a value in its frontmatter that is not read: `{text}`"));
    }
    if text.starts_with('"') {
        let read = serde_json::from_str(text);
        return read.map_err(|_| format!("has a text that is not closed: `{text}`"));
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && let Ok(number @ Value::Number(_)) = serde_json::from_str(text)
    {
        return Ok(number);
    }
    let text = if text.starts_with('\'') { text } else { text.split(" #").next().unwrap_or(text) };
    Ok(unquoted(text.trim_end()).into())
}

fn unquoted(text: &str) -> String {
    let single = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let double = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    single.map(|text| text.replace("''", "'")).or(double.map(str::to_owned)).unwrap_or(text.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use serde_json::json;

    use super::*;

    #[test]
    fn what_authors_write_is_read() {
        let text = "---\nname: pdf\ndescription: \"Reads: PDF\"\nlicense: 'it''s free' \n# no\n\
                    tags: [a, 2]\ntools:\n  - one\n  - two\nmetadata:\n  version: \"1.0\"\n  \
                    level: 3\nlong: >\n  a\n  b\nflag: true\n---\n# PDF\n";
        let read = Value::Object(parse(text).unwrap());
        assert_eq!(
            read,
            json!({
                "name": "pdf", "description": "Reads: PDF", "license": "it's free",
                "tags": ["a", 2], "tools": ["one", "two"],
                "metadata": {"version": "1.0", "level": 3}, "long": "a b\n", "flag": true,
            })
        );
    }

    #[test]
    fn what_is_beyond_that_is_said_to_be() {
        for (text, why) in [
            ("# PDF", "has no frontmatter: its first line is not `---`"),
            ("---\nname: a", "has a frontmatter that is not closed by `---`"),
            ("---\nname: a\nname: b\n---", "says `name` twice"),
            ("---\nname\n---", "has no key in `name`"),
            ("---\na: &b c\n---", "has a value in its frontmatter that is not read: `&b c`"),
            ("---\na: b\n  c: d\n---", "has a line in its frontmatter that is none: `  c: d`"),
        ] {
            assert_eq!(parse(text).unwrap_err(), why);
        }
    }
}
