# List the jobs of the vault of a backup instance. You need only the ID of the backup instance, such as the `id` of
# azurerm_data_protection_backup_instance_blob_storage.
variable "operational_backup_instance_id" {
  type = string
}

locals {
  backup_instance = provider::azurebackup::parse_backup_instance_id(var.operational_backup_instance_id)
}

data "azurebackup_jobs" "example" {
  vault_id = local.backup_instance.vault_id
}

output "backup" {
  value = "${local.backup_instance.name} in ${local.backup_instance.vault_name}"
}
