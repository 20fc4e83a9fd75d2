# Replaces the disks of the existing virtual machine. What was written to them since the backup is lost.
resource "azurebackup_virtual_machine_restore" "replace" {
  protected_item_id          = var.protected_virtual_machine_id
  staging_storage_account_id = var.restore_staging_account_id

  recovery_point = {
    latest = true
  }

  # Change this to restore again.
  triggers = {
    incident = "2026-11-28"
  }
}
