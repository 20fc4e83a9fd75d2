//! The fault matrix.

use std::time::Duration;


use super::phases::{Command, KINDS, Kind, PHASES, Phase};
use super::weather::{self, Weather};
use crate::in_process::{Session, Step, text};
use crate::simulator::{Action, Ending, Fault, Story};

/// What came of one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub word: &'static str,
    pub diagnostics: String,
    pub took: Duration,
    pub requests: usize,
}

fn requests(s: &Session) -> usize {
    s.door().seen().len()
}

pub async fn cell(kind: &Kind, phase: &Phase, weather: &Weather) -> Seen {
    let mut s = Session::new();
    let refreshed = phase.command == Command::Refresh;
    s.azure().next_restore(if refreshed { Story::held() } else { Story::running(3).then(Ending::Completed) });
    let config = (kind.configuration)(&s, &[Session::timeouts("2h")]);
    match phase.command {
        Command::Apply | Command::Plan => {}
        Command::ApplyWithLostAnswer => s.azure().inject(Fault::on("POST", "*/restore", Action::ResetAfterAcceptance)),
        Command::Refresh => {
            let short = (kind.configuration)(&s, &[Session::timeouts("40s")]);
            s.apply(&short).await;
            s.untaint();
            s.azure().finish(&s.text("job_id"), Ending::Completed);
        }
        Command::Import => {
            let finished = s.apply(&config).await;
            assert!(finished.succeeded());
        }
    }
    let (began, asked) = (s.door().elapsed(), requests(&s));
    weather.over(s.door(), kind, phase);
    let mut word;
    let diagnostics;
    match phase.command {
        Command::Apply | Command::ApplyWithLostAnswer => {
            let finished = s.apply(&config).await;
            diagnostics = finished.diagnostics.clone();
            word = match (finished.succeeded(), &s.object, s.text("status").as_str(), s.restores()) {
                (true, Some(_), "Completed", 1) => "done",
                (false, None, _, 0) => "none",
                (false, None, _, 1) => "FORGOTTEN",
                (false, Some(_), "InProgress", 1) => "kept",
                (false, Some(_), "InProgress", 0) => "PHANTOM",
                (false, Some(_), "Unknown", 0) => "lost0",
                (false, Some(_), "Unknown", 1) => "lost1",
                _ => "OTHER",
            };
        }
        Command::Refresh => {
            diagnostics = s.refresh().await;
            word = match (diagnostics.has_errors(), diagnostics.is_empty(), s.text("status").as_str()) {
                (false, true, "Completed") => "seen",
                (false, true, "InProgress") => "same",
                (false, false, "InProgress") => "warn",
                _ => "OTHER",
            };
        }
        Command::Import => {
            let mut other = Session::behind(s.door(), 7);
            diagnostics = other.import(&s.text("id")).await;
            word = match (diagnostics.has_errors(), diagnostics.is_empty(), &other.object) {
                (false, true, Some(_)) if other.text("status") == "Completed" => "taken",
                (false, true, Some(_)) => "OPEN",
                (true, _, None) => "none",
                _ => "OTHER",
            };
        }
        Command::Plan => {
            s.provider_argument("preflight", true);
            let (_, finished) = s.plan(&config).await;
            diagnostics = finished.diagnostics;
            let warned = text(&diagnostics).contains("preflight");
            word = match (diagnostics.has_errors(), warned) {
                (false, false) => "calm",
                (false, true) => "warn",
                (true, _) => "OTHER",
            };
        }
    }
    let (took, requests) = (s.door().elapsed() - began, requests(&s) - asked);
    // Fine weather again: whatever came of it, applying goes on until the data is back, and one restore was enough.
    s.azure().clear_faults();
    s.door().repair();
    if s.apply(&config).await.step != Step::Nothing || s.restores() != 1 {
        let again = s.apply(&config).await;
        if !again.succeeded() || s.text("status") != "Completed" {
            word = Box::leak(format!("{word}/STUCK").into_boxed_str());
        }
    }
    if s.restores() != 1 {
        word = Box::leak(format!("{word}/{}x", s.restores()).into_boxed_str());
    }
    assert!(s.journal().unmodelled().is_empty());
    Seen { word, diagnostics: text(&diagnostics), took, requests }
}

#[test]
fn print_matrix() {
    let only = std::env::var("ONLY").unwrap_or_default();
    for kind in KINDS {
        print!("{:<20}", kind.name);
        for phase in &PHASES { print!(" {:<9}", phase.name); }
        println!();
        for weather in weather::all().iter().filter(|w| only.is_empty() || only.split(',').any(|o| o == w.name)) {
            print!("{:<20}", weather.name);
            let mut more = String::new();
            for phase in &PHASES {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
                let seen = runtime.block_on(cell(kind, phase, weather));
                print!(" {:<9}", seen.word);
                more += &format!("   {} {} {}s {}r {}\n", phase.name, seen.word, seen.took.as_secs(), seen.requests, seen.diagnostics.replace('\n', " "));
            }
            println!();
            if !only.is_empty() { println!("{more}"); }
        }
    }
}
