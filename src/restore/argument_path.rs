//! Where an argument stands in a configuration, for errors that blame it. Knows nothing of Terraform's own paths, so that
//! services and checks can name `geo.recoverable_database_id`; `resources/restore` turns it into what Terraform shows.

use std::fmt;

/// One step from an argument to what is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The argument or member of this name.
    Name(String),
    /// The element at this position of a list, from 0.
    Element(usize),
}

/// The way from the outermost argument to the one that is meant.
///
/// Made from the text that it is shown as: `recovery_point`, `geo.recoverable_database_id`, `containers[1].name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgumentPath(Vec<Step>);

impl ArgumentPath {
    /// The member `name` of what this path leads to.
    #[must_use]
    pub fn member(mut self, name: impl Into<String>) -> Self {
        self.0.push(Step::Name(name.into()));
        self
    }

    /// The element at `position` (from 0) of the list that this path leads to.
    #[must_use]
    pub fn element(mut self, position: usize) -> Self {
        self.0.push(Step::Element(position));
        self
    }

    /// From the outermost argument inwards.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl From<&str> for ArgumentPath {
    /// Reads the way it is shown. What is not a position in brackets is part of a name.
    fn from(text: &str) -> Self {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (name, positions) = part.split_once('[').unwrap_or((part, ""));
            let positions: Option<Vec<usize>> = match positions.strip_suffix(']') {
                Some(inner) => inner.split("][").map(|position| position.parse().ok()).collect(),
                None => None,
            };
            match positions {
                Some(positions) => {
                    steps.push(Step::Name(name.to_owned()));
                    steps.extend(positions.into_iter().map(Step::Element));
                }
                None => steps.push(Step::Name(part.to_owned())),
            }
        }
        Self(steps)
    }
}

impl fmt::Display for ArgumentPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) if position == 0 => formatter.write_str(name)?,
                Step::Name(name) => write!(formatter, ".{name}")?,
                Step::Element(element) => write!(formatter, "[{element}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_is_shown() {
        for text in ["recovery_point", "geo.recoverable_database_id", "containers[1].name", "a[0][2]", "files[3]"] {
            assert_eq!(ArgumentPath::from(text).to_string(), text);
        }
        let built = ArgumentPath::from("containers").element(1).member("name");
        assert_eq!(ArgumentPath::from("containers[1].name"), built);
        assert_eq!(built.steps(), [Step::Name("containers".into()), Step::Element(1), Step::Name("name".into())]);
    }

    #[test]
    fn brackets_that_hold_no_position_belong_to_the_name() {
        for text in ["a[x]", "a[", "a[]", "a[1", "a[-1]"] {
            assert_eq!(ArgumentPath::from(text).steps(), [Step::Name(text.into())]);
        }
    }
}
