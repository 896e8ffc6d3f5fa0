//! What is installed, one by one: what each extension is, what it asks for,
//! what it was granted, and what it offers. Fields are added, never changed.

use ctx_core::{Catalog, Host, HostError, Problem, Requested, Standing};
use ctx_model::format_duration;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::capabilities::CONTRACT;
use super::{Agent, Conformance, Embedder, Held, Json, Listens, Tool, Transform};

/// Something in an extensions folder: installed, or not loaded.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Extension<'a> {
    Installed(Box<Installed<'a>>),
    NotLoaded(NotLoaded<'a>),
}

/// An extension that can be called.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Installed<'a> {
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub license: Option<&'a str>,
    /// What it is made of: `wasm` or `lua`, or `native` if it is part of the
    /// program.
    pub kind: &'static str,
    pub origin: Origin<'a>,
    /// SHA-256 of all that it is made of; grants are bound to it.
    pub digest: String,
    /// What it does: `connector`, `tool`, `agent`.
    pub roles: Vec<&'static str>,
    /// The contract that it is held to.
    pub contract: &'static str,
    /// The powers that it asks for.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    pub requests: Powers,
    /// Those of them that the operator granted.
    #[schema(value_type = BTreeMap<String, Vec<String>>)]
    pub grants: Powers,
    pub limits: Limits,
    pub state: State,
    /// Why it does not run, if its state says that it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub halted: Option<Halted>,
    /// What is wrong with the file that would replace it, if there is one and
    /// it cannot be loaded. This one runs on until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<Fault<'a>>,
    /// How this version did in the conformance suite, as far as it was ever
    /// run here.
    pub conformance: Conformance,
    /// Given if an earlier version had grants that this one lost.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub outdated_grants: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agents: Vec<Agent<'a>>,
    /// What it says of itself as a connector, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source: Option<Connector<'a>>,
    /// The media types that it turns into text, if it is an extractor.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub media_types: &'a [String],
    /// What it holds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Held<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transforms: Vec<Transform<'a>>,
    /// To what it listens, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hooks: Option<Listens<'a>>,
    /// How it turns texts into vectors, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub embedder: Option<Embedder<'a>>,
    /// JSON Schema of what the operator may set, if it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub settings_schema: Option<Json<'a>>,
    /// What an operator may want to know, and what stops nothing.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub notes: &'a [String],
}

/// Something that could not be loaded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NotLoaded<'a> {
    /// The name that it would have.
    pub name: &'a str,
    pub origin: Origin<'a>,
    /// Always `error`, which tells it from what is installed.
    #[schema(pattern = "^error$")]
    pub state: &'static str,
    pub error: Fault<'a>,
}

/// Whether an installed extension has what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// All that it asks for is granted.
    Ready,
    /// Something that it asks for is not granted.
    NeedsGrants,
    /// The operator disabled it.
    Disabled,
    /// It failed again and again, and is tried again later.
    Paused,
}

/// Why an extension does not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Halted {
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Milliseconds until it is tried again, if it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after_ms: Option<u64>,
}

/// Where an extension was found.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Origin<'a> {
    /// `workspace`, `user`, `bundled` or `native`. The nearer one hides the
    /// others, and what is part of the program hides all.
    pub layer: &'static str,
    /// The file or folder that it was read from.
    pub place: &'a str,
    /// The registry that it is of, if it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub registry: Option<&'a str>,
}

/// What is wrong with an extension, for people.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Fault<'a> {
    pub message: &'a str,
    /// What to do about it.
    pub help: &'a str,
}

/// What one call may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Limits {
    /// Units of work, about one per wasm instruction.
    pub fuel: u64,
    /// Bytes of memories and tables together.
    pub memory_bytes: u64,
    /// Milliseconds on the clock.
    pub time_ms: u64,
    /// Bytes of one answer.
    pub output_bytes: u64,
    /// Bytes of log lines.
    pub log_bytes: u64,
    /// Calls of functions that the host lends.
    pub host_calls: u64,
}

/// What a connector says of itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Connector<'a> {
    pub description: &'a str,
    /// JSON Schema of a source's settings.
    #[schema(value_type = Object)]
    pub settings_schema: Json<'a>,
    /// Whether a later walk may go on where a finished one ended.
    pub incremental: bool,
    /// Whether a full walk gives every document there is.
    pub complete: bool,
    /// Whether each page is a page's work.
    pub streaming: bool,
}

/// Powers, by capability, in the order in which they were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Powers(Vec<(&'static str, Vec<String>)>);

/// Lists what is in the extensions folders.
pub fn extensions<'a>(host: &Host, catalog: &'a Catalog) -> Result<Vec<Extension<'a>>, HostError> {
    let installed = catalog.installed.values().map(|extension| {
        let error = catalog.replacement(&extension.name).map(Fault::from);
        let conformance = Conformance::new(extension, host.conformance(extension)?);
        let installed = Installed::new(extension, &host.standing(extension)?, conformance);
        let installed = Installed { error, ..installed.halted(host.halted(extension).as_ref()) };
        Ok(Extension::Installed(Box::new(installed)))
    });
    // A broken replacement is told with the version that goes on in its stead.
    let problems = catalog
        .problems
        .iter()
        .filter(|problem| problem.still_running.is_none())
        .map(|problem| Ok(Extension::NotLoaded(problem.into())));
    installed.chain(problems).collect()
}

