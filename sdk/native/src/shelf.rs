//! A connector: three books on a shelf.

use ctx_host::anyhow::Result;
use ctx_host::chrono::{DateTime, Utc};
use ctx_host::{Connector, SourceItem, async_trait};

pub(crate) struct Shelf;

const BOOKS: [(&str, &str, &str); 3] = [
    ("moby-dick", "Moby-Dick", "A captain hunts a white whale across the sea."),
    ("walden", "Walden", "A man lives alone in the woods by a pond."),
    ("kim", "Kim", "A boy travels the Grand Trunk Road with a lama."),
];

#[async_trait]
impl Connector for Shelf {
    fn name(&self) -> &'static str {
        "shelf"
    }

    fn description(&self) -> &'static str {
        "Books on a shelf"
    }

    async fn scan(&self) -> Result<Vec<SourceItem>> {
        let item = |(id, title, body): &(&str, &str, &str)| SourceItem {
            source: self.source_label(),
            source_id: (*id).to_owned(),
            source_url: None,
            title: Some((*title).to_owned()),
            author: None,
            created_at: DateTime::<Utc>::UNIX_EPOCH,
            updated_at: DateTime::<Utc>::UNIX_EPOCH,
            content_type: "text/plain".to_owned(),
            body: (*body).to_owned(),
            metadata_json: "{}".to_owned(),
            raw_json: None,
            raw_bytes: None,
        };
        Ok(BOOKS.iter().map(item).collect())
    }
}
