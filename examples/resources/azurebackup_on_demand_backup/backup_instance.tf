# A snapshot of a managed disk that a Backup vault protects, by a rule of its policy.
resource "azurebackup_on_demand_backup" "disk" {
  backup_instance_id = var.disk_backup_instance_id
  rule_name          = "BackupDaily"
  retention_tag      = "Default"
}
