//! A page of Markdown, taken apart into what a reader would do with it.
//!
//! A comment `<!-- test: … -->` right before a block says what a test does with it. Readers do not see it: pages made by
//! Terraform's own generator are full of such comments, and neither the registries nor GitHub show them. A comment of
//! several lines is a step of its own: its first line says what to do, the others are what a block would hold. So a page
//! can be rewritten as long as its blocks keep their comments.
//!
//! Before a block:
//!
//! - `run` types it into a shell, and it ends with code 0, or with `exit=N`. `until=EVENT` leaves it running until it prints
//!   (`output`), until the provider knows the job of a new restore (`restoring`), or waits for one that was there
//!   (`waiting`). Then `then=interrupt` presses Ctrl-C; with `as=NAME` it goes on beside the others.
//! - `write FILE` makes it a file of the configuration.
//! - `around FILE` does the same; the comment has what is around the block, which takes the place of a line `…`.
//! - `printed` finds it in what the last command printed, each line up to a `…`.
//! - `not-run KEY`: not tried here. The test has a list of these, with the reason.
//!
//! Alone:
//!
//! - `given azure`: the shell is signed in to a simulated Azure, and the provider is installed.
//! - `ended NAME exit=N` waits for the end of what was left running.
//! - `restores N`: so many restores have been accepted since the page began.
//!
//! Without a comment, a `shell` block is run and a `terraform` block is written to `main.tf`. Any other block needs one.

use std::collections::BTreeMap;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it begins in the page, counted from one.
    pub line: usize,
    pub action: PageAction,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageAction {
    Run { script: String, exit: i32, until: Option<String>, interrupt: bool, name: Option<String> },
    Write { file: String, text: String },
    Printed(String),
    NotRun { key: String, language: String, text: String },
    GivenAzure,
    Ended { name: String, exit: i32 },
    Restores(usize),
}

