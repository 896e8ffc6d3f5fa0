//! What people drop in by mistake: each is one line with the cause and what to
//! do, and the others load.

use std::fs;
use std::path::Path;

use ctx_core::{Host, HostOptions, Places, Problem};
use tempfile::TempDir;

use crate::options;

const SCRIPT: &str = "tool = { name = \"good\", description = \"Good\" }\n\
    function tool.execute() return \"good\" end\n";

/// A workspace with these files in its extensions folder.
struct Workspace(TempDir);

impl Workspace {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        ctx_core::init(&scratch.path().join("workspace")).unwrap();
        let workspace = Self(scratch);
        for (path, bytes) in files {
            let path = workspace.extensions().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        workspace
    }

    fn extensions(&self) -> std::path::PathBuf {
        self.0.path().join("workspace/.ctx/extensions")
    }

    fn open(&self, code: Option<Places>) -> Host {
        let places = Places::below(self.0.path());
        let workspace = self.0.path().join("workspace");
        Host::open(HostOptions { on_demand: true, code, ..HostOptions::new(workspace, places) })
            .unwrap()
    }

    async fn look(&self) -> (Vec<String>, Vec<Problem>) {
        let catalog = self.open(options().code).catalog().await.unwrap();
        let installed = catalog.installed.keys().map(ToString::to_string).collect();
        (installed, catalog.problems.clone())
    }
}

