# Restore the newest snapshot of a managed disk to a new disk.
resource "azurebackup_disk_restore" "example" {
  backup_instance_id = var.disk_backup_instance_id
  target_disk_id     = "${var.target_resource_group_id}/providers/Microsoft.Compute/disks/data-restored"

  recovery_point = {
    latest = true
  }
}

# Resources that use the disk must get its ID from here. Then they wait until the disk exists. For example, use it as
# `managed_disk_id` of azurerm_virtual_machine_data_disk_attachment.
output "restored_disk_id" {
  value = azurebackup_disk_restore.example.target_disk_id
}
