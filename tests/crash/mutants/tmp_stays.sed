# plugins/queue/maildir_file.cpp: what is not delivered stays in tmp/
s/if (state_ == State::writing) ::unlink(path("tmp").c_str());//
