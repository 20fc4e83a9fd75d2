# A restore that was started elsewhere is imported by the ARM id of the database that it has made.
terraform import azurebackup_sql_managed_database_restore.example /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.Sql/managedInstances/example/databases/ledger
