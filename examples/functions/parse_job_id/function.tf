# Get the GUID of a job, for the Azure portal or the Azure CLI. The `id` of a restore is the ID of its job. This command is for
# Backup vaults. For a Recovery Services vault, use `az backup job show` with `--name`: `vault_type` says which it is.
variable "backup_job_id" {
  type = string
}

locals {
  job = provider::azurebackup::parse_job_id(var.backup_job_id)
}

output "show_the_job" {
  value = join(" ", [
    "az dataprotection job show",
    "--subscription ${local.job.subscription_id}",
    "--resource-group '${local.job.resource_group_name}'",
    "--vault-name ${local.job.vault_name}",
    "--job-id ${local.job.name}",
  ])
}
