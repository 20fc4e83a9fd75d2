# The full and differential backups of a database in an Azure VM, and the times that log backups cover.
variable "protected_sql_database_id" {
  type = string
}

data "azurebackup_recovery_points" "database" {
  protected_item_id = var.protected_sql_database_id

  # The last 30 days take one request.
  start_time = timeadd(plantimestamp(), "-696h")
}

output "full_backups" {
  value = [
    for point in data.azurebackup_recovery_points.database.recovery_points :
    point.time if point.type == "Full"
  ]
}

output "restorable_until" {
  value = try(data.azurebackup_recovery_points.database.log_time_ranges[0].end_time, null)
}