/// The good one loads, and every other file is one line.
async fn check(files: &[(&str, &[u8])], lines: &[&str]) {
    let mut all = vec![("good.lua", SCRIPT.as_bytes())];
    all.extend_from_slice(files);
    let workspace = Workspace::new(&all);
    let (installed, problems) = workspace.look().await;
    assert_eq!(installed, ["good"], "{problems:?}");
    let said: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}; {}", problem.place, problem.why, problem.help))
        .collect();
    assert!(said.iter().all(|line| !line.contains('\n')), "{said:#?}");
    // A line that ends in an ellipsis goes on with words that are not ours.
    let fits = |(said, line): (&String, &&str)| match line.strip_suffix('…') {
        Some(beginning) => said.starts_with(beginning),
        None => said == line,
    };
    assert!(said.len() == lines.len() && said.iter().zip(lines).all(fits), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file() {
    check(&[("bad.wasm", b"")], &[
            ".ctx/extensions/bad.wasm: it is not WebAssembly; put a component here, or a script with its own suffix",
        ]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_wasm() {
    check(&[("bad.wasm", b"hello")], &[
            ".ctx/extensions/bad.wasm: it is not WebAssembly; put a component here, or a script with its own suffix",
        ]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_core_module() {
    check(&[("bad.wasm", b"\0asm\x01\0\0\0")], &[
            ".ctx/extensions/bad.wasm: it is a core module and not a component; build it for the target `wasm32-wasip2`, which makes components",
        ]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_of_no_role() {
    check(&[("bad.wasm", b"\0asm\x0d\0\x01\0")], &[
            ".ctx/extensions/bad.wasm: it plays none of the roles connector, tool, agent, resource, completer, extractor, embedder, hook, compressor, chunker and read-mode; export `source`, `tools`, `agents`, `resources`, `completion`, `extraction`, `embedding`, `compression`, `chunking`, `viewing` or a hook of `ctx:extension`",
        ]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_was_cut_short() {
    let whole = ctx_bundle::EXTENSIONS[0].bytes;
    check(
        &[("bad.wasm", &whole[..whole.len() / 2])],
        &[".ctx/extensions/bad.wasm: it is damaged: …"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_with_a_syntax_error() {
    check(&[("bad.lua", b"tool = {\n  name = \n}\n")], &[
            ".ctx/extensions/bad.lua: [string \"bad.lua\"]:3: unexpected symbol near '}'; mend it and put it here again",
        ]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_plays_no_role() {
    check(&[("bad.lua", b"return 1\n")], &[".ctx/extensions/bad.lua: bad.lua defines no role: …"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_is_not_text() {
    check(
        &[("bad.lua", b"\xff\xfe")],
        &[".ctx/extensions/bad.lua: it is not UTF-8 text; mend it or take it away"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_with_an_unknown_key() {
    let script = format!("-- /// ctx\n-- nmae = \"bad\"\n-- ///\n{SCRIPT}");
    check(&[("bad.lua", script.as_bytes())], &[
            ".ctx/extensions/bad.lua: its manifest has the key `nmae`, which nobody reads; did you mean `name`?",
        ]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_of_the_contract() {
    let script = format!("-- /// ctx\n-- contract = \"^9\"\n-- ///\n{SCRIPT}");
    check(&[("bad.lua", script.as_bytes())], &[
            ".ctx/extensions/bad.lua: it wants the contract ^9, and this host speaks 0.1.0; mend its manifest",
        ]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_extensions_with_one_name() {
    let script = format!("-- /// ctx\n-- name = \"twin\"\n-- ///\n{SCRIPT}");
    check(&[("one.lua", script.as_bytes()), ("two.lua", script.as_bytes())], &[
            ".ctx/extensions/one.lua: `.ctx/extensions/two.lua` has the same name, so neither is used; rename one, or give its manifest another `name`",
            ".ctx/extensions/two.lua: `.ctx/extensions/one.lua` has the same name, so neither is used; rename one, or give its manifest another `name`",
        ]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_one() {
    check(&[("b@d.lua", SCRIPT.as_bytes())], &[
            ".ctx/extensions/b@d.lua: `b@d` is not a name: use 1 to 64 of a-z, 0-9 and `-`; rename it, or give its manifest a `name`",
        ]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_a_body() {
    check(&[("bad/extension.toml", b"name = \"bad\"\n")], &[
            ".ctx/extensions/bad: its folder has neither `component.wasm` nor `main.lua`; mend it or take it away",
        ]).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let workspace =
        Workspace::new(&[("good.lua", SCRIPT.as_bytes()), ("shut/main.lua", SCRIPT.as_bytes())]);
    let shut = workspace.extensions().join("shut");
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser reads everything, and then there is nothing to see.
    let is_root = fs::read_dir(&shut).is_ok();
    let (installed, problems) = workspace.look().await;
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o700)).unwrap();
    if !is_root {
        assert_eq!(installed, ["good"]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].why.contains("Permission denied"), "{problems:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_leads_nowhere() {
    let workspace = Workspace::new(&[("good.lua", SCRIPT.as_bytes())]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere.lua", workspace.extensions().join("link.lua")).unwrap();
    let (installed, problems) = workspace.look().await;
    assert_eq!(installed, ["good"]);
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn compiled_code_that_was_cut_short_is_compiled_anew() {
    let mut bundled = ctx_bundle::EXTENSIONS.iter();
    let files = bundled.find(|extension| extension.name == "files").unwrap();
    let workspace = Workspace::new(&[("files.wasm", files.bytes)]);
    let is_damaged = |note: &String| note.contains("damaged");
    let first = workspace.open(None).catalog().await.unwrap();
    let notes = &first.installed["files".parse().as_ref().unwrap()].notes;
    assert!(!notes.iter().any(is_damaged), "{notes:?}");
    // What is mapped must not be cut short under those who run it.
    drop(first);
    let cache = workspace.0.path().join("cache");
    let mut cut = 0;
    for entry in fs::read_dir(cache.join("code")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|suffix| suffix == "code") {
            shorten(&path);
            cut += 1;
        }
    }
    assert_eq!(cut, 1);
    // Who is asked again needs its code.
    fs::remove_dir_all(cache.join("descriptions")).unwrap();
    let second = workspace.open(None).catalog().await.unwrap();
    assert!(second.problems.is_empty(), "{:?}", second.problems);
    let notes = &second.installed["files".parse().as_ref().unwrap()].notes;
    assert!(notes.iter().any(is_damaged), "{notes:?}");
}

fn shorten(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
}
