variable "backup_vault_id" {
  type = string
}

data "azurebackup_backup_instances" "example" {
  vault_id         = var.backup_vault_id
  data_source_type = "Microsoft.Storage/storageAccounts/blobServices"
}

output "protected" {
  value = { for instance in data.azurebackup_backup_instances.example.backup_instances : instance.id => instance.data_source_id }
}
