//! What is restored, in the words of people and of the backup service.

/// How messages name a workload, and how its backup service does.
#[derive(Clone, Copy, Debug)]
pub struct WorkloadNames {
    /// What is restored: `blobs`.
    pub things: &'static str,
    /// What is protected: `storage account`.
    pub source: &'static str,
    /// The backup service's name for the workload.
    pub datasource_type: &'static str,
}
