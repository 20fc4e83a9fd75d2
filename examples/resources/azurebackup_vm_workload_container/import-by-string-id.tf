# The same as a block, for Terraform 1.5 and later. Delete it once it has been applied.
import {
  to = azurebackup_vm_workload_container.example
  id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.RecoveryServices/vaults/example/backupFabrics/Azure/protectionContainers/VMAppContainer%3BCompute%3Bexample%3Bsqlvm"
}
