//! The manifest in a script's comments: found where a second reader finds it,
//! what was put there comes back, and what is found can be parsed or refused.

use ctx_core::fuzzed::script_header;
use ctx_core::parse_manifest;

use crate::manifest;

const OPEN: &str = "-- /// ctx";
const CLOSE: &str = "-- ///";

/// A header is read to here.
const MOST: usize = 16 * 1024;

/// Reads a script's header, and one that is made of the same bytes.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let found = script_header(text, "--");
    assert_eq!(found.clone().map_err(drop), second_reader(text));
    if let Ok(Some(header)) = found
        && let Ok(found) = parse_manifest(&header)
    {
        manifest::check(&found);
    }
    put_there(text);
}

/// Whatever stands in a header comes back, line by line.
fn put_there(text: &str) {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    if lines.contains(&"///") {
        return;
    }
    let mut script = format!("#!/usr/bin/lua\n\n-- a comment\n{OPEN}\n");
    let mut expected = String::new();
    for line in &lines {
        script.extend(["-- ", line, "\n"]);
        expected.extend([line, "\n"]);
    }
    script += CLOSE;
    if script.len() > MOST {
        return;
    }
    script += "\ntool = {}\n";
    let found = script_header(&script, "--").expect("it is closed");
    assert_eq!(found.as_deref(), Some(expected.as_str()));
}

/// Finds the header by the numbers of its lines.
fn second_reader(text: &str) -> Result<Option<String>, ()> {
    let mut text = text.to_owned();
    while text.len() > MOST {
        text.pop();
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let is_code =
        |line: &&str| !(line.is_empty() || line.starts_with("--") || line.starts_with("#!"));
    let code = lines.iter().position(is_code).unwrap_or(lines.len());
    let Some(open) = lines[..code].iter().position(|line| *line == OPEN) else { return Ok(None) };
    let close = lines[open + 1..].iter().position(|line| *line == CLOSE).ok_or(())? + open + 1;
    let inside = &lines[open + 1..close];
    if inside.iter().any(|line| !line.starts_with("--")) {
        return Err(());
    }
    let mut header = String::new();
    for line in inside {
        let rest = &line[2..];
        header.extend([rest.strip_prefix(' ').unwrap_or(rest), "\n"]);
    }
    Ok(Some(header))
}
