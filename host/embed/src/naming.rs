//! From registries to extensions of the host: each connector, tool and agent
//! becomes one, named after it.

use std::collections::HashSet;
use std::sync::Arc;

use ctx_core::{NativeExtension, NativeSource};
use ctx_model::ExtensionName;

use crate::agent::{self, AgentRegistry};
use crate::connector::{self, ConnectorRegistry};
use crate::tool::{self, ToolRegistry};

/// Names all that the registries hold.
pub(crate) fn extensions(
    connectors: &ConnectorRegistry,
    tools: &ToolRegistry,
    agents: &AgentRegistry,
) -> Vec<NativeExtension> {
    let mut taken = HashSet::new();
    let mut all = Vec::new();
    for connector in connectors.connectors() {
        let mut extension = named(&mut taken, connector.name(), "connector");
        extension.description = Some(connector.description().to_owned());
        extension.source = Some(NativeSource {
            label: connector.source_label(),
            connector: Arc::new(connector::Adapted(connector.clone())),
        });
        all.push(extension);
    }
    for tool in tools.tools() {
        let mut extension = named(&mut taken, tool.name(), "tool");
        extension.description = Some(tool.description().to_owned());
        extension.tools = vec![Arc::new(tool::Adapted(tool.clone()))];
        all.push(extension);
    }
    for agent in agents.agents() {
        let mut extension = named(&mut taken, agent.name(), "agent");
        extension.description = Some(agent.description().to_owned());
        extension.agents = vec![Arc::new(agent::Adapted(agent.clone()))];
        all.push(extension);
    }
    all
}

/// Names an extension after what it holds; the second of a name is told from
/// the first by its role.
fn named(taken: &mut HashSet<ExtensionName>, name: &str, role: &str) -> NativeExtension {
    let mut name = plain(name);
    if !taken.insert(name.clone()) {
        name = plain(&format!("{:.54}-{role}", name.as_str()));
        taken.insert(name.clone());
    }
    NativeExtension::new(name)
}

/// Makes a name of any text.
fn plain(text: &str) -> ExtensionName {
    let plain = |c: char| {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }
    };
    let name: String = text.chars().take(64).map(plain).collect();
    let name = if name.is_empty() { "native".to_owned() } else { name };
    ExtensionName::new(name).expect("plain characters, and not too many")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_makes_a_name_and_the_second_of_it_is_told_apart() {
        let mut taken = HashSet::new();
        let mut name = |text: &str, role| named(&mut taken, text, role).name.to_string();
        assert_eq!(name("my_Tool", "tool"), "my-tool");
        assert_eq!(name("my.tool", "agent"), "my-tool-agent");
        assert_eq!(name("", "tool"), "native");
        assert_eq!(name(&"ü".repeat(99), "tool"), "-".repeat(64));
        assert_eq!(name(&"ü".repeat(98), "agent").len(), 60);
    }
}
