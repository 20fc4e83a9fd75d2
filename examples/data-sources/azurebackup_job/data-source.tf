variable "backup_job_id" {
  type = string
}

data "azurebackup_job" "example" {
  id = var.backup_job_id
}

output "status" {
  value = data.azurebackup_job.example.status
}
