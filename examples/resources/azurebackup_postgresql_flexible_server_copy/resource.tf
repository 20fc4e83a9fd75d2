# Restore yesterday's state of a server into a new server beside it, and wait until it can be used.
resource "azurebackup_postgresql_flexible_server_copy" "example" {
  name              = "contosoorders-before-the-incident"
  resource_group_id = var.restored_resource_group_id

  live = {
    server_id     = var.postgresql_flexible_server_id
    point_in_time = var.before_the_incident
  }

  tags = { purpose = "incident" }
}

# Where the restored databases can be read.
output "host_name" {
  value = azurebackup_postgresql_flexible_server_copy.example.details["fullyQualifiedDomainName"]
}
