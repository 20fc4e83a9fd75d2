# Restore the newest backup of a Cosmos DB account to another, empty account.
resource "azurebackup_cosmosdb_account_restore" "example" {
  backup_instance_id = var.cosmosdb_backup_instance_id
  target_account_id  = var.target_cosmosdb_account_id

  recovery_point = {
    latest = true
  }
}
