//! What transforms cost: the compressors that come with `ctx` against the same
//! code outside of a sandbox, an empty call, and a module of `wasm-abi-v1`
//! against an interpreter.

// The very files that the guest is compiled from.
#[path = "../../../guests/transforms/src/compress/fences.rs"]
mod fences;
#[path = "../../../guests/transforms/src/compress/lines.rs"]
mod lines;
#[path = "../../../guests/transforms/src/compress/markdown.rs"]
mod markdown;
#[path = "../../../guests/transforms/src/compress/runs.rs"]
mod runs;
#[path = "../../../guests/transforms/src/compress/whitespace.rs"]
mod whitespace;

mod interpreted;

use std::hint::black_box;
use std::path::Path;

use anyhow::{Result, anyhow};
use ctx_core::Host;
use ctx_model::{Caller, CompressRequest, Passage};

use crate::figure::Figure;
use crate::stopwatch::{in_turn, micros};
use crate::workspace::{Workspace, guest};

const ROUNDS: usize = 300;
const EMPTY_ROUNDS: usize = 3000;

/// Bytes of the text.
const SIZE: usize = 100_000;

pub(crate) async fn measure(ctx: &Path) -> Result<Vec<Figure>> {
    let transforms = guest(ctx, "transforms")?;
    // A module that a LeanCTX user could have.
    let module = guest(ctx, "squeeze")?;
    let extensions: [(&str, &[u8]); 2] =
        [("transforms.wasm", &transforms), ("squeeze.wasm", &module)];
    let workspace = Workspace::new(&extensions, "")?;
    let host = workspace.host()?;
    let text = text();
    let mut figures = Vec::new();
    let against: [(&str, &str, &str, f64, Native); 2] = [
        (
            "transforms.markdown.ratio",
            "markdown",
            "markdown of 100 kB, guest / native",
            2.0,
            markdown::markdown,
        ),
        (
            "transforms.whitespace.ratio",
            "whitespace",
            "whitespace of 100 kB, guest / native",
            1.6,
            whitespace::whitespace,
        ),
    ];
    for (id, name, what, goal, native) in against {
        // Both say the same, or the comparison means nothing.
        anyhow::ensure!(compress(&host, name, &text).await? == native(&text), "{name} differs");
        let native = async || {
            black_box(native(black_box(&text)));
            Ok(())
        };
        let guest = || async { compress(&host, name, &text).await.map(drop) };
        let (guest, native) = in_turn(ROUNDS, guest, native).await?;
        let ratio = guest.as_secs_f64() / native.as_secs_f64();
        figures.push(Figure::at_most(id, what, ratio, "x", goal));
    }
    let whole = || async { compress(&host, "identity", &text).await.map(drop) };
    let (whole, _) = in_turn(ROUNDS, whole, async || Ok(())).await?;
    let what = "identity of 100 kB: what is there for any compressor";
    figures.push(Figure::context("transforms.identity.us", what, micros(whole), "us"));
    let empty = || async { compress(&host, "identity", "").await.map(drop) };
    let (empty, _) = in_turn(EMPTY_ROUNDS, empty, async || Ok(())).await?;
    let what = "compressor, nothing to do, p50 at Host::compress";
    figures.push(Figure::at_most("transforms.empty.us", what, micros(empty), "us", 40.0));
    let interpreted = interpreted::Module::new(&module)?;
    anyhow::ensure!(
        compress(&host, "squeeze", &text).await? == interpreted.compress(&text)?,
        "the module differs"
    );
    let wasmi = async || interpreted.compress(&text).map(drop);
    let guest = || async { compress(&host, "squeeze", &text).await.map(drop) };
    let (guest, wasmi) = in_turn(ROUNDS / 10, guest, wasmi).await?;
    figures.push(Figure::context(
        "transforms.abi.us",
        "wasm-abi-v1 on 100 kB",
        micros(guest),
        "us",
    ));
    let ratio = guest.as_secs_f64() / wasmi.as_secs_f64();
    let what = "wasm-abi-v1 on 100 kB / the same module in wasmi";
    figures.push(Figure::at_most("transforms.abi.ratio", what, ratio, "x", 0.2));
    Ok(figures)
}

async fn compress(host: &Host, name: &str, text: &str) -> Result<String> {
    let request = CompressRequest {
        name: name.to_owned(),
        passages: vec![Passage { text: text.to_owned(), pinned: false }],
        ..CompressRequest::default()
    };
    let receipt = host.compress(request, Caller::default()).await;
    let kept = receipt.outcome.map_err(|error| anyhow!("{error}"))?;
    Ok(kept.into_iter().next().map(|one| one.text).unwrap_or_default())
}

/// The same algorithm outside of any sandbox.
type Native = fn(&str) -> String;

/// Markdown as people write it, with something to take out in most lines.
fn text() -> String {
    let mut text = String::with_capacity(SIZE + 1024);
    let mut number = 0;
    while text.len() < SIZE {
        number += 1;
        let section = format!(
            "## Section {number}\n\nA paragraph of  some words,   with `code  in it` and [a link]\
             (https://example.org/{number}),  \nwhich goes on in a second line. \n\n\n\
             - one  item\n  - below it\n\n```rust\nfn f{number}() {{\n    let a  =  {number};\n}}\n\
             ```\n\n| a   | b   |\n|-----|-----|\n| {number} | 2   |\n\n<!-- a remark -->\n\n"
        );
        text.push_str(&section);
    }
    text.truncate(SIZE);
    text
}
