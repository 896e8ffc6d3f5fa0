//! From a folder to an archive and the record of a version. The same folder
//! gives the same bytes on every machine, and the same key the same signature.

use std::collections::BTreeMap;
use std::path::Path;

use ctx_core::Looked;
use ctx_model::{Form, Role};
use semver::{Version, VersionReq};
use serde_json::Value;

use crate::archive::{self, Files};
use crate::error::RegistryError;
use crate::id::{Id, ROLES};
use crate::key::SigningKey;
use crate::record::{Built, Conformance, Kind, Record};

/// What a manifest does not say.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub role: Option<Role>,
    pub commit: Option<String>,
    pub conformance: Option<Conformance>,
    /// The folder of the registry that it lies in, if it stays there as files.
    pub lies_in: Option<String>,
    /// What of it is built, and is in no checkout of the registry.
    pub built: Option<Built>,
}

/// A version, packed.
#[derive(Debug)]
pub struct Packed {
    pub id: Id,
    pub archive: Vec<u8>,
    pub record: Record,
    /// The record as it is written and signed.
    pub raw: Value,
}

/// Packs the folder of an extension.
pub fn pack(
    folder: &Path,
    looked: &Looked,
    told: &Told,
    key: Option<&SigningKey>,
) -> Result<Packed, RegistryError> {
    let shown = folder.display().to_string();
    let unfit = |why: String| RegistryError::Archive { id: shown.clone(), why };
    let files = archive::gather(folder)
        .map_err(|(path, error)| unfit(format!("`{}`: {error}", path.display())))?;
    let role = told.role.or_else(|| role_of(folder, &files)).ok_or_else(|| {
        unfit(
            "nothing says whether it is a connector, a tool or an agent: name `--role`".to_owned(),
        )
    })?;
    let manifest = &looked.manifest;
    let stem = folder
        .canonicalize()
        .ok()
        .and_then(|folder| folder.file_name().and_then(|name| name.to_str()).map(str::to_owned));
    let name = manifest.name.as_ref().map(ToString::to_string).or(stem).unwrap_or_default();
    let id = Id::new(role, &name).ok_or_else(|| unfit(format!("`{name}` is no name")))?;
    let version = manifest.version.as_deref().ok_or_else(|| {
        unfit("its manifest has no `version`, and a published one never changes".to_owned())
    })?;
    let version: Version = version
        .parse()
        .map_err(|error| unfit(format!("its version `{version}` is none: {error}")))?;
    let mut dependencies = BTreeMap::new();
    for (needed, range) in &manifest.dependencies {
        let needed: Id = needed.parse()?;
        let range: VersionReq = range
            .parse()
            .map_err(|_| unfit(format!("it needs `{needed}` in `{range}`, which is no range")))?;
        dependencies.insert(needed.to_string(), range);
    }
    let mut counted = files;
    if let Some(built) = &told.built {
        counted.remove(&built.file);
    }
    let archive = archive::write(&counted);
    let sha256 = archive::digest(&archive);
    let place = match &told.lies_in {
        Some(folder) => format!("{folder}/"),
        None => format!("blobs/{sha256}.tar"),
    };
    let record = Record {
        name: id.name.clone(),
        role: role.as_str().to_owned(),
        version,
        kind: if looked.form == Form::Component { Kind::Wasm } else { Kind::Lua },
        description: manifest.description.clone().unwrap_or_default(),
        contract: manifest.contract.clone(),
        size: archive.len() as u64,
        archive: place,
        built: told.built.clone(),
        sha256,
        requests: manifest.requests.clone(),
        limits: manifest.limits.clone(),
        license: manifest.license.clone(),
        commit: told.commit.clone(),
        dependencies,
        min_ctx: None,
        conformance: told.conformance.clone(),
        key: None,
        signature: None,
    };
    let mut raw = serde_json::to_value(&record).map_err(|error| unfit(error.to_string()))?;
    if let Some(key) = key {
        key.sign(&mut raw).map_err(unfit)?;
    }
    let record = serde_json::from_value(raw.clone()).map_err(|error| unfit(error.to_string()))?;
    Ok(Packed { id, archive, record, raw })
}

/// Tells the role by what the script is called, or by the folder it is in.
fn role_of(folder: &Path, files: &Files) -> Option<Role> {
    let by_script = ROLES.into_iter().find(|role| files.contains_key(&format!("{role}.lua")));
    let parent = || folder.canonicalize().ok()?.parent()?.file_name()?.to_str().map(str::to_owned);
    by_script.or_else(|| {
        let parent = parent()?;
        ROLES.into_iter().find(|role| parent == format!("{role}s"))
    })
}
