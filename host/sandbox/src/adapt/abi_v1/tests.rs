#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::aot::CodeCache;
use crate::engine::{Sandbox, SandboxConfig};

/// A module that gives back what it is given.
const SAME: &str = r#"(module
  (memory (export "memory") 2)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "lctx_compress") (param i32 i32 i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32))
      (i64.extend_i32_u (local.get 1)))))"#;

fn sandbox(folder: &Path, seal: u8) -> Sandbox {
    let cache = Some(CodeCache::open(folder, [seal; 32]).unwrap());
    Sandbox::new(SandboxConfig { cache, on_demand: true, ..SandboxConfig::default() }).unwrap()
}

/// Lists compiled code.
fn code(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "code")).collect()
}

#[test]
fn compiled_modules_are_kept_and_used_only_as_this_installation_sealed_them() {
    let folder = tempfile::tempdir().unwrap();
    let module = wat::parse_str(SAME).unwrap();
    assert!(sandbox(folder.path(), 1).prepare_module(&module).unwrap().compresses);
    let [kept] = code(folder.path()).try_into().unwrap();
    let compiled = fs::read(&kept).unwrap();
    let written = fs::metadata(&kept).unwrap().modified().unwrap();
    assert!(sandbox(folder.path(), 1).prepare_module(&module).unwrap().compresses);
    assert_eq!(fs::metadata(&kept).unwrap().modified().unwrap(), written, "it is not made anew");

    // Of code that is another's, or that somebody changed, nothing is run.
    for (seal, change) in [(1, true), (2, false)] {
        if change {
            let mut other = compiled.clone();
            let last = other.len() - 1;
            other[last] ^= 1;
            fs::write(&kept, other).unwrap();
        }
        let sandbox = sandbox(folder.path(), seal);
        assert!(sandbox.prepare_module(&module).unwrap().compresses);
        assert_eq!(sandbox.cache.as_ref().unwrap().take_damaged().len(), 1);
        assert_eq!(fs::read(&kept).unwrap(), compiled);
    }
}
