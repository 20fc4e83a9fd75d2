//! The list of mutants that no test finds (`make mutants`): whole, and of code that is still there.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::architecture::root;

#[test]
fn every_survivor_on_the_list_has_a_reason_and_is_of_a_line_that_is_there() {
    let list = fs::read_to_string(root().join("tests/mutants/survivors.txt")).unwrap();
    for block in list.split("\n\n") {
        let lines: Vec<&str> = block.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        if lines.is_empty() {
            continue;
        }
        let [name, at, why] = lines[..] else { panic!("an entry has three lines: {block}") };
        let (file, _) = name.split_once(": ").unwrap_or_else(|| panic!("no file in {name}"));
        let at = at.strip_prefix("  at: ").unwrap_or_else(|| panic!("no line in {block}"));
        let source = fs::read_to_string(root().join(file)).unwrap();
        assert!(source.lines().any(|line| line.trim() == at), "{file} has no line {at:?}: run `make mutants`");
        assert!(why.strip_prefix("  why: ").is_some_and(|why| why.len() > 20), "no reason in {block}");
    }
}

const SOURCE: &str = "fn one() -> bool {\n    1 == 1\n}\n\nfn two() -> bool {\n    1 == 1\n}\n";
const MUTANT: &str =
    "src/restore/x.rs: replace == with != in one\n  at: 1 == 1\n  why: equivalent, since one is one.\n";

/// A mutant of the second line, or of the sixth, which reads the same.
fn mutant(line: usize) -> Value {
    let name = format!("src/restore/x.rs:{line}:7: replace == with != in one");
    json!({"name": name, "file": "src/restore/x.rs", "span": {"start": {"line": line, "column": 7}}})
}

/// Stands in for the build of all mutants: what is scripted for it, and what it leaves to be built alone.
const TOGETHER: &str = "import json\n\
    def survey(original, home, mutants):\n\
    \x20   said = json.load(open('script/together.json'))\n\
    \x20   names = [mutant['name'] for mutant in mutants]\n\
    \x20   return {n: s for n, s in said.items() if n in names}, [m for m in mutants if m['name'] not in said]\n";

/// What `make mutants` says, and its exit code, where the build of all says what is scripted of `together`, and leaves the
/// others to cargo-mutants, which ends with `ended` and has `tried` these mutants with the unit tests, and those that survived
/// with the tests in process, where each becomes `then`.
fn judged(
    list: &str,
    together: &[(usize, &str)],
    ended: i32,
    tried: Option<&[(usize, &str)]>,
    then: &str,
) -> (String, Option<i32>) {
    let copy = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = copy.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("src/restore/x.rs", SOURCE);
    write("tests/mutants/survivors.txt", list);
    write("tests/mutants/run.py", &fs::read_to_string(root().join("tests/mutants/run.py")).unwrap());
    write("tests/mutants/together.py", TOGETHER);
    let said =
        together.iter().map(|(line, summary)| (mutant(*line)["name"].as_str().unwrap().to_owned(), json!(summary)));
    write("script/together.json", &Value::Object(said.collect()).to_string());
    write(".gitignore", "target\nscript\n__pycache__\n");
    write("script/list.json", &json!([mutant(2), mutant(6)]).to_string());
    if let Some(tried) = tried {
        let outcome =
            |(line, summary): &(usize, &str)| json!({"scenario": {"Mutant": mutant(*line)}, "summary": summary});
        let baseline = json!({"scenario": "Baseline", "summary": "Success"});
        let outcomes: Vec<Value> = [baseline].into_iter().chain(tried.iter().map(outcome)).collect();
        write("script/unit.json", &json!({"outcomes": outcomes}).to_string());
        let outcomes: Vec<Value> = [2, 6].map(|line| outcome(&(line, then))).into();
        write("script/in_process.json", &json!({"outcomes": outcomes}).to_string());
    }
    // What another run has left is not this run's.
    let stale = json!({"outcomes": [{"scenario": {"Mutant": mutant(2)}, "summary": "MissedMutant"}]});
    write("target/mutants/unit/mutants.out/outcomes.json", &stale.to_string());
    // Of the second run are kept only the mutants that it was told to try.
    write(
        "script/cargo",
        "#!/bin/sh\ncase \" $* \" in *' --list '*) exec cat script/list.json ;; esac\n\
         case \" $* \" in *--test=all*) part=in_process ;; *) part=unit ;; esac\n\
         mkdir -p target/mutants/$part/mutants.out\n\
         PART=$part exec python3 script/try.py \"$@\"\n",
    );
    write(
        "script/try.py",
        "import json, os, re, sys\npart = os.environ['PART']\n\
         try: outcomes = json.load(open(f'script/{part}.json'))['outcomes']\n\
         except FileNotFoundError: sys.exit(int(os.environ['ENDED']))\n\
         chosen = [each.removeprefix('--re=') for each in sys.argv if each.startswith('--re=')]\n\
         if chosen: outcomes = [o for o in outcomes if o['scenario'] != 'Baseline' and any(re.search(c, o['scenario']['Mutant']['name']) for c in chosen)]\n\
         json.dump({'outcomes': outcomes}, open(f'target/mutants/{part}/mutants.out/outcomes.json', 'w'))\n\
         sys.exit(int(os.environ['ENDED']))\n",
    );
    assert!(Command::new("chmod").args(["+x", "script/cargo"]).current_dir(&copy).status().unwrap().success());
    assert!(Command::new("git").args(["init", "--quiet"]).current_dir(&copy).status().unwrap().success());
    let path = std::env::var("PATH").unwrap();
    let run = Command::new("python3")
        .arg(Path::new("tests/mutants/run.py"))
        .current_dir(&copy)
        .env("PATH", format!("{}:{path}", copy.path().join("script").display()))
        .env("ENDED", ended.to_string())
        .envs(["FILES", "SHARD", "SINCE"].map(|name| (name, "")))
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].map(|said| String::from_utf8(said).unwrap()).concat();
    (said, run.status.code())
}

