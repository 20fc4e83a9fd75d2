//! The way of a request through the simulator: tokens, throttling, faults, what the journal keeps.

use super::client::{SimulatorClient, VERSION, operational, scenario, shop, sign_in, vault};
use super::entra::Bearer;
use super::message::Request;
use super::*;

const POINT: &str = "2026-11-19T08:00:00.0000000Z";

#[test]
fn every_call_to_resource_manager_needs_a_token_that_lasts() {
    let client = SimulatorClient::of(scenario().token_life(TokenLife { seconds: 3599, calls: Some(1) }));
    let code = |reply: &Reply| reply.value()["error"]["code"].as_str().unwrap_or_default().to_owned();
    let bare = client.simulator.handle(&Request::new("GET", format!("{}?api-version={VERSION}", shop())));
    assert_eq!((bare.status, code(&bare)), (401, "AuthenticationFailed".into()));
    assert!(bare.headers.get("www-authenticate").unwrap().contains("authorization_uri"));
    assert_eq!(client.get(&shop()).status, 200);
    assert_eq!(code(&client.get(&shop())), "ExpiredAuthenticationToken");
    let foreign = Request::new("GET", format!("{}?api-version={VERSION}", shop())).header("authorization", "Bearer x");
    assert_eq!(code(&client.simulator.handle(&foreign)), "InvalidAuthenticationToken");
    let bearers: Vec<Bearer> = client.simulator.journal().entries.iter().skip(1).map(|entry| entry.bearer).collect();
    assert_eq!(bearers, [Bearer::Absent, Bearer::Valid, Bearer::Expired, Bearer::Unknown]);
}

#[test]
fn an_expired_token_fault_spoils_the_token_for_good() {
    let client = SimulatorClient::of(scenario());
    client.simulator.inject(Fault::on("GET", "*", Action::TokenExpired));
    assert_eq!([client.get(&shop()).status, client.get(&shop()).status], [401, 401]);
    let token = sign_in(&client.simulator);
    let fresh = Request::new("GET", format!("{}?api-version={VERSION}", shop()))
        .header("authorization", format!("Bearer {token}"));
    assert_eq!(client.simulator.handle(&fresh).status, 200);
}

#[test]
fn an_empty_bucket_throttles_with_retry_after() {
    let client = SimulatorClient::of(scenario().throttled(Throttling::new(1, 1, Some(3))));
    assert_eq!(client.get(&shop()).headers.get("x-ms-ratelimit-remaining-subscription-reads"), Some("0"));
    let refused = client.get(&shop());
    assert_eq!((refused.status, refused.headers.get("retry-after")), (429, Some("3")));
    assert_eq!(client.get(&shop()).status, 200);
}

#[test]
fn faults_tell_apart_what_was_accepted_and_what_was_not() {
    for (action, accepted) in [
        (Action::ResetBeforeAcceptance, 0),
        (Action::ResetAfterAcceptance, 1),
        (Action::Html { status: 502 }, 0),
        (Action::StatusAfterAcceptance { status: 504, headers: Default::default(), body: serde_json::Value::Null }, 1),
    ] {
        let client = SimulatorClient::of(scenario());
        client.simulator.inject(Fault::on("POST", "*/restore", action.clone()));
        let reply = client.post(&format!("{}/restore", shop()), &operational(POINT));
        assert_ne!(reply.status, 202, "{action:?}");
        let journal = client.simulator.journal();
        assert_eq!((journal.accepted_restores().len(), client.simulator.jobs().len()), (accepted, accepted));
        assert!(journal.entries.last().unwrap().fault.is_some());
        assert_eq!(reply.delivery == Delivery::Dropped, journal.entries.last().unwrap().status == 0);
    }
}

#[test]
fn no_secret_and_no_signed_query_gets_into_the_journal() {
    let client = SimulatorClient::of(scenario());
    let accepted = client.post(&format!("{}/restore", shop()), &operational(POINT));
    client.follow(&accepted);
    let text = client.simulator.journal().to_json().to_string();
    assert!(!text.contains(CLIENT_SECRET) && !text.contains("eyJ") && !text.contains("&t="));
    assert!(
        client.simulator.journal().entries.iter().any(|entry| entry.query_names == ["api-version", "t", "c", "s", "h"])
    );
}

#[test]
fn the_journal_can_be_read_by_people() {
    let client = SimulatorClient::of(scenario());
    client.get(&format!("{}/backupJobs", vault()));
    let job = client.restore(&shop(), &operational(POINT));
    client.get(&job);
    client.get(&job);
    let id = client.simulator.jobs().remove(0).id;
    assert_eq!(
        client.simulator.journal().text(),
        format!(
            "signed in\nlooked at the vault's jobs\ntriggered a restore of shop-instance: accepted, job {id}\n\
             followed the operation of the restore: Inprogress\nfollowed the operation of the restore: Succeeded\n\
             looked at job {id}: InProgress\nlooked at job {id}: Completed\n"
        )
    );
}

