//! Flexible servers, those that are there and those that were deleted: what exists of the two services.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::super::builder::SimulatorBuilder;
use super::super::clock::with_seconds;
use super::super::service::Part;
use super::super::world::{RESOURCE_GROUP, SUBSCRIPTION};
use super::Engine;

/// The region that every other is paired with.
pub const PAIRED_REGION: &str = "northeurope";

#[derive(Clone, Debug)]
pub struct FlexibleServer<E> {
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    pub location: String,
    /// `Ready`, `Provisioning` …
    pub state: String,
    pub tags: Value,
    pub sku: Value,
    pub storage_gb: i64,
    pub zone: String,
    pub network: Value,
    pub retention_days: i64,
    pub geo_redundant: bool,
    pub encryption: Value,
    pub identity: Value,
    pub created: OffsetDateTime,
    pub earliest: Option<OffsetDateTime>,
    engine: PhantomData<E>,
}

/// A server that was deleted.
#[derive(Clone, Debug)]
pub struct DeletedServer {
    pub id: String,
    pub location: String,
    pub deleted: OffsetDateTime,
}

/// What exists of one of the services.
#[derive(Clone, Debug)]
pub struct ExistingServers<E> {
    pub servers: Vec<FlexibleServer<E>>,
    pub deleted: Vec<DeletedServer>,
}

impl<E> Default for ExistingServers<E> {
    fn default() -> Self {
        Self { servers: Vec::new(), deleted: Vec::new() }
    }
}

pub(super) fn id<E: Engine>(subscription: &str, group: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{}/flexibleServers/{name}", E::NAMESPACE)
}

impl<E: Engine> Part for ExistingServers<E> {
    fn places(&self) -> Vec<(&str, &str)> {
        self.servers.iter().map(|own| (own.subscription.as_str(), own.resource_group.as_str())).collect()
    }

    fn things(&self) -> Vec<(&'static str, BTreeMap<String, String>)> {
        let name_of = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
        let there = self.servers.iter().map(|own| (own.name.clone(), own.id()));
        let deleted = self.deleted.iter().map(|own| (format!("{} (deleted)", name_of(&own.id)), own.id.clone()));
        vec![(E::THINGS, there.chain(deleted).collect())]
    }
}

impl<E: Engine> ExistingServers<E> {
    pub fn with_id(&self, id: &str) -> Option<&FlexibleServer<E>> {
        self.servers.iter().find(|own| own.id().eq_ignore_ascii_case(id))
    }

    /// The server of this name, wherever it is: the name is part of a host name.
    pub fn with_name(&self, name: &str) -> Option<&FlexibleServer<E>> {
        self.servers.iter().find(|own| own.name.eq_ignore_ascii_case(name))
    }

    pub fn with_id_mut(&mut self, id: &str) -> Option<&mut FlexibleServer<E>> {
        self.servers.iter_mut().find(|own| own.id().eq_ignore_ascii_case(id))
    }

    /// It is gone, without a trace.
    pub fn remove(&mut self, id: &str) {
        self.servers.retain(|own| !own.id().eq_ignore_ascii_case(id));
    }

    /// It is gone, and can be revived.
    pub fn delete(&mut self, id: &str, now: OffsetDateTime) {
        if let Some(own) = self.with_id(id) {
            let deleted = DeletedServer { id: own.id(), location: own.location.clone(), deleted: now };
            self.deleted.push(deleted);
        }
        self.remove(id);
    }
}

impl SimulatorBuilder {
    pub fn flexible_server<E: Engine>(mut self, server: FlexibleServer<E>) -> Self {
        E::servers_mut(&mut self.0.platform.world.parts).servers.push(server);
        self
    }

    /// A server that was there and was deleted then.
    pub fn deleted_server<E: Engine>(mut self, server: &FlexibleServer<E>, deleted: OffsetDateTime) -> Self {
        let own = DeletedServer { id: server.id(), location: server.location.clone(), deleted };
        E::servers_mut(&mut self.0.platform.world.parts).deleted.push(own);
        self
    }
}

impl<E: Engine> FlexibleServer<E> {
    /// A server in the default resource group and in West Europe, a week old, with replicated backups and public access.
    pub fn new(name: &str, now: OffsetDateTime) -> Self {
        Self {
            subscription: SUBSCRIPTION.into(),
            resource_group: RESOURCE_GROUP.into(),
            name: name.into(),
            location: "westeurope".into(),
            state: "Ready".into(),
            tags: json!({}),
            sku: json!({"name": "Standard_D4ds_v5", "tier": "GeneralPurpose"}),
            storage_gb: 512,
            zone: "1".into(),
            network: json!({"publicNetworkAccess": "Enabled"}),
            retention_days: 7,
            geo_redundant: true,
            encryption: json!({"type": "SystemManaged"}),
            identity: Value::Null,
            created: now - Duration::days(7),
            earliest: Some(now - Duration::days(7) + Duration::minutes(30)),
            engine: PhantomData,
        }
    }

    pub fn resource_group(mut self, name: &str) -> Self {
        self.resource_group = name.into();
        self
    }

    pub fn id(&self) -> String {
        id::<E>(&self.subscription, &self.resource_group, &self.name)
    }

    /// Whether it lies in a virtual network of its owner.
    pub fn is_private(&self) -> bool {
        self.network["delegatedSubnetResourceId"].is_string()
    }

    pub(super) fn to_json(&self, state: &str) -> Value {
        let enabled = |flag: bool| if flag { "Enabled" } else { "Disabled" };
        let mut body = json!({
            "id": self.id(), "name": self.name, "type": format!("{}/flexibleServers", E::NAMESPACE),
            "location": self.location, "tags": self.tags, "sku": self.sku,
            "systemData": {"createdAt": with_seconds(self.created)},
            "properties": {
                "state": state, "administratorLogin": "contosoadmin", "version": E::VERSION,
                "fullyQualifiedDomainName": format!("{}.{}", self.name, E::DOMAIN), "availabilityZone": self.zone,
                "storage": {"storageSizeGB": self.storage_gb, "autoGrow": "Disabled"},
                "backup": {"backupRetentionDays": self.retention_days, "geoRedundantBackup": enabled(self.geo_redundant),
                    "earliestRestoreDate": self.earliest.map(with_seconds)},
                "network": self.network, "dataEncryption": self.encryption,
                "highAvailability": {"mode": "Disabled", "state": "NotEnabled"}, "replicationRole": "None",
            },
        });
        if !self.identity.is_null() {
            body["identity"] = self.identity.clone();
        }
        body
    }
}
