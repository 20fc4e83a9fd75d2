# Restore from the copy of the vault in its secondary region, to a cluster in that region. Because both regions are set,
# nothing is read in the region of the vault. So this works while that region is down.
resource "azurebackup_kubernetes_cluster_restore" "elsewhere" {
  backup_instance_id         = var.cluster_backup_instance_id
  secondary_region           = true
  source_region              = var.vault_region
  restore_location           = var.secondary_region
  target_cluster_id          = var.target_cluster_id
  staging_resource_group_id  = var.staging_resource_group_id
  staging_storage_account_id = var.staging_storage_account_id

  recovery_point = {
    latest = true
  }
}
