variable "managed_instance_id" {
  type = string
}

data "azurebackup_restorable_dropped_managed_databases" "example" {
  managed_instance_id = var.managed_instance_id
  database_name       = "archive"
}

# The one that was dropped last. It is an error if there is none.
output "restorable_dropped_database_id" {
  value = data.azurebackup_restorable_dropped_managed_databases.example.restorable_dropped_databases[0].id
}
