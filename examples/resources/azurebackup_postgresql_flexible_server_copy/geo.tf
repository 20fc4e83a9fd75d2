# Restore a server in another region, from its replicated backups: its own region may be down.
resource "azurebackup_postgresql_flexible_server_copy" "example" {
  name              = "contosoorders-recovery"
  resource_group_id = var.restored_resource_group_id
  location          = var.secondary_region

  geo = {
    server_id = var.postgresql_flexible_server_id
  }

  backup_retention_days = 14
}
