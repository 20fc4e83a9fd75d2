# The disks of the newest backup of a virtual machine, as managed disks in a resource group.
resource "azurebackup_virtual_machine_restore" "example" {
  protected_item_id          = var.protected_virtual_machine_id
  staging_storage_account_id = var.restore_staging_account_id
  target_resource_group_id   = var.restored_resource_group_id

  recovery_point = {
    latest = true
  }
}
