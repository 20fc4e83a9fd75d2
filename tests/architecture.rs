//! The walls of `ARCHITECTURE.md`: which module may name which. Reads the source, since inside one crate the compiler
//! lets everybody use everything. Around `tfplugin`, a crate of its own, it is the manifests that build the wall.

use std::path::{Path, PathBuf};

/// A module at the root of the crate, and the others that it may name.
const WALLS: &[(&str, &[&str])] = &[
    ("azure", &[]),
    ("connection", &["azure", "restore"]),
    ("data_sources", &["azure", "connection", "restore", "tfplugin"]),
    ("functions", &["azure", "tfplugin"]),
    ("provider", &["azure", "connection", "data_sources", "functions", "resources", "restore", "tfplugin"]),
    ("resources", &["azure", "connection", "restore", "tfplugin"]),
    ("restore", &["azure"]),
];

/// The crate that speaks Terraform, and where it lies.
const PLUGIN: (&str, &str) = ("tfplugin", "crates/tfplugin/");

/// Names at the root of the crate that are macros of a wall.
const MACROS: &[(&str, &str)] = &[("model", "tfplugin")];

/// Crates that belong to one wall: with them its subject would leak into another.
const CRATES: &[(&str, &str)] = &[
    ("azure_core", "azure"),
    ("azure_identity", "azure"),
    ("reqwest", "azure"),
    ("prost", "tfplugin"),
    ("rmpv", "tfplugin"),
    ("tonic", "tfplugin"),
    ("tonic_prost", "tfplugin"),
];

/// Folders of tests that know the product from outside only.
const OUTSIDERS: &[&str] = &["tests/harness/", "tests/simulator/"];

/// The forbidden arrows of one file, each as a sentence. `file` is relative to the repository, with `/`.
fn forbidden(file: &str, text: &str) -> Vec<String> {
    let code = without_comments(text);
    if OUTSIDERS.iter().any(|folder| file.starts_with(folder)) {
        return match paths(&code, "azurebackup").first() {
            Some(name) => {
                vec![format!("{file}: names azurebackup::{name}, and may know the product from outside only")]
            }
            None => Vec::new(),
        };
    }
    if file.starts_with(PLUGIN.1) {
        return foreign_crates(file, PLUGIN.0, &code);
    }
    let Some(module) = file.strip_prefix("src/").and_then(|file| file.strip_suffix(".rs")) else { return Vec::new() };
    let mut steps: Vec<&str> = module.split('/').collect();
    if steps.last() == Some(&"mod") {
        steps.pop();
    }
    let wall = steps[0];
    if matches!(wall, "lib" | "main") {
        return Vec::new();
    }
    let Some((_, allowed)) = WALLS.iter().find(|(name, _)| *name == wall) else {
        return vec![format!("{file}: the module {wall} is in no wall of tests/architecture.rs")];
    };
    let from_root = "super::".repeat(steps.len());
    let mut named = paths(&code, "crate");
    // A module inside the file (its tests) is one step further from the root, so that other names lead nowhere near it.
    let climbed = paths(&code, from_root.trim_end_matches("::")).into_iter();
    named.extend(climbed.filter(|name| WALLS.iter().any(|(wall, _)| wall == name)));
    if !paths(&code, PLUGIN.0).is_empty() {
        named.push(PLUGIN.0.to_owned());
    }
    let mut arrows = Vec::new();
    for name in named {
        let target = MACROS.iter().find(|(of, _)| *of == name).map_or(name.as_str(), |(_, wall)| wall);
        if target != wall && !allowed.contains(&target) {
            arrows.push(format!("{file}: {wall} -> {target} is forbidden"));
        }
    }
    arrows.extend(foreign_crates(file, wall, &code));
    arrows.sort();
    arrows.dedup();
    arrows
}

/// The crates of other walls that this file names.
fn foreign_crates(file: &str, wall: &str, code: &str) -> Vec<String> {
    let foreign = CRATES.iter().filter(|(name, owner)| *owner != wall && !paths(code, name).is_empty());
    foreign
        .map(|(name, owner)| format!("{file}: {wall} -> {name} is forbidden, only {owner} may use that crate"))
        .collect()
}

/// The `[dependencies]` of a manifest that belong behind another wall than its own.
fn foreign_dependencies(manifest: &str, own: &str) -> Vec<String> {
    let section = manifest.split("\n[").find_map(|section| section.strip_prefix("dependencies]\n"));
    let names = section.unwrap_or_default().lines().filter(|line| line.contains('=')).map(|line| {
        let end = line.find(['.', ' ', '=']).unwrap_or(line.len());
        line[..end].replace('-', "_")
    });
    let is_foreign = |name: &String| match CRATES.iter().find(|(of, _)| of == name) {
        Some((_, owner)) => *owner != own,
        None => own == PLUGIN.0 && name.contains("azure"),
    };
    names.filter(is_foreign).collect()
}

