//! Restores in the secondary region: points that have got there, validation, trigger and jobs, all asked of a location
//! and by POST.

use super::super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::super::error::ServiceError;
use super::super::message::Reply;
use super::super::paging::paged;
use super::super::platform::Platform;
use super::instances::BackupInstance;
use super::jobs::Region;
use super::restore::{RestoreSource, same_region};
use super::vaults::{BackupVault, FeatureState};
use super::{DataProtection, bodies, recovery_points};

impl DataProtection {
    /// The answer to `locations/{region}/{verb}` of a resource group. `verb` is in lower case. Pages after the first may be
    /// asked for by GET, too: how Azure wants them is not known.
    pub fn in_the_secondary_region(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        region: &str,
        verb: &str,
    ) -> Result<ServiceAnswer, Unmodelled> {
        let is_page = call.request.query("$skipToken").is_some();
        let mut answer = match (call.request.method.as_str(), verb) {
            ("GET", "fetchsecondaryrecoverypoints" | "fetchcrossregionrestorejobs") if is_page => {
                paged(platform, call, |_| Vec::new(), "asked for a further page of the secondary region")
            }
            ("POST", "fetchsecondaryrecoverypoints") => secondary_points(platform, call, region)?,
            ("POST", "validatecrossregionrestore") => self.restore(platform, call, region, Self::validate)?,
            ("POST", "crossregionrestore") => self.restore(platform, call, region, Self::trigger)?,
            ("POST", "fetchcrossregionrestorejob") => self.fetch_job(platform, call, region)?,
            ("POST", "fetchcrossregionrestorejobs") => self.fetch_jobs(platform, call, region)?,
            _ => return Err(call.unmodelled()),
        };
        answer.reply.headers.set("x-ms-ratelimit-remaining-subscription-global-writes", "11999");
        Ok(answer)
    }

    fn restore(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        region: &str,
        act: impl FnOnce(&mut Self, &mut Platform, &ArmCall<'_>, &RestoreSource<'_>, &serde_json::Value) -> ServiceAnswer,
    ) -> Result<ServiceAnswer, Unmodelled> {
        let body = match call.body(bodies::check_cross_region_restore)? {
            Ok(body) => body,
            Err(refusal) => return Ok(in_shape_of_responses(call, refusal)),
        };
        let details = &body["crossRegionRestoreDetails"];
        let found = source_of(platform, call, region, &details["sourceRegion"], &details["sourceBackupInstanceId"]);
        Ok(match found {
            Ok((vault, instance)) => {
                let secondary_region = vault.secondary_region.as_deref();
                let place = RestoreSource { vault: &vault, instance: &instance, secondary_region };
                act(self, platform, call, &place, &body["restoreRequestObject"])
            }
            Err(error) => refused(error.response(400, &call.activity_id), &error),
        })
    }

    fn fetch_jobs(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        region: &str,
    ) -> Result<ServiceAnswer, Unmodelled> {
        let body = match call.body(bodies::check_cross_region_jobs)? {
            Ok(body) => body,
            Err(refusal) => return Ok(refusal),
        };
        let vault = source_vault(platform, call, region, &body["sourceRegion"], &body["sourceBackupVaultId"]);
        Ok(match vault {
            Ok(vault) => self.list_jobs(platform, call, &vault.id(), Region::Secondary),
            Err(error) => refused(error.reply(400, &call.activity_id), &error),
        })
    }

    fn fetch_job(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        region: &str,
    ) -> Result<ServiceAnswer, Unmodelled> {
        let body = match call.body(bodies::check_cross_region_job)? {
            Ok(body) => body,
            Err(refusal) => return Ok(refusal),
        };
        let vault = source_vault(platform, call, region, &body["sourceRegion"], &body["sourceBackupVaultId"]);
        let id = body["jobId"].as_str().unwrap_or_default();
        Ok(match vault {
            // The name of the job, not its ARM id.
            Ok(vault) if !id.contains('/') => self.get_job(platform, call, &vault.id(), id, Region::Secondary),
            Ok(_) => {
                let error = ServiceError::invalid_because("jobId is not the bare name of a job");
                refused(error.reply(400, &call.activity_id), &error)
            }
            Err(error) => refused(error.reply(400, &call.activity_id), &error),
        })
    }
}

