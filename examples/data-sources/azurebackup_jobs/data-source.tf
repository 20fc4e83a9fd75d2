variable "backup_vault_id" {
  type = string
}

data "azurebackup_jobs" "example" {
  vault_id = var.backup_vault_id
}

output "running" {
  value = [for job in data.azurebackup_jobs.example.jobs : job.id if job.status == "InProgress"]
}
