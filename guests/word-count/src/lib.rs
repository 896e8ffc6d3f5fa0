//! A tool that counts. It asks for nothing, and the same text always gives the
//! same answer.

use ctx_sdk::{Hints, Reply, Result, Schema, Tool, ToolInfo};
use serde::{Deserialize, Serialize};

struct WordCount;

#[derive(Deserialize)]
struct Arguments {
    text: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Counts {
    words: usize,
    characters: usize,
    lines: usize,
}

impl Tool for WordCount {
    const NAME: &'static str = "word_count";
    type Arguments = Arguments;

    fn describe() -> ToolInfo {
        let counts = ["words", "characters", "lines"];
        let output =
            counts.iter().fold(Schema::object(), |all, name| all.required(name, Schema::integer()));
        ToolInfo::new("Counts the words, characters and lines of a text")
            .input(
                Schema::object().required("text", Schema::string().describe("The text to count")),
            )
            .output(output)
            .hints(Hints::READ_ONLY | Hints::IDEMPOTENT)
    }

    fn call(Arguments { text }: Arguments) -> Result<Reply> {
        Reply::structured(&count(&text))
    }
}

fn count(text: &str) -> Counts {
    Counts {
        words: text.split_whitespace().count(),
        characters: text.chars().count(),
        lines: text.lines().count(),
    }
}

ctx_sdk::export!(tools: [WordCount]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_not_bytes_and_a_last_newline_starts_no_line() {
        assert_eq!(count("één twee\ndrie\n"), Counts { words: 3, characters: 14, lines: 2 });
        assert_eq!(count(""), Counts { words: 0, characters: 0, lines: 0 });
    }
}
