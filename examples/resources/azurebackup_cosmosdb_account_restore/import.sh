# Import a restore by the ARM ID of its job.
terraform import azurebackup_cosmosdb_account_restore.example /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.DataProtection/backupVaults/example/backupJobs/11111111-1111-1111-1111-111111111111
