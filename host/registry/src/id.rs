//! What an extension of a registry is called: `connectors/jira`, and perhaps
//! which versions of it are wanted.

use std::fmt;
use std::str::FromStr;

use ctx_model::{ExtensionName, Role};
use semver::VersionReq;
use serde::{Deserialize, Serialize};

use crate::error::RegistryError;

/// The roles that registries sort by, nearest to their users' words first.
pub(crate) const ROLES: [Role; 3] = [Role::Agent, Role::Connector, Role::Tool];

/// The name of an extension in a registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id {
    pub role: Role,
    pub name: String,
}

/// What somebody wants: an extension, in some versions of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub id: Id,
    pub range: VersionReq,
}

impl Id {
    /// Makes a name, if it is one that could be a folder's.
    pub fn new(role: Role, name: &str) -> Option<Self> {
        is_name(name).then(|| Self { role, name: name.to_owned() })
    }

    /// Returns what it is called once it is installed.
    pub fn extension(&self) -> Result<ExtensionName, RegistryError> {
        ExtensionName::from_stem(&self.name).map_err(|error| RegistryError::Name {
            text: self.name.clone(),
            why: error.to_string(),
        })
    }

    /// Returns where it stands in a registry, unless the registry says.
    pub fn folder(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s/{}", self.role, self.name)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for Id {
    type Error = RegistryError;

    fn try_from(text: String) -> Result<Self, RegistryError> {
        text.parse()
    }
}

impl FromStr for Id {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        let wrong = |why: &str| RegistryError::Name { text: text.to_owned(), why: why.to_owned() };
        let (role, name) = text
            .split_once('/')
            .ok_or_else(|| wrong("write what it is before its name, as in `connectors/jira`"))?;
        let role = ROLES
            .into_iter()
            .find(|known| role == known.as_str() || role.strip_suffix('s') == Some(known.as_str()))
            .ok_or_else(|| wrong("it is one of `connectors/`, `tools/` and `agents/`"))?;
        Self::new(role, name).ok_or_else(|| wrong("a name is letters, digits, `-`, `_` and `.`"))
    }
}

impl FromStr for Wanted {
    type Err = RegistryError;

    fn from_str(text: &str) -> Result<Self, RegistryError> {
        let (id, range) = text.split_once('@').unwrap_or((text, "*"));
        let id: Id = id.parse()?;
        let range = VersionReq::parse(range).map_err(|error| RegistryError::Name {
            text: text.to_owned(),
            why: format!("`{range}` is no range of versions ({error}); write `@^1.2`, for example"),
        })?;
        Ok(Self { id, range })
    }
}

/// Whether a name could be a folder's, everywhere.
pub(crate) fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=64).contains(&name.len()) && !name.starts_with('.') && name.chars().all(plain)
}
