//! From what was found to a catalog: names settled, manifests read, each
//! extension asked once what it is.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ctx_model::{
    CallError, Digest, ExtensionName, Form, Layer, Limits, LimitsRequest, Manifest, Receipt,
    Requests, Role,
};
use ctx_sandbox::{Description, Injection, Lent, Loan, PrepareError, Sandbox, Script};
use sha2::{Digest as _, Sha256};

use crate::catalog::{Agent, Bytes, Catalog, Code, Installed, Problem, Tool};
use crate::config::Config;
use crate::decide::decide;
use crate::descriptions::Descriptions;
use crate::discover::{self, Body, BundledExtension, Candidate, Found};
use crate::interpreter::{INTERPRETERS, Interpreter};
use crate::manifest;
use crate::schema::Schema;

/// Describing gets a fifth of a call's fuel: it does no work.
const DESCRIBE_SHARE: u64 = 5;

/// And little time: every command that looks at extensions waits for it.
const DESCRIBE_TIME: Duration = Duration::from_secs(3);

/// What installing needs to know.
pub(crate) struct Installer<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) descriptions: &'a Descriptions,
    pub(crate) config: &'a Config,
    /// What the user's own config says: a workspace can add to its denials, and
    /// take nothing from them.
    pub(crate) user: &'a Config,
    /// The part of the config that is the operator's word, for extensions of
    /// the workspace and for all others.
    pub(crate) workspace_word: &'a Config,
    pub(crate) user_word: &'a Config,
    pub(crate) interpreters: &'a Interpreters,
    pub(crate) ports: ctx_sandbox::Ports,
}

/// The compiled interpreters, shared by all scripts.
pub(crate) struct Interpreters(Vec<Arc<Code>>);

impl Interpreters {
    pub(crate) fn new() -> Self {
        let code = |interpreter: &Interpreter| {
            Arc::new(Code::new(Bytes::Own(interpreter.component.into())))
        };
        Self(INTERPRETERS.iter().map(code).collect())
    }

    fn code(&self, interpreter: &Interpreter) -> &Arc<Code> {
        let at = INTERPRETERS.iter().position(|one| one.suffix == interpreter.suffix);
        &self.0[at.expect("every interpreter is in the table")]
    }
}

/// A candidate whose name is known.
struct Named {
    name: ExtensionName,
    place: String,
    layer: Layer,
    candidate: Candidate,
    manifest: Manifest,
}

/// Looks through all layers, nearest first.
pub(crate) fn find(
    dirs: &[(String, std::path::PathBuf)],
    user: &Path,
    bundled: &[BundledExtension],
) -> Vec<Found> {
    let mut found = Vec::new();
    for (shown, path) in dirs {
        found.extend(discover::scan(path, shown, Layer::Workspace));
    }
    found.extend(discover::scan(user, &user.display().to_string(), Layer::User));
    found.extend(bundled.iter().copied().map(discover::bundled));
    found
}

