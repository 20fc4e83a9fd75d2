//! Many restores in flight in one provider process, over loopback, with Azure's rate limits switched on. The calls are our
//! own client's: Terraform begins ten at a time unless it is told otherwise.
#![allow(clippy::disallowed_methods, reason = "rates are measured on the machine's clock")]

mod fixture;
mod hour;
mod load;

use std::time::Duration;

use fixture::{Figures, ScaleFixture, ScaledWorkload};

/// What is said of every number of restores.
fn hold(figures: &Figures, restores: usize) {
    eprintln!("{figures}");
    assert_eq!(figures.completed, restores, "all end well");
    assert_eq!(
        (figures.accepted, figures.jobs_in_state),
        (restores, restores),
        "one restore each, and each its own job"
    );
    assert!(figures.throttled <= 1, "{} requests were throttled", figures.throttled);
}

/// The quick part: ten and a hundred, side by side.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_restores_in_one_vault_cost_no_more_each_than_ten_and_are_never_throttled() {
    let interval = Some("1s");
    let (ten, hundred) = tokio::join!(
        ScaleFixture::of(10, interval).await.run(Duration::from_secs(5)),
        ScaleFixture::of(100, interval).await.run(Duration::from_secs(5))
    );
    hold(&ten, 10);
    hold(&hundred, 100);
    assert!(hundred.per_restore() <= ten.per_restore(), "{} and {}", ten.per_restore(), hundred.per_restore());
    assert!(hundred.per_minute_in_flight() <= 120.0, "{hundred}: a list a second, and some last looks");
}

/// The same of a Recovery Services vault.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_file_shares_of_one_vault_cost_no_more_each_than_ten_and_are_never_throttled() {
    let of = |restores| ScaleFixture::of_workload(ScaledWorkload::FileShares, restores, Some("1s"));
    let watched = Duration::from_secs(5);
    let (ten, hundred) = tokio::join!(of(10).await.run(watched), of(100).await.run(watched));
    hold(&ten, 10);
    hold(&hundred, 100);
    assert!(hundred.per_restore() <= ten.per_restore(), "{} and {}", ten.per_restore(), hundred.per_restore());
    assert!(hundred.per_minute_in_flight() <= 120.0, "{hundred}: a list a second, and some last looks");
}

/// `make scale`, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes some eight minutes: make scale"]
async fn a_thousand_file_shares_of_one_vault_cost_no_more_each_than_ten_and_are_never_throttled() {
    let of = |restores| ScaleFixture::of_workload(ScaledWorkload::FileShares, restores, None);
    let watched = Duration::from_secs(60);
    let (ten, thousand) = tokio::join!(of(10).await.run(watched), of(1000).await.run(watched));
    hold(&ten, 10);
    hold(&thousand, 1000);
    assert!(thousand.per_restore() <= ten.per_restore(), "{} and {}", ten.per_restore(), thousand.per_restore());
    assert!(thousand.per_minute_in_flight() <= 120.0, "the requests of a few");
}

/// `make scale`: minutes, since 2,000 writes pass at ten a second and 8,000 reads at 25.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes some eight minutes: make scale"]
async fn a_thousand_restores_in_one_vault_cost_no_more_each_than_ten_and_are_never_throttled() {
    let watched = Duration::from_secs(60);
    let (ten, hundred, thousand) = tokio::join!(
        ScaleFixture::of(10, None).await.run(watched),
        ScaleFixture::of(100, None).await.run(watched),
        ScaleFixture::of(1000, None).await.run(watched)
    );
    for (figures, restores) in [(&ten, 10), (&hundred, 100), (&thousand, 1000)] {
        hold(figures, restores);
    }
    assert!(hundred.per_restore() <= ten.per_restore() && thousand.per_restore() <= ten.per_restore());
    assert!(thousand.per_minute_in_flight() <= 120.0, "the requests of a few");
    eprintln!(
        "FIGURES {{\"of_ten\": {:.1}, \"of_thousand\": {:.1}, \"throttled\": {}, \"per_minute\": {:.0}}}",
        ten.per_restore(),
        thousand.per_restore(),
        thousand.throttled,
        thousand.per_minute_in_flight()
    );
}

/// For `make bench`: what a hundred in flight take, as one line of JSON. `AZUREBACKUP_SCALE_PROVIDER` names the binary.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: make bench"]
async fn figures() {
    let schema = ScaleFixture::of(1, Some("1s")).await.schema_call().await;
    let hundred = ScaleFixture::of(100, None).await.run(Duration::from_secs(20)).await;
    hold(&hundred, 100);
    eprintln!(
        "FIGURES {{\"schema_ms\": {:.3}, \"idle_kib\": {}, \"in_flight_kib\": {}}}",
        schema.as_secs_f64() * 1000.0,
        hundred.idle_kib,
        hundred.in_flight_kib
    );
}

/// For `make bench`: a restore in a vault that remembers two hundred thousand backups, its list read twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: make bench"]
async fn history() {
    let (begun_within, most_kib) = ScaleFixture::remembering(200_000).await.begin_one().await;
    eprintln!("FIGURES {{\"begun_within_s\": {:.1}, \"most_kib\": {most_kib}}}", begun_within.as_secs_f64());
}
