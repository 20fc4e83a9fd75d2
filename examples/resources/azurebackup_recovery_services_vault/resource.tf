# A vault in the subscription of the provider.
resource "azurebackup_recovery_services_vault" "example" {
  name                = "example-vault"
  resource_group_name = var.resource_group_name
  location            = var.vault_region
  storage_mode_type   = "LocallyRedundant"

  tags = {
    environment = "production"
  }
}
