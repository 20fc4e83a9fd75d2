variable "managed_instance_id" {
  type = string
}

data "azurebackup_recoverable_managed_database" "example" {
  managed_instance_id = var.managed_instance_id
  name                = "ledger"
}

check "replication" {
  assert {
    condition     = data.azurebackup_recoverable_managed_database.example.last_available_backup_age_minutes < 120
    error_message = "The newest replicated backup of ledger is older than two hours."
  }
}