/// The names that follow `prefix::`, whether one by one or in a group. `prefix` is a whole path segment.
fn paths(code: &str, prefix: &str) -> Vec<String> {
    let needle = format!("{prefix}::");
    let mut names = Vec::new();
    for (start, _) in code.match_indices(&needle) {
        let before = code[..start].chars().next_back();
        if before.is_some_and(|before| is_part_of_a_name(before) || before == ':') {
            continue;
        }
        let rest = &code[start + needle.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(members(group)),
            None => names.push(name(rest)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The first name of each member of a group of imports, whose opening brace is already read.
fn members(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut start) = (0_u32, 0);
    for (index, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                names.push(name(group[start..index].trim_start()));
                start = index + 1;
                if character == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

fn name(text: &str) -> String {
    text.chars().take_while(|character| is_part_of_a_name(*character)).collect()
}

fn is_part_of_a_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The folder of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// Every Rust file below a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files_below(folder).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs")).collect()
}

#[test]
fn arrows_between_walls_point_one_way() {
    let mut arrows = Vec::new();
    let mut read = 0;
    for path in ["src", "tests", PLUGIN.1].iter().flat_map(|folder| rust_files(&root().join(folder))) {
        let file = path.strip_prefix(root()).unwrap().display().to_string().replace('\\', "/");
        arrows.extend(forbidden(&file, &std::fs::read_to_string(&path).unwrap()));
        read += 1;
    }
    assert!(read > 100, "the source is somewhere else: {read} files");
    arrows.sort();
    assert!(arrows.is_empty(), "ARCHITECTURE.md tells which module may use which:\n{}", arrows.join("\n"));
}

#[test]
fn every_module_of_the_crate_is_a_wall() {
    let library = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let modules = library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let modules: Vec<&str> = modules.collect();
    let walls: Vec<&str> = WALLS.iter().map(|(name, _)| *name).collect();
    assert_eq!(modules, walls);
}

#[test]
fn no_manifest_reaches_through_the_wall_around_the_plugin_crate() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let (plugin, product) = (read(&format!("{}Cargo.toml", PLUGIN.1)), read("Cargo.toml"));
    assert_eq!(foreign_dependencies(&plugin, PLUGIN.0), [""; 0]);
    assert_eq!(foreign_dependencies(&product, "azure"), [""; 0]);
    // Each of them holds what would be found in the other.
    assert_eq!(foreign_dependencies(&plugin, "azure"), ["prost", "rmpv", "tonic", "tonic_prost"]);
    assert_eq!(foreign_dependencies(&product, PLUGIN.0), ["azure_core", "azure_identity", "reqwest"]);
}

#[test]
fn a_planted_arrow_is_found_with_its_file() {
    let planted = [
        ("src/azure/client/mod.rs", "    let x = crate::restore::life::run();", "azure -> restore"),
        ("src/restore/life.rs", "use crate::{azure::{job, poll}, tfplugin::value::Value};", "restore -> tfplugin"),
        ("src/restore/life.rs", "use super::super::resources::normal;", "restore -> resources"),
        ("src/restore/mod.rs", "use super::provider::ADDRESS;", "restore -> provider"),
        ("src/resources/blob_restore/mod.rs", "use crate::provider::ADDRESS;", "resources -> provider"),
        ("src/functions/vault.rs", "use crate::connection::Connections;", "functions -> connection"),
        ("src/connection/open.rs", "use tfplugin::value::Value;", "connection -> tfplugin"),
        ("src/azure/members.rs", "crate::model! { pub struct X {} }", "azure -> tfplugin"),
        ("src/azure/token.rs", "use tonic::Status;", "azure -> tonic"),
        ("src/azure/token.rs", "use tfplugin::value::Value;", "azure -> tfplugin"),
        ("crates/tfplugin/src/tls.rs", "let client = reqwest::Client::new();", "tfplugin -> reqwest"),
        ("src/extras.rs", "", "extras"),
        ("tests/simulator/arm.rs", "use azurebackup::azure::resource_id::ResourceId;", "azurebackup::azure"),
    ];
    for (file, text, arrow) in planted {
        let found = forbidden(file, text);
        assert_eq!(found.len(), 1, "{file}: {text}: {found:?}");
        assert!(found[0].starts_with(file) && found[0].contains(arrow), "{found:?}");
    }
}

#[test]
fn what_is_allowed_is_not_taken_for_an_arrow() {
    let allowed = [
        ("src/restore/life.rs", "use crate::azure::clock::Clock;\nuse crate::restore::facts::Facts;"),
        ("src/azure/job.rs", "//! Not `crate::restore::life`, which is elsewhere.\n    // crate::tfplugin"),
        (
            "src/resources/restore/mod.rs",
            "use crate::{model, tfplugin::value::{Path, Value}};\nuse super::super::restore;",
        ),
        ("crates/tfplugin/src/logging.rs", "mod tests {\n    use super::super::listener::Listener;\n}"),
        ("src/provider/offering.rs", "use crate::resources::restore::RestoreResource;"),
        ("tests/simulator/arm.rs", "let address = \"azurebackup/azurebackup\"; let x = simulator_azurebackup::y();"),
        ("tests/documentation.rs", "use azurebackup::provider::AzureBackup;"),
    ];
    for (file, text) in allowed {
        assert_eq!(forbidden(file, text), [""; 0], "{file}: {text}");
    }
}

/// Names that several types within one wall may have, and why.
const SHARED_NAMES: &[(&str, &str, &str)] =
    &[("resources", "Arguments", "the model of a resource is found by the same name in the file of each resource")];

/// The wall of a source file: provider and connection count as one, since they share one vocabulary of settings.
fn wall_of(file: &str) -> &str {
    let module = file.strip_prefix("src/").unwrap_or(file);
    match module.split(['/', '.']).next().unwrap_or(module) {
        "connection" | "provider" | "main" => "connection and provider",
        wall => wall,
    }
}

/// The types that a file defines. An associated type is no definition: its trait gives it its name.
fn types_defined_in(code: &str) -> Vec<String> {
    let definition = |line: &str| {
        let is_at_root = !line.starts_with(' ');
        let line = line.trim_start();
        let line = match line.strip_prefix("pub") {
            Some(rest) => rest.split_once(' ').map_or(rest, |(_, rest)| rest),
            None => line,
        };
        let (keyword, rest) = line.split_once(' ')?;
        let is_type = matches!(keyword, "struct" | "enum" | "trait") || (keyword == "type" && is_at_root);
        is_type.then(|| name(rest))
    };
    code.lines().filter_map(definition).filter(|name| !name.is_empty()).collect()
}

/// Types of one wall that share their name, each as a sentence.
fn shared_names(files: &[(String, String)]) -> Vec<String> {
    let mut defined: std::collections::BTreeMap<(&str, String), Vec<&str>> = std::collections::BTreeMap::new();
    for (file, text) in files {
        for name in types_defined_in(&without_comments(text)) {
            defined.entry((wall_of(file), name)).or_default().push(file);
        }
    }
    let is_allowed = |wall: &str, name: &str| SHARED_NAMES.iter().any(|(of, shared, _)| *of == wall && *shared == name);
    let shared = defined.iter().filter(|((wall, name), files)| files.len() > 1 && !is_allowed(wall, name));
    shared.map(|((wall, name), files)| format!("{wall}: {name} in {}", files.join(", "))).collect()
}

#[test]
fn a_name_means_one_type_within_a_wall() {
    let read = |path: PathBuf| {
        let file = path.strip_prefix(root()).unwrap().display().to_string().replace('\\', "/");
        (file, std::fs::read_to_string(path).unwrap())
    };
    let folders = ["src", "crates/tfplugin", "tests", "fuzz/src"];
    let files = folders.iter().flat_map(|folder| rust_files(&root().join(folder)));
    let files: Vec<(String, String)> = files.map(read).collect();
    let shared = shared_names(&files);
    assert!(shared.is_empty(), "give each type a name that says which one it is:\n{}", shared.join("\n"));
}

#[test]
fn two_types_of_one_name_are_found_with_their_files() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let one = file("src/restore/record.rs", "/// A job.\npub struct Job {\n    pub id: String,\n}");
    let other = file("src/restore/life.rs", "mod x {\n    pub(super) enum Job<'a> { A(&'a str) }\n}");
    let elsewhere = file("src/azure/job.rs", "pub struct Job;");
    let associated = file("src/restore/jobs.rs", "impl JobReader for X {\n    type Job = u8;\n}");
    let found = shared_names(&[one.clone(), other, elsewhere.clone(), associated.clone()]);
    assert_eq!(found, ["restore: Job in src/restore/record.rs, src/restore/life.rs"]);
    assert_eq!(shared_names(&[one, elsewhere, associated]), [""; 0]);
}
