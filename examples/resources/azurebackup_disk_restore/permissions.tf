# Grant the identity of the vault its role on the resource group of the new disk in the same apply. Azure needs some
# minutes until a new role works. During this time, for up to 30 minutes, the provider asks Azure again. It does not
# send the restore before Azure agrees.
resource "azurerm_role_assignment" "restore" {
  scope                = var.target_resource_group_id
  role_definition_name = "Disk Restore Operator"
  principal_id         = var.vault_principal_id
}

resource "azurebackup_disk_restore" "permitted" {
  backup_instance_id = var.disk_backup_instance_id
  target_disk_id     = "${var.target_resource_group_id}/providers/Microsoft.Compute/disks/data-rebuilt"

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  depends_on = [azurerm_role_assignment.restore]
}
