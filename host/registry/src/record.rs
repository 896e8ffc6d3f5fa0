//! The record of a version, as a line of the index: all that anybody needs to
//! know of it before a byte of it is fetched.

use std::collections::BTreeMap;

use ctx_model::{LimitsRequest, Requests, Role};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::canonical::canonical;
use crate::contained::is_contained;
use crate::id::Id;

/// What a version is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Wasm,
    Lua,
}

/// A version of an extension. Fields are added, never changed; what a reader
/// does not know is signed all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub name: String,
    /// `connector`, `tool` or `agent`.
    pub role: String,
    pub version: Version,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Range of the contract, for example `^0.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Of the archive.
    pub sha256: String,
    pub size: u64,
    /// Where the archive is: a path in the registry, or a URL. A path that ends
    /// in `/` is a folder there, and the archive what `ctx pack` makes of it.
    pub archive: String,
    /// What lies in that folder only where somebody built it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built: Option<Built>,
    /// Absent if it says nothing of what it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<Requests>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsRequest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Where it was built from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Ranges of versions, by `TYPEs/NAME`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dependencies: BTreeMap<String, VersionReq>,
    /// The oldest `ctx` that can use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_ctx: Option<Version>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conformance: Option<Conformance>,
    /// `ed25519:` and the public key, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Over the canonical JSON of all the rest, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// What the suite said of a version when it was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conformance {
    /// The version of `ctx` whose suite it was.
    pub suite: String,
    pub passed: u32,
    pub failed: u32,
}

/// A file of a version that does not lie in its registry, but is built from
/// sources. It does not count in the digest and the size of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    pub file: String,
    /// The folder of the sources, in the repository that the registry is in.
    pub from: String,
    /// Of these sources, packed as an archive is.
    pub sha256: String,
}

/// A later word about a version: it is taken back, or no longer is. The line
/// of the version stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Yank {
    pub yank: Version,
    /// Absent if it is no longer taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The digest of all that stands above it, so that it cannot be said again
    /// elsewhere. The word about a version that is signed has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// `ed25519:` and the public key, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Over the canonical JSON of all the rest, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// A line of the index.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    Version { record: Box<Record>, raw: Value },
    Yank { yank: Yank, raw: Value },
}

impl Record {
    /// Returns the folder of the registry that it lies in, if it is there as
    /// files and not as an archive.
    pub fn folder(&self) -> Option<&str> {
        self.archive.strip_suffix('/').filter(|_| !self.archive.contains("://"))
    }

    /// Returns what it is a version of.
    pub fn id(&self) -> Result<Id, String> {
        let role = match self.role.as_str() {
            "connector" => Role::Connector,
            "tool" => Role::Tool,
            "agent" => Role::Agent,
            other => return Err(format!("`{other}` is neither connector, tool nor agent")),
        };
        Id::new(role, &self.name)
            .ok_or_else(|| format!("`{}` could not be a folder's name", self.name))
    }
}

/// Reads a line of the index.
pub fn parse(line: &str) -> Result<Line, String> {
    let raw: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if raw.get("yank").is_some() {
        let yank = serde_json::from_value(raw.clone()).map_err(|error| error.to_string())?;
        canonical(&raw)?;
        return Ok(Line::Yank { yank, raw });
    }
    let record: Record = serde_json::from_value(raw.clone()).map_err(|error| error.to_string())?;
    record.id()?;
    let is_hex = record.sha256.len() == 64
        && record.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if !is_hex {
        return Err("`sha256` must be 64 digits, in lower case".to_owned());
    }
    let is_url = ["https://", "http://"].iter().any(|scheme| record.archive.starts_with(scheme));
    if !is_url {
        is_contained(&record.archive)
            .map_err(|why| format!("`archive` leads out of the registry: {why}"))?;
    }
    if let Some(built) = &record.built {
        is_contained(&built.file)
            .map_err(|why| format!("`built.file` leads out of the registry: {why}"))?;
    }
    for id in record.dependencies.keys() {
        id.parse::<Id>().map_err(|error| error.to_string())?;
    }
    // What cannot be written in one way only cannot be signed.
    canonical(&raw)?;
    Ok(Line::Version { record: Box::new(record), raw })
}

/// Returns what a signature is over: the whole record but the signature.
pub fn signed_bytes(raw: &Value) -> Result<String, String> {
    let mut raw = raw.clone();
    if let Some(object) = raw.as_object_mut() {
        object.remove("signature");
    }
    canonical(&raw)
}
