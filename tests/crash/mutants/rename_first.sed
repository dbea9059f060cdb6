# plugins/queue/maildir.cpp: the file is moved to new/ before it is written
s/if (const auto written = txn\.write_to(file->fd(), copy\.head); !written)/(void)file->publish(); &/
s/if (auto done = file\.publish(); !done) return done;//
