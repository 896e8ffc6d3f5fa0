//! Conversations: whatever a file says, what is taken leaves no folder, is
//! written and read again as the same, and is played with any request without
//! an accident.

use ctx_conversation::{Conversation, Expect, Seen, World, judge};
use ctx_model::{Answered, HttpRequest, Network as _};

/// Reads a conversation.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let conversation = match Conversation::parse(text) {
        Ok(conversation) => conversation,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    for file in &conversation.files {
        let inside = |path: &str| {
            !path.starts_with('/')
                && path.split(['/', '\\']).all(|part| !part.is_empty() && part != "..")
        };
        assert!(inside(&file.folder) && inside(&file.path), "{file:?}");
    }
    if let Ok(written) = conversation.write() {
        let again = Conversation::parse(&written);
        // A number that is none is not equal to itself.
        if !written.contains("nan") {
            assert_eq!(again.as_ref(), Ok(&conversation), "{written}");
        }
    }
    play(&conversation);
}

/// Each exchange answers its own request, and once.
fn play(conversation: &Conversation) {
    let world = World::new(conversation);
    for step in &conversation.steps {
        world.begin(step, conversation.clock(step));
        for exchange in &step.http {
            let request = HttpRequest {
                method: exchange.method.clone(),
                url: exchange.url.clone(),
                headers: exchange.headers.clone().into_iter().collect(),
                body: exchange.body.clone().unwrap_or_default().into_bytes(),
            };
            let Some(play) = world.exchanges() else { return };
            let answered = play.answer(&request);
            assert!(exchange.unreachable || matches!(answered, Answered::Here(_)), "{request:?}");
        }
        let left = world.end();
        assert!(left.iter().all(|told| !told.starts_with("http")), "{left:?}");
        assert!(
            step.expect != Expect::default() || judge(&step.expect, &Seen::default()).is_empty()
        );
    }
}
