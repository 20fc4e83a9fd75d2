//! The pages in `docs/` are those of the schema and the examples, and what people wrote beside them is true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use azurebackup::provider::AzureBackup;
use azurebackup::restore::activity::Activity;
use azurebackup::restore::hints;
use azurebackup::restore::jobs::JobListNames;
use azurebackup::tfplugin::documentation::{self, Examples};
use azurebackup::tfplugin::provider::{Offering, Provider};

use crate::architecture::{files_below, root};
use crate::harness::{PROVIDER, Scenario};

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Folders of `docs/` that no generator writes.
const BY_HAND: [&str; 2] = ["guides", "reference"];

/// Every Markdown file below a folder.
pub fn markdown(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(markdown(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The pages of a folder by their paths, without those that people wrote.
fn pages(folder: &Path) -> BTreeMap<PathBuf, String> {
    let relative = |path: &Path| path.strip_prefix(folder).unwrap().to_owned();
    let by_hand = |path: &Path| BY_HAND.iter().any(|folder| path.starts_with(folder));
    let files = markdown(folder).into_iter().filter(|path| !by_hand(&relative(path)));
    files.map(|path| (relative(&path), read(&path))).collect()
}

/// What people wrote.
pub fn written_by_hand() -> Vec<PathBuf> {
    let names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
    let mut files: Vec<PathBuf> = names.iter().map(|name| root().join(name)).collect();
    files.extend(BY_HAND.iter().flat_map(|folder| markdown(&root().join("docs").join(folder))));
    files
}

#[test]
fn the_pages_are_those_of_the_schema_and_the_examples() {
    let made = tempfile::tempdir().unwrap();
    let output = Command::new(PROVIDER).arg("docs").arg(made.path()).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (made, kept) = (pages(made.path()), pages(&root().join("docs")));
    let paths: BTreeSet<&PathBuf> = made.keys().chain(kept.keys()).collect();
    let differing: Vec<String> = paths
        .into_iter()
        .filter(|path| made.get(*path) != kept.get(*path))
        .map(|path| format!("docs/{}", path.display()))
        .collect();
    assert!(differing.is_empty(), "run `make docs` and look at the difference; not up to date: {differing:?}");
}

#[test]
fn all_that_is_offered_has_an_example_and_every_attribute_a_description() {
    let examples = Examples::read(&root().join("examples")).unwrap();
    let pages = documentation::pages("azurebackup", &AzureBackup::system(), &examples);
    if let Err(error) = pages {
        panic!("{error}");
    }
}

#[test]
fn the_readme_names_all_that_is_offered_and_nothing_else() {
    let Offering { resources, data_sources, functions, .. } = AzureBackup::system().offering();
    let offered: BTreeSet<String> = (resources.iter().map(|resource| resource.type_name().to_owned()))
        .chain(data_sources.iter().map(|data_source| data_source.type_name().to_owned()))
        .chain(functions.iter().map(|function| format!("provider::azurebackup::{}", function.name())))
        .collect();
    let readme = read(&root().join("README.md"));
    let table = readme.lines().filter(|line| line.starts_with("| "));
    let named = table.flat_map(|line| {
        line.split('`').filter(|word| word.starts_with("azurebackup_") || word.starts_with("provider::"))
    });
    same("the tables of README.md", &named.map(str::to_owned).collect(), "what is offered", &offered);
}

/// Fails with what only one of the two has.
#[track_caller]
fn same(written_in: &str, written: &BTreeSet<String>, decided_by: &str, decided: &BTreeSet<String>) {
    let missing: Vec<_> = decided.difference(written).collect();
    let surplus: Vec<_> = written.difference(decided).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "{written_in} lack {missing:?}; {decided_by} lacks {surplus:?}");
}

/// The blocks marked `terraform` in what people wrote, each a configuration of its own but for its variables.
fn configurations() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in written_by_hand() {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        let text = read(&file);
        let blocks = text.split("```terraform\n").skip(1).filter_map(|rest| rest.split("```").next());
        found.extend(blocks.map(|block| (name.clone(), block.to_owned())));
    }
    found
}

/// Declarations of the variables that a configuration uses and does not declare.
fn variables(configuration: &str) -> String {
    let used: BTreeSet<String> = configuration
        .split("var.")
        .skip(1)
        .map(|rest| rest.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect())
        .collect();
    let declared = |name: &String| configuration.contains(&format!("variable \"{name}\""));
    used.iter().filter(|name| !declared(name)).map(|name| format!("variable \"{name}\" {{}}\n")).collect()
}

#[test]
fn configurations_in_texts_are_valid_and_formatted() {
    let configurations = configurations();
    assert!(configurations.len() >= 3, "{configurations:?}");
    for (file, configuration) in configurations {
        let mut s = Scenario::new();
        s.configure(&format!("{configuration}{}", variables(&configuration)));
        if configuration.contains("provider \"azurebackup\"") {
            s.write("provider.tf", "");
        }
        let finished = s.validate();
        assert_eq!(finished.code, Some(0), "{file}:\n{configuration}\n{finished}");
        s.write("formatted.tf", &configuration);
        let unformatted = s.run(&["fmt", "-check", "formatted.tf"]);
        assert_eq!(unformatted.code, Some(0), "{file}: `terraform fmt` would change\n{configuration}");
        s.finish(0);
    }
}

/// The first cells of the tables below a heading of the guide to trouble, without their marks.
fn explained(heading: &str) -> BTreeSet<String> {
    let guide = read(&root().join("docs/guides/troubleshooting.md"));
    let section = guide.split("\n## ").find(|section| section.starts_with(heading)).expect("the guide has the section");
    let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

fn source_of_restores() -> String {
    let folder = std::fs::read_dir(root().join("src/restore")).unwrap();
    let files = folder.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    files.map(|path| read(&path)).collect()
}

#[test]
fn the_guide_to_trouble_knows_exactly_the_codes_that_get_a_hint() {
    let source = read(&root().join("src/restore/hints.rs"));
    let code = |text: &str| text.trim_start().strip_prefix('"')?.split('"').next().map(str::to_owned);
    let hints: BTreeSet<String> = source.split("hint(").skip(1).filter_map(code).collect();
    assert!(hints.len() > 10, "the table of hints is written differently: {hints:?}");
    same(
        "the codes of docs/guides/troubleshooting.md",
        &explained("Azure error codes"),
        "src/restore/hints.rs",
        &hints,
    );
}

#[test]
fn the_guide_to_trouble_explains_exactly_the_events_of_the_progress_file() {
    let event = |call: &str| {
        let arguments = call.trim_start();
        let word = arguments.strip_prefix("about,").unwrap_or(arguments).trim_start().strip_prefix('"')?;
        word.split('"').next().map(str::to_owned)
    };
    // `Reported::next` returns the events that no phase reports.
    let source = source_of_restores();
    let calls = ["report_progress(", "return ("].into_iter().flat_map(|call| source.split(call).skip(1));
    let reported: BTreeSet<String> = calls.filter_map(event).collect();
    let fields = ["time", "event", "restore", "item_id", "job_id", "status", "message"].map(str::to_owned);
    let known: BTreeSet<String> = reported.into_iter().chain(fields).collect();
    let table = explained("Follow the progress");
    same("the tables of docs/guides/troubleshooting.md", &table, "src/restore", &known);
}

/// Words that readers with English as a second language stumble over, or that are ours and not those of Terraform or Azure.
const HARD_WORDS: &[&str] = &[
    "is told",
    "are told",
    "hangs on",
    "pronounce",
    "sends nothing",
    "absent:",
    "as things are",
    "gives it",
    "on its way",
    "in flight",
    "time-out",
    "stands so",
    "by whose rights",
    "at the rhythm",
    "is no name",
    "is no job",
];

#[test]
fn pages_that_users_read_are_in_plain_words() {
    let folders = ["guides", "resources", "data-sources", "functions"].map(|folder| root().join("docs").join(folder));
    let mut pages: Vec<PathBuf> = folders.iter().flat_map(|folder| markdown(folder)).collect();
    pages.extend(["README.md", "docs/index.md"].map(|page| root().join(page)));
    let mut found = Vec::new();
    for page in pages {
        let name = page.strip_prefix(root()).unwrap().display().to_string();
        for (index, line) in read(&page).lines().enumerate() {
            let line = line.to_lowercase();
            let hard = HARD_WORDS.iter().filter(|words| line.contains(**words));
            found.extend(hard.map(|words| format!("{name}:{}: {words:?}", index + 1)));
        }
    }
    assert!(found.is_empty(), "say it in the words of Terraform's and Azure's documentation:\n{}", found.join("\n"));
}

/// The first cells of the tables of a page, each with the whole row; what stands between backticks.
fn rows(page: &str) -> Vec<(Vec<String>, String)> {
    let text = read(&root().join(page));
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let first = row.trim_start_matches("| ").split(" |").next().unwrap_or_default();
        (first.split('`').skip(1).step_by(2).map(str::to_owned).collect(), row.to_owned())
    })
    .collect()
}

