//! Resources: what extensions hold, and then documents, which are offered at
//! `ctx://document/{id}`.

use std::sync::Arc;

use ctx_core::{Host, HostError};
use ctx_model::{Content, DocumentId, Refusal, Stored};
use ctx_store::DocumentRow;
use rmcp::ErrorData;
use rmcp::model::{
    Annotations, ListResourceTemplatesResult, ListResourcesResult, MetaObject,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    Resource, ResourceContents, ResourceTemplate,
};
use serde_json::{Value, json};

use super::caller::Client;
use super::session::Server;
use super::{held, listing, refusal, shape};

const PREFIX: &str = "ctx://document/";

/// The template of documents.
pub(crate) const TEMPLATE: &str = "ctx://document/{id}";

/// The names of the two lists that are shown as one.
const RESOURCES: &str = "resources";
const DOCUMENTS: &str = "documents";

/// The key in `_meta` of what else is known of a document.
const DOCUMENT: &str = "ctx/document";

/// Lists what extensions hold in the order of the addresses, and then documents,
/// a page at a time.
pub(crate) async fn list(
    server: &Server,
    request: Option<PaginatedRequestParams>,
    client: &Client<'_>,
) -> Result<ListResourcesResult, ErrorData> {
    let catalog = server.host.catalog().await.map_err(|error| refusal::of_host(&error))?;
    let lists = server.listed.of(&catalog);
    let within: Vec<Resource>;
    let held = if client.caller.reach.is_everything() {
        &lists.resources
    } else {
        let holds = |resource: &&Resource| client.holds(&catalog, &resource.uri);
        within = lists.resources.iter().filter(holds).cloned().collect();
        &within
    };
    if !client.reads_documents() {
        let (page, next) = listing::page(RESOURCES, held, |resource| &resource.uri, request)?;
        let mut result = ListResourcesResult::with_all_items(page);
        result.next_cursor = next;
        return Ok(result);
    }
    if held.is_empty() || listing::is_of(DOCUMENTS, request.as_ref()) {
        return documents(&server.host, request).await;
    }
    let (page, next) = listing::page(RESOURCES, held, |resource| &resource.uri, request)?;
    let mut result = ListResourcesResult::with_all_items(page);
    result.next_cursor = next;
    if result.next_cursor.is_none() {
        let mut rest = documents(&server.host, None).await?;
        result.resources.append(&mut rest.resources);
        result.next_cursor = rest.next_cursor;
    }
    Ok(result)
}

/// Lists documents in the order of their ids, a page at a time.
async fn documents(
    host: &Arc<Host>,
    request: Option<PaginatedRequestParams>,
) -> Result<ListResourcesResult, ErrorData> {
    let after = match listing::after(DOCUMENTS, request)? {
        None => None,
        Some(id) => Some(id.parse::<DocumentId>().map_err(|error| {
            ErrorData::invalid_params(format!("the cursor is none of this list: {error}"), None)
        })?),
    };
    // One more than is shown says whether there are more.
    let rows = on_disk(host, move |host| host.documents(after, listing::PAGE + 1)).await?;
    let mut rows = match rows {
        Ok(rows) => rows,
        // A folder that is no workspace has gathered nothing.
        Err(HostError::NoWorkspace { .. }) => Vec::new(),
        Err(error) => return Err(refusal::of_host(&error)),
    };
    let has_more = rows.len() > listing::PAGE;
    rows.truncate(listing::PAGE);
    let next = rows.last().filter(|_| has_more).map(|last| last.id.to_string());
    let mut result = ListResourcesResult::with_all_items(rows.into_iter().map(offer).collect());
    result.next_cursor = next.map(|id| listing::cursor(DOCUMENTS, &id));
    Ok(result)
}

