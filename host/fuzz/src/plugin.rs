//! LeanCTX's `plugin.toml`: whatever it says, what is read has a name, runs
//! programs that are named, and keeps those of the sandbox in its own folder.

use ctx_core::fuzzed::plugin;

use crate::manifest;

/// Reads a manifest of a plugin.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut read = match plugin(text) {
        Ok(read) => read,
        Err(why) => return assert!(why.starts_with("its `plugin.toml` is wrong"), "{why}"),
    };
    // A program of this machine is a power, and no program is one by itself.
    let requests = read.manifest.requests.as_mut().unwrap();
    let is_native = read.programs.iter().any(|(_, is_module)| !is_module);
    assert_eq!(is_native, !requests.unsafe_.is_empty());
    requests.unsafe_.clear();
    // What is left, the host treats as it does its own.
    manifest::check(&read.manifest);
    assert!(read.manifest.name.is_some());
    assert!(text.contains("plugin"), "{text}");
    for (program, is_module) in &read.programs {
        assert!(!program.is_empty() && !program.contains(char::is_whitespace), "{program}");
        let is_outside = program.starts_with('/') || program.split('/').any(|part| part == "..");
        assert!(!is_module || !is_outside, "{program}");
        let extension = std::path::Path::new(program).extension();
        assert!(!is_module || extension.is_some_and(|own| own == "wasm"), "{program}");
    }
    for (name, schema) in &read.tools {
        assert!(!name.trim().is_empty() && schema.is_object(), "{name}");
    }
    assert!(read.shortest.is_none_or(|time| !time.is_zero()));
    assert_eq!(read.shortest.is_some(), !read.programs.is_empty());
    assert!(read.warnings.iter().all(|why| why.contains("`plugin.toml`")));
}
