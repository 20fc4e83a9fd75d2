# Or use an `import` block, with Terraform 1.5 and later. Remove the block after the apply.
import {
  to = azurebackup_disk_restore.example
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.DataProtection/backupVaults/example/backupJobs/11111111-1111-1111-1111-111111111111"
}
