//! `azurebackup_postgresql_flexible_server_copy`: a new PostgreSQL flexible server, made of the backups of another.

use super::flexible_server_copy::FlexibleServerCopy;
use crate::azure::flexible_servers::Engine;

/// A copy of a PostgreSQL flexible server.
pub const POSTGRESQL_FLEXIBLE_SERVER_COPY: FlexibleServerCopy = FlexibleServerCopy {
    type_name: "azurebackup_postgresql_flexible_server_copy",
    engine: Engine::PostgreSql,
    description: "\
        Restores the automatic backups of a PostgreSQL flexible server into a *new* server, and waits until it \
        can be used. It never overwrites a server, and no vault is involved. To restore a backup of a Backup \
        vault as files, use `azurebackup_postgresql_flexible_server_restore`. There are three sources:\n\n\
        - `live`: a server that exists, as it was at a point in time, in the same region.\n\
        - `geo`: the newest state that was replicated to the paired region. This works while the region of the \
        source is down.\n\
        - `dropped`: a server that was deleted less than five days ago.\n\n\
        Creating the resource restores once. It restores again only if you change `triggers` or another argument \
        that says what is restored and where to, if the last restore failed, or with `-replace`. Because a \
        restore never overwrites, restoring again needs another `name`, or a name that is free again. Destroying \
        the resource removes the restore from the state. The server stays, unless you set \
        `delete_server_on_destroy`.\n\n\
        Azure has no job for such a restore. This resource therefore sets the tag `azurebackup-restore` on the \
        new server. Its value is the ID of the request that restores. Another run of the same configuration \
        knows the server by it, for example after a runner was lost, and waits for it instead of sending a \
        second restore. This needs Azure to show the server while it is made, which Microsoft does not document. \
        A server without this tag is never taken over and never touched. Do not remove the tag while the restore \
        runs.\n\n\
        The restore has ended when Azure says so and the server has been `Ready` for a minute. A server that \
        somebody stops meanwhile is waited for until it is started again. A restore that runs cannot be \
        cancelled. `duration_seconds` is measured by the provider from the creation of the server, because Azure \
        reports no end. It is null if the restore ended while no apply was waiting for it.\n\n\
        Not everything is restored. Firewall rules and server parameters are not copied: set them after the \
        restore, for example with azurerm. The request holds no administrator login and no password. In \
        published answers of Azure the new server has a login, which should be that of the source. Whether the \
        password is that of the source, too, is not documented: be prepared to reset it. The provider sets up no \
        high availability and no read replicas. Azure restores a server with public access to one with public \
        access, and a server in a virtual network to one in a virtual network. The provider sends no further \
        settings, and Azure decides whatever you do not set.\n\n\
        The identity that Terraform runs as needs the role *Contributor* on the resource group of the new server \
        and on the source. With `delegated_subnet_id`, it must be allowed to join that subnet and to use the \
        private DNS zone. All roles are listed in [Permissions](../guides/permissions.md). What happens after \
        Ctrl-C, a timeout or a lost runner is described in [Interruptions](../guides/interruptions.md). How to \
        go on managing a restored resource with azurerm is described in [Hand over a restored \
        database](../guides/hand-over-a-restored-database.md).",
};
