//! Whatever is dropped in, there is one clear line about it, and the others
//! load.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::workspace::{GREET, Workspace, without_bundled};

#[test]
fn each_bad_file_is_one_line_and_the_others_load() {
    let workspace = Workspace::new();
    workspace
        .drop_in("greet.lua", GREET)
        .drop_in("not-wasm.wasm", "this is text")
        .drop_in("core.wasm", b"\0asm\x01\0\0\0")
        .drop_in("cut-off.wasm", b"\0asm\x0d\0\x01\0\x01\x7f")
        .drop_in("syntax.lua", "tool = {\n  name = \n")
        .drop_in("nothing.lua", "local x = 1\n")
        .drop_in("unknown-key.lua", "-- /// ctx\n-- nmae = \"x\"\n-- ///\ntool = {}\n")
        .drop_in("future.lua", "-- /// ctx\n-- contract = \"^0.2\"\n-- ///\ntool = {}\n")
        .drop_in("open-header.lua", "-- /// ctx\ntool = {}\n")
        .drop_in("Bad Name!.lua", GREET)
        .drop_in("twin-a.lua", format!("-- /// ctx\n-- name = \"twin\"\n-- ///\n{GREET}"))
        .drop_in("twin-b.lua", format!("-- /// ctx\n-- name = \"twin\"\n-- ///\n{GREET}"))
        .drop_in("empty.lua", "")
        .drop_in("folder/extension.toml", "name = \"folder\"\n");
    insta::assert_snapshot!(without_bundled(&workspace.block(&["ext", "list"])), @r#"
    exit 0
    --- stdout
    builtin 0.1.0  tool  native, part of this program
      tool search: Search the gathered documents
      tool get: Read a gathered document
      tool sources: List where documents are gathered from
    greet  tool  .ctx/extensions/greet.lua
      tool greet: Greets somebody
    Bad Name!  .ctx/extensions/Bad Name!.lua
      not loaded: `Bad Name!` is not a name: use 1 to 64 of a-z, 0-9 and `-`
      rename it, or give its manifest a `name`
    folder  .ctx/extensions/folder
      not loaded: its folder has neither `component.wasm` nor `main.lua`
      mend it or take it away
    future  .ctx/extensions/future.lua
      not loaded: it wants the contract ^0.2, and this host speaks 0.1.0
      mend its manifest
    open-header  .ctx/extensions/open-header.lua
      not loaded: its manifest is not closed: the block from `-- /// ctx` needs a line `-- ///`
      mend it or take it away
    unknown-key  .ctx/extensions/unknown-key.lua
      not loaded: its manifest has the key `nmae`, which nobody reads
      did you mean `name`?
    twin  .ctx/extensions/twin-a.lua
      not loaded: `.ctx/extensions/twin-b.lua` has the same name, so neither is used
      rename one, or give its manifest another `name`
    twin  .ctx/extensions/twin-b.lua
      not loaded: `.ctx/extensions/twin-a.lua` has the same name, so neither is used
      rename one, or give its manifest another `name`
    core  .ctx/extensions/core.wasm
      not loaded: it is a core module and not a component
      build it for the target `wasm32-wasip2`, which makes components
    cut-off  .ctx/extensions/cut-off.wasm
      not loaded: it is damaged: failed to parse WebAssembly module: wasm component contains an invalid module section: section range 10..137 is out of bounds (bound = 10)
      copy it here again, or build it anew
    empty  .ctx/extensions/empty.lua
      not loaded: empty.lua defines no role: define a global table `connector` with a function `scan`, `tool` with a function `execute` (or a list `tools`), `agent` with a function `resolve` (or a list `agents`), a list `resources`, `extractor` with a function `extract`, `embedder` with a function `embed`, `compressor` with `compress`, `chunker` with `split`, `read_mode` with `look`, or `hooks` with a function for a phase; or return such a table
      mend it and put it here again
    not-wasm  .ctx/extensions/not-wasm.wasm
      not loaded: it is not WebAssembly
      put a component here, or a script with its own suffix
    nothing  .ctx/extensions/nothing.lua
      not loaded: nothing.lua defines no role: define a global table `connector` with a function `scan`, `tool` with a function `execute` (or a list `tools`), `agent` with a function `resolve` (or a list `agents`), a list `resources`, `extractor` with a function `extract`, `embedder` with a function `embed`, `compressor` with `compress`, `chunker` with `split`, `read_mode` with `look`, or `hooks` with a function for a phase; or return such a table
      mend it and put it here again
    syntax  .ctx/extensions/syntax.lua
      not loaded: [string "syntax.lua"]:3: unexpected symbol near <eof>
      mend it and put it here again
    "#);
    assert_eq!(workspace.run(&["call", "greet", "-p", "name=Ada"]).code, 0);
}

#[test]
fn a_pipe_among_the_extensions_holds_nobody_up() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let pipe = workspace.path().join(".ctx/extensions/pipe.lua");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let listed = workspace.run(&["ext", "list"]);
    assert!(listed.stdout.contains("it is not a file"), "{}", listed.stdout);
    assert!(listed.stdout.contains("tool greet"), "{}", listed.stdout);
}

