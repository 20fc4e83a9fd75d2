# The newest backup of a Cosmos DB account, into another account that is empty.
resource "azurebackup_cosmosdb_account_restore" "example" {
  backup_instance_id = var.cosmosdb_backup_instance_id
  target_account_id  = var.target_cosmosdb_account_id

  recovery_point = {
    latest = true
  }
}
