//! The copy of a vault in its secondary region. One api-version leads to it: for items and points the URLs are those of the
//! vault, everything else is asked of the region. A point is restored with an access token for it, which is sent back whole.

use serde_json::{Value, json};

use super::super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::super::error::{ServiceError, gateway_error, not_found};
use super::super::message::Reply;
use super::super::platform::Platform;
use super::super::world::{CLIENT_SECRET, World};
use super::bodies;
use super::databases;
use super::filters::{self, Filter};
use super::items::{ItemKind, ProtectedItem};
use super::vaults::RecoveryServicesVault;
use super::{NAMESPACE, RecoveryServices, list_items, list_points, show_point};

/// The versions that lead to the copy.
pub const API_VERSIONS: &[&str] = &["2021-11-15", "2023-01-15"];

/// Leave to restore one point there.
#[derive(Clone, Debug)]
pub struct PointAccess {
    token: String,
    item: String,
    point: String,
}

impl RecoveryServices {
    /// The answer below the vault's own URL. `rest` is in lower case.
    pub(super) fn in_copy(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        vault: &RecoveryServicesVault,
        rest: &[&str],
    ) -> Result<ServiceAnswer, Unmodelled> {
        let copy = match copy_of(vault, None) {
            Ok(copy) => copy,
            Err(error) => return Ok(refused(call, &error)),
        };
        match (call.request.method.as_str(), rest) {
            ("GET", ["backupprotecteditems"]) => Ok(list_items(platform, call, &copy)),
            (
                method,
                ["backupfabrics", "azure", "protectioncontainers", container, "protecteditems", item, rest @ ..],
            ) => {
                let Some(found) = copy.item_named(container, item) else {
                    let message = "The specified data source does not exist in the secondary region.";
                    let error = ServiceError::new("BMSUserErrorDataSourceObjectNotFound", message);
                    let note = format!("asked the secondary region for protected item {item}, which does not exist");
                    return Ok(ServiceAnswer::new(error.reply(404, &call.activity_id), note));
                };
                match (method, rest) {
                    ("GET", ["recoverypoints"]) => Ok(list_points(platform, call, &copy, found)),
                    ("GET", ["recoverypoints", point]) => Ok(show_point(call, &copy, found, point)),
                    ("POST", ["recoverypoints", point, "accesstoken"]) => {
                        let body = call.body(bodies::check_access)?;
                        Ok(body.map_or_else(
                            |refusal| refusal,
                            |body| self.give_access(platform, call, &copy, found, point, &body["properties"]),
                        ))
                    }
                    _ => Err(call.unmodelled()),
                }
            }
            _ => Err(call.unmodelled()),
        }
    }

    /// The answer to what is asked of the region. `rest` is in lower case.
    pub(super) fn in_region(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        region: &str,
        rest: &[&str],
    ) -> Result<ServiceAnswer, Unmodelled> {
        if let Some(refusal) = call.check_api_version(NAMESPACE, API_VERSIONS) {
            return Ok(refusal);
        }
        match (call.request.method.as_str(), rest) {
            ("GET", ["backupaadproperties"]) => Ok(identity_of_region(platform, call, region)),
            ("GET", ["backupcrroperationsstatus", _]) => Ok(self.operation_of_region(platform, call)),
            ("GET", ["backupcrroperationresults", _]) => Ok(self.operation_at_its_url(platform, call)),
            ("POST", ["backupcrossregionrestore"]) => {
                let body = call.body(bodies::check_cross_region_restore)?;
                Ok(body.map_or_else(|refusal| refusal, |body| self.trigger_in_region(platform, call, region, &body)))
            }
            // Further pages, too: how Azure wants them is not known.
            ("POST" | "GET", ["backupcrrjobs"]) => {
                let is_page = call.request.query("$skipToken").is_some();
                if is_page && call.request.method == "GET" {
                    return Ok(super::super::paging::paged(platform, call, |_| Vec::new(), "asked for a further page"));
                }
                let body = call.body(bodies::check_cross_region_jobs)?;
                Ok(body.map_or_else(
                    |refusal| refusal,
                    |body| match asked_for(platform, call, region, &body) {
                        Ok(vault) => self.list_jobs(platform, call, &vault, true),
                        Err(error) => refused(call, &error),
                    },
                ))
            }
            ("POST", ["backupcrrjob"]) => {
                let body = call.body(bodies::check_cross_region_jobs)?;
                Ok(body.map_or_else(
                    |refusal| refusal,
                    |body| match asked_for(platform, call, region, &body) {
                        Ok(vault) => {
                            let job = body["jobName"].as_str().unwrap_or_default();
                            self.get_job(platform, call, &vault, job, true)
                        }
                        Err(error) => refused(call, &error),
                    },
                ))
            }
            _ => Err(call.unmodelled()),
        }
    }

