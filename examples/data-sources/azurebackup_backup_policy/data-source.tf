variable "recovery_services_vault_id" {
  type = string
}

data "azurebackup_backup_policy" "example" {
  vault_id = var.recovery_services_vault_id
  name     = "HourlyLogBackup"
}

# For `policy_id` of a protected item.
output "policy_id" {
  value = data.azurebackup_backup_policy.example.id
}
