# From the copy of the vault in its secondary region, into a container there. With both regions named, nothing is read in the
# region of the vault, which may be down.
resource "azurebackup_postgresql_flexible_server_restore" "elsewhere" {
  backup_instance_id = var.postgresql_backup_instance_id
  secondary_region   = true
  source_region      = var.vault_region
  restore_location   = var.secondary_region

  recovery_point = {
    latest = true
  }

  target = {
    container_url = var.container_url
    file_prefix   = "failover"
  }
}
