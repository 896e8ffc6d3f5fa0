//! The chunkers: what they say of themselves, and how large their pieces are.

use ctx_sdk::{Budget, Chunk, ChunkRequest, Chunker, ChunkerInfo, Result};

use crate::chunk::pack::{Room, Unit, pack};
use crate::chunk::{code, data, json, lexer, markup, plain};

/// Tokens below which a piece is measured in bytes, of which a token has one
/// at least: counting each of so many pieces would cost too much.
const FEW: u32 = 64;

/// Bytes of a token in most texts.
const TOKEN: u32 = 3;

/// Declares a chunker.
macro_rules! chunker {
    ($type:ident, $name:literal, $what:literal, $types:expr, $units:expr) => {
        pub(crate) struct $type;

        impl Chunker for $type {
            const NAME: &'static str = $name;

            fn describe() -> ChunkerInfo {
                ChunkerInfo::new($what, $types)
            }

            fn split(request: ChunkRequest) -> Result<Vec<Chunk>> {
                let units: fn(&ChunkRequest, usize) -> Vec<Unit> = $units;
                Ok(pieces(&request, units))
            }
        }
    };
}

chunker!(
    Lines,
    "lines",
    "Windows of at most 50 lines",
    ["text/vtt"],
    |request, _| plain::by_lines(&request.text)
);
chunker!(
    Paragraphs,
    "paragraph",
    "Paragraphs, as many as have room",
    ["text/asciidoc"],
    |request, _| plain::by_paragraphs(&request.text)
);
chunker!(
    MarkdownChunks,
    "markdown",
    "Sections of Markdown below their headings; code is left whole",
    ["text/markdown"],
    |request, _| plain::by_headings(&request.text)
);
chunker!(
    Csv,
    "csv",
    "Rows of a table below the names of its columns",
    ["text/csv", "text/tab-separated-values"],
    |request, _| data::by_rows(&request.text)
);
chunker!(
    Json,
    "json",
    "Elements and entries of JSON below the keys that lead to them",
    ["application/json"],
    |request, target| json::by_entries(&request.text, target)
);
chunker!(
    JsonLines,
    "jsonl",
    "Records that have a line each",
    ["application/x-ndjson"],
    |request, _| data::by_records(&request.text)
);
chunker!(
    Html,
    "html",
    "Blocks of a web page, as it is written, below its headings",
    ["text/html", "application/xhtml+xml"],
    |request, _| markup::by_tags(&request.text)
);
chunker!(
    Eml,
    "eml",
    "The head of a mail, its parts and their paragraphs, below its subject",
    ["message/rfc822"],
    |request, _| markup::by_mail(&request.text)
);
chunker!(
    Code,
    "code",
    "Definitions of code with what is said above them, whatever the language",
    CODE,
    |request, target| {
        let syntax = lexer::syntax(&request.media_type, request.file_name.as_deref());
        code::by_definitions(&request.text, syntax, target)
    }
);

/// What languages are called, as the connectors that come with `ctx` say.
const CODE: [&str; 36] = [
    "text/x-c",
    "text/x-c++",
    "text/x-clojure",
    "text/x-cmake",
    "text/x-csharp",
    "text/css",
    "text/x-dart",
    "text/x-elixir",
    "text/x-elm",
    "text/x-go",
    "text/x-gradle",
    "text/x-graphql",
    "text/x-haskell",
    "text/x-java",
    "text/javascript",
    "text/x-julia",
    "text/x-kotlin",
    "text/x-lua",
    "text/x-objective-c",
    "text/x-nix",
    "text/x-perl",
    "text/x-php",
    "text/x-powershell",
    "text/x-protobuf",
    "text/x-python",
    "text/x-r",
    "text/x-ruby",
    "text/x-rust",
    "text/x-scala",
    "text/x-shellscript",
    "text/x-swift",
    "text/x-terraform",
    "text/typescript",
    "text/x-wat",
    "text/x-zig",
    "application/sql",
];

fn pieces(request: &ChunkRequest, units: fn(&ChunkRequest, usize) -> Vec<Unit>) -> Vec<Chunk> {
    let count = |text: &str| ctx_sdk::tokens::count(text) as usize;
    let measure: &dyn Fn(&str) -> usize = &count;
    let overlap = request.overlap as usize;
    let room = match request.budget {
        Budget::Bytes(most) => {
            Room { most: most as usize, overlap, bytes: most as usize, measure: None }
        }
        Budget::Tokens(most) if most < FEW => {
            Room { most: most as usize, overlap, bytes: most as usize, measure: None }
        }
        Budget::Tokens(most) => Room {
            most: most as usize,
            overlap,
            bytes: most.saturating_mul(TOKEN) as usize,
            measure: Some(measure),
        },
    };
    let units = units(request, room.bytes);
    let pieces = pack(&request.text, units, &room).into_iter();
    pieces.map(|piece| Chunk::new(piece.start, piece.end, piece.crumbs)).collect()
}
