//! How the index is laid out: one line for each chunk, no text stored, and a
//! stamp that says which database it follows and how far.

use std::path::Path;

use tantivy::directory::MmapDirectory;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::store::Compressor;
use tantivy::{IndexSettings, TantivyError};

use super::words::Words;

/// Raised whenever the layout or the meaning of a word changes: an index of
/// another format is built anew.
const FORMAT: u32 = 1;

pub(crate) const DOCUMENT: &str = "document";
pub(crate) const ORDER: &str = "order";
pub(crate) const CHUNK: &str = "chunk";
pub(crate) const MODIFIED: &str = "modified";

/// The fields of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    /// The document's title and the headings above the chunk.
    pub(crate) title: Field,
    pub(crate) body: Field,
    pub(crate) source: Field,
    pub(crate) media_type: Field,
    pub(crate) modified: Field,
    /// The document's number in the database.
    pub(crate) document: Field,
    /// The first half of the document's id: settles ties the same way on
    /// every machine.
    pub(crate) order: Field,
    /// Which of the document's chunks it is.
    pub(crate) chunk: Field,
}

/// Which database an index follows, and the last line of its outbox that is
/// in the index. Travels with each commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) identity: String,
    pub(crate) line: i64,
}

impl Stamp {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let format: u32 = words.next()?.parse().ok()?;
        let identity = words.next()?.to_owned();
        let line = words.next()?.parse().ok()?;
        (format == FORMAT).then_some(Self { identity, line })
    }

    pub(crate) fn text(&self) -> String {
        let Self { identity, line } = self;
        format!("{FORMAT} {identity} {line}")
    }
}

fn schema() -> (Schema, Fields) {
    let text = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("words")
            .set_index_option(IndexRecordOption::WithFreqsAndPositions),
    );
    let label = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic),
    );
    let mut schema = Schema::builder();
    let fields = Fields {
        title: schema.add_text_field("title", text.clone()),
        body: schema.add_text_field("body", text),
        source: schema.add_text_field("source", label.clone()),
        media_type: schema.add_text_field("media_type", label),
        modified: schema.add_i64_field(MODIFIED, FAST),
        document: schema.add_u64_field(DOCUMENT, INDEXED | FAST),
        order: schema.add_u64_field(ORDER, FAST),
        chunk: schema.add_u64_field(CHUNK, FAST),
    };
    (schema.build(), fields)
}

/// Makes an empty index in an empty folder.
pub(crate) fn create(directory: &Path) -> Result<(tantivy::Index, Fields), TantivyError> {
    let (schema, fields) = schema();
    let settings =
        IndexSettings { docstore_compression: Compressor::None, ..IndexSettings::default() };
    let index = tantivy::Index::create(MmapDirectory::open(directory)?, schema, settings)?;
    index.tokenizers().register("words", Words::default());
    Ok((index, fields))
}

/// Opens an index, with its stamp. There is none on an index of another
/// format.
pub(crate) fn open(
    directory: &Path,
) -> Result<(tantivy::Index, Fields, Option<Stamp>), TantivyError> {
    let index = tantivy::Index::open_in_dir(directory)?;
    index.tokenizers().register("words", Words::default());
    let (schema, fields) = schema();
    let stamp = index.load_metas()?.payload.as_deref().and_then(Stamp::parse);
    Ok((index.clone(), fields, stamp.filter(|_| index.schema() == schema)))
}
