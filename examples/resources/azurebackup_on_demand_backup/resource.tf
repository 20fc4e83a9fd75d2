# A full backup of a database before a change, and the time until which it is kept.
resource "azurebackup_on_demand_backup" "example" {
  protected_item_id = var.protected_sql_database_id
  backup_type       = "Full"
  expires_at        = "2099-12-31T00:00:00Z"

  # Change this to back up again.
  triggers = {
    release = "2026.11"
  }
}

output "recovery_point" {
  value = azurebackup_on_demand_backup.example.recovery_point_id
}
