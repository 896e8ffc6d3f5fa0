//! Resources that extensions hold, as clients see them.

use std::sync::Arc;

use ctx_core::{Catalog, ResourceCall};
use ctx_model::{CallError, Contents, EmbeddedContent, ReadReply, ResourceInfo, TemplateInfo};
use rmcp::ErrorData;
use rmcp::model::{
    Annotations, MetaObject, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    Resource, ResourceContents, ResourceTemplate,
};
use serde_json::Value;

use super::asking::{self, Ended, Step, Subject};
use super::caller::Client;
use super::session::Server;
use super::{apps, content, refusal};

/// Converts a resource for a list.
pub(crate) fn offer(uri: &str, info: &ResourceInfo) -> Resource {
    let mut resource = Resource::new(uri, info.name.clone());
    resource.title.clone_from(&info.title);
    resource.description.clone_from(&info.description);
    resource.mime_type.clone_from(&info.media_type);
    resource.size = info.size;
    resource.annotations = annotations(info.annotations.as_deref());
    resource.meta = content::meta(info.meta.as_deref());
    resource
}

/// Converts a template for a list.
pub(crate) fn template(shown: &str, info: &TemplateInfo) -> ResourceTemplate {
    let mut template = ResourceTemplate::new(shown, info.name.clone());
    template.title.clone_from(&info.title);
    template.description.clone_from(&info.description);
    template.mime_type.clone_from(&info.media_type);
    template.annotations = annotations(info.annotations.as_deref());
    template.meta = content::meta(info.meta.as_deref());
    template
}

fn annotations(json: Option<&str>) -> Option<Annotations> {
    json.and_then(|json| serde_json::from_str(json).ok())
}

/// Reads a resource that an extension holds, and asks the client what the
/// extension asks.
pub(crate) async fn read(
    server: &Server,
    request: ReadResourceRequestParams,
    catalog: &Arc<Catalog>,
    client: &Client<'_>,
) -> Result<ReadResourceResponse, ErrorData> {
    let (uri, caller) = (request.uri, &client.caller);
    let extension = catalog.holder(&uri);
    let extension = extension.as_ref().map(|extension| (&extension.name, extension.digest));
    let (method, arguments) = ("resources/read", &Value::Null);
    let subject = Subject { method, name: &uri, arguments, caller, extension };
    let answers = request.input_responses.unwrap_or_default();
    let resumed = server.seal.resumed(subject, request.request_state.as_deref(), answers)?;
    let ended = asking::through(server, client, subject, resumed, |resumed, hearer| {
        let call = ResourceCall { uri: uri.clone(), resumed, caller: caller.clone() };
        async move {
            Ok::<_, CallError>(match server.host.read_resource(call, hearer).await.outcome? {
                ReadReply::Done(all) => Step::Done(all),
                ReadReply::Ask(questions) => Step::Ask(questions),
            })
        }
    });
    match ended.await? {
        Ended::Done(all) if all.is_empty() => Err(super::resources::unknown(&uri)),
        Ended::Done(mut all) => {
            let wishes = policed(server, catalog, &uri, &mut all)?;
            let all = all.into_iter().zip(wishes);
            let all = all.map(|(one, meta)| contents(one, meta)).collect();
            Ok(ReadResourceResult::new(all).into())
        }
        Ended::Failed(error) => Err(refusal::of_resource(&error, &uri)),
        Ended::Asks(questions) => Ok(questions.into()),
        Ended::Stuck(problem) => Err(refusal::of_problem(&problem)),
    }
}

/// Puts the pages among them under their policy. Returns what is said of each.
fn policed(
    server: &Server,
    catalog: &Arc<Catalog>,
    uri: &str,
    all: &mut [Contents],
) -> Result<Vec<Option<MetaObject>>, ErrorData> {
    let mut said = Vec::new();
    for one in all {
        let own = content::meta(one.meta.as_deref());
        let holder = catalog.holder(uri).filter(|_| apps::is_page(one));
        let Some(holder) = holder else {
            said.push(own);
            continue;
        };
        let grant = server.host.http_grant(&holder).map_err(|error| refusal::of_host(&error))?;
        // What it says with its list holds unless it says otherwise now.
        let listed = catalog.resources().find(|(_, shown, _)| *shown == uri);
        let listed = listed.and_then(|(_, _, info)| content::meta(info.meta.as_deref()));
        said.push(Some(apps::police(one, own.or(listed), &grant)));
    }
    Ok(said)
}

fn contents(all: Contents, meta: Option<MetaObject>) -> ResourceContents {
    let Contents { uri, media_type, content, .. } = all;
    let contents = super::content::resource(uri, media_type, content);
    match meta {
        Some(meta) => contents.with_meta(meta),
        None => contents,
    }
}

/// Returns the bytes of what was read.
pub(crate) fn bytes(contents: &Contents) -> &[u8] {
    match &contents.content {
        EmbeddedContent::Text(text) => text.as_bytes(),
        EmbeddedContent::Bytes(bytes) => bytes,
    }
}
