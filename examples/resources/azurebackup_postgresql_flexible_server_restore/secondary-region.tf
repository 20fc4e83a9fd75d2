# Restore from the copy of the vault in its secondary region, to a container in that region. Because both regions are set,
# nothing is read in the region of the vault. So this works while that region is down.
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
