# A restore that was started elsewhere is imported by the ARM id of its job.
# For a job that restores from the secondary region of the vault, add the region to the ID: '…/backupJobs/…?secondary_region=northeurope'.
terraform import azurebackup_virtual_machine_restore.example /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.RecoveryServices/vaults/example/backupJobs/11111111-1111-1111-1111-111111111111
