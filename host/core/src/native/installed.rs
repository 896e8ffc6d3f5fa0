//! Native extensions in the catalog: made once, held to what all extensions
//! are held to, and kept for as long as the program runs.

use std::collections::HashSet;
use std::sync::Arc;

use ctx_model::{
    Digest, Form, Holdings, HookManifest, Hooks, Layer, Limits, Requests, Role, Transforms,
};
use ctx_sandbox::Description;
use sha2::{Digest as _, Sha256};

use super::NativeExtension;
use crate::catalog::{Agent, Catalog, Code, Installed, Problem, Tool};
use crate::install::{Gathered, fitness};

/// Where it is, for people.
const PLACE: &str = "part of this program";

/// Returns the extensions of the program as the config wants them: with
/// transforms as tools of their own, or without.
pub(crate) fn as_wanted(native: &[NativeExtension], with_transforms: bool) -> Vec<NativeExtension> {
    let mut native = native.to_vec();
    for extension in native.iter_mut().filter(|one| one.is_builtin && with_transforms) {
        extension.tools.extend(super::builtin::transforms());
    }
    native
}

/// Puts native extensions beside the others. A file of the same name is told to
/// be hidden: what the program itself brings is not replaced.
pub(crate) fn join(
    native: &[NativeExtension],
    gathered: &mut Gathered,
    before: Option<&Catalog>,
    deny: &HashSet<String>,
    limits: impl Fn(&NativeExtension) -> Limits,
) {
    let mut taken = HashSet::new();
    for extension in native {
        let name = &extension.name;
        let wrong = |why: &str, help: &str| problem(extension, why, help);
        if deny.contains(name.as_str()) {
            let (why, help) = ("the config denies it", "take it off `extensions.deny`");
            gathered.problems.push(wrong(why, help));
            continue;
        }
        if !taken.insert(name.clone()) {
            let why = "the program registers two of this name, and the first is used";
            gathered.problems.push(wrong(why, "register it by another name"));
            continue;
        }
        let limits = limits(extension);
        let known = before.and_then(|before| before.installed.get(name));
        let known = known.filter(|known| {
            // The config adds tools to the built-in one, and takes them away.
            let is_same = known.limits == limits && known.tools.len() == extension.tools.len();
            known.form == Form::Native && is_same
        });
        let made = known.map_or_else(|| make(extension, limits).map(Arc::new), |it| Ok(it.clone()));
        match made {
            Ok(made) => {
                if let Some(at) = gathered.installed.iter().position(|one| one.name == *name) {
                    let hidden = gathered.installed.remove(at);
                    gathered.shadowed.push((hidden.name.clone(), hidden.place.clone()));
                }
                gathered.installed.push(made);
            }
            Err(why) => gathered.problems.push(wrong(&why, "mend the program that registers it")),
        }
    }
    gathered.installed.sort_by(|a, b| a.name.cmp(&b.name));
    gathered.shadowed.sort();
}

fn problem(extension: &NativeExtension, why: &str, help: &str) -> Problem {
    Problem {
        name: extension.name.to_string(),
        place: PLACE.to_owned(),
        layer: layer(extension),
        why: why.to_owned(),
        help: help.to_owned(),
        still_running: None,
        tried: None,
    }
}

fn layer(extension: &NativeExtension) -> Layer {
    if extension.is_builtin { Layer::Bundled } else { Layer::Native }
}

/// Makes what the catalog holds, if it can be what it says it is.
fn make(extension: &NativeExtension, limits: Limits) -> Result<Installed, String> {
    let tools: Vec<_> = extension.tools.iter().map(|tool| tool.info()).collect();
    let agents: Vec<_> = extension.agents.iter().map(|agent| agent.info()).collect();
    let source = extension.source.as_ref().map(|source| source.connector.info());
    let roles = [
        (Role::Connector, source.is_some()),
        (Role::Tool, !tools.is_empty()),
        (Role::Agent, !agents.is_empty()),
    ];
    let roles = roles.into_iter().filter_map(|(role, plays)| plays.then_some(role)).collect();
    let description = Description { roles, tools, agents, source, ..Description::default() };
    fitness::check(&description, false)?;
    let Description { roles, tools, agents, source, .. } = description;
    Ok(Installed {
        name: extension.name.clone(),
        version: extension.version.clone(),
        description: extension.description.clone(),
        license: None,
        form: Form::Native,
        layer: layer(extension),
        place: PLACE.to_owned(),
        registry: None,
        digest: digest(extension),
        // Whatever the program may do, it may too; there is nothing to grant.
        requests: Some(Requests::default()),
        limits,
        roles,
        tools: tools.into_iter().map(Tool::new).collect(),
        agents: agents.into_iter().map(Agent::new).collect(),
        holdings: Holdings::default(),
        source,
        extractor: None,
        embedder: None,
        hooks: Hooks::default(),
        hook_manifest: HookManifest::default(),
        transforms: Transforms::default(),
        notes: Vec::new(),
        asks_limits: None,
        code: Arc::new(Code::native(extension.clone())),
        script: None,
        folder: None,
        settings_schema: None,
        inject: Vec::new(),
        entry: None,
        inline: None,
    })
}

/// Its code is the program's, which has no digest here: name and version tell
/// it from others.
fn digest(extension: &NativeExtension) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update("native\0");
    hasher.update(extension.name.as_str());
    hasher.update("\0");
    hasher.update(extension.version.as_deref().unwrap_or_default());
    Digest(hasher.finalize().into())
}
