//! Resources: what an extension holds at addresses, how it is read, and the
//! values that it offers while somebody fills in.

use crate::{EmbeddedContent, Json, Questions, Resumed};

/// A resource, as offered to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceInfo {
    pub uri: String,
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub media_type: Option<String>,
    pub size: Option<u64>,
    pub annotations: Option<Json>,
    pub meta: Option<Json>,
}

/// Many resources at once, which nobody lists one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateInfo {
    pub uri_template: String,
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub media_type: Option<String>,
    pub annotations: Option<Json>,
    pub meta: Option<Json>,
}

/// All that an extension holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    pub resources: Vec<ResourceInfo>,
    pub templates: Vec<TemplateInfo>,
}

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRequest {
    pub uri: String,
    pub template: Option<String>,
    pub variables: Vec<(String, String)>,
    pub resumed: Option<Resumed>,
}

/// What stands in a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    pub uri: String,
    pub media_type: Option<String>,
    pub content: EmbeddedContent,
    pub meta: Option<Json>,
}

/// What reading comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadReply {
    Done(Vec<Contents>),
    Ask(Questions),
}

/// What is being filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filled {
    /// An argument of the agent of this name.
    Agent(String),
    /// A place of this template.
    Template(String),
}

/// What has been typed so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompleteRequest {
    pub subject: Filled,
    /// The argument, or the place in the template.
    pub name: String,
    pub value: String,
    /// What has been filled in before.
    pub known: Vec<(String, String)>,
}

/// Values to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    pub values: Vec<String>,
    pub total: Option<u32>,
    pub more: bool,
}

/// Which of the lists that an extension gave is out of date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outdated {
    Tools,
    Agents,
    Resources,
    /// What stands at this address.
    Resource(String),
}
