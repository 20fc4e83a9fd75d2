//! How mappings read arguments, so that nothing that was given is lost on the way to Azure. Azure takes a request
//! without criteria for everything, so a value that is missing must be an error and never a shorter list.
//!
//! The plugin layer refuses nulls, and validation refuses empty lists, before a mapping is reached. What is here does
//! not depend on that.

use std::fmt;

use crate::restore::argument_path::ArgumentPath;
use crate::restore::error::RestoreError;
use crate::tfplugin::model::Attr;

/// A value that a request needs, and that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotGiven {
    /// Where it should stand.
    pub argument: ArgumentPath,
    /// What stands there.
    pub instead: Instead,
}

/// What stands in the place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Nothing.
    Null,
    /// Something that is known only after apply.
    Unknown,
    /// An empty text or list.
    Empty,
}

impl NotGiven {
    fn new(argument: ArgumentPath, instead: Instead) -> Self {
        Self { argument, instead }
    }
}

/// Whole sentences: what is wrong, then what to do.
impl fmt::Display for NotGiven {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { argument, instead } = self;
        match instead {
            Instead::Null => write!(formatter, "`{argument}` is null. Give it a value, or remove it."),
            Instead::Unknown => {
                write!(formatter, "`{argument}` is not known. It must be known when the restore begins.")
            }
            Instead::Empty => write!(formatter, "`{argument}` is empty. Give it a value, or remove it."),
        }
    }
}

impl From<NotGiven> for RestoreError {
    fn from(missing: NotGiven) -> Self {
        let text = missing.to_string();
        RestoreError::wrong(missing.argument, text)
    }
}

/// The value of an argument that must be there.
///
/// # Errors
/// [`NotGiven`] if it is null or unknown.
pub fn required<T>(value: &Attr<T>, argument: impl Into<ArgumentPath>) -> Result<&T, NotGiven> {
    match value {
        Attr::Known(value) => Ok(value),
        Attr::Null => Err(NotGiven::new(argument.into(), Instead::Null)),
        Attr::Unknown => Err(NotGiven::new(argument.into(), Instead::Unknown)),
    }
}

/// The text of an argument that must be there.
///
/// # Errors
/// [`NotGiven`] if it is null, unknown or empty.
pub fn required_text(value: &Attr<String>, argument: impl Into<ArgumentPath>) -> Result<&str, NotGiven> {
    let argument = argument.into();
    let text = required(value, argument.clone())?;
    if text.is_empty() { Err(NotGiven::new(argument, Instead::Empty)) } else { Ok(text) }
}

/// The value of an argument that may be left out.
///
/// # Errors
/// [`NotGiven`] if it is unknown: then it was not left out.
pub fn optional<T>(value: &Attr<T>, argument: impl Into<ArgumentPath>) -> Result<Option<&T>, NotGiven> {
    if value.is_null() { Ok(None) } else { required(value, argument).map(Some) }
}

/// The elements of a list that may be left out or empty, each made by `element` of its value and its place.
///
/// # Errors
/// [`NotGiven`] if the list or an element is unknown, an element is null, or `element` says so.
pub fn elements<A, T>(
    list: &Attr<Vec<Attr<A>>>,
    argument: impl Into<ArgumentPath>,
    mut element: impl FnMut(&A, ArgumentPath) -> Result<T, NotGiven>,
) -> Result<Vec<T>, NotGiven> {
    let argument = argument.into();
    let elements = optional(list, argument.clone())?.into_iter().flatten().enumerate();
    let read = |(index, value): (usize, &Attr<A>)| {
        let at = argument.clone().element(index);
        element(required(value, at.clone())?, at)
    };
    elements.map(read).collect()
}

/// As [`elements`], for a list of texts that are not empty.
///
/// # Errors
/// [`NotGiven`].
pub fn texts(list: &Attr<Vec<Attr<String>>>, argument: impl Into<ArgumentPath>) -> Result<Vec<String>, NotGiven> {
    elements(list, argument, |text, at| not_empty(text, at))
}

fn not_empty(text: &str, argument: ArgumentPath) -> Result<String, NotGiven> {
    if text.is_empty() { Err(NotGiven::new(argument, Instead::Empty)) } else { Ok(text.to_owned()) }
}

/// How much is restored. Nothing but an argument that the user left out makes the whole of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope<T> {
    /// Everything: no part was named.
    Whole,
    /// These parts.
    Parts(NonEmpty<T>),
}

impl<T> Scope<T> {
    /// The scope that a list names; null is the whole. `part` makes a part of an element and its place.
    ///
    /// # Errors
    /// [`NotGiven`] if the list is empty or unknown, an element is null or unknown, or `part` says so.
    pub fn read<A>(
        list: &Attr<Vec<Attr<A>>>,
        argument: impl Into<ArgumentPath>,
        part: impl FnMut(&A, ArgumentPath) -> Result<T, NotGiven>,
    ) -> Result<Self, NotGiven> {
        if list.is_null() {
            return Ok(Self::Whole);
        }
        let argument = argument.into();
        let parts = elements(list, argument.clone(), part)?;
        NonEmpty::of(parts).map(Self::Parts).ok_or_else(|| NotGiven::new(argument, Instead::Empty))
    }

