variable "vaulted_backup_instance_id" {
  type = string
}

# Newest first.
data "azurebackup_recovery_points" "example" {
  backup_instance_id = var.vaulted_backup_instance_id
}

# The newest recovery point that can be restored, and the ones that cannot.
output "latest" {
  value = data.azurebackup_recovery_points.example.latest_time
}

output "not_restorable" {
  value = {
    for point in data.azurebackup_recovery_points.example.recovery_points :
    point.name => point.not_restorable_reason if !point.restorable
  }
}
