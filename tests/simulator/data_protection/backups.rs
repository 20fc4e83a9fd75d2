//! Backups on demand: the POST that asks for one, and the point that its job makes.
//!
//! Recorded is little of them: that the time of the point is the start of the job, that a second backup of an instance is refused
//! with the code of too many operations, and the name of the job's step are made up.

use serde_json::Value;

use super::super::arm::{ArmCall, ServiceAnswer};
use super::super::error::ServiceError;
use super::super::journal::AcceptedRestore;
use super::super::makes::Makes;
use super::super::platform::Platform;
use super::DataProtection;
use super::operations::Purpose;
use super::order::{AdmittedOrder, Order, too_many_at_once};
use super::restore::RestoreSource;

/// The rules of the policies, whose other content is not modelled.
const RULES: [&str; 3] = ["BackupHourly", "BackupDaily", "BackupWeekly"];

impl Order {
    /// One more point of an instance.
    fn backup(makes: Makes) -> Self {
        Self {
            store: String::new(),
            recovery_point_id: None,
            recovery_point_time: String::new(),
            destination: String::new(),
            makes,
            to_original_location: false,
        }
    }

    pub fn is_backup(&self) -> bool {
        matches!(self.makes, Makes::RecoveryPoint { .. })
    }
}

impl DataProtection {
    pub(super) fn back_up(
        &mut self,
        platform: &mut Platform,
        call: &ArmCall<'_>,
        place: &RestoreSource<'_>,
        body: &Value,
    ) -> ServiceAnswer {
        let name = &place.instance.name;
        let rule = body["backupRuleOptions"]["ruleName"].as_str().unwrap_or_default();
        if !RULES.contains(&rule) {
            return place.refusal(&ServiceError::invalid_because("the policy has no such rule"), call);
        }
        if place.instance.is_continuous() {
            return place.refusal(&ServiceError::invalid_because("a continuous backup has no rule for backups"), call);
        }
        let id = place.vault.instance_id(name);
        if let Some(other) = self.jobs.iter().find(|job| job.is_running() && job.instance_id == id) {
            return place.refusal(&too_many_at_once(other), call);
        }
        let operation = platform.scripts.of_operation();
        if operation.failure.is_some() {
            let answer = self.accepted(platform, call, place, Purpose::Restore, operation, None);
            return answer.noted(format!("asked for a backup of {name} that fails before it has a job"));
        }
        let makes = Makes::RecoveryPoint {
            vault_id: place.vault.id(),
            instance: name.clone(),
            id: platform.mint.uuid().simple().to_string(),
            time: platform.clock.now(),
        };
        let script = platform.scripts.of_restore(name);
        let order = AdmittedOrder::from(Order::backup(makes));
        let job = self.add_job(platform, place.vault, place.instance, order, &call.activity_id, script);
        let (id, arm_id, cased) = (job.id.clone(), job.arm_id(), job.oddly_cased_id());
        let item = job.instance_id.clone();
        let mut answer = self
            .accepted(platform, call, place, Purpose::Restore, operation, Some(cased))
            .noted(format!("asked for a backup of {name}: accepted, job {id} ({rule})"));
        answer.accepted_restore = Some(AcceptedRestore {
            job_id: id,
            job: arm_id,
            item,
            client_request_id: call.request.headers.get("x-ms-client-request-id").map(str::to_owned),
        });
        answer
    }
}
