//! Checks of configured values: of one attribute, or of several together.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::value::{Number, Path, Value};

/// A check of one value, which is neither null nor (as a whole) unknown; parts of it may be.
#[derive(Clone)]
pub struct Validator(Arc<Check>);

type Check = dyn Fn(&Value, &Path) -> Diagnostics + Send + Sync;

impl Validator {
    /// A check of your own: what is wrong with a value at a path.
    pub fn new(check: impl Fn(&Value, &Path) -> Diagnostics + Send + Sync + 'static) -> Self {
        Self(Arc::new(check))
    }

    /// What is wrong with `value`, which sits at `path`.
    pub fn check(&self, value: &Value, path: &Path) -> Diagnostics {
        if value.is_null() || value.is_unknown() { Diagnostics::new() } else { (self.0)(value, path) }
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Validator")
    }
}

/// A check of several attributes of one object. It is a [`Validator`] of that object, so a rule may stand in
/// [`Schema::rules`](super::schema::Schema::rules) for the root object and in `.validate(…)` of a nested one.
pub type Rule = Validator;

fn invalid(path: &Path, detail: impl Into<String>) -> Diagnostic {
    let name = match path.steps().last() {
        Some(super::value::Step::Attribute(name)) => name.clone(),
        _ => path.to_string(),
    };
    Diagnostic::error(format!("Invalid value for \"{name}\""), detail).at(path.clone())
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn of_text(check: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Validator {
    Validator::new(move |value, path| {
        let problem = value.as_str().and_then(&check);
        problem.map(|detail| invalid(path, detail)).into_iter().collect()
    })
}

/// A text that is one of these, in exactly this casing.
pub fn one_of(choices: &[&str]) -> Validator {
    let choices = owned(choices);
    of_text(move |text| {
        if choices.iter().any(|choice| choice == text) {
            return None;
        }
        let near = choices.iter().find(|choice| choice.eq_ignore_ascii_case(text));
        let hint = near.map(|choice| format!(" Did you mean \"{choice}\"?")).unwrap_or_default();
        let one = if choices.len() == 1 { "" } else { "one of " };
        Some(format!("The value must be {one}{}, but it is \"{text}\".{hint}", quoted(&choices)))
    })
}

/// A text of so many characters.
pub fn length_between(length: RangeInclusive<usize>) -> Validator {
    of_text(move |text| {
        let actual = text.chars().count();
        let (least, most) = (length.start(), length.end());
        (!length.contains(&actual))
            .then(|| format!("The value must have {least} to {most} characters, but it has {actual}."))
    })
}

/// A text that `check` accepts. `description` completes "The value must be …"; the text of the error says what is wrong.
pub fn matches(
    description: impl Into<String>,
    check: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
) -> Validator {
    let description = description.into();
    of_text(move |text| {
        check(text).err().map(|problem| format!("The value must be {description}, but it is \"{text}\": {problem}."))
    })
}

/// A text that `check` accepts. Its error is the whole detail: sentences that say what is wrong with the text, then what
/// to do. It may repeat the text only if that cannot hold a secret.
pub fn text_checked_by(check: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static) -> Validator {
    of_text(move |text| check(text).err())
}

/// As [`matches()`], for values that may hold a secret: the error does not repeat the value, and neither may `problem`.
pub fn matches_untold(
    description: impl Into<String>,
    check: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
) -> Validator {
    let description = description.into();
    of_text(move |text| check(text).err().map(|problem| format!("The value must be {description}: {problem}.")))
}

/// A whole number in this range.
pub fn int_between(range: RangeInclusive<i64>) -> Validator {
    Validator::new(move |value, path| {
        let Some(number) = value.as_number() else { return Diagnostics::new() };
        if number.as_i64().is_some_and(|integer| range.contains(&integer)) {
            return Diagnostics::new();
        }
        let (least, most) = (range.start(), range.end());
        invalid(path, format!("The value must be a whole number from {least} to {most}, but it is {number}.")).into()
    })
}

/// A number in this range, fractions allowed.
pub fn number_between(least: impl Into<Number>, most: impl Into<Number>) -> Validator {
    let (least, most) = (least.into(), most.into());
    Validator::new(move |value, path| match value.as_number() {
        Some(number) if *number < least || *number > most => {
            invalid(path, format!("The value must be from {least} to {most}, but it is {number}.")).into()
        }
        _ => Diagnostics::new(),
    })
}

/// A list, set or map of so many elements, unknown ones included.
pub fn list_length(length: RangeInclusive<usize>) -> Validator {
    Validator::new(move |value, path| {
        let count = match value {
            Value::List(elements) => elements.len(),
            Value::Map(members) => members.len(),
            _ => return Diagnostics::new(),
        };
        if length.contains(&count) {
            return Diagnostics::new();
        }
        let (least, most) = (*length.start(), *length.end());
        let wanted = if most == usize::MAX {
            format!("at least {}", elements(least))
        } else if least == 0 {
            format!("at most {}", elements(most))
        } else if least == most {
            format!("exactly {}", elements(most))
        } else {
            format!("{least} to {}", elements(most))
        };
        invalid(path, format!("There must be {wanted}, but there are {count}.")).into()
    })
}

fn elements(count: usize) -> String {
    if count == 1 { "1 element".to_owned() } else { format!("{count} elements") }
}

/// A list, set or map that is not empty. `way_on` says, in whole sentences, what to write instead: what null means, above
/// all, since modules that pass a list on often mean that.
pub fn not_empty(way_on: impl Into<String>) -> Validator {
    let way_on = way_on.into();
    Validator::new(move |value, path| {
        let kind = match value {
            Value::List(elements) if elements.is_empty() => "list",
            Value::Map(members) if members.is_empty() => "map",
            _ => return Diagnostics::new(),
        };
        invalid(path, format!("The {kind} is empty. {way_on}")).into()
    })
}

/// A list without the same known element twice.
pub fn no_duplicates() -> Validator {
    Validator::new(|value, path| {
        let mut seen: Vec<&Value> = Vec::new();
        let mut diagnostics = Diagnostics::new();
        for (index, element) in value.as_list().unwrap_or_default().iter().enumerate() {
            if !element.is_wholly_known() {
                continue;
            }
            if seen.contains(&element) {
                diagnostics.push(invalid(&path.clone().index(index), "This element is in the list already."));
            }
            seen.push(element);
        }
        diagnostics
    })
}

/// Applies a check to every known element of a list, set or map of plain values. Attributes of nested objects carry
/// checks of their own.
pub fn each(validator: Validator) -> Validator {
    Validator::new(move |value, path| {
        let mut diagnostics = Diagnostics::new();
        match value {
            Value::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    diagnostics.extend(validator.check(element, &path.clone().index(index)));
                }
            }
            Value::Map(members) => {
                for (key, member) in members {
                    diagnostics.extend(validator.check(member, &path.clone().key(key)));
                }
            }
            _ => {}
        }
        diagnostics
    })
}

