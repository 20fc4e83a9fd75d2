//! Destroying the object of a restore: forgetting it, unless its service can take it back and the arguments ask for that.

use crate::azure::patience::Patience;
use crate::restore::facts::Facts;
use crate::restore::intent::Intent;
use crate::restore::registry::Registry;
use crate::restore::service::RestoreService;
use crate::restore::setback::Report;

/// What became of a restore whose object is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destroyed {
    /// It stays as it is, and may belong to another object.
    Forgotten,
    /// It was taken back: cancelled, or what it had made deleted. Nobody may take it over.
    TakenBack,
}

/// Lets the service of a restore act on the end of its object. To be called when the object is destroyed for good, and
/// not when another one takes its place. A restore that another object of this process claims stays as it is.
///
/// # Errors
/// A [`Report`]; the object must then stay in the state.
pub async fn destroy<S: RestoreService>(
    service: &S,
    registry: &Registry,
    intent: Intent,
    patience: &Patience,
    facts: &Facts,
) -> Result<Destroyed, Report> {
    let Some(destruction) = service.destruction() else { return Ok(Destroyed::Forgotten) };
    if registry.is_claimed(intent, facts.job_name.as_deref()) {
        tracing::info!(job = facts.job_name, "another object holds the restore; destroying only forgets it");
        return Ok(Destroyed::Forgotten);
    }
    destruction.destroy(patience, facts).await.map_err(|setback| {
        setback
            .report(format!("Destroying the restore of {} failed", service.subject()))
            .say("The resource stays in the state. The next `terraform destroy` or apply tries again.")
    })?;
    if let Some(name) = &facts.job_name {
        registry.release(name);
    }
    Ok(Destroyed::TakenBack)
}