    fn give_access(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        copy: &RecoveryServicesVault,
        item: &ProtectedItem,
        point: &str,
        identity: &Value,
    ) -> ServiceAnswer {
        let is_of_logs = point.eq_ignore_ascii_case(databases::RANGES) && !item.database.log_ranges.is_empty();
        if item.find_point(point).is_none() && !is_of_logs {
            let error = ServiceError::new("UserErrorRecoveryPointNotFound", "The recovery point was not found.");
            return refused(call, &error);
        }
        if identity["audience"].as_str() != Some(audience(item.kind))
            || !identity["servicePrincipalObjectId"].is_string()
        {
            return refused(
                call,
                &ServiceError::invalid_because("the identity is not that of the region for such items"),
            );
        }
        // Whoever searches for secrets finds it by this name.
        let token = format!("{CLIENT_SECRET}.{}", platform.mint.noise(40));
        let access = PointAccess { token: token.clone(), item: item.id(copy), point: point.to_lowercase() };
        self.accesses.push(access);
        let reply = Reply::json(
            200,
            &super::envelope(
                &format!("{}/recoveryPoints/{point}", item.id(copy)),
                "backupFabrics/protectionContainers/protectedItems/recoveryPoints",
                json!({
                    "objectType": "WorkloadCrrAccessToken", "accessTokenString": token, "subscriptionId": copy.subscription,
                    "resourceGroupName": copy.resource_group, "resourceName": copy.name, "recoveryPointId": point,
                    "bMSActiveRegion": "WestEurope", "protectionContainerId": 1_142_937_031_i64,
                    // Not in the description.
                    "accessType": "Unrestricted", "isSystemAssignedIdentity": false, "managedIdentityResourceId": null,
                }),
            ),
        );
        ServiceAnswer::new(reply, format!("was given access to recovery point {point} in the secondary region"))
    }

    fn trigger_in_region(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        region: &str,
        body: &Value,
    ) -> ServiceAnswer {
        let (details, request) = (&body["crossRegionRestoreAccessDetails"], &body["restoreRequest"]);
        let held = self.accesses.iter().find(|own| details["accessTokenString"] == own.token.as_str()).cloned();
        let whole = ["resourceName", "protectionContainerId", "accessType"].iter().all(|name| !details[name].is_null());
        let Some(access) = held.filter(|_| whole) else {
            return refused(
                call,
                &ServiceError::invalid_because("the access is not one that was given, or not all of it"),
            );
        };
        let of_item = |vault: &&RecoveryServicesVault| vault.items.iter().any(|item| item.id(vault) == access.item);
        let vault = platform.world.recovery_services_vaults().iter().find(of_item).cloned();
        let copy = vault.as_ref().map(|vault| copy_of(vault, Some(region)));
        let (copy, item) = match copy {
            Some(Ok(copy)) => {
                let item = copy.items.iter().find(|item| item.id(&copy) == access.item).cloned();
                match item {
                    Some(item) => (copy, item),
                    None => return refused(call, &ServiceError::invalid_because("the item is gone")),
                }
            }
            Some(Err(error)) => return refused(call, &error),
            None => return refused(call, &ServiceError::invalid_because("the vault is gone")),
        };
        let is = |name: &str, word: &str| request[name].as_str().is_some_and(|own| own.eq_ignore_ascii_case(word));
        if is("recoveryType", "OriginalLocation") || is("restoreRequestType", "ItemLevelRestore") {
            return refused(
                call,
                &ServiceError::invalid_because("the secondary region restores whole things elsewhere"),
            );
        }
        self.trigger(platform, call, (&copy, true), &item, &access.point, request)
    }

