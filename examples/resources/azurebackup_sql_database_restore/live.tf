# Bring back yesterday's state of a database beside it, on the same server.
resource "azurebackup_sql_database_restore" "example" {
  server_id = var.sql_server_id
  name      = "orders-before-the-incident"

  live = {
    database_id   = var.sql_database_id
    point_in_time = var.before_the_incident
  }

  backup_storage_redundancy = "Geo"
}
