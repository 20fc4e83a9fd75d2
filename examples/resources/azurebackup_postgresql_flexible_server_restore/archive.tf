# Restore a recovery point from the archive tier. Azure rehydrates it first, which takes hours, and keeps the rehydrated copy
# for 12 days.
resource "azurebackup_postgresql_flexible_server_restore" "archived" {
  backup_instance_id = var.postgresql_backup_instance_id

  recovery_point = {
    at_or_before = var.month_end
  }

  rehydration = {
    priority       = "Standard"
    retention_days = 12
  }

  target = {
    container_url = var.container_url
    file_prefix   = "audit"
  }

  timeouts {
    create = "48h"
  }
}
