//! Each kind of mutant. No test asks what `unwatched` says. Of the mutants of `before` one compiles, and another does not.

use std::time::Duration;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub count: u32,
    pub name: String,
    pub open: bool,
}

pub fn all(one: bool, two: bool, three: bool) -> bool {
    one && (two || !three)
}

pub fn chain(one: Option<u32>, two: bool) -> bool {
    if let Some(one) = one
        && two
    {
        return one == 3;
    }
    false
}

pub fn order(one: u32, two: u32) -> &'static str {
    if one < two && one != 7 {
        "less"
    } else if one >= two + 10 {
        "much more"
    } else {
        "other"
    }
}

pub fn sum(numbers: &[u32]) -> u32 {
    let mut sum = 1;
    for number in numbers {
        sum += number * 2 - 1;
    }
    sum
}

pub fn say(number: u32) -> String {
    match number {
        0 => "none".to_owned(),
        few if few < 3 && few != 2 => format!("one of {few}"),
        2 | 4 if number == 2 => "two".to_owned(),
        _ => "many".to_owned(),
    }
}

pub fn answer(count: u32) -> Answer {
    let name = say(count);
    Answer { count, name, open: count > 1, ..Default::default() }
}

pub fn closed(answer: Answer) -> Answer {
    Answer { open: false, ..answer }
}

pub fn opened(count: u32) -> Answer {
    Answer { open: true, ..answer(count) }
}

pub fn shut(count: u32) -> Answer {
    Answer { open: false, ..answer(count) }
}

pub fn names(count: usize) -> impl Iterator<Item = &'static str> {
    std::iter::repeat_n("name", count)
}

pub fn before(now: Duration, time: Duration) -> Duration {
    now - time
}

pub fn unwatched(one: u32) -> bool {
    one == 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions() {
        for number in 0..8 {
            let said = all(number >= 4, number % 4 >= 2, number % 2 == 1);
            assert_eq!(said, [4, 6, 7].contains(&number), "{number}");
        }
        assert!(chain(Some(3), true));
        assert!(!chain(Some(3), false) && !chain(Some(4), true) && !chain(None, true));
        unwatched(4);
    }

    #[test]
    fn numbers() {
        let said = [(1, 2), (2, 2), (7, 9), (12, 2), (11, 2), (13, 2), (3, 2)].map(|(one, two)| order(one, two));
        assert_eq!(said, ["less", "other", "other", "much more", "other", "much more", "other"]);
        assert_eq!(before(Duration::from_secs(5), Duration::from_secs(2)), Duration::from_secs(3));
        assert_eq!(sum(&[]), 1);
        assert_eq!(sum(&[5]), 10);
        assert_eq!(sum(&[5, 3]), 15);
    }

    #[test]
    fn arms() {
        assert_eq!([0, 1, 2, 3, 4].map(say), ["none", "one of 1", "two", "many", "many"]);
        assert_eq!(answer(2), Answer { count: 2, name: "two".to_owned(), open: true });
        assert_eq!(answer(1), Answer { count: 1, name: "one of 1".to_owned(), open: false });
        assert_eq!(closed(answer(2)), Answer { open: false, ..answer(2) });
        assert!(opened(1).open && !shut(2).open);
        assert_eq!((opened(2).count, shut(1).name), (2, "one of 1".to_owned()));
        assert_eq!(names(2).count(), 2);
        assert_eq!(names(0).count(), 0);
    }
}
