# Restore ranges of blob names of an operational backup. The start is part of the range, the end is not.
resource "azurebackup_blob_restore" "ranges" {
  backup_instance_id = var.operational_backup_instance_id
  point_in_time      = var.point_in_time

  ranges = [
    { from = "orders/2026-10", to = "orders/2026-12" },
    { from = "logs", to = "logs-0" },
  ]

  timeouts {
    create = "6h"
  }
}
