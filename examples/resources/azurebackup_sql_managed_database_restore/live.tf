# Bring back yesterday's state of a database beside it, on the same managed instance.
resource "azurebackup_sql_managed_database_restore" "example" {
  managed_instance_id = var.managed_instance_id
  name                = "ledger-before-the-incident"

  live = {
    database_id   = var.managed_database_id
    point_in_time = var.before_the_incident
  }
}
