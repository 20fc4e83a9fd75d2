# What the server held at the end of a month, in a container of another subscription, which `container_id` names.
resource "azurebackup_mysql_flexible_server_restore" "month_end" {
  backup_instance_id = var.mysql_backup_instance_id

  recovery_point = {
    at_or_before = var.month_end
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
