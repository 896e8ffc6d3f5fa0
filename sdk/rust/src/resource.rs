//! Resources: the trait that an author implements, and how one is read.

use serde_json::Value;

use crate::bindings::holder::exports::ctx::extension::resources;
use crate::bindings::lent::ctx::extension::types;
use crate::error::lower;
use crate::{Questions, Result};

pub use crate::bindings::lent::ctx::extension::types::EmbeddedContent;
pub use resources::{Contents, Holdings, ReadReply, ReadRequest, ResourceInfo, TemplateInfo};

/// Holds things that a client can read by their address.
///
/// ```
/// use ctx_sdk::{Contents, Error, Holdings, ReadReply, ReadRequest, ResourceInfo, Resources, Result};
///
/// struct Motd;
///
/// impl Resources for Motd {
///     fn list() -> Holdings {
///         Holdings::new().resource(ResourceInfo::new("motd://today", "today"))
///     }
///
///     fn read(request: ReadRequest) -> Result<ReadReply> {
///         match request.uri.as_str() {
///             "motd://today" => Ok(Contents::text(request.uri, "Carry on.").into()),
///             other => Err(Error::not_found(format!("there is nothing at `{other}`"))),
///         }
///     }
/// }
///
/// ctx_sdk::export!(resources: Motd);
/// # fn main() {}
/// ```
pub trait Resources {
    /// Lists the resources and templates, with nothing granted.
    fn list() -> Holdings;

    /// Reads one. What stands in the places of a template is in the request.
    fn read(request: ReadRequest) -> Result<ReadReply>;
}

impl Holdings {
    /// Holds nothing yet.
    pub fn new() -> Self {
        Self { resources: Vec::new(), templates: Vec::new() }
    }

    /// Adds a resource.
    #[must_use]
    pub fn resource(mut self, info: ResourceInfo) -> Self {
        self.resources.push(info);
        self
    }

    /// Adds a template, for resources that nobody lists one by one.
    #[must_use]
    pub fn template(mut self, info: TemplateInfo) -> Self {
        self.templates.push(info);
        self
    }
}

impl Default for Holdings {
    fn default() -> Self {
        Self::new()
    }
}

impl ResourceInfo {
    /// Names an address.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            name: name.into(),
            title: None,
            description: None,
            media_type: None,
            size: None,
            annotations: None,
            meta: None,
        }
    }

    /// Says what stands there.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Says of which kind that is, for example `text/plain`.
    #[must_use]
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// Passes a JSON object with namespaced keys on to clients.
    #[must_use]
    pub fn meta(mut self, meta: &Value) -> Self {
        self.meta = Some(meta.to_string());
        self
    }
}

impl TemplateInfo {
    /// Names a template, for example `notes://{id}`.
    pub fn new(uri_template: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri_template: uri_template.into(),
            name: name.into(),
            title: None,
            description: None,
            media_type: None,
            annotations: None,
            meta: None,
        }
    }

    /// Says what stands there.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Says of which kind all of them are.
    #[must_use]
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }
}

impl ReadRequest {
    /// Returns what stands in a place of the template.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }
}

impl Contents {
    /// A text.
    pub fn text(uri: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            media_type: None,
            content: EmbeddedContent::Text(text.into()),
            meta: None,
        }
    }

    /// Bytes.
    pub fn bytes(uri: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self {
            uri: uri.into(),
            media_type: None,
            content: EmbeddedContent::Bytes(bytes),
            meta: None,
        }
    }

    /// Says of which kind it is.
    #[must_use]
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }
}

impl ReadReply {
    /// Asks the caller first. The answers come with the next request.
    pub fn ask(questions: Questions) -> Self {
        Self::Ask(questions)
    }
}

impl From<Contents> for ReadReply {
    fn from(contents: Contents) -> Self {
        Self::Done(vec![contents])
    }
}

/// Reads one resource for the host. `export!` calls it.
#[doc(hidden)]
pub fn read<R: Resources>(request: ReadRequest) -> Result<ReadReply, types::Error> {
    R::read(request).map_err(lower)
}
