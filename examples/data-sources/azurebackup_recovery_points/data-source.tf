variable "vaulted_backup_instance_id" {
  type = string
}

# Newest first.
data "azurebackup_recovery_points" "example" {
  backup_instance_id = var.vaulted_backup_instance_id
}

output "newest" {
  value = data.azurebackup_recovery_points.example.recovery_points[0].time
}
