//! Between the bindings' transforms and the model's.

use ctx_model as model;

use crate::bindings::ctx::extension::types;
use crate::bindings::exports::ctx::extension::{chunking, compression, viewing};

fn budget(budget: model::Budget) -> types::Budget {
    match budget {
        model::Budget::Bytes(bytes) => types::Budget::Bytes(bytes),
        model::Budget::Tokens(tokens) => types::Budget::Tokens(tokens),
    }
}

pub(crate) fn compressor(info: compression::CompressorInfo) -> model::TransformInfo {
    model::TransformInfo {
        name: info.name,
        description: info.description,
        idempotent: info.idempotent,
        ..model::TransformInfo::default()
    }
}

/// The passages stay with the host, which holds the answer against them.
pub(crate) fn compress_request(request: &model::CompressRequest) -> compression::CompressRequest {
    let passage = |passage: &model::Passage| compression::Passage {
        text: passage.text.clone(),
        pinned: passage.pinned,
    };
    compression::CompressRequest {
        name: request.name.clone(),
        passages: request.passages.iter().map(passage).collect(),
        budget: request.budget.map(budget),
        query: request.query.clone(),
        media_type: request.media_type.clone(),
    }
}

pub(crate) fn kept(kept: compression::Kept) -> model::Kept {
    model::Kept { index: kept.index, text: kept.text }
}

pub(crate) fn chunker(info: chunking::ChunkerInfo) -> model::TransformInfo {
    model::TransformInfo {
        name: info.name,
        description: info.description,
        media_types: info.media_types,
        ..model::TransformInfo::default()
    }
}

/// The text stays with the host, which holds the answer against it.
pub(crate) fn chunk_request(request: &model::ChunkRequest) -> chunking::ChunkRequest {
    chunking::ChunkRequest {
        name: request.name.clone(),
        text: request.text.clone(),
        media_type: request.media_type.clone(),
        file_name: request.file_name.clone(),
        budget: budget(request.budget),
        overlap: request.overlap,
    }
}

pub(crate) fn chunk(chunk: chunking::Chunk) -> model::Chunk {
    model::Chunk {
        span: model::Span { start: chunk.span.start, end: chunk.span.end },
        breadcrumbs: chunk.breadcrumbs,
    }
}

pub(crate) fn read_mode(info: viewing::ReadModeInfo) -> model::TransformInfo {
    model::TransformInfo {
        name: info.name,
        description: info.description,
        compares: info.compares,
        ..model::TransformInfo::default()
    }
}

pub(crate) fn view_request(request: model::ViewRequest) -> viewing::ViewRequest {
    viewing::ViewRequest {
        name: request.name,
        text: request.text,
        media_type: request.media_type,
        file_name: request.file_name,
        against: request.against,
        budget: request.budget.map(budget),
    }
}

pub(crate) fn view(view: viewing::View) -> model::View {
    model::View { text: view.text, media_type: view.media_type, cut: view.cut }
}