/// Lists the template of documents, and those that extensions hold.
pub(crate) async fn templates(
    server: &Server,
    client: &Client<'_>,
) -> Result<ListResourceTemplatesResult, ErrorData> {
    let catalog = server.host.catalog().await.map_err(|error| refusal::of_host(&error))?;
    let template = ResourceTemplate::new(TEMPLATE, "document")
        .with_title("Document")
        .with_description("A gathered document by its id, as searches give it");
    let reach = &client.caller.reach;
    let held = catalog.templates().filter(|(owner, ..)| reach.holds_all_of(owner.name.as_str()));
    let held = held.map(|(_, shown, info)| held::template(shown, info));
    let documents = client.reads_documents().then_some(template);
    let all = documents.into_iter().chain(held).collect();
    Ok(ListResourceTemplatesResult::with_all_items(all))
}

/// Says that nobody has a resource.
pub(crate) fn unknown(uri: &str) -> ErrorData {
    ErrorData::resource_not_found(
        format!("there is no resource `{uri}`; list the resources to see what there is"),
        Some(json!({ "uri": uri })),
    )
}

/// Reads what an extension holds, or a document.
pub(crate) async fn read(
    server: &Server,
    request: ReadResourceRequestParams,
    client: &Client<'_>,
) -> Result<ReadResourceResponse, ErrorData> {
    if let Some(contents) = server.kept.read(&request.uri) {
        return Ok(ReadResourceResult::new(vec![contents]).into());
    }
    let catalog = server.host.catalog().await.map_err(|error| refusal::of_host(&error))?;
    if catalog.holds(&request.uri) {
        return held::read(server, request, &catalog, client).await;
    }
    let (host, uri) = (&server.host, request.uri);
    if !client.reads_documents() {
        return Err(unknown(&uri));
    }
    let Some(id) = document_at(&uri) else { return Err(unknown(&uri)) };
    match on_disk(host, move |host| host.document(&id.to_string())).await? {
        Ok(mut stored) => {
            let shape = shape::of_document(&client.shape, host);
            let shaped = host.shape_document(&mut stored, &shape, &client.caller).await;
            shaped.map_err(|error| refusal::of_resource(&error, &uri))?;
            Ok(ReadResourceResult::new(vec![contents(uri, stored)]).into())
        }
        Err(HostError::NoWorkspace { .. } | HostError::Refused(Refusal::Unknown { .. })) => {
            Err(unknown(&uri))
        }
        Err(error) => Err(refusal::of_host(&error)),
    }
}

/// Returns the document that an address is of.
pub(crate) fn document_at(uri: &str) -> Option<DocumentId> {
    uri.strip_prefix(PREFIX)?.parse().ok()
}

/// Reads from the store without holding up other requests.
pub(crate) async fn on_disk<T: Send + 'static>(
    host: &Arc<Host>,
    read: impl FnOnce(&Host) -> T + Send + 'static,
) -> Result<T, ErrorData> {
    let host = host.clone();
    tokio::task::spawn_blocking(move || read(&host))
        .await
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

fn offer(row: DocumentRow) -> Resource {
    let uri = format!("{PREFIX}{}", row.id);
    let name = row.title.clone().unwrap_or_else(|| row.source_id.clone());
    let mut resource = Resource::new(uri, name)
        .with_mime_type(row.media_type)
        .with_size(row.size)
        .with_description(match &row.uri {
            Some(uri) => format!("source {}: {uri}", row.source),
            None => format!("source {}: {}", row.source, row.source_id),
        });
    resource.title = row.title;
    if let Some(modified) = row.modified.and_then(|at| jiff::Timestamp::from_second(at).ok()) {
        let mut annotations = Annotations::default();
        annotations.last_modified = Some(modified.to_string());
        resource.annotations = Some(annotations);
    }
    resource
}

fn contents(uri: String, stored: Stored) -> ResourceContents {
    let document = stored.document;
    let meta = json!({ DOCUMENT: {
        "source": stored.source,
        "source_id": document.id,
        "title": document.title,
        "uri": document.uri,
    }});
    let text = match document.content {
        Content::Text(text) => text,
        // The store holds text and nothing else.
        Content::Bytes(_) | Content::Deferred => String::new(),
    };
    let contents = ResourceContents::text(text, uri).with_mime_type(document.media_type);
    match meta {
        Value::Object(meta) => contents.with_meta(MetaObject(meta)),
        _ => contents,
    }
}
