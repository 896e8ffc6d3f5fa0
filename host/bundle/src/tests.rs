//! What is embedded is whole.

use super::*;

/// A component, not a core module.
const MAGIC: &[u8] = b"\0asm\x0d\0\x01\0";

fn carries_its_manifest(component: &[u8], name: &str) -> bool {
    let line = format!("name = \"{name}\"");
    component.starts_with(MAGIC)
        && component.windows(b"ctx:manifest".len()).any(|window| window == b"ctx:manifest")
        && component.windows(line.len()).any(|window| window == line.as_bytes())
}

#[test]
fn the_files_connector_comes_with_every_ctx() {
    assert!(EXTENSIONS.iter().any(|bundled| bundled.name == "files"));
    assert!(EXTENSIONS.iter().any(|bundled| bundled.name == "embeddings"));
}

#[test]
fn every_component_carries_its_manifest() {
    for bundled in EXTENSIONS {
        assert!(carries_its_manifest(bundled.bytes, bundled.name), "{}", bundled.name);
    }
    assert!(carries_its_manifest(PROBES_COMPONENT, "probes"));
}

#[test]
fn every_script_begins_with_its_header() {
    for (name, text) in PROBE_SCRIPTS.iter().chain(EXAMPLES) {
        assert!(text.starts_with("-- /// ctx\n") && text.contains("\n-- ///\n"), "{name}");
    }
}
