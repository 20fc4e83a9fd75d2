//! The files of `examples/`, and how a page shows them.

use std::collections::BTreeMap;
use std::path::Path;

use super::DocumentationError;

/// What every example of a folder needs but none shows.
const VARIABLES: &str = "variables.tf";

/// Texts by their paths below `examples/`, with `/`.
#[derive(Clone, Debug, Default)]
pub struct Examples(BTreeMap<String, String>);

/// One file as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Example {
    /// The comment at its head, as prose; may be empty.
    pub(super) prose: String,
    /// The rest.
    pub(super) code: String,
}

impl Example {
    fn of(text: &str) -> Self {
        let text = text.trim();
        let head = text.lines().take_while(|line| line.starts_with('#'));
        let prose: Vec<&str> = head.map(|line| line.trim_start_matches('#').trim()).collect();
        let code: Vec<&str> = text.lines().skip(prose.len()).collect();
        Self { prose: prose.join("\n"), code: code.join("\n").trim().to_owned() }
    }
}

impl Examples {
    /// These files.
    pub fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(files.into_iter().collect())
    }

    /// Every configuration and shell script below `folder`.
    ///
    /// # Errors
    /// [`DocumentationError::Unreadable`].
    pub fn read(folder: &Path) -> Result<Self, DocumentationError> {
        let mut files = BTreeMap::new();
        read_into(&mut files, folder, "")?;
        Ok(Self(files))
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// The configurations of a folder: `first`, then the others by name, the variables last.
    pub(super) fn configurations(&self, folder: &str, first: &str) -> Vec<Example> {
        let mut files: Vec<(&str, &str)> =
            self.files(folder).filter(|(name, _)| is_configuration(name) && !is_import_block(name)).collect();
        files.sort_by_key(|(name, _)| (*name != first, *name == VARIABLES, *name));
        files.into_iter().map(|(_, text)| Example::of(text)).collect()
    }

    /// How an import is written, if the folder tells.
    pub(super) fn import(&self, folder: &str) -> Option<Example> {
        self.files(folder).find(|(name, _)| *name == "import.sh").map(|(_, text)| Example::of(text))
    }

    /// Its `import` blocks, each way to name an object in a file of its own (`import-by-string-id.tf`).
    pub(super) fn import_blocks(&self, folder: &str) -> Vec<Example> {
        self.files(folder).filter(|(name, _)| is_import_block(name)).map(|(_, text)| Example::of(text)).collect()
    }

    fn files<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(path, text)| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            (!name.contains('/')).then_some((name, text.as_str()))
        })
    }
}

fn is_configuration(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending == "tf")
}

fn is_import_block(name: &str) -> bool {
    is_configuration(name) && name.starts_with("import-by-")
}

fn read_into(files: &mut BTreeMap<String, String>, folder: &Path, prefix: &str) -> Result<(), DocumentationError> {
    let unreadable = |error| DocumentationError::Unreadable(folder.to_owned(), error);
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let relative = format!("{prefix}{name}");
        if path.is_dir() {
            read_into(files, &path, &format!("{relative}/"))?;
        } else if path.extension().is_some_and(|ending| ending == "tf" || ending == "sh") {
            let text = std::fs::read_to_string(&path).map_err(|error| DocumentationError::Unreadable(path, error))?;
            files.insert(relative, text);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_at_the_head_is_prose_and_later_ones_are_code() {
        let example = Example::of("# Two lines\n# of it.\nx {\n  # code\n}\n");
        assert_eq!((example.prose.as_str(), example.code.as_str()), ("Two lines\nof it.", "x {\n  # code\n}"));
        assert_eq!(Example::of("x {}\n# after"), Example { prose: String::new(), code: "x {}\n# after".into() });
    }

    #[test]
    fn the_main_example_stands_first_and_the_variables_last() {
        let file = |name: &str| (format!("resources/x/{name}"), name.to_owned());
        let names = [
            "resource.tf",
            "variables.tf",
            "vaulted.tf",
            "all.tf",
            "import.sh",
            "import-by-string-id.tf",
            "deeper/other.tf",
        ];
        let examples = Examples::of(names.map(file));
        let order: Vec<String> =
            examples.configurations("resources/x", "resource.tf").into_iter().map(|example| example.code).collect();
        assert_eq!(order, ["resource.tf", "all.tf", "vaulted.tf", "variables.tf"]);
        assert!(examples.import("resources/x").is_some() && examples.import("resources").is_none());
        let blocks: Vec<String> =
            examples.import_blocks("resources/x").into_iter().map(|example| example.code).collect();
        assert_eq!(blocks, ["import-by-string-id.tf"]);
    }
}