/// Names of variables in calls that read one: `variable("NAME")`, `var_os("NAME")`, and the pairs of proxies.
fn variables_read_by_name() -> BTreeSet<String> {
    let folders = ["src", "crates/tfplugin/src"].map(|folder| files_below(&root().join(folder)));
    let source: String = folders.into_iter().flatten().map(|path| read(&path)).collect();
    let calls = ["variable(\"", "var_os(\"", "set([\""].iter().flat_map(|call| source.split(call).skip(1));
    let names = calls.filter_map(|rest| rest.split('"').next());
    let is_name = |name: &&str| name.chars().all(|sign| sign.is_ascii_uppercase() || sign == '_');
    names.filter(is_name).map(str::to_owned).collect()
}

#[test]
fn the_guide_to_variables_has_all_that_are_read_and_each_with_its_argument() {
    let rows = rows("docs/guides/environment-variables.md");
    let written: BTreeSet<String> = rows.iter().flat_map(|(names, _)| names.clone()).collect();
    let mut read = variables_read_by_name();
    let provider = AzureBackup::system();
    for argument in &provider.schema().attributes {
        let Some((_, variables)) = argument.description.split_once("Environment: ") else { continue };
        let variables: Vec<String> = variables.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let row = rows.iter().find(|(names, _)| *names == variables);
        let row = row.unwrap_or_else(|| panic!("no row has {variables:?} in this order"));
        assert!(row.1.contains(&format!("| `{}` |", argument.name)), "{}", row.1);
        read.extend(variables);
    }
    assert!(read.len() > 40, "variables are read differently: {read:?}");
    same("the tables of docs/guides/environment-variables.md", &written, "the source", &read);
}

