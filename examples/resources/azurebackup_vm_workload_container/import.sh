# A registration is imported by the ARM id of its container. Semicolons are written as %3B for the shell.
terraform import azurebackup_vm_workload_container.example /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.RecoveryServices/vaults/example/backupFabrics/Azure/protectionContainers/VMAppContainer%3BCompute%3Bexample%3Bsqlvm