/// How many of `names` are set in `object`: certainly (known, or promised not to be null), and perhaps.
fn count_set<'a>(object: &Value, names: &'a [String]) -> (Vec<&'a String>, usize) {
    let mut certain = Vec::new();
    let mut open = 0;
    for name in names {
        match object.get(name) {
            value if value.is_null() => {}
            Value::Unknown(unknown) if !unknown.is_not_null() => open += 1,
            _ => certain.push(name),
        }
    }
    (certain, open)
}

fn too_many(certain: &[&String], names: &[String], path: &Path) -> Option<Diagnostic> {
    let (first, second) = (certain.first()?, certain.get(1)?);
    let detail = format!("\"{second}\" cannot be set together with \"{first}\": only one of {} may be.", quoted(names));
    Some(Diagnostic::error("Conflicting arguments", detail).at(path.clone().child(*second)))
}

fn too_few(certain: &[&String], open: usize, names: &[String], path: &Path) -> Option<Diagnostic> {
    (certain.is_empty() && open == 0).then(|| {
        Diagnostic::error("Missing argument", format!("One of {} must be set.", quoted(names))).at(path.clone())
    })
}

/// One of these attributes, and no other of them.
pub fn exactly_one_of(names: &[&str]) -> Rule {
    let names = owned(names);
    Validator::new(move |object, path| {
        let (certain, open) = count_set(object, &names);
        too_many(&certain, &names, path).or_else(|| too_few(&certain, open, &names, path)).into_iter().collect()
    })
}

/// No two of these attributes.
pub fn at_most_one_of(names: &[&str]) -> Rule {
    let names = owned(names);
    Validator::new(move |object, path| too_many(&count_set(object, &names).0, &names, path).into_iter().collect())
}

/// Some of these attributes.
pub fn at_least_one_of(names: &[&str]) -> Rule {
    let names = owned(names);
    Validator::new(move |object, path| {
        let (certain, open) = count_set(object, &names);
        too_few(&certain, open, &names, path).into_iter().collect()
    })
}

