variable "operational_backup_instance_id" {
  type = string
}

variable "point_in_time" {
  type = string
}

data "azurebackup_restorable_time_ranges" "example" {
  backup_instance_id = var.operational_backup_instance_id
}

# Whether the blobs can be restored to this time.
output "restorable" {
  value = anytrue([
    for range in data.azurebackup_restorable_time_ranges.example.ranges :
    timecmp(range.start_time, var.point_in_time) <= 0 && timecmp(var.point_in_time, range.end_time) <= 0
  ])
}
