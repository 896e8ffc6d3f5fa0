//! `/v1/capabilities`: what this host is and what is installed, as a contract.
//! Fields are added and never changed.

use std::collections::BTreeMap;

use ctx_core::{Catalog, Host, HostError, Installed};
use ctx_model::{Form, Role};
use serde::Serialize;
use utoipa::ToSchema;

use super::Extension;
use super::contract::SCHEMA_AT;
use super::installed::extensions;
use super::parts::{self, Part};

/// Raised when a field changes, which none has.
pub(super) const CONTRACT_VERSION: u32 = 1;

/// The version of the contract that extensions are held to.
pub(super) const EXTENSION: &str = "0.1.0";

/// The same with its name.
pub(super) const CONTRACT: &str = "ctx:extension@0.1.0";

/// What this host is and what is installed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Capabilities<'a> {
    /// Raised when a field of this document changes; it grows without.
    pub contract_version: u32,
    /// Where the JSON Schema of this document is.
    pub schema: &'static str,
    pub server: Server,
    pub engine: Engine,
    /// How this host can be reached.
    pub transports: Vec<&'a str>,
    pub contracts: Contracts,
    /// How far each part can be built on: fields of this document, roles of
    /// the contract, and interfaces, by name.
    pub parts: BTreeMap<String, Part>,
    pub extensions: Names<'a>,
    pub installed: Vec<Extension<'a>>,
}

/// This program.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Server {
    pub name: &'static str,
    pub version: &'static str,
}

/// What runs extensions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Engine {
    pub name: &'static str,
    /// How instances get their memory: `pooling` or `on-demand`.
    pub allocation: &'static str,
    /// The languages of scripts.
    pub interpreters: Vec<&'static str>,
    /// What tokens are counted by.
    pub tokenizer: &'static str,
}

/// The contracts that are kept, and their versions.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Contracts {
    /// The one between host and extensions.
    #[serde(rename = "ctx:extension")]
    pub extension: &'static str,
    /// This document.
    pub capabilities: u32,
}

/// Names by role: of extensions, and of tools and agents as they are called.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Names<'a> {
    pub connectors: Vec<&'a str>,
    pub tools: Vec<&'a str>,
    pub agents: Vec<&'a str>,
    pub compressors: Vec<&'a str>,
    pub chunkers: Vec<&'a str>,
    pub read_modes: Vec<&'a str>,
    pub extractors: Vec<&'a str>,
    pub embedders: Vec<&'a str>,
    pub hooks: Vec<&'a str>,
    /// Extensions that are plugins of LeanCTX.
    pub plugins: Vec<&'a str>,
}

impl<'a> Capabilities<'a> {
    /// Describes the host and its catalog to whoever comes by these transports.
    pub fn new(
        host: &Host,
        catalog: &'a Catalog,
        transports: &[&'a str],
    ) -> Result<Self, HostError> {
        Ok(Self {
            contract_version: CONTRACT_VERSION,
            schema: SCHEMA_AT,
            server: Server { name: "ctx", version: env!("CARGO_PKG_VERSION") },
            engine: Engine {
                name: "wasmtime",
                allocation: host.allocation().as_str(),
                interpreters: vec!["lua 5.4"],
                tokenizer: ctx_core::tokens::name(),
            },
            transports: transports.to_vec(),
            contracts: Contracts { extension: EXTENSION, capabilities: CONTRACT_VERSION },
            parts: parts::all(),
            extensions: catalog.into(),
            installed: extensions(host, catalog)?,
        })
    }
}

impl<'a> From<&'a Catalog> for Names<'a> {
    fn from(catalog: &'a Catalog) -> Self {
        let named = |is_it: &dyn Fn(&Installed) -> bool| {
            let all = catalog.installed.values().filter(|one| is_it(one));
            all.map(|one| one.name.as_str()).collect()
        };
        let playing = |role| named(&|one| one.roles.contains(&role));
        Self {
            connectors: playing(Role::Connector),
            extractors: playing(Role::Extractor),
            embedders: playing(Role::Embedder),
            hooks: playing(Role::Hook),
            compressors: catalog.transform_names(Role::Compressor),
            chunkers: catalog.transform_names(Role::Chunker),
            read_modes: catalog.transform_names(Role::ReadMode),
            tools: catalog.tools().map(|(_, tool)| tool.wire_name.as_str()).collect(),
            agents: catalog.agents().map(|(_, agent)| agent.wire_name.as_str()).collect(),
            plugins: named(&|one| one.form == Form::Commands),
        }
    }
}