/// Where `name` is set, `needed` must be, too.
pub fn required_with(name: &str, needed: &[&str]) -> Rule {
    let (name, needed) = (name.to_owned(), owned(needed));
    Validator::new(move |object, path| {
        if count_set(object, std::slice::from_ref(&name)).0.is_empty() {
            return Diagnostics::new();
        }
        let missing: BTreeSet<&String> = needed.iter().filter(|needed| object.get(needed).is_null()).collect();
        let tell = |needed: &String| {
            let detail = format!("\"{needed}\" must be set, because \"{name}\" is.");
            Diagnostic::error("Missing argument", detail).at(path.clone().child(&name))
        };
        missing.into_iter().map(tell).collect()
    })
}

/// `name` and `others` exclude each other; the others among themselves do not.
pub fn conflicts(name: &str, others: &[&str]) -> Rule {
    let (name, others) = (name.to_owned(), owned(others));
    Validator::new(move |object, path| {
        if count_set(object, std::slice::from_ref(&name)).0.is_empty() {
            return Diagnostics::new();
        }
        let tell = |other: &String| {
            let detail = format!("\"{other}\" cannot be set together with \"{name}\".");
            Diagnostic::error("Conflicting arguments", detail).at(path.clone().child(other))
        };
        count_set(object, &others).0.into_iter().map(tell).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::super::value::Unknown;
    use super::*;

    fn problems(validator: &Validator, value: impl Into<Value>) -> Vec<String> {
        let diagnostics = validator.check(&value.into(), &Path::attribute("x"));
        assert!(diagnostics.iter().all(Diagnostic::is_error));
        let tell = |diagnostic: Diagnostic| {
            format!("{}: {}", diagnostic.path.map(|path| path.to_string()).unwrap_or_default(), diagnostic.detail)
        };
        diagnostics.into_iter().map(tell).collect()
    }

    fn accepts(validator: &Validator, value: impl Into<Value>) -> bool {
        problems(validator, value).is_empty()
    }

    #[test]
    fn null_and_unknown_are_never_checked() {
        let refuse = Validator::new(|_, path| invalid(path, "no").into());
        assert!(accepts(&refuse, Value::Null));
        assert!(accepts(&refuse, Value::unknown()));
        assert!(!accepts(&refuse, "x"));
    }

    #[test]
    fn one_of_is_exact_and_knows_another_casing() {
        let validator = one_of(&["Overwrite", "Skip"]);
        assert!(accepts(&validator, "Skip"));
        assert_eq!(
            problems(&validator, "skip"),
            ["x: The value must be one of \"Overwrite\", \"Skip\", but it is \"skip\". Did you mean \"Skip\"?"]
        );
        assert_eq!(
            problems(&validator, "no"),
            ["x: The value must be one of \"Overwrite\", \"Skip\", but it is \"no\"."]
        );
        assert_eq!(problems(&one_of(&["Skip"]), "no"), ["x: The value must be \"Skip\", but it is \"no\"."]);
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let validator = length_between(3..=4);
        assert!(accepts(&validator, "äöü"));
        assert_eq!(problems(&validator, "ab"), ["x: The value must have 3 to 4 characters, but it has 2."]);
        assert!(!accepts(&validator, "abcde"));
    }

    #[test]
    fn a_check_of_text_tells_what_should_be_and_what_is_wrong() {
        let validator = matches("a word", |text| match text.find(' ') {
            Some(_) => Err("there is a blank in it".to_owned()),
            None => Ok(()),
        });
        assert!(accepts(&validator, "word"));
        assert_eq!(
            problems(&validator, "two words"),
            ["x: The value must be a word, but it is \"two words\": there is a blank in it."]
        );
    }

    #[test]
    fn a_text_may_be_checked_by_one_s_own_sentences() {
        let validator = text_checked_by(|text| if text == "a" { Ok(()) } else { Err("Write \"a\".".to_owned()) });
        assert!(accepts(&validator, "a"));
        assert_eq!(problems(&validator, "b"), ["x: Write \"a\"."]);
    }

    #[test]
    fn a_list_that_is_empty_is_refused_with_the_way_on() {
        let validator = not_empty("Remove it, or name an element.");
        assert!(accepts(&validator, Value::list(["a"])));
        let list = problems(&validator, Value::List(vec![]));
        assert_eq!(list, ["x: The list is empty. Remove it, or name an element."]);
        let map = problems(&validator, Value::Map(Default::default()));
        assert_eq!(map, ["x: The map is empty. Remove it, or name an element."]);
    }

    #[test]
    fn numbers_are_whole_or_at_least_in_range() {
        let validator = int_between(1..=30);
        assert!(accepts(&validator, 30));
        assert_eq!(problems(&validator, 31), ["x: The value must be a whole number from 1 to 30, but it is 31."]);
        assert!(!accepts(&validator, Value::Number("1.5".parse().unwrap())));
        assert!(!accepts(&validator, Value::Number("1e30".parse().unwrap())));
        let validator = number_between(0, 1);
        assert!(accepts(&validator, Value::Number("0.5".parse().unwrap())));
        assert!(!accepts(&validator, Value::Number("1.01".parse().unwrap())));
    }

    #[test]
    fn counts_are_told_as_people_say_them() {
        let elements = |count: usize| Value::List(vec![Value::unknown(); count]);
        assert!(accepts(&list_length(1..=2), elements(2)));
        assert_eq!(problems(&list_length(1..=2), elements(3)), ["x: There must be 1 to 2 elements, but there are 3."]);
        assert_eq!(
            problems(&list_length(0..=1), elements(2)),
            ["x: There must be at most 1 element, but there are 2."]
        );
        assert_eq!(
            problems(&list_length(1..=usize::MAX), elements(0)),
            ["x: There must be at least 1 element, but there are 0."]
        );
        assert!(!accepts(&list_length(1..=2), Value::Map(Default::default())));
    }

    #[test]
    fn only_known_elements_can_be_duplicates() {
        let list = Value::list([Value::from("a"), Value::unknown(), Value::unknown(), Value::from("a")]);
        assert_eq!(problems(&no_duplicates(), list), ["x[3]: This element is in the list already."]);
    }

    #[test]
    fn each_element_is_checked_at_its_place() {
        let validator = each(one_of(&["a"]));
        let list = Value::list([Value::from("a"), Value::unknown(), Value::from("b")]);
        assert_eq!(problems(&validator, list), ["x[2]: The value must be \"a\", but it is \"b\"."]);
        let map = Value::object([("k", "b")]);
        assert_eq!(problems(&validator, map), ["x[\"k\"]: The value must be \"a\", but it is \"b\"."]);
    }

    const NAMES: [&str; 3] = ["id", "latest", "before"];

    fn object(id: Value, latest: Value, before: Value) -> Value {
        Value::object([("id", id), ("latest", latest), ("before", before)])
    }

    fn not_null() -> Value {
        Value::Unknown(Unknown::refined([0x81, 0x01, 0xc2]))
    }

    #[test]
    fn exactly_one_of_counts_what_is_certain_and_leaves_open_what_is_not() {
        let rule = exactly_one_of(&NAMES);
        assert!(accepts(&rule, object("i".into(), Value::Null, Value::Null)));
        assert!(accepts(&rule, object("i".into(), Value::unknown(), Value::Null)));
        assert!(accepts(&rule, object(Value::Null, Value::unknown(), Value::Null)));
        assert_eq!(
            problems(&rule, object("i".into(), true.into(), Value::Null)),
            [
                "x.latest: \"latest\" cannot be set together with \"id\": only one of \"id\", \"latest\", \"before\" may be."
            ]
        );
        assert!(!accepts(&rule, object("i".into(), not_null(), Value::Null)));
        assert_eq!(
            problems(&rule, object(Value::Null, Value::Null, Value::Null)),
            ["x: One of \"id\", \"latest\", \"before\" must be set."]
        );
    }

    #[test]
    fn at_most_and_at_least_one_of_are_its_halves() {
        let none = object(Value::Null, Value::Null, Value::Null);
        let two = object("i".into(), true.into(), Value::Null);
        assert!(accepts(&at_most_one_of(&NAMES), none.clone()));
        assert!(!accepts(&at_most_one_of(&NAMES), two.clone()));
        assert!(!accepts(&at_least_one_of(&NAMES), none));
        assert!(accepts(&at_least_one_of(&NAMES), two));
    }

    #[test]
    fn what_is_needed_with_another_may_be_unknown_but_not_null() {
        let rule = required_with("id", &["latest", "before"]);
        assert!(accepts(&rule, object(Value::Null, Value::Null, Value::Null)));
        assert!(accepts(&rule, object(Value::unknown(), Value::Null, Value::Null)));
        assert!(accepts(&rule, object("i".into(), Value::unknown(), "b".into())));
        assert_eq!(
            problems(&rule, object("i".into(), true.into(), Value::Null)),
            ["x.id: \"before\" must be set, because \"id\" is."]
        );
    }

    #[test]
    fn conflicts_are_between_one_and_the_others() {
        let rule = conflicts("id", &["latest", "before"]);
        assert!(accepts(&rule, object(Value::Null, true.into(), "b".into())));
        assert!(accepts(&rule, object("i".into(), Value::unknown(), Value::Null)));
        assert_eq!(
            problems(&rule, object("i".into(), true.into(), Value::Null)),
            ["x.latest: \"latest\" cannot be set together with \"id\"."]
        );
    }
}
