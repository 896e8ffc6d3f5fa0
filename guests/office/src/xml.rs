//! XML as a stream of what matters: elements by their local name, and text
//! with its references resolved. Entities of a document's own are not, so that
//! none can multiply.

use std::borrow::Cow;

use ctx_sdk::{Error, Result};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// One thing in a part.
pub enum Node<'a> {
    /// An element begins.
    Open(&'a str, &'a BytesStart<'a>),
    /// An element ends, or was empty.
    Close(&'a str),
    /// Text between.
    Text(&'a str),
}

/// Goes through a part from its start to its end.
///
/// # Errors
///
/// It is not well formed, or `visit` says so.
pub fn walk(xml: &str, mut visit: impl FnMut(Node<'_>) -> Result<()>) -> Result<()> {
    let mut reader = Reader::from_str(xml);
    loop {
        let event = reader.read_event().map_err(|error| {
            let at = reader.error_position();
            Error::invalid_input(format!("its XML is broken at byte {at}: {error}"))
        })?;
        match event {
            Event::Start(start) => visit(Node::Open(start.local_name().into_inner(), &start))?,
            Event::Empty(start) => {
                visit(Node::Open(start.local_name().into_inner(), &start))?;
                visit(Node::Close(start.local_name().into_inner()))?;
            }
            Event::End(end) => visit(Node::Close(end.local_name().into_inner()))?,
            Event::Text(text) => visit(Node::Text(&text.xml10_content()))?,
            Event::CData(text) => visit(Node::Text(&text.xml10_content()))?,
            Event::GeneralRef(reference) => {
                let mut buffer = [0; 4];
                let text = match reference.resolve_char_ref() {
                    Ok(Some(character)) => &*character.encode_utf8(&mut buffer),
                    _ => resolve_predefined_entity(&reference.xml10_content()).unwrap_or_default(),
                };
                visit(Node::Text(text))?;
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Returns an attribute by its local name.
pub fn attribute<'a>(element: &'a BytesStart<'_>, name: &str) -> Option<Cow<'a, str>> {
    let mut all = element.attributes().filter_map(Result::ok);
    let found = all.find(|attribute| attribute.key.local_name().into_inner() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok()
}
