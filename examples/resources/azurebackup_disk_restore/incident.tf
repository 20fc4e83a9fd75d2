# Restore a disk as it was before an incident. A new value in `triggers` restores again, and a new restore needs a new
# disk name. So the incident is part of the name.
resource "azurebackup_disk_restore" "incident" {
  backup_instance_id = var.disk_backup_instance_id
  target_disk_id     = "${var.target_resource_group_id}/providers/Microsoft.Compute/disks/data-${var.incident}"

  recovery_point = {
    at_or_before = var.point_in_time
    max_age      = "72h"
  }

  triggers = {
    incident = var.incident
  }
}
