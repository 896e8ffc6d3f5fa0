//! RSS 0.9 to 2.0 and Atom, element by element: the entries of a page, and
//! where the next one is.

use ctx_sdk::{Error, Result};
use office::{Node, attribute, walk};

use crate::entry::Entry;

/// A page of a feed.
#[derive(Default)]
pub(crate) struct Feed {
    pub(crate) entries: Vec<Entry>,
    pub(crate) next: Option<String>,
}

/// Reads a page.
pub(crate) fn read(xml: &str) -> Result<Feed> {
    let mut feed = Feed::default();
    let mut path: Vec<String> = Vec::new();
    let mut entry: Option<Entry> = None;
    let mut text = String::new();
    let mut is_feed = false;
    walk(xml, |node| {
        match node {
            Node::Open(name, element) => {
                is_feed |= path.is_empty() && ["rss", "feed", "RDF"].contains(&name);
                match name {
                    "item" | "entry" => entry = Some(Entry::default()),
                    "link" => {
                        let href = attribute(element, "href").map(std::borrow::Cow::into_owned);
                        let rel = attribute(element, "rel");
                        match (rel.as_deref(), href, &mut entry) {
                            (None | Some("alternate"), Some(href), Some(entry)) => {
                                entry.link.get_or_insert(href);
                            }
                            (Some("next"), Some(href), None) => feed.next = Some(href),
                            _ => {}
                        }
                    }
                    "category" => {
                        if let (Some(entry), Some(term)) = (&mut entry, attribute(element, "term"))
                        {
                            entry.categories.push(term.into_owned());
                        }
                    }
                    _ => {}
                }
                path.push(name.to_owned());
                text.clear();
            }
            Node::Text(piece) => text.push_str(piece),
            Node::Close(name) => {
                path.pop();
                let said = std::mem::take(&mut text);
                match name {
                    "item" | "entry" => feed.entries.extend(entry.take()),
                    _ => {
                        let parent = path.last().map(String::as_str).unwrap_or_default();
                        if let Some(entry) = &mut entry {
                            entry.take(parent, name, said.trim());
                        }
                    }
                }
            }
        }
        Ok(())
    })?;
    if is_feed { Ok(feed) } else { Err(Error::invalid_input("it is neither RSS nor Atom")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::read;

    #[test]
    fn rss_and_atom_are_read() {
        let rss = "<?xml version='1.0'?><rss version='2.0'><channel><title>Feed</title><item>\
            <title>A &amp; B</title><link>https://a.example/1</link><guid>1</guid>\
            <description><![CDATA[<p>One</p>]]></description><category>x</category></item></channel></rss>";
        let feed = read(rss).unwrap();
        assert_eq!(feed.entries.len(), 1);
        assert_eq!(feed.entries[0].title.as_deref(), Some("A & B"));
        assert_eq!(feed.entries[0].link.as_deref(), Some("https://a.example/1"));
        let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><link rel='next' href='?page=2'/>\
            <entry><id>urn:1</id><title>T</title><link href='https://a.example/2'/>\
            <author><name>Ada</name></author><updated>2026-11-01T12:00:00Z</updated></entry></feed>";
        let feed = read(atom).unwrap();
        assert_eq!(feed.next.as_deref(), Some("?page=2"));
        assert_eq!(feed.entries[0].author.as_deref(), Some("Ada"));
        assert!(read("<html><body/></html>").is_err());
    }
}
