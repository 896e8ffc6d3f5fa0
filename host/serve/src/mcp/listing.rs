//! Tools and agents as clients list them: converted once for each catalog, and
//! cut into pages. A cursor says after which name the next page begins, so
//! pages stay whole while extensions come and go.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ctx_core::{Catalog, tokens};
use ctx_model::Reach;
use rmcp::ErrorData;
use rmcp::model::{PaginatedRequestParams, Prompt, Resource, Tool};
use serde_json::Value;

use super::{apps, held, prompts, tools};

/// Entries of a page.
pub(crate) const PAGE: usize = 100;

/// The lists of the catalog that was asked for last.
#[derive(Default)]
pub(crate) struct Listed(RwLock<Option<Arc<Lists>>>);

/// What one catalog offers, in order of the names.
pub(crate) struct Lists {
    /// Not kept alive, only told from others.
    catalog: Weak<Catalog>,
    pub(crate) tools: Vec<Tool>,
    /// The extension of each tool, and the tool's name there.
    owners: Vec<(String, String)>,
    /// What each tool costs a model, once somebody wants to know.
    costs: OnceLock<Vec<u32>>,
    /// Those that take arguments out of headers.
    take_headers: BTreeSet<String>,
    pub(crate) prompts: Vec<Prompt>,
    /// Those that extensions hold.
    pub(crate) resources: Vec<Resource>,
}

impl Listed {
    /// Returns the lists of a catalog, converted if they are not at hand.
    pub(crate) fn of(&self, catalog: &Arc<Catalog>) -> Arc<Lists> {
        let at_hand = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(lists) = at_hand
            && std::ptr::eq(lists.catalog.as_ptr(), Arc::as_ptr(catalog))
        {
            return lists;
        }
        let tools: Vec<Tool> = catalog
            .tools()
            .map(|(extension, tool)| apps::linked(catalog, extension, tools::offer(tool)))
            .collect();
        let lists = Arc::new(Lists {
            catalog: Arc::downgrade(catalog),
            take_headers: tools
                .iter()
                .filter(|tool| tool.input_schema.iter().any(wants_header))
                .map(|tool| tool.name.clone().into_owned())
                .collect(),
            tools,
            owners: catalog
                .tools()
                .map(|(extension, tool)| (extension.name.to_string(), tool.info.name.clone()))
                .collect(),
            costs: OnceLock::new(),
            prompts: catalog.agents().map(|(_, agent)| prompts::offer(agent)).collect(),
            resources: catalog
                .resources()
                .map(|(_, uri, info)| apps::listed(held::offer(uri, info)))
                .collect(),
        });
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(lists.clone());
        lists
    }
}

impl Lists {
    pub(crate) fn tool(&self, name: &str) -> Option<&Tool> {
        let at = self.tools.binary_search_by(|tool| tool.name.as_ref().cmp(name)).ok()?;
        self.tools.get(at)
    }

    /// Lists the tools within reach, in order of their names.
    pub(crate) fn within<'a>(&'a self, reach: &'a Reach) -> impl Iterator<Item = &'a Tool> {
        self.numbered(reach).map(|(_, tool)| tool)
    }

    /// Returns what the tools within reach cost a model that is shown them.
    pub(crate) fn cost(&self, reach: &Reach) -> usize {
        let costs = self.costs.get_or_init(|| self.tools.iter().map(cost).collect());
        self.numbered(reach).map(|(at, _)| costs[at] as usize).sum()
    }

    fn numbered<'a>(&'a self, reach: &'a Reach) -> impl Iterator<Item = (usize, &'a Tool)> {
        let all = self.tools.iter().enumerate();
        all.filter(|(at, tool)| {
            let (extension, name) = &self.owners[*at];
            reach.is_everything() || reach.holds(extension, name, &tool.name)
        })
    }

    /// Whether some arguments of a tool are to stand in headers too.
    pub(crate) fn takes_headers(&self, name: &str) -> bool {
        self.take_headers.contains(name)
    }
}

