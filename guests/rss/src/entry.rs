//! An entry of a feed, and the document that it becomes. `item` is RSS's word,
//! `entry` Atom's.

use ctx_sdk::connector::Skipped;
use ctx_sdk::{Change, Content, Document, http, timestamp};

/// An entry, as far as it is used.
#[derive(Default)]
pub(crate) struct Entry {
    id: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) author: Option<String>,
    /// HTML, or text.
    summary: Option<String>,
    content: Option<String>,
    published: Option<String>,
    updated: Option<String>,
    pub(crate) categories: Vec<String>,
}

impl Entry {
    /// Takes an element of it, by its local name.
    pub(crate) fn take(&mut self, parent: &str, name: &str, said: &str) {
        if said.is_empty() {
            return;
        }
        let said = said.to_owned();
        match (parent, name) {
            ("item" | "entry", "guid" | "id") => self.id = Some(said),
            ("item" | "entry", "title") => self.title = Some(said),
            ("item", "link") => self.link = Some(said),
            ("item", "author" | "creator") | ("author", "name") => self.author = Some(said),
            ("item" | "entry", "description" | "summary") => self.summary = Some(said),
            ("item" | "entry", "encoded" | "content") => self.content = Some(said),
            ("item" | "entry", "pubDate" | "published" | "date") => self.published = Some(said),
            ("item" | "entry", "updated") => self.updated = Some(said),
            ("item", "category") => self.categories.push(said),
            _ => {}
        }
    }

    /// Turns it into a document; without an id or a link it is skipped.
    pub(crate) fn change(self, feed: &str) -> Change {
        let Some(id) = self.id.clone().or_else(|| self.link.clone()) else {
            let which = self.title.unwrap_or_default();
            let reason = format!("`{which}` has neither an id nor a link");
            return Change::Skip(Skipped { id: None, reason });
        };
        let html = self.content.or(self.summary).unwrap_or_default();
        let mut text =
            self.title.as_deref().map(|title| format!("# {title}\n\n")).unwrap_or_default();
        text += &page::read(&html).text;
        if text.trim().is_empty() {
            return Change::skip(id, "it says nothing");
        }
        let time = |text: &Option<String>| {
            text.as_deref().and_then(|text| timestamp(text).or_else(|| date(text)))
        };
        let (published, updated) = (time(&self.published), time(&self.updated));
        let uri = self.link.map(|link| http::join(feed, &link).unwrap_or(link));
        let document = Document {
            title: self.title,
            author: self.author,
            uri,
            created: published.or(updated),
            modified: updated.or(published),
            ..Document::new(id, "text/markdown", Content::Text(text))
        };
        if self.categories.is_empty() {
            document.into()
        } else {
            document.with_metadata("categories", self.categories).into()
        }
    }
}

/// Reads a date as RSS writes it: `Sun, 01 Nov 2026 12:00:00 +0100`.
fn date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let mut parts = text.split_whitespace();
    let day: u32 = parts.next()?.parse().ok()?;
    let month = parts.next()?;
    let month = MONTHS.iter().position(|name| month.starts_with(name))? + 1;
    let year: u32 = parts.next()?.parse().ok()?;
    let time = parts.next()?;
    let time = if time.len() == 5 { format!("{time}:00") } else { time.to_owned() };
    let zone = match parts.next().unwrap_or("GMT") {
        "GMT" | "UT" | "UTC" | "Z" => "Z".to_owned(),
        "EST" => "-05:00".to_owned(),
        "EDT" => "-04:00".to_owned(),
        "CST" => "-06:00".to_owned(),
        "CDT" => "-05:00".to_owned(),
        "MST" => "-07:00".to_owned(),
        "MDT" => "-06:00".to_owned(),
        "PST" => "-08:00".to_owned(),
        "PDT" => "-07:00".to_owned(),
        zone if zone.len() == 5 && zone.is_ascii() => format!("{}:{}", &zone[..3], &zone[3..]),
        _ => return None,
    };
    timestamp(&format!("{year:04}-{month:02}-{day:02}T{time}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_of_mail_are_read() {
        for (text, time) in [
            ("Sun, 01 Nov 2026 12:00:00 GMT", Some(1_793_534_400)),
            ("1 Nov 2026 13:00 +0100", Some(1_793_534_400)),
            ("Sun, 01 Nov 2026 07:00:00 EST", Some(1_793_534_400)),
            ("yesterday", None),
            ("Sun, 01 Foo 2026 12:00:00 GMT", None),
        ] {
            assert_eq!(date(text), time, "{text}");
        }
    }
}