impl Installer<'_> {
    /// Makes a catalog of what was found. `wire_names` fixes the names that
    /// tools go by.
    pub(crate) async fn install(
        &self,
        found: Vec<Found>,
        wire_names: impl FnOnce(&[(String, String)]) -> HashMap<(String, String), String>,
    ) -> Catalog {
        let (named, mut problems) = name_all(found);
        let (named, shadowed) = settle(named, &mut problems);
        let mut installed = Vec::new();
        for one in named {
            if self
                .config
                .deny
                .iter()
                .chain(&self.user.deny)
                .any(|denied| denied == one.name.as_str())
            {
                problems.push(problem(
                    &one,
                    "the config denies it",
                    "take it off `extensions.deny`",
                ));
                continue;
            }
            let (name, place, layer) = (one.name.clone(), one.place.clone(), one.layer);
            match self.one(one).await {
                Ok(extension) => installed.push(extension),
                Err((why, help)) => {
                    problems.push(Problem { name: name.to_string(), place, layer, why, help });
                }
            }
        }
        let wanted: Vec<(String, String)> = installed
            .iter()
            .flat_map(|extension| {
                extension
                    .tools
                    .iter()
                    .map(|tool| (extension.name.to_string(), tool.info.name.clone()))
            })
            .collect();
        let fixed = wire_names(&wanted);
        let mut agents = HashSet::new();
        for extension in &mut installed {
            let name = extension.name.to_string();
            for tool in &mut extension.tools {
                if let Some(wire) = fixed.get(&(name.clone(), tool.info.name.clone())) {
                    tool.wire_name.clone_from(wire);
                }
            }
            for agent in &mut extension.agents {
                if !agents.insert(agent.wire_name.clone()) {
                    agent.wire_name = format!("{name}__{}", agent.info.name);
                    agents.insert(agent.wire_name.clone());
                }
            }
        }
        Catalog::new(installed, problems, shadowed)
    }

    async fn one(&self, one: Named) -> Result<Installed, (String, String)> {
        let Named { name, place, layer, candidate, manifest } = one;
        let digest = candidate.digest(&manifest::canonical(manifest.requests.as_ref()));
        let limits = self.limits(&name, layer, manifest.limits.as_ref());
        let notes = beyond(&limits, manifest.limits.as_ref());
        let folder = candidate.folder.clone();
        let (form, code, script) = match candidate.body {
            Body::Component(bytes) => (Form::Component, Code::new(Bytes::Own(bytes)), None),
            Body::Script { name, text, interpreter } => {
                let code = self.interpreters.code(interpreter).clone();
                (Form::Script, Code::new(Bytes::Shared(code)), Some(Script { name, text }))
            }
        };
        let mut extension = Installed {
            name,
            version: manifest.version,
            description: manifest.description,
            license: manifest.license,
            form,
            layer,
            place,
            digest,
            settings_schema: settings_schema(manifest.settings.as_ref(), folder.as_ref())
                .map_err(|why| (why, "mend `[settings]` in its manifest".to_owned()))?,
            inject: injections(manifest.requests.as_ref()),
            requests: manifest.requests,
            limits,
            roles: Vec::new(),
            tools: Vec::new(),
            agents: Vec::new(),
            source: None,
            notes,
            code,
            script,
            folder,
        };
        let description = self.describe(&mut extension).await?;
        extension.roles = description.roles;
        extension.tools = description.tools.into_iter().map(Tool::new).collect();
        extension.agents = description
            .agents
            .into_iter()
            .map(|info| Agent { wire_name: info.name.clone(), info })
            .collect();
        extension.source = description.source;
        Ok(extension)
    }

    /// Raises limits as far as the operator's word goes.
    fn limits(&self, name: &ExtensionName, layer: Layer, asked: Option<&LimitsRequest>) -> Limits {
        let word = match layer {
            Layer::Workspace => self.workspace_word,
            Layer::User | Layer::Bundled => self.user_word,
        };
        let mut limits = Limits::DEFAULT;
        if let Some(asked) = asked {
            // An extension may ask for less; for more it needs the operator.
            limits = limits.with(asked, &Limits::DEFAULT);
        }
        if let Some(extension) = word.extension.get(name.as_str()) {
            limits = limits.with(&extension.limits, &Limits::MAXIMUM);
        }
        limits
    }

    async fn describe(&self, extension: &mut Installed) -> Result<Description, (String, String)> {
        let key = Self::key(extension);
        if let Some(description) = self.descriptions.get(key) {
            return Ok(description);
        }
        let prepared = match extension.code.prepared(self.sandbox) {
            Ok(prepared) => prepared.clone(),
            Err(error) => return Err((error.to_string(), help(&error))),
        };
        if prepared.recompiled {
            extension.notes.push(
                "its compiled code in the cache was damaged; it was compiled anew".to_owned(),
            );
        }
        let loan = Loan {
            extension: extension.name.clone(),
            grant: decide(None, &ctx_model::Policy::default(), extension.folder.is_some()),
            settings: "{}".to_owned(),
            script: extension.script.clone(),
            inject: Vec::new(),
            folders: own_folder(extension),
            ports: self.ports.clone(),
        };
        let mut limits = extension.limits.clone();
        limits.fuel /= DESCRIBE_SHARE;
        limits.time = limits.time.min(DESCRIBE_TIME);
        let lent = Lent::new(Arc::new(loan));
        let Receipt { outcome, .. } = self.sandbox.describe(&prepared, lent, limits).await;
        let description = outcome.map_err(|error| {
            let why = match error {
                CallError::Failed { failure, .. } => failure.message,
                CallError::Refused(refusal) => {
                    format!("it needs a power to describe itself, and has none yet: {refusal}")
                }
                CallError::Broke { broke, .. } => {
                    format!("it was stopped when asked what it is: {broke}")
                }
            };
            (why, "mend it and put it here again".to_owned())
        })?;
        check(&description).map_err(|why| (why, "mend it and put it here again".to_owned()))?;
        self.descriptions.put(key, &description);
        Ok(description)
    }

    /// A description holds for a digest, this contract and this interpreter.
    fn key(extension: &Installed) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(extension.digest.0);
        hasher.update(ctx_sandbox::CONTRACT);
        hasher.update(extension.place.rsplit('/').next().unwrap_or_default());
        if extension.script.is_some() {
            for interpreter in &INTERPRETERS {
                hasher.update(interpreter_digest(interpreter));
            }
        }
        Digest(hasher.finalize().into())
    }
}

