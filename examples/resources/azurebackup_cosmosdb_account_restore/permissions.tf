# The vault's identity gets the role that it needs on the target account in the same apply. Azure takes minutes to let a
# new role work; the restore asks again meanwhile, for up to half an hour, and sends nothing before Azure agrees.
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
