//! What extensions begin as. Each runs as it is and passes conformance, and
//! NAME in it is what somebody calls it.

use ctx_model::Role;

const CONNECTOR_LUA: &str = include_str!("templates/connector.lua");
const TOOL_LUA: &str = include_str!("templates/tool.lua");
const AGENT_LUA: &str = include_str!("templates/agent.lua");
const MANIFEST: &str = include_str!("templates/extension.toml");
const CARGO: &str = include_str!("templates/rust/Cargo.toml.txt");
const CONNECTOR_RUST: &str = include_str!("templates/rust/connector.rs.txt");
const TOOL_RUST: &str = include_str!("templates/rust/tool.rs.txt");
const AGENT_RUST: &str = include_str!("templates/rust/agent.rs.txt");
const WORLD: &str = include_str!("templates/rust/world.wit");

/// The contract, without what needs the interfaces of WASI beside it.
const CONTRACT: [(&str, &str); 12] = [
    ("agents.wit", include_str!("../../../../wit/agents.wit")),
    ("asking.wit", include_str!("../../../../wit/asking.wit")),
    ("caller.wit", include_str!("../../../../wit/caller.wit")),
    ("context.wit", include_str!("../../../../wit/context.wit")),
    ("env.wit", include_str!("../../../../wit/env.wit")),
    ("files.wit", include_str!("../../../../wit/files.wit")),
    ("kv.wit", include_str!("../../../../wit/kv.wit")),
    ("log.wit", include_str!("../../../../wit/log.wit")),
    ("secrets.wit", include_str!("../../../../wit/secrets.wit")),
    ("settings.wit", include_str!("../../../../wit/settings.wit")),
    ("source.wit", include_str!("../../../../wit/source.wit")),
    ("tools.wit", include_str!("../../../../wit/tools.wit")),
];

/// It says the name of the package, so it goes first.
const TYPES: &str = include_str!("../../../../wit/types.wit");

/// Returns a script.
pub(super) fn lua(role: Role, name: &str) -> String {
    let text = match role {
        Role::Connector => CONNECTOR_LUA,
        Role::Agent => AGENT_LUA,
        _ => TOOL_LUA,
    };
    text.replace("NAME", name)
}

/// Returns the files of a folder with a script.
pub(super) fn lua_folder(role: Role, name: &str) -> Vec<(String, String)> {
    vec![
        ("extension.toml".to_owned(), manifest(role, name)),
        ("main.lua".to_owned(), lua(role, name)),
    ]
}

/// Returns the files of a crate that needs nothing but a registry.
pub(super) fn rust_folder(role: Role, name: &str) -> Vec<(String, String)> {
    let (text, export) = match role {
        Role::Connector => (CONNECTOR_RUST, "source"),
        Role::Agent => (AGENT_RUST, "agents"),
        _ => (TOOL_RUST, "tools"),
    };
    let package = "package ctx:extension@0.1.0;\n\n";
    let mut files = vec![
        ("extension.toml".to_owned(), manifest(role, name)),
        ("Cargo.toml".to_owned(), CARGO.replace("NAME", name)),
        (".gitignore".to_owned(), "/target/\n/component.wasm\n".to_owned()),
        ("src/lib.rs".to_owned(), text.replace("NAME", name)),
        ("wit/world.wit".to_owned(), WORLD.replace("ROLE", export)),
        ("wit/deps/ctx-extension/types.wit".to_owned(), format!("{package}{TYPES}")),
    ];
    let contract = CONTRACT
        .iter()
        .map(|(file, text)| (format!("wit/deps/ctx-extension/{file}"), (*text).to_owned()));
    files.extend(contract);
    files
}

fn manifest(role: Role, name: &str) -> String {
    MANIFEST.replace("NAME", name).replace("ROLE", role.as_str())
}
