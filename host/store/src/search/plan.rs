//! Turns what is wanted into a query of tantivy's. Filters say which chunks
//! may match and have no part in the score.

use std::ops::Bound;

use ctx_model::Query as Asked;
use tantivy::Term as IndexTerm;
use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::text::{Term, Together, Wanted};
use crate::index::schema::Fields;

/// A word in a title or a heading says more than one in the text.
const TITLE_BOOST: f32 = 2.0;

type Clause = (Occur, Box<dyn Query>);

/// Makes the query.
pub(crate) fn plan(asked: &Asked, wanted: &Wanted, fields: &Fields) -> BooleanQuery {
    let mut clauses = Vec::new();
    clauses.extend(wanted.must.iter().map(|term| (Occur::Must, either(term, fields))));
    // Flat, so that tantivy may skip what cannot be among the best.
    clauses.extend(wanted.may.iter().flat_map(|term| both(term, fields)));
    clauses.extend(wanted.together.iter().map(|group| (Occur::Should, together(group, fields))));
    clauses.extend(wanted.never.iter().map(|term| (Occur::MustNot, either(term, fields))));
    let filters = filters(asked, fields);
    if filters.is_empty() {
        return BooleanQuery::new(clauses);
    }
    let mut outer: Vec<Clause> = vec![(Occur::Must, Box::new(BooleanQuery::new(clauses)))];
    outer.extend(filters.into_iter().map(|filter| {
        let silent: Box<dyn Query> = Box::new(ConstScoreQuery::new(filter, 0.0));
        (Occur::Must, silent)
    }));
    BooleanQuery::new(outer)
}

fn filters(asked: &Asked, fields: &Fields) -> Vec<Box<dyn Query>> {
    let mut filters: Vec<Box<dyn Query>> = Vec::new();
    let labels = [(fields.source, &asked.sources), (fields.media_type, &asked.media_types)];
    for (field, values) in labels {
        if !values.is_empty() {
            let any = values.iter().map(|value| {
                let term = IndexTerm::from_field_text(field, value);
                let query: Box<dyn Query> =
                    Box::new(TermQuery::new(term, IndexRecordOption::Basic));
                (Occur::Should, query)
            });
            filters.push(Box::new(BooleanQuery::new(any.collect())));
        }
    }
    if asked.since.is_some() || asked.until.is_some() {
        let term = |at| IndexTerm::from_field_i64(fields.modified, at);
        let since = asked.since.map_or(Bound::Unbounded, |at| Bound::Included(term(at)));
        let until = asked.until.map_or(Bound::Unbounded, |at| Bound::Excluded(term(at)));
        filters.push(Box::new(RangeQuery::new(since, until)));
    }
    filters
}

/// The term in the title and in the text, each for itself.
fn both(term: &Term, fields: &Fields) -> [Clause; 2] {
    [
        (Occur::Should, Box::new(BoostQuery::new(leaf(term, fields.title), TITLE_BOOST))),
        (Occur::Should, leaf(term, fields.body)),
    ]
}

/// The term in either.
fn either(term: &Term, fields: &Fields) -> Box<dyn Query> {
    Box::new(BooleanQuery::new(both(term, fields).into()))
}

fn together(group: &Together, fields: &Fields) -> Box<dyn Query> {
    let all = group.all.iter().map(|term| (Occur::Must, either(term, fields)));
    let none = group.none.iter().map(|term| (Occur::MustNot, either(term, fields)));
    Box::new(BooleanQuery::new(all.chain(none).collect()))
}

fn leaf(term: &Term, field: Field) -> Box<dyn Query> {
    let mut words: Vec<_> =
        term.iter().map(|word| IndexTerm::from_field_text(field, word)).collect();
    match words.pop() {
        Some(word) if words.is_empty() => {
            Box::new(TermQuery::new(word, IndexRecordOption::WithFreqs))
        }
        last => Box::new(PhraseQuery::new(words.into_iter().chain(last).collect())),
    }
}
