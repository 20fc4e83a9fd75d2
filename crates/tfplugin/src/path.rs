//! Where in an object a value sits.

use std::fmt;

/// One step from a value into it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// An attribute of an object, or a nested block by its type name.
    Attribute(String),
    /// An element of a list, set or tuple, counted from 0. Elements of sets have no address on the wire.
    Index(usize),
    /// An element of a map.
    Key(String),
}

/// The way from the root object (a resource, a provider block) to a value inside it. Prints as users write it:
/// `containers[3].name`, `triggers["run"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Step>);

impl Path {
    /// The root object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// An attribute (or block) of the root object.
    pub fn attribute(name: impl Into<String>) -> Self {
        Self(vec![Step::Attribute(name.into())])
    }

    /// An attribute of the object that this path leads to.
    #[must_use]
    pub fn child(self, name: impl Into<String>) -> Self {
        self.with(Step::Attribute(name.into()))
    }

    /// An element of the list, set or tuple that this path leads to.
    #[must_use]
    pub fn index(self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    /// An element of the map that this path leads to.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        self.with(Step::Key(key.into()))
    }

    /// This path and one more step.
    #[must_use]
    pub fn with(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }

    /// The steps from the root on.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// True for the root object itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Name of the first attribute on the way; `None` for the root.
    pub fn first_name(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Attribute(name)) => Some(name),
            _ => None,
        }
    }

    /// The path of the outermost attribute or block; the root stays the root.
    #[must_use]
    pub fn outermost(&self) -> Self {
        Self(self.0.iter().take(1).cloned().collect())
    }

    /// True if `self` leads to the place of `other` or into it.
    pub fn starts_with(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl From<Vec<Step>> for Path {
    fn from(steps: Vec<Step>) -> Self {
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("(root)");
        }
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => formatter.write_str(name)?,
                Step::Attribute(name) => write!(formatter, ".{name}")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prints_as_users_write_it() {
        assert_eq!(Path::attribute("containers").index(3).child("name").to_string(), "containers[3].name");
        assert_eq!(Path::attribute("triggers").key("run \"x\"").to_string(), r#"triggers["run \"x\""]"#);
        assert_eq!(Path::root().to_string(), "(root)");
    }

    #[test]
    fn the_outermost_path_has_one_step() {
        assert_eq!(Path::attribute("a").index(1).child("b").outermost(), Path::attribute("a"));
        assert_eq!(Path::root().outermost(), Path::root());
    }

    #[test]
    fn a_path_starts_with_itself_and_with_its_parents() {
        let inner = Path::attribute("a").index(1);
        assert!(inner.starts_with(&inner));
        assert!(inner.starts_with(&Path::attribute("a")));
        assert!(!Path::attribute("a").starts_with(&inner));
    }
}
