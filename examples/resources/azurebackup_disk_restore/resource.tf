# The newest snapshot of a managed disk, as a new disk.
resource "azurebackup_disk_restore" "example" {
  backup_instance_id = var.disk_backup_instance_id
  target_disk_id     = "${var.target_resource_group_id}/providers/Microsoft.Compute/disks/data-restored"

  recovery_point = {
    latest = true
  }
}

# Whatever uses the disk takes its id from here, and so waits until it is there: say, the `managed_disk_id` of an
# azurerm_virtual_machine_data_disk_attachment.
output "restored_disk_id" {
  value = azurebackup_disk_restore.example.target_disk_id
}
