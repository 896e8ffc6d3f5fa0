//! `ctx pack`: one file of an extension, and the record of its version.

use std::fs;
use std::path::Path;

use ctx_conformance::{Options, Status, check_extension};
use ctx_model::Role;
use ctx_registry::{Built, Conformance, Packed, RegistryError, SigningKey, Told, keys};
use ctx_serve::problem::Problem;
use serde_json::json;

use super::registry::problem;
use super::{Done, done, places};
use crate::args::{Pack, Packing};
use crate::diagnostic;
use crate::report::Report;

pub(crate) async fn run(pack: &Pack, report: &Report) -> Done {
    let packed = packed(&pack.folder, &pack.packing, Lies::default()).await?;
    let stem = format!("{}-{}", packed.id.name, packed.record.version);
    let archive = pack.out.join(format!("{stem}.tar"));
    let record = pack.out.join(format!("{stem}.json"));
    let write = |path: &Path, bytes: &[u8]| {
        fs::write(path, bytes).map_err(|error| {
            diagnostic::machine(&format!("`{}` cannot be written", path.display()), &error)
        })
    };
    write(&archive, &packed.archive)?;
    write(&record, format!("{:#}\n", packed.raw).as_bytes())?;
    if report.json {
        report.data(&json!({"archive": archive, "record": packed.raw}));
        return done();
    }
    report.line(format!(
        "Packed {} {} into {}",
        packed.id,
        packed.record.version,
        archive.display()
    ));
    report.line(format!("  sha256:{} ({} bytes)", packed.record.sha256, packed.record.size));
    match &packed.record.key {
        Some(key) => report.line(format!("  signed by {key}")),
        None => report.line("  not signed"),
    }
    done()
}

/// How a version lies in its registry, if it stays there as files.
#[derive(Debug, Default)]
pub(super) struct Lies {
    pub(super) folder: Option<String>,
    pub(super) built: Option<Built>,
}

/// Checks an extension by the suite, and packs it.
pub(super) async fn packed(
    folder: &Path,
    packing: &Packing,
    lies: Lies,
) -> Result<Packed, Problem> {
    let places = places()?;
    let looked = ctx_core::look(folder).map_err(|why| {
        problem(&RegistryError::Archive { id: folder.display().to_string(), why })
    })?;
    let key: Option<SigningKey> = match &packing.key {
        Some(name) => Some(keys::own(&places.state, name).map_err(|error| {
            problem(&error).with_help(format!("to make it, run `ctx registry key {name}`"))
        })?),
        None => None,
    };
    let options = Options { code: Some(places.clone()), ..Options::default() };
    let scorecard = check_extension(folder, &options).await;
    if !scorecard.passed() {
        let why = format!("{}{}", scorecard.text(), scorecard.summary());
        let (id, why) = (folder.display().to_string(), why.trim().to_owned());
        return Err(problem(&RegistryError::Conformance { id, why }));
    }
    let count = |status| u32::try_from(scorecard.count(status)).unwrap_or(u32::MAX);
    let conformance = Conformance {
        suite: env!("CARGO_PKG_VERSION").to_owned(),
        passed: count(Status::Pass) + count(Status::Warn),
        failed: count(Status::Fail),
    };
    let role = packing.role.as_deref().and_then(|role| match role {
        "connector" => Some(Role::Connector),
        "tool" => Some(Role::Tool),
        "agent" => Some(Role::Agent),
        _ => None,
    });
    let told = Told {
        role,
        commit: packing.commit.clone(),
        conformance: Some(conformance),
        lies_in: lies.folder,
        built: lies.built,
    };
    ctx_registry::pack(folder, &looked, &told, key.as_ref()).map_err(|error| problem(&error))
}
