//! Between the bindings' types and the model's, and nothing else.

mod held;
pub(crate) mod transforms;

use std::time::Duration;

use ctx_model as model;

use crate::bindings::ctx::extension::{asking, context, types};
use crate::bindings::exports::ctx::extension::{agents, embedding, extraction, source, tools};

pub(crate) use held::{choices, complete_request, holdings, read_reply, read_request};

pub(crate) fn failure(error: types::Error) -> model::Failure {
    model::Failure {
        kind: match error.kind {
            types::ErrorKind::InvalidInput => model::FailureKind::InvalidInput,
            types::ErrorKind::NotFound => model::FailureKind::NotFound,
            types::ErrorKind::Denied => model::FailureKind::Denied,
            types::ErrorKind::Unavailable => model::FailureKind::Unavailable,
            types::ErrorKind::Exhausted => model::FailureKind::Exhausted,
            types::ErrorKind::Cancelled => model::FailureKind::Cancelled,
            types::ErrorKind::Internal => model::FailureKind::Internal,
        },
        message: error.message,
        retry_after: error.retry_after.map(Duration::from_millis),
        details: error.details,
    }
}

pub(crate) fn document(document: types::Document) -> model::Document {
    model::Document {
        id: document.id,
        version: document.version,
        title: document.title,
        author: document.author,
        uri: document.uri,
        media_type: document.media_type,
        language: document.language,
        created: document.created,
        modified: document.modified,
        data_classes: document.data_classes,
        metadata: document.metadata,
        content: content(document.content),
    }
}

pub(crate) fn content(content: types::Content) -> model::Content {
    match content {
        types::Content::Text(text) => model::Content::Text(text),
        types::Content::Bytes(bytes) => model::Content::Bytes(bytes),
        types::Content::Deferred => model::Content::Deferred,
    }
}

pub(crate) fn page(page: source::Page) -> model::Page {
    model::Page {
        changes: page.changes.into_iter().map(change).collect(),
        checkpoint: page.checkpoint,
        total: page.total,
    }
}

fn change(change: source::Change) -> model::Change {
    match change {
        source::Change::Upsert(given) => model::Change::Upsert(document(given)),
        source::Change::Remove(id) => model::Change::Remove(id),
        source::Change::Skip(skipped) => {
            model::Change::Skip(model::Skipped { id: skipped.id, reason: skipped.reason })
        }
    }
}

pub(crate) fn source_info(info: source::SourceInfo) -> model::SourceInfo {
    model::SourceInfo {
        description: info.description,
        settings_schema: info.settings_schema,
        incremental: info.incremental,
        complete: info.complete,
        streaming: info.streaming,
    }
}

pub(crate) fn open_request(request: model::OpenRequest) -> source::OpenRequest {
    source::OpenRequest { name: request.name, settings: request.settings, since: request.since }
}

pub(crate) fn tool_info(info: tools::ToolInfo) -> model::ToolInfo {
    model::ToolInfo {
        name: info.name,
        title: info.title,
        description: info.description,
        input_schema: info.input_schema,
        output_schema: info.output_schema,
        hints: model::Hints {
            read_only: info.hints.contains(tools::Hints::READ_ONLY),
            destructive: info.hints.contains(tools::Hints::DESTRUCTIVE),
            idempotent: info.hints.contains(tools::Hints::IDEMPOTENT),
            open_world: info.hints.contains(tools::Hints::OPEN_WORLD),
        },
        task: match info.task {
            tools::TaskSupport::Forbidden => model::TaskSupport::Forbidden,
            tools::TaskSupport::Optional => model::TaskSupport::Optional,
            tools::TaskSupport::Required => model::TaskSupport::Required,
        },
        meta: info.meta,
    }
}

pub(crate) fn call_request(request: model::CallRequest) -> tools::CallRequest {
    tools::CallRequest {
        name: request.name,
        arguments: request.arguments,
        resumed: request.resumed.map(resumed),
    }
}

