# Grant the identity of the vault its role on the target account in the same apply. Azure needs some minutes until a new
# role works. During this time, for up to 30 minutes, the provider asks Azure again. It does not send the restore before
# Azure agrees.
resource "azurerm_role_assignment" "restore" {
  scope                = var.target_cosmosdb_account_id
  role_definition_name = "Cosmos DB Operator"
  principal_id         = var.vault_principal_id
}

resource "azurebackup_cosmosdb_account_restore" "permitted" {
  backup_instance_id = var.cosmosdb_backup_instance_id
  target_account_id  = var.target_cosmosdb_account_id

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  depends_on = [azurerm_role_assignment.restore]
}
