//! The body of a Word document, as Markdown.

use ctx_sdk::Result;
use office::{Node, attribute, walk};

/// Adds the text of a part.
pub(crate) fn read(xml: &str, out: &mut String) -> Result<()> {
    let mut body =
        Body { out, paragraph: String::new(), mark: String::new(), reads: 0, cells: None };
    walk(xml, |node| {
        match node {
            Node::Open(name, element) => {
                body.open(name, |key| attribute(element, key).map(std::borrow::Cow::into_owned));
            }
            Node::Close(name) => body.close(name),
            // What is deleted or drawn is not in a `t`.
            Node::Text(text) if body.reads > 0 => body.paragraph.push_str(text),
            Node::Text(_) => {}
        }
        Ok(())
    })
}

struct Body<'a> {
    out: &'a mut String,
    paragraph: String,
    /// What stands before the paragraph.
    mark: String,
    /// How many elements are open whose text counts.
    reads: usize,
    /// The cells of a table's row so far.
    cells: Option<Vec<String>>,
}

impl Body<'_> {
    fn open(&mut self, name: &str, attribute: impl Fn(&str) -> Option<String>) {
        match name {
            "t" => self.reads += 1,
            "tab" => self.paragraph.push('\t'),
            "br" | "cr" => self.paragraph.push('\n'),
            "noBreakHyphen" => self.paragraph.push('-'),
            "pStyle" => {
                if let Some(level) = attribute("val").as_deref().and_then(level) {
                    self.mark = format!("{} ", &"######"[..level]);
                }
            }
            "ilvl" => {
                let depth =
                    attribute("val").and_then(|depth| depth.parse().ok()).unwrap_or(0_usize);
                self.mark = format!("{}- ", "  ".repeat(depth.min(8)));
            }
            "tr" => self.cells = Some(Vec::new()),
            "tc" => {
                if let Some(cells) = &mut self.cells {
                    cells.push(String::new());
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "t" => self.reads = self.reads.saturating_sub(1),
            "p" => self.end_paragraph(),
            "tr" => {
                if let Some(cells) = self.cells.take() {
                    self.out.push_str(&cells.join(" | "));
                    self.out.push('\n');
                }
            }
            "tbl" => self.out.push('\n'),
            _ => {}
        }
    }

    fn end_paragraph(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        let mark = std::mem::take(&mut self.mark);
        let text = paragraph.trim();
        if text.is_empty() {
            return;
        }
        if let Some(cell) = self.cells.as_mut().and_then(|cells| cells.last_mut()) {
            if !cell.is_empty() {
                cell.push(' ');
            }
            cell.push_str(&text.replace('\n', " "));
        } else {
            self.out.push_str(&mark);
            self.out.push_str(text);
            self.out.push_str(if mark.ends_with("- ") { "\n" } else { "\n\n" });
        }
    }
}

/// Reads the level of a heading out of the name of its style, which Word
/// writes in English whatever its language: `Heading2`, or `Title`.
fn level(style: &str) -> Option<usize> {
    let style = style.to_ascii_lowercase();
    if style == "title" {
        return Some(1);
    }
    let level: usize = style.strip_prefix("heading")?.trim().parse().ok()?;
    (1..=9).contains(&level).then_some(level.min(6))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn headings_lists_and_tables_keep_their_shape() {
        let xml = r#"<w:document xmlns:w="w"><w:body>
            <w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Top</w:t></w:r></w:p>
            <w:p><w:r><w:t xml:space="preserve">One </w:t></w:r><w:r><w:t>two &amp; three</w:t></w:r>
              <w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>
            <w:p><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr><w:r><w:t>item</w:t></w:r></w:p>
            <w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>
              <w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
            </w:body></w:document>"#;
        let mut text = String::new();
        read(xml, &mut text).unwrap();
        assert_eq!(text, "# Top\n\nOne two & three\n\n  - item\na | b\n\n");
    }

    #[test]
    fn half_a_document_is_an_error() {
        assert!(read("<w:document><w:body><w:p", &mut String::new()).is_err());
    }
}
