//! Subscriptions and their resource groups, which `az login` and other clients look at before anything else. All are of the
//! one tenant.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::arm::ServiceAnswer;
use super::error::gateway_error;
use super::message::Reply;
use super::world::World;

/// The answer to a look at all subscriptions or resource groups, or at one; `None`: something else is asked for.
pub fn answer(world: &World, method: &str, segments: &[&str]) -> Option<ServiceAnswer> {
    match (method, segments) {
        ("GET", [_]) => {
            let found: Vec<Value> = world.subscriptions().into_iter().map(|id| to_json(world, id)).collect();
            let count = json!({"type": "Total", "value": found.len()});
            let reply = Reply::json(200, &json!({"value": found, "count": count}));
            Some(ServiceAnswer::new(reply, "listed the subscriptions".into()))
        }
        ("GET", [_, wanted]) => {
            let found = world.subscriptions().into_iter().find(|id| id.eq_ignore_ascii_case(wanted));
            Some(found.map_or_else(
                || not_found(wanted),
                |id| ServiceAnswer::new(Reply::json(200, &to_json(world, id)), format!("looked at subscription {id}")),
            ))
        }
        ("GET", [_, subscription, ..]) if !world.has_subscription(subscription) => Some(not_found(subscription)),
        ("GET", [_, subscription, groups, rest @ ..]) if groups.eq_ignore_ascii_case("resourceGroups") => {
            let found = resource_groups(world, subscription);
            match rest {
                [] => Some(ServiceAnswer::new(
                    Reply::json(200, &json!({"value": found})),
                    "listed the resource groups".into(),
                )),
                [name] => {
                    let is_it =
                        |group: &&Value| group["name"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name));
                    Some(found.iter().find(is_it).map_or_else(
                        || no_such_group(name),
                        |group| ServiceAnswer::new(Reply::json(200, group), format!("looked at resource group {name}")),
                    ))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn resource_groups(world: &World, subscription: &str) -> Vec<Value> {
    let own = world.places().filter(|(of, _)| of.eq_ignore_ascii_case(subscription));
    let names: BTreeSet<(&str, &str)> = own.collect();
    let to_json = |(subscription, name): (&str, &str)| {
        json!({
            "id": format!("/subscriptions/{subscription}/resourceGroups/{name}"), "name": name,
            "type": "Microsoft.Resources/resourceGroups", "location": "westeurope",
            "properties": {"provisioningState": "Succeeded"},
        })
    };
    names.into_iter().map(to_json).collect()
}

pub fn no_such_group(name: &str) -> ServiceAnswer {
    let reply = gateway_error(404, "ResourceGroupNotFound", &format!("Resource group '{name}' could not be found."));
    ServiceAnswer::new(reply, format!("asked for resource group {name}, which does not exist"))
}

pub fn not_found(subscription: &str) -> ServiceAnswer {
    let message = format!("The subscription '{subscription}' could not be found.");
    let reply = gateway_error(404, "SubscriptionNotFound", &message);
    ServiceAnswer::new(reply, format!("asked for subscription {subscription}, which does not exist"))
}

fn to_json(world: &World, id: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{id}"), "authorizationSource": "RoleBased", "managedByTenants": [],
        "subscriptionId": id, "tenantId": world.tenant, "displayName": "Contoso", "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::client::{SimulatorClient, every_workload};
    use super::super::world::{SUBSCRIPTION, TENANT};
    use super::*;

    #[test]
    fn subscriptions_are_listed_and_looked_at() {
        let client = SimulatorClient::of(every_workload());
        let listed = client.get("/subscriptions").value();
        assert_eq!(listed["value"][0]["subscriptionId"], SUBSCRIPTION);
        assert_eq!((&listed["value"][0]["tenantId"], &listed["count"]["value"]), (&json!(TENANT), &json!(1)));
        let upper = SUBSCRIPTION.to_uppercase();
        assert_eq!(client.get(&format!("/subscriptions/{upper}")).value()["state"], "Enabled");
        let missing = client.get("/subscriptions/00000000-0000-0000-0000-000000000000");
        assert_eq!((missing.status, missing.value()["error"]["code"].as_str()), (404, Some("SubscriptionNotFound")));
        assert!(client.simulator.journal().unmodelled().is_empty());
    }

    #[test]
    fn resource_groups_are_listed_and_looked_at() {
        let client = SimulatorClient::of(every_workload());
        let groups = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups");
        let listed = client.get(&groups).value();
        let names: Vec<&Value> = listed["value"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
        assert_eq!(names, ["rg-rehearsal", "rg-restored", "rg-spare", "rg-staging"]);
        let one = client.get(&format!("{groups}/RG-STAGING")).value();
        assert_eq!(one["id"], format!("{groups}/rg-staging"));
        let missing = client.get(&format!("{groups}/rg-nowhere"));
        assert_eq!((missing.status, missing.value()["error"]["code"].as_str()), (404, Some("ResourceGroupNotFound")));
    }

    #[test]
    fn subscriptions_are_told_to_those_who_have_signed_in() {
        let client = SimulatorClient::of(every_workload());
        let request = super::super::Request::new("GET", "/subscriptions?api-version=2022-12-01");
        assert_eq!(client.simulator.handle(&request).status, 401);
    }
}
