//! The fault matrix.

use std::future::Future;
use std::time::Duration;

use serde_json::json;

use super::Share;
use super::phases::{FaultedCommand, KINDS, MatrixKind, PHASES, RequestPhase};
use super::transient_faults::{self, TransientFault};
use crate::in_process::{PlannedStep, Session, text};
use crate::restores::{SimulatedResources, usual_configuration};
use crate::simulator::{Action, Ending, Fault, JobScript, TokenLife};

/// A cell is how the command under the fault ends. For all of them: what follows in quiet times is an apply (two at
/// most) after which the data is back, and Azure has accepted one restore altogether.
///
/// | word | means |
/// |---|---|
/// | `done` | apply succeeds, the state says Completed, one restore was accepted |
/// | `none` | apply or import fails, nothing is kept, nothing was accepted |
/// | `kept` | apply fails, the state holds the running job |
/// | `lost0` | apply fails, the state says Unknown, nothing was accepted |
/// | `lost1` | apply fails, the state says Unknown, one restore was accepted |
/// | `seen` | refresh says nothing and learns that the job completed |
/// | `same` | refresh says nothing, the state stays as it was |
/// | `warn` | refresh or plan warns; the state stays as it was |
/// | `taken` | import takes the completed job |
/// | `calm` | plan does not warn |
///
/// `says` stands in what every failing or warning cell tells the user; `s` and `req` bound simulated time and requests of
/// every cell of the row, those without the fault included.
const TABLE: &str = "
fault              | says                                     | s    req  | token adopt                    instance                                vault                                   points    validate verdict list trigger find  operation job  end  renewal refresh                  import                    plan
429 in seconds     | TooManyRequests                          | 70   30   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
429 as a date      | TooManyRequests                          | 110  25   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
429 without time   | TooManyRequests                          | 60   30   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
429 absurd         | TooManyRequests                          | 880  25   | done  done                     done                                    done                                    done      done     done    done done    lost1 done      done done done    warn                     none                      warn
429 for ever       | TooManyRequests                          | 2650 105  | none  none                     none                                    none                                    none      none     none    none none    lost1 done      kept kept kept    warn                     none                      warn
500                | InternalServerError                      | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
500 empty          | 500                                      | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
502                | BadGateway                               | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
502 empty          | 502                                      | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
503                | ServiceUnavailable                       | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
503 empty          | 503                                      | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
504                | GatewayTimeout                           | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
504 empty          | 504                                      | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
500 for ever       | InternalServerError                      | 2650 115  | none  none                     none                                    none                                    none      none     none    none lost0   lost1 done      kept kept kept    warn                     none                      warn
504 accepted       | 504                                      | 50   25   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
refused            | refused                                  | 60   30   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
refused for ever   | refused                                  | 2650 165  | none  none                     none                                    none                                    none      none     none    none none    lost1 done      kept kept kept    warn                     none                      warn
no such host       | resolved                                 | 60   30   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
tls failure        | TLS                                      | 60   30   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
untrusted          | not trusted                              | 60   30   | none  none,none,none,done,none done                                    done,done,done,none,done                done      done     done    done done    done  done      done done done    warn,warn,warn,seen,warn none,none,none,taken,none calm
reset before       | broke                                    | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
reset after        | broke                                    | 50   25   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
cut short          | cut short                                | 50   25   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
slow headers       | no answer in time                        | 130  25   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
slower headers     | no answer in time                        | 170  25   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
slow body          | no answer in time                        | 130  25   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
slower body        | no answer in time                        | 170  25   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
swallowed          | no answer in time                        | 450  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
silence            | no answer in time                        | 170  25   | done  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
expired token      | 401                                      | 50   26   | none  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
401 for ever       | InvalidAuthenticationToken               | 400  120  | none  none                     none                                    none                                    none      none     none    none none    lost1 done      kept kept kept    warn                     none                      warn
403                | AuthorizationFailed                      | 390  55   | none  none                     none                                    done,done,done,none,done,none,done,none none      none     done    none none    lost1 done      kept kept kept    warn                     none                      warn
404 once           | ResourceNotFound,knows job,record of job | 70   25   | none  none                     none                                    none,none,none,none,done,none,done,none none      none     done    none none    lost1 done      done done done    warn                     none                      warn
404 for ever       | ResourceNotFound,knows job,record of job | 390  55   | none  none                     none                                    none,none,none,none,done,none,done,none none      none     done    none none    lost1 done      kept kept kept    warn                     none                      warn
400                | BadRequest                               | 390  55   | none  none                     none                                    none                                    none      none     none    none none    lost1 done      kept kept kept    warn                     none                      warn
408                | RequestTimeout                           | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
malformed          | JSON                                     | 50   25   | none  done                     done                                    done                                    done      done     done    done done    done  done      done done done    seen                     taken                     calm
malformed always   | JSON                                     | 370  80   | none  none                     none                                    none                                    none      done     none    none done    lost1 done      kept kept kept    warn                     none                      calm
nested             | JSON                                     | 350  50   | none  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
huge               | larger than                              | 50   25   | done  none                     none                                    none                                    none      none     done    none done    lost1 done      done done done    warn                     none                      warn
wrong types        |                                          | 350  50   | none  done                     none,none,none,none,none,none,none,done done,done,done,none,done,done,done,none done      done     done    done lost0   done  done      done done done    same                     none                      calm
odd jobs           |                                          | 350  50   | none  none                     none                                    done,done,done,none,done,done,done,none done,none done     done    none lost0   lost1 done      done done done    same                     none                      calm
odd jobs always    |                                          | 2650 95   | none  none                     none                                    done,done,done,none,done,none,done,none none      done     none    none lost0   lost1 done      kept kept kept    same                     none                      calm
null               |                                          | 350  50   | none  done                     none,none,none,none,none,none,none,done done,done,done,none,done,done,done,none done      done     done    done lost0   done  done      done done done    same                     none                      calm
page               | 502                                      | 350  50   | done  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
page as 200        | JSON                                     | 350  50   | none  done                     done                                    done                                    done      done     done    done lost0   done  done      done done done    seen                     taken                     calm
page as 200 always | JSON                                     | 370  80   | none  none                     none                                    none                                    none      none     none    none lost0   lost1 done      kept kept kept    warn                     none                      warn
redirected         | elsewhere.example                        | 70   25   | none  none                     none                                    none                                    none      none     done    none none    lost1 done      done done done    warn                     none                      warn
http redirect      | management.azure.com                     | 70   25   | none  none                     none                                    none                                    none      none     done    none none    lost1 done      done done done    warn                     none                      warn
";

