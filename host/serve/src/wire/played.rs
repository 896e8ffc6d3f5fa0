//! What an extension plays beside tools, agents and sources: what it holds, to
//! what it listens, and which texts it transforms.

use ctx_core::Installed;
use ctx_model::{Role, TransformInfo};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that an extension holds, or many by a template.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Held<'a> {
    pub name: &'a str,
    /// Its address, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub uri: Option<&'a str>,
    /// The addresses of many, as a template of RFC 6570.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub uri_template: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub media_type: Option<&'a str>,
}

/// To what an extension listens.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Listens<'a> {
    /// Phases in which it takes part.
    pub phases: Vec<&'static str>,
    /// Events of which it hears.
    pub events: Vec<&'static str>,
    /// Whether it decides where state transactions meet.
    pub resolves: bool,
    pub priority: i32,
    /// Classes of data that it asks to see.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub data_classes: &'a [String],
    /// Whether its transactions are heard.
    pub state_transactions: bool,
}

/// A compressor, a chunker or a read-mode.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Transform<'a> {
    /// `compressor`, `chunker` or `read-mode`.
    pub role: &'static str,
    /// What it is chosen by.
    pub name: &'a str,
    pub description: &'a str,
    /// The media types that a chunker is for.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub media_types: &'a [String],
    /// Whether a compressor leaves alone what it has made.
    pub idempotent: bool,
    /// Whether a read-mode compares with what the reader has.
    pub compares: bool,
}

/// What turns texts into vectors.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Embedder<'a> {
    pub description: &'a str,
    /// How many texts one call may bring.
    pub batch: u32,
}

impl<'a> Held<'a> {
    /// Lists what an extension holds.
    pub(super) fn all(extension: &'a Installed) -> Vec<Self> {
        let resources = extension.holdings.resources.iter().map(|one| Self {
            name: &one.name,
            uri: Some(&one.uri),
            uri_template: None,
            description: one.description.as_deref(),
            media_type: one.media_type.as_deref(),
        });
        let templates = extension.holdings.templates.iter().map(|one| Self {
            name: &one.name,
            uri: None,
            uri_template: Some(&one.uri_template),
            description: one.description.as_deref(),
            media_type: one.media_type.as_deref(),
        });
        resources.chain(templates).collect()
    }
}

impl<'a> Listens<'a> {
    /// Says to what an extension listens, if it does.
    pub(super) fn new(extension: &'a Installed) -> Option<Self> {
        let (hooks, manifest) = (&extension.hooks, &extension.hook_manifest);
        (!hooks.is_empty()).then(|| Self {
            phases: hooks.phases.iter().map(|phase| phase.as_str()).collect(),
            events: hooks.events.iter().map(|event| event.as_str()).collect(),
            resolves: hooks.resolves,
            priority: manifest.priority,
            data_classes: &manifest.data_class_scopes,
            state_transactions: manifest.state_transactions,
        })
    }
}

impl<'a> Transform<'a> {
    /// Lists what an extension transforms.
    pub(super) fn all(extension: &'a Installed) -> Vec<Self> {
        let one = |role: Role| {
            let all = extension.transforms_of(role).iter();
            all.map(move |info: &TransformInfo| Self {
                role: role.as_str(),
                name: &info.name,
                description: &info.description,
                media_types: &info.media_types,
                idempotent: info.idempotent,
                compares: info.compares,
            })
        };
        [Role::Compressor, Role::Chunker, Role::ReadMode].into_iter().flat_map(one).collect()
    }
}

impl<'a> Embedder<'a> {
    /// Says how an extension turns texts into vectors, if it does.
    pub(super) fn new(extension: &'a Installed) -> Option<Self> {
        let info = extension.embedder.as_ref()?;
        Some(Self { description: &info.description, batch: info.batch })
    }
}
