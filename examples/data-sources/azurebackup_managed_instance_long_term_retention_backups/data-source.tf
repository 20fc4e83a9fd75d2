variable "subscription_id" {
  type = string
}

# The backups of one database, the newest first. Neither the database nor its managed instance need exist any more.
data "azurebackup_managed_instance_long_term_retention_backups" "example" {
  subscription_id       = var.subscription_id
  location              = "westeurope"
  managed_instance_name = "contoso-mi"
  database_name         = "archive"
}

output "restorable" {
  value = [
    for backup in data.azurebackup_managed_instance_long_term_retention_backups.example.long_term_retention_backups :
    backup.id if backup.backup_storage_access_tier != "Archive"
  ]
}