#[test]
fn advancing_ends_operations_and_lets_held_jobs_go_on() {
    let client = SimulatorClient::of(scenario().every_restore_operation(OperationScript::succeeds_after(50)));
    client.simulator.next_restore(JobScript::held());
    let accepted = client.post(&format!("{}/restore", shop()), &operational(POINT));
    client.simulator.advance();
    assert_eq!(client.get_url(accepted.headers.get("azure-asyncoperation").unwrap()).value()["status"], "Succeeded");
    assert_eq!(client.simulator.jobs()[0].status, "Completed");
}

#[test]
fn the_cloud_describes_itself_as_an_object_or_as_a_list() {
    let simulator = SimulatorBuilder::new().start();
    let ask = |version: &str| {
        simulator.handle(&Request::new("GET", format!("/metadata/endpoints?api-version={version}"))).value()
    };
    assert_eq!(ask("2022-09-01")["authentication"]["loginEndpoint"], simulator.endpoint());
    assert_eq!(ask("2019-05-01")[0]["resourceManager"], format!("{}/", simulator.endpoint()));
}

#[test]
fn storage_accounts_and_their_containers_can_be_looked_at() {
    let client = SimulatorClient::of(scenario());
    let account = client::account().id();
    assert_eq!(client.get(&account).value()["location"], "westeurope");
    assert_eq!(client.get(&format!("{account}/blobServices/default/containers/orders")).status, 200);
    assert_eq!(client.get(&format!("{account}/blobServices/default/containers/none")).status, 404);
    assert_eq!(client.get(&account.replace("shop", "none")).status, 404);
}

#[test]
fn a_test_can_wait_for_a_point_of_the_clients_work() {
    let client = SimulatorClient::of(scenario());
    let simulator = client.simulator.clone();
    let waiting = std::thread::spawn(move || {
        simulator
            .wait_until(std::time::Duration::from_secs(60), |journal| journal.count("GET", "/backupInstances/") == 2)
    });
    client.get(&shop());
    client.get(&shop());
    assert!(waiting.join().unwrap());
    assert!(!client.simulator.wait_until(std::time::Duration::ZERO, |journal| journal.entries.is_empty()));
}

/// Two that wait in one vault read its list, and a job by itself only when the list shows its end.
#[test]
fn in_a_rehearsal_a_look_at_the_list_moves_the_jobs() {
    let client = SimulatorClient::of(SimulatorBuilder::demo());
    let vault = BackupVault::new("contoso-backup");
    let shop = BackupInstance::blobs("contososhop", &StorageAccount::new("contososhop")).name;
    let mut order = operational(&clock::with_ticks(client.simulator.now() - time::Duration::days(1)));
    order["restoreTargetInfo"]["datasourceInfo"]["resourceID"] = StorageAccount::new("contososhop").id().into();
    client.restore(&vault.instance_id(&shop), &order);
    let status = || {
        let listed = client.get(&format!("{}/backupJobs", vault.id())).value();
        listed["value"][0]["properties"]["status"].as_str().unwrap().to_owned()
    };
    let looks: Vec<String> = (0..5).map(|_| status()).collect();
    assert_eq!(looks, ["InProgress", "InProgress", "InProgress", "Completed", "Completed"]);
    let script = r#"{"steps": [{"view": {"running": "InProgress"}, "looks": 1}, {"view": {"ended": "completed"}}]}"#;
    let script: JobScript = serde_json::from_str(script).unwrap();
    assert!(script.moved_by_lists, "a script that is sent to the control address");
}

/// What Azure CLI 2.91.0 sent for `az cloud register`, `az login --service-principal` and `az rest`, in this order.
#[test]
fn the_azure_cli_signs_in_and_finds_its_subscription() {
    let simulator = SimulatorBuilder::demo().start();
    let get = |target: String| simulator.handle(&Request::new("GET", target));
    let cloud = get("/metadata/endpoints?api-version=2022-09-01".into()).value();
    assert_eq!(cloud["authentication"]["loginEndpoint"], simulator.endpoint());
    let tenant = get(format!("/{TENANT}/v2.0/.well-known/openid-configuration")).value();
    let token_endpoint = tenant["token_endpoint"].as_str().unwrap().to_owned();
    let path = token_endpoint.strip_prefix(&simulator.endpoint()).unwrap();
    let token = simulator.handle(&Request::new("POST", path).form(&[
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", CLIENT_SECRET),
        ("scope", "https://management.azure.com//.default"),
        ("client_info", "1"),
    ]));
    let bearer = format!("Bearer {}", token.value()["access_token"].as_str().unwrap());
    let ask = |target: &str| simulator.handle(&Request::new("GET", target).header("authorization", &bearer)).value();
    let subscriptions = ask("/subscriptions?api-version=2022-12-01");
    assert_eq!(subscriptions["value"][0]["subscriptionId"], SUBSCRIPTION);
    let vaults =
        format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.DataProtection/backupVaults?api-version=2026-06-01");
    assert_eq!(ask(&vaults)["value"][0]["name"], "contoso-backup");
    assert!(simulator.journal().unmodelled().is_empty());
}
