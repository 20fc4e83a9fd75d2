//! Pages on disk. Only pages that were made here are ever removed.

use std::path::Path;

use super::page::MARK;
use super::{DocumentationError, Pages};

/// The folders of generated pages; others, such as `guides`, are written by hand and never looked at.
const FOLDERS: [&str; 4] = ["", "resources", "data-sources", "functions"];

/// Writes the pages below `folder`, and removes generated pages of things that are no longer there.
///
/// # Errors
/// [`DocumentationError`] of the first file that cannot be read, written or removed.
pub fn write(folder: &Path, pages: &Pages) -> Result<(), DocumentationError> {
    for kind in FOLDERS {
        let place = folder.join(kind);
        std::fs::create_dir_all(&place).map_err(|error| DocumentationError::Unwritable(place.clone(), error))?;
        remove_orphans(&place, kind, pages)?;
    }
    for (path, text) in pages {
        let path = folder.join(path);
        std::fs::write(&path, text).map_err(|error| DocumentationError::Unwritable(path, error))?;
    }
    Ok(())
}

fn remove_orphans(place: &Path, kind: &str, pages: &Pages) -> Result<(), DocumentationError> {
    let unreadable = |error| DocumentationError::Unreadable(place.to_owned(), error);
    for entry in std::fs::read_dir(place).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let page = if kind.is_empty() { name.to_owned() } else { format!("{kind}/{name}") };
        if path.extension().is_none_or(|ending| ending != "md") || pages.contains_key(&page) {
            continue;
        }
        let text =
            std::fs::read_to_string(&path).map_err(|error| DocumentationError::Unreadable(path.clone(), error))?;
        if text.contains(MARK) {
            std::fs::remove_file(&path).map_err(|error| DocumentationError::Unwritable(path, error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_what_is_gone_are_removed_and_what_people_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |page: &str| folder.path().join(page);
        let generated = format!("---\n{MARK}\n---\n");
        write(folder.path(), &Pages::from([("resources/gone.md".to_owned(), generated.clone())])).unwrap();
        std::fs::write(path("resources/own.md"), "by hand").unwrap();
        std::fs::create_dir(path("guides")).unwrap();
        std::fs::write(path("guides/guide.md"), &generated).unwrap();

        write(folder.path(), &Pages::from([("data-sources/new.md".to_owned(), generated)])).unwrap();
        let exists = ["resources/gone.md", "resources/own.md", "guides/guide.md", "data-sources/new.md"];
        assert_eq!(exists.map(|page| path(page).exists()), [false, true, true, true]);
    }
}