    /// The status of an operation, at the URL that was given out or by its id.
    fn operation_of_region(&mut self, platform: &Platform, call: &ArmCall<'_>) -> ServiceAnswer {
        if call.request.raw_query().contains("&s=") {
            return self.operation_at_its_url(platform, call);
        }
        // Ids are base64, in which case matters.
        let id = call.resource.last().copied().unwrap_or_default();
        self.operation_by_id(platform, call, id)
    }
}

/// What the region says as whom it asks for points.
fn identity_of_region(platform: &Platform, call: &ArmCall<'_>, region: &str) -> ServiceAnswer {
    let filter = match Filter::of(call, &["backupManagementType"], &[]) {
        Ok(filter) => filter,
        Err(why) => return filters::refused(call, &why),
    };
    let kind = match filter.text("backupManagementType") {
        None => ItemKind::VirtualMachine,
        // The audience is the same for both (docs/reference/azure-recovery-services.md#secondary-region).
        Some(word) if ["azurestorage", "azureworkload"].contains(&word.to_lowercase().as_str()) => ItemKind::FileShare,
        Some(_) => return filters::refused(call, "no such items are modelled"),
    };
    let reply = json!({
        "id": call.request.path(), "name": "backupAadProperties", "type": "Microsoft.RecoveryServices/locations",
        "properties": {
            "tenantId": platform.world.tenant, "audience": audience(kind),
            "servicePrincipalObjectId": "5ecd8123-cf74-4037-83e9-9246b227b351", "identityVersion": "1.0",
        },
    });
    ServiceAnswer::new(Reply::json(200, &reply), format!("asked as whom {region} asks for recovery points"))
}

fn audience(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::FileShare | ItemKind::Database(_) => "https://RecoveryServices/WkloadCoord/aadmgmt/neu",
        ItemKind::VirtualMachine => "https://RecoveryServices/IaasCoord/aadmgmt/neu",
    }
}

/// The vault as its secondary region knows it; `asked` is the region that is asked.
fn copy_of(vault: &RecoveryServicesVault, asked: Option<&str>) -> Result<RecoveryServicesVault, ServiceError> {
    let same = |one: &str, other: &str| one.replace(' ', "").eq_ignore_ascii_case(&other.replace(' ', ""));
    let Some(region) = vault.secondary_region.clone().filter(|_| vault.cross_region_restore == "Enabled") else {
        let message = "Cross region restore is not enabled on the vault.";
        return Err(ServiceError::new("BMSUserErrorCrossRegionRestoreNotEnabled", message)
            .recommend("Enable cross region restore on a geo-redundant vault."));
    };
    if asked.is_some_and(|asked| !same(asked, &region)) {
        return Err(ServiceError::invalid_because("the path does not name the secondary region of the vault"));
    }
    let mut copy = vault.clone();
    copy.location = region;
    copy.items.retain(|item| !item.secondary_points.is_empty());
    copy.items.iter_mut().for_each(|item| item.points = item.secondary_points.clone());
    Ok(copy)
}

/// The vault of a body that asks for jobs.
fn asked_for(
    platform: &Platform,
    call: &ArmCall<'_>,
    region: &str,
    body: &Value,
) -> Result<RecoveryServicesVault, ServiceError> {
    let world: &World = &platform.world;
    let id = body["resourceId"].as_str().unwrap_or_default();
    let in_subscription = |own: &&RecoveryServicesVault| {
        own.subscription.eq_ignore_ascii_case(call.subscription) && own.id().eq_ignore_ascii_case(id)
    };
    let found = world.recovery_services_vaults().iter().find(in_subscription);
    let found = found.ok_or_else(|| ServiceError::invalid_because("resourceId is not the id of a vault"))?;
    copy_of(found, Some(region))
}

fn refused(call: &ArmCall<'_>, error: &ServiceError) -> ServiceAnswer {
    let why = if error.secretly.is_empty() { String::new() } else { format!(": {}", error.secretly) };
    let note = format!("was refused a call to the secondary region ({}{why})", error.code);
    ServiceAnswer::new(error.reply(400, &call.activity_id), note)
}
