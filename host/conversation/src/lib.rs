//! Conversations: what an extension asks of the world, what it is answered,
//! and what must come of it, in a file that people write and runs record.
//!
//! Owns the format, who plays the world, who records it, and how the outcome
//! is judged. It knows no host: it implements ports, and others lend them.

mod format;
mod judge;
mod matching;
mod record;
mod time;
mod world;

pub use format::{
    CallStep, Conversation, ConversationError, Exchange, Expect, ExpectedDocument, ExpectedError,
    ExpectedSkip, File, Found, Kept, Looked, PromptStep, Step, SyncStep,
};
pub use judge::{Ended, Seen, SeenDocument, digest, judge};
pub use record::{Recorder, Unkept, is_secret_name, placeholder};
pub use time::{now, parse_instant, parse_time};
pub use world::World;
