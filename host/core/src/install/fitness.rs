//! Whether an extension can be what it says it is: names that fit, schemas
//! that compile.

use std::collections::HashSet;

use ctx_model::{Holdings, Role};
use ctx_sandbox::{Description, Folder, PrepareError};

use crate::resource::template::{self, Template};
use crate::schema::Schema;

/// Checks what an extension said of itself. Where an entry gives the name, the
/// one in the script does not count.
pub(crate) fn check(description: &Description, is_named: bool) -> Result<(), String> {
    if description.roles.is_empty() {
        return Err(format!("it plays none of the roles {}", Role::listed()));
    }
    let mut names = HashSet::new();
    for tool in &description.tools {
        if !(is_named && description.tools.len() == 1) {
            wire_name("tool", &tool.name)?;
        }
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
    holdings(&description.holdings)?;
    let mut names = HashSet::new();
    for agent in &description.agents {
        if !(is_named && description.agents.len() == 1) {
            wire_name("agent", &agent.name)?;
        }
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
    if let Some(extractor) = &description.extractor {
        let is_type = |text: &String| {
            text.split_once('/').is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty())
                && !text.contains([';', ' ', '*'])
        };
        if let Some(wrong) = extractor.media_types.iter().find(|text| !is_type(text)) {
            return Err(format!("its extractor reads `{wrong}`, which is no media type"));
        }
        if extractor.media_types.is_empty() {
            return Err("its extractor names no media type".to_owned());
        }
    }
    if description.embedder.as_ref().is_some_and(|embedder| embedder.batch == 0) {
        return Err("its embedder takes 0 texts at once".to_owned());
    }
    transforms(description)
}

/// Checks what transforms are chosen by.
fn transforms(description: &Description) -> Result<(), String> {
    let ours = &description.transforms;
    let roles = [
        (Role::Compressor, &ours.compressors),
        (Role::Chunker, &ours.chunkers),
        (Role::ReadMode, &ours.read_modes),
    ];
    for (role, transforms) in roles {
        let what = role.as_str();
        if description.roles.contains(&role) && transforms.is_empty() {
            return Err(format!("it plays the role `{what}` and lists none"));
        }
        let mut names = HashSet::new();
        for transform in transforms {
            wire_name(what, &transform.name)?;
            if !names.insert(&transform.name) {
                return Err(format!("it has two of the role `{what}` called `{}`", transform.name));
            }
            let is_type = |text: &String| {
                let parts = text.split_once('/');
                parts.is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty())
                    && !text.contains([';', ' '])
            };
            if let Some(wrong) = transform.media_types.iter().find(|text| !is_type(text)) {
                return Err(format!(
                    "its {what} `{}` is for `{wrong}`, which is no media type",
                    transform.name
                ));
            }
        }
    }
    Ok(())
}

/// Addresses have a scheme, and that of the host is the host's.
fn holdings(held: &Holdings) -> Result<(), String> {
    let mut taken = HashSet::new();
    let resources = held.resources.iter().map(|one| ("resource", &one.uri, &one.name));
    let templates = held.templates.iter().map(|one| ("template", &one.uri_template, &one.name));
    for (what, uri, name) in resources.chain(templates) {
        let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
        let has_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        if !has_scheme || uri.len() > template::LONGEST || uri.contains(|c: char| c <= ' ') {
            return Err(format!("its {what} `{uri}` has an address that is none"));
        }
        if scheme.eq_ignore_ascii_case("ctx") {
            return Err(format!("its {what} `{uri}` is at an address of the host's"));
        }
        if name.is_empty() {
            return Err(format!("its {what} `{uri}` has no name"));
        }
        if !taken.insert(uri) {
            return Err(format!("it has two resources at `{uri}`"));
        }
    }
    for one in &held.templates {
        let uri = &one.uri_template;
        Template::parse(uri).map_err(|why| format!("its template `{uri}` is wrong: {why}"))?;
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

/// Says what to do about bytes that are no extension.
pub(super) fn help(error: &PrepareError) -> String {
    match error {
        PrepareError::NotWasm => "put a component here, or a script with its own suffix",
        PrepareError::CoreModule => {
            "build it for the target `wasm32-wasip2`, which makes components"
        }
        PrepareError::NotAbiV1(_) => {
            "see docs/guides/transforms.md for what a module of wasm-abi-v1 exports"
        }
        PrepareError::TooLarge => "strip it: build it with `strip = true` and `opt-level = \"s\"`",
        PrepareError::TooHeavy(_) => "build it from fewer and smaller functions and components",
        PrepareError::OtherContract { .. } => "build it against this host's contract",
        PrepareError::UnknownImports(_) => {
            "build it against `ctx:extension` and WASI 0.2, and nothing else"
        }
        PrepareError::NoRole => {
            "export `source`, `tools`, `agents`, `resources`, `completion`, `extraction`, \
             `embedding`, `compression`, `chunking`, `viewing` or a hook of `ctx:extension`"
        }
        PrepareError::NotWasi(_) | PrepareError::NoCommand => {
            "build it for the target `wasm32-wasip2`, with a `main`"
        }
        PrepareError::Damaged(_) => "copy it here again, or build it anew",
    }
    .to_owned()
}

/// Finds the schema of what the operator may set.
pub(super) fn settings_schema(
    settings: Option<&ctx_model::SettingsSchema>,
    folder: Option<&Folder>,
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
