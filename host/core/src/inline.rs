//! Agents that are all written down in the config: in the catalog beside the
//! others, and answered by the host itself.

use std::collections::HashSet;
use std::sync::Arc;

use ctx_model::{
    AgentInfo, Digest, ExtensionName, Form, Holdings, HookManifest, Hooks, Layer, Limits, Prompt,
    PromptReply, Receipt, Requests, Role, Transforms, Usage,
};
use sha2::{Digest as _, Sha256};

use crate::catalog::{Agent, Catalog, Code, Installed, Problem};
use crate::config::InlineAgent;
use crate::entries;
use crate::host::Host;
use crate::install::Gathered;

/// Puts the agents beside what was found. A file of the same name is hidden:
/// the config is nearer.
pub(crate) fn join(
    agents: &[(ExtensionName, InlineAgent)],
    gathered: &mut Gathered,
    before: Option<&Catalog>,
    deny: &HashSet<String>,
    file: &str,
) {
    for (name, agent) in agents {
        let place = format!("[{}] in {file}", agent.section());
        if deny.contains(name.as_str()) {
            gathered.problems.push(Problem {
                name: name.to_string(),
                place,
                layer: Layer::Workspace,
                why: "the config denies it".to_owned(),
                help: "take it off `extensions.deny`".to_owned(),
                still_running: None,
                tried: None,
            });
            continue;
        }
        let known = before
            .and_then(|before| before.installed.get(name))
            .filter(|known| known.inline.as_deref() == Some(agent) && known.place == place);
        let made = known.map_or_else(|| Arc::new(make(name, agent, place)), Arc::clone);
        if let Some(at) = gathered.installed.iter().position(|one| one.name == *name) {
            let hidden = gathered.installed.remove(at);
            gathered.shadowed.push((hidden.name.clone(), hidden.place.clone()));
        }
        gathered.installed.push(made);
    }
    gathered.installed.sort_by(|a, b| a.name.cmp(&b.name));
    gathered.shadowed.sort();
}

fn make(name: &ExtensionName, agent: &InlineAgent, place: String) -> Installed {
    let info = AgentInfo {
        name: entries::wire_name(&agent.name),
        title: None,
        description: agent.description.clone(),
        arguments: Vec::new(),
        tools: agent.tools.clone(),
        meta: None,
    };
    Installed {
        name: name.clone(),
        version: None,
        description: Some(agent.description.clone()),
        license: None,
        form: Form::Inline,
        layer: Layer::Workspace,
        place,
        registry: None,
        digest: digest(agent),
        // It runs nothing, so there is nothing to grant.
        requests: Some(Requests::default()),
        limits: Limits::DEFAULT,
        roles: vec![Role::Agent],
        tools: Vec::new(),
        agents: vec![Agent::new(info)],
        holdings: Holdings::default(),
        source: None,
        extractor: None,
        embedder: None,
        hooks: Hooks::default(),
        hook_manifest: HookManifest::default(),
        transforms: Transforms::default(),
        notes: Vec::new(),
        asks_limits: None,
        code: Arc::new(Code::own(Vec::new().into())),
        script: None,
        folder: None,
        settings_schema: None,
        inject: Vec::new(),
        entry: None,
        inline: Some(Arc::new(agent.clone())),
    }
}

fn digest(agent: &InlineAgent) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update("inline");
    for text in
        [&agent.name, &agent.description, &agent.system_prompt].into_iter().chain(&agent.tools)
    {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    Digest(hasher.finalize().into())
}

impl Host {
    /// Answers for an agent that is all written down: always the same, once
    /// its config is trusted.
    pub(crate) fn prompt_inline(&self, agent: &InlineAgent) -> Receipt<PromptReply> {
        if let Err(refusal) = self.authority().vouch_inline(agent) {
            return Receipt::refused(refusal);
        }
        let prompt = Prompt {
            system: agent.system_prompt.clone(),
            messages: Vec::new(),
            tools: Some(agent.tools.clone()),
        };
        Receipt { outcome: Ok(PromptReply::Done(prompt)), usage: Usage::default() }
    }
}
