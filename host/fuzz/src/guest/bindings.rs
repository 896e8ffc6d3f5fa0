//! The nouns of the contract that the guest's files name, as `wit-bindgen`
//! makes them.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    InvalidInput,
    NotFound,
    Denied,
    Unavailable,
    Exhausted,
    Cancelled,
    Internal,
}

#[derive(Debug, Clone)]
pub(crate) struct Error {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) retry_after: Option<u64>,
    pub(crate) details: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Text(String),
    Bytes(Vec<u8>),
    Deferred,
}

#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) title: Option<String>,
    pub(crate) author: Option<String>,
    pub(crate) uri: Option<String>,
    pub(crate) media_type: String,
    pub(crate) language: Option<String>,
    pub(crate) created: Option<i64>,
    pub(crate) modified: Option<i64>,
    pub(crate) data_classes: Option<Vec<String>>,
    pub(crate) metadata: String,
    pub(crate) content: Content,
}

pub(crate) mod exports {
    pub(crate) mod ctx {
        pub(crate) mod extension {
            pub(crate) mod source {
                use super::super::super::super::Document;

                #[derive(Debug, Clone)]
                pub(crate) struct Skipped {
                    pub(crate) id: Option<String>,
                    pub(crate) reason: String,
                }

                #[derive(Debug, Clone)]
                pub(crate) enum Change {
                    Upsert(Document),
                    Remove(String),
                    Skip(Skipped),
                }

                #[derive(Debug, Clone)]
                pub(crate) struct Page {
                    pub(crate) changes: Vec<Change>,
                    pub(crate) checkpoint: Option<String>,
                    pub(crate) total: Option<u64>,
                }
            }
        }
    }
}