fn resumed(resumed: model::Resumed) -> asking::Resumed {
    asking::Resumed {
        state: resumed.state,
        answers: resumed
            .answers
            .into_iter()
            .map(|answer| asking::Answer {
                key: answer.key,
                outcome: match answer.outcome {
                    model::AnswerOutcome::Accepted => asking::Outcome::Accepted,
                    model::AnswerOutcome::Declined => asking::Outcome::Declined,
                    model::AnswerOutcome::Dismissed => asking::Outcome::Dismissed,
                },
                value: answer.value,
            })
            .collect(),
    }
}

pub(crate) fn reply(reply: tools::Reply) -> model::Reply {
    match reply {
        tools::Reply::Done(output) => model::Reply::Done(model::Output {
            blocks: output.blocks.into_iter().map(block).collect(),
            structured: output.structured,
            meta: output.meta,
        }),
        tools::Reply::Ask(asked) => model::Reply::Ask(questions(asked)),
    }
}

fn questions(asked: asking::Questions) -> model::Questions {
    model::Questions {
        questions: asked
            .questions
            .into_iter()
            .map(|question| model::Question { key: question.key, ask: ask(question.ask) })
            .collect(),
        state: asked.state,
        expires: asked.expires,
    }
}

fn ask(ask: asking::Ask) -> model::Ask {
    match ask {
        asking::Ask::Form(form) => model::Ask::Form { message: form.message, schema: form.schema },
        asking::Ask::Visit(visit) => model::Ask::Visit { message: visit.message, url: visit.url },
        asking::Ask::Completion(parameters) => model::Ask::Completion(parameters),
        asking::Ask::Roots => model::Ask::Roots,
    }
}

fn block(block: types::Block) -> model::Block {
    let content = match block.content {
        types::BlockContent::Text(text) => model::BlockContent::Text(text),
        types::BlockContent::Image(blob) => {
            model::BlockContent::Image { media_type: blob.media_type, data: blob.data }
        }
        types::BlockContent::Audio(blob) => {
            model::BlockContent::Audio { media_type: blob.media_type, data: blob.data }
        }
        types::BlockContent::Link(link) => model::BlockContent::Link(model::ResourceLink {
            uri: link.uri,
            name: link.name,
            title: link.title,
            description: link.description,
            media_type: link.media_type,
            size: link.size,
        }),
        types::BlockContent::Embedded(embedded) => model::BlockContent::Embedded {
            uri: embedded.uri,
            media_type: embedded.media_type,
            content: match embedded.content {
                types::EmbeddedContent::Text(text) => model::EmbeddedContent::Text(text),
                types::EmbeddedContent::Bytes(bytes) => model::EmbeddedContent::Bytes(bytes),
            },
        },
    };
    model::Block { content, annotations: block.annotations }
}

pub(crate) fn extractor_info(info: extraction::ExtractorInfo) -> model::ExtractorInfo {
    model::ExtractorInfo { description: info.description, media_types: info.media_types }
}

pub(crate) fn extract_request(request: model::ExtractRequest) -> extraction::ExtractRequest {
    extraction::ExtractRequest {
        media_type: request.media_type,
        name: request.name,
        data: request.data,
    }
}

pub(crate) fn extracted(extracted: extraction::Extracted) -> model::Extracted {
    model::Extracted {
        text: extracted.text,
        media_type: extracted.media_type,
        title: extracted.title,
        author: extracted.author,
        language: extracted.language,
        created: extracted.created,
        modified: extracted.modified,
        metadata: extracted.metadata,
    }
}

pub(crate) fn embedder_info(info: embedding::EmbedderInfo) -> model::EmbedderInfo {
    model::EmbedderInfo { description: info.description, batch: info.batch }
}

pub(crate) fn embed_request(request: model::EmbedRequest) -> embedding::EmbedRequest {
    embedding::EmbedRequest {
        texts: request.texts,
        purpose: match request.purpose {
            model::Purpose::Document => embedding::Purpose::Document,
            model::Purpose::Query => embedding::Purpose::Query,
        },
    }
}

pub(crate) fn embedded(embedded: embedding::Embedded) -> model::Embedded {
    model::Embedded { model: embedded.model, vectors: embedded.vectors }
}

