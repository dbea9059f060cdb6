# plugins/queue/maildir_file.cpp: a maildir looks finished before it is
s,{"/new"\, "/cur"},{"/tmp"\, "/new"\, "/cur"},
s/^  if (!fd && errno == ENOENT) {.*/  if (false) {/
