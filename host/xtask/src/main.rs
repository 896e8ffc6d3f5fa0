//! `cargo xtask`: everything that is done to this repository, one file for
//! each command. Owns no behaviour of the product: it builds, runs and checks.

mod bench;
mod check;
mod clients;
mod demo;
mod docs;
mod fuzz;
mod guides;
mod lua;
mod mcp_suite;
mod mcpb;
mod project;
mod report;
mod test;
mod tidy;
mod toolchain;
mod tree;
mod wit;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::project::Project;

const USAGE: &str = "\
cargo xtask COMMAND

  demo             build ctx, set up a scratch workspace and try everything in it
  test [ARG...]    run all tests; arguments go to `cargo test`
  check            fmt, clippy, tidy, docs and test, as CI does
  tidy             check what no compiler checks: arrows, doors, names, documents
  docs [--check]   write docs/reference/, or compare it; follow the guides
  guides           follow the guides only, with the ctx that is built
  lua [--check]    rebuild lua-guest/dist/, or compare it
  clients          drive ctx with clients of MCP and a browser, as CI does
  mcpb             pack ctx as a bundle for clients of MCP, below target/mcpb
  mcp-suite        run the official conformance suite of MCP, for both eras
  bench [ARG...]   measure, and write target/bench.json
  fuzz [TARGET] [--minutes N]
                   feed targets of host/fuzz for a while, and log it";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["demo"] => demo::run(&Project::find()?),
        ["test", rest @ ..] => test::run(&Project::find()?, rest),
        ["check"] => check::run(&Project::find()?),
        ["tidy"] => tidy::run(&Project::find()?),
        ["docs"] => docs::run(&Project::find()?, false),
        ["docs", "--check"] => docs::run(&Project::find()?, true),
        ["guides"] => guides::run(&Project::find()?),
        ["lua"] => lua::run(false),
        ["lua", "--check"] => lua::run(true),
        ["mcp-suite"] => mcp_suite::run(&Project::find()?),
        ["clients"] => clients::run(&Project::find()?),
        ["mcpb"] => mcpb::run(&Project::find()?),
        ["bench", rest @ ..] => bench::run(&Project::find()?, rest),
        ["fuzz", rest @ ..] => fuzz::run(&Project::find()?, rest),
        [] | ["help" | "--help" | "-h"] => {
            report::say(USAGE);
            Ok(())
        }
        other => bail!("`{}` is no command\n\n{USAGE}", other.join(" ")),
    }
}