#[test]
fn a_damaged_store_stops_neither_the_list_nor_a_call() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    workspace.write(".ctx/data/ctx.sqlite", "this is no database, and never was one".repeat(100));
    let listed = workspace.run(&["ext", "list"]);
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    assert!(listed.stdout.contains("tool greet"), "{}", listed.stdout);
    assert!(listed.stderr.contains("is damaged"), "{}", listed.stderr);
    assert_eq!(workspace.run(&["call", "greet", "-p", "name=Ada"]).code, 0);
    assert_eq!(workspace.run(&["search", "x"]).code, 1);
}

#[test]
fn a_pattern_that_nests_too_deep_is_refused() {
    let workspace = Workspace::new();
    let deep = format!("{}a{}", "{".repeat(100_000), "}".repeat(100_000));
    workspace.write("tree/.gitignore", &deep).write("tree/a.md", "alpha");
    workspace.config("[sources.tree]\nextension = \"files\"\nroot = \"tree\"\n");
    assert_eq!(workspace.run(&["sync", "tree"]).code, 0);
    workspace.config(&format!(
        "[sources.tree]\nextension = \"files\"\nroot = \"tree\"\ninclude = [\"{deep}\"]\n"
    ));
    let refused = workspace.run(&["sync", "tree"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("nests too deep"), "{}", refused.stderr);
}

#[test]
fn a_damaged_cache_entry_is_made_anew() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let cache = workspace.path().join("own-cache");
    let list = || {
        let listed =
            workspace.command(&["ext", "list"]).env("CTX_CACHE_DIR", &cache).output().unwrap();
        assert!(listed.status.success());
        String::from_utf8(listed.stdout).unwrap()
    };
    assert!(!list().contains("damaged"));
    for entry in fs::read_dir(cache.join("code")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|suffix| suffix == "code") {
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        }
    }
    fs::remove_dir_all(cache.join("descriptions")).unwrap();
    assert!(list().contains("its compiled code in the cache was damaged; it was compiled anew"));
    assert!(!list().contains("damaged"));
}

#[test]
fn planted_code_is_never_loaded() {
    let workspace = Workspace::new();
    workspace.drop_in("greet.lua", GREET);
    let cache = workspace.path().join("own-cache");
    let call = || {
        workspace
            .command(&["call", "greet", "-p", "name=Ada"])
            .env("CTX_CACHE_DIR", &cache)
            .output()
            .unwrap()
    };
    assert!(call().status.success());
    // The seal of another installation: the code is whole, and not ours.
    fs::write(workspace.places().state.join("seal"), [7; 32]).unwrap();
    assert!(call().status.success());
    fs::set_permissions(cache.join("code"), fs::Permissions::from_mode(0o777)).unwrap();
    let refused = call();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("can be written by others"), "{said}");
}

#[test]
fn a_config_with_a_mistake_says_where() {
    let workspace = Workspace::new();
    workspace.write(".ctx/config.toml", "[sources.notes]\nroot = \"x\"\n");
    insta::assert_snapshot!(workspace.block(&["stats"]), @r#"
    exit 3
    --- stderr
    ctx::config::invalid

      × the config `[workspace]/.ctx/config.toml` makes no sense: [sources.notes] needs `extension = "…"`, the connector that reads it
      help: mend the config, or name another with `--config`
    "#);
    workspace.write(".ctx/config.toml", "[sources\n");
    insta::assert_snapshot!(workspace.block(&["stats"]), @r#"
    exit 3
    --- stderr
    ctx::config::invalid

      × the config `[workspace]/.ctx/config.toml` is wrong in line 1: unclosed table, expected `]`
      help: mend the config, or name another with `--config`
    "#);
    workspace.write(".ctx/config.toml", "[source.notes]\nextension = \"files\"\n");
    insta::assert_snapshot!(workspace.block(&["search", "x"]), @r#"
    exit 0
    --- stdout
    No results.
    --- stderr
    warning: `source` in `[workspace]/.ctx/config.toml` is no section; did you mean `sources`?
    "#);
}
