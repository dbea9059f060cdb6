# plugins/queue/maildir_file.cpp: new/ itself is not made durable
s/if (auto synced = sync_path(directory); !synced) return synced;//
