//! What can be read at an address, and what is offered while one is filled in.

use ctx_sdk::completer::Subject;
use ctx_sdk::{
    Choices, CompleteRequest, Completer, Contents, Error, Holdings, ReadReply, ReadRequest,
    ResourceInfo, Resources, Result, TemplateInfo,
};
use serde_json::json;

use crate::pictures::PNG;

const TEMPLATE: &str = "test://template/{id}/data";

const ABOUT: &str = "Tries everything that the Model Context Protocol can carry.";

const SKILL: &str = "---
name: everything
description: Tries everything that the Model Context Protocol can carry.
license: Apache-2.0
metadata:
  version: \"0.1.0\"
---

# Everything

Call the tools of `mcp-everything` one after the other, and compare what they answer with `references/answers.md`.
";

const ANSWERS: &str = "# Answers\n\n`greet` answers with a greeting.\n";

pub(crate) struct Held;

impl Resources for Held {
    fn list() -> Holdings {
        let text = |uri, name, what| {
            ResourceInfo::new(uri, name).description(what).media_type("text/plain")
        };
        let markdown = |uri, name, what| {
            ResourceInfo::new(uri, name).description(what).media_type("text/markdown")
        };
        let picture = ResourceInfo::new("test://static-binary", "static-binary")
            .description("A picture that never changes")
            .media_type("image/png");
        let data = TemplateInfo::new(TEMPLATE, "template")
            .description("Data for whatever id is asked for")
            .media_type("application/json");
        let watched = "A text that can be watched";
        Holdings::new()
            .resource(text("test://static-text", "static-text", "A text that never changes"))
            .resource(picture)
            .resource(text("test://watched-resource", "watched-resource", watched))
            .resource(markdown("skill://everything/SKILL.md", "everything", ABOUT))
            .resource(markdown(
                "skill://everything/references/answers.md",
                "answers.md",
                "What the tools answer",
            ))
            .template(data)
    }

    fn read(request: ReadRequest) -> Result<ReadReply> {
        let uri = request.uri.clone();
        let text = |text| Contents::text(&uri, text).media_type("text/plain");
        let markdown = |text| Contents::text(&uri, text).media_type("text/markdown");
        let contents = match uri.as_str() {
            "test://static-text" => text("This is the content of the static text resource."),
            "test://static-binary" => Contents::bytes(&uri, PNG.to_vec()).media_type("image/png"),
            "test://watched-resource" => text("Watched resource content"),
            "skill://everything/SKILL.md" => markdown(SKILL),
            "skill://everything/references/answers.md" => markdown(ANSWERS),
            _ => match request.variable("id") {
                Some(id) => {
                    let told = format!("Data for ID: {id}");
                    let data = json!({"id": id, "templateTest": true, "data": told});
                    Contents::text(&uri, data.to_string()).media_type("application/json")
                }
                None => return Err(Error::not_found(format!("there is nothing at `{uri}`"))),
            },
        };
        Ok(contents.into())
    }
}

pub(crate) struct Completions;

impl Completer for Completions {
    fn complete(request: CompleteRequest) -> Result<Choices> {
        let values: &[&str] = match (&request.subject, request.name.as_str()) {
            (Subject::Agent(_), "arg1") => &["paris", "park", "party", "test"],
            (Subject::Template(template), "id") if template == TEMPLATE => &["1", "12", "123"],
            _ => &[],
        };
        Ok(Choices::beginning(&request.value, values.iter().copied()))
    }
}