pub(crate) fn agent_info(info: agents::AgentInfo) -> model::AgentInfo {
    model::AgentInfo {
        name: info.name,
        title: info.title,
        description: info.description,
        arguments: info
            .arguments
            .into_iter()
            .map(|argument| model::AgentArgument {
                name: argument.name,
                title: argument.title,
                description: argument.description,
                required: argument.required,
            })
            .collect(),
        tools: info.tools,
        meta: info.meta,
    }
}

pub(crate) fn prompt_request(request: model::PromptRequest) -> agents::PromptRequest {
    agents::PromptRequest {
        name: request.name,
        arguments: request.arguments,
        resumed: request.resumed.map(resumed),
    }
}

pub(crate) fn prompt_reply(reply: agents::PromptReply) -> model::PromptReply {
    match reply {
        agents::PromptReply::Done(prompt) => model::PromptReply::Done(model::Prompt {
            system: prompt.system,
            messages: prompt.messages.into_iter().map(message).collect(),
            tools: prompt.tools,
        }),
        agents::PromptReply::Ask(asked) => model::PromptReply::Ask(questions(asked)),
    }
}

fn message(message: types::Message) -> model::Message {
    model::Message {
        role: match message.role {
            types::Role::System => model::Speaker::System,
            types::Role::User => model::Speaker::User,
            types::Role::Assistant => model::Speaker::Assistant,
        },
        blocks: message.blocks.into_iter().map(block).collect(),
    }
}

pub(crate) fn query(query: context::Query) -> model::Query {
    model::Query {
        text: query.text,
        mode: match query.mode {
            context::Mode::Keyword => model::Mode::Keyword,
            context::Mode::Semantic => model::Mode::Semantic,
            context::Mode::Hybrid => model::Mode::Hybrid,
        },
        sources: query.sources,
        since: query.since,
        until: query.until,
        media_types: query.media_types,
        limit: query.limit,
        cursor: query.cursor,
        explain: false,
    }
}

pub(crate) fn hits(hits: model::Hits) -> context::Hits {
    context::Hits {
        hits: hits.hits.into_iter().map(hit).collect(),
        mode: match hits.mode {
            model::Mode::Keyword => context::Mode::Keyword,
            model::Mode::Semantic => context::Mode::Semantic,
            model::Mode::Hybrid => context::Mode::Hybrid,
        },
        cursor: hits.cursor,
    }
}

fn hit(hit: model::Hit) -> context::Hit {
    context::Hit {
        id: hit.id.to_string(),
        source: hit.source,
        document_id: hit.document_id,
        title: hit.title,
        uri: hit.uri,
        media_type: hit.media_type,
        modified: hit.modified,
        span: span(hit.span),
        snippet: hit.snippet,
        score: hit.score,
    }
}

fn span(span: model::Span) -> types::Span {
    types::Span { start: span.start, end: span.end }
}

pub(crate) fn stored(stored: model::Stored) -> context::Stored {
    let document = stored.document;
    context::Stored {
        id: stored.id.to_string(),
        source: stored.source,
        document: types::Document {
            id: document.id,
            version: document.version,
            title: document.title,
            author: document.author,
            uri: document.uri,
            media_type: document.media_type,
            language: document.language,
            created: document.created,
            modified: document.modified,
            data_classes: document.data_classes,
            metadata: document.metadata,
            content: match document.content {
                model::Content::Text(text) => types::Content::Text(text),
                model::Content::Bytes(bytes) => types::Content::Bytes(bytes),
                model::Content::Deferred => types::Content::Deferred,
            },
        },
        chunks: stored
            .chunks
            .into_iter()
            .map(|chunk| context::Chunk { span: span(chunk.span), breadcrumbs: chunk.breadcrumbs })
            .collect(),
    }
}

pub(crate) fn source_status(status: model::SourceStatus) -> context::SourceStatus {
    context::SourceStatus {
        name: status.name,
        extension: status.extension,
        ready: status.ready,
        note: status.note,
        documents: status.documents,
        chunks: status.chunks,
        synced: status.synced,
    }
}
