//! Resource Guards: whoever restores from a guarded vault names the guard's own request for that, and shows a token of
//! the guard's tenant where that is another one.

use serde_json::Value;

use super::super::error::{ServiceError, gateway_error};
use super::super::message::Reply;
use super::super::resources::Resource;
use super::super::world::TENANT;

#[derive(Clone, Debug)]
pub struct ResourceGuard {
    pub id: String,
    pub tenant: String,
}

impl ResourceGuard {
    /// A guard in the default resource group and in the tenant of everything.
    pub fn new(name: &str) -> Self {
        Self { id: Resource::new("Microsoft.DataProtection/resourceGuards", name).id(), tenant: TENANT.into() }
    }

    pub fn tenant(mut self, id: &str) -> Self {
        self.tenant = id.into();
        self
    }

    /// What a restore from a Backup vault has to name. Recovery Services has a request of another name.
    pub fn operation_request(&self) -> String {
        format!("{}/dppTriggerRestoreRequests/default", self.id)
    }

    /// The refusal of a restore that does not name the guard's request.
    pub fn refuse_unnamed(&self, body: &Value, activity_id: &str) -> Option<Reply> {
        let named = body["resourceGuardOperationRequests"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if named.into_iter().any(|id| id.trim_end_matches('/').eq_ignore_ascii_case(&self.operation_request())) {
            return None;
        }
        let error = ServiceError::new(
            "UserErrorResourceGuardOperationRequestMissing",
            "The operation is protected by a Resource Guard and the request of the guard is not named.",
        )
        .recommend("Name the request of the Resource Guard that protects the vault.");
        Some(error.reply(403, activity_id))
    }

    /// The refusal of a restore without a token of the guard's tenant, where that is not the caller's own.
    pub fn refuse_foreign_tenant(&self, home: &str, shown_tenants: &[String]) -> Option<Reply> {
        let elsewhere = !self.tenant.eq_ignore_ascii_case(home);
        let shown = shown_tenants.iter().any(|tenant| tenant.eq_ignore_ascii_case(&self.tenant));
        let message = format!(
            "The client has permission to perform the action, but is not authorized for the linked scope '{}' of tenant '{}'.",
            self.id, self.tenant
        );
        (elsewhere && !shown).then(|| gateway_error(403, "LinkedAuthorizationFailed", &message))
    }
}