fn interpreter_digest(interpreter: &Interpreter) -> &'static [u8] {
    use std::sync::OnceLock;
    static DIGEST: OnceLock<Vec<u8>> = OnceLock::new();
    DIGEST.get_or_init(|| Sha256::digest(interpreter.component).to_vec())
}

/// Says which limits a manifest asks to raise, and the operator has not.
fn beyond(limits: &Limits, asked: Option<&LimitsRequest>) -> Vec<String> {
    let Some(asked) = asked else { return Vec::new() };
    let wanted = Limits::DEFAULT.with(asked, &Limits::MAXIMUM);
    let raised = [
        ("fuel", wanted.fuel > limits.fuel),
        ("memory", wanted.memory > limits.memory),
        ("time", wanted.time > limits.time),
        ("output", wanted.output > limits.output),
        ("log", wanted.log > limits.log),
        ("host_calls", wanted.host_calls > limits.host_calls),
        ("documents", wanted.documents > limits.documents),
    ];
    let keys: Vec<&str> = raised.iter().filter(|(_, more)| *more).map(|(key, _)| *key).collect();
    if keys.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "it asks for more {} than the default; raise it under `limits` in the config if you agree",
        keys.join(", ")
    )]
}

/// Lends an extension its own folder, if it has one.
pub(crate) fn own_folder(extension: &Installed) -> BTreeMap<String, ctx_sandbox::Folder> {
    let own = extension.folder.clone();
    own.map(|folder| (crate::decide::OWN_FOLDER.to_owned(), folder)).into_iter().collect()
}

fn name_all(found: Vec<Found>) -> (Vec<Named>, Vec<Problem>) {
    let (mut named, mut problems) = (Vec::new(), Vec::new());
    for Found { place, stem, layer, candidate } in found {
        let read = candidate.map_err(|why| (why, "mend it or take it away".to_owned())).and_then(
            |candidate| {
                let manifest = match &candidate.manifest {
                    Some(text) => manifest::parse(text).map_err(|error| {
                        let near = match &error {
                            manifest::ManifestError::UnknownKey { near: Some(near), .. } => {
                                format!("did you mean `{near}`?")
                            }
                            _ => "mend its manifest".to_owned(),
                        };
                        (error.to_string(), near)
                    })?,
                    None => Manifest::default(),
                };
                let name = match &manifest.name {
                    Some(name) => name.clone(),
                    None => ExtensionName::from_stem(&candidate.stem).map_err(|error| {
                        (error.to_string(), "rename it, or give its manifest a `name`".to_owned())
                    })?,
                };
                Ok(Named { name, place: place.clone(), layer, candidate, manifest })
            },
        );
        match read {
            Ok(one) => named.push(one),
            Err((why, help)) => problems.push(Problem { name: stem, place, layer, why, help }),
        }
    }
    (named, problems)
}

type Shadowed = Vec<(ExtensionName, String)>;

/// Of two with one name in one layer neither is installed; across layers the
/// nearer one hides the other.
fn settle(named: Vec<Named>, problems: &mut Vec<Problem>) -> (Vec<Named>, Shadowed) {
    let mut by_name: BTreeMap<ExtensionName, Vec<Named>> = BTreeMap::new();
    for one in named {
        by_name.entry(one.name.clone()).or_default().push(one);
    }
    let (mut kept, mut shadowed) = (Vec::new(), Vec::new());
    for (name, mut all) in by_name {
        let nearest = all.iter().map(|one| one.layer).max().expect("a group has a member");
        let (near, far): (Vec<_>, Vec<_>) = all.drain(..).partition(|one| one.layer == nearest);
        shadowed.extend(far.into_iter().map(|one| (name.clone(), one.place)));
        if near.len() == 1 {
            kept.extend(near);
            continue;
        }
        for one in &near {
            let others: Vec<&str> = near
                .iter()
                .filter(|other| other.place != one.place)
                .map(|other| other.place.as_str())
                .collect();
            let why = format!("`{}` has the same name, so neither is used", others.join("`, `"));
            problems.push(problem(one, &why, "rename one, or give its manifest another `name`"));
        }
    }
    (kept, shadowed)
}

