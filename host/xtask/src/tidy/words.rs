//! Words that name nothing, in names of files and types, and words that say
//! where somebody's machine keeps things, anywhere.

use super::Broken;
use crate::tree::File;

/// Names that say nothing of what the code knows.
const EMPTY: [&str; 9] =
    ["util", "utils", "helper", "helpers", "common", "misc", "manager", "base", "utilities"];

/// Words that stand before a type's name.
const TYPES: [&str; 5] = ["struct ", "enum ", "trait ", "type ", "union "];

/// Places of one machine, and hosts of package registries. Built from parts,
/// so that this file does not break its own rule.
const FOREIGN: [&str; 9] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("bash_", "jobs"),
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("npmjs", ".org"),
    concat!("debian", ".org"),
    concat!("farm-", "bench"),
    concat!("farm-", "studio"),
];

pub(super) fn check(files: &[File]) -> Vec<Broken> {
    let mut broken = Vec::new();
    for file in files {
        if !file.path.starts_with("wit/deps/") {
            names(file, &mut broken);
        }
        if file.is("rs") {
            types(file, &mut broken);
        }
        if !file.is("lock") {
            places(file, &mut broken);
        }
    }
    broken
}

fn names(file: &File, broken: &mut Vec<Broken>) {
    let words = file.path.split(['/', '-', '_', '.']);
    for word in words.filter(|word| EMPTY.contains(word)) {
        broken.push(Broken::file(
            &file.path,
            format!("`{word}` names nothing; say what the code knows"),
        ));
    }
}

fn types(file: &File, broken: &mut Vec<Broken>) {
    for (at, line) in file.text().lines().enumerate() {
        let line = line.trim_start();
        let line = line.strip_prefix("pub").map_or(line, |rest| {
            rest.split_once(") ").filter(|_| rest.starts_with('(')).map_or(rest, |(_, rest)| rest)
        });
        let line = line.trim_start();
        let Some(rest) = TYPES.iter().find_map(|word| line.strip_prefix(word)) else { continue };
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        for word in words_of(&rest[..end]).iter().filter(|word| EMPTY.contains(&word.as_str())) {
            let name = &rest[..end];
            broken.push(Broken::line(
                &file.path,
                at + 1,
                format!("`{word}` in `{name}` names nothing"),
            ));
        }
    }
}

/// Takes `HostPattern` apart, in lower case.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words
}

fn places(file: &File, broken: &mut Vec<Broken>) {
    for (at, line) in file.text().lines().enumerate() {
        for word in FOREIGN.iter().filter(|word| line.contains(**word)) {
            broken.push(Broken::line(
                &file.path,
                at + 1,
                format!("`{word}` is a place of somebody's machine"),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_type(line: &str, count: usize) {
        let file = File { path: "a.rs".to_owned(), size: 0, text: Some(line.to_owned()) };
        let mut broken = Vec::new();
        types(&file, &mut broken);
        assert_eq!(broken.len(), count, "{line}");
    }

    #[test]
    fn an_empty_word_is_found_in_a_type_and_not_within_a_word() {
        check_type(concat!("pub(crate) struct Session", "Manager {"), 1);
        check_type(concat!("enum Html", "Util {"), 1);
        check_type("pub struct Database {", 0);
        check_type("let common = 1;", 0);
    }
}
