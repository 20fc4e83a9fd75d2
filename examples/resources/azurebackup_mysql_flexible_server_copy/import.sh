# A restore that was started elsewhere is imported by the ARM id of the server that it has made.
terraform import azurebackup_mysql_flexible_server_copy.example /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.DBforMySQL/flexibleServers/example