/// Counts what a client puts before its model for a tool.
pub(crate) fn cost(tool: &Tool) -> u32 {
    let shown = serde_json::json!({
        "name": tool.name,
        "description": tool.description,
        "inputSchema": tool.input_schema,
    });
    tokens::count(&shown.to_string())
}

/// Whether a schema asks anywhere for an argument in a header. Schemas nest no
/// deeper than JSON is read.
fn wants_header((key, value): (&String, &Value)) -> bool {
    key == "x-mcp-header" || holds_header(value)
}

fn holds_header(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.iter().any(wants_header),
        Value::Array(values) => values.iter().any(holds_header),
        _ => false,
    }
}

/// Whether a cursor is one of this list.
pub(crate) fn is_of(list: &str, request: Option<&PaginatedRequestParams>) -> bool {
    let cursor = request.and_then(|request| request.cursor.as_deref());
    let text = cursor.and_then(|cursor| URL_SAFE_NO_PAD.decode(cursor).ok());
    text.is_some_and(|text| {
        text.strip_prefix(list.as_bytes()).is_some_and(|rest| rest.starts_with(b":"))
    })
}

/// Reads what a cursor of this list says, if there is one.
pub(crate) fn after(
    list: &str,
    request: Option<PaginatedRequestParams>,
) -> Result<Option<String>, ErrorData> {
    let Some(cursor) = request.and_then(|request| request.cursor) else { return Ok(None) };
    let text = URL_SAFE_NO_PAD.decode(&cursor).ok().and_then(|text| String::from_utf8(text).ok());
    let name = text.as_deref().and_then(|text| text.strip_prefix(list)?.strip_prefix(':'));
    match name {
        Some(name) => Ok(Some(name.to_owned())),
        None => Err(ErrorData::invalid_params(
            format!("the cursor `{cursor}` is none of this list; begin again without one"),
            None,
        )),
    }
}

/// Writes a cursor: the next page begins after this name.
pub(crate) fn cursor(list: &str, name: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{list}:{name}"))
}

/// Cuts a page out of a list that is in order of its names.
pub(crate) fn page<T: Clone>(
    list: &str,
    all: &[T],
    name: impl Fn(&T) -> &str,
    request: Option<PaginatedRequestParams>,
) -> Result<(Vec<T>, Option<String>), ErrorData> {
    let begin = match after(list, request)? {
        Some(after) => all.partition_point(|entry| name(entry) <= after.as_str()),
        None => 0,
    };
    let rest = &all[begin..];
    let page = &rest[..rest.len().min(PAGE)];
    let next = page.last().filter(|_| rest.len() > PAGE).map(|last| cursor(list, name(last)));
    Ok((page.to_vec(), next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cursor: Option<String>) -> PaginatedRequestParams {
        PaginatedRequestParams::default().with_cursor(cursor)
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("{n:04}")).collect()
    }

    #[test]
    fn pages_hold_every_entry_once() {
        for count in [0, 1, PAGE, PAGE + 1, 3 * PAGE] {
            let all = names(count);
            let (mut seen, mut next) = (Vec::new(), None);
            loop {
                let (page, cursor) =
                    page("tools", &all, String::as_str, Some(request(next))).expect("a page");
                seen.extend(page);
                next = cursor;
                if next.is_none() {
                    break;
                }
            }
            assert_eq!(seen, all);
        }
    }

    #[test]
    fn a_wanted_header_is_found_however_it_is_written() {
        for (schema, expected) in [
            (r#"{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}"#, true),
            (r#"{"properties":{"a":{"type":"string","x\u002dmcp-header":"A"}}}"#, true),
            (r#"{"anyOf":[{"properties":{"a":{"\u0078-mcp-header":"A"}}}]}"#, true),
            (r#"{"description":"x-mcp-header","properties":{"a":{}}}"#, false),
        ] {
            let schema = serde_json::from_str(schema).expect("a schema");
            assert_eq!(holds_header(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn a_cursor_of_another_list_or_of_nobody_is_refused() {
        for bad in [cursor("prompts", "a"), "%".to_owned(), String::new()] {
            let error = page("tools", &names(1), String::as_str, Some(request(Some(bad))));
            assert_eq!(error.expect_err("it is refused").code.0, -32602);
        }
    }
}
