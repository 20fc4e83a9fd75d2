# Restore a long-term backup. It is needed only for as long as this resource is there.
resource "azurebackup_sql_managed_database_restore" "example" {
  managed_instance_id = var.target_managed_instance_id
  name                = "archive-audit"

  long_term = {
    long_term_retention_backup_id = var.managed_long_term_retention_backup_id
  }

  tags                       = { purpose = "audit" }
  delete_database_on_destroy = true
}
