//! The files connector and the extractors that come with every `ctx`, over
//! real files and hostile ones.

use std::fs;
use std::sync::Arc;

use ctx_core::{BundledExtension, Host, HostOptions, SyncOptions, SyncReport};
use ctx_model::{Content, Document, Hits, Query};
use ctx_store::Store;

use crate::formats::{docx, pdf, pptx, xlsx, zip};
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

async fn sync(host: &Host) -> SyncReport {
    let receipt = host.sync("docs", &SyncOptions::default(), &mut |_| {}).await.unwrap();
    receipt.outcome.unwrap()
}

fn document(host: &Host, id: &str) -> Document {
    host.document(&Store::document_id("docs", id).to_string()).unwrap().document
}

fn text(document: &Document) -> &str {
    let Content::Text(text) = &document.content else { panic!("no text") };
    text
}

const FILES: &str = "[sources.docs]\nextension = \"files\"\nroot = \"docs\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn each_format_becomes_text_and_keeps_its_type() {
    let workspace = Workspace::new();
    let docs = workspace.path("workspace/docs");
    write(&docs.join("a.docx"), docx("zebra &amp; lion"));
    write(&docs.join("b.pdf"), pdf("zebra in a report", "3 0 R"));
    write(&docs.join("c.pptx"), pptx("zebra on a slide"));
    write(&docs.join("d.xlsx"), xlsx("zebra in a cell"));
    write(&docs.join("e.html"), "<title>A page</title><h1>Top</h1><p>zebra &mdash; here</p>");
    write(&docs.join("f g.txt"), b"caf\xe9 cr\xe8me d\xe9j\xe0 vu");
    let host = open(&workspace, FILES);
    let report = sync(&host).await;
    assert_eq!((report.added, report.skipped), (6, 0), "{:?}", report.skips);

    let letter = document(&host, "a.docx");
    assert_eq!(text(&letter), "# Top\n\nzebra & lion\n\n");
    assert_eq!(
        (letter.title.as_deref(), letter.author.as_deref()),
        (Some("A letter"), Some("Ann"))
    );
    assert_eq!(letter.created, Some(1_736_935_200));
    assert!(letter.media_type.ends_with("wordprocessingml.document"));

    let report = document(&host, "b.pdf");
    assert!(text(&report).contains("zebra in a report"), "{}", text(&report));
    assert_eq!(
        (report.title.as_deref(), report.author.as_deref()),
        (Some("A report"), Some("Bob"))
    );
    assert_eq!(report.media_type, "application/pdf");

    assert_eq!(text(&document(&host, "c.pptx")), "# Slide 1\n\nzebra on a slide\n\n");
    assert_eq!(text(&document(&host, "d.xlsx")), "# Figures\n\nzebra in a cell | 42\n\n");
    let page = document(&host, "e.html");
    assert_eq!(text(&page), "# Top\n\nzebra \u{2014} here\n");
    assert_eq!(page.title.as_deref(), Some("A page"));

    let plain = document(&host, "f g.txt");
    assert_eq!(text(&plain), "café crème déjà vu");
    assert_eq!(plain.title.as_deref(), Some("f g.txt"));
    let root = docs.canonicalize().unwrap();
    assert_eq!(plain.uri, Some(format!("file://{}/f%20g.txt", root.display())));

    let query = Query { text: "zebra".to_owned(), limit: 10, ..Query::default() };
    let Hits { hits, .. } = host.search(&query).await.unwrap();
    assert_eq!(hits.len(), 5);

    // What did not change is not read again.
    let report = sync(&host).await;
    assert_eq!((report.unchanged, report.added, report.changed), (6, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_files_are_skipped_with_a_reason_and_end_nothing() {
    let workspace = Workspace::new();
    let docs = workspace.path("workspace/docs");
    let whole = docx("whole");
    // An entity that would grow to gigabytes, and a tree of pages in a circle.
    let laughs = zip(&[(
        "word/document.xml",
        "<!DOCTYPE d [<!ENTITY a \"haha\"><!ENTITY b \"&a;&a;&a;\">]><d><t>&b;</t></d>",
    )]);
    for (name, bytes) in [
        ("cut.docx", whole[..whole.len() / 2].to_vec()),
        ("empty.docx", Vec::new()),
        ("empty.pdf", Vec::new()),
        ("garbage.docx", b"garbage".to_vec()),
        ("garbage.pdf", b"%PDF-1.4\ngarbage".to_vec()),
        ("garbage.pptx", b"PK\x03\x04garbage".to_vec()),
        ("garbage.xlsx", b"PK\x05\x06garbage".to_vec()),
        ("half.xlsx", zip(&[("xl/workbook.xml", "<workbook><sheets>")])),
        ("image.png", b"\x89PNG\r\n\0".to_vec()),
        ("nul.txt", b"a\0b".to_vec()),
    ] {
        write(&docs.join(name), bytes);
    }
    write(&docs.join("circle.pdf"), pdf("round and round", "2 0 R"));
    write(&docs.join("laughs.docx"), laughs);
    write(&docs.join("ok.md"), "still here");
    let host = open(&workspace, FILES);
    let report = sync(&host).await;
    let mut skipped: Vec<&str> =
        report.skips.iter().filter_map(|skipped| skipped.id.as_deref()).collect();
    skipped.sort_unstable();
    assert_eq!(
        skipped,
        [
            "circle.pdf",
            "cut.docx",
            "empty.docx",
            "empty.pdf",
            "garbage.docx",
            "garbage.pdf",
            "garbage.pptx",
            "garbage.xlsx",
            "half.xlsx",
            "image.png",
            "nul.txt"
        ],
        "{:?}",
        report.skips
    );
    assert_eq!(text(&document(&host, "ok.md")), "still here");
    assert!(!text(&document(&host, "laughs.docx")).contains("haha"));
    // A file that is skipped does not keep the others from being removed.
    fs::remove_file(docs.join("ok.md")).unwrap();
    assert_eq!(sync(&host).await.removed, 1);
}

/// Reads every PDF file as one word.
const NEARER: &str = r#"
extractor = { description = "Reads nothing", media_types = { "application/pdf" } }
function extractor.extract(file) return { text = "nearer " .. #file.data } end
"#;

#[tokio::test(flavor = "multi_thread")]
async fn files_too_large_are_counted_and_listed() {
    let workspace = Workspace::new();
    write(&workspace.path("workspace/docs/a.md"), "0123456789");
    write(&workspace.path("workspace/docs/b.md"), "01");
    let host = open(&workspace, &format!("{FILES}max_bytes = 5\n"));
    let report = sync(&host).await;
    assert_eq!((report.added, report.skipped), (1, 1));
    assert_eq!(report.skips[0].reason, "10 bytes, more than the limit of 5");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extractor_of_the_workspace_takes_the_place_of_the_bundled_one() {
    let workspace = Workspace::new();
    workspace.drop_in("nearer.lua", NEARER);
    write(&workspace.path("workspace/docs/a.pdf"), "%PDF");
    let host = open(&workspace, FILES);
    let catalog = host.catalog().await.unwrap();
    let reads = catalog.extractor("application/pdf").unwrap();
    // Until the interpreter plays the role, the bundled one is the only one.
    let plays = catalog.extension("nearer").is_some_and(|one| one.extractor.is_some());
    assert_eq!(reads.name.as_str(), if plays { "nearer" } else { "pdf" });
}