#[test]
fn make_mutants_fails_of_a_survivor_without_a_reason_and_tells_of_entries_that_are_none_any_more() {
    let (missed, caught) = ("MissedMutant", "CaughtMutant");
    let survived =
        "Survived without a reason on the list:\nsrc/restore/x.rs: replace == with != in one\n  at: 1 == 1\n";
    let found = "On the list, and found by now (take them off):\nsrc/restore/x.rs: replace == with != in one";
    let gone = "On the list, and gone from the source (take them off):\nsrc/restore/y.rs: replace == with != in one";
    let none = "# None.\n".to_owned();
    let (listed, twice) = (format!("# One.\n\n{MUTANT}"), format!("{MUTANT}\n{MUTANT}"));
    let elsewhere = MUTANT.replace("x.rs", "y.rs");
    let unexplained = MUTANT.split("  why").next().unwrap().to_owned();
    let both = [(2, caught), (6, caught)];
    for (list, together, ended, tried, then, text, code) in [
        (&none, &both[..], 4, None, missed, "2 of 2 mutants: 2 CaughtMutant", 0),
        (&none, &[(2, missed), (6, caught)], 4, None, missed, survived, 1),
        (&none, &[(2, "Unviable"), (6, caught)], 4, None, missed, "1 CaughtMutant, 1 Unviable", 0),
        (&listed, &[(2, missed), (6, caught)], 4, None, missed, "1 CaughtMutant, 1 MissedMutant", 0),
        (&listed, &[(2, missed), (6, missed)], 4, None, missed, survived, 1),
        (&twice, &[(2, missed), (6, missed)], 4, None, missed, "2 MissedMutant", 0),
        (&listed, &both, 4, None, missed, found, 0),
        (&elsewhere, &both, 4, None, missed, gone, 0),
        (&unexplained, &both, 4, None, missed, "not an entry of three lines", 1),
        (&none, &[], 0, Some(&both[..]), missed, "2 of 2 mutants: 2 CaughtMutant", 0),
        (&none, &[], 2, Some(&[(2, missed), (6, caught)]), missed, survived, 1),
        (&none, &[], 2, Some(&[(2, missed), (6, caught)]), caught, "2 of 2 mutants: 2 CaughtMutant", 0),
        (&none, &[(2, missed)], 2, Some(&both), missed, survived, 1),
        (&listed, &[], 2, Some(&[(2, missed), (6, caught)]), caught, "1 CaughtMutant, 1 MissedMutant", 0),
        (&none, &[(6, caught)], 3, Some(&[(2, "Timeout")]), missed, "1 CaughtMutant, 1 Timeout", 0),
        (&none, &[], 4, None, missed, "", 4),
        (&none, &[], 0, None, missed, "cargo-mutants says nothing of src/restore/x.rs:2:7", 1),
    ] {
        let (said, ended_with) = judged(list, together, ended, tried, then);
        let row = format!("{list}{together:?} {ended} {tried:?}: {ended_with:?}\n{said}");
        assert!(said.contains(text) && ended_with == Some(code), "{row}");
        assert_eq!(said.contains(survived), text == survived, "{row}");
        assert_eq!(said.contains("take them off"), text == found || text == gone, "{row}");
        // What the unit tests do not find, and the list does not name, meets the tests in process.
        let left_over = tried.unwrap_or_default().iter().filter(|(_, summary)| *summary == missed).count();
        assert_eq!(
            said.contains("1 by themselves meet the tests (in_process)"),
            left_over > list.matches("why:").count(),
            "{row}"
        );
    }
}
