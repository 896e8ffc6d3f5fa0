#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::super::{code, data, json, lexer, markup, plain};
use super::{Piece, Room, Unit, pack};

/// Cuts with every chunker there is, and returns the pieces of each.
pub(crate) fn all(text: &str, most: usize, overlap: usize) -> Vec<(&'static str, Vec<Piece>)> {
    let syntax = lexer::syntax("text/x-rust", None);
    let python = lexer::syntax("text/x-python", None);
    let units: Vec<(&str, Vec<Unit>)> = vec![
        ("lines", plain::by_lines(text)),
        ("paragraph", plain::by_paragraphs(text)),
        ("markdown", plain::by_headings(text)),
        ("csv", data::by_rows(text)),
        ("jsonl", data::by_records(text)),
        ("json", json::by_entries(text, most)),
        ("html", markup::by_tags(text)),
        ("eml", markup::by_mail(text)),
        ("code", code::by_definitions(text, syntax, most)),
        ("python", code::by_definitions(text, python, most)),
    ];
    let room = Room { most, overlap, bytes: most, measure: None };
    units.into_iter().map(|(name, units)| (name, pack(text, units, &room))).collect()
}

#[track_caller]
fn lawful(text: &str, most: usize, overlap: usize) {
    for (name, pieces) in all(text, most, overlap) {
        let mut covered = 0;
        let mut begun = 0;
        for piece in &pieces {
            assert!(piece.start >= begun && piece.end > piece.start, "{name} {piece:?}");
            assert!(piece.start >= covered || covered - piece.start <= overlap, "{name} {piece:?}");
            assert!(text.get(piece.start..piece.end).is_some(), "{name} {piece:?}");
            assert!(piece.end - piece.start <= most.max(4), "{name} {piece:?}");
            let between = text.get(covered..piece.start).unwrap_or_default();
            assert!(between.trim().is_empty(), "{name} leaves out {between:?}");
            begun = piece.start;
            covered = covered.max(piece.end);
        }
        assert!(text[covered..].trim().is_empty(), "{name} leaves out the end");
    }
}

#[test]
fn every_chunker_covers_what_is_not_blank_and_holds_its_budget() {
    let texts = [
        "",
        " \n\t\n",
        "one line",
        "# One\n\ntext\n\n## Two\nmore\n```rs\n# no heading\n\n```\n\nend\n",
        "a,b\n1,\"two\nlines\"\n3,4\n",
        "{\"a\": [1, 2, {\"b\": \"}\"}], \"c\": null}\n",
        "[1,2",
        "{\"a\":1}\n{\"a\":2}\n",
        "<h1>One</h1><p>text <b>bold</b></p><script>if (a < b) {}</script><p>grün</p>",
        "<h1><h1><script><!-- ",
        "Subject: Hello\nContent-Type: multipart/mixed; boundary=\"x\"\n\n--x\nA: b\n\nbody\n--x--\n",
        "/// Says.\nfn one() {\n    let a = \"}\";\n}\n\nimpl Two {\n    fn three(&'a self) {}\n\n    fn four() {}\n}\n",
        "import os\n\n@wraps\ndef one():\n    \"\"\"a\n    b\"\"\"\n    return 1\n\nclass Two:\n    def three(self):\n        pass\n",
        "ünïcödé wörds ünd mehr, ohne Ende und ohne Umbruch, über viele Zeichen hinweg",
        "}\n)\n]\n'\"`\n/* \n",
    ];
    for text in texts {
        for most in [4, 7, 16, 40, 2800] {
            for overlap in [0, 3, 10] {
                lawful(text, most, overlap.min(most / 2));
            }
        }
    }
}

#[test]
fn what_stands_above_a_piece_is_its_breadcrumb() {
    let crumbs = |name: &str, text: &str, most: usize| {
        let all = all(text, most, 0);
        let (_, pieces) = all.into_iter().find(|(one, _)| *one == name).unwrap();
        pieces.into_iter().map(|piece| piece.crumbs.join(" > ")).collect::<Vec<_>>()
    };
    assert_eq!(crumbs("markdown", "# A\nx\n## B\ny\n# C\nz\n", 100), ["A", "A > B", "C"]);
    assert_eq!(crumbs("csv", "name,age\nAda,36\nBob,40\n", 8), ["", "name,age", "name,age"]);
    assert_eq!(crumbs("html", "<h2>Top</h2><p>text", 14), ["Top", "Top"]);
    assert_eq!(crumbs("eml", "Subject: Hi\n\nbody\n", 100), ["Hi", "Hi"]);
    let code =
        "impl Two {\n    fn three() {\n        1\n    }\n\n    fn four() {\n        2\n    }\n}\n";
    assert_eq!(crumbs("code", code, 40)[1], "impl Two");
}

#[test]
fn a_million_bytes_of_anything_are_cut_in_a_moment() {
    for sign in ["\n", "a", "<h1>", "<script>", "{", "# a\n", "\"", "a\n\n", "'", "[1,", "```\n"] {
        let text = sign.repeat(1_000_000 / sign.len());
        for (_, pieces) in all(&text, 2800, 0) {
            assert!(pieces.len() <= 1_000_000);
        }
    }
}
