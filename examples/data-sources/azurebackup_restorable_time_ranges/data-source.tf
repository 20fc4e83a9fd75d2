variable "operational_backup_instance_id" {
  type = string
}

data "azurebackup_restorable_time_ranges" "example" {
  backup_instance_id = var.operational_backup_instance_id
}

output "restorable" {
  value = [for range in data.azurebackup_restorable_time_ranges.example.ranges : "${range.start_time} to ${range.end_time}"]
}
