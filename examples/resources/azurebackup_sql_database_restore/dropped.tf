# Bring back a database that was dropped, under its name. Without `point_in_time`, as it was when it was dropped.
data "azurebackup_restorable_dropped_databases" "invoices" {
  server_id     = var.sql_server_id
  database_name = "invoices"
}

resource "azurebackup_sql_database_restore" "example" {
  server_id = var.sql_server_id
  name      = "invoices"

  dropped = {
    restorable_dropped_database_id = data.azurebackup_restorable_dropped_databases.invoices.restorable_dropped_databases[0].id
  }

  backup_storage_redundancy = "Geo"
}
