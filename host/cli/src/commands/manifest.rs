//! `ctx manifest embed`: a manifest into a component's custom section.

use std::fs;
use std::path::Path;

use ctx_core::parse_manifest;
use serde_json::json;

use super::{Done, done};
use crate::diagnostic;
use crate::report::Report;

const SECTION: &str = "ctx:manifest";

pub(crate) fn embed(component: &Path, manifest: &Path, report: &Report) -> Done {
    let unreadable = |path: &Path| {
        let shown = format!("`{}` cannot be read", path.display());
        move |error: std::io::Error| diagnostic::machine(&shown, &error)
    };
    let text = fs::read_to_string(manifest).map_err(unreadable(manifest))?;
    parse_manifest(&text).map_err(|error| {
        diagnostic::refused("ctx::manifest::invalid", format!("`{}`: {error}", manifest.display()))
    })?;
    let bytes = fs::read(component).map_err(unreadable(component))?;
    let Some(mut stripped) = without(&bytes) else {
        return Err(diagnostic::refused(
            "ctx::manifest::component",
            format!("`{}` is no WebAssembly component", component.display()),
        )
        .with_help("build it for the target `wasm32-wasip2`"));
    };
    append(&mut stripped, &text);
    let scratch = component.with_extension("wasm.new");
    fs::write(&scratch, &stripped).and_then(|()| fs::rename(&scratch, component)).map_err(
        |error| {
            diagnostic::machine(&format!("`{}` cannot be written", component.display()), &error)
        },
    )?;
    if report.json {
        report.data(&json!({"component": component, "manifest_bytes": text.len()}));
    } else {
        report.line(format!("Embedded `{}` in `{}`", manifest.display(), component.display()));
    }
    done()
}

/// Copies a component without the manifest that it may carry. Nothing comes
/// back if it is none.
fn without(component: &[u8]) -> Option<Vec<u8>> {
    if component.get(..4)? != b"\0asm" || component.get(4..8)? != [0x0d, 0, 1, 0] {
        return None;
    }
    let mut kept = component[..8].to_vec();
    let mut rest = &component[8..];
    while let [id, after @ ..] = rest {
        let (size, body) = read(after)?;
        let (body, next) = body.split_at_checked(size)?;
        let is_ours = *id == 0
            && read(body)
                .is_some_and(|(length, named)| named.get(..length) == Some(SECTION.as_bytes()));
        if !is_ours {
            kept.extend_from_slice(&rest[..rest.len() - next.len()]);
        }
        rest = next;
    }
    Some(kept)
}

fn append(component: &mut Vec<u8>, text: &str) {
    let mut body = Vec::new();
    write(&mut body, SECTION.len());
    body.extend_from_slice(SECTION.as_bytes());
    body.extend_from_slice(text.as_bytes());
    component.push(0);
    write(component, body.len());
    component.extend(body);
}

/// Reads an unsigned number in LEB128.
fn read(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

/// Writes an unsigned number in LEB128.
fn write(into: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = u8::try_from(value & 0x7f).expect("seven bits fit");
        value >>= 7;
        if value == 0 {
            into.push(low);
            return;
        }
        into.push(low | 0x80);
    }
}
