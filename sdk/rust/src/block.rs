//! Pieces of answers and of messages.

use crate::bindings::lent::ctx::extension::types;

pub use types::{
    Blob, Block, BlockContent, EmbeddedContent, EmbeddedResource, Message, ResourceLink, Role,
};

impl Block {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        BlockContent::Text(text.into()).into()
    }

    /// A picture, for example `image/png`.
    pub fn image(media_type: impl Into<String>, data: Vec<u8>) -> Self {
        BlockContent::Image(Blob { media_type: media_type.into(), data }).into()
    }

    /// A sound, for example `audio/wav`.
    pub fn audio(media_type: impl Into<String>, data: Vec<u8>) -> Self {
        BlockContent::Audio(Blob { media_type: media_type.into(), data }).into()
    }

    /// A text that stands at an address, sent along.
    pub fn embedded(
        uri: impl Into<String>,
        media_type: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        BlockContent::Embedded(EmbeddedResource {
            uri: uri.into(),
            media_type: Some(media_type.into()),
            content: EmbeddedContent::Text(text.into()),
        })
        .into()
    }

    /// Something the caller may read.
    pub fn link(uri: impl Into<String>, name: impl Into<String>) -> Self {
        BlockContent::Link(ResourceLink {
            uri: uri.into(),
            name: name.into(),
            title: None,
            description: None,
            media_type: None,
            size: None,
        })
        .into()
    }
}

impl From<BlockContent> for Block {
    fn from(content: BlockContent) -> Self {
        Self { content, annotations: None }
    }
}

impl Message {
    /// A turn of the person.
    pub fn user(text: impl Into<String>) -> Self {
        Self { role: Role::User, blocks: vec![Block::text(text)] }
    }

    /// A turn of the person that is more than text.
    pub fn user_with(blocks: impl IntoIterator<Item = Block>) -> Self {
        Self { role: Role::User, blocks: blocks.into_iter().collect() }
    }

    /// A turn of the model.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self { role: Role::Assistant, blocks: vec![Block::text(text)] }
    }
}
