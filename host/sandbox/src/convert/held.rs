//! The same for resources and completions.

use ctx_model as model;

use super::{questions, resumed};
use crate::bindings::ctx::extension::types;
use crate::bindings::exports::ctx::extension::{completion, resources};

pub(crate) fn holdings(held: resources::Holdings) -> model::Holdings {
    let resource = |info: resources::ResourceInfo| model::ResourceInfo {
        uri: info.uri,
        name: info.name,
        title: info.title,
        description: info.description,
        media_type: info.media_type,
        size: info.size,
        annotations: info.annotations,
        meta: info.meta,
    };
    let template = |info: resources::TemplateInfo| model::TemplateInfo {
        uri_template: info.uri_template,
        name: info.name,
        title: info.title,
        description: info.description,
        media_type: info.media_type,
        annotations: info.annotations,
        meta: info.meta,
    };
    model::Holdings {
        resources: held.resources.into_iter().map(resource).collect(),
        templates: held.templates.into_iter().map(template).collect(),
    }
}

pub(crate) fn read_request(request: model::ReadRequest) -> resources::ReadRequest {
    resources::ReadRequest {
        uri: request.uri,
        template: request.template,
        variables: request.variables,
        resumed: request.resumed.map(resumed),
    }
}

pub(crate) fn read_reply(reply: resources::ReadReply) -> model::ReadReply {
    let contents = |contents: resources::Contents| model::Contents {
        uri: contents.uri,
        media_type: contents.media_type,
        content: match contents.content {
            types::EmbeddedContent::Text(text) => model::EmbeddedContent::Text(text),
            types::EmbeddedContent::Bytes(bytes) => model::EmbeddedContent::Bytes(bytes),
        },
        meta: contents.meta,
    };
    match reply {
        resources::ReadReply::Done(all) => {
            model::ReadReply::Done(all.into_iter().map(contents).collect())
        }
        resources::ReadReply::Ask(asked) => model::ReadReply::Ask(questions(asked)),
    }
}

pub(crate) fn complete_request(request: model::CompleteRequest) -> completion::CompleteRequest {
    completion::CompleteRequest {
        subject: match request.subject {
            model::Filled::Agent(name) => completion::Subject::Agent(name),
            model::Filled::Template(template) => completion::Subject::Template(template),
        },
        name: request.name,
        value: request.value,
        known: request.known,
    }
}

pub(crate) fn choices(choices: completion::Choices) -> model::Choices {
    model::Choices { values: choices.values, total: choices.total, more: choices.more }
}
