# plugins/queue/maildir_file.cpp: new directories are not made durable
s/if (made == 0) return sync_path(parent);/if (made == 0) return {};/
