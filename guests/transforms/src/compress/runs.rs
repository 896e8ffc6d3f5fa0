//! A text made of pieces of another, in their order. Pieces that follow each
//! other there are copied as one: most of a text stays, and each copy out of
//! a sandboxed memory's own code costs more than the few bytes of a line.

/// What is made of a text so far.
pub(crate) struct Runs<'a> {
    text: &'a str,
    made: String,
    /// What was kept last, and is still to be copied.
    from: usize,
    to: usize,
}

impl<'a> Runs<'a> {
    /// Begins with nothing of a text.
    pub(crate) fn of(text: &'a str) -> Self {
        Self { text, made: String::with_capacity(text.len()), from: 0, to: 0 }
    }

    /// Keeps a piece of the text, which lies behind all that was kept before.
    #[inline]
    pub(crate) fn keep(&mut self, piece: &'a str) {
        let start = piece.as_ptr().addr() - self.text.as_ptr().addr();
        if start != self.to {
            self.copy();
            self.from = start;
        }
        self.to = start + piece.len();
    }

    /// Writes a sign: the text's own, if it comes next there.
    #[inline]
    pub(crate) fn sign(&mut self, sign: &str) {
        if self.text.as_bytes()[self.to..].starts_with(sign.as_bytes()) {
            self.to += sign.len();
            return;
        }
        self.copy();
        self.made.push_str(sign);
    }

    /// Returns what was made.
    pub(crate) fn end(mut self) -> String {
        self.copy();
        self.made
    }

    fn copy(&mut self) {
        self.made.push_str(&self.text[self.from..self.to]);
        self.from = self.to;
    }
}