/// What came of one cell.
struct CellResult {
    word: &'static str,
    diagnostics: String,
    took: Duration,
    requests: usize,
}

fn requests(s: &Session) -> usize {
    s.transport().seen().len()
}

async fn cell(kind: &MatrixKind, phase: &RequestPhase, fault: &TransientFault) -> CellResult {
    let short = TokenLife { seconds: 60, calls: None };
    let renewed = phase.command == FaultedCommand::ApplyWithShortTokens;
    let restore = (kind.restore)();
    let s = Session::within(|scenario| if renewed { scenario.token_life(short) } else { scenario });
    let mut s = s.of_type(restore.type_name);
    let world = SimulatedResources::of(s.azure());
    let configuration = |s: &Session, limit: &str| {
        usual_configuration(s, &restore, &world, vec![("timeouts", json!({"create": limit, "update": limit}))])
    };
    s.azure().next_restore(match phase.command {
        FaultedCommand::Refresh => JobScript::held(),
        FaultedCommand::ApplyWithShortTokens => JobScript::running(15).then(Ending::Completed),
        _ => JobScript::running(3).then(Ending::Completed),
    });
    let config = configuration(&s, "40m");
    match phase.command {
        FaultedCommand::Apply | FaultedCommand::ApplyWithShortTokens | FaultedCommand::Plan => {}
        FaultedCommand::ApplyWithLostAnswer => {
            let trigger = restore.service.trigger;
            s.azure().inject(Fault::on(trigger.method, &trigger.pattern(), Action::ResetAfterAcceptance));
        }
        FaultedCommand::Refresh => {
            let short = configuration(&s, "40s");
            s.apply(&short).await;
            s.untaint();
            s.azure().finish(&s.text("job_id"), Ending::Completed);
        }
        FaultedCommand::Import => {
            let finished = s.apply(&config).await;
            assert!(finished.succeeded());
        }
    }
    let (began, asked) = (s.transport().elapsed(), requests(&s));
    fault.inject(s.transport(), kind, phase);
    let mut word;
    let diagnostics;
    match phase.command {
        FaultedCommand::Apply | FaultedCommand::ApplyWithLostAnswer | FaultedCommand::ApplyWithShortTokens => {
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
        FaultedCommand::Refresh => {
            diagnostics = s.refresh().await;
            word = match (diagnostics.has_errors(), diagnostics.is_empty(), s.text("status").as_str()) {
                (false, true, "Completed") => "seen",
                (false, true, "InProgress") => "same",
                (false, false, "InProgress") => "warn",
                _ => "OTHER",
            };
        }
        FaultedCommand::Import => {
            let mut other = Session::behind(s.transport(), 7).of_type(restore.type_name);
            diagnostics = other.import(&(restore.service.import_id)(&s.text("id"))).await;
            word = match (diagnostics.has_errors(), diagnostics.is_empty(), &other.object) {
                (false, true, Some(_)) if other.text("status") == "Completed" => "taken",
                (false, true, Some(_)) => "OPEN",
                (true, _, None) => "none",
                _ => "OTHER",
            };
        }
        FaultedCommand::Plan => {
            s.provider_argument("preflight", "true");
            let (_, finished) = s.plan(&config).await;
            diagnostics = finished.diagnostics;
            let warned = text(&diagnostics).contains("As things are now:");
            word = match (diagnostics.has_errors(), warned) {
                (false, false) => "calm",
                (false, true) => "warn",
                (true, _) => "OTHER",
            };
        }
    }
    let (took, requests) = (s.transport().elapsed() - began, requests(&s) - asked);
    // Quiet times again: whatever came of it, applying goes on until the data is back, and one restore was enough.
    s.azure().clear_faults();
    s.transport().repair();
    if s.apply(&config).await.step != PlannedStep::Nothing || s.restores() != 1 {
        let again = s.apply(&config).await;
        if !again.succeeded() || s.text("status") != "Completed" {
            word = Box::leak(format!("{word}/STUCK").into_boxed_str());
        }
    }
    if s.restores() != 1 {
        word = Box::leak(format!("{word}/{}x", s.restores()).into_boxed_str());
    }
    assert!(s.journal().unmodelled().is_empty());
    // Neither token nor question goes anywhere else, wherever a redirect leads.
    let azure = ["management.azure.com", "login.microsoftonline.com"];
    let elsewhere =
        s.transport().seen().into_iter().find(|seen| seen.scheme != "https" || !azure.contains(&seen.host.as_str()));
    assert!(elsewhere.is_none(), "{elsewhere:?}");
    CellResult { word, diagnostics: text(&diagnostics), took, requests }
}

/// One line of the table: name; what every error and warning of the row says; bounds of simulated seconds and of
/// requests; a word for each of [`PHASES`].
struct MatrixRow {
    name: &'static str,
    says: &'static str,
    seconds: u64,
    requests: usize,
    words: Vec<&'static str>,
}

fn rows() -> Vec<MatrixRow> {
    let lines = TABLE.lines().filter(|line| line.contains('|')).skip(1);
    lines
        .map(|line| {
            let mut parts = line.split('|').map(str::trim);
            let mut next = || parts.next().unwrap();
            let (name, says, bounds, words) = (next(), next(), next(), next());
            let (seconds, requests) = bounds.split_once(' ').unwrap();
            MatrixRow {
                name,
                says,
                seconds: seconds.trim().parse().unwrap(),
                requests: requests.trim().parse().unwrap(),
                words: words.split_whitespace().collect(),
            }
        })
        .collect()
}

fn on_a_paused_clock<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work)
}

