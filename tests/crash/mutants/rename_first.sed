# plugins/queue/maildir.cpp: the file is moved to new/ before it is written
s/if (const auto written = txn\.write_to(file->fd(), copy\.head); !written)/const int kept = ::dup(file->fd()); (void)file->publish(); if (const auto written = txn.write_to(kept, copy.head); !written)/
s/if (auto done = file\.publish(); !done) return done;//
s/if (auto done = file\.sync_directory(); !done) return done;//