/// The steps of a page in order. `Err`: why a block could not be understood, with its line.
pub fn steps(page: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut lines = page.lines().enumerate().map(|(at, line)| (at + 1, line));
    let mut waiting: Option<Directive> = None;
    while let Some((line, text)) = lines.next() {
        let trimmed = text.trim_start();
        let indent = text.len() - trimmed.len();
        if let Some(rest) = trimmed.strip_prefix("<!-- test:") {
            let mut directive = match rest.split_once("-->") {
                Some((words, _)) => Directive::new(line, words, None),
                None => {
                    let body = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "-->");
                    let body: String = body.flat_map(|line| [line, "\n"]).collect();
                    Directive::new(line, rest, Some(body))
                }
            };
            if let Some(unused) = waiting.take() {
                return Err(format!("line {}: no block follows `{}`", unused.line, unused.words.join(" ")));
            }
            if directive.stands_alone() {
                let text = directive.body.take().unwrap_or_default();
                steps.push(Step { line, action: directive.action("", text)? });
            } else {
                waiting = Some(directive);
            }
        } else if let Some(info) = trimmed.strip_prefix("```") {
            let language = info.split_whitespace().next().unwrap_or_default().to_owned();
            let body = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```");
            let body: String = body.flat_map(|line| [line.get(indent..).unwrap_or_default(), "\n"]).collect();
            let directive = waiting.take().or_else(|| Directive::of_language(line, &language));
            let directive = directive.ok_or_else(|| {
                format!(
                    "line {line}: nothing says what a test does with this block of {language:?}; \
                     see tests/guides/page.rs"
                )
            })?;
            steps.push(Step { line, action: directive.action(&language, body)? });
        } else if let Some(unused) = waiting.as_ref().filter(|_| !trimmed.is_empty()) {
            return Err(format!("line {}: no block follows `{}`", unused.line, unused.words.join(" ")));
        }
    }
    match waiting {
        Some(unused) => Err(format!("line {}: no block follows `{}`", unused.line, unused.words.join(" "))),
        None => Ok(steps),
    }
}

struct Directive {
    line: usize,
    words: Vec<String>,
    options: BTreeMap<String, String>,
    /// What the comment itself holds.
    body: Option<String>,
}

impl Directive {
    fn new(line: usize, text: &str, body: Option<String>) -> Self {
        let (options, words): (Vec<&str>, Vec<&str>) = text.split_whitespace().partition(|word| word.contains('='));
        let options = options.into_iter().filter_map(|option| option.split_once('='));
        Self {
            line,
            words: words.into_iter().map(str::to_owned).collect(),
            options: options.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body,
        }
    }

    fn of_language(line: usize, language: &str) -> Option<Self> {
        let words = match language {
            "shell" => "run",
            "terraform" => "write main.tf",
            _ => return None,
        };
        Some(Self::new(line, words, None))
    }

    fn stands_alone(&self) -> bool {
        match self.words.first().map(String::as_str) {
            Some("given" | "ended" | "restores") => true,
            Some("around") => false,
            _ => self.body.is_some(),
        }
    }

    fn action(mut self, language: &str, text: String) -> Result<PageAction, String> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let number = |text: &str| text.parse::<i32>().map_err(|_| format!("line {}: {text:?} is no number", self.line));
        let exit = self.options.remove("exit").map_or(Ok(0), |exit| number(&exit))?;
        let action = match words.as_slice() {
            ["run"] => PageAction::Run {
                script: text,
                exit,
                until: self.options.remove("until"),
                interrupt: self.options.remove("then").is_some_and(|then| then == "interrupt"),
                name: self.options.remove("as"),
            },
            ["write", file] => PageAction::Write { file: (*file).to_owned(), text },
            ["around", file] => {
                let around = self.body.take().unwrap_or_default();
                let Some((before, after)) = around.split_once("…\n") else {
                    return Err(format!("line {}: `around` needs a line `…`", self.line));
                };
                PageAction::Write { file: (*file).to_owned(), text: format!("{before}{text}{after}") }
            }
            ["printed"] => PageAction::Printed(text),
            ["not-run", key] => PageAction::NotRun { key: (*key).to_owned(), language: language.to_owned(), text },
            ["given", "azure"] => PageAction::GivenAzure,
            ["ended", name] => PageAction::Ended { name: (*name).to_owned(), exit },
            ["restores", count] => PageAction::Restores(usize::try_from(number(count)?).unwrap_or_default()),
            _ => return Err(format!("line {}: `{}` is not a directive", self.line, self.words.join(" "))),
        };
        match self.options.keys().next() {
            Some(option) => Err(format!("line {}: `{option}` is not an option here", self.line)),
            None => Ok(action),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(page: &str) -> Vec<PageAction> {
        steps(page).unwrap().into_iter().map(|step| step.action).collect()
    }

    fn run(script: &str) -> PageAction {
        PageAction::Run { script: script.into(), exit: 0, until: None, interrupt: false, name: None }
    }

    #[test]
    fn a_shell_block_is_run_and_a_configuration_written_without_a_word() {
        let page = "Text\n```shell\nls\n```\nmore\n```terraform\nlocals {}\n```\n";
        let written = PageAction::Write { file: "main.tf".into(), text: "locals {}\n".into() };
        assert_eq!(actions(page), [run("ls\n"), written]);
    }

    #[test]
    fn a_block_in_a_list_loses_its_indent() {
        assert_eq!(actions("- first\n\n  ```shell\n  a\n    b\n  ```\n"), [run("a\n  b\n")]);
    }

    #[test]
    fn a_comment_says_what_is_done_with_the_block_below_it() {
        let page = "<!-- test: run exit=1 until=accepted then=interrupt -->\n\n```console\napply\n```\n";
        let script = "apply\n".to_owned();
        let until = Some("accepted".to_owned());
        assert_eq!(actions(page), [PageAction::Run { script, exit: 1, until, interrupt: true, name: None }]);
    }

    #[test]
    fn a_comment_of_several_lines_is_a_step_that_nobody_sees() {
        let page = "<!-- test: write variables.tf\nvariable \"x\" {}\n-->\n<!-- test: restores 2 -->\n";
        let written = PageAction::Write { file: "variables.tf".into(), text: "variable \"x\" {}\n".into() };
        assert_eq!(actions(page), [written, PageAction::Restores(2)]);
    }

    #[test]
    fn a_fragment_stands_in_what_is_around_it() {
        let page = "<!-- test: around main.tf\nlocals {\n…\n}\n-->\n```hcl\nx = 1\n```\n";
        assert_eq!(actions(page), [PageAction::Write { file: "main.tf".into(), text: "locals {\nx = 1\n}\n".into() }]);
    }

    #[test]
    fn what_nobody_runs_is_an_error_with_its_line() {
        for (page, told) in [
            ("a\n```powershell\nls\n```\n", "line 2: nothing says"),
            ("a\n```\nls\n```\n", "line 2: nothing says"),
            ("<!-- test: run -->\ntext\n```shell\nls\n```\n", "line 1: no block follows"),
            ("<!-- test: run -->\n", "line 1: no block follows"),
            ("<!-- test: ignore -->\n```shell\nls\n```\n", "line 1: `ignore` is not a directive"),
            ("<!-- test: run exti=1 -->\n```shell\nls\n```\n", "line 1: `exti` is not an option"),
        ] {
            let error = steps(page).unwrap_err();
            assert!(error.starts_with(told), "{page:?}: {error}");
        }
    }
}
