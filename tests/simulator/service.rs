//! The services behind Resource Manager. Each is a folder with its own state, routes, jobs and control verbs, and its own
//! part of what exists; a new one joins with a line in [`services`].

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::JobFacts;
use super::arm::{ArmCall, ServiceAnswer, Unmodelled};
use super::data_protection::DataProtection;
use super::data_protection::vaults::Vaults;
use super::flexible_servers::servers::ExistingServers;
use super::flexible_servers::{FlexibleServers, MySql, PostgreSql};
use super::message::{Reply, Request};
use super::platform::Platform;
use super::recovery_services::RecoveryServices;
use super::recovery_services::vaults::RecoveryServicesVaults;
use super::script::Progress;
use super::sql::Sql;
use super::sql::servers::SqlServers;

/// A resource provider of Azure: what it answers, and what goes on in it.
pub trait SimulatedService {
    /// Of its ids, such as `Microsoft.DataProtection`.
    fn namespace(&self) -> &'static str;

    /// Types of resources of other services that its restores read or write, and that a client may look at.
    fn resource_types(&self) -> Vec<&'static str>;

    /// The answer to a request below `…/providers/{namespace}`.
    fn answer(&mut self, platform: &mut Platform, call: &ArmCall<'_>) -> Result<ServiceAnswer, Unmodelled>;

    /// Its jobs, in the order in which they began.
    fn jobs(&self) -> Vec<JobFacts>;

    /// Moves one job by hand, by its name or its ARM id, and lets its end come true. `false`: there is no such job.
    fn move_job(&mut self, platform: &mut Platform, id: &str, change: &mut dyn FnMut(&mut Progress)) -> bool;

    /// Every operation that runs ends.
    fn end_operations(&mut self, now: OffsetDateTime);

    /// The answer at the control endpoint to what only this service understands; `None`: it does not.
    fn control(&mut self, _platform: &mut Platform, _request: &Request, _segments: &[&str]) -> Option<Reply> {
        None
    }

    /// Lines for the help of the control endpoint.
    fn control_help(&self) -> &'static str {
        ""
    }
}

/// What exists of one service.
pub trait Part {
    /// Subscription and resource group of each of its resources.
    fn places(&self) -> Vec<(&str, &str)>;

    /// Tenants that it makes necessary, beside the one of everything.
    fn tenants(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The ids that a person or a script needs to talk about its things, by group and name.
    fn things(&self) -> Vec<(&'static str, BTreeMap<String, String>)>;
}

/// Names the services: each with the type of its state and that of its part of what exists.
macro_rules! services {
    ($($name:ident: $service:ty, $part:ty;)+) => {
        /// What goes on in each service.
        #[derive(Clone, Debug, Default)]
        pub struct Services {
            $(pub $name: $service,)+
        }

        impl Services {
            pub fn all(&self) -> Vec<&dyn SimulatedService> {
                vec![$(&self.$name),+]
            }

            pub fn all_mut(&mut self) -> Vec<&mut dyn SimulatedService> {
                vec![$(&mut self.$name),+]
            }
        }

        /// What exists of each service.
        #[derive(Clone, Debug, Default)]
        pub struct Parts {
            $(pub $name: $part,)+
        }

        impl Parts {
            pub fn all(&self) -> Vec<&dyn Part> {
                vec![$(&self.$name),+]
            }
        }
    };
}

services! {
    data_protection: DataProtection, Vaults;
    recovery_services: RecoveryServices, RecoveryServicesVaults;
    sql: Sql, SqlServers;
    postgresql: FlexibleServers<PostgreSql>, ExistingServers<PostgreSql>;
    mysql: FlexibleServers<MySql>, ExistingServers<MySql>;
}
