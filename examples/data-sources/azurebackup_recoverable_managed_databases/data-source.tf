variable "managed_instance_id" {
  type = string
}

data "azurebackup_recoverable_managed_databases" "example" {
  managed_instance_id = var.managed_instance_id
}

# How old the newest replicated backup of each database is.
output "ages_in_minutes" {
  value = {
    for database in data.azurebackup_recoverable_managed_databases.example.recoverable_databases :
    database.name => database.last_available_backup_age_minutes
  }
}
