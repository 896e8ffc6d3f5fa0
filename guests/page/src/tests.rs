//! What becomes of pages, well formed and not.

use super::read::read;

#[test]
fn headings_lists_tables_and_code_keep_their_shape() {
    let page = read(
        "<!doctype html><html lang=en><head><title>A &amp; B</title>\
         <meta name=author content=Ann></head><body><nav>Home</nav><h1>Top</h1>\
         <p>One <b>two</b>\n three.<p>Four<ul><li>a<li>b<ol><li>c</ol></ul>\
         <table><tr><th>k<th>v<tr><td>1<td>2</table><pre>x\n  y</pre>\
         <script>if (a < b) {}</script><style>p{}</style></body></html>",
    );
    assert_eq!(page.title.as_deref(), Some("A & B"));
    assert_eq!(page.language.as_deref(), Some("en"));
    assert_eq!(page.meta, [("author".to_owned(), "Ann".to_owned())]);
    assert_eq!(
        page.text,
        "# Top\n\nOne two three.\n\nFour\n\n- a\n- b\n\n  1. c\n\nk | v\n1 | 2\n\n```\nx\n  y\n```\n"
    );
}

#[test]
fn what_was_left_out_and_never_closed_does_not_take_the_page_with_it() {
    assert_eq!(read("<p>a<nav>b<p>c").text, "a\n\nb\n\nc\n".replace("a\n\nb", "ab"));
}

#[test]
fn a_hundred_thousand_open_elements_are_no_deeper_than_one() {
    let html = format!("{}deep", "<div><ul><li>".repeat(50_000));
    assert!(read(&html).text.ends_with("deep\n"));
}

#[test]
fn garbage_is_text_and_nothing_is_nothing() {
    assert_eq!(read("").text, "");
    assert_eq!(read("\0<\u{fffd}<<>>&#x110000;&bogus;").text.lines().count(), 1);
    assert_eq!(read("<script>never closed").text, "");
}
