# Grant the identity of the vault its role on the target account in the same apply. Azure needs some minutes until a new
# role works. During this time, for up to 30 minutes, the provider asks Azure again. It does not send the restore before
# Azure agrees.
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