impl<'a> Extension<'a> {
    /// Returns its name, or the one it would have.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Installed(installed) => installed.name,
            Self::NotLoaded(problem) => problem.name,
        }
    }
}

impl<'a> Installed<'a> {
    /// Describes an extension and how it stands with the operator.
    pub fn new(
        extension: &'a ctx_core::Installed,
        standing: &Standing,
        conformance: Conformance,
    ) -> Self {
        let is_missing = standing.requested.iter().any(|one| !one.granted);
        let name = extension.name.as_str();
        let mut tools: Vec<_> =
            extension.tools.iter().map(|tool| Tool::new(&tool.wire_name, &tool.info)).collect();
        for (tool, truth) in tools.iter_mut().zip(&standing.hints) {
            *tool = tool.clone().with(name, truth);
        }
        let agents = extension.agents.iter().map(|agent| Agent::new(&agent.wire_name, &agent.info));
        let source = extension.source.as_ref().map(|source| Connector {
            description: &source.description,
            settings_schema: Json::new(&source.settings_schema),
            incremental: source.incremental,
            complete: source.complete,
            streaming: source.streaming,
        });
        Self {
            name: extension.name.as_str(),
            version: extension.version.as_deref(),
            description: extension.description.as_deref(),
            license: extension.license.as_deref(),
            kind: extension.form.as_str(),
            origin: Origin {
                layer: extension.layer.as_str(),
                place: &extension.place,
                registry: extension.registry.as_deref(),
            },
            digest: format!("sha256:{}", extension.digest),
            roles: extension.roles.iter().map(|role| role.as_str()).collect(),
            contract: CONTRACT,
            requests: standing.requested.iter().collect(),
            grants: standing.requested.iter().filter(|one| one.granted).collect(),
            limits: (&extension.limits).into(),
            state: if is_missing { State::NeedsGrants } else { State::Ready },
            halted: None,
            error: None,
            conformance,
            outdated_grants: standing.outdated,
            tools,
            agents: agents.collect(),
            source,
            media_types: extension
                .extractor
                .as_ref()
                .map(|one| one.media_types.as_slice())
                .unwrap_or_default(),
            resources: Held::all(extension),
            transforms: Transform::all(extension),
            hooks: Listens::new(extension),
            embedder: Embedder::new(extension),
            settings_schema: Json::present(extension.settings_schema.as_deref()),
            notes: &extension.notes,
        }
    }

    /// Adds why it does not run, if it does not.
    #[must_use]
    pub fn halted(self, halted: Option<&ctx_core::Halted>) -> Self {
        let Some(halted) = halted else { return self };
        let told = Halted::new(self.name, halted);
        let state = match halted {
            ctx_core::Halted::Disabled => State::Disabled,
            ctx_core::Halted::Paused { .. } => State::Paused,
        };
        Self { state, halted: Some(told), ..self }
    }
}

impl Halted {
    /// Says why an extension does not run, and what to type.
    pub fn new(name: &str, halted: &ctx_core::Halted) -> Self {
        match halted {
            ctx_core::Halted::Disabled => Self {
                message: "it is disabled".to_owned(),
                help: format!("to let it run again, run `ctx ext enable {name}`"),
                retry_after_ms: None,
            },
            ctx_core::Halted::Paused { failures, why, left } => Self {
                message: format!(
                    "it is paused for {}: it failed {failures} times in a row, last with: {why}",
                    format_duration(*left)
                ),
                help: format!("to try it at once, run `ctx ext enable {name}`"),
                retry_after_ms: u64::try_from(left.as_millis()).ok(),
            },
        }
    }
}

impl<'a> From<&'a Problem> for NotLoaded<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            name: &problem.name,
            origin: Origin { layer: problem.layer.as_str(), place: &problem.place, registry: None },
            state: "error",
            error: problem.into(),
        }
    }
}

impl<'a> From<&'a Problem> for Fault<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self { message: &problem.why, help: &problem.help }
    }
}

impl From<&ctx_model::Limits> for Limits {
    fn from(limits: &ctx_model::Limits) -> Self {
        Self {
            fuel: limits.fuel,
            memory_bytes: limits.memory,
            time_ms: u64::try_from(limits.time.as_millis()).unwrap_or(u64::MAX),
            output_bytes: limits.output,
            log_bytes: limits.log,
            host_calls: limits.host_calls,
        }
    }
}

impl<'a> FromIterator<&'a Requested> for Powers {
    fn from_iter<I: IntoIterator<Item = &'a Requested>>(requested: I) -> Self {
        let mut powers = Self::default();
        for one in requested {
            match powers.0.iter_mut().find(|(capability, _)| *capability == one.capability) {
                Some((_, values)) => values.push(one.value.clone()),
                None => powers.0.push((one.capability, vec![one.value.clone()])),
            }
        }
        powers
    }
}

impl Serialize for Powers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(capability, values)| (capability, values)))
    }
}
