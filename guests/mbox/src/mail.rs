//! A mail, and the document that it becomes.

use std::fmt::Write as _;

use ctx_sdk::{Change, Content, Document};
use mail_parser::{Address, MessageParser, MimeHeaders as _};

/// Turns a mail into a document. `arrived` is what the mailbox says of it, and
/// `other` its name if it has no id.
pub(crate) fn change(bytes: &[u8], arrived: u64, other: &str, path: &str) -> Change {
    let Some(mail) = MessageParser::default().parse(bytes) else {
        return Change::skip(other, "it is no mail");
    };
    let id = mail.message_id().filter(|id| !id.is_empty()).unwrap_or(other).to_owned();
    let subject = mail.subject().map(str::trim).filter(|subject| !subject.is_empty());
    let (from, to) = (mail.from().map(people), mail.to().map(people));
    let mut text = String::new();
    // Writing to a string cannot fail, here and below.
    if let Some(subject) = subject {
        let _ = write!(text, "# {subject}\n\n");
    }
    for (what, who) in [("From", &from), ("To", &to)] {
        if let Some(who) = who {
            let _ = writeln!(text, "{what}: {who}");
        }
    }
    for at in 0..mail.text_body_count() {
        if let Some(body) = mail.body_text(at) {
            let body = body.replace("\r\n", "\n");
            let _ = write!(text, "\n{}\n", body.trim());
        }
    }
    let sent = mail.date().map(mail_parser::DateTime::to_timestamp);
    let arrived = i64::try_from(arrived).ok().filter(|time| *time > 0);
    let mut document = Document {
        title: Some(subject.unwrap_or("(no subject)").to_owned()),
        author: from,
        created: sent.or(arrived),
        modified: arrived.or(sent),
        ..Document::new(id, "text/markdown", Content::Text(text))
    };
    document = document.with_metadata("mailbox", path);
    if let Some(to) = to {
        document = document.with_metadata("to", to);
    }
    if let Some(answers) = mail.in_reply_to().as_text() {
        document = document.with_metadata("in_reply_to", answers);
    }
    let files: Vec<&str> = mail.attachments().filter_map(|part| part.attachment_name()).collect();
    if !files.is_empty() {
        document = document.with_metadata("attachments", files);
    }
    document.into()
}

fn people(address: &Address<'_>) -> String {
    let one = |(name, address): (Option<&str>, Option<&str>)| match (name, address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    };
    let all = address.iter().map(|one| (one.name(), one.address()));
    all.map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn what_is_encoded_is_read() {
        let mail = b"From: =?utf-8?q?Ad=C3=A4?= <ada@a.example>\r\nTo: bob@b.example\r\n\
            Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\nDate: Sun, 01 Nov 2026 12:00:00 +0100\r\n\
            Message-ID: <1@a.example>\r\nMIME-Version: 1.0\r\n\
            Content-Type: multipart/mixed; boundary=x\r\n\r\n\
            --x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
            SGFsbMO2IQ==\r\n--x\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF\r\n--x--\r\n";
        let Change::Upsert(document) = change(mail, 0, "a.mbox#1", "a.mbox") else {
            panic!("no document")
        };
        assert_eq!(
            (document.id.as_str(), document.title.as_deref()),
            ("1@a.example", Some("Grüße"))
        );
        assert_eq!(document.author.as_deref(), Some("Adä <ada@a.example>"));
        assert_eq!(document.created, Some(1_793_530_800));
        let Content::Text(text) = document.content else { panic!("no text") };
        assert!(text.contains("Hallö!"), "{text}");
        assert!(document.metadata.contains("a.pdf"));
    }
}
