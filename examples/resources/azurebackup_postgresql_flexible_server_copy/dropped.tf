# Bring back a server that was deleted, under its name. Both values are in the event "Delete PostgreSQL server" of the Azure
# activity log: `resourceId` and `submissionTimestamp`.
resource "azurebackup_postgresql_flexible_server_copy" "example" {
  name              = "contosolost"
  resource_group_id = var.restored_resource_group_id
  location          = "westeurope"

  dropped = {
    server_id     = var.deleted_server_id
    point_in_time = var.server_deleted_at
  }
}