/// The cells of one column, for every kind; all that differ from the table are told at once.
fn column(name: &str, share: Share) {
    let (at, phase) = PHASES.iter().enumerate().find(|(_, phase)| phase.name == name).unwrap();
    let mut wrong = Vec::new();
    for (number, fault) in transient_faults::all().into_iter().enumerate() {
        let row = rows().into_iter().find(|row| row.name == fault.name).expect(fault.name);
        let kinds = KINDS.iter().enumerate().filter(|(place, _)| share.has(number, at, *place));
        for (place, kind) in kinds.filter(|(_, kind)| kind.request(phase).is_some()) {
            let seen = on_a_paused_clock(cell(kind, phase, &fault));
            let calm = matches!(seen.word, "done" | "seen" | "taken" | "calm" | "same");
            let said = seen.diagnostics.to_lowercase();
            // Whatever keeps a token away is told as what it keeps away; the answers of an authority are not quoted.
            let says = if matches!(name, "token" | "renewal") { "the token of application" } else { row.says };
            let silent = !calm && !says.split(',').any(|says| said.contains(&says.to_lowercase()));
            // Where kinds differ, the words stand in the order of KINDS; the last holds for the rest.
            let mut stated = row.words[at].split(',');
            let stated = stated.clone().nth(place).or_else(|| stated.next_back()).unwrap();
            if seen.word != stated {
                wrong.push(format!("{}, {}: {} instead of {stated}", kind.name, row.name, seen.word));
            }
            // Looks at a job in the secondary region are among the few writes, and rarer. What is restored there takes
            // leave first, which is asked for.
            let rarer = (kind.restore)().service.list.method != "GET";
            let (seconds, requests) = match (name, stated) {
                // The job of this column runs longer; without a token it is waited for until the deadline.
                ("renewal", "kept") => (2410, 110),
                ("renewal", _) if rarer => (row.seconds + 430, row.requests + 20),
                ("renewal", _) => (row.seconds + 70, row.requests + 15),
                _ if rarer => (row.seconds * 11 / 10 + 15, row.requests + 3),
                _ => (row.seconds, row.requests),
            };
            if silent || seen.took.as_secs() > seconds || seen.requests > requests {
                wrong.push(format!(
                    "{}, {}: {} s, {} requests; says: {}",
                    kind.name,
                    row.name,
                    seen.took.as_secs(),
                    seen.requests,
                    if silent { &seen.diagnostics } else { "" },
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of column {name}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_has_a_row_for_every_fault_and_a_cell_for_every_phase() {
    let rows = rows();
    let header: Vec<&str> =
        TABLE.lines().find(|line| line.contains('|')).unwrap().rsplit('|').next().unwrap().split_whitespace().collect();
    assert_eq!(header, PHASES.map(|phase| phase.name));
    assert_eq!(
        rows.iter().map(|row| row.name).collect::<Vec<_>>(),
        transient_faults::all().iter().map(|fault| fault.name).collect::<Vec<_>>()
    );
    for row in rows {
        assert_eq!(row.words.len(), PHASES.len(), "{}", row.name);
    }
}

macro_rules! columns {
    ($($test:ident $name:literal),* $(,)?) => {$(
        #[test]
        fn $test() {
            column($name, Share::Half);
        }
    )*};
}

#[test]
#[ignore = "make soak"]
fn every_cell_of_the_matrix() {
    PHASES.iter().for_each(|phase| column(phase.name, Share::Whole));
}

columns! {
    every_fault_at_the_token "token",
    every_fault_at_the_list_before_anything "adopt",
    every_fault_at_the_protected_item "instance",
    every_fault_at_the_vault "vault",
    every_fault_at_the_points "points",
    every_fault_at_the_validation "validate",
    every_fault_at_the_verdict_of_the_validation "verdict",
    every_fault_at_the_list_before_the_trigger "list",
    every_fault_at_the_trigger "trigger",
    every_fault_at_the_list_after_a_lost_answer "find",
    every_fault_at_the_operation "operation",
    every_fault_at_the_first_look_at_the_job "job",
    every_fault_at_the_look_that_shows_the_end "end",
    every_fault_at_the_renewal_of_a_token "renewal",
    every_fault_at_a_refresh "refresh",
    every_fault_at_an_import "import",
    every_fault_at_a_plan_with_preflight "plan",
}
