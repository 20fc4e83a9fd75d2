# Find the backup instance of a recovery point.
variable "vaulted_backup_instance_id" {
  type = string
}

data "azurebackup_recovery_points" "example" {
  backup_instance_id = var.vaulted_backup_instance_id
}

locals {
  recovery_point = provider::azurebackup::parse_recovery_point_id(data.azurebackup_recovery_points.example.latest_id)
}

output "recovery_point" {
  value = "${local.recovery_point.name} of ${local.recovery_point.backup_instance_name}"
}
