//! What a call, a prompt, a search and a sync come to.

use std::time::Duration;

use ctx_core::SyncReport;
use ctx_model::{
    Ask, Block, BlockContent, Chunk, Content, DocumentId, EmbeddedContent, Hit, Hits, Message,
    Mode, Output, Prompt, PromptReply, Question, Questions, Reply, ResourceLink, Skipped, Span,
    Speaker, Stored, Usage,
};

use super::check;
use crate::wire;

const SPENT: Usage =
    Usage { fuel: 1_000, peak_memory: 65_536, wall: Duration::from_micros(1_500), host_calls: 2 };

const BILL: &str = r#"{"fuel":1000,"peak_memory_bytes":65536,"wall_us":1500,"host_calls":2}"#;

#[track_caller]
fn check_block(content: BlockContent, annotations: Option<&str>, expected: &str) {
    let block = Block { content, annotations: annotations.map(str::to_owned) };
    check(&wire::Block::from(&block), expected);
}

fn asked() -> Questions {
    let question = |key: &str, ask| Question { key: key.to_owned(), ask };
    Questions {
        questions: vec![
            question(
                "name",
                Ask::Form { message: "Who?".to_owned(), schema: r#"{"type":"object"}"#.to_owned() },
            ),
            question(
                "login",
                Ask::Visit { message: "Log in".to_owned(), url: "https://a.example".to_owned() },
            ),
            question("model", Ask::Completion(r#"{"maxTokens":1}"#.to_owned())),
            question("roots", Ask::Roots),
        ],
        state: "[1]".to_owned(),
        expires: Some(0),
    }
}

const ASKS: &str = concat!(
    r#"{"asks":{"questions":["#,
    r#"{"key":"name","ask":{"type":"form","message":"Who?","schema":{"type":"object"}}},"#,
    r#"{"key":"login","ask":{"type":"visit","message":"Log in","url":"https://a.example"}},"#,
    r#"{"key":"model","ask":{"type":"completion","parameters":{"maxTokens":1}}},"#,
    r#"{"key":"roots","ask":{"type":"roots"}}],"#,
    r#""state":[1],"expires":"1970-01-01T00:00:00Z"}}"#,
);

#[test]
fn blocks_are_told_apart_by_their_type() {
    let bytes = || vec![0, 1, 255];
    check_block(BlockContent::Text("a\nb".to_owned()), None, r#"{"type":"text","text":"a\nb"}"#);
    check_block(
        BlockContent::Text("a".to_owned()),
        Some(r#"{"priority":1}"#),
        r#"{"type":"text","text":"a","annotations":{"priority":1}}"#,
    );
    check_block(
        BlockContent::Image { media_type: "image/png".to_owned(), data: bytes() },
        None,
        r#"{"type":"image","mime_type":"image/png","data":"AAH/"}"#,
    );
    check_block(
        BlockContent::Audio { media_type: "audio/wav".to_owned(), data: bytes() },
        None,
        r#"{"type":"audio","mime_type":"audio/wav","data":"AAH/"}"#,
    );
    check_block(
        BlockContent::Link(ResourceLink {
            uri: "file:///a".to_owned(),
            name: "a".to_owned(),
            title: None,
            description: Some("An a".to_owned()),
            media_type: Some("text/plain".to_owned()),
            size: Some(3),
        }),
        Some("{}"),
        concat!(
            r#"{"type":"resource_link","uri":"file:///a","name":"a","description":"An a","#,
            r#""mime_type":"text/plain","size":3,"annotations":{}}"#,
        ),
    );
    check_block(
        BlockContent::Embedded {
            uri: "a:b".to_owned(),
            media_type: Some("text/plain".to_owned()),
            content: EmbeddedContent::Text("body".to_owned()),
        },
        None,
        concat!(
            r#"{"type":"resource","resource":"#,
            r#"{"uri":"a:b","mime_type":"text/plain","text":"body"}}"#,
        ),
    );
    check_block(
        BlockContent::Embedded {
            uri: "a:b".to_owned(),
            media_type: None,
            content: EmbeddedContent::Bytes(bytes()),
        },
        None,
        r#"{"type":"resource","resource":{"uri":"a:b","blob":"AAH/"}}"#,
    );
}

#[test]
fn an_answer_comes_with_its_bill() {
    let reply = Reply::Done(Output {
        blocks: vec![Block::text("hi")],
        structured: Some(r#"{"b":1,"a":2}"#.to_owned()),
        meta: Some("\"note\"".to_owned()),
    });
    let result = concat!(
        r#"{"content":[{"type":"text","text":"hi"}],"#,
        r#""structured":{"b":1,"a":2},"meta":"note"}"#,
    );
    check(&wire::Reply::from(&reply), result);
    check(
        &wire::Called::<wire::Reply<'_>>::new(&reply, &SPENT),
        &format!(r#"{{"result":{result},"usage":{BILL}}}"#),
    );
    check(&wire::Reply::from(&Reply::Done(Output::default())), r#"{"content":[]}"#);
}

#[test]
fn questions_stand_in_the_place_of_an_answer() {
    check(&wire::Reply::from(&Reply::Ask(asked())), ASKS);
    check(&wire::PromptReply::from(&PromptReply::Ask(asked())), ASKS);
}

#[test]
fn a_prompt_names_who_says_what() {
    let message = Message { role: Speaker::User, blocks: vec![Block::text("hi")] };
    let prompt = Prompt {
        system: "Be brief".to_owned(),
        messages: vec![message],
        tools: Some(vec!["search".to_owned()]),
    };
    check(
        &wire::PromptReply::from(&PromptReply::Done(prompt.clone())),
        concat!(
            r#"{"system":"Be brief","messages":[{"role":"user","content":"#,
            r#"[{"type":"text","text":"hi"}]}],"tools":["search"]}"#,
        ),
    );
    let prompt = Prompt { tools: None, messages: Vec::new(), ..prompt };
    check(&wire::Prompt::from(&prompt), r#"{"system":"Be brief","messages":[],"tools":[]}"#);
}

#[test]
fn hits_say_where_they_lie() {
    let hit = Hit {
        id: DocumentId([7; 16]),
        source: "notes".to_owned(),
        document_id: "a.md".to_owned(),
        title: "A".to_owned(),
        uri: None,
        media_type: "text/markdown".to_owned(),
        modified: Some(1_700_000_000),
        span: Span { start: 3, end: 9 },
        snippet: "heron".to_owned(),
        score: 1.5,
    };
    let hits = Hits {
        hits: vec![hit],
        mode: Mode::Keyword,
        cursor: Some("next".to_owned()),
        ..Hits::default()
    };
    check(
        &wire::Hits::from(&hits),
        concat!(
            r#"{"mode":"keyword","hits":[{"id":"07070707-0707-0707-0707-070707070707","#,
            r#""source":"notes","source_id":"a.md","title":"A","media_type":"text/markdown","#,
            r#""modified":"2023-11-14T22:13:20Z","span":[3,9],"snippet":"heron","score":1.5}],"#,
            r#""cursor":"next"}"#,
        ),
    );
    check(&wire::Hits::from(&Hits::default()), r#"{"mode":"keyword","hits":[]}"#);
}

#[test]
fn a_document_comes_in_full() {
    let stored = Stored {
        id: DocumentId([7; 16]),
        source: "notes".to_owned(),
        document: ctx_model::Document {
            id: "a.md".to_owned(),
            version: "1".to_owned(),
            title: Some("A".to_owned()),
            author: Some("Ada".to_owned()),
            uri: Some("file:///a.md".to_owned()),
            media_type: "text/markdown".to_owned(),
            language: None,
            created: Some(0),
            // Beyond all calendars, so it is left out.
            modified: Some(i64::MAX),
            data_classes: None,
            metadata: r#"{"stars":5}"#.to_owned(),
            content: Content::Text("A".to_owned()),
        },
        chunks: vec![Chunk { span: Span { start: 0, end: 1 }, breadcrumbs: vec!["A".to_owned()] }],
    };
    check(
        &wire::Document::from(&stored),
        concat!(
            r#"{"id":"07070707-0707-0707-0707-070707070707","source":"notes","#,
            r#""source_id":"a.md","version":"1","title":"A","author":"Ada","#,
            r#""uri":"file:///a.md","media_type":"text/markdown","#,
            r#""created":"1970-01-01T00:00:00Z","metadata":{"stars":5},"body":"A","#,
            r#""chunks":[{"index":0,"span":[0,1],"breadcrumbs":["A"]}]}"#,
        ),
    );
}

#[test]
fn a_sync_counts_what_it_did() {
    let skip = |id: Option<&str>| Skipped { id: id.map(str::to_owned), reason: "torn".to_owned() };
    let report = SyncReport {
        documents: 5,
        added: 1,
        changed: 2,
        unchanged: 2,
        removed: 4,
        skipped: 2,
        skips: vec![skip(Some("b")), skip(None)],
        left_out: 0,
        kept: 0,
        chunks: 3,
        checkpoint: Some("5".to_owned()),
        stopped: false,
        embeddings: None,
    };
    check(
        &wire::Synced::new("notes", &report, &SPENT),
        &format!(
            "{}{BILL}}}",
            concat!(
                r#"{"source":"notes","documents":5,"added":1,"changed":2,"unchanged":2,"#,
                r#""removed":4,"skipped":2,"skips":[{"id":"b","reason":"torn"},"#,
                r#"{"reason":"torn"}],"left_out":0,"kept":0,"chunks":3,"checkpoint":"5","stopped":false,"usage":"#,
            )
        ),
    );
}
