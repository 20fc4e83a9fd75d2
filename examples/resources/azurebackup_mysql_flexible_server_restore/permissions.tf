# Grant the identity of the vault its role on the container in the same apply. Azure needs some minutes until a new role
# works. During this time, for up to 30 minutes, the provider asks Azure again. It does not send the restore before
# Azure agrees.
resource "azurerm_role_assignment" "restore" {
  scope                = var.container_id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = var.vault_principal_id
}

resource "azurebackup_mysql_flexible_server_restore" "permitted" {
  backup_instance_id = var.mysql_backup_instance_id

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  target = {
    container_url = var.container_url
    file_prefix   = "rebuild"
  }

  depends_on = [azurerm_role_assignment.restore]
}
