//! `/v1/capabilities`: what is installed, as a contract. Fields are added and
//! never changed.

use ctx_core::{Catalog, Host, HostError, Installed, Problem, Standing};
use ctx_model::{Limits, Role, ToolInfo};
use serde_json::{Value, json};

use super::{json as parsed, object};

/// Raised when a field changes, which none has.
const CONTRACT_VERSION: u32 = 1;

/// Writes the whole document.
pub fn capabilities(
    host: &Host,
    catalog: &Catalog,
    transports: &[&str],
) -> Result<Value, HostError> {
    let installed = catalog
        .installed
        .values()
        .map(|extension| Ok(installed(extension, &host.standing(extension)?)))
        .chain(catalog.problems.iter().map(|problem| Ok(refused(problem))))
        .collect::<Result<Vec<Value>, HostError>>()?;
    let connectors: Vec<&str> = catalog
        .installed
        .values()
        .filter(|extension| extension.roles.contains(&Role::Connector))
        .map(|extension| extension.name.as_str())
        .collect();
    Ok(json!({
        "contract_version": CONTRACT_VERSION,
        "server": {"name": "ctx", "version": env!("CARGO_PKG_VERSION")},
        "engine": {
            "name": "wasmtime",
            "allocation": host.allocation().as_str(),
            "interpreters": ["lua 5.4"],
        },
        "transports": transports,
        "contracts": {"ctx:extension": "0.1.0", "capabilities": CONTRACT_VERSION},
        "extensions": {
            "connectors": connectors,
            "tools": catalog.tools().map(|(_, tool)| tool.wire_name.as_str()).collect::<Vec<_>>(),
            "agents": catalog.agents().map(|(_, agent)| agent.wire_name.as_str()).collect::<Vec<_>>(),
            "compressors": [],
            "chunkers": [],
            "read_modes": [],
            "extractors": [],
            "embedders": [],
            "hooks": [],
            "plugins": [],
        },
        "installed": installed,
    }))
}

fn installed(extension: &Installed, standing: &Standing) -> Value {
    let powers = |granted: Option<bool>| {
        let mut powers = serde_json::Map::new();
        for one in standing.requested.iter().filter(|one| granted.is_none_or(|g| one.granted == g))
        {
            let values = powers.entry(one.capability).or_insert_with(|| json!([]));
            if let Value::Array(values) = values {
                values.push(one.value.clone().into());
            }
        }
        Value::Object(powers)
    };
    let missing = standing.requested.iter().any(|one| !one.granted);
    let notes = &extension.notes;
    object([
        ("name", extension.name.as_str().into()),
        ("version", extension.version.clone().into()),
        ("description", extension.description.clone().into()),
        ("kind", extension.form.as_str().into()),
        ("origin", json!({"layer": extension.layer.as_str(), "place": extension.place})),
        ("digest", format!("sha256:{}", extension.digest).into()),
        ("roles", extension.roles.iter().map(|role| role.as_str()).collect()),
        ("contract", "ctx:extension@0.1.0".into()),
        ("requests", powers(None)),
        ("grants", powers(Some(true))),
        ("limits", limits(&extension.limits)),
        ("state", if missing { "needs-grants" } else { "ready" }.into()),
        ("outdated_grants", if standing.outdated { true.into() } else { Value::Null }),
        ("tools", list(extension.tools.iter().map(|tool| tool_value(&tool.wire_name, &tool.info)))),
        (
            "agents",
            list(extension.agents.iter().map(|agent| {
                let arguments = agent.info.arguments.iter().map(|argument| {
                    json!({
                        "name": argument.name,
                        "description": argument.description,
                        "required": argument.required,
                    })
                });
                json!({
                    "name": agent.wire_name,
                    "description": agent.info.description,
                    "arguments": arguments.collect::<Vec<_>>(),
                    "tools": agent.info.tools,
                })
            })),
        ),
        (
            "source",
            extension.source.as_ref().map_or(Value::Null, |source| {
                json!({
                    "description": source.description,
                    "settings_schema": parsed(&source.settings_schema),
                    "incremental": source.incremental,
                    "complete": source.complete,
                    "streaming": source.streaming,
                })
            }),
        ),
        ("notes", if notes.is_empty() { Value::Null } else { json!(notes) }),
    ])
}

/// Writes a tool, as it is offered.
fn tool_value(name: &str, tool: &ToolInfo) -> Value {
    object([
        ("name", name.into()),
        ("title", tool.title.clone().into()),
        ("description", tool.description.clone().into()),
        ("input_schema", parsed(&tool.input_schema)),
        ("output_schema", tool.output_schema.as_deref().map_or(Value::Null, parsed)),
        (
            "hints",
            json!({
                "read_only": tool.hints.read_only,
                "destructive": tool.hints.destructive,
                "idempotent": tool.hints.idempotent,
                "open_world": tool.hints.open_world,
            }),
        ),
    ])
}

fn list(values: impl Iterator<Item = Value>) -> Value {
    let values: Vec<Value> = values.collect();
    if values.is_empty() { Value::Null } else { Value::Array(values) }
}

fn refused(problem: &Problem) -> Value {
    json!({
        "name": problem.name,
        "origin": {"layer": problem.layer.as_str(), "place": problem.place},
        "state": "error",
        "error": {"message": problem.why, "help": problem.help},
    })
}

fn limits(limits: &Limits) -> Value {
    json!({
        "fuel": limits.fuel,
        "memory_bytes": limits.memory,
        "time_ms": u64::try_from(limits.time.as_millis()).unwrap_or(u64::MAX),
        "output_bytes": limits.output,
        "log_bytes": limits.log,
        "host_calls": limits.host_calls,
    })
}
