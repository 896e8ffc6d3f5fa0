//! Repositories over HTTP, on loopback.

use ctx_model::CheckoutError;

use crate::forge;
use crate::repository::Scratch;

#[test]
fn a_repository_is_fetched_over_http_whole_and_shallow() {
    let scratch = Scratch::new();
    scratch.write("a.md", "one").write("b.md", "two").commit("Ann", 100);
    scratch.write("a.md", "three").commit("Bob", 200);
    // Without git on the machine there is nobody to fetch from.
    let Some(forge) = forge::start(scratch.origin().parent().unwrap()) else { return };
    let url = format!("{}/origin/.git", forge.address);
    let whole = scratch.mirror(&url).unwrap();
    assert_eq!(whole.text("a.md").as_deref(), Some("three"));
    assert_eq!(whole.told()[1].1, "Ann");
    let shallow = scratch.mirror_branch(&url, None, true).unwrap();
    assert_eq!(shallow.text("b.md").as_deref(), Some("two"));
    assert_eq!(shallow.head()["shallow"], true);
    // The newest commit is all that is known of it.
    assert_eq!(shallow.told()[1].1, "Bob");
    scratch.write("b.md", "four").commit("Eve", 300);
    let shallow = scratch.mirror_branch(&url, None, true).unwrap();
    assert_eq!((shallow.told()[0].1.as_str(), shallow.told()[1].1.as_str()), ("Bob", "Eve"));
}

#[test]
fn a_redirect_is_followed_and_holds_for_what_comes_after() {
    let scratch = Scratch::new();
    scratch.write("a.md", "one").commit("Ann", 100);
    let Some(forge) = forge::start(scratch.origin().parent().unwrap()) else { return };
    let mirror = scratch.mirror(&format!("{}/moved/origin/.git", forge.address)).unwrap();
    assert_eq!(mirror.text("a.md").as_deref(), Some("one"));
    let heads = forge.heads.lock().unwrap();
    assert!(heads.iter().any(|head| head.starts_with("POST /origin/.git/git-upload-pack")));
}

#[test]
fn a_private_repository_wants_a_password_and_its_errors_do_not_show_it() {
    let scratch = Scratch::new();
    scratch.write("a.md", "one").commit("Ann", 100);
    let Some(forge) = forge::start(scratch.origin().parent().unwrap()) else { return };
    let place = forge.address.strip_prefix("http://").unwrap();
    let Err(CheckoutError::Unreachable { why, .. }) =
        scratch.mirror(&format!("http://{place}/private/origin/.git"))
    else {
        panic!("it came without a password")
    };
    assert!(why.contains("401") && why.contains("private"), "{why}");
    assert!(scratch.mirror(&format!("http://ann:secret@{place}/private/origin/.git")).is_ok());
    let Err(CheckoutError::Unreachable { url, why }) =
        scratch.mirror(&format!("http://ann:secret@{place}/nothing/.git"))
    else {
        panic!("there is nothing")
    };
    assert!(!url.contains("secret") && !why.contains("secret"), "{url}: {why}");
}
