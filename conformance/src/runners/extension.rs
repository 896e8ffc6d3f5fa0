//! Claims about any extension: that it says what it is, the same each time,
//! and asks for what it wants.

use ctx_core::Installed;
use ctx_model::{Denial, HostPattern, Requests, Role};
use serde_json::Value;

use crate::case::Action;
use crate::check::Verdict;
use crate::outcome;
use crate::trial::{Trial, described};

pub(crate) fn run(trial: &Trial, action: Action) -> Verdict {
    match action {
        Action::Load => loaded(&trial.first),
        Action::DescribeWithoutGrants => without_grants(trial),
        Action::DescribeTwice => twice(trial),
        Action::ReadDescription => shape(&trial.first),
        Action::CompareDenials => asks_first(trial),
        _ => Verdict::skip("this is no claim about an extension"),
    }
}

fn loaded(extension: &Installed) -> Verdict {
    let roles: Vec<&str> = extension.roles.iter().map(|role| role.as_str()).collect();
    Verdict::pass(roles.join(", "))
}

fn without_grants(trial: &Trial) -> Verdict {
    // What it was lent when it was asked is none of what needs a grant.
    let granted =
        trial.standing.requested.iter().find(|one| one.granted && !is_own_folder(&one.value));
    match granted {
        None => Verdict::pass(""),
        Some(one) => Verdict::fail(format!(
            "the fixture had granted {} `{}` before anybody asked",
            one.capability, one.value
        )),
    }
}

fn is_own_folder(value: &str) -> bool {
    value.strip_prefix("read:").unwrap_or(value).starts_with('.')
}

fn twice(trial: &Trial) -> Verdict {
    let (first, again) = (described(&trial.first), described(&trial.again));
    let parts = [
        ("its roles", first.roles == again.roles),
        ("its tools", first.tools == again.tools),
        ("its agents", first.agents == again.agents),
        ("its resources", first.holdings == again.holdings),
        ("its source", first.source == again.source),
        ("its extractor", first.extractor == again.extractor),
        ("its embedder", first.embedder == again.embedder),
        ("its transforms", first.transforms == again.transforms),
    ];
    let changed: Vec<&str> =
        parts.iter().filter(|(_, same)| !same).map(|(what, _)| *what).collect();
    if changed.is_empty() {
        Verdict::pass("")
    } else {
        Verdict::fail(format!("asked twice, it described {} differently", changed.join(" and ")))
    }
}

/// Names, schemas and hints are checked when it is installed; this is what a
/// person or a model needs beside them.
fn shape(extension: &Installed) -> Verdict {
    let mut wrong = Vec::new();
    let plays = |role| extension.roles.contains(&role);
    if plays(Role::Tool) && extension.tools.is_empty() {
        wrong.push("it plays the role `tool` and has none".to_owned());
    }
    if plays(Role::Agent) && extension.agents.is_empty() {
        wrong.push("it plays the role `agent` and has none".to_owned());
    }
    if plays(Role::Connector) && extension.source.is_none() {
        wrong.push("it plays the role `connector` and describes no source".to_owned());
    }
    for tool in &extension.tools {
        let name = &tool.info.name;
        if tool.info.description.trim().is_empty() {
            wrong.push(format!("its tool `{name}` has no description"));
        }
        let schemas = [
            ("arguments", Some(&tool.info.input_schema)),
            ("answers", tool.info.output_schema.as_ref()),
        ];
        for (what, schema) in schemas {
            if schema.is_some_and(|schema| !is_of_objects(schema)) {
                wrong.push(format!("the schema of `{name}`'s {what} is not of `type` object"));
            }
        }
        if tool.info.meta.as_ref().is_some_and(|meta| !is_object(meta)) {
            wrong.push(format!("the `meta` of its tool `{name}` is not a JSON object"));
        }
    }
    for agent in &extension.agents {
        let name = &agent.info.name;
        if agent.info.description.trim().is_empty() {
            wrong.push(format!("its agent `{name}` has no description"));
        }
        if let Some(argument) =
            agent.info.arguments.iter().find(|argument| argument.name.is_empty())
        {
            let said = &argument.description;
            wrong.push(format!("an argument of its agent `{name}` has no name: {said}"));
        }
    }
    if let Some(source) = &extension.source {
        if source.description.trim().is_empty() {
            wrong.push("its connector has no description".to_owned());
        }
        if !is_of_objects(&source.settings_schema) {
            wrong.push("the schema of its settings is not of `type` object".to_owned());
        }
    }
    if wrong.is_empty() { Verdict::pass("") } else { Verdict::fail(wrong.join("; ")) }
}

fn is_of_objects(schema: &str) -> bool {
    serde_json::from_str::<Value>(schema)
        .is_ok_and(|schema| schema.get("type") == Some(&"object".into()))
}

fn is_object(json: &str) -> bool {
    serde_json::from_str::<Value>(json).is_ok_and(|value| value.is_object())
}

/// What its runs were denied, its manifest must have asked for; else no
/// operator could ever grant it.
fn asks_first(trial: &Trial) -> Verdict {
    let Some(requests) = &trial.first.requests else {
        return Verdict::skip("it says nothing of what it needs");
    };
    let denials = trial.denials();
    let unasked: Vec<String> = denials
        .iter()
        .filter(|denial| !is_requested(requests, denial))
        .map(|denial| format!("{} `{}`", outcome::denied(denial).0, outcome::denied(denial).1))
        .collect();
    if unasked.is_empty() {
        Verdict::pass("")
    } else {
        Verdict::fail(format!(
            "it wanted {}, and its `[requests]` do not ask for that",
            unasked.join(", ")
        ))
    }
}

fn is_requested(requests: &Requests, denial: &Denial) -> bool {
    let listed = |list: &[String], name: &str| list.iter().any(|one| one == name || one == "*");
    match denial {
        Denial::Http { requested, .. } => *requested,
        Denial::PrivateAddress { origin, .. } => requests
            .http
            .iter()
            .any(|text| text.parse::<HostPattern>().is_ok_and(|pattern| pattern.matches(origin))),
        Denial::Env(name) => listed(&requests.env, name),
        Denial::Secret(name) => listed(&requests.secrets, name),
        Denial::Folder(name) => requests.files.iter().any(|text| text.contains(name.as_str())),
        // No request opens a path outside of a folder.
        Denial::Path { .. } => false,
        Denial::Kv => requests.kv,
        Denial::Context(source) => listed(&requests.context, source),
        Denial::Unsafe(_) => !requests.unsafe_.is_empty(),
    }
}
