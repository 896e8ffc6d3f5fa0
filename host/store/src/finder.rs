//! A small index in memory that ranks short entries, such as tools, by the
//! words of a question. Made anew whenever the entries are others.

use std::path::PathBuf;

use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{BooleanQuery, BoostQuery, FuzzyTermQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::store::Compressor;
use tantivy::tokenizer::{TokenStream as _, Tokenizer as _};
use tantivy::{Index, IndexSettings, Searcher, TantivyDocument, TantivyError, Term};

use crate::error::StoreError;
use crate::index::words::Words;

/// Bytes that making the index may take.
const BUDGET: usize = 15 << 20;

/// Words of a question that count.
const MOST: usize = 32;

/// What an entry says in its fields, the weightiest first.
#[derive(Debug, Clone, Default)]
pub struct Findable {
    pub name: String,
    pub title: String,
    pub description: String,
    /// What else may be asked for: the names of arguments, for example.
    pub details: String,
}

/// Ranks entries.
pub struct Finder {
    searcher: Searcher,
    fields: [(Field, f32); 4],
}

impl Finder {
    /// Takes the entries in.
    pub fn new(entries: impl IntoIterator<Item = Findable>) -> Result<Self, StoreError> {
        Self::build(entries).map_err(|error| failed(&error))
    }

    fn build(entries: impl IntoIterator<Item = Findable>) -> Result<Self, TantivyError> {
        let text = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("words")
                .set_index_option(IndexRecordOption::WithFreqs),
        );
        let mut schema = Schema::builder();
        let fields = [("name", 4.0), ("title", 2.0), ("description", 1.0), ("details", 0.5)]
            .map(|(name, weight)| (schema.add_text_field(name, text.clone()), weight));
        let settings =
            IndexSettings { docstore_compression: Compressor::None, ..IndexSettings::default() };
        let index = Index::create(RamDirectory::create(), schema.build(), settings)?;
        index.tokenizers().register("words", Words::default());
        // One thread, so that entries keep their order, and no more than that.
        let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, BUDGET)?;
        for Findable { name, title, description, details } in entries {
            let mut document = TantivyDocument::new();
            for ((field, _), text) in fields.iter().zip([name, title, description, details]) {
                document.add_text(*field, text);
            }
            writer.add_document(document)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let searcher = index.reader()?.searcher();
        Ok(Self { searcher, fields })
    }

    /// Returns which entries fit a question, the best first, at most so many.
    pub fn find(&self, question: &str, most: usize) -> Result<Vec<usize>, StoreError> {
        let query = self.query(question);
        let collector = TopDocs::with_limit(most.max(1)).order_by_score();
        let found = self.searcher.search(&query, &collector).map_err(|error| failed(&error))?;
        let base = self.bases();
        Ok(found
            .into_iter()
            .map(|(_, at)| base[at.segment_ord as usize] + at.doc_id as usize)
            .collect())
    }

    /// Returns how many entries stand before each segment: there is one, unless
    /// they are very many.
    fn bases(&self) -> Vec<usize> {
        let sizes = self.searcher.segment_readers().iter().map(|one| one.max_doc() as usize);
        sizes
            .scan(0, |before, size| {
                let base = *before;
                *before += size;
                Some(base)
            })
            .collect()
    }

    /// Any word may fit, in any field; one that nearly fits counts a little.
    fn query(&self, question: &str) -> BooleanQuery {
        let mut words = Words::default();
        let mut stream = words.token_stream(question);
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut taken = 0;
        while taken < MOST && stream.advance() {
            let word = &stream.token().text;
            taken += 1;
            for (field, weight) in self.fields {
                let term = Term::from_field_text(field, word);
                let exact = TermQuery::new(term.clone(), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(exact), weight))));
                if word.chars().count() > 3 {
                    let near = FuzzyTermQuery::new_prefix(term, 1, true);
                    let near = BoostQuery::new(Box::new(near), weight / 8.0);
                    clauses.push((Occur::Should, Box::new(near)));
                }
            }
        }
        BooleanQuery::new(clauses)
    }
}

fn failed(error: &TantivyError) -> StoreError {
    StoreError::Failed { path: PathBuf::from("(memory)"), why: error.to_string() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn names_count_more_than_descriptions_and_near_words_count_a_little() {
        let entry = |name: &str, description: &str| Findable {
            name: name.to_owned(),
            description: description.to_owned(),
            ..Findable::default()
        };
        let finder = Finder::new([
            entry("send_mail", "Sends a message, for example about the weather"),
            entry("get_weather_forecast", "What the sky will do"),
            entry("countWords", "Counts"),
        ])
        .unwrap();
        for (question, found) in [
            ("weather", &[1, 0][..]),
            ("forecasts", &[1]),
            ("what is the WEATHER forecast?", &[1, 0]),
            ("count words", &[2]),
            ("mail", &[0]),
            ("nothing like it", &[]),
            ("", &[]),
        ] {
            assert_eq!(finder.find(question, 10).unwrap()[..], *found, "{question}");
        }
        assert_eq!(finder.find("weather", 1).unwrap(), [1]);
    }
}
