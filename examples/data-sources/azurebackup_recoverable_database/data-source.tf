variable "sql_server_id" {
  type = string
}

data "azurebackup_recoverable_database" "example" {
  server_id = var.sql_server_id
  name      = "orders"
}

check "replication" {
  assert {
    condition     = data.azurebackup_recoverable_database.example.last_available_backup_age_minutes < 120
    error_message = "The newest replicated backup of orders is older than two hours."
  }
}
