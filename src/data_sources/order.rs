//! The order of what a data source lists, so that a list that Azure tells in another order is no change.

/// Sorts by a key that is made once for each element; equal ones stay in the order in which Azure tells them. The
/// standard library's `sort_by_cached_key` is compiled four times for each kind of element, 15 kB together: this sorts
/// places by keys, of which there are few kinds.
pub(super) fn sort_by_key<T, K: Ord>(elements: &mut Vec<T>, key: impl FnMut(&T) -> K) {
    let keys: Vec<K> = elements.iter().map(key).collect();
    let mut left: Vec<Option<T>> = std::mem::take(elements).into_iter().map(Some).collect();
    elements.extend(places(&keys).into_iter().filter_map(|place| left[place].take()));
}

/// The places of the keys, the smallest key first.
fn places<K: Ord>(keys: &[K]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..keys.len()).collect();
    places.sort_unstable_by(|one, other| keys[*one].cmp(&keys[*other]).then_with(|| one.cmp(other)));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_sorted_by_their_keys_and_equal_ones_keep_their_order() {
        let mut words = vec!["b2", "a1", "B1", "a0", "c", "A9"];
        sort_by_key(&mut words, |word| word[..1].to_lowercase());
        assert_eq!(words, ["a1", "a0", "A9", "b2", "B1", "c"]);
        let mut none: Vec<&str> = Vec::new();
        sort_by_key(&mut none, |word| word.len());
        assert!(none.is_empty());
    }
}