#[test]
fn the_guide_to_permissions_has_the_roles_of_every_restore() {
    let rows = rows("docs/guides/permissions.md");
    let guide = read(&root().join("docs/guides/permissions.md"));
    for resource in AzureBackup::system().offering().resources {
        let name = resource.type_name();
        if !name.ends_with("_restore") {
            continue;
        }
        assert!(rows.iter().any(|(first, _)| first.first().is_some_and(|of| of == name)), "no row has {name}");
        let emphasised = resource.schema().description.split('*').skip(1).step_by(2);
        for role in emphasised.filter(|words| words.starts_with(|sign: char| sign.is_ascii_uppercase())) {
            assert!(guide.contains(&format!("*{role}*")), "{name}: the guide lacks the role {role}");
        }
    }
}

/// Texts between two asterisks: names of roles.
fn emphasised(text: &str) -> BTreeSet<String> {
    text.split('*').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_guide_to_trouble_names_the_roles_that_hints_name() {
    let guide = read(&root().join("docs/guides/troubleshooting.md"));
    let mut compared = 0;
    for row in guide.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let Some(hint) = cells[0].split('`').nth(1).and_then(hints::of) else { continue };
        let advice = hint.advice_for(None);
        if advice.contains("table of roles") {
            assert!(row.contains("(#roles-of-the-vaults-identity)"), "{row}");
        } else {
            assert_eq!(emphasised(row), emphasised(&advice), "{row}\n{advice}");
        }
        compared += usize::from(advice.contains("role"));
    }
    assert!(compared > 10, "{compared}");
}

#[test]
fn the_guide_to_interruptions_prepares_for_an_output_that_speaks_of_an_end() {
    let guide = read(&root().join("docs/guides/interruptions.md"));
    let section = guide.split("\n## ").find(|section| section.starts_with("Resume after Ctrl-C")).unwrap();
    for word in ["`Creation complete`", "`apply_complete`", "`Completed`", "exit code"] {
        assert!(section.contains(word), "{word}");
    }
}

#[test]
fn the_guide_to_trouble_quotes_words_that_errors_have() {
    // The service names the place where jobs are looked for.
    let source = source_of_restores().replace("{}\", names.full", JobListNames::VAULT.full);
    // The activity names what is done.
    let source = source.replace("{noun}", Activity::Restore.words().noun);
    let words = explained("How to read an error");
    assert!(words.len() > 5, "{words:?}");
    for words in words {
        let beginning = words.trim_end_matches(['…', ' ']);
        assert!(source.contains(beginning), "no error says {words:?} any more");
    }
}
