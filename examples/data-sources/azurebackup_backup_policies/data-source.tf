variable "recovery_services_vault_id" {
  type = string
}

# The policies for SQL Server in virtual machines.
data "azurebackup_backup_policies" "example" {
  vault_id      = var.recovery_services_vault_id
  workload_type = "SQLDataBase"
}

output "policy_names" {
  value = data.azurebackup_backup_policies.example.backup_policies[*].name
}