fn problem(one: &Named, why: &str, help: &str) -> Problem {
    Problem {
        name: one.name.to_string(),
        place: one.place.clone(),
        layer: one.layer,
        why: why.to_owned(),
        help: help.to_owned(),
    }
}

fn help(error: &PrepareError) -> String {
    match error {
        PrepareError::NotWasm => "put a component here, or a script with its own suffix",
        PrepareError::CoreModule => {
            "build it for the target `wasm32-wasip2`, which makes components"
        }
        PrepareError::TooLarge => "strip it: build it with `strip = true` and `opt-level = \"s\"`",
        PrepareError::OtherContract { .. } => "build it against this host's contract",
        PrepareError::UnknownImports(_) => {
            "build it against `ctx:extension` and WASI 0.2, and nothing else"
        }
        PrepareError::NoRole => "export `source`, `tools` or `agents` of `ctx:extension`",
        PrepareError::Damaged(_) => "copy it here again, or build it anew",
    }
    .to_owned()
}

/// Reads rules that were checked when the manifest was.
fn injections(requests: Option<&Requests>) -> Vec<Injection> {
    let rules = requests.map(|requests| requests.inject.as_slice()).unwrap_or_default();
    rules
        .iter()
        .filter_map(|rule| {
            let host = rule.host.parse().ok()?;
            Some(Injection { host, header: rule.header.clone(), value: rule.value.clone() })
        })
        .collect()
}

fn settings_schema(
    settings: Option<&ctx_model::SettingsSchema>,
    folder: Option<&ctx_sandbox::Folder>,
) -> Result<Option<String>, String> {
    let Some(settings) = settings else { return Ok(None) };
    if let Some(inline) = &settings.inline {
        return Ok(Some(inline.to_string()));
    }
    let Some(file) = &settings.schema else { return Ok(None) };
    let folder = folder.ok_or_else(|| {
        format!(
            "its manifest names the schema `{file}`, and a single file has no folder: use `inline`"
        )
    })?;
    let text = folder
        .read_to_string(file)
        .map_err(|error| format!("the schema `{file}` of its settings cannot be read: {error}"))?;
    Schema::compile(&text).map_err(|why| format!("the schema `{file}` is wrong: {why}"))?;
    Ok(Some(text))
}

/// Checks what an extension said of itself.
fn check(description: &Description) -> Result<(), String> {
    if description.roles.is_empty() {
        return Err("it plays none of the roles connector, tool and agent".to_owned());
    }
    let mut names = HashSet::new();
    for tool in &description.tools {
        wire_name("tool", &tool.name)?;
        if !names.insert(&tool.name) {
            return Err(format!("it has two tools `{}`", tool.name));
        }
        Schema::compile(&tool.input_schema)
            .map_err(|why| format!("the schema of `{}`'s arguments is wrong: {why}", tool.name))?;
        if let Some(output) = &tool.output_schema {
            Schema::compile(output).map_err(|why| {
                format!("the schema of `{}`'s answers is wrong: {why}", tool.name)
            })?;
        }
    }
    let mut names = HashSet::new();
    for agent in &description.agents {
        wire_name("agent", &agent.name)?;
        if !names.insert(&agent.name) {
            return Err(format!("it has two agents `{}`", agent.name));
        }
    }
    if description.roles.contains(&Role::Connector)
        && let Some(source) = &description.source
    {
        Schema::compile(&source.settings_schema)
            .map_err(|why| format!("the schema of its settings is wrong: {why}"))?;
    }
    Ok(())
}

fn wire_name(what: &str, name: &str) -> Result<(), String> {
    let fits = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if fits {
        Ok(())
    } else {
        Err(format!(
            "its {what} `{name}` has a name that is not 1 to 64 of A-Z, a-z, 0-9, `_` and `-`"
        ))
    }
}
