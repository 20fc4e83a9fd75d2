# The vault's identity gets the role that it needs on the target account in the same apply. Azure takes minutes to let a
# new role work; the restore asks again meanwhile, for up to half an hour, and sends nothing before Azure agrees.
resource "azurerm_role_assignment" "restore" {
  scope                = var.target_data_lake_id
  role_definition_name = "Storage Account Backup Contributor"
  principal_id         = var.vault_principal_id
}

resource "azurebackup_data_lake_restore" "permitted" {
  backup_instance_id        = var.data_lake_backup_instance_id
  target_storage_account_id = var.target_data_lake_id

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  depends_on = [azurerm_role_assignment.restore]
}
