//! Lines and paragraphs as they grow: white space is folded, and a break is
//! written only once something follows it.

/// What stands between the last word and the next one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    None,
    Space,
    Line,
    Paragraph,
}

/// A text under construction.
pub(crate) struct Text {
    out: String,
    gap: Gap,
    /// Written before the next word: a heading's or an item's mark.
    mark: String,
}

impl Text {
    pub(crate) fn new() -> Self {
        Self { out: String::new(), gap: Gap::None, mark: String::new() }
    }

    /// Wants at least this much room before what follows.
    pub(crate) fn gap(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    /// Puts a mark before the next word.
    pub(crate) fn mark(&mut self, mark: &str) {
        mark.clone_into(&mut self.mark);
    }

    /// Takes a mark back that no word followed.
    pub(crate) fn unmark(&mut self) {
        self.mark.clear();
    }

    /// Adds text with its white space folded.
    pub(crate) fn words(&mut self, text: &str) {
        for character in text.chars() {
            if character.is_whitespace() && character != '\u{a0}' {
                self.gap(Gap::Space);
            } else {
                self.settle();
                self.out.push(if character == '\u{a0}' { ' ' } else { character });
            }
        }
    }

    /// Adds text as it is.
    pub(crate) fn verbatim(&mut self, text: &str) {
        if !text.is_empty() {
            self.settle();
            self.out.push_str(text);
        }
    }

    /// Returns what was written.
    pub(crate) fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    fn settle(&mut self) {
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        if !self.out.is_empty() {
            let newlines = self.out.bytes().rev().take_while(|byte| *byte == b'\n').count();
            match gap {
                Gap::None => {}
                Gap::Space if newlines > 0 => {}
                Gap::Space => self.out.push(' '),
                Gap::Line => self.out.push_str(&"\n"[newlines.min(1)..]),
                Gap::Paragraph => self.out.push_str(&"\n\n"[newlines.min(2)..]),
            }
        }
        self.out.push_str(&std::mem::take(&mut self.mark));
    }
}
