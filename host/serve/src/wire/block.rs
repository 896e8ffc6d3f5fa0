//! The pieces that answers and messages are made of, as MCP names them.

use std::fmt;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use ctx_model::{BlockContent, EmbeddedContent};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::Json;

/// A piece of an answer or of a message. `annotations` are for whoever shows
/// it: its audience, its priority.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block<'a> {
    /// Words.
    Text {
        text: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Object)]
        annotations: Option<Json<'a>>,
    },
    /// A picture.
    Image {
        mime_type: &'a str,
        #[schema(value_type = String, content_encoding = "base64")]
        data: Base64<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Object)]
        annotations: Option<Json<'a>>,
    },
    /// Something to listen to.
    Audio {
        mime_type: &'a str,
        #[schema(value_type = String, content_encoding = "base64")]
        data: Base64<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Object)]
        annotations: Option<Json<'a>>,
    },
    /// Something that the caller may read.
    ResourceLink {
        uri: &'a str,
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        title: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        description: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        mime_type: Option<&'a str>,
        /// Bytes.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        size: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Object)]
        annotations: Option<Json<'a>>,
    },
    /// Something that comes along in full.
    Resource {
        resource: Resource<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Object)]
        annotations: Option<Json<'a>>,
    },
}

/// An embedded resource: either `text` or `blob`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Resource<'a> {
    pub uri: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub mime_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, content_encoding = "base64")]
    pub blob: Option<Base64<'a>>,
}

/// Bytes, encoded while they are written.
#[derive(Clone, Copy)]
pub struct Base64<'a>(pub &'a [u8]);

impl fmt::Display for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Base64Display::new(self.0, &STANDARD).fmt(f)
    }
}

impl fmt::Debug for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64({} bytes)", self.0.len())
    }
}

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'a> From<&'a ctx_model::Block> for Block<'a> {
    fn from(block: &'a ctx_model::Block) -> Self {
        let annotations = Json::present(block.annotations.as_deref());
        match &block.content {
            BlockContent::Text(text) => Self::Text { text, annotations },
            BlockContent::Image { media_type: mime_type, data } => {
                Self::Image { mime_type, data: Base64(data), annotations }
            }
            BlockContent::Audio { media_type: mime_type, data } => {
                Self::Audio { mime_type, data: Base64(data), annotations }
            }
            BlockContent::Link(link) => Self::ResourceLink {
                uri: &link.uri,
                name: &link.name,
                title: link.title.as_deref(),
                description: link.description.as_deref(),
                mime_type: link.media_type.as_deref(),
                size: link.size,
                annotations,
            },
            BlockContent::Embedded { uri, media_type, content } => {
                let (text, blob) = match content {
                    EmbeddedContent::Text(text) => (Some(text.as_str()), None),
                    EmbeddedContent::Bytes(bytes) => (None, Some(Base64(bytes))),
                };
                let mime_type = media_type.as_deref();
                Self::Resource { resource: Resource { uri, mime_type, text, blob }, annotations }
            }
        }
    }
}
