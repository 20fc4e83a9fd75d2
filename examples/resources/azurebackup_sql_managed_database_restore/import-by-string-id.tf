# The same as a block, for Terraform 1.5 and later. Delete it once it has been applied.
import {
  to = azurebackup_sql_managed_database_restore.example
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.Sql/managedInstances/example/databases/ledger"
}
