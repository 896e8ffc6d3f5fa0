//! `ctx search`.

use ctx_core::{Host, Shape};
use ctx_model::{Caller, Hit, Query, Ranked, Scores};
use ctx_serve::problem::Problem;
use ctx_serve::wire;

use super::{Done, done};
use crate::args::Search;
use crate::report::Report;
use crate::terminal::on_one_line;

pub(crate) async fn run(host: &Host, search: &Search, report: &Report) -> Done {
    let query = Query {
        text: search.query.clone(),
        mode: search.mode.into(),
        sources: search.source.clone(),
        since: search.since,
        until: search.until,
        limit: search.limit.unwrap_or_else(|| host.search_limit()),
        cursor: search.cursor.clone(),
        explain: search.explain,
        ..Query::default()
    };
    let mut hits = host.search(&query).await.map_err(|error| Problem::from(&error))?;
    let shape = Shape { query: Some(search.query.clone()), ..search.compressing.shape() };
    let shape = host.search_shape(shape);
    let shaped = host.shape_hits(&mut hits, &shape, &Caller::default()).await;
    shaped.map_err(|error| Problem::from(&error))?;
    if report.json {
        report.data(&wire::Hits::from(&hits));
        return done();
    }
    for notice in &hits.notices {
        report.warn(notice.to_string());
    }
    if let Some(explained) = &hits.explained {
        report.line(format!(
            "Search: mode={}, alpha={:.2}, candidates: {} keyword + {} vector",
            hits.mode, explained.alpha, explained.keyword_candidates, explained.semantic_candidates
        ));
        report.line("");
    }
    if hits.hits.is_empty() {
        report.line("No results.");
    }
    for (at, hit) in hits.hits.iter().enumerate() {
        let scores = hits.explained.as_ref().and_then(|explained| explained.scores.get(at));
        show(report, at + 1, hit, scores);
    }
    if let Some(added) = &hits.enrichment {
        for snippet in &added.snippets {
            report.line(on_one_line(snippet.trim()));
        }
        if !added.tags.is_empty() {
            report.line(format!("tags: {}", on_one_line(&added.tags.join(", "))));
        }
    }
    if let Some(cursor) = &hits.cursor {
        report.say(format!("More with --cursor {cursor}"));
    }
    done()
}

fn show(report: &Report, number: usize, hit: &Hit, scores: Option<&Scores>) {
    let title = if hit.title.is_empty() { "(untitled)" } else { &hit.title };
    let (source, title) = (on_one_line(&hit.source), on_one_line(title));
    report.line(format!("{number}. [{:.2}] {source} / {title}", hit.score));
    if let Some(Scores { keyword, semantic }) = scores {
        let score = |ranked: &Option<Ranked>| ranked.map_or(0.0, |ranked| ranked.score);
        report.line(format!(
            "    scoring: keyword={:.3}  semantic={:.3}  → hybrid={:.3}",
            score(keyword),
            score(semantic),
            hit.score
        ));
    }
    if let Some(modified) = hit.modified.and_then(wire::Time::new) {
        report.line(format!("    updated: {modified}"));
    }
    report.line(format!("    source: {source}"));
    if let Some(uri) = &hit.uri {
        report.line(format!("    url: {}", on_one_line(uri)));
    }
    report.line(format!("    excerpt: \"{}\"", on_one_line(hit.snippet.trim())));
    report.line(format!("    id: {}", hit.id));
    report.line("");
}
