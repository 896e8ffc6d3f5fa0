use super::*;

fn snippet(text: &str, words: &[&str]) -> String {
    of(text, &words.iter().copied().collect())
}

#[test]
fn it_shows_where_the_words_are_near_each_other() {
    let text = format!(
        "{} lone fox {} quick brown\n\tfox jumps {}",
        "x ".repeat(300),
        "y ".repeat(300),
        "z ".repeat(300)
    );
    let snippet = snippet(&text, &["fox", "quick"]);
    assert!(snippet.contains("quick brown fox jumps"), "{snippet}");
    assert!(snippet.chars().count() <= LENGTH);
}

#[test]
fn it_starts_at_the_start_without_a_match() {
    assert_eq!(snippet("one\n\n two\tthree ", &["nine"]), "one two three");
    assert_eq!(snippet("", &["nine"]), "");
}

#[test]
fn it_is_cut_between_characters() {
    let text = "é🦊漢".repeat(400);
    assert_eq!(snippet(&text, &["漢"]).chars().count(), LENGTH);
    let far = format!("{}針{}", "🦊".repeat(5000), "é".repeat(500));
    let cut = snippet(&far, &["針"]);
    assert!(cut.contains('針'), "{cut}");
}

#[test]
fn parts_of_identifiers_are_matches() {
    let text = format!("{}callGetUserName()", "pad ".repeat(200));
    assert!(snippet(&text, &["user"]).contains("callGetUserName()"));
}

#[test]
fn a_long_word_is_cut() {
    assert_eq!(snippet(&"a".repeat(1000), &[]).len(), LENGTH);
    let mixed = format!("{} {}", "w ".repeat(60).trim(), "a".repeat(1000));
    assert!(snippet(&mixed, &[]).len() <= LENGTH);
}
