#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::blocks::pick;
use super::markdown::markdown;
use super::prose::prose;
use super::whitespace::whitespace;

const TEXTS: [&str; 10] = [
    "",
    "\n\n a  b \n\n\n\tc  d\n",
    "# One  two\n\n\n<!-- gone -->\n\ntext   text  \nnext\n",
    "<!-- never ends\n\ntext\n",
    "```py\nif a:\n    b  =  1\n\n\n    # <!-- stays -->\n```\n\n\nend  of\n",
    "| a   | b |\n|-----|---|\n| 1   | 2 |\n",
    "- one\n    - two  deep\n-   three\n1.  four\n",
    "see [a  b](http://x.y/z  \"t\") and `code   here`  and a[i](x)\n",
    "<!-- a --><!-- b --> text\n<!-- c -->\n",
    "\r\nline  \r\n\r\n\r\nnext\r\n",
];

#[test]
fn a_compressor_shortens_and_leaves_alone_what_it_has_made() {
    for shorten in [whitespace, prose, markdown] {
        for text in TEXTS {
            let once = shorten(text);
            assert!(once.len() <= text.len(), "{text:?}");
            assert_eq!(shorten(&once), once, "{text:?}");
        }
    }
}

#[test]
fn code_tables_lists_and_links_stay_as_they_are() {
    let made = markdown(TEXTS[4]);
    assert!(made.starts_with("```py\nif a:\n    b  =  1\n\n\n    # <!-- stays -->\n```\n\nend of"));
    assert_eq!(markdown(TEXTS[5]), TEXTS[5]);
    assert_eq!(markdown(TEXTS[6]), TEXTS[6]);
    assert!(markdown(TEXTS[7]).contains("`code   here` and a[i](x)"));
    assert_eq!(markdown(TEXTS[3]), "<!-- never ends\n\ntext\n");
    assert_eq!(markdown(TEXTS[2]), "# One two\n\ntext text  \nnext\n");
}

#[test]
fn blocks_that_answer_the_question_are_kept_first() {
    let text = "first\n\nabout fuel\n\nlast\n";
    assert_eq!(pick(text, 13, Some("what is fuel?")).unwrap(), "about fuel\n\n");
    assert_eq!(pick(text, 13, None).unwrap(), "first\n\nlast\n");
    assert_eq!(pick("abcdef", 3, None).unwrap(), "abc");
    assert_eq!(pick("abc", 0, None), None);
}
