//! Units of a JSON text: the elements of its outermost list or the entries of
//! its outermost object, and of one that is too large its own in turn.

use super::pack::{Unit, crumb};

/// How deep it goes for smaller units.
const DEEPEST: usize = 16;

/// Elements and entries, below the keys that lead to them. What is no JSON has
/// one unit for each line.
pub(crate) fn by_entries(text: &str, target: usize) -> Vec<Unit> {
    let mut units = Vec::new();
    let start = text.len() - text.trim_start().len();
    let Some(end) = value(text, start) else { return super::data::by_records(text) };
    let mut reader = Reader { text, target, units: &mut units };
    reader.read(start, end, &[], 0);
    // What stands before, between and behind belongs to its neighbours.
    let mut from = 0;
    for unit in &mut units {
        unit.start = from;
        from = unit.end;
    }
    match units.last_mut() {
        Some(last) => last.end = text.len(),
        None => units.push(Unit { end: text.len(), ..Unit::default() }),
    }
    units
}

struct Reader<'a> {
    text: &'a str,
    target: usize,
    units: &'a mut Vec<Unit>,
}

impl Reader<'_> {
    fn read(&mut self, start: usize, end: usize, crumbs: &[String], depth: usize) {
        let bytes = self.text.as_bytes();
        let is_container = matches!(bytes[start], b'[' | b'{');
        if !is_container || depth == DEEPEST || (depth > 0 && end - start <= self.target) {
            self.units.push(Unit { start, end, begins: false, crumbs: crumbs.to_vec() });
            return;
        }
        let is_object = bytes[start] == b'{';
        let mut at = start + 1;
        let mut number = 0;
        let mut any = false;
        while at < end {
            at = blank(bytes, at);
            if at >= end || matches!(bytes[at], b']' | b'}') {
                break;
            }
            let from = at;
            let mut key = number.to_string();
            if is_object {
                let Some(after) = string(bytes, at) else { break };
                self.text[at + 1..after - 1].clone_into(&mut key);
                at = blank(bytes, after);
                if bytes.get(at) != Some(&b':') {
                    break;
                }
                at = blank(bytes, at + 1);
            }
            let Some(after) = value(self.text, at) else { break };
            any = true;
            if after - from > self.target && matches!(bytes[at], b'[' | b'{') {
                let mut below = crumbs.to_vec();
                below.push(crumb(&key));
                self.read(at, after, &below, depth + 1);
            } else {
                self.units.push(Unit {
                    start: from,
                    end: after,
                    begins: false,
                    crumbs: crumbs.to_vec(),
                });
            }
            at = blank(bytes, after);
            if bytes.get(at) == Some(&b',') {
                at += 1;
            }
            number += 1;
        }
        if !any {
            self.units.push(Unit { start, end, begins: false, crumbs: crumbs.to_vec() });
        }
    }
}

fn blank(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Returns where a string ends that begins here.
fn string(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) != Some(&b'"') {
        return None;
    }
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns where a value ends that begins here, by its brackets.
fn value(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    match *bytes.get(start)? {
        b'"' => string(bytes, start),
        b'[' | b'{' => {
            let mut depth = 0_usize;
            let mut at = start;
            loop {
                match *bytes.get(at)? {
                    b'"' => {
                        at = string(bytes, at)?;
                        continue;
                    }
                    b'[' | b'{' => depth += 1,
                    b']' | b'}' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        _ => {
            let is_end =
                |byte: &u8| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace();
            let length = bytes[start..].iter().position(is_end).unwrap_or(bytes.len() - start);
            (length > 0).then_some(start + length)
        }
    }
}