fn secondary_points(platform: &mut Platform, call: &ArmCall<'_>, region: &str) -> Result<ServiceAnswer, Unmodelled> {
    let body = match call.body(bodies::check_secondary_points)? {
        Ok(body) => body,
        Err(refusal) => return Ok(refusal),
    };
    let found = source_of(platform, call, region, &body["sourceRegion"], &body["sourceBackupInstanceId"]);
    let (vault, instance) = match found {
        Ok(found) => found,
        Err(error) => return Ok(refused(error.reply(400, &call.activity_id), &error)),
    };
    // A filter makes no difference here, says Azure's own command line.
    let id = vault.instance_id(&instance.name);
    let points = recovery_points::listed(&instance.secondary_points, (None, None));
    let values = points.into_iter().map(|point| point.to_json(&id, instance.workload.policy)).collect();
    Ok(paged(
        platform,
        call,
        |_| values,
        &format!("listed the recovery points of {} in the secondary region", instance.name),
    ))
}

fn source_of(
    platform: &Platform,
    call: &ArmCall<'_>,
    region: &str,
    source_region: &serde_json::Value,
    instance_id: &serde_json::Value,
) -> Result<(BackupVault, BackupInstance), ServiceError> {
    let id = instance_id.as_str().unwrap_or_default();
    let at = id.to_lowercase().find("/backupinstances/");
    let (vault_id, name) = at.map_or((id, ""), |at| (&id[..at], &id[at + "/backupinstances/".len()..]));
    let vault = source_vault(platform, call, region, source_region, &vault_id.into())?;
    let instance = vault.instances.iter().find(|own| own.name.eq_ignore_ascii_case(name)).cloned();
    instance
        .map(|instance| (vault, instance))
        .ok_or_else(|| ServiceError::invalid_because("there is no such backup instance"))
}

/// The vault whose backups the region holds, if it lets them be restored there. It lies in the resource group that is asked.
fn source_vault(
    platform: &Platform,
    call: &ArmCall<'_>,
    region: &str,
    source_region: &serde_json::Value,
    vault_id: &serde_json::Value,
) -> Result<BackupVault, ServiceError> {
    let id = vault_id.as_str().unwrap_or_default();
    let in_group = |vault: &&BackupVault| {
        vault.subscription.eq_ignore_ascii_case(call.subscription)
            && call.resource_group.is_some_and(|group| vault.resource_group.eq_ignore_ascii_case(group))
    };
    let own = platform.world.backup_vaults().iter().filter(in_group).find(|vault| vault.id().eq_ignore_ascii_case(id));
    let Some(vault) = own else {
        return Err(ServiceError::invalid_because("there is no such vault in the resource group"));
    };
    if !same_region(source_region.as_str().unwrap_or_default(), &vault.location) {
        return Err(ServiceError::invalid_because("sourceRegion is not the region of the vault"));
    }
    match &vault.secondary_region {
        Some(secondary) if vault.cross_region_restore == FeatureState::Enabled => {
            if same_region(secondary, region) {
                Ok(vault.clone())
            } else {
                Err(ServiceError::invalid_because("the path does not name the secondary region of the vault"))
            }
        }
        _ => Err(ServiceError::new(
            "UserErrorCrossRegionRestoreNotEnabled",
            "Cross region restore is not enabled on the vault.",
        )
        .recommend("Enable cross region restore on a geo-redundant vault.")),
    }
}

fn refused(reply: Reply, error: &ServiceError) -> ServiceAnswer {
    let why = if error.secretly.is_empty() { String::new() } else { format!(": {}", error.secretly) };
    ServiceAnswer::new(reply, format!("was refused a call to the secondary region ({}{why})", error.code))
}

/// A body of the wrong shape is refused in the shape that Resource Manager documents, too.
fn in_shape_of_responses(call: &ArmCall<'_>, refusal: ServiceAnswer) -> ServiceAnswer {
    if refusal.reply.value()["error"]["additionalInfo"].is_null() {
        return refusal;
    }
    ServiceAnswer { reply: ServiceError::invalid_input().response(refusal.reply.status, &call.activity_id), ..refusal }
}
