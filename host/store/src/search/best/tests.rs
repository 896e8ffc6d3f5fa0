use super::*;

fn found(score: Score, document: i64, chunk: i64) -> Found {
    Found { score, modified: 0, order: document.unsigned_abs(), document, chunk }
}

#[test]
fn a_document_is_there_once_with_its_best_chunk() {
    let mut top = Top::new(2);
    for (score, document, chunk) in [(1.0, 1, 0), (3.0, 1, 1), (2.0, 2, 0), (0.5, 3, 0)] {
        top.push(found(score, document, chunk));
    }
    assert_eq!(top.into_sorted(), [found(3.0, 1, 1), found(2.0, 2, 0)]);
}

#[test]
fn the_best_are_the_same_in_any_order_of_arrival() {
    let all: Vec<_> = (0..1000_i64)
        .map(|n| found(f32::from(u8::try_from(n % 7).unwrap_or(0)), n / 2, 0))
        .collect();
    let mut expected = Top::new(10);
    expected.found.clone_from(&all);
    let expected = expected.into_sorted();
    let mut top = Top::new(10);
    for found in all.iter().rev() {
        if found.score > top.threshold()
            && !top.turns_away(found.score, found.modified, found.order)
        {
            top.push(*found);
        }
    }
    assert_eq!(top.into_sorted(), expected);
}
