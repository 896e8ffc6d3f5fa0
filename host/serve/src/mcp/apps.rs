//! MCP Apps: pages at `ui://` that a client shows beside a tool's answer. What
//! a page may reach is what its extension was granted: that is said in `_meta`,
//! for the client, and in the page's own policy, in case the client is lax.

use ctx_core::{Catalog, Installed};
use ctx_model::{Contents, EmbeddedContent, HostPattern, HttpGrant};
use rmcp::model::{ExtensionCapabilities, JsonObject, MetaObject, Resource, Tool};
use serde_json::{Map, Value, json};

/// The extension of the protocol.
const EXTENSION: &str = "io.modelcontextprotocol/ui";

/// What a page is, as clients of the extension know it.
const PAGE: &str = "text/html;profile=mcp-app";

/// The key in `_meta`, and the older way to link a tool to its page.
const UI: &str = "ui";
const OLDER_LINK: &str = "ui/resourceUri";

/// Lists in which a page says whom it wants to reach.
const DOMAINS: [&str; 4] = ["connectDomains", "resourceDomains", "frameDomains", "baseUriDomains"];

/// Says that we have pages.
pub(crate) fn declare(extensions: &mut Option<ExtensionCapabilities>) {
    let settings: JsonObject = Map::from_iter([("mimeTypes".to_owned(), json!([PAGE]))]);
    extensions.get_or_insert_default().insert(EXTENSION.to_owned(), settings);
}

/// Keeps a tool's link only if it leads to a page of the tool's own extension:
/// a stranger's page would be shown what the tool answers.
pub(crate) fn linked(catalog: &Catalog, extension: &Installed, mut tool: Tool) -> Tool {
    let Some(meta) = &mut tool.meta else { return tool };
    let is_own = |uri: Option<&str>| {
        uri.filter(|uri| uri.starts_with("ui://"))
            .and_then(|uri| catalog.holder(uri))
            .is_some_and(|holder| holder.name == extension.name)
    };
    let is_stray = |uri: &Value| !is_own(uri.as_str());
    if meta.0.get(OLDER_LINK).is_some_and(is_stray) {
        meta.0.remove(OLDER_LINK);
    }
    if let Some(ui) = meta.0.get_mut(UI).and_then(Value::as_object_mut)
        && ui.get("resourceUri").is_some_and(is_stray)
    {
        ui.remove("resourceUri");
    }
    tool
}

/// Leaves out of a list what a page would like: reading it says what it gets,
/// which changes with the grants.
pub(crate) fn listed(mut resource: Resource) -> Resource {
    if let Some(ui) = resource.meta.as_mut().and_then(|meta| meta.0.get_mut(UI)) {
        let Some(ui) = ui.as_object_mut() else { return resource };
        ui.remove("csp");
        ui.remove("permissions");
    }
    resource
}

/// Whether something that was read is to be shown as a page.
pub(crate) fn is_page(contents: &Contents) -> bool {
    let kind = contents.media_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    let is_html = kind.split(';').next().is_some_and(|kind| kind.trim() == "text/html");
    is_html && (contents.uri.contains("ui://") || kind.contains("mcp-app"))
}

/// Puts a page under its policy, and returns what is said of it beside it.
pub(crate) fn police(
    contents: &mut Contents,
    meta: Option<MetaObject>,
    grant: &HttpGrant,
) -> MetaObject {
    let mut meta = meta.map(|meta| meta.0).unwrap_or_default();
    let mut ui = match meta.remove(UI) {
        Some(Value::Object(ui)) => ui,
        _ => Map::new(),
    };
    // A camera, a microphone, a place: nobody grants these here.
    ui.remove("permissions");
    let asked = ui.remove("csp").unwrap_or_default();
    let granted = |list: &str| -> Vec<String> {
        let wanted = asked[list].as_array().into_iter().flatten().filter_map(Value::as_str);
        wanted.filter_map(|domain| within(domain, grant)).collect()
    };
    let lists = DOMAINS.map(granted);
    let policy = policy(&lists);
    let csp: Map<String, Value> =
        DOMAINS.iter().zip(lists).map(|(name, list)| ((*name).to_owned(), json!(list))).collect();
    ui.insert("csp".to_owned(), csp.into());
    meta.insert(UI.to_owned(), ui.into());
    let html = match &contents.content {
        EmbeddedContent::Text(html) => html.clone(),
        EmbeddedContent::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    };
    // Before anything of the page's own: a policy holds for what follows it.
    let html = format!(
        "<!doctype html><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">{html}"
    );
    contents.content = EmbeddedContent::Text(html);
    contents.media_type = Some(PAGE.to_owned());
    MetaObject(meta)
}

/// Returns a domain as policies write it, if all of it is granted.
fn within(domain: &str, grant: &HttpGrant) -> Option<String> {
    // A socket is granted with the server that it leads to.
    let (socket, http) = match domain.split_once("://") {
        Some(("wss", rest)) => (Some("wss"), format!("https://{rest}")),
        Some(("ws", rest)) => (Some("ws"), format!("http://{rest}")),
        Some(("https" | "http", _)) => (None, domain.to_owned()),
        _ => return None,
    };
    let asked: HostPattern = http.parse().ok()?;
    let covers = |all: &Vec<HostPattern>| all.iter().any(|one| one.covers(&asked));
    if !covers(&grant.granted) || !grant.requested.as_ref().is_none_or(covers) {
        return None;
    }
    // As it was read, so that nothing else can stand in it.
    let text = asked.to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "*.-_:/[]".contains(c);
    if !text.chars().all(plain) {
        return None;
    }
    Some(match (socket, text.split_once("://")) {
        (Some(socket), Some((_, rest))) => format!("{socket}://{rest}"),
        _ => text,
    })
}

fn policy([connect, resource, frame, base]: &[Vec<String>; 4]) -> String {
    let from = |own: &str, list: &[String]| match (own, list) {
        ("", []) => "'none'".to_owned(),
        ("", list) => list.join(" "),
        (own, []) => own.to_owned(),
        (own, list) => format!("{own} {}", list.join(" ")),
    };
    [
        ("default-src", "'none'".to_owned()),
        ("script-src", from("'unsafe-inline'", resource)),
        ("style-src", from("'unsafe-inline'", resource)),
        ("img-src", from("data: blob:", resource)),
        ("media-src", from("data: blob:", resource)),
        ("font-src", from("data:", resource)),
        ("connect-src", from("", connect)),
        ("frame-src", from("", frame)),
        ("base-uri", from("", base)),
        ("form-action", "'none'".to_owned()),
    ]
    .map(|(name, value)| format!("{name} {value}"))
    .join("; ")
}

#[cfg(test)]
mod tests;
