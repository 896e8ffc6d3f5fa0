//! The code blocks of a guide, and what each is for.
//!
//! | info string | what is done with it |
//! | --- | --- |
//! | `sh` | run; a line that ends in `# exit 3` must end with that code |
//! | `lua`, `toml` | loaded as a script; read as a config |
//! | `toml manifest` | loaded as an extension's manifest |
//! | any, and a path | written to that file of the workspace |
//! | `rust`, and a path | must stand in that file of this repository |
//! | `text` or `json`, and `said` | each line must be part of one that the last `sh` said |
//! | any, and `skip: why` | left to the reader, for that reason |

use anyhow::{Result, bail, ensure};

/// A code block.
#[derive(Debug)]
pub(super) struct Block {
    /// Where it begins, counted from one.
    pub(super) line: usize,
    pub(super) purpose: Purpose,
    pub(super) text: String,
}

/// What a block is for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Run,
    Write(String),
    Said,
    Script,
    Config,
    Manifest,
    Excerpt(String),
    /// Nobody but a reader can do it here.
    Left,
}

/// Finds the blocks of a text, in order.
pub(super) fn of(text: &str) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let line = at + 1;
        let mut text = String::new();
        loop {
            match lines.next() {
                Some((_, "```")) => break,
                Some((_, inside)) => {
                    text.push_str(inside);
                    text.push('\n');
                }
                None => bail!("the block of line {line} has no end"),
            }
        }
        blocks.push(Block { line, purpose: purpose(line, info)?, text });
    }
    Ok(blocks)
}

fn purpose(line: usize, info: &str) -> Result<Purpose> {
    let (language, rest) = info.split_once(' ').unwrap_or((info, ""));
    if let Some(why) = rest.strip_prefix("skip:") {
        ensure!(why.trim().len() > 10, "the block of line {line} is skipped for no reason");
        return Ok(Purpose::Left);
    }
    Ok(match (language, rest) {
        ("sh", "") => Purpose::Run,
        ("lua", "") => Purpose::Script,
        ("toml", "") => Purpose::Config,
        ("toml", "manifest") => Purpose::Manifest,
        ("text" | "json", "said") => Purpose::Said,
        ("rust", path) if !path.is_empty() => Purpose::Excerpt(path.to_owned()),
        (_, path) if path.contains(['.', '/']) => Purpose::Write(path.to_owned()),
        _ => bail!(
            "nobody checks the block of line {line}, `{info}`: see host/xtask/src/guides/blocks.rs"
        ),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_block_says_behind_its_language_what_it_is_for() {
        let found = |info: &str| purpose(1, info).ok();
        assert_eq!(found("sh"), Some(Purpose::Run));
        assert_eq!(found("lua a/b.lua"), Some(Purpose::Write("a/b.lua".to_owned())));
        assert_eq!(found("rust x.rs"), Some(Purpose::Excerpt("x.rs".to_owned())));
        assert_eq!(found("sh skip: it needs a network of its own"), Some(Purpose::Left));
    }

    #[test]
    fn a_block_that_nobody_checks_is_refused() {
        for info in ["", "python", "rust", "sh skip: no", "text"] {
            assert!(purpose(1, info).is_err(), "{info}");
        }
        assert!(of("```sh\nopen").is_err());
    }

    #[test]
    fn blocks_know_their_lines() {
        let blocks = of("a\n```sh\nb\n\nc\n```\n```lua\n```\n").unwrap();
        let told: Vec<_> = blocks.iter().map(|block| (block.line, block.text.as_str())).collect();
        assert_eq!(told, [(2, "b\n\nc\n"), (7, "")]);
    }
}