    /// The same parts in another form.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Scope<U> {
        match self {
            Self::Whole => Scope::Whole,
            Self::Parts(parts) => Scope::Parts(parts.map(change)),
        }
    }
}

impl Scope<String> {
    /// The scope that a list of texts names.
    ///
    /// # Errors
    /// [`NotGiven`] as of [`Scope::read`], and if a text is empty.
    pub fn of_texts(list: &Attr<Vec<Attr<String>>>, argument: impl Into<ArgumentPath>) -> Result<Self, NotGiven> {
        Self::read(list, argument, |text, at| not_empty(text, at))
    }

    /// As a member of a request in which no text at all stands for everything.
    pub fn into_request(self) -> Vec<String> {
        match self {
            Self::Whole => Vec::new(),
            Self::Parts(parts) => parts.into_vec(),
        }
    }
}

/// Some values, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonEmpty<T> {
    first: T,
    rest: Vec<T>,
}

impl<T> NonEmpty<T> {
    /// One value.
    pub fn one(value: T) -> Self {
        Self { first: value, rest: Vec::new() }
    }

    /// These values; none if there are none.
    pub fn of(values: Vec<T>) -> Option<Self> {
        let mut values = values.into_iter();
        let first = values.next()?;
        Some(Self { first, rest: values.collect() })
    }

    /// These, then `others`.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.rest.push(others.first);
        self.rest.extend(others.rest);
        self
    }

    /// Each in another form.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> NonEmpty<U> {
        NonEmpty { first: change(self.first), rest: self.rest.into_iter().map(change).collect() }
    }

    /// What each of them consists of.
    pub fn flat_map<U>(self, mut change: impl FnMut(T) -> NonEmpty<U>) -> NonEmpty<U> {
        let first = change(self.first);
        self.rest.into_iter().fold(first, |sum, value| sum.and(change(value)))
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// In order.
    pub fn into_vec(self) -> Vec<T> {
        std::iter::once(self.first).chain(self.rest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Texts = Attr<Vec<Attr<String>>>;

    fn list(elements: &[Attr<String>]) -> Texts {
        Attr::Known(elements.to_vec())
    }

    fn scope(list: &Texts) -> Result<Scope<String>, (String, Instead)> {
        Scope::of_texts(list, "a[1].b").map_err(|missing| (missing.argument.to_string(), missing.instead))
    }

    #[test]
    fn only_what_is_left_out_is_the_whole() {
        assert_eq!(scope(&Attr::Null), Ok(Scope::Whole));
        assert_eq!(scope(&list(&["x".into()])), Ok(Scope::Parts(NonEmpty::one("x".into()))));
        let refused = |at: &str, instead| Err((at.to_owned(), instead));
        assert_eq!(scope(&Attr::Unknown), refused("a[1].b", Instead::Unknown));
        assert_eq!(scope(&list(&[])), refused("a[1].b", Instead::Empty));
        assert_eq!(scope(&list(&["x".into(), Attr::Null])), refused("a[1].b[1]", Instead::Null));
        assert_eq!(scope(&list(&[Attr::Unknown])), refused("a[1].b[0]", Instead::Unknown));
        assert_eq!(scope(&list(&["".into()])), refused("a[1].b[0]", Instead::Empty));
    }

    #[test]
    fn what_may_be_left_out_may_be_empty_and_its_elements_may_not() {
        let read = |list: &Texts| texts(list, "a").map_err(|missing| (missing.argument.to_string(), missing.instead));
        assert_eq!((read(&Attr::Null), read(&list(&[]))), (Ok(vec![]), Ok(vec![])));
        assert_eq!(read(&list(&["x".into(), Attr::Null])), Err(("a[1]".into(), Instead::Null)));
        assert_eq!(read(&Attr::Unknown), Err(("a".into(), Instead::Unknown)));
        assert_eq!(optional(&Attr::<bool>::Unknown, "a"), Err(NotGiven::new("a".into(), Instead::Unknown)));
        assert_eq!(optional(&Attr::Known(true), "a"), Ok(Some(&true)));
    }

    #[test]
    fn an_error_names_the_argument_and_what_to_do() {
        let error =
            RestoreError::from(NotGiven::new("containers[0].name".into(), Instead::Null)).to_message("Restoring");
        assert_eq!(error.argument, Some("containers[0].name".into()));
        assert_eq!(error.detail(), "`containers[0].name` is null. Give it a value, or remove it.");
    }

    #[test]
    fn parts_stay_in_order() {
        let parts =
            NonEmpty::of(vec![1, 2]).unwrap().flat_map(|part| NonEmpty::one(part).and(NonEmpty::one(part * 10)));
        assert_eq!(parts.clone().into_vec(), [1, 10, 2, 20]);
        assert_eq!(parts.iter().copied().collect::<Vec<_>>(), [1, 10, 2, 20]);
        assert_eq!(NonEmpty::<u8>::of(vec![]), None);
    }
}
