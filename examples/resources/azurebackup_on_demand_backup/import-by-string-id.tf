# The same as a block, for Terraform 1.5 and later. Delete it once it has been applied.
import {
  to = azurebackup_on_demand_backup.example
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.RecoveryServices/vaults/example/backupJobs/11111111-1111-1111-1111-111111111111"
}
