# Several databases of one instance at once. Existing databases of these names are overwritten.
resource "azurebackup_vm_sql_database_restore" "all" {
  for_each = {
    orders_test = var.protected_sql_database_id
    orders_demo = var.protected_sql_database_id
  }

  protected_item_id = each.value

  recovery_point = {
    latest  = true
    max_age = "48h"
  }

  target_database = {
    container_id = var.target_sql_container_id
    instance     = "MSSQLSERVER"
    name         = each.key
    overwrite    = true
  }
}
