//! Texts that transforms are tried with: what people write, and what nobody
//! would.

/// Bytes of a large text.
pub(super) const LARGE: u32 = 1_000_000;

pub(super) const TEXTS: [&str; 9] = [
    "# One\n\nWhat is said of  fuel, and of *time*.  \nA second line, [a link](https://x.y/z).\n\n\n\
     ## Two\n\n```py\nif a:\n    b = \"}\"\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n  - two\n",
    "short",
    "Ünïcödé wörds, 字 and 🦀 in one line that is a little longer than most lines are\n",
    "{\"a\": [1, 2, {\"b\": \"}\\\"\"}], \"c\": {\"d\": null}}\n",
    "name,note\nAda,\"two\nlines\"\nBob,\n",
    "Subject: Hello\nFrom: a@b.c\n\nA paragraph.\n\n> quoted\n",
    "/// Says.\nfn one(a: &'a str) -> u32 {\n    a.len() /* } */\n}\n\nimpl Two {\n    fn three() {}\n}\n",
    "<h1>One</h1><p>text <b>bold</b><script>if (a < b) { }</script><!-- never ends\n",
    "}}}]]\u{0}\u{1b}[31m \"'`\r\n\t \u{2028}\u{200b}\n",
];

/// A text of many lines, of every kind there is above.
pub(super) fn large() -> String {
    let once: String = TEXTS.concat();
    let mut text = once.repeat(LARGE as usize / once.len() + 1);
    text.truncate(text.floor_char_boundary(LARGE as usize));
    text
}
