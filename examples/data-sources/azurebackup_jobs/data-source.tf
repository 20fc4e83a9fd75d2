variable "backup_vault_id" {
  type = string
}

data "azurebackup_jobs" "example" {
  vault_id           = var.backup_vault_id
  operation_category = "Restore"
  status             = ["InProgress"]
}

output "running" {
  value = { for job in data.azurebackup_jobs.example.jobs : job.id => job.start_time }
}
