//! Blocks of an answer or a prompt, as MCP writes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ctx_model::{Block, BlockContent, EmbeddedContent, ResourceLink};
use rmcp::model::{
    Annotations, AudioContent, ContentBlock, EmbeddedResource, ImageContent, JsonObject,
    MetaObject, Resource, ResourceContents, TextContent,
};

/// Writes a block. Annotations that are none are left out.
pub(crate) fn block(block: Block) -> ContentBlock {
    let annotations: Option<Annotations> =
        block.annotations.as_deref().and_then(|json| serde_json::from_str(json).ok());
    match block.content {
        BlockContent::Text(text) => {
            let mut content = TextContent::new(text);
            content.annotations = annotations;
            ContentBlock::Text(content)
        }
        BlockContent::Image { media_type, data } => {
            let mut content = ImageContent::new(STANDARD.encode(data), media_type);
            content.annotations = annotations;
            ContentBlock::Image(content)
        }
        BlockContent::Audio { media_type, data } => {
            let mut content = AudioContent::new(STANDARD.encode(data), media_type);
            content.annotations = annotations;
            ContentBlock::Audio(content)
        }
        BlockContent::Link(link) => {
            let ResourceLink { uri, name, title, description, media_type, size } = link;
            let mut resource = Resource::new(uri, name);
            resource.title = title;
            resource.description = description;
            resource.mime_type = media_type;
            resource.size = size;
            resource.annotations = annotations;
            ContentBlock::ResourceLink(resource)
        }
        BlockContent::Embedded { uri, media_type, content } => {
            let mut content = EmbeddedResource::new(resource(uri, media_type, content));
            content.annotations = annotations;
            ContentBlock::Resource(content)
        }
    }
}

pub(crate) fn resource(
    uri: String,
    media_type: Option<String>,
    content: EmbeddedContent,
) -> ResourceContents {
    let contents = match content {
        EmbeddedContent::Text(text) => ResourceContents::text(text, uri),
        EmbeddedContent::Bytes(bytes) => ResourceContents::blob(STANDARD.encode(bytes), uri),
    };
    match media_type {
        Some(media_type) => contents.with_mime_type(media_type),
        None => contents,
    }
}

/// Reads the JSON object that a guest gave for `_meta`. What is none is left
/// out.
pub(crate) fn meta(json: Option<&str>) -> Option<MetaObject> {
    json.and_then(object).map(MetaObject)
}

/// Reads a JSON object.
pub(crate) fn object(json: &str) -> Option<JsonObject> {
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(content: BlockContent, annotations: Option<&str>) -> serde_json::Value {
        let block = super::block(Block { content, annotations: annotations.map(str::to_owned) });
        serde_json::to_value(block).expect("content is JSON")
    }

    #[test]
    fn every_block_keeps_what_it_says() {
        let data = vec![1, 2, 3];
        assert_eq!(
            written(
                BlockContent::Text("a".to_owned()),
                Some(r#"{"audience":["user"],"priority":1}"#)
            ),
            json!({"type": "text", "text": "a", "annotations": {"audience": ["user"], "priority": 1.0}})
        );
        let media_type = "image/png".to_owned();
        assert_eq!(
            written(BlockContent::Image { media_type, data: data.clone() }, Some("no object")),
            json!({"type": "image", "data": "AQID", "mimeType": "image/png"})
        );
        let media_type = "audio/wav".to_owned();
        assert_eq!(
            written(BlockContent::Audio { media_type, data: data.clone() }, None),
            json!({"type": "audio", "data": "AQID", "mimeType": "audio/wav"})
        );
        let link = ResourceLink {
            uri: "ctx://document/1".to_owned(),
            name: "one".to_owned(),
            title: None,
            description: Some("d".to_owned()),
            media_type: None,
            size: Some(3),
        };
        assert_eq!(
            written(BlockContent::Link(link), None),
            json!({"type": "resource_link", "uri": "ctx://document/1", "name": "one",
                   "description": "d", "size": 3})
        );
        let (uri, media_type) = ("test://a".to_owned(), Some("x/y".to_owned()));
        let content = EmbeddedContent::Bytes(data);
        assert_eq!(
            written(BlockContent::Embedded { uri, media_type, content }, None),
            json!({"type": "resource",
                   "resource": {"uri": "test://a", "mimeType": "x/y", "blob": "AQID"}})
        );
    }
}
