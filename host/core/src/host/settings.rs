//! The settings of an extension: whose word they are, and whether they fit.

use ctx_model::Refusal;

use crate::authority::Authority;
use crate::catalog::Installed;
use crate::schema::Schema;

/// Returns an extension's settings. To one that has powers they come from the
/// operator: a stranger's settings would steer what he cannot do himself.
pub(super) fn own(
    authority: &Authority,
    extension: &Installed,
    has_powers: bool,
) -> Result<String, Refusal> {
    let name = extension.name.as_str();
    let table = authority.config.extension.get(name);
    if has_powers
        && let Some(path) = authority.untrusted()
        && table.map(|table| &table.settings)
            != authority.word(extension.layer).extension.get(name).map(|table| &table.settings)
        && table.is_some_and(|table| !table.settings.is_empty())
    {
        return Err(Refusal::Untrusted { path });
    }
    let mut settings = match table {
        Some(extension) => serde_json::to_value(&extension.settings).unwrap_or_default(),
        None => serde_json::json!({}),
    };
    if let Some(schema) = &extension.settings_schema {
        let schema = Schema::compile(schema).map_err(|why| Refusal::Unusable {
            extension: extension.name.clone(),
            why: format!("the schema of its settings is wrong: {why}"),
            help: None,
        })?;
        schema.fill(&mut settings);
        schema.check(&settings).map_err(|problems| Refusal::InvalidSettings {
            name: extension.name.to_string(),
            problems,
        })?;
    }
    Ok(settings.to_string())
}
