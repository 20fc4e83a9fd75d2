# The data disk with LUN 0 out of an older backup.
resource "azurebackup_virtual_machine_restore" "data_disk" {
  protected_item_id          = var.protected_virtual_machine_id
  staging_storage_account_id = var.restore_staging_account_id
  target_resource_group_id   = var.restored_resource_group_id
  disk_luns                  = [0]

  recovery_point = {
    latest = true
  }

  # Points from the archive tier are possible, too.
  rehydration = {
    priority = "High"
  }
}
