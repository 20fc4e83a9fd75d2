# A vault with an identity, to which roles can be granted.
resource "azurebackup_recovery_services_vault" "example" {
  name                         = "example-vault"
  resource_group_name          = var.resource_group_name
  location                     = var.vault_region
  cross_region_restore_enabled = true
  immutability                 = "Unlocked"

  identity = {
    type = "SystemAssigned"
  }
}

output "principal_id" {
  value = azurebackup_recovery_services_vault.example.identity_principal_id
}
