# Look at the newest replicated backup of a database whose managed instance is lost.
data "azurebackup_recoverable_managed_database" "ledger" {
  managed_instance_id = var.managed_instance_id
  name                = "ledger"
}

# Restore it to a managed instance in another region, and wait until it can be used.
resource "azurebackup_sql_managed_database_restore" "example" {
  managed_instance_id = var.target_managed_instance_id
  name                = "ledger"

  geo = {
    recoverable_database_id = data.azurebackup_recoverable_managed_database.ledger.id
  }
}

# The state that was restored.
output "restored_to" {
  value = azurebackup_sql_managed_database_restore.example.recovery_point_time
}
