//! The way in itself: a restore lives from plan to the second plan, and hours cost nothing.

use super::session::text;
use super::{PlannedStep, Session};
use crate::simulator::{Ending, JobScript};

#[tokio::test(start_paused = true)]
async fn a_restore_lives_from_plan_to_second_plan_without_a_socket() {
    let mut s = Session::new();
    s.azure().next_restore(JobScript::running(40).then(Ending::Completed));
    let config = s.operational(&[]);
    let finished = s.apply(&config).await;
    assert!(finished.succeeded(), "{}", finished.text());
    assert_eq!((finished.step, s.text("status").as_str(), s.restores()), (PlannedStep::Create, "Completed", 1));
    assert!(s.transport().elapsed().as_secs() > 600, "{:?}", s.transport().elapsed());
    assert_eq!(s.apply(&config).await.step, PlannedStep::Nothing);
    assert!(text(&s.destroy().await).is_empty() && s.object.is_none());
    assert!(s.journal().unmodelled().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_vaulted_restore_lives_too_and_can_be_imported() {
    let mut s = Session::new();
    let config = s.vaulted(&[]);
    let finished = s.apply(&config).await;
    assert!(finished.succeeded(), "{}", finished.text());
    let mut other = Session::behind(s.transport(), 2);
    let diagnostics = other.import(&s.text("id")).await;
    assert!(!diagnostics.has_errors(), "{}", text(&diagnostics));
    assert_eq!((other.text("status").as_str(), s.restores()), ("Completed", 1));
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_taints_and_is_replaced() {
    let mut s = Session::new();
    s.azure().next_restore(JobScript::fails("UserErrorSomething", "No.", "Look."));
    let config = s.operational(&[]);
    let finished = s.apply(&config).await;
    assert!(finished.text().contains("UserErrorSomething"), "{}", finished.text());
    assert!(s.object.as_ref().unwrap().tainted);
    let finished = s.apply(&config).await;
    assert!(finished.succeeded(), "{}", finished.text());
    assert_eq!((finished.step, s.restores()), (PlannedStep::Replace, 2));
}
