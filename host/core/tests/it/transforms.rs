//! Compressors, chunkers and read-modes: those that come with every `ctx` and
//! scripts, through the host's verbs, and a sync that has its text cut.

use std::sync::Arc;

use ctx_core::{BundledExtension, Host, HostOptions, Shape, SyncOptions};
use ctx_model::{
    Budget, CallError, Caller, ChunkRequest, CompressRequest, Content, FailureKind, Passage,
    Refusal, Role, ViewRequest,
};
use ctx_store::Store;

use crate::workspace::{Workspace, write};

fn open(workspace: &Workspace, config: &str) -> Arc<Host> {
    workspace.config(config);
    let bundled = ctx_bundle::EXTENSIONS
        .iter()
        .map(|extension| BundledExtension { name: extension.name, component: extension.bytes });
    let bundled = bundled.collect();
    let host = workspace.open_by(|options| HostOptions { bundled, ..options });
    host.trust().unwrap();
    host
}

fn asked(name: &str, texts: &[(&str, bool)], budget: Option<Budget>) -> CompressRequest {
    let passage = |(text, pinned): &(&str, bool)| Passage { text: (*text).into(), pinned: *pinned };
    let passages = texts.iter().map(passage).collect();
    CompressRequest { name: name.to_owned(), passages, budget, ..CompressRequest::default() }
}

