//! Errors and warnings as Terraform shows them.

use super::path::Path;

/// An error stops what depends on the object and makes the command fail; a warning does neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The command ends with exit code 1.
    Error,
    /// Printed at the end. Terraform puts warnings of equal summary together and shows one.
    Warning,
}

/// One error or warning, as the user reads it: `summary` in the first line, `detail` below, and the line of the
/// configuration that `path` leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A title of one line without a final period; never empty.
    pub summary: String,
    /// Free text. Terraform wraps its lines, except those that begin with a blank. No secrets: nothing is redacted.
    pub detail: String,
    /// The attribute at fault; `None` where it is the object as a whole.
    pub path: Option<Path>,
}

impl Diagnostic {
    /// An error about the object as a whole.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, summary: summary.into(), detail: detail.into(), path: None }
    }

    /// A warning about the object as a whole.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, summary: summary.into(), detail: detail.into(), path: None }
    }

    /// The same about the attribute at `path`. The root is the object as a whole.
    #[must_use]
    pub fn at(mut self, path: Path) -> Self {
        self.path = (!path.is_root()).then_some(path);
        self
    }

    /// True for errors.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Errors and warnings in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Neither an error nor a warning.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error about the object as a whole.
    pub fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::error(summary, detail));
    }

    /// Adds a warning about the object as a whole.
    pub fn warning(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::warning(summary, detail));
    }

    /// Adds an error or a warning.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of `others`, which may be [`Diagnostics`] as well.
    pub fn extend(&mut self, others: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(others);
    }

    /// Adds those of `others` whose place has no error yet. For checks that build on one another: what a later one finds
    /// at the same place follows, as a rule, from what was told before.
    pub fn extend_unless_told(&mut self, others: impl IntoIterator<Item = Diagnostic>) {
        let told: Vec<Option<Path>> =
            self.0.iter().filter(|told| told.is_error()).map(|told| told.path.clone()).collect();
        self.0.extend(others.into_iter().filter(|other| !(other.is_error() && told.contains(&other.path))));
    }

    /// True if there is at least one error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// True if there is neither error nor warning.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many errors and warnings there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// In the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// To change texts or paths of what was found elsewhere.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Diagnostic> {
        self.0.iter_mut()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        Self(diagnostics.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_not_errors() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.warning("w", "");
        assert!(!diagnostics.has_errors());
        diagnostics.error("e", "");
        assert!(diagnostics.has_errors());
        assert_eq!(diagnostics.len(), 2);
    }

    #[test]
    fn what_follows_from_an_error_at_the_same_place_is_not_told_again() {
        let at = |summary: &str, path: &str| Diagnostic::error(summary, "").at(Path::attribute(path));
        let mut diagnostics = Diagnostics::from(at("first", "a"));
        diagnostics.push(Diagnostic::warning("w", "").at(Path::attribute("c")));
        let more = [at("2", "a"), at("3", "b"), at("4", "b"), at("5", "c"), Diagnostic::error("6", "")];
        diagnostics.extend_unless_told(more);
        let told: Vec<&str> = diagnostics.iter().map(|told| told.summary.as_str()).collect();
        assert_eq!(told, ["first", "w", "3", "4", "5", "6"]);
    }

    #[test]
    fn the_root_is_no_path() {
        // An empty path on the wire loses the source line.
        assert_eq!(Diagnostic::error("e", "").at(Path::root()).path, None);
    }
}
