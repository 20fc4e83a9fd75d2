//! Which point a backup has made, and how long it is waited for.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::{Backup, KIND, SUBJECT_OF_JOB};
use crate::in_process::{PlannedStep, Session};
use crate::simulator::clock::with_seconds;
use crate::simulator::{Action, Ending, Fault, ItemPoint, JobScript, catalogue};

#[tokio::test(start_paused = true)]
async fn a_point_that_is_listed_late_is_waited_for() {
    let mut b = Backup::new();
    b.session.azure().list_made_points_after(4);
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments).await;
    b.is_done(&finished);
    assert_eq!(b.session.text("recovery_point_id"), b.newest().name);
    assert_eq!(b.session.journal().count("GET", "/recoveryPoints"), 5);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_point_that_is_never_listed_is_waited_for_a_quarter_of_an_hour_and_then_told() {
    let mut b = Backup::new();
    b.session.azure().list_made_points_after(10_000);
    let (began, arguments) = (Instant::now(), b.full(json!({})));
    let finished = b.apply(arguments.clone()).await;
    b.succeeded(&finished);
    assert!((900..1_100).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    for part in ["Which recovery point the backup", "is not known", "Azure lists no recovery point", "recovery_points"]
    {
        assert!(finished.text().contains(part), "{part}: {}", finished.text());
    }
    assert_eq!(b.session.text("recovery_point_id"), "");
    assert_eq!(b.apply(arguments).await.step, PlannedStep::Nothing);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn of_two_points_that_it_can_have_made_none_is_chosen() {
    let mut b = Backup::new();
    let now = b.session.azure().now();
    let soon = |seconds: i64| now + time::Duration::seconds(seconds);
    b.session.azure().next_restore(JobScript::running(6).then(Ending::Completed));
    // Others are taken at about that time, one of them of another type.
    b.change_item(|item| {
        item.points.push(ItemPoint::new("932800000000000077", soon(20)).stored_in(&["HardenedRP"]));
        item.points.push(ItemPoint::new("932800000000000078", soon(21)).of_type("Differential"));
    });
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments).await;
    b.succeeded(&finished);
    assert!(finished.text().contains("several recovery points"), "{}", finished.text());
    assert!(finished.text().contains("932800000000000077"), "{}", finished.text());
    assert!(!finished.text().contains("932800000000000078"), "{}", finished.text());
    assert_eq!(b.session.text("recovery_point_id"), "");
    b.finish(1);
}

/// A refresh cannot tell it.
#[tokio::test(start_paused = true)]
async fn of_several_points_an_apply_tells_when_it_sees_them_twice_and_no_refresh_takes_the_backup_as_done() {
    let mut b = Backup::new();
    b.session.azure().list_made_points_after(10_000);
    let arguments = b.full(json!({"timeouts": {"create": "2m"}}));
    let finished = b.apply(arguments.clone()).await;
    b.failed(&finished, &["terraform untaint"]);
    b.session.untaint();
    b.change_item(|item| {
        item.points.iter_mut().for_each(|point| point.unlisted = 0);
        let made = item.points.iter().max_by_key(|point| point.time).expect("it has points").time;
        item.points.push(ItemPoint::new("932800000000000077", made).stored_in(&["HardenedRP"]));
    });
    b.session.refresh().await;
    assert_eq!(b.session.text("status"), "InProgress");
    let before = b.session.journal().last_number();
    let config = b.session.configuration_of(&arguments);
    let (_, planned) = b.session.plan(&config).await;
    assert_eq!((planned.step, b.session.text("status")), (PlannedStep::Update, "InProgress".to_owned()));
    let looks = b.session.journal().since(before).count("GET", "/recoveryPoints");
    let finished = b.apply(arguments).await;
    b.succeeded(&finished);
    let told = format!("Which recovery point the backup of {SUBJECT_OF_JOB} made is not known");
    assert!(finished.text().contains(&told), "{}", finished.text());
    let looked = b.session.journal().since(before).count("GET", "/recoveryPoints");
    assert_eq!(looked - looks, looks + 2, "its own refresh, and two looks");
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_look_at_the_points_that_is_cut_off_by_the_timeout_is_no_reason_to_take_the_backup_as_done() {
    let (mut looks, mut limit) = (0, "30m".to_owned());
    // The last look, which ends the wait, has no answer in the second life, and the timeout comes first.
    for is_cut_off in [false, true] {
        let began = Instant::now();
        let mut b = Backup::new();
        b.session.azure().list_made_points_after(10_000);
        if is_cut_off {
            let slow = Fault::on("GET", "*/recoveryPoints", Action::SlowHeaders(100_000_000));
            b.session.azure().inject(slow.nth(looks).always());
        }
        let arguments = b.full(json!({"timeouts": {"create": limit}}));
        let finished = b.apply(arguments).await;
        limit = format!("{}s", began.elapsed().as_secs() + 1);
        let status = b.session.text("status");
        assert_eq!(
            (finished.succeeded(), status.as_str()),
            if is_cut_off { (false, "InProgress") } else { (true, "Completed") }
        );
        looks = u32::try_from(b.session.journal().count("GET", "/recoveryPoints")).unwrap();
        b.session.azure().clear_faults();
        b.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn points_that_cannot_be_read_do_not_make_the_backup_fail() {
    let mut b = Backup::new();
    let body = json!({"error": {"code": "AuthorizationFailed", "message": "No."}});
    let refused = Action::Status { status: 403, headers: Default::default(), body };
    b.session.azure().inject(Fault::on("GET", "*/recoveryPoints", refused).always());
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments).await;
    b.succeeded(&finished);
    assert!(finished.text().contains("The recovery points cannot be read"), "{}", finished.text());
    b.session.azure().clear_faults();
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn points_that_azure_has_trouble_to_list_are_waited_for_a_quarter_of_an_hour_and_not_for_a_day() {
    let trouble = [
        Fault::status("GET", "*/recoveryPoints", 503, &[], "ServiceUnavailable"),
        Fault::on("GET", "*/recoveryPoints", Action::ResetBeforeAcceptance),
    ];
    for fault in trouble {
        let mut b = Backup::new();
        b.session.azure().inject(fault.always());
        let (began, arguments) = (Instant::now(), b.full(json!({})));
        let finished = b.apply(arguments).await;
        b.succeeded(&finished);
        assert!((900..1_200).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
        assert!(finished.text().contains("The recovery points cannot be read: "), "{}", finished.text());
        b.session.azure().clear_faults();
        b.finish(1);
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_with_the_list_of_points_that_passes_costs_no_point() {
    let mut b = Backup::new();
    b.session.azure().inject(Fault::status("GET", "*/recoveryPoints", 503, &[], "ServiceUnavailable").times(4));
    let arguments = b.full(json!({}));
    let finished = b.apply(arguments).await;
    b.is_done(&finished);
    assert_eq!(b.session.text("recovery_point_id"), b.newest().name);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_log_backup_makes_no_point_and_tells_how_far_the_logs_reach() {
    let mut b = Backup::new();
    b.session.azure().list_made_points_after(3);
    let arguments = b.item(json!({"backup_type": "Log"}));
    let finished = b.apply(arguments.clone()).await;
    b.is_done(&finished);
    let reach = b.change_item(|item| item.database.log_ranges.last().unwrap().1);
    assert_eq!(b.session.text("recovery_point_id"), "");
    assert_eq!(b.session.text("recovery_point_time"), with_seconds(reach));
    assert_eq!(b.session.text("recovery_point_time"), b.session.text("start_time")[..19].to_owned() + "Z");
    assert_eq!(b.apply(arguments).await.step, PlannedStep::Nothing);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn of_a_log_backup_that_is_never_listed_it_is_told_that_no_logs_reach_so_far() {
    let mut b = Backup::new();
    b.session.azure().list_made_points_after(10_000);
    let arguments = b.item(json!({"backup_type": "Log"}));
    let finished = b.apply(arguments).await;
    b.succeeded(&finished);
    let told = "Azure lists no log backups that reach to the time at which the job began. The job is completed";
    assert!(finished.text().contains(told), "{}", finished.text());
    assert_eq!(b.session.text("recovery_point_time"), "");
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_takes_a_backup_as_done_once_its_point_is_listed() {
    let mut b = Backup::new();
    b.session.azure().list_made_points_after(10_000);
    let arguments = b.full(json!({"timeouts": {"create": "2m"}}));
    let finished = b.apply(arguments.clone()).await;
    b.failed(&finished, &["terraform untaint"]);
    assert_eq!((b.session.text("status"), b.session.text("recovery_point_id")), ("InProgress".into(), String::new()));
    b.session.untaint();
    b.session.refresh().await;
    assert_eq!(b.session.text("status"), "InProgress", "the point is not listed");
    b.change_item(|item| item.points.iter_mut().for_each(|point| point.unlisted = 0));
    b.session.refresh().await;
    assert_eq!((b.session.text("status"), b.session.text("recovery_point_id")), ("Completed".into(), b.newest().name));
    assert_eq!(b.apply(arguments).await.step, PlannedStep::Nothing);
    b.finish(1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_the_point_that_was_cut_off_goes_on_with_the_next_apply() {
    let mut b = Backup::new();
    b.session.azure().list_made_points_after(10_000);
    let config = b.session.configuration_of(&b.full(json!({})));
    let killed = tokio::time::timeout(Duration::from_secs(200), b.session.apply(&config)).await;
    assert!(killed.is_err(), "it still waits");
    b.session.object = None;
    b.change_item(|item| item.points.iter_mut().for_each(|point| point.unlisted = 0));
    // The job has completed, and no state knows it.
    let arguments = b.full(json!({"adopt": "completed"}));
    let finished = b.apply(arguments).await;
    b.succeeded(&finished);
    assert_eq!(b.session.text("recovery_point_id"), b.newest().name);
    b.finish(1);
}

/// Every type makes a point that a restore takes by its ID; a log backup, a time.
#[tokio::test(start_paused = true)]
async fn what_a_backup_of_any_type_has_made_is_restored() {
    let (sql, hana) = ("azurebackup_vm_sql_database_restore", "azurebackup_vm_hana_database_restore");
    for (item, kind, backup_type) in [
        (catalogue::VM_SQL_DATABASE, sql, "Full"),
        (catalogue::VM_SQL_DATABASE, sql, "Differential"),
        (catalogue::VM_SQL_DATABASE, sql, "CopyOnlyFull"),
        (catalogue::VM_SQL_DATABASE, sql, "Log"),
        (catalogue::HANA_DATABASE, hana, "Full"),
        (catalogue::HANA_DATABASE, hana, "Differential"),
        (catalogue::HANA_DATABASE, hana, "Incremental"),
    ] {
        let mut b = Backup::of(item);
        let arguments = b.item(json!({"backup_type": backup_type}));
        let finished = b.apply(arguments).await;
        b.is_done(&finished);
        let (id, time) = (b.session.text("recovery_point_id"), b.session.text("recovery_point_time"));
        let mut restore = Session::behind(b.session.transport(), 3).of_type(kind);
        let mut wanted = json!({"protected_item_id": b.session.thing("protected_items", item)});
        match backup_type {
            "Log" => wanted["point_in_time"] = json!(time),
            _ => wanted["recovery_point"] = json!({"id": id}),
        }
        let finished = restore.apply(&restore.configuration_of(&wanted)).await;
        assert!(finished.succeeded(), "{item} {backup_type}: {}", finished.text());
        assert_eq!(restore.text("recovery_point_id"), id, "{backup_type}");
        b.finish(2);
    }
}

#[tokio::test(start_paused = true)]
async fn single_disks_of_a_machine_are_restored_from_the_point_that_its_backup_has_made() {
    let mut b = Backup::of(catalogue::VIRTUAL_MACHINE);
    let arguments = b.item(json!({}));
    let finished = b.apply(arguments).await;
    b.is_done(&finished);
    let mut restore = Session::behind(b.session.transport(), 3).of_type("azurebackup_virtual_machine_restore");
    let config = restore.configuration_of(&json!({
        "protected_item_id": b.session.thing("protected_items", catalogue::VIRTUAL_MACHINE),
        "recovery_point": {"id": b.session.text("recovery_point_id")}, "disk_luns": [2],
        "target_resource_group_id": b.session.thing("resource_groups", catalogue::MACHINE_TARGET_GROUP),
        "staging_storage_account_id": b.session.thing("storage_accounts", catalogue::MACHINE_STAGING_ACCOUNT),
    }));
    let finished = restore.apply(&config).await;
    assert!(finished.succeeded(), "{}", finished.text());
    b.finish(2);
}

#[tokio::test(start_paused = true)]
async fn a_backup_and_a_restore_of_one_item_do_not_take_each_other_for_their_own() {
    let mut b = Backup::of(catalogue::FILE_SHARE);
    let arguments = b.item(json!({}));
    let finished = b.apply(arguments).await;
    b.is_done(&finished);
    let mut restore = Session::behind(b.session.transport(), 3).of_type("azurebackup_file_share_restore");
    let config = restore.configuration_of(&json!({
        "protected_item_id": b.session.thing("protected_items", catalogue::FILE_SHARE),
        "recovery_point": {"id": b.session.text("recovery_point_id")}, "copy_option": "Overwrite",
    }));
    let finished = restore.apply(&config).await;
    assert!(finished.succeeded(), "{}", finished.text());
    assert_eq!(restore.text("recovery_point_id"), b.session.text("recovery_point_id"));
    assert_ne!((restore.text("job_id"), KIND), (b.session.text("job_id"), ""));
    b.finish(2);
}
