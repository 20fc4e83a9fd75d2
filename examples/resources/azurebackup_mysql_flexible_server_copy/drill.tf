# A drill: restore the newest state, and delete the new server when this resource is destroyed.
resource "azurebackup_mysql_flexible_server_copy" "example" {
  name              = "contosoinvoices-drill"
  resource_group_id = var.restored_resource_group_id

  live = {
    server_id     = var.mysql_flexible_server_id
    point_in_time = "latest"
  }

  # A small size is enough to look at the data.
  sku = {
    name = "Standard_D2ds_v5"
    tier = "GeneralPurpose"
  }

  delete_server_on_destroy = true
}
