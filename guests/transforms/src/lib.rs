//! The transforms that every `ctx` has: compressors, chunkers and read-modes.
//! What they do to a text stands in modules of plain functions, which know
//! nothing of extensions; this file and those beside it say what they are.

mod chunk;
mod compress;
mod text;
mod view;

mod chunkers;
mod compressors;
mod read_modes;

use chunkers::{Code, Csv, Eml, Html, Json, JsonLines, Lines, MarkdownChunks, Paragraphs};
use compressors::{Identity, Markdown, Prose, Whitespace};
use read_modes::{Diff, Full, Outline, Signatures};

ctx_sdk::export!(
    compressors: [Identity, Whitespace, Prose, Markdown],
    chunkers: [Lines, Paragraphs, MarkdownChunks, Csv, Json, JsonLines, Html, Eml, Code],
    read_modes: [Full, Outline, Signatures, Diff]
);
