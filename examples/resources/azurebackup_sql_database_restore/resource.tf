# Step 1: list the databases of the lost server that have a replicated backup.
data "azurebackup_recoverable_databases" "lost" {
  server_id = var.sql_server_id
}

# Step 2: look at the one to bring back.
data "azurebackup_recoverable_database" "orders" {
  server_id = var.sql_server_id
  name      = "orders"
}

# Steps 3 and 4: restore it to a server in another region, and wait until it can be used.
resource "azurebackup_sql_database_restore" "example" {
  server_id = var.target_sql_server_id
  name      = "orders"

  geo = {
    recoverable_database_id = data.azurebackup_recoverable_database.orders.id
  }

  sku_name                  = "S0"
  backup_storage_redundancy = "Geo"
}

# Which databases have a replicated backup.
output "recoverable_databases" {
  value = data.azurebackup_recoverable_databases.lost.recoverable_databases[*].name
}

# The state that was restored.
output "restored_to" {
  value = azurebackup_sql_database_restore.example.recovery_point_time
}
