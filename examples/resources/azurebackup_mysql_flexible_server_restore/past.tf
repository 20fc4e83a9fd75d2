# Restore the server as it was at a time in the past, to a container in another subscription. This needs `container_id`.
resource "azurebackup_mysql_flexible_server_restore" "past" {
  backup_instance_id = var.mysql_backup_instance_id

  recovery_point = {
    at_or_before = var.point_in_time
  }

  target = {
    container_url = var.container_url
    container_id  = var.container_id
    file_prefix   = "audit"
  }

  timeouts {
    create = "48h"
  }
}
