# Restore the disks from the copy of the vault in its secondary region. The resource group must be in that region, and so must
# the staging storage account. Nothing is read in the region of the vault, so this works while that region is down.
resource "azurebackup_virtual_machine_restore" "elsewhere" {
  protected_item_id          = var.copied_virtual_machine_id
  secondary_region           = true
  restore_location           = var.secondary_region
  staging_storage_account_id = var.secondary_region_account_id
  target_resource_group_id   = var.restored_resource_group_id

  recovery_point = {
    latest = true
  }
}
