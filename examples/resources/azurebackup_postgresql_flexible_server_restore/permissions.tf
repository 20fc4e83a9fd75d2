# Grant the identity of the vault its role on the container in the same apply. Azure needs some minutes until a new role
# works. During this time, for up to 30 minutes, the provider asks Azure again. It does not send the restore before
# Azure agrees.
resource "azurerm_role_assignment" "restore" {
  scope                = var.container_id
  role_definition_name = "Storage Blob Data Contributor"
  principal_id         = var.vault_principal_id
}

resource "azurebackup_postgresql_flexible_server_restore" "permitted" {
  backup_instance_id = var.postgresql_backup_instance_id

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  target = {
    container_url = var.container_url
    file_prefix   = "rebuild"
    # Required if the container is in another subscription than the vault.
    container_id = var.container_id
  }

  depends_on = [azurerm_role_assignment.restore]
}
