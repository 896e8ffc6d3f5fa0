//! Modules of LeanCTX, dropped in unchanged: two that do what they should, and
//! those that LeanCTX's own suite passes whatever they do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::fs;
use std::path::Path;

use ctx_conformance::{Options, Report, Status, check_extension};

const ITEMS: &str = include_str!("../../abi-v1/items.wat");
const PROVIDER: &str = include_str!("../../abi-v1/items.provider.json");

async fn check(folder: &Path, name: &str, module: &[u8]) -> Report {
    let path = folder.join(name);
    fs::write(&path, module).unwrap();
    check_extension(&path, &Options::default()).await
}

fn failures(report: &Report) -> Vec<String> {
    let failed = report.checks.iter().filter(|check| check.status == Status::Fail);
    failed.map(|check| format!("{}: {}", check.id, check.detail)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_in_rust_and_one_in_wat_hold_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let report = check(folder.path(), "squeeze.wasm", ctx_bundle::ABI_V1_MODULE).await;
    assert_eq!(failures(&report), Vec::<String>::new());
    assert!(report.checks.iter().any(|check| check.id == "compressor/works:squeeze/squeeze"));
    let module = wat::parse_str(ITEMS).unwrap();
    fs::write(folder.path().join("my_items.provider.json"), PROVIDER).unwrap();
    let report = check(folder.path(), "my_items.wasm", &module).await;
    assert_eq!(failures(&report), Vec::<String>::new());
    // It goes by its file's name, as it is written.
    for id in ["compressor/works:my-items/my_items", "connector/scan:my-items"] {
        assert!(report.checks.iter().any(|check| check.id == id), "{id}");
    }
}

/// Each with what it has beside a memory and `alloc`, and what the suite says
/// of it: those of LeanCTX's that all pass there, and one that does not come
/// back.
const BROKEN: [(&str, &str, &str); 11] = [
    ("no-entry", "", "exports neither"),
    ("abort", "(import \"env\" \"abort\" (func (param i32 i32 i32 i32)))", "env.abort"),
    (
        "fd-write",
        "(import \"wasi_snapshot_preview1\" \"fd_write\" (func (param i32 i32 i32 i32) (result i32)))",
        "wasi_snapshot_preview1.fd_write",
    ),
    ("traps", "unreachable", "unreachable"),
    ("outside", "(i64.const 0x7fffffff00000010)", "and its memory has"),
    (
        "signature",
        "(func (export \"lctx_compress\") (param i32) (result i32) (i32.const 0))",
        "is not (i32, i32, i32) -> i64",
    ),
    ("bad-utf8", "(data (i32.const 0) \"\\ff\\fe\")", "not UTF-8"),
    ("nothing", "(i64.const 0)", "nothing is left"),
    ("too-long", "(i64.const 30000)", "longer"),
    (
        "grows",
        "(loop $on (br_if $on (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) unreachable",
        "stopped:",
    ),
    ("loops", "(loop $on (br $on)) unreachable", "stopped:"),
];

fn module(text: &str) -> String {
    const COMPRESS: &str = "(func (export \"lctx_compress\") (param i32 i32 i32) (result i64) ";
    let (head, tail) = match text {
        "" => (String::new(), String::new()),
        _ if text.starts_with("(import") => (text.to_owned(), format!("{COMPRESS} (i64.const 0))")),
        _ if text.starts_with("(func") => (String::new(), text.to_owned()),
        _ if text.starts_with("(data") => {
            (String::new(), format!("{text} {COMPRESS} (i64.const 2))"))
        }
        _ => (String::new(), format!("{COMPRESS} {text})")),
    };
    format!(
        "(module {head} (memory (export \"memory\") 1) (func (export \"alloc\") (param i32) \
         (result i32) (i32.const 1024)) {tail})"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_is_broken_fails_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, says) in BROKEN {
        let module = wat::parse_str(module(text)).unwrap();
        let report = check(folder.path(), &format!("{name}.wasm"), &module).await;
        let said = failures(&report).join("\n");
        assert!(said.contains(says), "{name}: {said:?}");
    }
}
