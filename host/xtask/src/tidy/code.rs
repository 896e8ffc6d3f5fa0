//! Rust and Lua: lengths, module documents, and marks of unfinished work.

use super::Broken;
use crate::tree::File;

/// Lines of a file without its tests.
const LONGEST: usize = 500;

/// Files that may be longer, and why.
const LONGER: [(&str, usize, &str); 0] = [];

/// Built from parts, so that this file does not break its own rule.
const UNFINISHED: [&str; 7] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
    concat!("db", "g!("),
    concat!("#[ig", "nore"),
];

pub(super) fn check(files: &[File]) -> Vec<Broken> {
    let mut broken = Vec::new();
    for file in files.iter().filter(|file| file.is("rs")) {
        length(file, &mut broken);
        module_document(file, &mut broken);
    }
    let is_code =
        |file: &&File| ["rs", "lua", "wit", "sql", "toml"].iter().any(|suffix| file.is(suffix));
    for file in files.iter().filter(is_code) {
        for (at, line) in file.text().lines().enumerate() {
            for mark in UNFINISHED.iter().filter(|mark| line.contains(**mark)) {
                broken.push(Broken::line(
                    &file.path,
                    at + 1,
                    format!("`{mark}` is unfinished work"),
                ));
            }
        }
    }
    broken
}

fn length(file: &File, broken: &mut Vec<Broken>) {
    if file.is_test() {
        return;
    }
    let most =
        LONGER.iter().find(|(path, ..)| *path == file.path).map_or(LONGEST, |(_, most, _)| *most);
    let lines = without_tests(file.text());
    if lines > most {
        broken.push(Broken::file(
            &file.path,
            format!("{lines} lines; at most {most}, or a reason in tidy/code.rs"),
        ));
    }
}

/// Counts the lines before the tests at the end of a file.
fn without_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests {"));
    tests.unwrap_or(lines.len())
}

fn module_document(file: &File, broken: &mut Vec<Broken>) {
    if !file.is_test() && !file.text().starts_with("//!") {
        broken.push(Broken::line(
            &file.path,
            1,
            "a module begins with `//!`: what it owns and what not",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_at_the_end_do_not_count() {
        assert_eq!(without_tests("a\nb\n#[cfg(test)]\nmod tests {\n    c\n}\n"), 2);
        assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests;\n"), 3);
    }
}
