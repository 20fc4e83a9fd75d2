variable "sql_server_id" {
  type = string
}

data "azurebackup_restorable_dropped_databases" "example" {
  server_id     = var.sql_server_id
  database_name = "invoices"
}

# The one that was dropped last. It is an error if there is none.
output "restorable_dropped_database_id" {
  value = data.azurebackup_restorable_dropped_databases.example.restorable_dropped_databases[0].id
}
