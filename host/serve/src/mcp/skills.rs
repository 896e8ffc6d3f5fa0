//! Skills (SEP-2640): what an extension holds at `skill://…/SKILL.md`, and beside
//! it. Digests are made of what is read, so that a skill never promises bytes
//! that nobody gives.

mod frontmatter;

use std::collections::BTreeSet;
use std::sync::Arc;

use ctx_core::{Catalog, ResourceCall};
use ctx_model::{Contents, ReadReply};
use rmcp::ErrorData;
use rmcp::model::{
    GetSkillResult, ListSkillsResult, PaginatedRequestParams, ReadResourceDirectoryRequestParams,
    ReadResourceDirectoryResult, Resource, Skill, SkillFrontmatter, SkillResource, SkillResources,
};
use serde_json::json;

use super::caller::Client;
use super::held::bytes;
use super::session::Server;
use super::{listing, refusal};

const SCHEME: &str = "skill://";
const ENTRY: &str = "/SKILL.md";

/// The media type of a folder.
const FOLDER: &str = "inode/directory";

/// Files of a skill.
const MOST_FILES: usize = 512;

/// Skills of a page: each is read whole.
const PAGE: usize = 20;

/// Lists the skills in order of their addresses.
pub(crate) async fn list(
    server: &Server,
    request: Option<PaginatedRequestParams>,
    client: &Client<'_>,
) -> Result<ListSkillsResult, ErrorData> {
    let catalog = catalog(server).await?;
    let after = listing::after("skills", request)?;
    let all = entries(&catalog);
    let begin = all.partition_point(|uri| after.as_ref().is_some_and(|after| uri <= after));
    let page = &all[begin..all.len().min(begin + PAGE)];
    let mut skills = Vec::new();
    for uri in page {
        match skill(server, &catalog, uri, client).await {
            Ok(skill) => skills.push(skill),
            // One that cannot be told stands in nobody's way.
            Err(why) => tracing::warn!(uri, why, "a skill is left out of the list"),
        }
    }
    let more = begin + page.len() < all.len();
    let mut result = ListSkillsResult::with_all_items(skills);
    result.next_cursor = page.last().filter(|_| more).map(|last| listing::cursor("skills", last));
    Ok(result)
}

/// Tells one skill.
pub(crate) async fn get(
    server: &Server,
    uri: &str,
    client: &Client<'_>,
) -> Result<GetSkillResult, ErrorData> {
    let catalog = catalog(server).await?;
    if !entries(&catalog).iter().any(|entry| entry == uri) {
        return Err(no("skill", uri));
    }
    match skill(server, &catalog, uri, client).await {
        Ok(skill) => Ok(GetSkillResult::new(skill)),
        Err(why) => Err(ErrorData::internal_error(format!("the skill `{uri}` {why}"), None)),
    }
}

/// Lists what lies in a folder of a skill.
pub(crate) async fn directory(
    server: &Server,
    request: ReadResourceDirectoryRequestParams,
) -> Result<ReadResourceDirectoryResult, ErrorData> {
    let catalog = catalog(server).await?;
    let folder = format!("{}/", request.uri.trim_end_matches('/'));
    let held = &server.listed.of(&catalog).resources;
    let inside = held.iter().filter_map(|resource| {
        let rest = resource.uri.strip_prefix(&folder)?;
        (!rest.is_empty() && folder.starts_with(SCHEME)).then_some((rest, resource))
    });
    let mut folders = BTreeSet::new();
    let mut children: Vec<Resource> = Vec::new();
    for (rest, resource) in inside {
        match rest.split_once('/') {
            None => children.push(resource.clone()),
            Some((name, _)) if folders.insert(name.to_owned()) => {
                let child = Resource::new(format!("{folder}{name}"), name).with_mime_type(FOLDER);
                children.push(child);
            }
            Some(_) => {}
        }
    }
    if children.is_empty() {
        return Err(no("folder", &request.uri));
    }
    children.sort_by(|one, other| one.uri.cmp(&other.uri));
    let cursor = PaginatedRequestParams::default().with_cursor(request.cursor);
    let name = format!("folder {folder}");
    let (page, next) = listing::page(&name, &children, |child| &child.uri, Some(cursor))?;
    let mut result = ReadResourceDirectoryResult::with_all_items(page);
    result.next_cursor = next;
    Ok(result)
}

async fn catalog(server: &Server) -> Result<Arc<Catalog>, ErrorData> {
    server.host.catalog().await.map_err(|error| refusal::of_host(&error))
}

/// Finds the skills, in order.
fn entries(catalog: &Catalog) -> Vec<String> {
    let uris = catalog.resources().map(|(_, uri, _)| uri);
    uris.filter(|uri| uri.starts_with(SCHEME) && uri.ends_with(ENTRY)).map(str::to_owned).collect()
}

/// Reads a skill whole. Says why it is none.
async fn skill(
    server: &Server,
    catalog: &Catalog,
    uri: &str,
    client: &Client<'_>,
) -> Result<Skill, String> {
    let root = uri.strip_suffix(ENTRY).unwrap_or(uri);
    let is_inside =
        |other: &&str| other.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    let files: Vec<&str> = catalog.resources().map(|(_, uri, _)| uri).filter(is_inside).collect();
    if files.len() > MOST_FILES {
        return Err(format!("has more than {MOST_FILES} files"));
    }
    let (mut resources, mut front) = (Vec::with_capacity(files.len()), None);
    for file in files {
        let contents = read(server, file, client).await?;
        if file == uri {
            let text = String::from_utf8_lossy(bytes(&contents)).into_owned();
            front = Some(frontmatter::parse(&text)?);
        }
        resources.push(SkillResource::from_bytes(file, bytes(&contents)));
    }
    let mut front = front.ok_or("is not there any more")?;
    let mut text = |key: &str| match front.remove(key) {
        Some(serde_json::Value::String(text)) => Ok(text),
        _ => Err(format!("says no `{key}` in its frontmatter")),
    };
    let mut told = SkillFrontmatter::new(text("name")?, text("description")?);
    told.extra = front;
    let skill = Skill::new(uri, told, SkillResources::Files(resources));
    skill.validate().map_err(|error| error.to_string())?;
    Ok(skill)
}

async fn read(server: &Server, uri: &str, client: &Client<'_>) -> Result<Contents, String> {
    let (uri, caller) = (uri.to_owned(), client.caller.clone());
    let call = ResourceCall { uri: uri.clone(), resumed: None, caller };
    match server.host.read_resource(call, None).await.outcome {
        Ok(ReadReply::Done(mut all)) if all.len() == 1 => Ok(all.remove(0)),
        Ok(ReadReply::Done(_)) => Err(format!("has no single file at `{uri}`")),
        Ok(ReadReply::Ask(_)) => Err(format!("asks before it shows `{uri}`")),
        Err(error) => Err(format!("cannot be read at `{uri}`: {error}")),
    }
}

fn no(what: &str, uri: &str) -> ErrorData {
    ErrorData::invalid_params(format!("there is no {what} at `{uri}`"), Some(json!({"uri": uri})))
}
