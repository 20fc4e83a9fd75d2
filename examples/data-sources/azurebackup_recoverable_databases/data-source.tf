variable "sql_server_id" {
  type = string
}

data "azurebackup_recoverable_databases" "example" {
  server_id = var.sql_server_id
}

# How old the newest replicated backup of each database is.
output "ages_in_minutes" {
  value = {
    for database in data.azurebackup_recoverable_databases.example.recoverable_databases :
    database.name => database.last_available_backup_age_minutes
  }
}