async fn compress(host: &Host, request: CompressRequest) -> Result<Vec<(u32, String)>, CallError> {
    let kept = host.compress(request, Caller::default()).await.outcome?;
    Ok(kept.into_iter().map(|one| (one.index, one.text)).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressor_keeps_what_is_pinned_and_what_has_room() {
    let workspace = Workspace::new();
    let host = open(&workspace, "");
    let texts = [("one  two\n", false), ("keep   me", true), ("three\n", false)];
    let all = compress(&host, asked("prose", &texts, None)).await.unwrap();
    assert_eq!(all[0], (0, "one two\n".to_owned()));
    assert_eq!(all[1], (1, "keep   me".to_owned()));
    let budget = Some(Budget::Bytes(17));
    let some = compress(&host, asked("prose", &texts, budget)).await.unwrap();
    assert_eq!(some, [(0, "one two\n".to_owned()), (1, "keep   me".to_owned())]);
    let some = compress(&host, asked("markdown", &texts, Some(Budget::Tokens(5)))).await.unwrap();
    assert!(some.iter().any(|one| one == &(1, "keep   me".to_owned())), "{some:?}");
    let error = compress(&host, asked("prose", &texts, Some(Budget::Bytes(8)))).await.unwrap_err();
    let CallError::Failed { failure, .. } = error else { panic!("{error}") };
    assert_eq!(failure.kind, FailureKind::InvalidInput);
    let error = compress(&host, asked("markdwon", &texts, None)).await.unwrap_err();
    let CallError::Refused(Refusal::Unknown { what, near, .. }) = error else { panic!("{error}") };
    assert_eq!((what, near.as_slice()), ("compressor", &["markdown".to_owned()][..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressor_of_the_workspace_takes_the_place_of_the_bundled_one() {
    let workspace = Workspace::new();
    workspace.drop_in(
        "markdown.lua",
        "compressor = {}\nfunction compressor.compress(passages)\n  return { \"nearer\" }\nend\n",
    );
    let host = open(&workspace, "");
    let all = compress(&host, asked("markdown", &[("long enough", false)], None)).await.unwrap();
    assert_eq!(all, [(0, "nearer".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_a_law_reaches_nobody() {
    let workspace = Workspace::new();
    workspace.drop_in(
        "liar.lua",
        "compressors = {\n\
           { name = \"longer\", compress = function() return { \"longer than it was\" } end },\n\
           { name = \"over\", compress = function(all) return { all[1].text } end },\n\
           { name = \"reaches\", compress = function() return { kv.get(\"x\") or \"\" } end },\n\
         }\n\
         chunker = { name = \"gaps\", split = function() return { { first = 1, last = 2 } } end }\n\
         read_mode = { name = \"bytes\", look = function() return \"\\xff\" end }\n",
    );
    let host = open(&workspace, "");
    for (name, budget, says) in [
        ("longer", None, "longer: 18 bytes of 4"),
        ("over", Some(Budget::Bytes(2)), "4 bytes, and the budget 2"),
    ] {
        let request = asked(name, &[("text", false)], budget);
        let error = compress(&host, request).await.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    // Whatever its extension was granted, it is lent nothing.
    let error = compress(&host, asked("reaches", &[("text", false)], None)).await.unwrap_err();
    assert!(matches!(error, CallError::Refused(Refusal::Denied { .. })), "{error}");
    let request = ChunkRequest {
        name: "gaps".to_owned(),
        text: "text".to_owned(),
        media_type: "text/plain".to_owned(),
        file_name: None,
        budget: Budget::Bytes(100),
        overlap: 0,
    };
    let error = host.chunk(request, Caller::default()).await.outcome.unwrap_err().to_string();
    assert!(error.contains("leave out the text in 2..4"), "{error}");
    let request = ViewRequest { name: "bytes".to_owned(), ..ViewRequest::default() };
    let error = host.view(request, Caller::default()).await.outcome.unwrap_err().to_string();
    assert!(error.contains("not UTF-8"), "{error}");
}

const CODE: &str =
    "/// Says one.\nfn one() -> u32 {\n    1\n}\n\nstruct Two {\n    three: u32,\n}\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_read_mode_gives_a_view_of_a_text() {
    let workspace = Workspace::new();
    let host = open(&workspace, "");
    for (name, against, expected) in [
        ("full", None, CODE),
        ("outline", None, "2: fn one() -> u32\n6: struct Two\n"),
        ("signatures", None, "1: /// Says one.\n2: fn one() -> u32\n6: struct Two\n"),
        (
            "diff",
            Some(CODE.replace('1', "2")),
            "@@ -1,6 +1,6 @@\n /// Says one.\n fn one() -> u32 {\n-    2\n+    1\n }\n \n struct Two {\n",
        ),
    ] {
        let request = ViewRequest {
            name: name.to_owned(),
            text: CODE.to_owned(),
            media_type: "text/x-rust".to_owned(),
            against,
            ..ViewRequest::default()
        };
        let view = host.view(request, Caller::default()).await.outcome.unwrap();
        assert_eq!(view.text, expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_cuts_a_document_by_what_it_is() {
    let config = "[sources.docs]\nextension = \"files\"\nroot = \"docs\"\n\
                  [chunking]\nmax_tokens = 15\nchunkers = { \"text/markdown\" = \"lines\" }\n";
    let workspace = Workspace::new();
    let docs = workspace.path("workspace/docs");
    let rows: String = (0..10).map(|row| format!("{row},\"a\nb\"\n")).collect();
    write(&docs.join("a.csv"), format!("number,letters\n{rows}"));
    write(&docs.join("b.rs"), CODE.repeat(2));
    write(&docs.join("c.md"), "# Top\n\nA text of some words.\n".repeat(5));
    let host = open(&workspace, config);
    let receipt = host.sync("docs", &SyncOptions::default(), &mut |_| {}).await.unwrap();
    assert_eq!(receipt.outcome.unwrap().added, 3);
    let stored = |id: &str| host.document(&Store::document_id("docs", id).to_string()).unwrap();
    let table = stored("a.csv");
    assert!(table.chunks.len() > 1);
    assert!(table.chunks[1].breadcrumbs == ["number,letters"], "{:?}", table.chunks);
    let Content::Text(text) = &table.document.content else { panic!("no text") };
    for chunk in &table.chunks {
        // No row is cut.
        let piece = &text[chunk.span.start as usize..chunk.span.end as usize];
        assert_eq!(piece.matches('"').count() % 2, 0, "{piece:?}");
    }
    let code = stored("b.rs");
    let Content::Text(text) = &code.document.content else { panic!("no text") };
    let second = code.chunks[1].span;
    assert!(text[second.start as usize..second.end as usize].starts_with("struct Two"));
    assert!(stored("c.md").chunks.iter().all(|chunk| chunk.breadcrumbs.is_empty()));

    let mut seen = stored("b.rs");
    let shape = Shape { view: Some("outline".to_owned()), ..Shape::default() };
    host.shape_document(&mut seen, &shape, &Caller::default()).await.unwrap();
    let Content::Text(text) = &seen.document.content else { panic!("no text") };
    assert!(text.starts_with("2: fn one() -> u32\n") && seen.chunks.is_empty());

    let query = ctx_model::Query { text: "words".to_owned(), limit: 5, ..Default::default() };
    let mut hits = host.search(&query).await.unwrap();
    let shape = Shape { budget: Some(Budget::Bytes(12)), ..Shape::default() };
    host.shape_hits(&mut hits, &shape, &Caller::default()).await.unwrap();
    let bytes: usize = hits.hits.iter().map(|hit| hit.snippet.len()).sum();
    assert!(bytes <= 12, "{hits:?}");
    let catalog = host.catalog().await.unwrap();
    assert_eq!(
        catalog.transform_names(Role::Chunker),
        ["code", "csv", "eml", "html", "json", "jsonl", "lines", "markdown", "paragraph"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_of_lean_ctx_is_a_compressor_by_its_files_name() {
    let workspace = Workspace::new();
    let folder = workspace.path("modules");
    write(&folder.join("my_ext.wasm"), ctx_bundle::ABI_V1_MODULE);
    write(&folder.join("notes.txt"), "not a module");
    write(&folder.join("good.lua"), "tool = {}");
    let host = workspace.open_by(|mut options| {
        options.places.foreign = vec![folder.clone(), workspace.path("nowhere")];
        options
    });
    let catalog = host.catalog().await.unwrap();
    assert_eq!(catalog.transform_names(Role::Compressor), ["my_ext"]);
    let extension = catalog.extension("my-ext").unwrap();
    assert_eq!(
        (extension.form.as_str(), extension.roles.as_slice()),
        ("wasm-abi-v1", &[Role::Compressor][..])
    );
    assert!(catalog.extension("good").is_none(), "only modules are LeanCTX's");
    let texts = [("one   two", false), ("kept   so", true), ("three   four", false)];
    let all = compress(&host, asked("my_ext", &texts, None)).await.unwrap();
    assert_eq!(all[0].1, "one two");
    assert_eq!(all[1].1, "kept   so");
    let some = compress(&host, asked("my_ext", &texts, Some(Budget::Bytes(12)))).await.unwrap();
    assert_eq!(some, [(0, "one".to_owned()), (1, "kept   so".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_has_chunkers_of_its_own() {
    let workspace = Workspace::new();
    let words = "chunker = {}\nfunction chunker.split(text)\n\
        local all = {}\n\
        for first, last in text:gmatch(\"()%S+()\") do all[#all + 1] = { first = first, last = last - 1 } end\n\
        return all end\n";
    workspace.drop_in("words.lua", words);
    let page = "connector = {}\nfunction connector.scan() return {\n\
        { source_id = \"a\", body = \"one two three\", content_type = \"text/plain\" } } end\n";
    workspace.drop_in("page.lua", page);
    let sources = "[sources.one]\nextension = \"page\"\n[sources.two]\nextension = \"page\"\n\
        [sources.three]\nextension = \"page\"\n";
    let config = format!(
        "{sources}[chunking]\nmax_tokens = 4\nchunkers = {{ \"text/plain\" = \"words\" }}\n\
         [chunking.sources]\ntwo = \"native\"\nthree = {{ \"text/plain\" = \"native\" }}\n"
    );
    let host = open(&workspace, &config);
    for (source, chunks) in [("one", 3), ("two", 1), ("three", 1)] {
        let synced = host.sync(source, &SyncOptions::default(), &mut |_| {}).await.unwrap();
        synced.outcome.unwrap();
        let stored = host.document(&Store::document_id(source, "a").to_string()).unwrap();
        assert_eq!(stored.chunks.len(), chunks, "{source}");
    }
}
