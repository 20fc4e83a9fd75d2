# Restore a long-term backup into an elastic pool of another server.
resource "azurebackup_sql_database_restore" "example" {
  server_id = var.target_sql_server_id
  name      = "invoices-archive"

  long_term = {
    long_term_retention_backup_id = var.long_term_retention_backup_id
  }

  elastic_pool_id           = var.elastic_pool_id
  backup_storage_redundancy = "Geo"
  tags                      = { purpose = "audit" }

  # For a database that is only needed for as long as this resource is there.
  delete_database_on_destroy = true
}
