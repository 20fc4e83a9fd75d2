# Bring back a database that was dropped, under its name, as it was when it was dropped.
data "azurebackup_restorable_dropped_managed_databases" "archive" {
  managed_instance_id = var.managed_instance_id
  database_name       = "archive"
}

locals {
  archive = data.azurebackup_restorable_dropped_managed_databases.archive.restorable_dropped_databases[0]
}

resource "azurebackup_sql_managed_database_restore" "example" {
  managed_instance_id = var.managed_instance_id
  name                = "archive"

  dropped = {
    restorable_dropped_database_id = local.archive.id
    point_in_time                  = local.archive.deletion_time
  }
}
